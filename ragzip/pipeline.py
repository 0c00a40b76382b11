"""Compressors that run one after another under one budget."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import replace
from typing import Any, Literal, TypedDict

from ragzip.cache import CacheOption, open_cache, use_cache
from ragzip.checks import answers_misuse, choice, number_in, shown
from ragzip.compressors.base import Compressor, Stage
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

__all__ = ["OnError", "Options", "Pipeline", "resolve"]

OnError = Literal["raise", "passthrough"]


class Options(TypedDict, total=False):
    """The options of a call, as :func:`ragzip.compress` describes them: one list for every function that takes them."""

    target_tokens: int | None
    rate: float | None
    threshold: float | None
    compressor: str | Compressor | Sequence[str | Compressor]
    tokenizer: Tokenizer
    protect: Any
    layout: Layout | None
    cache: CacheOption
    on_error: OnError
    deadline: float | None


class Pipeline:
    """Compressors that run one after another, each on what the one before left, towards one budget.

    Every compressor but the last takes off its share (the same factor each); the last one meets the budget exactly.
    A pipeline keeps no state between calls: threads may share it, and it can be pickled.

    :param compressors: a registry name, a :class:`Compressor`, or a sequence of either.
    :param on_error: "raise", or "passthrough": a document that fails stays as it was given, the others get the rest of
        the budget (and never less than half of their share of it), and ``Stats.fallback`` says which and why. Where the
        call as a whole fails, all documents stay as they were given.
    :param deadline: seconds after which no model is asked: what is not scored by then stays as it was given, and
        ``Stats.fallback`` says so. The call returns within 1.5 times of it, once models and tokenizer are loaded.

    The other options are those of :func:`ragzip.compress`.
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
        outer_limit = current_limit()
        call_limit = CallLimit(self.deadline, parent=outer_limit)
        try:
            with limited(call_limit):
                return (
                    self._run(context, query) if call_limit.ends is None else self._within(call_limit, context, query)
                )
        except DeadlineError as error:
            if outer_limit.is_over:
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
        query = check_query(query, context)
        stages = [Stage.of(compressor) for compressor in resolve(self.compressors)]
        last_stage = stages[-1]
        settings = self._settings(last_stage)
        if context.failures:
            settings = replace(settings, counter=_of_any_text(settings.counter))
        layout = replace(self.layout, order="score") if last_stage.reorders else self.layout
        given = [Segment.whole(document, position) for position, document in enumerate(context.documents)]
        tokens_in = render(given, layout).tokens(settings.counter)
        limit = from_rate(tokens_in, self.target_tokens, self.rate)
        free_choice = limit is None and settings.threshold is None
        is_asked = query is not None and bool(readings_of(query))
        threshold = last_stage.default_threshold if free_choice and is_asked else None
        if last_stage.fill != "relevant":  # else it has more than a threshold to decide by
            settings = replace(settings, threshold=threshold if settings.threshold is None else settings.threshold)
        clock.lap("count")
        notes: list[str] = []
        with use_cache(settings.cache) as counters:
            run = Run(query, stages, layout, settings, clock, dict(context.failures))
            if context.failures and limit is not None:
                unread_tokens = run.tokens(given[position] for position in context.failures)
                limit = max(limit, unread_tokens + shared_limit(limit, tokens_in - unread_tokens, tokens_in))
            segments_given = [
                some_segment.fixed() if some_segment.position in context.failures else some_segment
                for some_segment in given
            ]
            segments: Sequence[Segment] = run.with_parts(segments_given, limit)
            free_segments = [segment for segment in segments if not segment.is_fixed]
            if free_choice:
                free_tokens, fixed_tokens = (
                    run.tokens(free_segments),
                    run.tokens(some_segment for some_segment in segments if some_segment.is_fixed),
                )
                if free_tokens <= SHORT_CONTEXT_TOKENS and last_stage.may_keep_everything:
                    limit = fixed_tokens + SHORT_CONTEXT_TOKENS
                    run = replace(run, settings=replace(settings, threshold=None))
                elif threshold is None:
                    default_limit = _default_limit(free_tokens, stages)
                    limit = None if default_limit is None else fixed_tokens + default_limit
            is_whole = all(segment.text == given[segment.position].text for segment in segments)
            if limit is not None and tokens_in <= limit and run.settings.threshold is None and is_whole:
                notes.append("everything fits: nothing was left out")
                segments = _pages_written(run, segments, limit)
            else:
                has_fixed = len(free_segments) < len(segments)
                rate = self.rate if self.target_tokens is None and not has_fixed else None
                segments = run(segments, limit, rate=rate)
                budget = Budget(settings.counter, limit, run.settings.threshold, settings.protect)
                notes += choice_notes(segments, budget, layout)
        rendered = render(segments, layout)
        tokens_out = rendered.tokens(settings.counter)
        if limit is not None and limit < tokens_out <= tokens_in and not run.failures:
            notes.append(f"{tokens_out - limit} tokens over the budget: {last_stage.name} keeps to a rule of its own")
        if tokens_out > tokens_in:  # rewriting, or headers around very little: never longer than the input
            segments, rendered, tokens_out = given, render(given, layout), tokens_in
            notes.append("compressing would have made it longer: the text is as it was given")
        stats = Stats(
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            target_tokens=limit,
            tokenizer=settings.counter.name,
            compressors=tuple(stage.name for stage in stages),
            seconds=clock.seconds,
            cache_hits=counters.hits,
            cache_misses=counters.misses,
            fallback=_fallback(context, run.failures),
            notes=tuple(notes),
            query=query,
        )
        return _result(segments, rendered, stats)

    def _settings(self, last_stage: Stage) -> Settings:
        from_rate(0, self.target_tokens, self.rate)  # range checks, before any work
        return Settings(
            last_stage.check_threshold(self.threshold),
            token_counter(self.tokenizer),
            Protector(self.protect),
            open_cache(self.cache),
            self.tolerant,
        )


