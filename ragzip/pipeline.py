"""Compressors that run one after another under one budget."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import replace
from typing import Any, Literal

from ragzip.cache import CacheOption, open_cache, use_cache
from ragzip.checks import answers_misuse, choice, number_in, shown
from ragzip.compressors.base import (
    Compressor,
    check_threshold,
    default_rate_of,
    default_threshold_of,
    fill_of,
    reorders,
    writes_pages,
)
from ragzip.compressors.registry import shared
from ragzip.compressors.stages import GRACE_SHARE, Clock, Run, Settings, shared_limit
from ragzip.context import Context, ContextLike, check_query, read_context
from ragzip.errors import DeadlineError, OptionError, reason_of
from ragzip.fitting.choose import SHORT_CONTEXT_TOKENS, from_rate
from ragzip.fitting.notes import choice_notes
from ragzip.output.layout import Layout, Rendered, render
from ragzip.pages.page import is_page
from ragzip.process.deadline import CallLimit, current_limit, limited
from ragzip.result import CompressedDocument, Result, Stats
from ragzip.text.protect import Protector
from ragzip.text.questions import readings_of
from ragzip.text.tokens import TokenCounter, Tokenizer, token_counter
from ragzip.types import Budget, Segment

__all__ = ["OnError", "Pipeline", "resolve"]

OnError = Literal["raise", "passthrough"]


class Pipeline:
    """Compressors that run one after another, each on what the one before left, towards one budget.

    Every compressor but the last takes off its share (the same factor each); the last one meets the budget exactly.
    A pipeline keeps no state between calls: threads may share it, and it can be pickled.

    :param compressors: a registry name, a :class:`Compressor`, or a sequence of either.
    :param target_tokens: most tokens of ``Result.text``, separators and headers included.
    :param rate: most tokens kept ÷ tokens given, in (0, 1]; with ``target_tokens`` too, the smaller limit holds;
        with neither, nor a threshold, what the last compressor takes for needed to answer the query, if it can tell
        (``auto`` can); else half of the tokens, but never under 50.
    :param threshold: lowest score kept by the last compressor, a probability from 0 to 1; refused where its scores are
        none (``extractive/bm25``, embeddings, baselines …).
    :param tokenizer: see :func:`ragzip.text.tokens.token_counter`.
    :param protect: names and compiled patterns, see :mod:`ragzip.text.protect`.
    :param cache: None (the default cache) | False (off) | a path | a SegmentCache.
    :param on_error: "raise", or "passthrough": a document that fails stays as it was given, the others get what is left
        of the budget (and never less than half of their share of it), and ``Stats.fallback`` says which and why. Where
        the call as a whole fails, all documents stay as they were given.
    :param layout: separators, headers and citation marks.
    :param deadline: seconds after which no model is asked any more: what is not scored by then stays as it was given,
        and ``Stats.fallback`` says so. The call returns within 1.5 times of it, once models and tokenizer are loaded.
    """

    @answers_misuse
    def __init__(
        self,
        compressors: str | Compressor | Sequence[str | Compressor] = "auto",
        *,
        target_tokens: int | None = None,
        rate: float | None = None,
        threshold: float | None = None,
        tokenizer: Tokenizer = None,
        protect: Any = (),
        cache: CacheOption = None,
        on_error: OnError = "raise",
        layout: Layout | None = None,
        deadline: float | None = None,
    ) -> None:
        on_error = choice(on_error, "on_error", ("raise", "passthrough"))
        if layout is not None and not isinstance(layout, Layout):
            raise OptionError(
                f"layout: received {shown(layout)}, expected a ragzip.Layout, such as Layout.sources() or "
                r"Layout(header='[{number}] {title}\n')."
            )
        if deadline is not None:
            expected = "a number of seconds above 0"
            deadline = number_in(deadline, "deadline", above=0, most=math.inf, expected=expected)
        self.compressors, self.on_error, self.layout = compressors, on_error, layout or Layout()
        self.deadline = deadline
        self.target_tokens, self.rate, self.threshold = target_tokens, rate, threshold
        self.tokenizer, self.cache = tokenizer, cache
        self.protect = tuple(protect) if isinstance(protect, Iterator) else protect

    @property
    def tolerant(self) -> bool:
        """Whether what fails stays as it is."""
        return self.on_error == "passthrough"

    def run(self, documents: ContextLike | Context, query: str | None = None) -> Result:
        """Compress ``documents`` for ``query`` (None: whatever matters in itself).

        :raises RagzipError: what was received, what was expected and what to do, unless ``on_error="passthrough"``.
        """
        context = documents if isinstance(documents, Context) else read_context(documents, tolerant=self.tolerant)
        outer = current_limit()
        limit = CallLimit(self.deadline, parent=outer)
        try:
            with limited(limit):
                return self._run(context, query) if limit.ends is None else self._within(limit, context, query)
        except DeadlineError as error:
            if outer.is_over:
                raise
            return _passthrough(context, self.layout, self.tokenizer, error)
        except Exception as error:
            if self.on_error == "raise":
                raise
            return _passthrough(context, self.layout, self.tokenizer, error)

    def _within(self, limit: CallLimit, context: Context, query: str | None) -> Result:
        """The result, in a thread that is left to itself where it does not end in time.

        :raises DeadlineError: it did not.
        """
        results: Future[Result] = Future()
        caller = copy_context()

        def work() -> None:
            try:
                results.set_result(caller.run(self._run, context, query))
            except BaseException as error:
                results.set_exception(error)

        threading.Thread(target=work, name="ragzip-deadline", daemon=True).start()
        try:
            return results.result((1 + 2 * GRACE_SHARE) * (limit.seconds or 0))
        except TimeoutError:
            limit.check()
            raise
        finally:
            limit.cancel()

    def _run(self, context: Context, query: str | None) -> Result:
        clock = Clock()
        documents, failures = context.documents, dict(context.failures)
        stages_ = resolve(self.compressors)
        settings = self._settings(stages_[-1])
        if failures:
            settings = replace(settings, counter=_of_any_text(settings.counter))
        query = check_query(query, context)
        layout = replace(self.layout, order="score") if reorders(stages_[-1]) else self.layout
        given = [Segment.whole(document, i) for i, document in enumerate(documents)]
        segments: Sequence[Segment] = given
        tokens_in = render(given, layout).tokens(settings.counter)
        limit = from_rate(tokens_in, self.target_tokens, self.rate)
        free_choice = limit is None and settings.threshold is None
        is_asked = query is not None and bool(readings_of(query))
        threshold = default_threshold_of(stages_[-1]) if free_choice and is_asked else None
        if fill_of(stages_[-1]) != "relevant":  # else it has more than a threshold to decide by
            settings = replace(settings, threshold=threshold if settings.threshold is None else settings.threshold)
        clock.lap("count")
        notes: list[str] = []
        with use_cache(settings.cache) as counters:
            run = Run(query, stages_, layout, settings, clock, failures)
            if failures and limit is not None:
                unread = run.tokens(given[i] for i in failures)
                limit = max(limit, unread + shared_limit(limit, tokens_in - unread, tokens_in))
            fixed = run.by_rules(given, limit) | {i: given[i] for i in failures}
            standing = run.tokens(fixed[i] for i in sorted(fixed))
            free = [i for i in range(len(given)) if i not in fixed]
            if free_choice:
                free_tokens = run.tokens(given[i] for i in free)
                if free_tokens <= SHORT_CONTEXT_TOKENS and _chooses(stages_[-1]):
                    limit = standing + SHORT_CONTEXT_TOKENS
                    settings = replace(settings, threshold=None)
                elif threshold is None:
                    least = _default_limit(free_tokens, stages_)
                    limit = None if least is None else standing + least
            shorter = any(segment.text != given[i].text for i, segment in fixed.items())
            if limit is not None and tokens_in <= limit and settings.threshold is None and not shorter:
                notes.append("everything fits: nothing was left out")
                pages = [i for i in free if writes_pages(stages_[-1]) and is_page(documents[i])]
                if pages:
                    fixed |= {i: given[i] for i in free if i not in pages}
                    segments = run(given, limit, fixed=fixed, standing=run.tokens(fixed.values()))
            else:
                asked = self.rate if self.target_tokens is None and not fixed else None
                segments = run(given, limit, fixed=fixed, standing=standing, rate=asked)
                budget = Budget(settings.counter, limit, settings.threshold, settings.protect)
                notes += choice_notes(segments, budget, layout)
        rendered = render(segments, layout)
        tokens_out = rendered.tokens(settings.counter)
        if limit is not None and limit < tokens_out <= tokens_in and not failures:
            notes.append(f"{tokens_out - limit} tokens over the budget: {stages_[-1].name} keeps to a rule of its own")
        if tokens_out > tokens_in:  # rewriting, or headers around very little: never longer than the input
            segments, rendered, tokens_out = given, render(given, layout), tokens_in
            notes.append("compressing would have made it longer: the text is as it was given")
        stats = Stats(
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            target_tokens=limit,
            tokenizer=settings.counter.name,
            compressors=tuple(compressor.name for compressor in stages_),
            seconds=clock.seconds,
            cache_hits=counters.hits,
            cache_misses=counters.misses,
            fallback=_fallback(context, failures),
            notes=tuple(notes),
            query=query,
        )
        return _result(segments, rendered, stats)

    def _settings(self, last: Compressor) -> Settings:
        from_rate(0, self.target_tokens, self.rate)  # range checks, before any work
        return Settings(
            check_threshold(self.threshold, last),
            token_counter(self.tokenizer),
            Protector(self.protect),
            open_cache(self.cache),
            self.tolerant,
        )


def _chooses(compressor: Compressor) -> bool:
    """Whether ``compressor`` chooses from the text, and may be spared where there is little to gain."""
    return fill_of(compressor) != "none" and default_rate_of(compressor) is not None


def _default_limit(tokens_in: int, compressors: Sequence[Compressor]) -> int | None:
    """The limit of a call that sets no budget: the strictest default rate."""
    rates = [rate for rate in map(default_rate_of, compressors) if rate is not None]
    return from_rate(tokens_in, None, min(rates, default=None))


def resolve(compressors: str | Compressor | Sequence[str | Compressor]) -> list[Compressor]:
    """Compressors by name or as they are, as a list.

    :raises OptionError: none, or something that is neither.
    """
    listed = [compressors] if isinstance(compressors, (str, Compressor, type)) else compressors
    if not isinstance(listed, Sequence) or not listed:
        raise OptionError(
            f"compressor: received {shown(compressors)}, expected a registry name, a Compressor, or a list."
        )
    out: list[Compressor] = []
    for item in listed:
        if isinstance(item, str):
            out.append(shared(item))
        elif isinstance(item, Compressor) and not isinstance(item, type):
            out.append(item)
        else:
            raise OptionError(f"compressor: received {type(item).__name__}, expected a registry name or a Compressor.")
    return out


def _result(segments: Sequence[Segment], rendered: Rendered, stats: Stats) -> Result:
    documents = tuple(
        CompressedDocument(segment.document, segment.text, segment.spans, segment.score, segment.units, segment.soft)
        for segment in segments
    )
    return Result(rendered.parts, documents, tuple(segments), stats, rendered.citations)


def _passthrough(context: Context, layout: Layout, tokenizer: Tokenizer, error: Exception) -> Result:
    """All documents as they were given, and the reason."""
    segments = [Segment.whole(document, i) for i, document in enumerate(context.documents)]
    rendered = render(segments, layout)
    try:
        counter = token_counter(tokenizer)
        tokens = _of_any_text(counter)(rendered.text)
    except Exception:  # the tokenizer may be what failed
        counter = token_counter(None)
        tokens = _of_any_text(counter)(rendered.text)
    stats = Stats(tokens, tokens, tokenizer=counter.name, fallback=reason_of(error))
    return _result(segments, rendered, stats)


def _fallback(context: Context, failures: Mapping[int, str]) -> str | None:
    """Which documents stay as they were given, and why; documents with one reason together."""
    by_reason: dict[str, list[str]] = {}
    for i, reason in sorted(failures.items()):
        by_reason.setdefault(reason, []).append(repr(context.documents[i].id))
    reasons = [f"{', '.join(ids)} as given: {reason}" for reason, ids in by_reason.items()]
    return "; ".join([*reasons, *([context.broken_off] if context.broken_off else [])]) or None


def _of_any_text(counter: TokenCounter) -> TokenCounter:
    """``counter`` for text that UTF-8 cannot hold too."""

    def count_any(text: str) -> int:
        return counter(text.encode("utf-8", "replace").decode())

    return TokenCounter(counter.name, count_any, lambda texts: [count_any(text) for text in texts])
