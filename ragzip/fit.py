"""Making the real count hold: render, recount with the target tokenizer, trim, refill."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, islice

import numpy as np

from ragzip.budget import Fill, unit_costs
from ragzip.draft import Draft, atoms_of, blank, largest, protected_of
from ragzip.errors import BudgetError
from ragzip.pieces import align
from ragzip.prompt import Layout, render
from ragzip.types import Budget, Segment, Span, Unit

__all__ = ["fit", "leading_words"]

_MANY = 200  # units left out, beyond which those that would cost nothing are found by their nearest characters first
_LOOK_AHEAD = 64  # words tried for the last few tokens
_SLACK = 4  # tokens by which an estimate may differ from the cost in place
_OPENED = 8  # units whose first words are tried when the budget is filled with words
_LAST_WORDS = 1000  # words tried after that
_FULL = 0.99  # share of the budget that word-level filling reaches where the words allow it
_EXCHANGED = 64  # units on each side that are tried against each other for the last few tokens


def fit(
    segments: Sequence[Segment],
    budget: Budget,
    layout: Layout,
    *,
    fill: Fill = "units",
    fixed: frozenset[int] = frozenset(),
) -> list[Segment]:
    """Make the rendered text hold the budget exactly, and use it.

    Over it, the lowest-scored units go, one after another; under it, the best units left out come in where they fit.
    Where the best unit alone is larger than the budget, it gives the words that fit, rather than room to lesser ones.
    Segments without units lose words from the end. ``fill="words"`` tops up with words of the next best units until
    at least 95 % is used.

    :param segments: at most one a document, in order.
    :param fixed: the indices of those that stay as they are.
    :raises BudgetError: what must be kept does not fit.
    """
    limit = budget.max_tokens
    if limit is None:
        return list(segments)
    if limit <= 0:
        return [segment if i in fixed else blank(segment) for i, segment in enumerate(segments)]
    if fixed:  # what is not verbatim cannot be cut here: that is how they stay
        free = [replace(s, verbatim=False, units=()) if i in fixed else s for i, s in enumerate(segments)]
        return [segments[i] if i in fixed else s for i, s in enumerate(_fit(free, budget, layout, limit, fill, fixed))]
    return _fit(segments, budget, layout, limit, fill, fixed)


def _fit(
    segments: Sequence[Segment], budget: Budget, layout: Layout, limit: int, fill: Fill, fixed: frozenset[int]
) -> list[Segment]:
    segments = [s if i in fixed or s.text.strip() else blank(s) for i, s in enumerate(segments)]
    if any(segment.text and not segment.units for i, segment in enumerate(segments) if i not in fixed):
        holds = budget.count(render(segments, layout).text) <= limit
        return list(segments) if holds else leading_words(segments, budget, layout, fixed=fixed)
    draft = _Choice(segments, budget, layout)
    draft.settle(limit)
    if draft.open_best(limit):
        draft.settle(limit)
    if fill == "words" and budget.threshold is None:
        draft.top_up(limit)
        draft.settle(limit)
        draft.exchange(limit)
    return draft.segments()


Entry = tuple[tuple[bool, float], int, Unit]  # preference (lower is better), document, unit


def _preference(unit: Unit) -> tuple[bool, float]:
    return unit.redundant and not math.isinf(unit.score), -unit.score


class _Choice(Draft):
    """A draft whose pieces are scored units."""

    def __init__(self, segments: Sequence[Segment], budget: Budget, layout: Layout) -> None:
        self.kept: list[Entry] = []
        self.out: list[Entry] = []
        self.cost: dict[tuple[int, int], int] = {}
        self.trimmed: Counter[tuple[int, int]] = Counter()
        pieces: list[list[Span]] = []
        for i, segment in enumerate(segments):
            held = segment.holds
            starts = [span.start for span in held]
            inside: list[Span] = []
            for unit, cost in zip(segment.units, unit_costs(segment, budget), strict=True):
                at = bisect_left(starts, unit.start + 1) - 1
                is_kept = at >= 0 and unit.end <= held[at].end
                (self.kept if is_kept else self.out).append((_preference(unit), i, unit))
                self.cost[i, unit.start] = cost
                if is_kept:
                    inside.append(Span(unit.start, unit.end))
            pieces.append(inside)
        self.kept.sort(key=lambda entry: entry[0])
        self.out.sort(key=lambda entry: entry[0])
        super().__init__(segments, budget, layout, pieces)

    def settle(self, limit: int) -> None:
        """Trim, then refill, until the real count is within ``limit`` and nothing allowed would still fit."""
        while True:
            while self.total > limit:
                self._trim(self.total - limit)
                self.total = self.recount()
            if not self._refill(limit):
                return
            self.total = self.recount()

    def _trim(self, excess: int) -> None:
        """Let the worst units go, about as many as make up for ``excess``; at least one."""
        if not self.kept or math.isinf(self.kept[-1][2].score):
            raise BudgetError(
                f"target_tokens: {self.budget.max_tokens} tokens cannot hold what must be kept "
                f"({self.total} tokens). Raise the budget or protect less."
            )
        while excess > 0 and self.kept and not math.isinf(self.kept[-1][2].score):
            entry = self.kept.pop()
            _, i, unit = entry
            self.remove(i, Span(unit.start, unit.end))
            self.trimmed[i, unit.start] += 1
            insort(self.out, entry, key=lambda other: other[0])
            excess -= max(1, self.cost[i, unit.start]) + (0 if self.spans[i] else self.opening(i))

    def _refill(self, limit: int) -> bool:
        left = limit - self.total
        many, full = len(self.out) > _MANY, left <= 0
        may = [index for index, entry in enumerate(self.out) if self._may_come(entry, left)]
        wanted = [(index, self.out[index][1], Span(*self.out[index][2][:2])) for index in may]
        if many and full:
            free = self.perhaps_free([(i, span) for _, i, span in wanted])
            wanted = [one for one, found in zip(wanted, free, strict=True) if found]
        taken: list[int] = []
        for index, i, span in wanted:
            if many and not full and left <= 0:  # those that cost nothing are looked for when no other fits
                break
            if self.cost[i, span.start] > left + _SLACK:
                continue
            cost = self.delta(i, [span])
            if cost <= left:
                self.add(i, [span])
                taken.append(index)
                left -= cost
        for index in reversed(taken):
            entry = self.out.pop(index)
            insort(self.kept, entry, key=lambda other: other[0])
        return bool(taken)

    def _may_come(self, entry: Entry, left: int) -> bool:
        _, i, unit = entry
        if (threshold := self.budget.threshold) is not None and unit.score < threshold:
            return False
        key = (i, unit.start)
        # Twice trimmed: a tokenizer whose counts do not add up. Without this it might never end.
        return self.trimmed[key] <= 1 and self.cost[key] <= left + _SLACK

    def open_best(self, limit: int) -> bool:
        """Give the budget to the words of the best unit, when that unit is too large for it; whether it was."""
        threshold = self.budget.threshold
        entry = next((e for e in self.out if threshold is None or e[2].score >= threshold), None)
        if entry is None or (self.kept and self.kept[0][0] <= entry[0]):
            return False
        _, i, unit = entry
        whole = self.wholes[i]
        atoms, forced = self._atoms(i, unit)
        opening = self.layout.opening(whole, first=True)
        standing = any(given.text and not given.verbatim for given in self.given)

        def cost(n: int) -> int:
            chosen = [*atoms[:n], *forced]
            if standing:
                return self.total_of(i, sorted({*chosen}))
            return self.budget.count(opening + whole.keep(chosen).text)

        if forced and cost(0) > limit:
            raise BudgetError(
                f"target_tokens: {limit} tokens cannot hold the protected spans of the best passage of document "
                f"{whole.document.id!r} ({cost(0)} tokens). Raise the budget or protect less."
            )
        self.out = sorted(self.out + self.kept, key=lambda other: other[0])
        self.out.remove(entry)
        self.kept = []
        self.clear()
        n = largest(len(atoms), lambda n: cost(n) <= limit)
        chosen = sorted({*atoms[:n], *forced})
        if chosen:
            self.add(i, chosen)
        self.total = self.recount()
        must = set(forced)
        for atom in atoms[n : n + _LAST_WORDS]:  # past a word that is too long, others may fit
            if self.total >= limit:
                break
            if atom not in must:
                self.try_add(i, [atom], limit)
        return True

    def top_up(self, limit: int) -> None:
        """Add words of the units left out, best unit first, until the budget is nearly used."""
        enough = _FULL * limit
        for _, i, unit in self.out[:_OPENED]:
            if self.total >= enough:
                return
            atoms, _ = self._atoms(i, unit)
            if n := self._prefix(i, atoms, limit - self.total):
                self.try_add(i, sorted(atoms[:n]), limit)
        # What is left is less than the next word: those that still fit, first where no separator is needed.
        units = sorted(self.out, key=lambda entry: not self.spans[entry[1]])
        words = ((i, atom) for _, i, unit in units for atom in self._atoms(i, unit)[0])
        for i, atom in islice(words, _LAST_WORDS):
            if self.total >= enough:
                return
            if not self._has(i, atom):
                self.try_add(i, [atom], limit)

    def exchange(self, limit: int) -> None:
        """Where the rest of the budget is less than any word left out, give one of the worst words for a longer one."""
        enough = _FULL * limit
        while self.total < enough:
            left = limit - self.total
            pairs = islice(self._exchanges(left), _EXCHANGED)
            found = next((pair for pair in pairs if self._exchanged(*pair, limit)), None)
            if found is None:
                return
            worse, better = found
            self.kept.remove(worse)
            self.out.remove(better)
            insort(self.kept, better, key=lambda other: other[0])
            insort(self.out, worse, key=lambda other: other[0])

    def _exchanges(self, left: int) -> Iterator[tuple[Entry, Entry]]:
        """Kept and left out units that differ by at most ``left`` tokens, those first that differ by most of it."""
        worst = [entry for entry in self.kept[-_EXCHANGED:][::-1] if not math.isinf(entry[2].score)]
        best = [entry for entry in self.out[:_EXCHANGED] if not self._partly(entry)]
        for gain in range(min(left, _EXCHANGED), 0, -1):
            for better in best:
                for worse in worst:
                    if self._cost(better) - self._cost(worse) == gain:
                        yield worse, better

    def _cost(self, entry: Entry) -> int:
        return self.cost[entry[1], entry[2].start]

    def _partly(self, entry: Entry) -> bool:
        """Whether some words of the unit are kept already."""
        _, i, unit = entry
        at = bisect_right(self.spans[i], (unit.start, math.inf)) - 1
        return any(start < unit.end and unit.start < end for start, end in self.spans[i][max(0, at) : at + 2])

    def _exchanged(self, worse: Entry, better: Entry, limit: int) -> bool:
        """Put ``better`` in the place of ``worse`` if more of the limit is used then."""
        before = self.total
        take, give = (Span(entry[2].start, entry[2].end) for entry in (worse, better))
        self.remove(worse[1], take)
        self.add(better[1], [give])
        self.total = self.recount()
        if before < self.total <= limit:
            return True
        self.remove(better[1], give)
        self.add(worse[1], [take])
        self.total = before
        return False

    def _has(self, i: int, atom: Span) -> bool:
        at = bisect_right(self.spans[i], atom)
        return any(start <= atom.start and atom.end <= end for start, end in self.spans[i][max(0, at - 1) : at + 1])

    def _prefix(self, i: int, atoms: Sequence[Span], left: int) -> int:
        return largest(min(len(atoms), left + _SLACK), lambda n: self.delta(i, sorted(atoms[:n])) <= left)

    def _atoms(self, i: int, unit: Unit) -> tuple[list[Span], list[Span]]:
        """The words of ``unit``, the most wanted first, and which of them are protected."""
        whole = self.wholes[i]
        atoms, forced = atoms_of(whole, Span(unit.start, unit.end), protected_of(whole, self.budget))
        if (scored := self.given[i].words) is not None and atoms:
            scores = align(atoms, *scored)
            atoms = [atoms[at] for at in np.argsort(-scores, kind="stable")]
        return atoms, forced


def leading_words(
    segments: Sequence[Segment], budget: Budget, layout: Layout, *, fixed: frozenset[int] = frozenset()
) -> list[Segment]:
    """The first words of the rendered text that fit, in order over all segments but the ``fixed`` ones, which stay;
    protected spans are never cut.

    A word too long for the rest of the budget is passed over for the next few that fit.

    :raises BudgetError: the text begins with a protected span that does not fit.
    """
    limit = budget.max_tokens
    if limit is None or not segments:
        return list(segments)
    # a form writes what an earlier stage has left of it in its own way
    segments = [s.keep(s.holds) if s.form and i not in fixed else s for i, s in enumerate(segments)]
    nothing: tuple[list[Span], list[Span]] = ([], [])
    found = [nothing if i in fixed else _segment_atoms(segment, budget) for i, segment in enumerate(segments)]
    ends = list(accumulate(len(atoms) for atoms, _ in found))

    def build(n: int) -> list[Segment]:
        """Only the first ``n`` words of all."""
        at = bisect_right(ends, n)
        if at == len(segments):
            return list(segments)
        own = n - (ends[at - 1] if at else 0)
        rest = [s if at + 1 + i in fixed else blank(s) for i, s in enumerate(segments[at + 1 :])]
        return [*segments[:at], _first(segments[at], found[at][0][:own]), *rest]

    n = largest(ends[-1], lambda n: budget.count(render(build(n), layout).text) <= limit)
    draft = Draft(build(n), budget, layout)
    at = bisect_right(ends, n)
    if n == 0 and at < len(segments) and limit > 0 and found[at][0][0] in found[at][1][:1]:
        raise BudgetError(
            f"target_tokens: {limit} tokens cannot hold the protected span that the text begins with. "
            "Raise the budget or protect less."
        )
    tries = _LOOK_AHEAD
    for i in range(at, len(segments)):
        if draft.total >= limit or not tries:
            break
        if not segments[i].verbatim or (not draft.spans[i] and draft.total + draft.opening(i) > limit):
            continue
        for atom in found[i][0][n - (ends[at - 1] if at else 0) if i == at else 0 :][:tries]:
            tries -= 1
            draft.try_add(i, [atom], limit)
    return draft.segments()


def _segment_atoms(segment: Segment, budget: Budget) -> tuple[list[Span], list[Span]]:
    if not segment.verbatim:
        return atoms_of(segment, Span(0, len(segment.text)), protected_of(segment, budget))
    protected = protected_of(segment, budget)
    parts = [atoms_of(segment, span, protected) for span in segment.holds]
    return [atom for part in parts for atom in part[0]], [atom for part in parts for atom in part[1]]


def _first(segment: Segment, atoms: Sequence[Span]) -> Segment:
    """``segment`` up to the last of ``atoms``."""
    if not atoms:
        return blank(segment)
    if segment.verbatim:
        return segment.keep([(0, atoms[-1].end)])
    return replace(segment, text=segment.text[: atoms[-1].end])
