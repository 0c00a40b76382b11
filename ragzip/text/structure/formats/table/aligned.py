"""Tables set by blanks: values under each other, or of one word each."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.cells import is_rule
from ragzip.text.structure.formats.table.rows import TableLayout, TableRow, line_start, row_lines
from ragzip.text.structure.formats.table.word_columns import (
    GAP,
    PIECE,
    WORD,
    numbers_in_line,
    words_in_line,
    words_under,
)

__all__ = ["Aligned", "Words", "aligned_of"]

_SAMPLED_LINES = 100
_MIN_ROWS = 3
_MAX_SHARE_WITHOUT_COLUMNS = 0.5  # of the lines of an aligned table: they go on with the row above, or head rows
_MAX_PLACE_OF_CONTINUATION = 0.5  # of the width of the table: what begins further right stands in a column there
_MAX_SUMS = 8  # lines below the rule at the end of a table
_MAX_CHARACTERS_OF_HEAD = 40  # of a line that heads the rows below it
_REMARK = pattern_of(r"[*†(]?[^\W\d_][^\n]*[.!?]\)?$")
_MAX_REMARKS, _MIN_WORDS_OF_REMARK = 3, 4
_PARAGRAPH_BREAK = pattern_of(r"\n[ \t\r]*+\n")


class Aligned:
    """Values in columns, separated by two or more blanks (or a tab) in all rows. An indented line without such a gap
    continues the row above it.

    :param columns: the offsets in a line at which the columns begin.
    :param titles: how many lines stand above the table.
    """

    def __init__(self, columns: Sequence[int], titles: int = 0) -> None:
        self.columns, self.titles = columns, titles

    def rows(self, source: str) -> Iterator[TableRow]:
        open_row: TableRow | None = None
        for row in _rows_of_lines(self, source, self.titles):
            if _is_remark(source[line_start(source, row.start) : row.end]):
                row = TableRow(row.start, row.end, [source[row.start : row.end]])
            if open_row is not None and row.values and self._continues(source, row):
                open_row = self._joined(source, open_row, row)
                continue
            if open_row is not None:
                yield open_row
                open_row = None
            if len(row.values) > 1:
                open_row = row
            else:
                yield row
        if open_row is not None:
            yield open_row

    def _continues(self, source: str, row: TableRow) -> bool:
        """Whether a line goes on with the row above it."""
        line = source[line_start(source, row.start) : row.end]
        return not GAP.search(line.strip()) and _is_continuation(line, self.columns[-1])

    def _joined(self, source: str, row: TableRow, line: TableRow) -> TableRow:
        """A row with a line that goes on with it, whose text is that of the column above it."""
        place = line.start - line_start(source, line.start)
        column = bisect_right(self.columns, place) - 1
        values = list(row.values)
        values[column] = " ".join(filter(None, [values[column], source[line.start : line.end]]))
        return TableRow(row.start, line.end, values)

    def cells(self, source: str, start: int, end: int) -> list[Span]:
        first = line_start(source, start)
        line_end = source.find("\n", start, end)
        end = end if line_end < 0 else line_end
        starts: list[int] = [-1] * len(self.columns)
        ends: list[int] = [-1] * len(self.columns)
        for piece in PIECE.finditer(source, start, end):
            column = bisect_right(self.columns, piece.end() - first - 1) - 1
            starts[column] = piece.start() if starts[column] < 0 else starts[column]
            ends[column] = piece.end()
        cells: list[Span] = []
        for left, right in zip(starts, ends, strict=True):
            after = cells[-1].end if cells else start
            cells.append(Span(left, right) if left >= 0 else Span(after, after))
        return cells


class Words:
    """Values of one word each, but for the last one, as ps and df print them.

    :param width: the number of columns.
    :param titles: how many lines stand above the table.
    :param is_exact: whether the last value is one word, too; a line of another number is no row.
    """

    def __init__(self, width: int, titles: int = 0, *, is_exact: bool = False) -> None:
        self.width, self.titles, self.is_exact = width, titles, is_exact

    def rows(self, source: str) -> Iterator[TableRow]:
        return _rows_of_lines(self, source, self.titles)

    def cells(self, source: str, start: int, end: int) -> list[Span]:
        words = [Span(*word.span()) for word in islice(WORD.finditer(source, start, end), self.width + self.is_exact)]
        if self.is_exact and len(words) != self.width:
            return [Span(start, end)]
        return [*words[:-1], Span(words[-1].start, end)] if len(words) == self.width else words


def _rows_of_lines(layout: TableLayout, source: str, titles: int) -> Iterator[TableRow]:
    """The rows of a table with one on each line, below so many lines of titles."""
    for number, (start, end) in enumerate(row_lines(source)):
        if number < titles:
            yield TableRow(start, end, [source[start:end]])
        elif is_rule(source[start:end]):
            yield TableRow(start, end, ())
        else:
            yield TableRow(start, end, [source[left:right] for left, right in layout.cells(source, start, end)])


def aligned_of(sample: str, titles: int = 0) -> Aligned | Words | None:
    """The layout of lines with blanks under each other, below some ``titles``; None where a line has no such gap."""
    spans = list(islice(row_lines(sample), titles, titles + _SAMPLED_LINES))
    texts = [sample[line_start(sample, start) : end] for start, end in spans]
    texts = _above_remarks(_above_totals(texts))
    if len(texts) < 2 or any("\t" in text for text in texts) or max(map(len, texts)) > 400:
        return None
    if width := words_in_line(texts) or numbers_in_line(texts):
        return Words(width, titles, is_exact=True)
    line_count = len(texts)
    texts = _with_columns(texts)
    if len(texts) < line_count and _PARAGRAPH_BREAK.search(sample, spans[0].end, spans[-1].end):
        return None  # such lines are told from others where no blank line parts them
    inked = 0
    for text in texts:
        inked |= int("".join("0" if character == " " else "1" for character in reversed(text)), 2)
    flags = bin(inked)[:1:-1]
    names = {name.start() for name in PIECE.finditer(texts[0])}
    columns = [
        match.start()
        for match in re.finditer("1++", flags)
        if flags[max(0, match.start() - 2) : match.start()] != "10" or match.start() in names
    ]
    if len(columns) > 2 and all(_is_mark(text[: columns[1]].strip()) for text in texts):
        del columns[1]
    if len(columns) < 2 or not all(GAP.search(text.strip()) for text in texts):
        return None
    words = words_under(texts, [0, *columns[1:]]) if len(texts) == line_count else 0
    return Words(words, titles) if words > len(columns) else Aligned([0, *columns[1:]], titles)


def _is_mark(text: str) -> bool:
    """Whether a sign, or nothing, stands before a row: "●", "*", ">"."""
    return len(text) <= 1 and not text.isalnum()


def _above_totals(texts: Sequence[str]) -> list[str]:
    """The lines of a table without its rules, up to one below some rows: sums stand there, under other columns."""
    lines: list[str] = []
    for number, text in enumerate(texts):
        if not is_rule(text):
            lines.append(text)
        elif len(lines) > _MIN_ROWS:
            sums = [other for other in texts[number + 1 :] if not is_rule(other)]
            are_sums = len(sums) <= _MAX_SUMS and all(other[:1] == " " or GAP.search(other) for other in sums)
            return lines if are_sums else [*lines, *sums]
    return lines


def _above_remarks(texts: Sequence[str]) -> list[str]:
    """The lines of a table without sentences right below some rows."""
    end = len(texts)
    while max(0, len(texts) - _MAX_REMARKS) < end and _is_remark(texts[end - 1]):
        end -= 1
    return list(texts[:end]) if end > _MIN_ROWS else list(texts)


def _is_remark(line: str) -> bool:
    """Whether a line is a sentence, as a remark on the table is."""
    return _REMARK.match(line) is not None and not GAP.search(line) and len(line.split()) >= _MIN_WORDS_OF_REMARK


def _with_columns(texts: Sequence[str]) -> list[str]:
    """The lines of a table that have columns; all of them where too many have none: continuations of the row above, and
    heads of the rows below.
    """
    width = max(map(len, texts))
    rows = [text for text in texts[1:] if GAP.search(text.strip())]
    unaligned = [text for text in texts[1:] if not GAP.search(text.strip())]
    are_beside = all(_is_continuation(text, width) or _is_head(text) for text in unaligned)
    is_few = len(unaligned) <= _MAX_SHARE_WITHOUT_COLUMNS * len(texts) and len(rows) >= _MIN_ROWS
    return [texts[0], *rows] if unaligned and are_beside and is_few else list(texts)


def _is_continuation(line: str, width: int) -> bool:
    """Whether a line without columns of its own is indented, as what goes on with the row above it."""
    indent = len(line) - len(line.lstrip())
    return 1 < indent < _MAX_PLACE_OF_CONTINUATION * width


def _is_head(line: str) -> bool:
    """Whether a line without columns heads the rows below it: "HAEMATOLOGY"."""
    return line[:1].isalpha() and len(line) <= _MAX_CHARACTERS_OF_HEAD and line[-1] not in ".!?,;"
