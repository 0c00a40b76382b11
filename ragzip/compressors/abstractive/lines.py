"""Lines of what is left, rewritten or as they were, and how they are fitted to a budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ragzip.budget import counted
from ragzip.claims import Claim
from ragzip.compressors.base import pieces_in_source
from ragzip.draft import largest
from ragzip.errors import BudgetError
from ragzip.types import Budget, Segment, Span, Unit
from ragzip.words import words

__all__ = ["Line", "Page"]


@dataclass(frozen=True)
class Line:
    """A sentence, and what it is worth.

    :param span: where it stands in its document, if it was taken from there.
    :param read: what was read for it, by document, if it was written.
    :param allowed: whether it may be kept at all.
    :param wanted: whether it is kept while there is room, or only fills what is left.
    """

    segment: int
    text: str
    value: float
    span: Span | None = None
    claim: Claim | None = None
    read: dict[int, list[Span]] = field(default_factory=dict)
    allowed: bool = True
    wanted: bool = True


class Page:
    """All lines, and which are kept."""

    def __init__(self, segments: Sequence[Segment], budget: Budget) -> None:
        self.given, self.budget = segments, budget
        self.lines: list[Line] = []
        self.kept: list[bool] = []

    def fit(self) -> None:
        """Leave out lines until the budget holds and no document has grown; then let those in that still fit."""
        self.kept = [line.allowed and line.wanted for line in self.lines]
        self._no_longer()
        limit = self.budget.max_tokens
        if limit is None:
            return
        costs = counted(self.budget, [line.text for line in self.lines])
        total = self._total()
        while total > limit and sum(self.kept) > 1:
            excess = total - limit
            for i in self._worst():
                if excess <= 0 or sum(self.kept) == 1:
                    break
                self.kept[i] = False
                excess -= max(1, costs[i])
            total = self._total()
        if total > limit:
            total = self._cut(limit)
        for i in sorted(range(len(self.lines)), key=lambda i: (not self.lines[i].wanted, -self.lines[i].value)):
            if self.lines[i].allowed and not self.kept[i] and total + costs[i] <= limit + 2:
                self.kept[i] = True
                after = self._total()
                if after <= limit and self._short_enough(self.lines[i].segment):
                    total = after
                else:
                    self.kept[i] = False

    def segments(self) -> list[Segment]:
        """What is left of each document."""
        chosen = [[n for n, line in enumerate(self.lines) if line.segment == i] for i in range(len(self.given))]
        return [self._segment(i, numbers) for i, numbers in enumerate(chosen)]

    def _segment(self, i: int, numbers: Sequence[int]) -> Segment:
        given = self.given[i]
        kept = [self.lines[n] for n in numbers if self.kept[n]]
        mine = [self.lines[n] for n in numbers]
        claims = [replace(claim, kept=self.kept[n]) for n in numbers if (claim := self.lines[n].claim) is not None]
        score = max((line.value for line in mine), default=given.score)
        units = tuple(Unit(*line.span, line.value) for line in mine if line.span)
        if all(line.span for line in kept) and given.verbatim and not given.form:
            found = given.keep([line.span for line in kept if line.span])
            return replace(found, claims=(*given.claims, *claims), units=units, score=score)
        text = _joined([line.text for line in kept])
        spans = self._spans(i, kept) if kept else ()
        return replace(
            given,
            text=text,
            spans=spans,
            verbatim=False,
            form=None,
            asked=(),
            places=None,
            units=units,
            score=score,
            claims=(*given.claims, *claims),
        )

    def _spans(self, i: int, kept: Sequence[Line]) -> tuple[Span, ...]:
        """What was read of the document for the lines kept of it."""
        given = self.given[i]
        if not given.verbatim or given.form:
            return given.spans
        read = {span for line in kept for span in line.read.get(i, ())}
        placed = {one for span in read for one in pieces_in_source(given, *span)}
        return tuple(sorted(placed | {line.span for line in kept if line.span}))

    def _total(self) -> int:
        found = self.segments()
        if self.budget.measure is not None:
            return self.budget.measure(found)
        return sum(self.budget.count(segment.text) for segment in found)

    def _worst(self) -> list[int]:
        """Kept lines, the least wanted first: of equal ones the last."""
        return sorted((i for i, kept in enumerate(self.kept) if kept), key=lambda i: (self.lines[i].value, -i))

    def _short_enough(self, i: int) -> bool:
        numbers = [n for n, line in enumerate(self.lines) if line.segment == i]
        return len(self._segment(i, numbers).text) <= len(self.given[i].text)

    def _no_longer(self) -> None:
        """A document does not grow: what is written of several may be longer than the one that it speaks of most."""
        for i in range(len(self.given)):
            mine = [n for n, line in enumerate(self.lines) if line.segment == i and self.kept[n]]
            while len(mine) > 1 and not self._short_enough(i):
                worst = min(mine, key=lambda n: (self.lines[n].value, -n))
                mine.remove(worst)
                self.kept[worst] = False
            if mine and not self._short_enough(i):
                n = mine[0]
                self.lines[n] = replace(self.lines[n], text=_first(self.lines[n].text, len(self.given[i].text)))

    def _cut(self, limit: int) -> int:
        """The first words of the one line that is left."""
        n = self.kept.index(True)
        line = self.lines[n]
        spans = list(words(line.text))
        protected = self.budget.protect(line.text)

        def cut(most: int) -> int:
            self.lines[n] = _cut(line, spans[most - 1][1]) if most else replace(line, text="", span=line.span)
            self.kept[n] = most > 0
            return self._total()

        most = largest(len(spans), lambda most: cut(most) <= limit)
        end = spans[most - 1][1] if most else 0
        if any(stop > end for _, stop in protected) and any(start < end or not most for start, _ in protected):
            raise BudgetError(
                f"target_tokens: {limit} tokens cannot hold the protected spans of the best sentence. "
                "Raise the budget or protect less."
            )
        return cut(most)


def _cut(line: Line, length: int) -> Line:
    span = None if line.span is None else Span(line.span.start, line.span.start + length)
    return replace(line, text=line.text[:length], span=span)


def _first(text: str, length: int) -> str:
    """The words within the first ``length`` characters."""
    return text[: max((end for _, end in words(text) if end <= length), default=0)]


def _joined(texts: Sequence[str]) -> str:
    return " ".join(text for text in texts if text)
