"""The one protocol of all compressors."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from ragzip.budget import Fill
from ragzip.types import Budget, Segment, Span

__all__ = [
    "Compressor",
    "default_rate_of",
    "default_threshold_of",
    "fill_of",
    "in_source",
    "pieces_in_source",
    "reorders",
]


@runtime_checkable
class Compressor(Protocol):
    """Anything that makes segments shorter.

    ``name`` is the registry name with its version. ``compress`` gives back one segment for each that it was given, in
    the same order, and fills ``Segment.units`` with all it chose from, so that the exact budget can be met afterwards.
    A compressor may declare ``fill = "words"`` to have an unused rest of the budget filled with single words,
    ``fill = "none"`` to have its choice left as it is, budget or not (it then reproduces another library's), and
    ``default_rate`` for calls that set no budget at all (None: keep everything then), ``default_threshold`` for such
    calls that have a query (it is then what decides, not the rate), and ``reorder = True`` to have the documents set by
    score.
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


def default_threshold_of(compressor: Compressor) -> float | None:
    """The threshold of ``compressor`` for calls that have a query and set no budget."""
    threshold: float | None = getattr(compressor, "default_threshold", None)
    return threshold


def reorders(compressor: Compressor) -> bool:
    """Whether the documents are to be set by score after ``compressor``."""
    return bool(getattr(compressor, "reorder", False))


def pieces_in_source(segment: Segment, places: Iterable[tuple[int, int]]) -> list[list[Span]]:
    """The pieces of the document that each of ``places`` in ``segment.text`` is made of."""
    ends = list(accumulate(end - start for start, end in segment.spans))
    pieces_by_place: list[list[Span]] = []
    for start, end in places:
        pieces: list[Span] = []
        for i in range(bisect_right(ends, start), len(ends)):
            shift = segment.spans[i].end - ends[i]
            first, last = max(start + shift, segment.spans[i].start), min(end, ends[i]) + shift
            if first >= last:
                break
            pieces.append(Span(first, last))
        pieces_by_place.append(pieces)
    return pieces_by_place


def in_source(segment: Segment, spans: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Offsets in the segment's text as offsets in its document."""
    if segment.text == segment.document.text or not len(spans):
        return spans
    starts = np.array([start for start, _ in segment.spans])
    places = np.array([0, *accumulate(end - start for start, end in segment.spans)])
    piece = np.searchsorted(places[:-1], spans[:, 0], "right") - 1
    moved = spans + (starts - places[:-1])[piece][:, None]
    limit = np.array([end for _, end in segment.spans])[piece]
    return np.asarray(np.minimum(moved, limit[:, None]), np.int32)
