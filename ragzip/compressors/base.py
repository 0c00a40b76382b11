"""The one protocol of all compressors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from ragzip.budget import Fill
from ragzip.types import Budget, Segment

__all__ = ["Compressor", "default_rate_of", "fill_of"]


@runtime_checkable
class Compressor(Protocol):
    """Anything that makes segments shorter.

    ``name`` is the registry name with its version. ``compress`` gives back one segment for each that it was given, in
    the same order, and fills ``Segment.units`` with all it chose from, so that the exact budget can be met afterwards.
    A compressor may declare ``fill = "words"`` to have an unused rest of the budget filled with single words,
    ``fill = "none"`` to have its choice left as it is, budget or not (it then reproduces another library's), and
    ``default_rate`` for calls that set no budget at all (None: keep everything then).
    """

    @property
    def name(self) -> str: ...

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]: ...


def default_rate_of(compressor: Compressor) -> float | None:
    """The rate of ``compressor`` for calls that set no budget."""
    rate: float | None = getattr(compressor, "default_rate", None)
    return rate


def fill_of(compressor: Compressor) -> Fill:
    """How the rest of a budget is used after ``compressor``."""
    fill: Fill = getattr(compressor, "fill", "units")
    return fill
