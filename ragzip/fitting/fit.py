"""Making the real count hold: render, recount with the target tokenizer, trim, refill."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice

from ragzip.errors import BudgetError
from ragzip.fitting.choose import Fill, is_candidate, unit_costs
from ragzip.fitting.draft import Draft, atoms_of, largest
from ragzip.output.layout import Layout, render
from ragzip.text.spans import Span
from ragzip.types import Budget, Segment, Tier, Unit

__all__ = ["fit", "leading_words", "tokens_of_best"]

_MANY = 200  # units left out, beyond which those that would cost nothing are found by their nearest characters first
_LOOK_AHEAD = 64  # words tried for the last few tokens
_SLACK = 4  # tokens by which an estimate may differ from the cost in place
_FULL = 0.99  # share of the budget that word-level filling reaches where the words allow it
_EXCHANGED = 64  # units on each side that are tried against each other for the last few tokens


def fit(segments: Sequence[Segment], budget: Budget, layout: Layout, *, fill: Fill = "units") -> list[Segment]:
    """Make the rendered text hold the budget exactly, and use it.

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
        holds = budget.count(render(segments, layout).text) <= limit
        return list(segments) if holds else leading_words(segments, budget, layout)
    draft = _Choice(segments, budget, layout)
    draft.prefer_best(limit)
    draft.settle(limit)
    if fill == "words" and budget.threshold is None:
        draft.exchange(limit)
        draft.settle(limit)
    draft.add_headings(limit)
    return draft.segments()


def tokens_of_best(segments: Sequence[Segment], budget: Budget, layout: Layout) -> int | None:
    """Tokens that the best unit takes by itself, as it would be laid out; None where there is none to choose."""
    units = [(i, unit) for i, segment in enumerate(segments) for unit in segment.units]
    candidates = [(i, unit) for i, unit in units if is_candidate(unit, budget.threshold)]
    if not candidates:
        return None
    i, best = min(candidates, key=lambda entry: entry[1].preference)
    whole = Segment.whole(segments[i].document, segments[i].position, segments[i].form)
    return budget.count(render([whole.keep(best.spans)], layout).text)


Entry = tuple[tuple[Tier, float], int, Unit]  # preference (lower is better), document, unit


