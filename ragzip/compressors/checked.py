"""Checks on the output of a compressor before anything relies on it: compressors may be the callers' own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ragzip.checks import check_text, item_list, real_number, shown
from ragzip.compressors.base import Compressor
from ragzip.errors import OptionError
from ragzip.types import Document, Segment, Unit

__all__ = ["checked_segments"]

_WHOLE, _NUMBERS, _LISTS = (int, np.integer), (int, float, np.integer, np.floating), (tuple, list)


def checked_segments(compressor: Compressor, compressed: object, originals: Sequence[Segment]) -> list[Segment]:
    """The segments in ``compressed``, the output of ``compressor`` for ``originals``, once checked to be what every
    later stage and the caller rely on: one segment for each document, in order, whose spans and units lie in its text.

    :raises OptionError: something else.
    """
    expected = "one Segment for each document, in the same order, with empty text for a dropped one"
    error_prefix = f"compressor {shown(compressor.name)} gave back"
    is_from_ragzip = type(compressor).__module__.startswith(
        "ragzip."
    )  # its contract suite has looked at every span and unit
    segments = item_list(compressed, error_prefix, Segment, expected=expected)
    if len(segments) != len(originals):
        raise OptionError(
            f"{error_prefix}: received {len(segments)} segments for {len(originals)} documents, expected {expected}."
        )
    for segment, given_segment in zip(segments, originals, strict=True):
        if not _is_place(segment.position, given_segment.position) or not _is_same(
            segment.document, given_segment.document
        ):
            raise OptionError(
                f"{error_prefix}: received {shown(segment.document)} in the place of document "
                f"{shown(given_segment.document.id)}, "
                f"expected {expected}."
            )
        if not is_from_ragzip:
            _check_inside(segment, f"{error_prefix}, document {shown(given_segment.document.id)}")
    return segments


def _is_place(position: object, other: int) -> bool:
    return isinstance(position, _WHOLE) and position == other


def _is_same(document: object, other: Document) -> bool:
    """Without a look at the metadata, whose values may be arrays."""
    if document is other:
        return True
    return isinstance(document, Document) and document.id == other.id and document.text == other.text


def _check_inside(segment: Segment, where: str) -> None:
    check_text(segment.text, where)
    source_length = len(segment.document.text)
    if not _in_order(segment.spans, source_length) or (segment.places and len(segment.places) != len(segment.spans)):
        raise OptionError(
            f"{where}: received the spans {shown(segment.spans)}, expected some in order, apart, within 0 to "
            f"{source_length}."
        )
    kept_characters = sum(end - start for start, end in segment.spans)
    if segment.form.is_plain and kept_characters != len(segment.text):
        raise OptionError(
            f"{where}: received a text of {len(segment.text)} characters with spans of {kept_characters}, expected the "
            "text of its spans (Segment.keep makes it), or Segment.rewritten(text)."
        )
    are_units = isinstance(segment.units, Sequence) and not isinstance(segment.units, (str, bytes))
    if not are_units or not all(_is_unit(unit, source_length) for unit in segment.units):
        raise OptionError(
            f"{where}: received the units {shown(segment.units)}, expected Units within 0 to {source_length}, with "
            "numbers as scores."
        )
    if segment.score is not None:
        real_number(segment.score, f"{where}, score", expected="a number or None")


def _in_order(spans: object, length: int) -> bool:
    if not isinstance(spans, _LISTS) or not all(isinstance(span, _LISTS) and len(span) == 2 for span in spans):
        return False
    boundaries = [0, *(position for span in spans for position in span), length]
    return all(isinstance(position, _WHOLE) for position in boundaries) and all(
        boundary <= next_boundary for boundary, next_boundary in pairwise(boundaries)
    )


def _is_unit(unit: object, length: int) -> bool:
    return (
        isinstance(unit, Unit)
        and isinstance(unit.start, _WHOLE)
        and isinstance(unit.end, _WHOLE)
        and 0 <= unit.start <= unit.end <= length
        and isinstance(unit.score, _NUMBERS)
        and unit.score == unit.score
    )
