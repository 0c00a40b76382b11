"""How tables are set: rows of values parted by a delimiter, by bars, or by blanks."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from typing import NamedTuple, Protocol

from ragzip.text.spans import Span
from ragzip.text.splitters.cells import BarEdges, bar_cells, edges_of, header_rows, is_rule, kind_of
from ragzip.text.splitters.scanner import trim

__all__ = ["Aligned", "Bars", "Delimited", "TableLayout", "TableRow", "layout_of", "sure_layout_of"]

_DELIMITERS = ",\t;|"
_SAMPLED_CHARACTERS = 20_000
_SAMPLED_LINES = 100
_MIN_ROWS = 3
_MAX_OTHER_LINES = 3  # above and below a table: a title, a count of rows
_MAX_CHARACTERS_OF_TITLE = 60
_MAX_WORDS_OF_CELL = 12  # on average: prose has longer clauses


class TableRow(NamedTuple):
    """A line of a table: its place, without white space at its ends, and its values (none of a rule)."""

    start: int
    end: int
    values: Sequence[str]


class TableLayout(Protocol):
    """How the rows of a table are written."""

    def rows(self, source: str) -> Iterator[TableRow]:
        """The rows that have values, and the rules, in order."""
        ...

    def cells(self, source: str, start: int, end: int) -> list[Span]:
        """The cells of the row (or rule) ``source[start:end]``, with their quotes."""
        ...


class Delimited:
    """Values parted by one character, those with quotes as in CSV (RFC 4180)."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter

    def rows(self, source: str) -> Iterator[TableRow]:
        line_start = 0
        if "\r" in source and "\n" not in source:
            yield from self._quoted(source, line_start)
            return
        for line in source.split("\n"):
            line_end = line_start + len(line)
            if line and not line.isspace():
                if '"' in line:
                    yield from self._quoted(source, line_start)
                    return
                blanks = len(line) - len(line.lstrip())
                values = line.rstrip("\r").split(self.delimiter)
                values = [value.strip() for value in values]
                if any(values):
                    yield TableRow(line_start + blanks, line_start + len(line.rstrip()), values)
            line_start = line_end + 1

    def _quoted(self, source: str, place: int) -> Iterator[TableRow]:
        """The rows from ``place`` on, which have quotes."""
        values: list[str] = []
        row_start = -1
        for cell_match in _ended_cell_pattern(self.delimiter).finditer(source, place):
            if row_start < 0:
                row_start = cell_match.start(1)
            values.append(_value(cell_match[1]))
            if cell_match[2] == self.delimiter:
                continue
            if any(values):
                row_span = trim(source, row_start, cell_match.end(1))
                assert row_span is not None  # it has values
                yield TableRow(*row_span, values)
            values, row_start = [], -1

    def cells(self, source: str, start: int, end: int) -> list[Span]:
        line_start = start
        while line_start and source[line_start - 1] in " \t":  # values that are empty
            line_start -= 1
        line_end = end
        while line_end < len(source) and source[line_end] in " \t":
            line_end += 1
        cells: list[Span] = []
        cell_start = line_start
        while cell_start <= line_end:
            cell_match = _cell_pattern(self.delimiter).match(source, cell_start, line_end)
            assert cell_match is not None
            cells.append(Span(*cell_match.span(1)))
            cell_start = cell_match.end() + 1
        return cells


class Bars:
    """Values parted by bars: Markdown, tables of terminals, and one row a line without outer bars."""

    def __init__(self, edges: BarEdges) -> None:
        self.edges = edges

    def rows(self, source: str) -> Iterator[TableRow]:
        for line_start, line_end in _lines(source):
            line = source[line_start:line_end]
            if line[0] in "|+-=:─━═┌├└╔╠╚╞╒╘│┃║" and is_rule(line):
                yield TableRow(line_start, line_end, ())
            else:
                yield TableRow(line_start, line_end, self._values(line))

    def _values(self, line: str) -> list[str]:
        if "\\" in line or not line.isascii():
            return [line[cell_start:cell_end] for cell_start, cell_end in bar_cells(line, 0, len(line), self.edges)]
        values = [value.strip() for value in line.split("|")]
        if self.edges.opening and not values[0]:
            del values[0]
        if self.edges.closing and values and not values[-1]:
            del values[-1]
        return values or [""]

    def cells(self, source: str, start: int, end: int) -> list[Span]:
        return bar_cells(source, start, end, self.edges)


