"""A choice of pieces while it is tried against the real count."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import replace

from ragzip.output.layout import Layout, text_of
from ragzip.text.spans import Span, join, merge
from ragzip.types import Budget, Segment

__all__ = ["Trial"]

_NEAR_PIECES = 3  # on each side, whose tokens may change with what stands between them
_NEAR_CHARACTERS = 32  # on each side, which tell whether a piece may cost nothing


class Trial:
    """The pieces kept so far of each document, and their real cost.

    ``spans`` are the pieces, by document; default: those of the segments. Segments that are not cut stand as they are.
    ``total`` is the count of the rendered text when it was last recounted.
    """

    def __init__(
        self, segments: Sequence[Segment], budget: Budget, layout: Layout, spans: list[list[Span]] | None = None
    ) -> None:
        self.given, self.budget, self.layout = list(segments), budget, layout
        self.sources = [Segment.whole(segment.document, segment.position, segment.form) for segment in segments]
        self.spans = spans or [list(segment.held) if segment.form.is_cut else [] for segment in segments]
        self._filled = [  # the indices of the documents with text
            index
            for index, (segment, pieces) in enumerate(zip(self.given, self.spans, strict=True))
            if (pieces if segment.form.is_cut else segment.text)
        ]
        self._counts_around: dict[tuple[int, ...], int] = {}  # by document and places, since the last change
        self.is_counted = True  # since the last change
        self.total = self.recount()

    def segments(self) -> list[Segment]:
        """The segments with the pieces kept so far."""
        return [self._segment(index, pieces) for index, pieces in enumerate(self.spans)]

    def _segment(self, index: int, pieces: Sequence[Span]) -> Segment:
        segment = self.given[index]
        if not segment.form.is_cut:
            return segment
        kept = self.sources[index].keep(pieces)
        return replace(kept, units=segment.units, score=segment.score, claims=segment.claims, notes=segment.notes)

    def _text(self, index: int, pieces: Sequence[Span]) -> str:
        """The text of :meth:`_segment`."""
        segment = self.given[index]
        return self._kept_text(index, pieces) if segment.form.is_cut else segment.text

    def _kept_text(self, index: int, pieces: Sequence[Span]) -> str:
        source = self.sources[index]
        written = source.form.keep(pieces, source.held)
        return source.text if written is None else written.text

    def recount(self) -> int:
        """Tokens of the rendered text."""
        self.is_counted = True
        texts = [self._text(index, pieces) for index, pieces in enumerate(self.spans)]
        return self.budget.count(text_of(self.given, texts, self.layout))

    def add(self, index: int, added: Sequence[Span]) -> None:
        """Keep ``added`` too (in order)."""
        self._note_change()
        if not self.spans[index]:
            insort(self._filled, index)
        for span in added:
            insort(self.spans[index], span)

    def remove(self, index: int, span: Span) -> None:
        """Keep ``span``, a piece as it was added, no longer."""
        self._note_change()
        del self.spans[index][bisect_left(self.spans[index], span)]
        if not self.spans[index]:
            self._filled.remove(index)

    def _note_change(self) -> None:
        self.is_counted = False
        self._counts_around.clear()

    def try_add(self, index: int, added: Sequence[Span], limit: int) -> bool:
        """Keep ``added`` too if the real count stays within ``limit``; whether it did."""
        if self.total + self.delta(index, added) > limit:
            return False
        total_before = self.total
        self.add(index, added)
        self.total = self.recount()
        if self.total <= limit:
            return True
        for span in added:
            self.remove(index, span)
        self.total, self.is_counted = total_before, True
        return False

    def opening(self, index: int) -> int:
        """Tokens of separator and header of a document, as a stand-in for their cost in place."""
        return self.budget.count(self.layout.opening(self.sources[index], first=False))

    def delta(self, index: int, added: Sequence[Span]) -> int:
        """Tokens that ``added`` (in order) costs in its place: its surroundings with it, less without it.

        Surroundings are a few pieces on both sides of each, in the next documents where this one has none: a tokenizer
        may merge the separator with the text before it.
        """
        if not added:  # all of it is there for others
            return 0
        pieces = self.spans[index]
        places = tuple(dict.fromkeys(bisect_left(pieces, span) for span in added))
        near_numbers = {
            number
            for place in places
            for number in range(max(0, place - _NEAR_PIECES), min(len(pieces), place + _NEAR_PIECES))
        }
        near = [pieces[number] for number in sorted(near_numbers)]
        filled_place = bisect_left(self._filled, index)
        documents_before = self._filled[filled_place - 1 : filled_place] if places[0] == 0 and filled_place else []
        is_filled = filled_place < len(self._filled) and self._filled[filled_place] == index
        documents_after = self._filled[filled_place + is_filled :][:1] if places[-1] == len(pieces) else []

        segments = [
            *(self.given[near_index] for near_index in documents_before),
            self.sources[index],
            *(self.given[near_index] for near_index in documents_after),
        ]
        before_texts = [
            self._text(near_index, self.spans[near_index][-_NEAR_PIECES:]) for near_index in documents_before
        ]
        after_texts = [self._text(near_index, self.spans[near_index][:_NEAR_PIECES]) for near_index in documents_after]

        def count(near_pieces: Sequence[Span]) -> int:
            texts = [*before_texts, self._kept_text(index, near_pieces), *after_texts]
            return self.budget.count(text_of(segments, texts, self.layout))

        # Thousands of units may be tried in one gap in turn.
        gap = (index, *places)
        if gap not in self._counts_around:
            self._counts_around[gap] = count(near)
        return count([*near, *added]) - self._counts_around[gap]

    def perhaps_free(self, candidates: Sequence[tuple[int, Span]]) -> list[bool]:
        """Whether each piece, of a document of which something is kept, may cost nothing in its place.

        By the nearest characters on each side alone, which is much faster than :meth:`delta`. No piece of a document
        that is not plain text, whose pieces bring mark-up with them, is taken to be free.
        """
        parts_words = self.budget.count.parts_words
        texts_by_candidate: list[tuple[str, str]] = [
            self._nearest(index, span)
            if self.spans[index]
            and self.sources[index].form.is_plain
            and not (parts_words and self._apart(index, span))
            else ("", "")
            for index, span in candidates
        ]
        counts = self.budget.count.many([text for texts in texts_by_candidate for text in texts])
        return [
            bool(with_it) and without_count >= with_count
            for (_, with_it), without_count, with_count in zip(
                texts_by_candidate, counts[::2], counts[1::2], strict=True
            )
        ]

    def _apart(self, index: int, span: Span) -> bool:
        """Whether ``span`` is a word between white space that would stand within a line.

        Such a word has tokens of its own. At the beginning of a line it can save one: what follows it gets a space.
        """
        text, pieces = self.sources[index].document.text, self.spans[index]
        place = bisect_left(pieces, span)
        return (
            0 < place < len(pieces)
            and pieces[place] != span
            and text[span.start - 1].isspace()
            and text[span.end].isspace()
            and text[span.start].isalnum()
            and text[span.end - 1].isalnum()
            and "\n" not in text[pieces[place - 1].end : pieces[place].start]
        )

    def _nearest(self, index: int, span: Span) -> tuple[str, str]:
        """The characters around the place of ``span``, without it and with it."""
        pieces, source = self.spans[index], self.sources[index].document.text
        place, filled_place = bisect_left(pieces, span), bisect_left(self._filled, index)
        before = [
            (max(start, end - _NEAR_CHARACTERS), end) for start, end in pieces[max(0, place - _NEAR_PIECES) : place]
        ]
        after = [(start, min(end, start + _NEAR_CHARACTERS)) for start, end in pieces[place : place + _NEAR_PIECES]]
        opening = "" if before else self.layout.opening(self.sources[index], first=filled_place == 0)
        closing = ""
        if not after and filled_place + 1 < len(self._filled):
            following = self._filled[filled_place + 1]
            closing = self.layout.opening(self.sources[following], first=False)
            closing += self._text(following, self.spans[following][:1])[:_NEAR_CHARACTERS]

        def text(near: list[tuple[int, int]]) -> str:
            return opening + "".join(source[start:end] for start, end in join(source, merge(near))) + closing

        return text(before + after), text([*before, span, *after])
