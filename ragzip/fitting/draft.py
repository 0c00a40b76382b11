"""A choice of pieces while it is tried against the real count."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from dataclasses import replace

from ragzip.output.layout import Layout, render
from ragzip.text.forms import Form
from ragzip.text.spans import Span, join, merge
from ragzip.types import Budget, Segment

__all__ = ["Draft", "atoms_of", "largest"]

_NEAR = 3  # pieces on each side whose tokens may change with what stands between them
_NEAREST = 32  # characters on each side that tell whether a piece may cost nothing


class Draft:
    """What is kept so far of each document, and its real cost.

    ``spans`` are its pieces, by document; default: those of the segments. Rewritten segments stand as they are.
    ``total`` is the count of the rendered text when it was last recounted.
    """

    def __init__(
        self, segments: Sequence[Segment], budget: Budget, layout: Layout, spans: list[list[Span]] | None = None
    ) -> None:
        self.given, self.budget, self.layout = list(segments), budget, layout
        self.wholes = [Segment.whole(segment.document, segment.position, segment.form) for segment in segments]
        self.spans = spans or [list(segment.held) if segment.form.is_cut else [] for segment in segments]
        self.refresh()

    def refresh(self) -> None:
        """Take note of ``spans`` as they are now."""
        self._filled = [
            i
            for i, (given, spans) in enumerate(zip(self.given, self.spans, strict=True))
            if (spans if given.form.is_cut else given.text)
        ]
        self.total = self.recount()

    def segments(self) -> list[Segment]:
        return [self._segment(i, spans) for i, spans in enumerate(self.spans)]

    def _segment(self, i: int, spans: Sequence[Span]) -> Segment:
        given = self.given[i]
        if not given.form.is_cut:
            return given
        return replace(
            self.wholes[i].keep(spans), units=given.units, score=given.score, claims=given.claims, notes=given.notes
        )

    def recount(self) -> int:
        return self.budget.count(render(self.segments(), self.layout).text)

    def add(self, i: int, added: Sequence[Span]) -> None:
        """Keep ``added`` too (in order)."""
        if not self.spans[i]:
            insort(self._filled, i)
        for span in added:
            insort(self.spans[i], span)

    def remove(self, i: int, span: Span) -> None:
        """Keep ``span``, which is a piece as it was added, no longer."""
        self.spans[i].remove(span)
        if not self.spans[i]:
            self._filled.remove(i)

    def try_add(self, i: int, added: Sequence[Span], limit: int) -> bool:
        """Keep ``added`` too if the real count stays within ``limit``; whether it did."""
        if self.total + self.delta(i, added) > limit:
            return False
        before = self.total
        self.add(i, added)
        self.total = self.recount()
        if self.total <= limit:
            return True
        for span in added:
            self.remove(i, span)
        self.total = before
        return False

    def opening(self, i: int) -> int:
        """Tokens of separator and header of a document, as a stand-in for their cost in place."""
        return self.budget.count(self.layout.opening(self.wholes[i], first=False))

    def delta(self, i: int, added: Sequence[Span]) -> int:
        """Tokens that ``added`` (in order) costs where it would stand: its surroundings with it, less without it.

        Surroundings are a few pieces on both sides, in the next documents where this one has none: a tokenizer may
        merge the separator with what stands before it.
        """
        spans = self.spans[i]
        before, after = bisect_left(spans, added[0]), bisect_left(spans, added[-1])
        near = spans[max(0, before - _NEAR) : after + _NEAR]
        place = bisect_left(self._filled, i)
        left = self._filled[place - 1 : place] if before == 0 and place else []
        beyond = place + 1 if place < len(self._filled) and self._filled[place] == i else place
        right = self._filled[beyond : beyond + 1] if after == len(spans) else []

        def count(mine: Sequence[Span]) -> int:
            around = [self._segment(j, self.spans[j][-_NEAR:]) for j in left]
            around.append(self.wholes[i].keep(mine))
            around += [self._segment(j, self.spans[j][:_NEAR]) for j in right]
            return self.budget.count(render(around, self.layout).text)

        return count([*near, *added]) - count(near)

    def perhaps_free(self, candidates: Sequence[tuple[int, Span]]) -> list[bool]:
        """Whether each piece, of a document that something is kept of, may cost nothing where it would stand.

        By the nearest characters on each side alone, which is much faster than :meth:`delta`. Of a document with a form
        of its own, whose pieces bring mark-up with them, none is taken to be free.
        """
        apart = self.budget.count.parts_words
        texts: list[str] = []
        known: list[bool] = []
        for i, span in candidates:
            known.append(bool(self.spans[i]) and self.wholes[i].form.is_plain and not (apart and self._apart(i, span)))
            if known[-1]:
                texts += self._nearest(i, span)
        counts = iter(self.budget.count.many(texts))
        return [found and next(counts) >= next(counts) for found in known]

    def _apart(self, i: int, span: Span) -> bool:
        """Whether ``span`` is a word between white space that would stand within a line.

        Such a word has tokens of its own. At the beginning of a line it can save one: what follows it gets a space.
        """
        text, spans = self.wholes[i].document.text, self.spans[i]
        at = bisect_left(spans, span)
        return (
            0 < at < len(spans)
            and spans[at] != span
            and text[span.start - 1].isspace()
            and text[span.end].isspace()
            and text[span.start].isalnum()
            and text[span.end - 1].isalnum()
            and "\n" not in text[spans[at - 1].end : spans[at].start]
        )

    def _nearest(self, i: int, span: Span) -> tuple[str, str]:
        """The characters around the place of ``span``, without it and with it."""
        spans, source = self.spans[i], self.wholes[i].document.text
        at, place = bisect_left(spans, span), bisect_left(self._filled, i)
        before = [(max(start, end - _NEAREST), end) for start, end in spans[max(0, at - _NEAR) : at]]
        after = [(start, min(end, start + _NEAREST)) for start, end in spans[at : at + _NEAR]]
        opening = "" if before else self.layout.opening(self.wholes[i], first=place == 0)
        closing = ""
        if not after and place + 1 < len(self._filled):
            j = self._filled[place + 1]
            closing = self.layout.opening(self.wholes[j], first=False)
            closing += self._segment(j, self.spans[j][:1]).text[:_NEAREST]

        def text(mine: list[tuple[int, int]]) -> str:
            return opening + "".join(source[start:end] for start, end in join(source, merge(mine))) + closing

        return text(before + after), text([*before, span, *after])


def atoms_of(form: Form, span: Span, protected: Sequence[Span]) -> tuple[list[Span], list[Span]]:
    """The words of a span of the source, each protected span in one piece; and which of them are protected."""
    atoms: list[Span] = []
    forced: list[Span] = []
    at = bisect_left(protected, span.start, key=lambda p: p.end)
    for start, end in form.words(span):
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


def largest(most: int, holds: Callable[[int], bool]) -> int:
    """The largest n in 0..``most`` for which ``holds(n)``, taking it to hold up to some n and not beyond."""
    low, high = 0, 1
    while high < most and holds(high):  # doubling: the cost follows the answer, not the length of the text
        low, high = high, 2 * high
    high = min(high, most)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low
