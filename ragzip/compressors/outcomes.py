"""The results of calls: their segments, or all documents as they were given, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ragzip.context import Context
from ragzip.errors import reason_of
from ragzip.output.layout import Layout, Rendered, render
from ragzip.result import Result, Stats
from ragzip.text.tokens import TokenCounter, Tokenizer, token_counter
from ragzip.types import Segment

__all__ = ["fallback_of", "of_any_text", "passthrough", "result_of"]


def result_of(segments: Sequence[Segment], rendered: Rendered, stats: Stats) -> Result:
    """The result with these segments."""
    return Result(rendered.parts, tuple(segments), stats, rendered.citations)


def passthrough(context: Context, layout: Layout, tokenizer: Tokenizer, error: Exception) -> Result:
    """All documents as they were given, and the reason."""
    segments = [Segment.whole(document, position) for position, document in enumerate(context.documents)]
    rendered = render(segments, layout)
    try:
        counter = token_counter(tokenizer)
        token_count = of_any_text(counter)(rendered.text)
    except Exception:  # the tokenizer may be what failed
        counter = token_counter(None)
        token_count = of_any_text(counter)(rendered.text)
    reason = reason_of(error)
    failures = dict.fromkeys(range(len(segments)), reason)
    stats = Stats(token_count, token_count, tokenizer=counter.name, fallback=reason, failures=failures)
    return result_of(segments, rendered, stats)


def fallback_of(context: Context, failures: Mapping[int, str]) -> str | None:
    """A sentence on the documents that stay as they were given, and why; documents with one reason together."""
    by_reason: dict[str, list[str]] = {}
    for position, reason in sorted(failures.items()):
        by_reason.setdefault(reason, []).append(repr(context.documents[position].id))
    reasons = [f"{', '.join(document_ids)} as given: {reason}" for reason, document_ids in by_reason.items()]
    return "; ".join([*reasons, *([context.broken_off] if context.broken_off else [])]) or None


def of_any_text(counter: TokenCounter) -> TokenCounter:
    """``counter`` for text that UTF-8 cannot hold too."""

    def count_any(text: str) -> int:
        return counter(text.encode("utf-8", "replace").decode())

    return TokenCounter(counter.name, count_any, lambda texts: [count_any(text) for text in texts])
