"""Passages of structured texts: runs of units, each with what its units cannot be read without."""

from __future__ import annotations

from collections.abc import Iterator

from ragzip.text.spans import Span
from ragzip.text.structure.base import Structure
from ragzip.text.words import words

__all__ = ["structured_passages"]

_CHARACTERS_PER_WORD = 6  # a row without blanks is one word by itself


def structured_passages(structure: Structure, *, max_words: int) -> Iterator[tuple[Span, list[Span]]]:
    """The place of each passage, in order, and its spans: a run of units of at most ``max_words`` words (a longer unit
    is a passage of its own) is at that place; the headings over them, and the header rows, keys … that they need, are
    added.
    """
    run: list[int] = []
    run_words = 0
    for number, unit in enumerate(structure.units):
        if unit.relation.section is not None:
            continue
        word_count = sum(1 for _ in words(structure.form.source, unit.start, unit.end))
        unit_words = max(word_count, (unit.end - unit.start) // _CHARACTERS_PER_WORD)
        if run and run_words + unit_words > max_words:
            yield _with_needs(structure, run)
            run, run_words = [], 0
        run.append(number)
        run_words += unit_words
    if run:
        yield _with_needs(structure, run)


def _with_needs(structure: Structure, run: list[int]) -> tuple[Span, list[Span]]:
    """The place of a run of units; the spans of its units, what they need, and the headings over them."""
    needed = dict.fromkeys(run)
    for number in run:
        needed.update(dict.fromkeys(structure.units[number].relation.needs))
        heading = structure.units[number].relation.heading
        while heading is not None and heading not in needed:
            needed[heading] = None
            heading = structure.units[heading].relation.heading
    place = Span(structure.units[run[0]].start, structure.units[run[-1]].end)
    return place, [structure.units[number].span for number in needed]
