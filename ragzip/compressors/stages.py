"""One call's compressors, one after another, each fitted to its share of the limit."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType

from ragzip.cache import SegmentCache
from ragzip.compressors.base import Compressor, fill_of
from ragzip.compressors.checked import checked_segments
from ragzip.errors import BudgetError, DeadlineError, SoftTextError, reason_of
from ragzip.fitting.choose import from_rate
from ragzip.fitting.choose import stages as stage_limits
from ragzip.fitting.fit import fit
from ragzip.output.layout import Layout, render
from ragzip.process.deadline import current_limit
from ragzip.text.protect import Protector
from ragzip.text.tokens import TokenCounter
from ragzip.types import Budget, Document, Part, Segment

__all__ = ["GRACE_SHARE", "Clock", "Run", "Settings", "shared_limit"]

GRACE_SHARE = 0.25  # of a deadline, for what is done after it without a model


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
        self._at = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._at
        self._at = now


@dataclass(frozen=True)
class Run:
    """The compressors of one call, one after another, each fitted to its share of a limit.

    ``failures`` says why documents stay as they are that should have been compressed, by position.
    """

    query: str | None
    compressors: Sequence[Compressor]
    layout: Layout
    settings: Settings
    clock: Clock
    failures: dict[int, str] = field(default_factory=dict)

    def tokens(self, segments: Iterable[Segment]) -> int:
        """Tokens of ``segments`` as they are laid out."""
        return render(list(segments), self.layout).tokens(self.settings.counter)

    def by_rules(self, given: Sequence[Segment], limit: int | None) -> dict[int, Segment]:
        """Each :class:`Part` as its own ``keep`` or ``rate`` has it, by index; rates give way to ``limit``."""
        fixed = {i: segment for i, segment in enumerate(given) if _has_rule(segment.document)}
        rated: dict[int, int] = {}
        for i, segment in fixed.items():
            part = segment.document
            if isinstance(part, Part) and part.rate is not None:
                rated[i] = from_rate(self.settings.counter(part.text), None, part.rate) or 0
                fixed[i] = self._alone(segment, rated[i], part.rate)
        while rated and limit is not None and (excess := self.tokens(fixed.values()) - limit) > 0:
            i = max(rated, key=lambda i: rated[i])
            if rated[i] == 0:
                break
            rated[i] = max(0, rated[i] - excess)
            fixed[i] = self._alone(given[i], rated[i], None)
        return fixed

    def _alone(self, segment: Segment, limit: int, rate: float | None) -> Segment:
        """One part within a budget of its own: no threshold, no header."""
        settings = replace(self.settings, threshold=None)
        call = replace(self, settings=settings, layout=Layout(), failures={})
        (compressed,) = call([segment], limit, rate=rate)
        self.failures.update((segment.position, reason) for reason in call.failures.values())
        return compressed

    def __call__(
        self,
        given: Sequence[Segment],
        limit: int | None,
        *,
        fixed: Mapping[int, Segment] = MappingProxyType({}),
        standing: int = 0,
        rate: float | None = None,
    ) -> list[Segment]:
        """Compress all segments but the ``fixed`` ones, which have ``standing`` tokens and stay."""
        if limit is not None and standing > limit:
            raise BudgetError(
                f"target_tokens: {limit} tokens cannot hold the parts with a rule of their own ({standing} tokens). "
                "Raise the budget or keep less."
            )
        segments = [fixed.get(i, segment) for i, segment in enumerate(given)]
        if len(fixed) == len(segments):
            return segments
        stages = _Stages(self, segments, set(fixed), standing)
        limits = stage_limits(self.tokens(segments), limit, len(self.compressors))
        for number, (compressor, most) in enumerate(zip(self.compressors, limits, strict=True), 1):
            last = number == len(self.compressors)
            budget = Budget(
                self.settings.counter,
                None,
                self.settings.threshold if last else None,
                self.settings.protect,
                rate if last and number == 1 else None,
            )
            if not stages.run(compressor, budget, most):
                break
        return stages.segments

    def failed(self, compressor: Compressor, segments: Sequence[Segment], budget: Budget) -> dict[int, str]:
        """Why each of ``segments`` that ``compressor`` cannot compress even by itself fails, by its index.

        Under a time limit no model runs any more: what has its scores in the cache is told from what has not.
        """
        limit = current_limit()
        ends = None if limit.seconds is None else time.monotonic() + GRACE_SHARE * limit.seconds
        reasons: dict[int, str] = {}
        for i, segment in enumerate(segments):
            try:
                if ends is not None and time.monotonic() > ends:
                    limit.check()
                checked_segments(compressor, compressor.compress(self.query, [segment], budget), [segment])
            except Exception as error:
                if limit.cancelled:
                    raise
                reasons[i] = reason_of(error)
        return reasons


class _Stages:
    """The segments of a call on their way through its compressors.

    ``settled`` are the indices of those that stay as they are, which have ``standing`` tokens together.
    """

    def __init__(self, call: Run, segments: list[Segment], settled: set[int], standing: int) -> None:
        self.call, self.segments, self.settled, self.standing = call, segments, settled, standing

    @property
    def free(self) -> list[int]:
        return [i for i in range(len(self.segments)) if i not in self.settled]

    def run(self, compressor: Compressor, budget: Budget, most: int | None) -> bool:
        """Have ``compressor`` make the free segments shorter, to ``most`` tokens of all; whether any is left."""
        chosen = [self.segments[i] for i in self.free]
        if k := sum(len(soft) for segment in chosen for soft in segment.soft):
            raise SoftTextError(compressor.name, k)
        if most is not None and most <= self.standing:
            for i in self.free:
                self.segments[i] = replace(self.segments[i].keep([]), units=())
            return False
        try:
            self._compress(compressor, budget, most)
        except Exception as error:
            if not self._may_go_on(error):
                raise
            most = self._without_failed(compressor, budget, most, error)
        self.call.clock.lap(compressor.name)
        if self.free and (fill := fill_of(compressor)) != "none":
            exact = replace(budget, max_tokens=most)
            self.segments = fit(self.segments, exact, self.call.layout, fill=fill, fixed=frozenset(self.settled))
        self.call.clock.lap("fit")
        return bool(self.free)

    def _compress(self, compressor: Compressor, budget: Budget, most: int | None) -> None:
        free = self.free
        if not free:
            return
        chosen = [self.segments[i] for i in free]
        left = None if most is None else most - self.standing
        measured = replace(budget, max_tokens=left, measure=partial(self._tokens_with, free))
        compressed = checked_segments(compressor, compressor.compress(self.call.query, chosen, measured), chosen)
        for i, segment in zip(free, compressed, strict=True):
            self.segments[i] = segment

    def _may_go_on(self, error: Exception) -> bool:
        limit = current_limit()
        if limit.cancelled or isinstance(error, BudgetError):
            return False
        return isinstance(error, DeadlineError) or self.call.settings.tolerant

    def _without_failed(self, compressor: Compressor, budget: Budget, most: int | None, error: Exception) -> int | None:
        """Settle the documents that fail by themselves, and compress the others; the limit with what then stands.

        The others get what is left of the limit, and never less than half of their share of it.
        """
        free = self.free
        before = self.call.tokens(self.segments[i] for i in free)
        reasons = self.call.failed(compressor, [self.segments[i] for i in free], replace(budget, max_tokens=most))
        if not reasons:
            reasons = dict.fromkeys(range(len(free)), reason_of(error))
        self._settle({free[i]: reason for i, reason in reasons.items()})
        if most is not None:
            after = self.call.tokens(self.segments[i] for i in self.free)
            most = max(most, self.standing + shared_limit(most, after, before))
        try:
            self._compress(compressor, budget, most)
        except Exception as again:
            if not self._may_go_on(again):
                raise
            self._settle(dict.fromkeys(self.free, reason_of(again)))
        return most

    def _settle(self, reasons: Mapping[int, str]) -> None:
        self.call.failures.update(reasons)
        self.settled.update(reasons)
        self.standing = self.call.tokens(self.segments[i] for i in sorted(self.settled))

    def _tokens_with(self, free: Sequence[int], compressed: Sequence[Segment]) -> int:
        """What ``compressed`` takes in the place of the ``free`` ones, beside the others."""
        placed = list(self.segments)
        for i, segment in zip(free, compressed, strict=True):
            placed[i] = segment
        return self.call.tokens(placed) - self.standing


def shared_limit(limit: int, tokens: int, tokens_of_all: int) -> int:
    """The least that documents of ``tokens`` get of a limit, beside others that stay as they are."""
    return limit * tokens // max(1, 2 * tokens_of_all)


def _has_rule(document: Document) -> bool:
    return isinstance(document, Part) and (document.keep or document.rate is not None)
