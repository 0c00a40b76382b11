"""One call's compressors, one after another, each fitted to its share of the limit."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from ragzip.budget import from_rate, stages
from ragzip.cache import SegmentCache
from ragzip.compressors.base import Compressor, fill_of
from ragzip.errors import BudgetError, RagzipError, SoftTextError
from ragzip.fit import fit
from ragzip.prompt import Layout, render
from ragzip.protect import Protector
from ragzip.tokens import TokenCounter
from ragzip.types import Budget, Document, Part, Segment

__all__ = ["Clock", "Run", "Settings"]


@dataclass(frozen=True)
class Settings:
    """Options of a call, checked."""

    threshold: float | None
    counter: TokenCounter
    protect: Protector
    cache: SegmentCache | None


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
    """The compressors of one call, one after another, each fitted to its share of a limit."""

    query: str | None
    compressors: Sequence[Compressor]
    layout: Layout
    settings: Settings
    clock: Clock

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
        return replace(self, settings=settings, layout=Layout())([segment], limit, rate=rate)[0]

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
        free = [i for i in range(len(given)) if i not in fixed]
        if not free:
            return segments
        budget = Budget(self.settings.counter, None, None, self.settings.protect)
        for number, most in enumerate(stages(self.tokens(segments), limit, len(self.compressors)), 1):
            compressor = self.compressors[number - 1]
            if number == len(self.compressors):
                budget = replace(budget, threshold=self.settings.threshold)
                if number == 1:
                    budget = replace(budget, rate=rate)
            left = None if most is None else max(0, most - standing)
            chosen = [segments[i] for i in free]
            if k := sum(len(soft) for segment in chosen for soft in segment.soft):
                raise SoftTextError(compressor.name, k)
            if left == 0:
                for i in free:
                    segments[i] = replace(segments[i].keep([]), units=())
                return segments
            measure = partial(self._of_free, segments, free, standing)
            found = compressor.compress(self.query, chosen, replace(budget, max_tokens=left, measure=measure))
            for i, segment in zip(free, _checked(compressor, found, chosen), strict=True):
                segments[i] = segment
            self.clock.lap(compressor.name)
            if (fill := fill_of(compressor)) != "none":
                exact = replace(budget, max_tokens=most)
                segments = fit(segments, exact, self.layout, fill=fill, fixed=frozenset(fixed))
            self.clock.lap("fit")
        return segments

    def _of_free(
        self, segments: Sequence[Segment], free: Sequence[int], standing: int, found: Sequence[Segment]
    ) -> int:
        """What ``found`` takes in the place of the ``free`` ones, beside the others."""
        placed = list(segments)
        for i, segment in zip(free, found, strict=True):
            placed[i] = segment
        return self.tokens(placed) - standing


def _has_rule(document: Document) -> bool:
    return isinstance(document, Part) and (document.keep or document.rate is not None)


def _checked(compressor: Compressor, segments: Sequence[Segment], given: Sequence[Segment]) -> Sequence[Segment]:
    """One segment for each document, in order: what every later stage and the caller rely on."""
    if [segment.position for segment in segments] != [segment.position for segment in given]:
        raise RagzipError(
            f"{compressor.name} gave back {len(segments)} segments for {len(given)} documents, or another order. "
            "A compressor gives one for each, with empty text for a dropped one."
        )
    return segments
