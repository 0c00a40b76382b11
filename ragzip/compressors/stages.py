"""The compressors of one call, one after another, each fitted to its share of the limit."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from ragzip.cache import SegmentCache
from ragzip.compressors.base import Stage
from ragzip.compressors.checked import checked_segments
from ragzip.errors import BudgetError, DeadlineError, SoftTextError, reason_of
from ragzip.fitting.fit import fit
from ragzip.fitting.limits import limit_of, limits_of_stages
from ragzip.output.layout import Layout, render
from ragzip.pages.page import is_page
from ragzip.process.deadline import current_limit
from ragzip.text.protect import Protector
from ragzip.text.tokens import TokenCounter
from ragzip.types import Budget, Document, Meter, Part, Segment

__all__ = ["GRACE_SHARE", "Clock", "Run", "Settings", "shared_limit", "stays"]

GRACE_SHARE = 0.25  # of a deadline, for the work after it that needs no model


@dataclass(frozen=True)
class Settings:
    """Options of a call, checked. ``tolerant``: a document that fails stays as it is, and costs the others nothing."""

    threshold: float | None
    counter: TokenCounter
    protect: Protector
    cache: SegmentCache | None
    tolerant: bool = False


class Clock:
    """Seconds since the last lap, by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last_lap = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Add the time since the last lap to ``stage``."""
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._last_lap
        self._last_lap = now


@dataclass(frozen=True)
class Run:
    """The compressors of one call, one after another, each fitted to its share of a limit.

    ``failures`` says why documents stay as they are that should have been compressed, by position.
    """

    query: str | None
    stages: Sequence[Stage]
    layout: Layout
    settings: Settings
    clock: Clock
    failures: dict[int, str] = field(default_factory=dict)

    def tokens(self, segments: Iterable[Segment]) -> int:
        """Tokens of ``segments`` as they are laid out."""
        return render(list(segments), self.layout).tokens(self.settings.counter)

    def with_parts(self, segments: Sequence[Segment], limit: int | None) -> list[Segment]:
        """``segments``, each :class:`Part` with a ``keep`` or a ``rate`` of its own compressed by that rule and fixed.

        Where the fixed ones are more than ``limit`` together, those with a rate give way.
        """
        with_parts = list(segments)
        limit_of_part: dict[int, int] = {}
        for position, segment in enumerate(segments):
            part = segment.document
            if isinstance(part, Part) and part.rate is not None:
                limit_of_part[position] = limit_of(self.settings.counter(part.text), None, part.rate) or 0
                with_parts[position] = self._alone(segment, limit_of_part[position], part.rate)
            elif stays(part):
                with_parts[position] = segment.fixed()
        while limit_of_part and limit is not None and (excess := self.tokens(_fixed(with_parts)) - limit) > 0:
            largest = max(limit_of_part, key=lambda position: limit_of_part[position])
            if limit_of_part[largest] == 0:
                break
            limit_of_part[largest] = max(0, limit_of_part[largest] - excess)
            with_parts[largest] = self._alone(segments[largest], limit_of_part[largest], None)
        return with_parts

    def default_limit(self, tokens_in: int) -> int | None:
        """The limit of a call that sets no budget: the strictest default rate."""
        default_rates = [stage.default_rate for stage in self.stages if stage.default_rate is not None]
        return limit_of(tokens_in, None, min(default_rates, default=None))

    def with_pages_written(self, segments: Sequence[Segment], limit: int) -> list[Segment]:
        """``segments`` that fit as they are, the web pages among them rewritten where the compressor does that."""
        if not self.stages[-1].writes_pages:
            return list(segments)
        return self([segment if is_page(segment.document) else segment.fixed() for segment in segments], limit)

    def _alone(self, segment: Segment, limit: int, rate: float | None) -> Segment:
        """One part within a budget of its own: no threshold, no header."""
        settings = replace(self.settings, threshold=None)
        run = replace(self, settings=settings, layout=Layout(), failures={})
        (compressed,) = run([segment], limit, rate=rate)
        self.failures.update((segment.position, reason) for reason in run.failures.values())
        return compressed.fixed()

    def __call__(self, segments: Sequence[Segment], limit: int | None, *, rate: float | None = None) -> list[Segment]:
        """``segments``, all but the fixed ones compressed.

        :raises BudgetError: the fixed ones alone are more than ``limit``.
        """
        fixed_tokens = self.tokens(_fixed(segments))
        if limit is not None and fixed_tokens > limit:
            raise BudgetError(
                f"target_tokens: {limit} tokens cannot hold the parts with a rule of their own ({fixed_tokens} "
                "tokens). Raise the budget or keep less."
            )
        if all(segment.is_fixed for segment in segments):
            return list(segments)
        run_state = _State(self, list(segments), fixed_tokens)
        limits = limits_of_stages(self.tokens(segments), limit, len(self.stages))
        for stage_number, (stage, stage_limit) in enumerate(zip(self.stages, limits, strict=True), 1):
            is_last = stage_number == len(self.stages)
            budget = Budget(
                Meter(self.settings.counter),
                threshold=self.settings.threshold if is_last else None,
                protect=self.settings.protect,
                rate=rate if is_last and stage_number == 1 else None,
                writes_titles=self.layout.writes_titles,
            )
            if not run_state.run(stage, budget, stage_limit):
                break
        return run_state.segments

    def reasons_of_failure(self, stage: Stage, segments: Sequence[Segment], budget: Budget) -> dict[int, str]:
        """The reason for which each of ``segments`` fails in ``stage`` even by itself, by its index.

        Under a time limit no model runs: a segment whose scores are in the cache is told from one without.
        """
        limit = current_limit()
        last_moment = None if limit.seconds is None else time.monotonic() + GRACE_SHARE * limit.seconds
        reasons: dict[int, str] = {}
        for segment_number, segment in enumerate(segments):
            try:
                if last_moment is not None and time.monotonic() > last_moment:
                    limit.check()
                _compressed(stage, self.query, [segment], budget)
            except Exception as error:
                if limit.cancelled:
                    raise
                reasons[segment_number] = reason_of(error)
        return reasons


class _State:
    """The segments of a call on their way through its stages; the fixed ones have ``fixed_tokens`` together."""

    def __init__(self, call: Run, segments: list[Segment], fixed_tokens: int) -> None:
        self.call, self.segments, self.fixed_tokens = call, segments, fixed_tokens

    @property
    def free(self) -> list[int]:
        """The indices of the segments that may be cut."""
        return [segment_number for segment_number, segment in enumerate(self.segments) if not segment.is_fixed]

    def run(self, stage: Stage, budget: Budget, limit: int | None) -> bool:
        """Compress the free segments, to ``limit`` tokens of all; whether any is left."""
        soft_tokens = sum(len(soft) for segment_number in self.free for soft in self.segments[segment_number].soft)
        if soft_tokens:
            raise SoftTextError(stage.name, soft_tokens)
        if limit is not None and limit <= self.fixed_tokens:
            for segment_number in self.free:
                self.segments[segment_number] = replace(self.segments[segment_number].keep([]), units=())
            return False
        try:
            self._compress(stage, budget, limit)
        except Exception as error:
            if not self._may_go_on(error):
                raise
            limit = self._without_failed(stage, budget, limit, error)
        self.call.clock.lap(stage.name)
        if self.free and stage.fill != "none":
            self.segments = fit(self.segments, replace(budget, max_tokens=limit), self.call.layout, fill=stage.fill)
        self.call.clock.lap("fit")
        return bool(self.free)

    def _compress(self, stage: Stage, budget: Budget, limit: int | None) -> None:
        free_segments = self.free
        if not free_segments:
            return
        tokens_left = None if limit is None else limit - self.fixed_tokens
        meter = replace(budget.meter, in_prompt=partial(self._tokens_with, free_segments))
        measured = replace(budget, meter=meter, max_tokens=tokens_left)
        segments = [self.segments[segment_number] for segment_number in free_segments]
        for segment_number, segment in zip(
            free_segments, _compressed(stage, self.call.query, segments, measured), strict=True
        ):
            self.segments[segment_number] = segment

    def _may_go_on(self, error: Exception) -> bool:
        limit = current_limit()
        if limit.cancelled or isinstance(error, BudgetError):
            return False
        return isinstance(error, DeadlineError) or self.call.settings.tolerant

    def _without_failed(self, stage: Stage, budget: Budget, limit: int | None, error: Exception) -> int | None:
        """The limit with the failed documents fixed, after the others were compressed.

        The others get the rest of the limit, and never less than half of their share of it.
        """
        free_segments = self.free
        tokens_before = self.call.tokens(self.segments[segment_number] for segment_number in free_segments)
        segments = [self.segments[segment_number] for segment_number in free_segments]
        reasons = self.call.reasons_of_failure(stage, segments, replace(budget, max_tokens=limit))
        if not reasons:
            reasons = dict.fromkeys(range(len(free_segments)), reason_of(error))
        self._fix({free_segments[segment_number]: reason for segment_number, reason in reasons.items()})
        if limit is not None:
            tokens_after = self.call.tokens(self.segments[segment_number] for segment_number in self.free)
            limit = max(limit, self.fixed_tokens + shared_limit(limit, tokens_after, tokens_before))
        try:
            self._compress(stage, budget, limit)
        except Exception as second_error:
            if not self._may_go_on(second_error):
                raise
            self._fix(dict.fromkeys(self.free, reason_of(second_error)))
        return limit

    def _fix(self, reasons: Mapping[int, str]) -> None:
        """Have the segments with these indices stay as they are."""
        self.call.failures.update(reasons)
        for segment_number in reasons:
            self.segments[segment_number] = self.segments[segment_number].fixed()
        self.fixed_tokens = self.call.tokens(_fixed(self.segments))

    def _tokens_with(self, free: Sequence[int], compressed: Sequence[Segment]) -> int:
        """Tokens of ``compressed`` in the place of the ``free`` segments, beside the others."""
        all_segments = list(self.segments)
        for segment_number, segment in zip(free, compressed, strict=True):
            all_segments[segment_number] = segment
        return self.call.tokens(all_segments) - self.fixed_tokens


def shared_limit(limit: int, tokens: int, tokens_of_all: int) -> int:
    """The least share of a limit that documents of ``tokens`` get, next to others that stay as they are."""
    return limit * tokens // max(1, 2 * tokens_of_all)


def _compressed(stage: Stage, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
    return checked_segments(stage.compressor, stage.compressor.compress(query, segments, budget), segments)


def _fixed(segments: Iterable[Segment]) -> list[Segment]:
    return [segment for segment in segments if segment.is_fixed]


def stays(document: Document) -> bool:
    """Whether a document is a part that stays as it is."""
    return isinstance(document, Part) and document.keep
