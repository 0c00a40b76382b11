"""The one protocol of all compressors."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from ragzip.budget import Fill
from ragzip.checks import item_list, real_number, shown
from ragzip.errors import OptionError
from ragzip.types import Budget, Document, Segment, Span, Unit, check_text

__all__ = [
    "Compressor",
    "checked_segments",
    "default_rate_of",
    "default_threshold_of",
    "fill_of",
    "in_source",
    "pieces_in_source",
    "reorders",
]

_WHOLE, _NUMBERS = (int, np.integer), (int, float, np.integer, np.floating)


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


def checked_segments(compressor: Compressor, compressed: object, given: Sequence[Segment]) -> list[Segment]:
    """What ``compressor`` made of ``given``, if it is what every later stage and the caller rely on: one segment for
    each document, in order, whose spans and units lie in its text.

    :raises OptionError: something else.
    """
    expected = "one Segment for each document, in the same order, with empty text for a dropped one"
    where = f"compressor: {shown(compressor.name)} gave back segments"
    segments = item_list(compressed, where, Segment, expected=expected)
    if len(segments) != len(given):
        raise OptionError(f"{where}: received {len(segments)} for {len(given)} documents, expected {expected}.")
    for segment, source in zip(segments, given, strict=True):
        if segment.position != source.position or not _is_same(segment.document, source.document):
            raise OptionError(
                f"{where}: received document {shown(segment.document.id)} in the place of {shown(source.document.id)}, "
                f"expected {expected}."
            )
        _check_inside(segment, f"{where}, document {shown(source.document.id)}")
    return segments


def _is_same(document: Document, other: Document) -> bool:
    """Without a look at the metadata, whose values may be arrays."""
    return document is other or (document.id == other.id and document.text == other.text)


def _check_inside(segment: Segment, where: str) -> None:
    check_text(segment.text, where)
    length = len(segment.document.text)
    if not _in_order(segment.spans, length):
        raise OptionError(
            f"{where}: received the spans {shown(segment.spans)}, expected some in order, apart, within 0 to {length}."
        )
    held = sum(end - start for start, end in segment.spans)
    if segment.verbatim and segment.form is None and held != len(segment.text):
        raise OptionError(
            f"{where}: received a text of {len(segment.text)} characters with spans of {held}, expected the text of "
            "its spans (Segment.keep makes it), or verbatim=False."
        )
    if not all(_is_unit(unit, length) for unit in segment.units):
        raise OptionError(
            f"{where}: received the units {shown(segment.units)}, expected Units within 0 to {length}, with numbers as "
            "scores."
        )
    if segment.score is not None:
        real_number(segment.score, f"{where}, score", expected="a number or None")


def _in_order(spans: Sequence[Span], length: int) -> bool:
    try:
        places = [place for start, end in spans for place in (start, end)]
        return all(low <= high for low, high in pairwise([0, *places, length]))
    except (TypeError, ValueError):
        return False


def _is_unit(unit: object, length: int) -> bool:
    return (
        isinstance(unit, Unit)
        and isinstance(unit.start, _WHOLE)
        and isinstance(unit.end, _WHOLE)
        and 0 <= unit.start <= unit.end <= length
        and isinstance(unit.score, _NUMBERS)
        and unit.score == unit.score
    )


def pieces_in_source(segment: Segment, start: int, end: int) -> list[Span]:
    """The pieces of the document that ``segment.text[start:end]`` is made of."""
    out = []
    place = 0
    for left, right in segment.spans:
        first, last = max(start, place), min(end, place + right - left)
        if first < last:
            out.append(Span(left + first - place, left + last - place))
        place += right - left
    return out


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
