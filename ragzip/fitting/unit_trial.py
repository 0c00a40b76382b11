"""Scored units of all documents, kept or left out, by the real count of the text they make."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, repeat

import numpy as np

from ragzip.errors import BudgetError
from ragzip.fitting.choose import is_candidate, unit_costs
from ragzip.fitting.settle import settle
from ragzip.fitting.trial import Trial
from ragzip.output.layout import Layout, text_of
from ragzip.text.spans import Span
from ragzip.types import Budget, Segment, Unit

__all__ = ["UnitTrial"]

_MANY_UNITS = 200  # left out, beyond which those that would cost nothing are found by their nearest characters first
_SLACK_TOKENS = 4  # by which an estimate may differ from the cost in place
_MAX_MISSES = 300  # in a row: units that do not fit, as estimated, after which no others like them are tried in place


class UnitTrial(Trial):
    """A trial whose pieces are scored units, by their numbers.

    ``kept`` and ``left_out`` are in order of preference; ``holders`` counts for each piece the kept units that it
    belongs to or that need it; ``trims`` counts how often a unit had to go. All are in arrays: there may be a unit for
    every few characters.
    """

    def __init__(self, segments: Sequence[Segment], budget: Budget, layout: Layout) -> None:
        self.segment_indices = array("i")  # of each unit of the segments that are not fixed
        self.first_numbers: dict[int, int] = {}  # of the units of a segment, by its index
        self._units = [segment.units for segment in segments]
        self.costs = array("i")
        self.headings: list[int] = []
        self.holders: Counter[tuple[int, Span]] = Counter()
        self.trims: Counter[int] = Counter()
        kept, left_out = array("i"), array("i")
        for index, segment in enumerate(segments):
            if not segment.is_fixed:
                self._take_units(index, segment, budget, kept, left_out)
        self.headings_by_document: dict[int, list[Unit]] = {}  # in order
        for number in self.headings:
            self.headings_by_document.setdefault(self.segment_indices[number], []).append(self.unit(number))
        self.ranks = _ranks([self._units[index] for index in self.first_numbers])
        self.kept = array("i", sorted(kept, key=self.ranks.__getitem__))
        self.left_out = array("i", sorted(left_out, key=self.ranks.__getitem__))
        pieces: list[list[Span]] = [[] for _ in segments]
        for index, span in self.holders:
            pieces[index].append(span)
        super().__init__(segments, budget, layout, [sorted(spans) for spans in pieces])

    def _take_units(self, index: int, segment: Segment, budget: Budget, kept: array[int], left_out: array[int]) -> None:
        costs, threshold = unit_costs(segment, budget), budget.threshold
        starts = [span.start for span in segment.held]
        self.first_numbers[index] = len(self.costs)
        self.costs.extend(costs)
        self.segment_indices.extend(repeat(index, len(segment.units)))
        for number, unit in enumerate(segment.units, self.first_numbers[index]):
            if unit.section is not None and not unit.must_be_kept:
                self.headings.append(number)
                continue
            holding = bisect_left(starts, unit.start + 1) - 1
            is_held = holding >= 0 and unit.end <= segment.held[holding].end
            if is_held and is_candidate(unit, threshold):  # others are there since these need them
                kept.append(number)
                self.holders.update((index, span) for span in unit.spans)
            else:
                left_out.append(number)

    def unit(self, number: int) -> Unit:
        index = self.segment_indices[number]
        return self._units[index][number - self.first_numbers[index]]

    def end_of_units(self, index: int) -> int:
        """The end of the last unit of a document."""
        return self._units[index][-1].end

    def settle(self, limit: int) -> None:
        """Trim, then refill, until the real count is within ``limit`` and nothing allowed would still fit.

        :raises BudgetError: what must be kept does not fit.
        """
        if settle(self, limit) > limit:
            raise BudgetError(
                f"target_tokens: {limit} tokens cannot hold what must be kept ({self.total} tokens). Raise the budget "
                "or protect less."
            )
        self._retry(limit)

    def prefer_best(self, limit: int) -> None:
        """Keep the best unit where it fits by itself: an estimate of its cost may have left it out for a lesser one."""
        threshold = self.budget.threshold
        best = next((number for number in self.left_out if is_candidate(self.unit(number), threshold)), None)
        if best is None or (self.kept and self.ranks[self.kept[0]] <= self.ranks[best]):
            return
        if self._tokens_alone(best) > limit:
            return
        index = self.segment_indices[best]
        while self.kept and (excess := self.total + self.delta(index, self._missing(best)) - limit) > 0:
            if not self.let_go(excess):
                return
            self.total = self.recount()
        self.hold(index, self.unit(best).spans)
        self.move([best], self.left_out, self.kept)
        self.total = self.recount()

    def _tokens_alone(self, number: int) -> int:
        """Tokens of the context if a unit, with what it needs, were all that is chosen of it."""
        spans_by_segment: list[Sequence[Span]] = [()] * len(self.given)
        spans_by_segment[self.segment_indices[number]] = self.unit(number).spans
        texts = [self._text(index, spans) for index, spans in enumerate(spans_by_segment)]
        return self.budget.count(text_of(self.given, texts, self.layout))

    def measured(self) -> int:
        if not self.is_counted:
            self.total = self.recount()
        return self.total

    def drop_worst(self, excess: int) -> bool:
        dropped = self.let_go(excess)
        self.trims.update(dropped)
        return bool(dropped)

    def let_go(self, excess: int) -> list[int]:
        """The worst units, kept no longer: as many as make up for ``excess`` tokens, as estimated."""
        dropped: list[int] = []
        while excess > 0 and self.kept and not self.unit(self.kept[-1]).must_be_kept:
            worst = self.kept.pop()
            index = self.segment_indices[worst]
            self.release(index, self.unit(worst).spans)
            insort(self.left_out, worst, key=self.ranks.__getitem__)
            dropped.append(worst)
            excess -= max(1, self.costs[worst]) + (0 if self.spans[index] else self.opening(index))
        return dropped

    def let_in(self, total: int, limit: int) -> bool:
        room = limit - total
        has_many, is_full = len(self.left_out) > _MANY_UNITS, room <= 0
        numbers: Iterable[int] = array("i", (number for number in self.left_out if self.may_come(number, room)))
        if has_many and is_full:
            numbers = self._perhaps_free(numbers)
        added: list[int] = []
        misses = 0
        for number in numbers:
            if has_many and not is_full and room <= 0:  # those that cost nothing are looked for when no other fits
                break
            is_thought_to_fit = self.costs[number] <= room
            if self.costs[number] > room + _SLACK_TOKENS or (misses >= _MAX_MISSES and not is_thought_to_fit):
                continue
            index, missing = self.segment_indices[number], self._missing(number)
            cost = self.delta(index, missing) if missing else 0
            if cost <= room:
                self.hold(index, self.unit(number).spans)
                added.append(number)
                room -= cost
                misses = 0
            elif not is_thought_to_fit:
                misses += 1
        self.move(added[::-1], self.left_out, self.kept)
        return bool(added)

    def may_come(self, number: int, room: int) -> bool:
        if not is_candidate(self.unit(number), self.budget.threshold):
            return False
        # Twice trimmed: a tokenizer whose counts do not add up. Without this it might never end.
        return self.trims[number] <= 1 and self.costs[number] <= room + _SLACK_TOKENS

    def _perhaps_free(self, numbers: Iterable[int]) -> Iterator[int]:
        """The numbers of the units left out that may cost nothing; one that others have brought along costs nothing."""
        remaining = iter(numbers)
        while batch := list(islice(remaining, _MANY_UNITS)):
            missing = [number for number in batch if self._missing(number)]
            pieces = [(self.segment_indices[number], self.unit(number).span) for number in missing]
            costly = {number for number, is_free in zip(missing, self.perhaps_free(pieces), strict=True) if not is_free}
            yield from (number for number in batch if number not in costly)

    def _retry(self, limit: int) -> None:
        """Let in the units that were trimmed twice and fit among the kept ones, by the real count."""
        threshold = self.budget.threshold
        trimmed = [
            number for number in self.left_out if self.trims[number] > 1 and is_candidate(self.unit(number), threshold)
        ]
        self._take_in(trimmed, limit)

    def _take_in(self, numbers: Sequence[int], limit: int) -> None:
        """Keep those of the units left out that fit, in turn, by the real count."""
        groups = [(self.segment_indices[number], self.unit(number).spans) for number in numbers]
        self.move([numbers[place] for place in self.hold_fitting(groups, limit)], self.left_out, self.kept)

    def hold_fitting(
        self, groups: Sequence[tuple[int, Sequence[Span]]], limit: int, *, until_miss: bool = False
    ) -> list[int]:
        """Keep the groups of spans, each of a document, that fit in turn, by the real count; their places.

        As many are added before each count as were right before it, and as many again.

        :param until_miss: nothing after the first that does not fit.
        """
        places: list[int] = []
        next_place, batch_size = 0, 1
        while next_place < len(groups):
            first_place, total_before = next_place, self.total
            expected, has_missed, batch = self.total, False, list[int]()
            while next_place < len(groups) and len(batch) < batch_size and not (has_missed and until_miss):
                index, spans = groups[next_place]
                missing = [span for span in spans if (index, span) not in self.holders]
                cost = self.delta(index, missing)
                has_missed = expected + cost > limit
                if not has_missed:
                    self.hold(index, spans)
                    batch.append(next_place)
                    expected += cost
                next_place += 1
            if batch and not self.is_counted:
                self.total = self.recount()
            if self.total > limit:  # the estimate was too low
                for place in reversed(batch):
                    self.release(*groups[place])
                self.total, self.is_counted = total_before, True
                if len(batch) > 1:
                    next_place, batch_size = first_place, max(1, len(batch) // 4)
                    continue
                has_missed, batch, batch_size = True, [], 1
            places += batch
            batch_size *= 2
            if has_missed and until_miss:
                break
        return places

    def hold(self, index: int, spans: Sequence[Span]) -> None:
        """Keep a unit with what it needs."""
        if missing := [span for span in spans if (index, span) not in self.holders]:
            self.add(index, missing)
        self.holders.update((index, span) for span in spans)

    def release(self, index: int, spans: Sequence[Span]) -> None:
        """Keep a unit no longer, nor what it alone needs."""
        for holder in ((index, span) for span in spans):
            self.holders[holder] -= 1
            if not self.holders[holder]:
                del self.holders[holder]
                self.remove(*holder)

    def _missing(self, number: int) -> list[Span]:
        """The spans of a unit, and of what it needs, that are not kept yet."""
        index = self.segment_indices[number]
        return [span for span in self.unit(number).spans if (index, span) not in self.holders]

    def move(self, numbers: Sequence[int], source: array[int], target: array[int]) -> None:
        """Move units from one of ``kept`` and ``left_out`` to the other."""
        if not numbers:
            return
        moved = set(numbers)
        source[:] = array("i", (number for number in source if number not in moved))
        target[:] = array("i", sorted([*target, *numbers], key=self.ranks.__getitem__))


def _ranks(units_by_segment: Sequence[Sequence[Unit]]) -> array[int]:
    """Numbers in the order of preference of all units, the same for those that are equal. *Shape:* (n,)."""
    tiers = np.fromiter((unit.tier for units in units_by_segment for unit in units), np.int8)
    scores = np.fromiter((unit.score for units in units_by_segment for unit in units), np.float64)
    order = np.lexsort((-scores, tiers))
    is_next = np.zeros(len(order), np.int32)
    is_next[1:] = (np.diff(tiers[order]) != 0) | (np.diff(scores[order]) != 0)
    ranks = np.zeros(len(order), np.int32)
    ranks[order] = np.cumsum(is_next)
    return array("i", ranks.tobytes())
