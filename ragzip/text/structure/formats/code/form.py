"""The form of code: statements under the heads of their blocks, the ends of those blocks, and marks of omissions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ragzip.text.forms import Form, WrittenText
from ragzip.text.spans import Span, covers, intersect, merge

__all__ = ["CodeForm", "CodeUnits", "Head"]

_SPACE = "\0 \t\r\n\f\v"
_MAX_SPACE = 2  # characters of white space before a unit that are counted with it
_MAX_LINE_ENDS = 2  # one blank line at most


class Head(NamedTuple):
    """A unit that is the head of a body.

    :param body_end: the number of the unit after the body.
    :param close: what ends the block (after its last body).
    :param marks_gaps: whether a mark stands wherever statements are left out, not only where all are.
    :param mark_indent: white space before a mark (None: it stands in the line of the head).
    :param is_first: whether a block begins with it, rather than goes on.
    """

    body_end: int
    close: Span | None
    marks_gaps: bool
    mark_indent: str | None
    is_first: bool = True


class CodeUnits(NamedTuple):
    """The units of a text of code, in order.

    :param spans: of each unit.
    :param frames: of each unit, the numbers of the heads it stands under, with the other heads of their blocks.
    :param heads: by the number of the unit.
    :param comments: the numbers of the units that are comments.
    """

    spans: Sequence[Span]
    frames: Sequence[tuple[int, ...]]
    heads: dict[int, Head]
    comments: frozenset[int]


class CodeForm(Form):
    """Units of code with the heads of the blocks around them.

    :param layout: the source with numbers of lines as NUL characters, which count as white space.
    :param mark: what stands for statements that are left out.
    :param longest_unit: with which the code was read.
    """

    manner = "built"

    def __init__(self, source: str, layout: str, units: CodeUnits, mark: str, longest_unit: int | None = None) -> None:
        super().__init__(source)
        self.layout, self.mark, self.longest_unit = layout, mark, longest_unit
        self.units, self.frames, self.heads, self.comments = units
        self.starts = [unit.start for unit in units.spans]

    def keep(self, spans: Iterable[tuple[int, int]], held: Sequence[Span]) -> WrittenText | None:
        kept_spans = merge(intersect(spans, held))
        if not kept_spans:
            return WrittenText("", (), ())
        if covers(self.source, kept_spans, held):
            return None
        writer = _Writer(self)
        writer.write(self._pieces(kept_spans))
        written_text, pieces, offsets = writer.written()
        return WrittenText(written_text, pieces, tuple(Span(*span) for span in kept_spans), offsets)

    def _pieces(self, kept: Sequence[tuple[int, int]]) -> dict[int, list[Span]]:
        """The pieces of each unit in ``kept``, and the heads these stand under, by the numbers of units."""
        pieces_by_unit: dict[int, list[Span]] = {}
        for kept_start, kept_end in kept:
            unit_number = max(0, bisect_right(self.starts, kept_start) - 1)
            while unit_number < len(self.units) and self.units[unit_number].start < kept_end:
                unit_piece = Span(
                    max(kept_start, self.units[unit_number].start), min(kept_end, self.units[unit_number].end)
                )
                if unit_piece.start < unit_piece.end and self.source[unit_piece.start : unit_piece.end].strip():
                    pieces_by_unit.setdefault(unit_number, []).append(unit_piece)
                unit_number += 1
        for unit_number in list(pieces_by_unit):
            for head_number in self.frames[unit_number]:
                pieces_by_unit[head_number] = [self.units[head_number]]
        return pieces_by_unit

    def alone(self, span: tuple[int, int]) -> str:
        start, end = span
        unit_number = bisect_right(self.starts, start) - 1
        head = self.heads.get(unit_number) if unit_number >= 0 and self.units[unit_number].end == end else None
        while start > 0 and span[0] - start < _MAX_SPACE and self.source[start - 1].isspace():
            start -= 1
        unit_text = self.source[start:end]
        if head is None:
            return unit_text
        gap_mark = f"\n{head.mark_indent}{self.mark}" if head.marks_gaps else ""
        return unit_text + gap_mark + (f"\n{self.source[slice(*head.close)]}" if head.close else "")


class _Writer:
    """Text in the making: pieces of the source, and marks."""

    def __init__(self, form: CodeForm) -> None:
        self.form = form
        self.texts: list[str] = []
        self.pieces: list[Span] = []
        self.offsets: list[int] = []
        self.length = 0
        self.source_end = -1  # of what was written last
        self.open_heads: list[int] = []
        self.has_code = True  # in the innermost open block

    def written(self) -> tuple[str, tuple[Span, ...], tuple[int, ...]]:
        """The text, the pieces of the source in it, and their places."""
        return "".join(self.texts), tuple(self.pieces), tuple(self.offsets)

    def write(self, pieces: dict[int, list[Span]]) -> None:
        """Write units, in order, with what closes the blocks they open."""
        last_number = -1
        for unit_number in sorted(pieces):
            last_number = self._close_before(unit_number, last_number)
            if unit_number > last_number + 1 and self._marks_gap_before(unit_number):
                self._mark(self.open_heads[-1])
            for piece in pieces[unit_number]:
                self._piece(piece)
            self.has_code |= unit_number not in self.form.comments
            if unit_number in self.form.heads:
                self.open_heads.append(unit_number)
                self.has_code = False
            last_number = unit_number
        self._close_before(len(self.form.units), last_number)

    def _marks_gap_before(self, number: int) -> bool:
        """Whether a mark may stand before a unit: in a block that has marks, and not between its clauses."""
        heads = self.form.heads
        goes_on = number in heads and not heads[number].is_first
        return bool(self.open_heads) and heads[self.open_heads[-1]].marks_gaps and not goes_on

    def _close_before(self, number: int, last: int) -> int:
        """Close the blocks that end before a unit; the number of the last unit that is accounted for."""
        while self.open_heads and self.form.heads[self.open_heads[-1]].body_end <= number:
            head_number = self.open_heads.pop()
            head = self.form.heads[head_number]
            if not self.has_code or (head.marks_gaps and last < head.body_end - 1):
                self._mark(head_number)
            if head.close is not None:
                self._piece(head.close)
            self.has_code = True
            last = max(last, head.body_end - 1)
        return last

    def _mark(self, place: int) -> None:
        mark_indent = self.form.heads[place].mark_indent
        self._text(f" {self.form.mark}" if mark_indent is None else f"\n{mark_indent}{self.form.mark}")
        self.has_code = True

    def _text(self, text: str) -> None:
        self.texts.append(text)
        self.length += len(text)

    def _piece(self, piece: Span) -> None:
        """Write a piece with the white space before it."""
        source, layout = self.form.source, self.form.layout
        text_start = space_start = piece.start
        while space_start > 0 and layout[space_start - 1] in _SPACE:
            space_start -= 1
        line_start = max(layout.rfind("\n", space_start, text_start), layout.rfind("\r", space_start, text_start)) + 1
        if not self.texts:
            text_start = line_start if line_start or space_start == 0 else text_start
            while source[text_start] in "\r\n":
                text_start += 1
        elif line_start:
            text_start = max(space_start, self._with_line_ends(space_start, line_start))
        elif (
            "\n" in source[max(0, self.source_end) : text_start] or "\r" in source[max(0, self.source_end) : text_start]
        ):
            self._text("\n")
        else:
            text_start = space_start
        self._source(Span(max(text_start, self.source_end), piece.end))

    def _with_line_ends(self, space_start: int, line_start: int) -> int:
        """The place of the line ends before a line, at most those of one blank line."""
        lines_start = line_start
        for _ in range(_MAX_LINE_ENDS):
            line_end = max(
                self.form.layout.rfind("\n", space_start, lines_start),
                self.form.layout.rfind("\r", space_start, lines_start),
            )
            if line_end < 0:
                break
            lines_start = line_end - (
                line_end > space_start and self.form.source[line_end - 1 : line_end + 1] == "\r\n"
            )
        return lines_start

    def _source(self, piece: Span) -> None:
        piece_text = self.form.source[piece.start : piece.end]
        if (
            self.pieces
            and self.pieces[-1].end == piece.start
            and self.offsets[-1] + len_of(self.pieces[-1]) == self.length
        ):
            self.pieces[-1] = Span(self.pieces[-1].start, piece.end)
        else:
            self.pieces.append(piece)
            self.offsets.append(self.length)
        self._text(piece_text)
        self.source_end = piece.end


def len_of(span: Span) -> int:
    """The number of characters of a span."""
    return span.end - span.start