class _Choice(Draft):
    """A draft whose pieces are scored units.

    ``holders`` counts for each piece the kept units that it belongs to or that need it.
    """

    def __init__(self, segments: Sequence[Segment], budget: Budget, layout: Layout) -> None:
        self.kept: list[Entry] = []
        self.out: list[Entry] = []
        self.cost: dict[tuple[int, int], int] = {}
        self.trimmed: Counter[tuple[int, int]] = Counter()
        self.holders: Counter[tuple[int, Span]] = Counter()
        self.headings: list[tuple[int, Unit]] = []
        for i, segment in enumerate(segments):
            if segment.is_fixed:
                continue
            starts = [span.start for span in segment.held]
            for unit, cost in zip(segment.units, unit_costs(segment, budget), strict=True):
                self.cost[i, unit.start] = cost
                if unit.section is not None and not unit.must_be_kept:
                    self.headings.append((i, unit))
                    continue
                before = bisect_left(starts, unit.start + 1) - 1
                is_kept = before >= 0 and unit.end <= segment.held[before].end
                (self.kept if is_kept else self.out).append((unit.preference, i, unit))
                if is_kept:
                    self.holders.update((i, span) for span in unit.spans)
        self.kept.sort(key=lambda entry: entry[0])
        self.out.sort(key=lambda entry: entry[0])
        pieces: list[list[Span]] = [[] for _ in segments]
        for i, span in self.holders:
            pieces[i].append(span)
        super().__init__(segments, budget, layout, [sorted(spans) for spans in pieces])

    def prefer_best(self, limit: int) -> None:
        """Keep the best unit where it fits by itself: an estimate of its cost may have left it out for a lesser one."""
        entry = next((entry for entry in self.out if is_candidate(entry[2], self.budget.threshold)), None)
        if entry is None or (self.kept and self.kept[0][0] <= entry[0]):
            return
        _, i, unit = entry
        if self._tokens_alone(i, unit) > limit:
            return
        while self.kept and self.total + self.delta(i, self._missing(i, unit)) > limit:
            worst = self.kept[-1]
            if worst[2].must_be_kept:
                return
            self.kept.pop()
            self._release(*worst[1:])
            insort(self.out, worst, key=lambda other: other[0])
            self.total = self.recount()
        self._hold(i, unit)
        self.out.remove(entry)
        insort(self.kept, entry, key=lambda other: other[0])
        self.total = self.recount()

    def _tokens_alone(self, i: int, unit: Unit) -> int:
        """Tokens of the context if a unit, with what it needs, were all that is chosen of it."""
        segments = [self._segment(j, unit.spans if j == i else ()) for j in range(len(self.given))]
        return self.budget.count(render(segments, self.layout).text)

    def settle(self, limit: int) -> None:
        """Trim, then refill, until the real count is within ``limit`` and nothing allowed would still fit."""
        while True:
            while self.total > limit:
                self._trim(self.total - limit)
                self.total = self.recount()
            if not self._refill(limit):
                break
            self.total = self.recount()
        self._retry(limit)

    def _trim(self, excess: int) -> None:
        """Let the worst units go, about as many as make up for ``excess``; at least one."""
        if not self.kept or self.kept[-1][2].must_be_kept:
            raise BudgetError(
                f"target_tokens: {self.budget.max_tokens} tokens cannot hold what must be kept "
                f"({self.total} tokens). Raise the budget or protect less."
            )
        while excess > 0 and self.kept and not self.kept[-1][2].must_be_kept:
            entry = self.kept.pop()
            _, i, unit = entry
            self._release(i, unit)
            self.trimmed[i, unit.start] += 1
            insort(self.out, entry, key=lambda other: other[0])
            excess -= max(1, self.cost[i, unit.start]) + (0 if self.spans[i] else self.opening(i))

    def _hold(self, i: int, unit: Unit) -> None:
        """Keep a unit with what it needs."""
        self.add(i, self._missing(i, unit))
        self.holders.update((i, span) for span in unit.spans)

    def _release(self, i: int, unit: Unit) -> None:
        """Keep a unit no longer, nor what it alone needs."""
        for span in unit.spans:
            self.holders[i, span] -= 1
            if not self.holders[i, span]:
                del self.holders[i, span]
                self.remove(i, span)

    def _missing(self, i: int, unit: Unit) -> list[Span]:
        """What of a unit, and of what it needs, is not kept yet."""
        return [span for span in unit.spans if (i, span) not in self.holders]

    def _refill(self, limit: int) -> bool:
        room = limit - self.total
        many, full = len(self.out) > _MANY, room <= 0
        indices = [index for index, entry in enumerate(self.out) if self._may_come(entry, room)]
        if many and full:
            indices = self._perhaps_free(indices)
        taken: list[int] = []
        for index in indices:
            if many and not full and room <= 0:  # those that cost nothing are looked for when no other fits
                break
            _, i, unit = self.out[index]
            if self.cost[i, unit.start] > room + _SLACK:
                continue
            missing = self._missing(i, unit)
            cost = self.delta(i, missing) if missing else 0
            if cost <= room:
                self._hold(i, unit)
                taken.append(index)
                room -= cost
        for index in reversed(taken):
            entry = self.out.pop(index)
            insort(self.kept, entry, key=lambda other: other[0])
        return bool(taken)

    def _perhaps_free(self, indices: Sequence[int]) -> list[int]:
        """Those of the units left out, by index, that may cost nothing; those that others have brought along do."""
        held = [index for index in indices if not self._missing(*self.out[index][1:])]
        missing = [index for index in indices if self._missing(*self.out[index][1:])]
        free = self.perhaps_free([(self.out[index][1], self.out[index][2].span) for index in missing])
        return sorted(held + [index for index, is_free in zip(missing, free, strict=True) if is_free])

    def _retry(self, limit: int) -> None:
        """Let in what went twice and fits among what is kept now, by the real count."""
        for entry in [entry for entry in self.out if self.trimmed[entry[1], entry[2].start] > 1]:
            _, i, unit = entry
            missing = self._missing(i, unit)
            if is_candidate(unit, self.budget.threshold) and (not missing or self.try_add(i, missing, limit)):
                self.holders.update((i, span) for span in unit.spans)
                self.out.remove(entry)
                insort(self.kept, entry, key=lambda other: other[0])

    def _may_come(self, entry: Entry, room: int) -> bool:
        _, i, unit = entry
        if not is_candidate(unit, self.budget.threshold):
            return False
        key = (i, unit.start)
        # Twice trimmed: a tokenizer whose counts do not add up. Without this it might never end.
        return self.trimmed[key] <= 1 and self.cost[key] <= room + _SLACK

    def add_headings(self, limit: int) -> None:
        """Add the headings above what is kept that still fit, the cheapest first; none that says the title again."""
        for i, unit in sorted(self.headings, key=lambda entry: self._cost_of(*entry)):
            section = unit.section
            if section is None or unit.tier == Tier.REPEAT or (i, unit.span) in self.holders:
                continue
            first = bisect_left(self.spans[i], section)
            above = first < len(self.spans[i]) and self.spans[i][first].start < section.end
            if above and self.try_add(i, [unit.span], limit):
                self.holders[i, unit.span] += 1

    def exchange(self, limit: int) -> None:
        """Where the rest of the budget is less than any word left out, give a bad word for a better, longer one."""
        enough = _FULL * limit
        while self.total < enough:
            pairs = islice(self._exchanges(limit - self.total), _EXCHANGED)
            exchanged = next((pair for pair in pairs if self._exchanged(*pair, limit)), None)
            if exchanged is None:
                return
            worse, better = exchanged
            self.kept.remove(worse)
            self.out.remove(better)
            insort(self.kept, better, key=lambda other: other[0])
            insort(self.out, worse, key=lambda other: other[0])

    def _exchanges(self, room: int) -> Iterator[tuple[Entry, Entry]]:
        """Kept and better left out units that differ by at most ``room`` tokens, those first that differ most."""
        worst = [entry for entry in self.kept[-_EXCHANGED:][::-1] if not entry[2].must_be_kept]
        best = [entry for entry in self.out[:_EXCHANGED] if is_candidate(entry[2], self.budget.threshold)]
        for gain in range(min(room, _EXCHANGED), 0, -1):
            for better in best:
                for worse in worst:
                    if better[0] <= worse[0] and self._cost_of(*better[1:]) - self._cost_of(*worse[1:]) == gain:
                        yield worse, better

    def _cost_of(self, i: int, unit: Unit) -> int:
        return self.cost[i, unit.start]

    def _exchanged(self, worse: Entry, better: Entry, limit: int) -> bool:
        """Put ``better`` in the place of ``worse`` if more of the limit is used then."""
        before = self.total
        self._release(*worse[1:])
        self._hold(*better[1:])
        self.total = self.recount()
        if before < self.total <= limit:
            return True
        self._release(*better[1:])
        self._hold(*worse[1:])
        self.total = before
        return False


