"""Sentences that only compare: "Bergen sold twice as many.", with the one before them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ragzip.text.references.comparisons import compares_with_before
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.paragraphs import is_next_sentence, is_statement

__all__ = ["compared_with"]


def compared_with(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Each sentence with the one of its paragraph before it, with which alone it can be read."""
    for place, (unit, following) in enumerate(pairwise(units)):
        is_after_statement = is_statement(unit) and is_next_sentence(source, unit, following)
        if is_after_statement and compares_with_before(source[following.start : following.end]):
            yield place + 1, place
