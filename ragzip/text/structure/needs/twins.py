"""Units with the same statement, or the same except for numbers, under different headings: "Width: 30 mm" under "Grade
Eight" and under "Grade Nine". Without its heading, each would be read as the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.base import StructuredUnit

__all__ = ["FIGURES", "told_apart"]

FIGURES = pattern_of(r"\d[\d.,:]*")
_MAX_UNITS = 5000  # more are no text with headings


def told_apart(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """The units that only headings tell apart, each with the headings over it that do so, by place."""
    if len(units) > _MAX_UNITS:
        return
    paths: list[tuple[int, ...]] = []  # the headings over each unit, the outermost first
    twins: defaultdict[str, list[int]] = defaultdict(list)
    for number, unit in enumerate(units):
        heading = unit.relation.heading
        paths.append((*paths[heading], heading) if heading is not None and heading < number else ())
        if unit.relation.section is None and paths[number]:
            twins[FIGURES.sub("9", source[slice(*unit.span)])].append(number)
    for alike in twins.values():
        if len({paths[number] for number in alike}) > 1:
            yield from _telling(source, units, {number: paths[number] for number in alike})


def _telling(
    source: str, units: Sequence[StructuredUnit], paths: dict[int, tuple[int, ...]]
) -> Iterator[tuple[int, int]]:
    """The units in ``paths`` with those of their headings that distinguish them: by words, else by numbers."""
    for replacement in ("9", r"\g<0>"):
        texts = {
            number: {heading: FIGURES.sub(replacement, source[slice(*units[heading].span)]) for heading in path}
            for number, path in paths.items()
        }
        shared = set.intersection(*(set(by_heading.values()) for by_heading in texts.values()))
        telling = [
            (number, heading)
            for number, by_heading in texts.items()
            for heading, text in by_heading.items()
            if text not in shared
        ]
        if telling:
            yield from telling
            return
