"""Units of text fitted to a budget: rendered, recounted with the target tokenizer, trimmed, refilled."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from ragzip.errors import BudgetError
from ragzip.fitting.choose import Fill, is_candidate, unit_costs
from ragzip.fitting.leading import leading_words
from ragzip.fitting.sections import has_piece_in, innermost_headings, missing_heading
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
    candidates = [
        _Candidate(unit.preference, index, unit)
        for index, segment in enumerate(segments)
        for unit in segment.units
        if segment.form.is_cut and is_candidate(unit, budget.threshold)
    ]
    if not candidates:
        return None
    best = min(candidates, key=_preference)
    segment = segments[best.segment_index]
    given_segment = Segment.whole(segment.document, segment.position, segment.form)
    return budget.count(render([given_segment.keep(best.unit.spans)], layout).text)


class _Candidate(NamedTuple):
    """A unit of the segment with this index."""

    preference: tuple[Tier, float]  # lower is better
    segment_index: int
    unit: Unit

    @property
    def place(self) -> tuple[int, int]:
        """A key of its own."""
        return self.segment_index, self.unit.start


def _preference(candidate: _Candidate) -> tuple[Tier, float]:
    return candidate.preference


class _Choice(Trial):
    """A trial whose pieces are scored units.

    ``kept`` and ``left_out`` are in order of preference; ``holders`` counts for each piece the kept units that it
    belongs to or that need it; ``trims`` counts how often a unit had to go.
    """

    def __init__(self, segments: Sequence[Segment], budget: Budget, layout: Layout) -> None:
        self.kept: list[_Candidate] = []
        self.left_out: list[_Candidate] = []
        self.headings: list[_Candidate] = []
        self.costs: dict[tuple[int, int], int] = {}
        self.trims: Counter[tuple[int, int]] = Counter()
        self.holders: Counter[tuple[int, Span]] = Counter()
        for index, segment in enumerate(segments):
            if not segment.is_fixed:
                self._take_units(index, segment, unit_costs(segment, budget))
        self.headings_by_document: dict[int, list[Unit]] = {}  # in order
        for candidate in sorted(self.headings, key=lambda heading: heading.place):
            self.headings_by_document.setdefault(candidate.segment_index, []).append(candidate.unit)
        self.kept.sort(key=_preference)
        self.left_out.sort(key=_preference)
        pieces: list[list[Span]] = [[] for _ in segments]
        for index, span in self.holders:
            pieces[index].append(span)
        super().__init__(segments, budget, layout, [sorted(spans) for spans in pieces])

    def _take_units(self, index: int, segment: Segment, costs: Sequence[int]) -> None:
        starts = [span.start for span in segment.held]
        for unit, cost in zip(segment.units, costs, strict=True):
            candidate = _Candidate(unit.preference, index, unit)
            self.costs[candidate.place] = cost
            if unit.section is not None and not unit.must_be_kept:
                self.headings.append(candidate)
                continue
            holding = bisect_left(starts, unit.start + 1) - 1
            if holding >= 0 and unit.end <= segment.held[holding].end:
                self.kept.append(candidate)
                self.holders.update((index, span) for span in unit.spans)
            else:
                self.left_out.append(candidate)

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
        best = next((candidate for candidate in self.left_out if is_candidate(candidate.unit, threshold)), None)
        if best is None or (self.kept and self.kept[0].preference <= best.preference):
            return
        if self._tokens_alone(best) > limit:
            return
        while self.kept and self.total + self.delta(best.segment_index, self._missing(best)) > limit:
            worst = self.kept[-1]
            if worst.unit.must_be_kept:
                return
            self.kept.pop()
            self._release(worst)
            insort(self.left_out, worst, key=_preference)
            self.total = self.recount()
        self._hold(best)
        self.left_out.remove(best)
        insort(self.kept, best, key=_preference)
        self.total = self.recount()

    def _tokens_alone(self, candidate: _Candidate) -> int:
        """Tokens of the context if a unit, with what it needs, were all that is chosen of it."""
        spans_by_segment: list[Sequence[Span]] = [()] * len(self.given)
        spans_by_segment[candidate.segment_index] = candidate.unit.spans
        texts = [self._text(index, spans) for index, spans in enumerate(spans_by_segment)]
        return self.budget.count(text_of(self.given, texts, self.layout))

    def measured(self) -> int:
        if not self.is_counted:
            self.total = self.recount()
        return self.total

    def drop_worst(self, excess: int) -> bool:
        if not self.kept or self.kept[-1].unit.must_be_kept:
            return False
        while excess > 0 and self.kept and not self.kept[-1].unit.must_be_kept:
            worst = self.kept.pop()
            self._release(worst)
            self.trims[worst.place] += 1
            insort(self.left_out, worst, key=_preference)
            excess -= max(1, self.costs[worst.place]) + (
                0 if self.spans[worst.segment_index] else self.opening(worst.segment_index)
            )
        return True

    def let_in(self, total: int, limit: int) -> bool:
        room = limit - total
        has_many, is_full = len(self.left_out) > _MANY_UNITS, room <= 0
        places = [place for place, candidate in enumerate(self.left_out) if self._may_come(candidate, room)]
        if has_many and is_full:
            places = self._perhaps_free(places)
        added_places: list[int] = []
        misses = 0
        for place in places:
            if has_many and not is_full and room <= 0:  # those that cost nothing are looked for when no other fits
                break
            candidate = self.left_out[place]
            is_thought_to_fit = self.costs[candidate.place] <= room
            if self.costs[candidate.place] > room + _SLACK_TOKENS or (misses >= _MAX_MISSES and not is_thought_to_fit):
                continue
            missing = self._missing(candidate)
            cost = self.delta(candidate.segment_index, missing) if missing else 0
            if cost <= room:
                self._hold(candidate)
                added_places.append(place)
                room -= cost
                misses = 0
            elif not is_thought_to_fit:
                misses += 1
        for place in reversed(added_places):
            insort(self.kept, self.left_out.pop(place), key=_preference)
        return bool(added_places)

    def _may_come(self, candidate: _Candidate, room: int) -> bool:
        if not is_candidate(candidate.unit, self.budget.threshold):
            return False
        # Twice trimmed: a tokenizer whose counts do not add up. Without this it might never end.
        return self.trims[candidate.place] <= 1 and self.costs[candidate.place] <= room + _SLACK_TOKENS

    def _perhaps_free(self, places: Sequence[int]) -> list[int]:
        """Those of the units left out that may cost nothing, by place; a unit that others have brought along does."""
        brought_along = [place for place in places if not self._missing(self.left_out[place])]
        missing = [place for place in places if self._missing(self.left_out[place])]
        pieces = [(self.left_out[place].segment_index, self.left_out[place].unit.span) for place in missing]
        free = [place for place, is_free in zip(missing, self.perhaps_free(pieces), strict=True) if is_free]
        return sorted(brought_along + free)

    def _retry(self, limit: int) -> None:
        """Let in the units that were trimmed twice and fit among the kept ones, by the real count."""
        for candidate in [candidate for candidate in self.left_out if self.trims[candidate.place] > 1]:
            missing = self._missing(candidate)
            if not is_candidate(candidate.unit, self.budget.threshold):
                continue
            if not missing or self.try_add(candidate.segment_index, missing, limit):
                self.holders.update((candidate.segment_index, span) for span in candidate.unit.spans)
                self.left_out.remove(candidate)
                insort(self.kept, candidate, key=_preference)

    def _hold(self, candidate: _Candidate) -> None:
        """Keep a unit with what it needs."""
        self.add(candidate.segment_index, self._missing(candidate))
        self.holders.update((candidate.segment_index, span) for span in candidate.unit.spans)

    def _release(self, candidate: _Candidate) -> None:
        """Keep a unit no longer, nor what it alone needs."""
        for span in candidate.unit.spans:
            holder = candidate.segment_index, span
            self.holders[holder] -= 1
            if not self.holders[holder]:
                del self.holders[holder]
                self.remove(candidate.segment_index, span)

    def _missing(self, candidate: _Candidate) -> list[Span]:
        """The spans of a unit, and of what it needs, that are not kept yet."""
        return [span for span in candidate.unit.spans if (candidate.segment_index, span) not in self.holders]

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
        ordered = sorted(self.headings, key=lambda heading: (heading.place not in innermost, self.costs[heading.place]))
        for index, unit in ((candidate.segment_index, candidate.unit) for candidate in ordered):
            if unit.section is None or unit.tier == Tier.REPEAT or (index, unit.span) in self.holders:
                continue
            if has_piece_in(self.spans[index], unit.section) and self.try_add(index, [unit.span], limit):
                self.holders[index, unit.span] += 1

    def _part_sections(self, limit: int) -> bool:
        """Let units of several sections of a document stand under their own headings: where one does not fit, the worst
        unit goes. Whether one went.
        """
        left_to_give_up = _MOST_GIVEN_UP
        for index, headings in self.headings_by_document.items():
            while (heading := missing_heading(self.spans[index], headings)) is not None:
                if self.try_add(index, [heading.span], limit):
                    self.holders[index, heading.span] += 1
                elif left_to_give_up and self._give_up_worst():
                    left_to_give_up -= 1
                else:
                    break
        if left_to_give_up < _MOST_GIVEN_UP:
            for index, headings in self.headings_by_document.items():
                self._give_up_bare(index, headings)
        return left_to_give_up < _MOST_GIVEN_UP

    def _take_back(self, limit: int) -> None:
        """Keep units that fit after all, each with the heading next over it."""
        for candidate in [left for left in self.left_out if self._may_come(left, limit - self.total)]:
            index, headings = candidate.segment_index, self.headings_by_document.get(candidate.segment_index, [])
            missing = self._missing(candidate)
            over = innermost_headings([candidate.unit.span], headings)
            own_headings = [span for span in (heading.span for heading in over) if (index, span) not in self.holders]
            added_spans = sorted({*missing, *own_headings})
            if not self.try_add(index, added_spans, limit):
                continue
            if missing_heading(self.spans[index], headings) is not None:
                for span in added_spans:
                    self.remove(index, span)
                self.total = self.recount()
                continue
            self.holders.update((index, span) for span in (*candidate.unit.spans, *own_headings))
            self.left_out.remove(candidate)
            insort(self.kept, candidate, key=_preference)

    def _give_up_worst(self) -> bool:
        """Keep the worst unit no longer; False where there is only one."""
        if len(self.kept) < 2 or self.kept[-1].unit.must_be_kept:
            return False
        worst = self.kept.pop()
        self._release(worst)
        insort(self.left_out, worst, key=_preference)
        self.total = self.recount()
        return True

    def _give_up_bare(self, index: int, headings: Sequence[Unit]) -> None:
        """Keep no heading with nothing left below it."""
        for heading in reversed(headings):
            is_bare = heading.section is not None and not has_piece_in(self.spans[index], heading.section)
            if is_bare and self.holders[index, heading.span] == 1:
                del self.holders[index, heading.span]
                self.remove(index, heading.span)
                self.total = self.recount()

    def exchange(self, limit: int) -> None:
        """Give bad words for better, longer ones, where the rest of the budget is less than any word left out."""
        while self.total < _FULL_SHARE * limit:
            pairs = islice(self._exchanges(limit - self.total), _EXCHANGED_UNITS)
            exchanged = next((pair for pair in pairs if self._exchanged(*pair, limit)), None)
            if exchanged is None:
                return
            worse, better = exchanged
            self.kept.remove(worse)
            self.left_out.remove(better)
            insort(self.kept, better, key=_preference)
            insort(self.left_out, worse, key=_preference)

    def _exchanges(self, room: int) -> Iterator[tuple[_Candidate, _Candidate]]:
        """Kept and better left out units that differ by at most ``room`` tokens, those first that differ most."""
        last_kept = self.kept[-_EXCHANGED_UNITS:][::-1]
        worst = [candidate for candidate in last_kept if not candidate.unit.must_be_kept]
        first_left_out = self.left_out[:_EXCHANGED_UNITS]
        best = [candidate for candidate in first_left_out if is_candidate(candidate.unit, self.budget.threshold)]
        for gain in range(min(room, _EXCHANGED_UNITS), 0, -1):
            for better in best:
                for worse in worst:
                    is_better = better.preference <= worse.preference
                    if is_better and self.costs[better.place] - self.costs[worse.place] == gain:
                        yield worse, better

    def _exchanged(self, worse: _Candidate, better: _Candidate, limit: int) -> bool:
        """Whether ``better`` is now in the place of ``worse``: more of the limit is used then."""
        total_before = self.total
        self._release(worse)
        self._hold(better)
        self.total = self.recount()
        if total_before < self.total <= limit:
            return True
        self._release(better)
        self._hold(worse)
        self.total = total_before
        return False
