"""What every method must beat: everything, and the beginning."""

from __future__ import annotations

from collections.abc import Sequence

from ragzip.budget import DEFAULT_RATE
from ragzip.fit import leading_words
from ragzip.types import Budget, Segment

__all__ = ["Nothing", "Truncate"]


class Nothing:
    """No compression. A budget, if one is set, still holds: the pipeline cuts the end off."""

    name = "baseline/none.v1"

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        return list(segments)


class Truncate:
    """The first words of the documents in order, up to the budget (half, if none is set)."""

    name = "baseline/truncate.v1"
    default_rate = DEFAULT_RATE

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        return leading_words(segments, budget)
