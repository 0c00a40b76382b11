"""Making the real count hold: render, recount with the target tokenizer, trim, refill."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from ragzip.budget import Fill, unit_costs
from ragzip.errors import BudgetError
from ragzip.prompt import Layout, render
from ragzip.types import Budget, Segment, Span, Unit
from ragzip.words import words

__all__ = ["fit", "leading_words"]

_EXACT = 200  # up to so many units left out, those far over the estimate are tried too; beyond, only close ones
_LOOK_AHEAD = 64  # words tried for the last few tokens
_SLACK = 4  # tokens by which an estimate may differ from the cost in place
_FULL = 0.95  # share of the budget that word-level filling reaches where the source is long enough


def fit(segments: Sequence[Segment], budget: Budget, layout: Layout, *, fill: Fill = "units") -> list[Segment]:
    """Make the rendered text hold the budget exactly, and use it.

    Over it, the lowest-scored units go, one after another; under it, the best units left out come in where they fit.
    Where the best unit alone is larger than the budget, it gives the words that fit, rather than room to lesser ones.
    Segments without units lose words from the end. ``fill="words"`` tops up with words of the next best units until
    at least 95 % is used.

    :param segments: at most one a document, in order.
    :raises BudgetError: what must be kept does not fit.
    """
    limit = budget.max_tokens
    if limit is None:
        return list(segments)
    if limit <= 0:
        return [replace(segment, text="", spans=()) for segment in segments]
    draft = _Draft(segments, budget, layout)
    if any(segment.text and not segment.units for segment in segments):
        return list(segments) if draft.total <= limit else leading_words(segments, budget, layout)
    draft.settle(limit)
    if draft.open_best(limit):
        draft.settle(limit)
    if fill == "words" and budget.threshold is None:
        draft.top_up(limit)
    return draft.segments()


def _preference(unit: Unit) -> tuple[bool, float]:
    return unit.redundant and not math.isinf(unit.score), -unit.score


class _Draft:
    """A choice of units while it is tried against the real count."""

    def __init__(self, segments: Sequence[Segment], budget: Budget, layout: Layout) -> None:
        self.given, self.budget, self.layout = list(segments), budget, layout
        self.wholes = [Segment.whole(segment.document, segment.position) for segment in segments]
        self.spans: list[list[Span]] = []
        self.kept: list[tuple[tuple[bool, float], int, Unit]] = []
        self.out: list[tuple[tuple[bool, float], int, Unit]] = []
        self.cost: dict[tuple[int, int], int] = {}
        self.trimmed: Counter[tuple[int, int]] = Counter()
        for i, segment in enumerate(self.given):
            starts = [span.start for span in segment.spans]
            inside: list[Span] = []
            for unit, cost in zip(segment.units, unit_costs(segment, budget), strict=True):
                at = bisect_left(starts, unit.start + 1) - 1
                is_kept = at >= 0 and unit.end <= segment.spans[at].end
                (self.kept if is_kept else self.out).append((_preference(unit), i, unit))
                self.cost[i, unit.start] = cost
                if is_kept:
                    inside.append(Span(unit.start, unit.end))
            self.spans.append(inside if segment.units else list(segment.spans))
        self.kept.sort(key=lambda entry: entry[0])
        self.out.sort(key=lambda entry: entry[0])
        self.total = self.recount()

    def segments(self) -> list[Segment]:
        return [
            replace(whole.keep(spans), units=given.units, score=given.score) if given.verbatim else given
            for given, whole, spans in zip(self.given, self.wholes, self.spans, strict=True)
        ]

    def recount(self) -> int:
        return self.budget.count(render(self.segments(), self.layout).text)

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
        while excess > 0:
            if not self.kept or math.isinf(self.kept[-1][2].score):
                raise BudgetError(
                    f"target_tokens: {self.budget.max_tokens} tokens cannot hold what must be kept "
                    f"({self.total} tokens). Raise the budget or protect less."
                )
            entry = self.kept.pop()
            _, i, unit = entry
            self.spans[i].remove(Span(unit.start, unit.end))
            self.trimmed[i, unit.start] += 1
            insort(self.out, entry, key=lambda other: other[0])
            excess -= max(1, self.cost[i, unit.start])

    def _refill(self, limit: int) -> bool:
        left = limit - self.total
        threshold = self.budget.threshold
        exact = len(self.out) <= _EXACT
        taken: list[int] = []
        for index, (_, i, unit) in enumerate(self.out):
            key = (i, unit.start)
            if left <= 0:
                break
            if threshold is not None and unit.score < threshold:
                continue
            if self.trimmed[key] > 1:  # a tokenizer whose counts do not add up: without this it might never end
                continue
            if self.cost[key] > (2 * left + 2 * _SLACK if exact else left + _SLACK):
                continue
            span = Span(unit.start, unit.end)
            cost = self.delta(i, [span])
            if cost <= left:
                insort(self.spans[i], span)
                taken.append(index)
                left -= cost
        for index in reversed(taken):
            entry = self.out.pop(index)
            insort(self.kept, entry, key=lambda other: other[0])
        return bool(taken)

    def delta(self, i: int, added: Sequence[Span]) -> int:
        """Tokens that ``added`` (in order) costs where it would stand: its surroundings with it, less without it.

        Surroundings are the pieces on both sides, in the next documents where this one has none: a tokenizer may merge
        the separator with what stands before it.
        """
        spans = self.spans[i]
        before, after = bisect_left(spans, added[0]), bisect_left(spans, added[-1])
        near = spans[max(0, before - 1) : after + 1]
        left = next((j for j in range(i - 1, -1, -1) if self.spans[j]), None) if before == 0 else None
        right = next((j for j in range(i + 1, len(self.spans)) if self.spans[j]), None) if after == len(spans) else None

        def count(mine: Sequence[Span]) -> int:
            around = [] if left is None else [self.wholes[left].keep(self.spans[left][-1:])]
            around.append(self.wholes[i].keep(mine))
            around += [] if right is None else [self.wholes[right].keep(self.spans[right][:1])]
            return self.budget.count(render(around, self.layout).text)

        return count([*near, *added]) - count(near)

    def open_best(self, limit: int) -> bool:
        """Give the budget to the words of the best unit, when that unit is too large for it; whether it was."""
        threshold = self.budget.threshold
        entry = next((e for e in self.out if threshold is None or e[2].score >= threshold), None)
        if entry is None or (self.kept and self.kept[0][0] <= entry[0]):
            return False
        _, i, unit = entry
        whole = self.wholes[i]
        atoms, forced = _atoms(whole.text, Span(unit.start, unit.end), self.budget)
        self.out = sorted(self.out + self.kept, key=lambda other: other[0])
        self.out.remove(entry)
        self.kept = []
        opening = self.layout.opening(whole, first=True)

        def cost(n: int) -> int:
            return self.budget.count(opening + whole.keep([*atoms[:n], *forced]).text)

        if forced and cost(0) > limit:
            raise BudgetError(
                f"target_tokens: {limit} tokens cannot hold the protected spans of the best passage of document "
                f"{whole.document.id!r} ({cost(0)} tokens). Raise the budget or protect less."
            )
        n = _largest(len(atoms), lambda n: cost(n) <= limit)
        self.spans = [[] for _ in self.spans]
        self.spans[i] = sorted({*atoms[:n], *forced})
        self.total = self.recount()
        return True

    def top_up(self, limit: int) -> None:
        """Add words of the units left out, best unit first, until the budget is nearly used."""
        enough = _FULL * limit
        spare: list[tuple[int, Span]] = []
        for _, i, unit in self.out:
            if self.total >= enough or len(spare) > _EXACT:
                break
            atoms, _ = _atoms(self.wholes[i].text, Span(unit.start, unit.end), self.budget)
            n = self._prefix(i, atoms, limit - self.total)
            if n:
                self._add(i, atoms[:n], limit)
            spare += [(i, atom) for atom in atoms[n:]]
        for i, atom in spare:  # what is left is less than the next word: take those that still fit, in order
            if self.total >= enough:
                break
            if self.delta(i, [atom]) <= limit - self.total:
                self._add(i, [atom], limit)

    def _prefix(self, i: int, atoms: Sequence[Span], left: int) -> int:
        return _largest(min(len(atoms), left + _SLACK), lambda n: self.delta(i, atoms[:n]) <= left)

    def _add(self, i: int, added: Sequence[Span], limit: int) -> None:
        before, total = self.spans[i], self.total
        self.spans[i] = sorted([*before, *added])
        self.total = self.recount()
        if self.total > limit:
            self.spans[i], self.total = before, total


def leading_words(segments: Sequence[Segment], budget: Budget, layout: Layout = Layout()) -> list[Segment]:
    """The first words of the rendered text that fit, in order over all segments; protected spans are never cut.

    A word too long for the rest of the budget is passed over for the next few that fit.

    :raises BudgetError: the text begins with a protected span that does not fit.
    """
    limit = budget.max_tokens
    if limit is None or not segments:
        return list(segments)
    at, left = 0, limit
    while at < len(segments) - 1:  # estimate: whole documents, then words of the one where the budget ends
        cost = budget.count(layout.opening(segments[at], first=at == 0) + segments[at].text)
        if cost > left:
            break
        left -= cost
        at += 1
    atoms, forced = _segment_atoms(segments[at], budget)
    opening = layout.opening(segments[at], first=at == 0)
    n = _largest(len(atoms), lambda n: budget.count(opening + _only(segments[at], atoms[:n]).text) <= left)

    def build(chosen: Sequence[Span]) -> list[Segment]:
        empty = [replace(segment, text="", spans=()) for segment in segments[at + 1 :]]
        return [*segments[:at], _only(segments[at], chosen), *empty]

    def total(chosen: Sequence[Span]) -> int:
        return budget.count(render(build(chosen), layout).text)

    while total(atoms[:n]) > limit and (n or at):  # correct the estimate against the real count, word by word
        if n == 0:
            at -= 1
            atoms, forced = _segment_atoms(segments[at], budget)
            n = len(atoms)
        n -= 1
    while n < len(atoms) and total(atoms[: n + 1]) <= limit:
        n += 1
    if at == 0 and n == 0 and atoms and atoms[0] in forced and limit > 0:
        raise BudgetError(
            f"target_tokens: {limit} tokens cannot hold the protected span that the text begins with. "
            "Raise the budget or protect less."
        )
    chosen, rest = atoms[:n], limit - total(atoms[:n])
    for atom in atoms[n : n + _LOOK_AHEAD]:
        if not segments[at].verbatim or budget.count(segments[at].document.text[atom.start : atom.end]) > rest:
            continue
        if (count := total([*chosen, atom])) <= limit:
            chosen, rest = [*chosen, atom], limit - count
    return build(chosen)


def _segment_atoms(segment: Segment, budget: Budget) -> tuple[list[Span], list[Span]]:
    if not segment.verbatim:
        return _atoms(segment.text, Span(0, len(segment.text)), budget)
    parts = [_atoms(segment.document.text, span, budget) for span in segment.spans]
    return [atom for part in parts for atom in part[0]], [atom for part in parts for atom in part[1]]


def _only(segment: Segment, atoms: Sequence[Span]) -> Segment:
    if segment.verbatim:
        return segment.keep(atoms)
    return replace(segment, text=segment.text[: atoms[-1].end] if atoms else "")


def _atoms(text: str, span: Span, budget: Budget) -> tuple[list[Span], list[Span]]:
    """The words of ``text[span]``, each protected span in one piece; and which of them are protected."""
    protected = [p for p in budget.protect(text) if p.start < span.end and p.end > span.start]
    atoms: list[Span] = []
    forced: list[Span] = []
    at = 0
    for start, end in words(text, *span):
        while at < len(protected) and protected[at].end <= start:
            at += 1
        if at == len(protected) or protected[at].start >= end:
            atoms.append(Span(start, end))
        elif atoms and atoms[-1].end > protected[at].start:
            atoms[-1] = forced[-1] = Span(atoms[-1].start, end)
        else:
            atoms.append(Span(start, end))
            forced.append(atoms[-1])
    return atoms, forced


def _largest(most: int, holds: Callable[[int], bool]) -> int:
    """The largest n in 0..``most`` for which ``holds(n)``, taking it to hold up to some n and not beyond."""
    low, high = 0, 1
    while high < most and holds(high):  # doubling: the cost follows the answer, not the length of the text
        low, high = high, 2 * high
    high = min(high, most)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low
