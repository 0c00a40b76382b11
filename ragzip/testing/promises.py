"""The promises of the contract as checks of one result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ragzip.compressors.base import Compressor, Stage
from ragzip.fitting.choose import is_candidate
from ragzip.output.layout import Layout, render
from ragzip.result import Result
from ragzip.testing.data import Call
from ragzip.text.protect import Protector
from ragzip.text.tokens import token_counter
from ragzip.text.words import is_boundary
from ragzip.types import Segment, Unit

__all__ = [
    "budget_is_a_ceiling",
    "budget_is_used",
    "documents_are_the_same",
    "is_inside",
    "kept_text_is_of_the_source",
    "never_longer",
    "protected_spans_are_whole",
    "something_is_kept_where_it_fits",
    "units_are_whole",
]


def budget_is_a_ceiling(result: Result, options: Mapping[str, Any]) -> None:
    """Promise 1, for text: ``tokens_out`` is the count of ``Result.text`` and at most the budget."""
    stats = result.stats
    count = token_counter(options.get("tokenizer"))
    assert stats.tokens_out == count(result.text)
    assert stats.tokens_out <= options.get("target_tokens", stats.tokens_in)
    assert stats.tokens_out <= options.get("rate", 1.0) * stats.tokens_in + 1e-9


def budget_is_used(result: Result, call: Call, compressor: Compressor) -> None:
    """Promise 1: no unit that may be kept was left out where it still fits.

    Not where documents are set by score (a unit more may change their order, and with it every count), nor for a
    caller's function, whose counts may not add up.
    """
    limit, tokenizer, layout = result.stats.target_tokens, call.options.get("tokenizer"), _layout(call, compressor)
    if limit is None or result.stats.tokens_in <= limit or layout.order == "score" or callable(tokenizer):
        return
    count = token_counter(tokenizer)
    for position, segment in enumerate(result.segments):
        for unit in segment.units:
            if is_inside(unit.span, segment.held) or unit.must_be_kept or not is_candidate(unit, None):
                continue
            segments = list(result.segments)
            segments[position] = _whole(segment).keep([*segment.held, *unit.spans])
            assert count(render(segments, layout).text) > limit, f"left out, but fits: {unit}"


def something_is_kept_where_it_fits(result: Result, call: Call, compressor: Compressor) -> None:
    """Promise 4: nothing is kept only where not even one unit that may be kept fits."""
    limit = result.stats.target_tokens
    if limit is None or limit <= 0 or result.text:
        return
    count, layout = token_counter(call.options.get("tokenizer")), _layout(call, compressor)
    for segment in result.segments:
        for unit in filter(_may_be_kept, segment.units):
            alone = render([_whole(segment).keep(unit.spans)], layout).text
            assert not alone.strip() or count(alone) > limit, f"nothing is kept, but it fits: {unit}"


def never_longer(result: Result) -> None:
    """Promise 2, for text."""
    assert result.stats.tokens_out <= result.stats.tokens_in
    assert all(len(document.text) <= len(document.source.text) for document in result.documents)


def kept_text_is_of_the_source(result: Result) -> None:
    """Promise 3: spans and citations say where the text comes from; no word is cut, none glued to another.

    The forms of structured texts part values by their marks, and say what they left out.
    """
    for segment, document in zip(result.segments, result.documents, strict=True):
        source = document.source.text
        assert all(before.end <= after.start for before, after in pairwise(document.spans))
        for (start, end), offset in zip(document.spans, segment.offsets, strict=True):
            assert document.text[offset : offset + end - start] == source[start:end]
        if not segment.form.is_plain:
            continue
        assert document.text == "".join(source[start:end] for start, end in document.spans)
        for start, end in document.spans:
            assert is_boundary(source, start) and is_boundary(source, end), (source, start, end)
        for (_, left), (right, _) in pairwise(document.spans):
            ends = source[left - 1] + source[right]
            assert any(map(str.isspace, ends)) or is_boundary(ends, 1), f"glued: {ends!r}"
    for citation in result.citations():
        kept = result.text[citation.start : citation.end]
        sources = (document.source.text for document in result.documents if document.id == citation.id)
        assert any(source[citation.source_start : citation.source_end] == kept for source in sources)


def units_are_whole(result: Result, compressor: Compressor) -> None:
    """Promise 4: no fragment of a unit is kept, none without what it needs, no heading over nothing."""
    everything_fits = any(note.startswith("everything fits") for note in result.stats.notes)
    if everything_fits or Stage.of(compressor).fill not in ("relevant", "units"):
        return
    for segment in result.segments:
        source = segment.document.text
        kept = [unit for unit in segment.units if is_inside(unit.span, segment.held)]
        for unit in segment.units:
            touched = any(source[max(start, unit.start) : min(end, unit.end)].strip() for start, end in segment.held)
            assert not touched or unit in kept, f"a fragment of {unit}"
        for unit in kept:
            assert all(is_inside(span, segment.held) for span in unit.needs), f"without what it needs: {unit}"
            if unit.section is not None:
                texts = (kept_unit for kept_unit in kept if kept_unit.section is None)
                assert any(is_inside(text_unit.span, [unit.section]) for text_unit in texts), f"over nothing: {unit}"


def protected_spans_are_whole(result: Result, call: Call) -> None:
    """Promise 5: a protected span is kept whole or not at all."""
    protect = Protector(call.options.get("protect", ()))
    for document in result.documents:
        source = document.source.text
        for span in protect(source):
            touched = any(start < span.end and span.start < end for start, end in document.spans)
            if touched and source[span.start : span.end].strip():
                assert is_inside(span, document.spans), (source, span)


def documents_are_the_same(result: Result, call: Call) -> None:
    """Promise 7: as many documents as were given, in the same order, with id and metadata."""
    assert [(document.id, document.metadata) for document in result.documents] == [
        (document.id, document.metadata) for document in call.documents
    ]


def is_inside(span: Sequence[int], spans: Sequence[Sequence[int]]) -> bool:
    """Whether one of ``spans`` holds all of ``span``."""
    return any(start <= span[0] and span[1] <= end for start, end in spans)


def _layout(call: Call, compressor: Compressor) -> Layout:
    layout = call.options.get("layout") or Layout()
    return Layout(layout.separator, layout.header, "score") if Stage.of(compressor).reorders else layout


def _may_be_kept(unit: Unit) -> bool:
    return is_candidate(unit, None)


def _whole(segment: Segment) -> Segment:
    return Segment.whole(segment.document, segment.position, segment.form)
