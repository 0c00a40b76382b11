"""The units that are sentences of one paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import BULLETS
from ragzip.text.structure.base import StructuredUnit

__all__ = [
    "FIRST_STEP",
    "LIST_MARKER",
    "STEP",
    "begins_paragraph",
    "in_one_paragraph",
    "is_next_sentence",
    "is_statement",
    "paragraphs",
]

LIST_MARKER = pattern_of(
    rf"(?:[-*+•–]|[{BULLETS}]{{1,5}}\ufe0f?|\((?:\d{{1,3}}|[a-zA-Z]{{1,4}})\)|(?:\d{{1,3}}|[a-z])[.)])\s"
)

FIRST_STEP = pattern_of(r"(?:step\s)?1[.):]\s", re.IGNORECASE)
STEP = pattern_of(r"(?:step\s)?\d{1,2}[.):]\s", re.IGNORECASE)


def paragraphs(source: str, units: Sequence[StructuredUnit]) -> Iterator[range]:
    """The places of the sentences of each paragraph that has several."""
    first = 0
    for place in range(1, len(units) + 1):
        if place < len(units) and is_next_sentence(source, units[place - 1], units[place]):
            continue
        if place - first > 1:
            yield range(first, place)
        first = place


def begins_paragraph(source: str, units: Sequence[StructuredUnit], place: int) -> bool:
    """Whether the unit at ``place`` is the first sentence of a paragraph, or no sentence of one."""
    return place == 0 or not is_next_sentence(source, units[place - 1], units[place])


def is_next_sentence(source: str, unit: StructuredUnit, following: StructuredUnit) -> bool:
    """Whether ``following`` is the sentence after ``unit`` in its paragraph."""
    return (
        is_statement(unit)
        and is_statement(following)
        and not unit.is_record
        and not following.is_record
        and in_one_paragraph(source, unit, following)
        and not LIST_MARKER.match(source, following.start)
    )


def is_statement(unit: StructuredUnit) -> bool:
    """Whether a unit says something by itself, as no heading, lead-in or row does."""
    return unit.relation.section is None and (unit.reading is None or not unit.is_record)


def in_one_paragraph(source: str, unit: StructuredUnit, following: StructuredUnit) -> bool:
    """Whether no blank line parts two units, and they belong to the same lead-in."""
    return source.count("\n", unit.end, following.start) < 2 and unit.relation.head == following.relation.head