def _pages_written(run: Run, segments: Sequence[Segment], limit: int) -> list[Segment]:
    """``segments`` that fit as they are, the web pages among them written anew where the compressor does that."""
    if not run.stages[-1].writes_pages:
        return list(segments)
    pages_free = [segment if is_page(segment.document) else segment.fixed() for segment in segments]
    return run(pages_free, limit)


def _default_limit(tokens_in: int, stages: Sequence[Stage]) -> int | None:
    """The limit of a call that sets no budget: the strictest default rate."""
    default_rates = [stage.default_rate for stage in stages if stage.default_rate is not None]
    return from_rate(tokens_in, None, min(default_rates, default=None))


def resolve(compressors: str | Compressor | Sequence[str | Compressor]) -> list[Compressor]:
    """Compressors by name or as they are, as a list.

    :raises OptionError: none, or something that is neither.
    """
    compressor_list = [compressors] if isinstance(compressors, (str, Compressor, type)) else compressors
    if not isinstance(compressor_list, Sequence) or not compressor_list:
        raise OptionError(
            f"compressor: received {shown(compressors)}, expected a registry name, a Compressor, or a list."
        )
    resolved: list[Compressor] = []
    for item in compressor_list:
        if isinstance(item, str):
            resolved.append(shared(item))
        elif isinstance(item, Compressor) and not isinstance(item, type):
            resolved.append(item)
        else:
            raise OptionError(f"compressor: received {type(item).__name__}, expected a registry name or a Compressor.")
    return resolved


def _result(segments: Sequence[Segment], rendered: Rendered, stats: Stats) -> Result:
    documents = tuple(
        CompressedDocument(segment.document, segment.text, segment.spans, segment.score, segment.units, segment.soft)
        for segment in segments
    )
    return Result(rendered.parts, documents, tuple(segments), stats, rendered.citations)


def _passthrough(context: Context, layout: Layout, tokenizer: Tokenizer, error: Exception) -> Result:
    """All documents as they were given, and the reason."""
    segments = [Segment.whole(document, position) for position, document in enumerate(context.documents)]
    rendered = render(segments, layout)
    try:
        counter = token_counter(tokenizer)
        token_count = _of_any_text(counter)(rendered.text)
    except Exception:  # the tokenizer may be what failed
        counter = token_counter(None)
        token_count = _of_any_text(counter)(rendered.text)
    stats = Stats(token_count, token_count, tokenizer=counter.name, fallback=reason_of(error))
    return _result(segments, rendered, stats)


def _fallback(context: Context, failures: Mapping[int, str]) -> str | None:
    """Which documents stay as they were given, and why; documents with one reason together."""
    by_reason: dict[str, list[str]] = {}
    for position, reason in sorted(failures.items()):
        by_reason.setdefault(reason, []).append(repr(context.documents[position].id))
    reasons = [f"{', '.join(document_ids)} as given: {reason}" for reason, document_ids in by_reason.items()]
    return "; ".join([*reasons, *([context.broken_off] if context.broken_off else [])]) or None


def _of_any_text(counter: TokenCounter) -> TokenCounter:
    """``counter`` for text that UTF-8 cannot hold too."""

    def count_any(text: str) -> int:
        return counter(text.encode("utf-8", "replace").decode())

    return TokenCounter(counter.name, count_any, lambda texts: [count_any(text) for text in texts])
