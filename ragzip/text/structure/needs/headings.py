"""Headings that what is below them cannot be read without: "Not covered", and those over numbered steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.statuses import governs
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.paragraphs import FIRST_STEP, STEP

__all__ = ["governing_headings"]

_LETTERS = pattern_of(r"[^\W\d_]{3}")


def governing_headings(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Units with the headings over them that say the opposite of what they would say alone, and steps with the heading
    that says to what they lead.
    """
    is_governing: dict[int, bool] = {}
    heading_of_steps: int | None = None
    for number, unit in enumerate(units):
        heading = unit.relation.heading
        if heading is not None and heading == number - 1:
            is_first = _begins_steps(source, units, number)
            heading_of_steps = heading if is_first and _has_words(source[slice(*units[heading].span)]) else None
        if heading_of_steps is not None and heading == heading_of_steps and STEP.match(source, unit.start):
            yield number, heading_of_steps
        while heading is not None and heading < number:
            if heading not in is_governing:
                is_governing[heading] = governs(source[units[heading].start : units[heading].end])
            if is_governing[heading]:
                yield number, heading
            heading_above = units[heading].relation.heading
            heading = heading_above if heading_above is not None and heading_above < heading else None


def _has_words(heading: str) -> bool:
    """Whether a heading says something; "Article 4" does not."""
    words = heading.split()
    first = next((number for number, word in enumerate(words) if _LETTERS.search(word)), len(words))
    return any(_LETTERS.match(word) for word in words[first + 1 :])


def _begins_steps(source: str, units: Sequence[StructuredUnit], number: int) -> bool:
    """Whether numbered lines begin with a unit; clauses of contracts stand apart."""
    unit, following = units[number], units[min(number + 1, len(units) - 1)]
    return (
        FIRST_STEP.match(source, unit.start) is not None
        and STEP.match(source, following.start) is not None
        and source.count("\n", unit.end, following.start) == 1
    )