def leading_words(segments: Sequence[Segment], budget: Budget, layout: Layout) -> list[Segment]:
    """The segments with the first words of the rendered text that fit, in order over all but the fixed ones; protected
    spans are never cut.

    A word too long for the rest of the budget is passed over for the next few that fit.

    :raises BudgetError: the text begins with a protected span that does not fit.
    """
    limit = budget.max_tokens
    if limit is None or not segments:
        return list(segments)
    # a form writes what an earlier stage has left of it in its own way
    segments = [segment.keep(segment.held) if segment.form.is_cut else segment for segment in segments]
    atoms_by_segment = [_segment_atoms(segment, budget) for segment in segments]
    ends = list(accumulate(len(atoms) for atoms, _ in atoms_by_segment))

    def build(n: int) -> list[Segment]:
        """Only the first ``n`` words of all."""
        at = bisect_right(ends, n)
        if at == len(segments):
            return list(segments)
        atom_count = n - (ends[at - 1] if at else 0)
        cut = _first(segments[at], atoms_by_segment[at][0][:atom_count])
        return [*segments[:at], cut, *(segment.keep([]) for segment in segments[at + 1 :])]

    n = largest(ends[-1], lambda n: budget.count(render(build(n), layout).text) <= limit)
    draft = Draft(build(n), budget, layout)
    at = bisect_right(ends, n)
    if n == 0 and at < len(segments) and limit > 0 and atoms_by_segment[at][0][0] in atoms_by_segment[at][1][:1]:
        raise BudgetError(
            f"target_tokens: {limit} tokens cannot hold the protected span that the text begins with. "
            "Raise the budget or protect less."
        )
    tries = _LOOK_AHEAD
    for i in range(at, len(segments)):
        if draft.total >= limit or not tries:
            break
        if not segments[i].form.is_cut or (not draft.spans[i] and draft.total + draft.opening(i) > limit):
            continue
        atoms_kept = n - (ends[i - 1] if i else 0) if i == at else 0
        for atom in atoms_by_segment[i][0][atoms_kept:][:tries]:
            tries -= 1
            draft.try_add(i, [atom], limit)
    return draft.segments()


def _segment_atoms(segment: Segment, budget: Budget) -> tuple[list[Span], list[Span]]:
    if segment.is_fixed:
        return [], []
    protected = segment.form.protected(budget.protect)
    spans = segment.held if segment.form.is_cut else [Span(0, len(segment.text))]
    parts = [atoms_of(segment.form, span, protected) for span in spans]
    return [atom for part in parts for atom in part[0]], [atom for part in parts for atom in part[1]]


def _first(segment: Segment, atoms: Sequence[Span]) -> Segment:
    """``segment`` up to the last of ``atoms``."""
    if not atoms:
        return segment.keep([])
    if segment.form.is_cut:
        return segment.keep([(0, atoms[-1].end)])
    return segment.rewritten(segment.text[: atoms[-1].end])
