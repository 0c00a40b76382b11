"""Sentences of a time that is told from what stands before them: "Three years later Ida became director."."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ragzip.text.references.durations import sentences_told_from
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.paragraphs import is_statement

__all__ = ["told_from"]


def told_from(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Each sentence with those under the same heading, also of paragraphs before its own, from which its time is
    told.
    """
    places: list[int] = []  # of the sentences under the heading
    sentences: list[str] = []
    for place, unit in enumerate(units):
        if unit.relation.section is not None:
            places, sentences = [], []
        elif is_statement(unit):
            places.append(place)
            sentences.append(source[unit.start : unit.end])
            yield from ((place, places[before]) for before in sentences_told_from(sentences, len(places) - 1))
