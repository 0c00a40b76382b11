"""The form of structured texts: units as in the source, without noise, and with marks of omissions."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ragzip.text.forms import Form, PlainForm, WrittenText
from ragzip.text.spans import Span, intersect, join, merge
from ragzip.text.splitters.scanner import trim
from ragzip.text.words import words

__all__ = ["TidyForm", "tidy_form"]


def tidy_form(source: str, noise: Sequence[Span]) -> Form:
    """The form of ``source`` without ``noise``; the plain one where there is none.

    :param noise: spans (sorted, disjoint) that cost tokens and say nothing.
    """
    return TidyForm(source, noise, {}) if noise else PlainForm(source)


class TidyForm(Form):
    """Units as in the source, without ``noise``.

    :param marks: text that is written after a unit that is kept whole, by the span of the unit.
    """

    manner = "tidy"

    def __init__(self, source: str, noise: Sequence[Span], marks: Mapping[Span, str]) -> None:
        super().__init__(source)
        self.marks = marks
        self._pieces: list[Span] = []  # of the source, outside the noise
        self._offsets: list[int] = []  # of the pieces in the visible text
        piece_start = offset = 0
        for noise_start, noise_end in [*noise, Span(len(source), len(source))]:
            if piece_start < noise_start:
                self._pieces.append(Span(piece_start, noise_start))
                self._offsets.append(offset)
                offset += noise_start - piece_start
            piece_start = max(piece_start, noise_end)
        self._piece_starts = [piece.start for piece in self._pieces]
        self._visible = "".join(source[piece_start:piece_end] for piece_start, piece_end in self._pieces)

    @property
    def untidy(self) -> Form:
        return TidyForm(self.source, (), self.marks)

    def keep(self, spans: Iterable[tuple[int, int]], held: Sequence[Span]) -> WrittenText:
        kept_spans = [Span(*span) for span in merge(intersect(spans, held))]
        visible_spans = [
            visible_span
            for kept_start, kept_end in kept_spans
            if (visible_span := self._visible_span(kept_start, kept_end))
        ]
        if not visible_spans:
            return WrittenText("", (), ())
        marks = self._marks_within(kept_spans)
        mark_places = sorted(marks)
        texts: list[str] = []
        pieces: list[Span] = []
        offsets: list[int] = []
        length = 0
        for visible_start, visible_end in join(self._visible, merge(visible_spans)):
            for source_piece in _cut_at(self._in_source(visible_start, visible_end), mark_places):
                pieces.append(source_piece)
                offsets.append(length)
                texts.append(self.source[source_piece.start : source_piece.end])
                texts.append(marks.get(source_piece.end, ""))
                length += source_piece.end - source_piece.start + len(texts[-1])
        return WrittenText("".join(texts), tuple(pieces), tuple(kept_spans), tuple(offsets))

    def alone(self, span: tuple[int, int]) -> str:
        return self.reading(span) + self.marks.get(Span(*span), "")

    def reading(self, span: tuple[int, int]) -> str:
        return "".join(self.source[piece_start:piece_end] for piece_start, piece_end in self._visible_pieces(*span))

    def words(self, span: tuple[int, int]) -> list[Span]:
        return [Span(*word_span) for piece in self._visible_pieces(*span) for word_span in words(self.source, *piece)]

    def protected(self, find: Callable[[str], Sequence[Span]]) -> Sequence[Span]:
        spans = [self._in_source(*span) for span in find(self._visible)]
        return [Span(pieces[0].start, pieces[-1].end) for pieces in spans if pieces]

    def _marks_within(self, kept: Sequence[Span]) -> dict[int, str]:
        """The marks of the units that are kept whole, by the ends of the units."""
        kept_starts = [span.start for span in kept]
        marks_by_end: dict[int, str] = {}
        for unit, mark in self.marks.items():
            span_number = bisect_right(kept_starts, unit.start) - 1
            if span_number >= 0 and unit.end <= kept[span_number].end:
                marks_by_end[self._visible_end(unit)] = mark
        return marks_by_end

    def _visible_end(self, unit: Span) -> int:
        """The end of the last visible character of ``unit`` that is no white space."""
        visible_span = self._visible_span(*unit)
        return self._in_source(*visible_span)[-1].end if visible_span else unit.end

    def _visible_pieces(self, start: int, end: int) -> list[Span]:
        """The parts of a span of the source that are no noise."""
        piece_number = max(0, bisect_right(self._piece_starts, start) - 1)
        visible_pieces: list[Span] = []
        while piece_number < len(self._pieces) and self._pieces[piece_number].start < end:
            visible_piece = Span(max(start, self._pieces[piece_number].start), min(end, self._pieces[piece_number].end))
            if visible_piece.start < visible_piece.end:
                visible_pieces.append(visible_piece)
            piece_number += 1
        return visible_pieces

    def _visible_span(self, start: int, end: int) -> tuple[int, int] | None:
        """A span of the source in the visible text, without white space at its ends; None where it has none."""
        pieces = self._visible_pieces(start, end)
        if not pieces:
            return None
        visible_start, visible_end = self._to_visible(pieces[0].start), self._to_visible(pieces[-1].end - 1) + 1
        return trim(self._visible, visible_start, visible_end)

    def _to_visible(self, place: int) -> int:
        """The offset in the visible text of a visible character of the source."""
        piece_number = bisect_right(self._piece_starts, place) - 1
        return self._offsets[piece_number] + place - self._pieces[piece_number].start

    def _in_source(self, start: int, end: int) -> list[Span]:
        """The pieces of the source that a span of the visible text is made of."""
        pieces: list[Span] = []
        piece_number = bisect_right(self._offsets, start) - 1
        while start < end:
            shift = self._pieces[piece_number].start - self._offsets[piece_number]
            piece_end = min(
                end, self._offsets[piece_number] + self._pieces[piece_number].end - self._pieces[piece_number].start
            )
            pieces.append(Span(start + shift, piece_end + shift))
            start = piece_end
            piece_number += 1
        return pieces


def _cut_at(pieces: Iterable[Span], places: Sequence[int]) -> Iterator[Span]:
    """``pieces`` cut where one of ``places`` (sorted) lies inside."""
    for start, end in pieces:
        for place in places[bisect_right(places, start) : bisect_left(places, end)]:
            yield Span(start, place)
            start = place
        yield Span(start, end)
