"""Units of text fitted to a budget: rendered, recounted with the target tokenizer, trimmed, refilled."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, repeat
from operator import itemgetter

import numpy as np

from ragzip.errors import BudgetError
from ragzip.fitting.choose import Fill, is_candidate, unit_costs
from ragzip.fitting.leading import leading_words
from ragzip.fitting.sections import has_piece_in, innermost_headings, missing_headings
from ragzip.fitting.settle import settle
from ragzip.fitting.trial import Trial
from ragzip.output.layout import Layout, render, text_of
from ragzip.text.spans import Span
from ragzip.types import Budget, Segment, Tier, Unit

__all__ = ["fit", "tokens_of_best"]

_MANY_UNITS = 200  # left out, beyond which those that would cost nothing are found by their nearest characters first
_SLACK_TOKENS = 4  # by which an estimate may differ from the cost in place
_MAX_MISSES = 300  # in a row: units that do not fit, as estimated, after which no others like them are tried in place
_MOST_GIVEN_UP = 24  # units for headings, each of which costs a count of the whole text
_FULL_SHARE = 0.99  # of the budget that word-level filling reaches where the words allow it
_EXCHANGED_UNITS = 64  # on each side that are tried against each other for the last few tokens


def fit(segments: Sequence[Segment], budget: Budget, layout: Layout, *, fill: Fill = "units") -> list[Segment]:
    """Segments whose rendered text holds the budget exactly, and uses it.

    Over it, the lowest-scored units go, one after another; under it, the best units left out come in where they fit.
    Units are kept whole: where the best one is larger than the budget, the best one that fits comes. Headings come
    last, the cheapest first, where something below them is kept. Segments without units lose words from the end, fixed
    ones nothing.
    ``fill="words"`` gives words for better, longer ones until the budget is used.

    :param segments: at most one a document, in order.
    :raises BudgetError: what must be kept does not fit.
    """
    limit = budget.max_tokens
    if limit is None:
        return list(segments)
    if limit <= 0:
        return [segment.keep([]) for segment in segments]
    segments = [segment if segment.text.strip() else segment.keep([]) for segment in segments]
    if any(segment.text and not segment.units and not segment.is_fixed for segment in segments):
        is_within = budget.count(render(segments, layout).text) <= limit
        return list(segments) if is_within else leading_words(segments, budget, layout)
    choice = _Choice(segments, budget, layout)
    choice.prefer_best(limit)
    choice.settle(limit)
    if fill == "words" and budget.threshold is None:
        choice.exchange(limit)
        choice.settle(limit)
    choice.add_headings(limit)
    return choice.segments()


def tokens_of_best(segments: Sequence[Segment], budget: Budget, layout: Layout) -> int | None:
    """Tokens of the best unit by itself, as it would be laid out; None where there is none to choose."""
    candidates = (
        (unit.preference, segment, unit)
        for segment in segments
        for unit in segment.units
        if segment.form.is_cut and is_candidate(unit, budget.threshold)
    )
    best = min(candidates, key=itemgetter(0), default=None)
    if best is None:
        return None
    _, segment, unit = best
    given_segment = Segment.whole(segment.document, segment.position, segment.form)
    return budget.count(render([given_segment.keep(unit.spans)], layout).text)


class _Choice(Trial):
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
                self._take_units(index, segment, unit_costs(segment, budget), kept, left_out)
        self.headings_by_document: dict[int, list[Unit]] = {}  # in order
        for number in self.headings:
            self.headings_by_document.setdefault(self.segment_indices[number], []).append(self._unit(number))
        self.ranks = _ranks([self._units[index] for index in self.first_numbers])
        self.kept = array("i", sorted(kept, key=self.ranks.__getitem__))
        self.left_out = array("i", sorted(left_out, key=self.ranks.__getitem__))
        pieces: list[list[Span]] = [[] for _ in segments]
        for index, span in self.holders:
            pieces[index].append(span)
        super().__init__(segments, budget, layout, [sorted(spans) for spans in pieces])

    def _take_units(
        self, index: int, segment: Segment, costs: Sequence[int], kept: array[int], left_out: array[int]
    ) -> None:
        starts = [span.start for span in segment.held]
        self.first_numbers[index] = len(self.costs)
        self.costs.extend(costs)
        self.segment_indices.extend(repeat(index, len(segment.units)))
        for number, unit in enumerate(segment.units, self.first_numbers[index]):
            if unit.section is not None and not unit.must_be_kept:
                self.headings.append(number)
                continue
            holding = bisect_left(starts, unit.start + 1) - 1
            if holding >= 0 and unit.end <= segment.held[holding].end:
                kept.append(number)
                self.holders.update((index, span) for span in unit.spans)
            else:
                left_out.append(number)

    def _unit(self, number: int) -> Unit:
        index = self.segment_indices[number]
        return self._units[index][number - self.first_numbers[index]]

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
        best = next((number for number in self.left_out if is_candidate(self._unit(number), threshold)), None)
        if best is None or (self.kept and self.ranks[self.kept[0]] <= self.ranks[best]):
            return
        if self._tokens_alone(best) > limit:
            return
        index = self.segment_indices[best]
        while self.kept and (excess := self.total + self.delta(index, self._missing(best)) - limit) > 0:
            if not self._let_go(excess):
                return
            self.total = self.recount()
        self._hold(index, self._unit(best).spans)
        self._move([best], self.left_out, self.kept)
        self.total = self.recount()

    def _tokens_alone(self, number: int) -> int:
        """Tokens of the context if a unit, with what it needs, were all that is chosen of it."""
        spans_by_segment: list[Sequence[Span]] = [()] * len(self.given)
        spans_by_segment[self.segment_indices[number]] = self._unit(number).spans
        texts = [self._text(index, spans) for index, spans in enumerate(spans_by_segment)]
        return self.budget.count(text_of(self.given, texts, self.layout))

    def measured(self) -> int:
        if not self.is_counted:
            self.total = self.recount()
        return self.total

    def drop_worst(self, excess: int) -> bool:
        dropped = self._let_go(excess)
        self.trims.update(dropped)
        return bool(dropped)

    def _let_go(self, excess: int) -> list[int]:
        """The worst units, kept no longer: as many as make up for ``excess`` tokens, as estimated."""
        dropped: list[int] = []
        while excess > 0 and self.kept and not self._unit(self.kept[-1]).must_be_kept:
            worst = self.kept.pop()
            index = self.segment_indices[worst]
            self._release(index, self._unit(worst).spans)
            insort(self.left_out, worst, key=self.ranks.__getitem__)
            dropped.append(worst)
            excess -= max(1, self.costs[worst]) + (0 if self.spans[index] else self.opening(index))
        return dropped

    def let_in(self, total: int, limit: int) -> bool:
        room = limit - total
        has_many, is_full = len(self.left_out) > _MANY_UNITS, room <= 0
        numbers: Iterable[int] = array("i", (number for number in self.left_out if self._may_come(number, room)))
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
                self._hold(index, self._unit(number).spans)
                added.append(number)
                room -= cost
                misses = 0
            elif not is_thought_to_fit:
                misses += 1
        self._move(added[::-1], self.left_out, self.kept)
        return bool(added)

    def _may_come(self, number: int, room: int) -> bool:
        if not is_candidate(self._unit(number), self.budget.threshold):
            return False
        # Twice trimmed: a tokenizer whose counts do not add up. Without this it might never end.
        return self.trims[number] <= 1 and self.costs[number] <= room + _SLACK_TOKENS

    def _perhaps_free(self, numbers: Iterable[int]) -> Iterator[int]:
        """Those of the units left out that may cost nothing; a unit that others have brought along does."""
        remaining = iter(numbers)
        while batch := list(islice(remaining, _MANY_UNITS)):
            missing = [number for number in batch if self._missing(number)]
            pieces = [(self.segment_indices[number], self._unit(number).span) for number in missing]
            costly = {number for number, is_free in zip(missing, self.perhaps_free(pieces), strict=True) if not is_free}
            yield from (number for number in batch if number not in costly)

    def _retry(self, limit: int) -> None:
        """Let in the units that were trimmed twice and fit among the kept ones, by the real count."""
        threshold = self.budget.threshold
        trimmed = [
            number for number in self.left_out if self.trims[number] > 1 and is_candidate(self._unit(number), threshold)
        ]
        self._take_in(trimmed, limit)

    def _take_in(self, numbers: Sequence[int], limit: int) -> None:
        """Keep those of the units left out that fit, in turn, by the real count."""
        groups = [(self.segment_indices[number], self._unit(number).spans) for number in numbers]
        self._move([numbers[place] for place in self._hold_fitting(groups, limit)], self.left_out, self.kept)

    def _hold_fitting(
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
                    self._hold(index, spans)
                    batch.append(next_place)
                    expected += cost
                next_place += 1
            if batch and not self.is_counted:
                self.total = self.recount()
            if self.total > limit:  # the estimate was too low
                for place in reversed(batch):
                    self._release(*groups[place])
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

    def _hold(self, index: int, spans: Sequence[Span]) -> None:
        """Keep a unit with what it needs."""
        if missing := [span for span in spans if (index, span) not in self.holders]:
            self.add(index, missing)
        self.holders.update((index, span) for span in spans)

    def _release(self, index: int, spans: Sequence[Span]) -> None:
        """Keep a unit no longer, nor what it alone needs."""
        for holder in ((index, span) for span in spans):
            self.holders[holder] -= 1
            if not self.holders[holder]:
                del self.holders[holder]
                self.remove(*holder)

    def _missing(self, number: int) -> list[Span]:
        """The spans of a unit, and of what it needs, that are not kept yet."""
        index = self.segment_indices[number]
        return [span for span in self._unit(number).spans if (index, span) not in self.holders]

    def _move(self, numbers: Sequence[int], source: array[int], target: array[int]) -> None:
        """Move units from one of ``kept`` and ``left_out`` to the other."""
        if not numbers:
            return
        moved = set(numbers)
        source[:] = array("i", (number for number in source if number not in moved))
        target[:] = array("i", sorted([*target, *numbers], key=self.ranks.__getitem__))

    def add_headings(self, limit: int) -> None:
        """Add the headings above something kept that still fit, the innermost first, then the cheapest; none that says
        the title again.
        """
        self._add_headings_that_fit(limit)
        if self._part_sections(limit):
            self._add_headings_that_fit(limit)
            self._take_back(limit)

    def _add_headings_that_fit(self, limit: int) -> None:
        innermost = {
            (index, heading.start)
            for index, headings in self.headings_by_document.items()
            for heading in innermost_headings(self.spans[index], headings)
        }
        wanted: list[tuple[bool, int, int]] = []
        for number in self.headings:
            index, unit = self.segment_indices[number], self._unit(number)
            if unit.section is None or unit.tier == Tier.REPEAT or (index, unit.span) in self.holders:
                continue
            if has_piece_in(self.spans[index], unit.section):
                wanted.append(((index, unit.start) not in innermost, self.costs[number], number))
        self._hold_fitting(
            [(self.segment_indices[number], [self._unit(number).span]) for *_, number in sorted(wanted)], limit
        )

    def _part_sections(self, limit: int) -> bool:
        """Let units of several sections of a document stand under their own headings: where one does not fit, the worst
        unit goes. Whether one went.
        """
        left_to_give_up = _MOST_GIVEN_UP
        for index, headings in self.headings_by_document.items():
            while missing := missing_headings(self.spans[index], headings):
                groups = [(index, [heading.span]) for heading in missing]
                if len(self._hold_fitting(groups, limit, until_miss=True)) == len(missing):
                    continue
                if not left_to_give_up or not self._give_up_worst():
                    break
                left_to_give_up -= 1
        if left_to_give_up < _MOST_GIVEN_UP:
            for index, headings in self.headings_by_document.items():
                self._give_up_bare(index, headings)
            self.total = self.measured()
        return left_to_give_up < _MOST_GIVEN_UP

    def _take_back(self, limit: int) -> None:
        """Keep units that fit after all, each with the heading next over it."""
        left_to_take = _MOST_GIVEN_UP
        for number in [left for left in self.left_out if self._may_come(left, limit - self.total)]:
            index, unit = self.segment_indices[number], self._unit(number)
            headings = self.headings_by_document.get(index, [])
            over = innermost_headings([unit.span], headings)
            own_headings = [span for span in (heading.span for heading in over) if (index, span) not in self.holders]
            group = index, sorted({*unit.spans, *own_headings})
            if not left_to_take:
                break
            if not self._hold_fitting([group], limit):
                continue
            left_to_take -= 1
            if missing_headings(self.spans[index], headings):
                self._release(*group)
                self.total = self.recount()
            else:
                self._move([number], self.left_out, self.kept)

    def _give_up_worst(self) -> bool:
        """Keep the worst unit no longer; False where there is only one."""
        if len(self.kept) < 2 or not self._let_go(1):
            return False
        self.total = self.recount()
        return True

    def _give_up_bare(self, index: int, headings: Sequence[Unit]) -> None:
        """Keep no heading with nothing left below it."""
        for heading in reversed(headings):
            is_bare = heading.section is not None and not has_piece_in(self.spans[index], heading.section)
            if is_bare and self.holders[index, heading.span] == 1:
                self._release(index, [heading.span])

    def exchange(self, limit: int) -> None:
        """Give bad words for better, longer ones, where the rest of the budget is less than any word left out."""
        while self.total < _FULL_SHARE * limit:
            pairs = islice(self._exchanges(limit - self.total), _EXCHANGED_UNITS)
            exchanged = next((pair for pair in pairs if self._exchanged(*pair, limit)), None)
            if exchanged is None:
                return
            worse, better = exchanged
            self._move([worse], self.kept, self.left_out)
            self._move([better], self.left_out, self.kept)

    def _exchanges(self, room: int) -> Iterator[tuple[int, int]]:
        """Kept and better left out units that differ by at most ``room`` tokens, those first that differ most."""
        worst = [number for number in self.kept[-_EXCHANGED_UNITS:][::-1] if not self._unit(number).must_be_kept]
        threshold = self.budget.threshold
        best = [number for number in self.left_out[:_EXCHANGED_UNITS] if is_candidate(self._unit(number), threshold)]
        for gain in range(min(room, _EXCHANGED_UNITS), 0, -1):
            for better in best:
                for worse in worst:
                    is_better = self.ranks[better] <= self.ranks[worse]
                    if is_better and self.costs[better] - self.costs[worse] == gain:
                        yield worse, better

    def _exchanged(self, worse: int, better: int, limit: int) -> bool:
        """Whether ``better`` is now in the place of ``worse``: more of the limit is used then."""
        total_before = self.total
        worse_index, better_index = self.segment_indices[worse], self.segment_indices[better]
        self._release(worse_index, self._unit(worse).spans)
        self._hold(better_index, self._unit(better).spans)
        self.total = self.recount()
        if total_before < self.total <= limit:
            return True
        self._release(better_index, self._unit(better).spans)
        self._hold(worse_index, self._unit(worse).spans)
        self.total = total_before
        return False


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