class Aligned:
    """Values under each other, parted by two or more blanks (or a tab) in all rows.

    :param columns: the offsets in a line at which the columns begin.
    """

    def __init__(self, columns: Sequence[int]) -> None:
        self.columns = columns

    def rows(self, source: str) -> Iterator[TableRow]:
        for line_start, line_end in _lines(source):
            if is_rule(source[line_start:line_end]):
                yield TableRow(line_start, line_end, ())
            else:
                yield TableRow(
                    line_start,
                    line_end,
                    [source[cell_start:cell_end] for cell_start, cell_end in self.cells(source, line_start, line_end)],
                )

    def cells(self, source: str, start: int, end: int) -> list[Span]:
        line_start = max(source.rfind("\n", 0, start), source.rfind("\r", 0, start)) + 1
        cell_starts: list[int] = [-1] * len(self.columns)
        cell_ends: list[int] = [-1] * len(self.columns)
        for cell_match in _ALIGNED_CELL.finditer(source, start, end):
            column = bisect_right(self.columns, cell_match.end() - line_start - 1) - 1
            cell_starts[column] = cell_match.start() if cell_starts[column] < 0 else cell_starts[column]
            cell_ends[column] = cell_match.end()
        cells: list[Span] = []
        for cell_start, cell_end in zip(cell_starts, cell_ends, strict=True):
            previous_end = cells[-1].end if cells else start
            cells.append(Span(cell_start, cell_end) if cell_start >= 0 else Span(previous_end, previous_end))
        return cells


_ALIGNED_CELL = re.compile(r"\S++(?: \S++)*+")


def layout_of(source: str) -> TableLayout | None:
    """The likeliest layout of a table; None of a text that is none."""
    sample = source[:_SAMPLED_CHARACTERS]
    return _bars_of(sample, sure=False) or _delimited_of(sample) or _aligned_of(sample)


def sure_layout_of(source: str) -> TableLayout | None:
    """The layout of a text that is surely a table; None of any other."""
    sample = source[:_SAMPLED_CHARACTERS]
    if len(sample) < len(source):
        sample = sample[: sample.rfind("\n") + 1]
    if sample.count("\n") < _MIN_ROWS - 1 and "\r" not in sample:
        return None
    bars = _bars_of(sample, sure=True)
    if bars is not None:
        return bars
    delimited = _delimited_of(sample)
    if delimited is not None and _is_even(list(delimited.rows(sample)), delimited.delimiter):
        return delimited
    aligned = _aligned_of(sample)
    if aligned is None:
        return None
    value_rows = [table_row.values for table_row in aligned.rows(sample) if table_row.values]
    return aligned if len(value_rows) >= _MIN_ROWS and header_rows(value_rows) and _has_numbers(value_rows) else None


def _is_even(rows: Sequence[TableRow], delimiter: str) -> bool:
    """Whether all rows have the same number of short values, at least three; prose has lines with commas, too."""
    row_width = len(rows[0].values) if rows else 0
    if row_width < 3 or len(rows) < _MIN_ROWS or any(len(row.values) != row_width for row in rows):
        return False
    cell_values = [value for row in rows for value in row.values]
    if sum(len(value.split()) for value in cell_values) > _MAX_WORDS_OF_CELL * len(cell_values):
        return False
    if delimiter == "\t":
        return True
    ends_as_sentences = sum(row.values[-1][-1:] in ".!?" for row in rows) > len(rows) // 2
    return not ends_as_sentences and (_has_numbers([row.values for row in rows]) or not _is_prose(rows))


def _is_prose(rows: Sequence[TableRow]) -> bool:
    """Whether rows of text end as sentences or have capital letters at their beginnings alone."""
    sentence_end_count = sum(row.values[-1][-1:] in ".!?,;:" for row in rows)
    word_count = sum(len(value.split()) for row in rows for value in row.values)
    return sentence_end_count > len(rows) // 4 or word_count > 2.5 * sum(len(row.values) for row in rows)


