"""Compressors that run one after another under one budget."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from typing import Any

from ragzip.backends.parallel import pending_result
from ragzip.cache import CacheOption, open_cache, use_cache
from ragzip.checks import answers_misuse, choice, flag, real_number, seconds, shown, text, whole_number
from ragzip.compressors.base import Compressor, Stage
from ragzip.compressors.options import OnError
from ragzip.compressors.outcomes import fallback_of, of_any_text, passthrough, result_of
from ragzip.compressors.outline import reopened
from ragzip.compressors.registry import find_entry, shared_compressor
from ragzip.compressors.stages import GRACE_SHARE, Clock, Run, Settings, shared_limit, stays
from ragzip.compressors.tidying import tidied
from ragzip.context import Context, ContextLike, check_query, read_context
from ragzip.errors import DeadlineError, OptionError
from ragzip.fitting.limits import SHORT_CONTEXT_TOKENS, check_limits, limit_of
from ragzip.fitting.notes import choice_notes
from ragzip.output.layout import Layout, Rendered, render
from ragzip.process.deadline import CallLimit, current_limit, limit_scope
from ragzip.process.telemetry import call_span
from ragzip.process.threads import in_daemon_thread
from ragzip.result import Result, Stats
from ragzip.text.protect import Protector
from ragzip.text.queries.questions import readings_of
from ragzip.text.queries.tasks import task_of
from ragzip.text.tokens import TokenCounter, Tokenizer, token_counter
from ragzip.types import Budget, Meter, Note, Segment

__all__ = ["Pipeline", "resolve"]

_log = logging.getLogger(__name__)
_LONG_CHARACTERS = 2**19  # of a context whose tokens are worth a thread


class Pipeline:
    """Compressors that run one after another, each on what the one before left, towards one budget.

    Every compressor but the last takes off its share (the same factor each); the last one meets the budget exactly.
    A pipeline keeps no state between calls: threads may share it, and it can be pickled.

    :param compressor: a registry name, a :class:`Compressor`, or a sequence of either.
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
        compressor: str | Compressor | Sequence[str | Compressor] = "auto",
        *,
        target_tokens: int | None = None,
        rate: float | None = None,
        threshold: float | None = None,
        tokenizer: Tokenizer = None,
        protect: Any = (),
        tidy: bool | None = None,
        cache: CacheOption = None,
        on_error: OnError = "raise",
        layout: Layout | None = None,
        deadline: float | None = None,
        least: int | None = None,
    ) -> None:
        on_error = choice(on_error, "on_error", ("raise", "passthrough"))
        if layout is not None and not isinstance(layout, Layout):
            raise OptionError(
                f"layout: received {shown(layout)}, expected a ragzip.Layout, such as Layout.sources() or "
                r"Layout(header='[{number}] {title}\n')."
            )
        self.tidy = None if tidy is None else flag(tidy, "tidy")
        self.compressor, self.on_error, self.layout = compressor, on_error, layout or Layout()
        self.deadline = None if deadline is None else seconds(deadline, "deadline")
        self.least = 0 if least is None else whole_number(least, "least")
        self.target_tokens, self.rate, self.threshold = target_tokens, rate, threshold
        self.tokenizer, self.cache = tokenizer, cache
        self.protect = tuple(protect) if isinstance(protect, Iterator) else protect

    @property
    def tolerant(self) -> bool:
        """Whether what fails stays as it is."""
        return self.on_error == "passthrough"

    def check(self) -> None:
        """Check what can be checked of the options before the first call, without a model.

        :raises RagzipError: an unknown compressor, or a value outside its range.
        """
        check_limits(self.target_tokens, self.rate)
        if self.threshold is not None:
            real_number(self.threshold, "threshold")
        Protector(self.protect)
        for compressor in _listed(self.compressor):
            if isinstance(compressor, str):
                find_entry(compressor)

    def check_threshold(self) -> None:
        """Check that the last compressor takes the threshold; it is made for that.

        :raises OptionError: its scores are no probabilities, or the threshold is none.
        """
        if self.threshold is not None:
            Stage.of(resolve(self.compressor)[-1]).check_threshold(self.threshold)

    def run(self, documents: ContextLike | Context, query: str | None = None) -> Result:
        """Compress ``documents`` for ``query`` (None: whatever matters in itself).

        :raises RagzipError: what was received, what was expected and what to do, unless ``on_error="passthrough"``.
        """
        with call_span("ragzip.compress") as span:
            result = self._run_within_limits(documents, query)
            stats = result.stats
            span.end_with(
                {
                    "tokens_in": stats.tokens_in,
                    "tokens_out": stats.tokens_out,
                    "documents": len(result.documents),
                    "compressors": list(stats.compressors),
                    "cache_hits": stats.cache_hits,
                    "fallback": stats.fallback is not None,
                }
            )
        if stats.fallback:
            _log.warning("%s", stats.fallback)
        _log.debug("%s: %d of %d tokens kept", " → ".join(stats.compressors), stats.tokens_out, stats.tokens_in)
        return result

    def _run_within_limits(self, documents: ContextLike | Context, query: str | None) -> Result:
        context = documents if isinstance(documents, Context) else read_context(documents, tolerant=self.tolerant)
        outer_limit = current_limit()
        call_limit = CallLimit(self.deadline, parent=outer_limit)
        try:
            with limit_scope(call_limit):
                return (
                    self._run(context, query) if call_limit.ends is None else self._within(call_limit, context, query)
                )
        except DeadlineError as error:
            if outer_limit.is_over:
                raise
            return passthrough(context, self.layout, self.tokenizer, error)
        except Exception as error:
            if self.on_error == "raise":
                raise
            return passthrough(context, self.layout, self.tokenizer, error)

    def _within(self, limit: CallLimit, context: Context, query: str | None) -> Result:
        """The result, in a thread that is left to itself where it does not end in time.

        :raises DeadlineError: it did not.
        """
        limit.check()
        result = in_daemon_thread(partial(copy_context().run, self._run, context, query))
        try:
            return result.result((1 + 2 * GRACE_SHARE) * (limit.seconds or 0))
        except TimeoutError:
            limit.check()
            raise
        finally:
            limit.cancel()

    def _run(self, context: Context, query: str | None) -> Result:
        call = _Call(self, context, check_query(query, context))
        with use_cache(call.settings.cache) as counters:
            segments = call.compressed()
        return call.result(segments, counters.hits, counters.misses)


