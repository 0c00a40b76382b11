"""What every method must beat: everything, and the beginning.

Neither scores anything. A budget cuts the end off, in :func:`ragzip.fit.leading_words`, which knows how the documents
are laid out; they differ in what happens without one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ragzip.budget import DEFAULT_RATE
from ragzip.types import Budget, Segment

__all__ = ["Nothing", "Truncate"]


class Nothing:
    """No compression: everything, as far as a budget (if one is set) lets it."""

    name = "baseline/none.v1"

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        return [replace(segment, units=()) for segment in segments]


class Truncate(Nothing):
    """The first words of the documents in order, up to the budget (half, if none is set)."""

    name = "baseline/truncate.v1"
    default_rate = DEFAULT_RATE
