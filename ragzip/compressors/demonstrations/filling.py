"""Demonstrations fitted to a budget: shortened alike, dropped from the end, lengthened from the beginning."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Protocol

from ragzip.types import Budget, Segment

__all__ = ["Filling", "Versions"]


class Versions(Protocol):
    """A demonstration in shorter and shorter versions."""

    def version(self, depth: int) -> Segment:
        """The version with this number, from 0 for the longest on; the shortest where there are not as many."""
        ...

    def within(self, limit: int) -> Segment | None:
        """The demonstration in at most ``limit`` tokens by itself, shorter than the shortest version; None: nothing."""
        ...


class Filling:
    """The prompt of some demonstrations.

    :param emptied: all demonstrations, with nothing kept.
    :param shorteners: of those that may be shown, by their number, best first.
    :param depths: most versions of one.
    """

    def __init__(
        self, emptied: Sequence[Segment], shorteners: Mapping[int, Versions], budget: Budget, *, depths: int
    ) -> None:
        self.emptied, self.shorteners, self.budget, self.depths = emptied, shorteners, budget, depths
        self.ranking = list(shorteners)
        self.kept: dict[int, Segment] = {}

    def segments(self) -> list[Segment]:
        """All demonstrations: of those that may be shown, the part that fits the budget; the others empty."""
        if self.budget.max_tokens is None:
            self.kept = self._all_at(0)
        elif self.budget.max_tokens > 0:
            self._fill(self.budget.max_tokens)
        return self._with(self.kept)

    def _fill(self, limit: int) -> None:
        self.kept = self._shortened_alike() or self._best_that_fit()
        self._let_in()
        self._lengthen()
        if not self.kept and self.ranking:
            self._cut_best(limit)

    def _shortened_alike(self) -> dict[int, Segment]:
        """All of them, shortened as little as the budget allows; empty where it holds them at no length."""
        for depth in range(self.depths):
            kept = self._all_at(depth)
            if self._fits(kept):
                return kept
        return {}

    def _all_at(self, depth: int) -> dict[int, Segment]:
        return {number: self.shorteners[number].version(depth) for number in self.ranking}

    def _best_that_fit(self) -> dict[int, Segment]:
        """The best demonstrations in their shortest versions, from the best one on, as many as fit."""
        shortest = self._all_at(self.depths)

        def overflows(count: int) -> bool:
            return not self._fits({number: shortest[number] for number in self.ranking[:count]})

        count = bisect_left(range(1, len(self.ranking) + 1), True, key=overflows)
        return {number: shortest[number] for number in self.ranking[:count]}

    def _let_in(self) -> None:
        """Demonstrations that were left out and still fit in their shortest versions."""
        for number in self.ranking:
            if number not in self.kept:
                self._keep_if_fits(number, self.shorteners[number].version(self.depths))

    def _lengthen(self) -> None:
        """The longest versions that fit, the best demonstrations first."""
        for number in self.ranking:
            if number not in self.kept:
                continue
            for depth in range(self.depths):
                version = self.shorteners[number].version(depth)
                if version is self.kept[number] or self._keep_if_fits(number, version):
                    break

    def _cut_best(self, limit: int) -> None:
        """The best demonstration that fits when it is shortened beyond its shortest version."""
        for number in self.ranking:
            version = self.shorteners[number].within(limit)
            if version is not None and self._keep_if_fits(number, version):
                return

    def _keep_if_fits(self, number: int, version: Segment) -> bool:
        kept = {**self.kept, number: version}
        if not self._fits(kept):
            return False
        self.kept = kept
        return True

    def _fits(self, kept: Mapping[int, Segment]) -> bool:
        limit = self.budget.max_tokens
        return limit is None or self.budget.meter.segments(self._with(kept)) <= limit

    def _with(self, kept: Mapping[int, Segment]) -> list[Segment]:
        return [kept.get(number, segment) for number, segment in enumerate(self.emptied)]
