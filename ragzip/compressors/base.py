"""The one protocol of all compressors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from ragzip.budget import DEFAULT_RATE, Fill, from_rate
from ragzip.types import Budget, Segment

__all__ = ["Compressor", "with_default_rate"]


@runtime_checkable
class Compressor(Protocol):
    """Anything that makes segments shorter.

    ``name`` is the registry name with its version. ``compress`` gives back one segment for each that it was given, in
    the same order, and fills ``Segment.units`` with all it chose from, so that the exact budget can be met afterwards.
    A compressor may declare ``fill = "words"`` to have an unused rest of the budget filled with single words.
    """

    @property
    def name(self) -> str: ...

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]: ...


def with_default_rate(budget: Budget, segments: Sequence[Segment]) -> Budget:
    """``budget``, or half of the tokens where it sets neither a limit nor a threshold."""
    if not budget.is_open:
        return budget
    tokens = sum(budget.count(segment.text) for segment in segments)
    return replace(budget, max_tokens=from_rate(tokens, None, DEFAULT_RATE))


def fill_of(compressor: Compressor) -> Fill:
    """How the rest of a budget is used after ``compressor``."""
    return "words" if getattr(compressor, "fill", "units") == "words" else "units"
