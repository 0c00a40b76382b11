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
    count_tokens = token_counter(options.get("tokenizer"))
    assert stats.tokens_out == count_tokens(result.text)
    assert stats.tokens_out <= options.get("target_tokens", stats.tokens_in)
    assert stats.tokens_out <= options.get("rate", 1.0) * stats.tokens_in + 1e-9


def budget_is_used(result: Result, call: Call) -> None:
    """Promise 1: no unit that may be kept was left out where it still fits, with the heading next over it.

    Not where documents are set by score (a unit more may change their order, and with it every count), nor for a
    caller's function, whose counts may not add up.
    """
    token_limit, tokenizer, layout = result.stats.target_tokens, call.options.get("tokenizer"), _layout(call)
    if token_limit is None or result.stats.tokens_in <= token_limit or layout.order == "score" or callable(tokenizer):
        return
    count_tokens = token_counter(tokenizer)
    for position, segment in enumerate(result.segments):
        for unit in segment.units:
            if is_inside(unit.span, segment.held) or unit.must_be_kept or not is_candidate(unit, None):
                continue
            fuller_segments = list(result.segments)
            over = [
                heading.span for heading in segment.units if heading.section and unit.start in range(*heading.section)
            ]
            added_spans = [span for span in (*unit.spans, *over[-1:]) if not is_inside(span, segment.held)]
            fuller_segments[position] = _whole(segment).keep([*segment.held, *added_spans])
            assert count_tokens(render(fuller_segments, layout).text) > token_limit, f"left out, but fits: {unit}"


def something_is_kept_where_it_fits(result: Result, call: Call) -> None:
    """Promise 4: nothing is kept only where not even one unit that may be kept fits."""
    token_limit = result.stats.target_tokens
    if token_limit is None or token_limit <= 0 or result.text:
        return
    count_tokens, layout = token_counter(call.options.get("tokenizer")), _layout(call)
    for segment in result.segments:
        for unit in filter(_may_be_kept, segment.units):
            text_alone = render([_whole(segment).keep(unit.spans)], layout).text
            assert not text_alone.strip() or count_tokens(text_alone) > token_limit, (
                f"nothing is kept, but it fits: {unit}"
            )


def never_longer(result: Result) -> None:
    """Promise 2, for text."""
    assert result.stats.tokens_out <= result.stats.tokens_in
    assert all(len(document.text) <= len(document.source.text) for document in result.documents)


def kept_text_is_of_the_source(result: Result) -> None:
    """Promise 3: spans and citations say where the text comes from; no word is cut, none glued to another.

    The forms of structured texts part values by their marks, and say what they left out.
    """
    for segment, document in zip(result.segments, result.documents, strict=True):
        source_text = document.source.text
        assert all(earlier_span.end <= later_span.start for earlier_span, later_span in pairwise(document.spans))
        for (span_start, span_end), offset in zip(document.spans, segment.offsets, strict=True):
            assert document.text[offset : offset + span_end - span_start] == source_text[span_start:span_end]
        if not segment.form.is_plain:
            continue
        assert document.text == "".join(source_text[span_start:span_end] for span_start, span_end in document.spans)
        for span_start, span_end in document.spans:
            assert is_boundary(source_text, span_start) and is_boundary(source_text, span_end), (
                source_text,
                span_start,
                span_end,
            )
        for (_, former_end), (next_start, _) in pairwise(document.spans):
            joint = source_text[former_end - 1] + source_text[next_start]
            assert any(map(str.isspace, joint)) or is_boundary(joint, 1), f"glued: {joint!r}"
    for citation in result.citations():
        cited_text = result.text[citation.start : citation.end]
        source_texts = (document.source.text for document in result.documents if document.id == citation.id)
        assert any(source[citation.source_start : citation.source_end] == cited_text for source in source_texts)


def units_are_whole(result: Result, compressor: Compressor) -> None:
    """Promise 4: no fragment of a unit is kept, none without what it needs, no heading over nothing."""
    everything_fits = any(note.code == "everything-fits" for note in result.stats.notes)
    if everything_fits or Stage.of(compressor).fill not in ("relevant", "units"):
        return
    for segment in result.segments:
        source_text = segment.document.text
        kept_units = [unit for unit in segment.units if is_inside(unit.span, segment.held)]
        for unit in segment.units:
            is_touched = any(
                source_text[max(held_start, unit.start) : min(held_end, unit.end)].strip()
                for held_start, held_end in segment.held
            )
            assert not is_touched or unit in kept_units, f"a fragment of {unit}"
        for unit in kept_units:
            assert all(is_inside(needed_span, segment.held) for needed_span in unit.needs), (
                f"without what it needs: {unit}"
            )
            if unit.section is not None:
                text_units = (kept_unit for kept_unit in kept_units if kept_unit.section is None)
                assert any(is_inside(text_unit.span, [unit.section]) for text_unit in text_units), (
                    f"over nothing: {unit}"
                )


def protected_spans_are_whole(result: Result, call: Call) -> None:
    """Promise 5: a protected span is kept whole or not at all."""
    protect = Protector(call.options.get("protect", ()))
    for document in result.documents:
        source_text = document.source.text
        for protected_span in protect(source_text):
            is_touched = any(
                kept_start < protected_span.end and protected_span.start < kept_end
                for kept_start, kept_end in document.spans
            )
            if is_touched and source_text[protected_span.start : protected_span.end].strip():
                assert is_inside(protected_span, document.spans), (source_text, protected_span)


def documents_are_the_same(result: Result, call: Call) -> None:
    """Promise 7: as many documents as were given, in the same order, with id and metadata."""
    assert [(document.id, document.metadata) for document in result.documents] == [
        (document.id, document.metadata) for document in call.documents
    ]


def is_inside(span: Sequence[int], spans: Sequence[Sequence[int]]) -> bool:
    """Whether one of ``spans`` holds all of ``span``."""
    return any(outer_start <= span[0] and span[1] <= outer_end for outer_start, outer_end in spans)


def _layout(call: Call) -> Layout:
    return call.options.get("layout") or Layout()


def _may_be_kept(unit: Unit) -> bool:
    return is_candidate(unit, None)


def _whole(segment: Segment) -> Segment:
    return Segment.whole(segment.document, segment.position, segment.form)