class _Call:
    """One call of a pipeline: its options, checked, its documents as segments, and the notes for the caller."""

    def __init__(self, pipeline: Pipeline, context: Context, query: str | None) -> None:
        self.pipeline, self.context, self.query = pipeline, context, query
        self.clock, self.notes = Clock(), list[Note]()
        self.stages = [Stage.of(compressor) for compressor in resolve(pipeline.compressor)]
        self.last_stage = self.stages[-1]
        check_limits(pipeline.target_tokens, pipeline.rate)
        counter = token_counter(pipeline.tokenizer)
        self.settings = Settings(
            self.last_stage.check_threshold(pipeline.threshold),
            of_any_text(counter) if context.failures else counter,
            Protector(pipeline.protect),
            open_cache(pipeline.cache),
            pipeline.tolerant,
        )
        self.layout = pipeline.layout
        self.given = [Segment.whole(document, position) for position, document in enumerate(context.documents)]
        self._count_tokens_in = _counted(render(self.given, self.layout), self.settings.counter)
        self.failures = dict(context.failures)
        self.tidy_segments = self._tidied()
        rated_tokens = 0 if pipeline.rate is None else self.tokens_in
        self.limit = limit_of(rated_tokens, pipeline.target_tokens, pipeline.rate)

    def _tidied(self) -> list[Segment]:
        """The given segments without redundant text; those that stay as they are are fixed."""
        segments = [
            segment.fixed() if segment.position in self.failures or stays(segment.document) else segment
            for segment in self.given
        ]
        tidy = self.pipeline.tidy
        if tidy is None and not any(stage.tidies for stage in self.stages):
            tidy = False
        reads_pages = any(stage.writes_pages for stage in self.stages)
        tidying = tidied(segments, tidy, reads_pages, self.settings, self.failures)
        self.notes += tidying.notes
        return tidying.segments

    @property
    def tokens_in(self) -> int:
        """Tokens of the documents as they were given."""
        return self._count_tokens_in()

    @property
    def is_free_choice(self) -> bool:
        """Whether the caller sets neither a budget nor a threshold."""
        return self.pipeline.target_tokens is None and self.pipeline.rate is None and self.settings.threshold is None

    def compressed(self) -> list[Segment]:
        """The segments as the stages leave them; :attr:`limit` is then the one that held."""
        if self.tokens_in < self.pipeline.least:
            return self._left_as_given()
        run = self._run_with(self._threshold)
        self._leave_room_for_failures(run)
        segments = run.with_parts(self.tidy_segments, self.limit)
        if not self.is_free_choice:
            return self._chosen(run, segments, self.limit)
        if self.query is not None and task_of(self.query) == "all" and self.last_stage.may_keep_everything:
            self.notes.append(Note("everything-fits", "the query asks for something to be done with the whole text"))
            return replace(run, query=None).with_pages_written(segments, self.tokens_in)
        return self._freely_chosen(run, segments)

    @property
    def _threshold(self) -> float | None:
        """The caller's threshold; without a budget too, that of the last compressor for a question."""
        if self.is_free_choice and self.query is not None and readings_of(self.query):
            return self.last_stage.default_threshold
        return self.settings.threshold

    def _freely_chosen(self, run: Run, segments: Sequence[Segment]) -> list[Segment]:
        """The choice of ``segments`` where the caller sets no limit: of a short context all that may answer."""
        fixed_tokens = run.tokens(segment for segment in segments if segment.is_fixed)
        free_tokens = run.tokens(segment for segment in segments if not segment.is_fixed)
        if free_tokens <= SHORT_CONTEXT_TOKENS and self.last_stage.may_keep_everything:
            nothing = self._nothing_kept(run, segments)
            if nothing is not None:
                return nothing
            return self._chosen(self._run_with(None), segments, fixed_tokens + SHORT_CONTEXT_TOKENS)
        if self._threshold is None and (default_limit := run.default_limit(free_tokens)) is not None:
            self.limit = fixed_tokens + default_limit
        return self._chosen(run, segments, self.limit)

    def _chosen(self, run: Run, segments: Sequence[Segment], limit: int | None) -> list[Segment]:
        """The choice that ``run`` makes of ``segments``; all of them, where they fit."""
        self.clock.lap("count")
        if limit is not None and run.settings.threshold is None and self._fits_whole(run, segments, limit):
            self.notes.append(Note("everything-fits", self._fitting()))
            return run.with_pages_written(segments, limit)
        has_fixed = any(segment.is_fixed for segment in segments)
        is_of_one_rate = self.pipeline.target_tokens is None and not has_fixed
        chosen = run(segments, limit, rate=self.pipeline.rate if is_of_one_rate else None)
        return self._noted(run, chosen, limit)

    def _left_as_given(self) -> list[Segment]:
        """All documents as they were given, since there is little to gain."""
        self.limit = None
        self.notes = [Note("everything-fits", f"contexts of fewer than least={self.pipeline.least} tokens stay whole")]
        self.clock.lap("count")
        return self.given

    def _fitting(self) -> str:
        """The reason for which nothing was left out."""
        if not self.tokens_in:
            return "the context is empty"
        if self.is_free_choice and self.limit is None:
            return f"without a budget, contexts of up to {SHORT_CONTEXT_TOKENS} tokens stay whole"
        return f"everything fits: nothing {'else ' if self.notes else ''}was left out"

    def _leave_room_for_failures(self, run: Run) -> None:
        """Raise :attr:`limit` where it does not hold the documents that stay as they were given."""
        if self.failures and self.limit is not None:
            unread_tokens = run.tokens(self.given[position] for position in self.failures)
            readable_limit = shared_limit(self.limit, self.tokens_in - unread_tokens, self.tokens_in)
            self.limit = max(self.limit, unread_tokens + readable_limit)

    def _nothing_kept(self, run: Run, segments: Sequence[Segment]) -> list[Segment] | None:
        """``segments`` with nothing kept of a short context, where the compressor is sure that nothing answers."""
        if self.query is None or not self.last_stage.tells_unanswerable:
            return None
        chosen = run(segments, None)
        if any(segment.text.strip() for segment in chosen if not segment.is_fixed):
            return None
        return self._noted(run, chosen, None)

    def _fits_whole(self, run: Run, segments: Sequence[Segment], limit: int) -> bool:
        """Whether ``segments`` are the whole texts, and ``limit`` holds them."""
        is_whole = all(segment.text == self.tidy_segments[segment.position].text for segment in segments)
        return is_whole and self._tidy_tokens(run, segments) <= limit

    def _noted(self, run: Run, chosen: list[Segment], limit: int | None) -> list[Segment]:
        """``chosen``, what ``run`` kept; the notes say why."""
        budget = Budget(Meter(self.settings.counter), limit, run.settings.threshold, self.settings.protect)
        tells_likely = self.query is not None and self.last_stage.scores_are_probabilities is True
        self.notes += choice_notes(chosen, budget, self.layout, reopened, scores_are_probabilities=tells_likely)
        return chosen

    def _tidy_tokens(self, run: Run, segments: Sequence[Segment]) -> int:
        """Tokens of whole segments."""
        is_as_given = all(segment.text == self.given[segment.position].text for segment in segments)
        return self.tokens_in if is_as_given else run.tokens(segments)

    def _run_with(self, threshold: float | None) -> Run:
        """The stages with ``threshold``, where they have nothing more to decide by."""
        if self.last_stage.fill == "relevant" and self.settings.threshold is None:
            threshold = None
        settings = replace(self.settings, threshold=threshold)
        return Run(self.query, self.stages, self.layout, settings, self.clock, self.failures)

    def result(self, segments: Sequence[Segment], cache_hits: int, cache_misses: int) -> Result:
        """The result with its figures; the context as it was given, where compressing would have made it longer."""
        rendered = render(segments, self.layout)
        tokens_out = rendered.tokens(self.settings.counter)
        if self.limit is not None and self.limit < tokens_out <= self.tokens_in and not self.failures:
            excess = tokens_out - self.limit
            rule = f"{self.last_stage.name} keeps to a rule of its own"
            self.notes.append(Note("over-budget", f"{excess} tokens over the budget: {rule}"))
        if tokens_out > self.tokens_in:  # rewriting, or headers around very little
            segments, rendered, tokens_out = self.given, render(self.given, self.layout), self.tokens_in
            longer = "compressing would have made it longer: the text is as it was given"
            self.notes.append(Note("would-be-longer", longer))
        stats = Stats(
            tokens_in=self.tokens_in,
            tokens_out=tokens_out,
            target_tokens=self.limit,
            tokenizer=self.settings.counter.name,
            compressors=tuple(stage.name for stage in self.stages),
            seconds=self.clock.seconds,
            cache_hits=cache_hits,
            cache_misses=cache_misses,
            fallback=fallback_of(self.context, self.failures),
            notes=tuple(self.notes),
            query=self.query,
            failures=self.failures,
        )
        return result_of(segments, rendered, stats)