def _has_numbers(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a column has numbers or times in most rows below the first."""
    body_rows = rows[1:]
    return any(
        sum(column < len(row) and kind_of(row[column]) in ("number", "time") for row in body_rows) > len(body_rows) / 2
        for column in range(len(rows[0]))
    )


def _bars_of(sample: str, *, sure: bool) -> Bars | None:
    """The layout of a text whose lines have bars, all but a few at its ends; None of any other."""
    line_texts = [sample[line_start:line_end] for line_start, line_end in islice(_lines(sample), _SAMPLED_LINES)]
    has_bars = [is_rule(line_text) or any(bar in line_text for bar in "|│┃║") for line_text in line_texts]
    if sum(has_bars) < 2:
        return None
    first_row = has_bars.index(True)
    rows_end = len(has_bars) - has_bars[::-1].index(True)
    row_texts = [line_text for line_text in line_texts[first_row:rows_end] if not is_rule(line_text)]
    has_rule = any(is_rule(line_text) for line_text in line_texts[first_row : first_row + 3])
    if (
        not row_texts
        or not all(has_bars[first_row:rows_end])
        or not all(any(bar in row_text for bar in "|│┃║") for row_text in row_texts)
    ):
        return None
    other_lines = [*line_texts[:first_row], *line_texts[rows_end:]]
    if len(other_lines) > (_MAX_OTHER_LINES if has_rule else 0):
        return None
    if sure and any(
        len(title_line) > _MAX_CHARACTERS_OF_TITLE or title_line[-1] in ".!?:" for title_line in other_lines
    ):
        return None
    layout = Bars(edges_of(row_texts))
    width_counts = Counter(len(layout.cells(row_text, 0, len(row_text))) for row_text in row_texts)
    usual_width, usual_count = width_counts.most_common(1)[0]
    if (
        usual_width < 2
        or usual_count < 0.8 * len(row_texts)
        or (usual_width == 2 and not sure and not has_rule and '"' in sample)
    ):
        return None
    is_parted = has_rule or all(" |" in row_text or "| " in row_text for row_text in row_texts)
    return layout if not sure or (is_parted and len(row_texts) >= (2 if has_rule else _MIN_ROWS)) else None


def _delimited_of(sample: str) -> Delimited | None:
    """The delimiter that parts the lines of ``sample`` most evenly; None where none does."""
    sampled_lines = [line for line in _QUOTED_VALUE.sub("", sample).splitlines()[:_SAMPLED_LINES] if line.strip()]
    evenness: dict[str, tuple[int, int]] = {}
    for delimiter in _DELIMITERS:
        width_counts = Counter(line.count(delimiter) + 1 for line in sampled_lines)
        counts_by_width = {row_width: line_count for row_width, line_count in width_counts.items() if row_width > 1}
        if counts_by_width:
            usual_width = max(counts_by_width, key=lambda width: counts_by_width[width])
            evenness[delimiter] = counts_by_width[usual_width], usual_width
    if not evenness:
        return None
    return Delimited(max(evenness, key=lambda delimiter: evenness[delimiter]))


_QUOTED_VALUE = re.compile(r'(?<![^,;\t|\n\r ])"[^"]*+(?:""[^"]*+)*+"')


@cache
def _ended_cell_pattern(delimiter: str) -> re.Pattern[str]:
    """A cell with what ends it: the delimiter, or the line."""
    return re.compile(rf"{_cell_pattern(delimiter).pattern}({re.escape(delimiter)}|\r\n|\r|\n|\Z)")


@cache
def _cell_pattern(delimiter: str) -> re.Pattern[str]:
    unquoted_text = rf"[^{re.escape(delimiter)}\r\n]*+"
    return re.compile(rf'[ ]*+("[^"]*+(?:""[^"]*+)*+"{unquoted_text}|{unquoted_text})')


def _aligned_of(sample: str) -> Aligned | None:
    """The layout of lines with blanks under each other; None where a line has no such gap."""
    line_spans = list(islice(_lines(sample), _SAMPLED_LINES))
    line_texts = [sample[_line_start(sample, line_start) : line_end] for line_start, line_end in line_spans]
    line_texts = [line_text for line_text in line_texts if not is_rule(line_text)]
    if len(line_texts) < 2 or any("\t" in line_text for line_text in line_texts) or max(map(len, line_texts)) > 400:
        return None
    inked_columns = 0
    for line_text in line_texts:
        inked_columns |= int("".join("0" if character == " " else "1" for character in reversed(line_text)), 2)
    column_flags = bin(inked_columns)[:1:-1]
    column_starts = [column_match.start() for column_match in re.finditer(r"1++(?:0(?=1)1++)*+", column_flags)]
    if len(column_starts) < 2 or not all(_COLUMN_GAP.search(line_text.strip()) for line_text in line_texts):
        return None
    return Aligned([0, *column_starts[1:]])


_COLUMN_GAP = re.compile(r"\S {2,}\S")


def _line_start(text: str, place: int) -> int:
    return max(text.rfind("\n", 0, place), text.rfind("\r", 0, place)) + 1


_LINE_TEXT = re.compile(r"[^\n\r]++")


def _lines(source: str) -> Iterator[Span]:
    """The lines that are not blank, without white space at their ends."""
    for line_match in _LINE_TEXT.finditer(source):
        if line_span := trim(source, *line_match.span()):
            yield line_span


def _value(text: str) -> str:
    """The text of a cell on one line, without quotes."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].replace('""', '"')
    return " ".join(text.split()) if "\n" in text or "\r" in text else text
