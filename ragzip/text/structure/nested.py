"""The form of texts with texts of other kinds in them: code and JSON in the fences of Markdown."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ragzip.text.forms import Form, WrittenText, offsets_of
from ragzip.text.spans import Span, covers, intersect, merge, without
from ragzip.text.structure.forms import TidyForm

__all__ = ["NestedForm"]


class NestedForm(TidyForm):
    """Units as in the source; those of a text inside are written by its own form, unless all of it is kept.

    :param noise: spans (sorted, disjoint, none in a text inside) that are not written.
    :param forms: of the texts inside, by their spans (in order).
    """

    def __init__(self, source: str, noise: Sequence[Span], forms: Mapping[Span, Form]) -> None:
        super().__init__(source, noise, {})
        self._noise, self._forms, self._inside = noise, forms, list(forms)
        self._inside_starts = [span.start for span in forms]

    @property
    def untidy(self) -> NestedForm:
        return NestedForm(self.source, (), {span: form.untidy for span, form in self._forms.items()})

    def keep(self, spans: Iterable[tuple[int, int]], held: Sequence[Span]) -> WrittenText:
        kept_spans = [Span(*span) for span in merge(intersect(spans, held))]
        written_inside = {
            span: text for span in self._inside if (text := self._written_inside(span, kept_spans)) is not None
        }
        spans_as_they_stand = without(kept_spans, list(written_inside))
        visible_inside = [span for span, text in written_inside.items() if text.text]
        outside = super().keep([*spans_as_they_stand, *visible_inside], [Span(0, len(self.source))])
        texts: list[str] = []
        pieces: list[Span] = []
        offsets: list[int] = []
        length = 0
        for source_piece in _cut_around(outside.spans, visible_inside):
            written_piece = written_inside.get(source_piece) or WrittenText(
                self.source[slice(*source_piece)], (source_piece,), (), (0,)
            )
            texts.append(written_piece.text)
            pieces += written_piece.spans
            offsets += (length + offset for offset in written_piece.offsets or ())
            length += len(written_piece.text)
        return WrittenText("".join(texts), tuple(pieces), tuple(kept_spans), tuple(offsets))

    def _written_inside(self, inside: Span, kept: Sequence[Span]) -> WrittenText | None:
        """The kept part of a text inside, with spans of the source; None where all of it is kept unchanged."""
        kept_parts = [Span(*part) for part in intersect(kept, [inside])]
        if covers(self.source, kept_parts, [inside]):
            return None
        inside_start = inside.start
        written_text, pieces, _, offsets = self._forms[inside].keep(
            [(part_start - inside_start, part_end - inside_start) for part_start, part_end in kept_parts],
            [Span(0, inside.end - inside_start)],
        ) or WrittenText(self.source[slice(*inside)], (Span(0, inside.end - inside_start),), ())
        source_pieces = tuple(
            Span(part_start + inside_start, part_end + inside_start) for part_start, part_end in pieces
        )
        written = WrittenText(written_text, source_pieces, (), offsets_of(pieces) if offsets is None else offsets)
        return self._with_indent(written, inside) if written_text and not written_text[0].isspace() else written

    def _with_indent(self, written: WrittenText, inside: Span) -> WrittenText:
        """``written`` with the indentation of its first line."""
        first_start = written.spans[0].start
        line_start = max(inside.start, self.source.rfind("\n", 0, first_start) + 1)
        indent = self.source[line_start:first_start]
        if not indent or not indent.isspace():
            return written
        offsets = (0, *(len(indent) + offset for offset in written.offsets or ()))
        source_spans = (Span(line_start, first_start), *written.spans)
        return WrittenText(indent + written.text, source_spans, (), offsets)

    def alone(self, span: tuple[int, int]) -> str:
        inside = self._inside_of(span)
        if inside is None:
            return super().alone(span)
        return self._forms[inside].alone((span[0] - inside.start, span[1] - inside.start))

    def words(self, span: tuple[int, int]) -> list[Span]:
        inside = self._inside_of(span)
        if inside is None:
            return super().words(span)
        inside_start = inside.start
        words = self._forms[inside].words((span[0] - inside_start, span[1] - inside_start))
        return [Span(word_start + inside_start, word_end + inside_start) for word_start, word_end in words]

    def _inside_of(self, span: tuple[int, int]) -> Span | None:
        """The text inside that holds ``span``."""
        inside_number = bisect_right(self._inside_starts, span[0]) - 1
        return (
            self._inside[inside_number] if inside_number >= 0 and span[1] <= self._inside[inside_number].end else None
        )


def _cut_around(pieces: Iterable[Span], inside: Sequence[Span]) -> Iterator[Span]:
    """``pieces``, each of ``inside`` (sorted, each in one of them) as one of its own."""
    inside_number = 0
    for piece_start, piece_end in pieces:
        while inside_number < len(inside) and inside[inside_number].end <= piece_end:
            if piece_start < inside[inside_number].start:
                yield Span(piece_start, inside[inside_number].start)
            yield inside[inside_number]
            piece_start = inside[inside_number].end
            inside_number += 1
        if piece_start < piece_end:
            yield Span(piece_start, piece_end)