def _counted(rendered: Rendered, counter: TokenCounter) -> Callable[[], int]:
    """A function that returns the tokens of ``rendered``: those of a long text are counted while other work goes on."""
    is_long = sum(len(part) for part in rendered.parts if isinstance(part, str)) >= _LONG_CHARACTERS
    if is_long and counter.frees_interpreter:
        return pending_result(lambda: rendered.tokens(counter))
    tokens = rendered.tokens(counter)
    return lambda: tokens


def resolve(compressors: str | Compressor | Sequence[str | Compressor]) -> list[Compressor]:
    """Compressors by name or as they are, as a list.

    :raises OptionError: none, something that is neither, or a compressor whose name is no text.
    """
    return [shared_compressor(item) if isinstance(item, str) else item for item in _listed(compressors)]


def _listed(compressors: str | Compressor | Sequence[str | Compressor]) -> list[str | Compressor]:
    """The same before those with a name are made."""
    compressor_list = [compressors] if isinstance(compressors, (str, Compressor, type)) else compressors
    if not isinstance(compressor_list, Sequence) or not compressor_list:
        raise OptionError(
            f"compressor: received {shown(compressors)}, expected a registry name, a Compressor, or a list."
        )
    for item in compressor_list:
        if isinstance(item, type) or not isinstance(item, (str, Compressor)):
            raise OptionError(f"compressor: received {type(item).__name__}, expected a registry name or a Compressor.")
        if not isinstance(item, str):
            text(item.name, f"name of the compressor {type(item).__name__}")
    return list(compressor_list)
