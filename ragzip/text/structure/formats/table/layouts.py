"""Layouts of tables: rows of values separated by a delimiter, by bars, or by blanks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby, islice, zip_longest
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.cells import BarEdges, bar_cells, edges_of, header_rows, is_rule, kind_of
from ragzip.text.splitters.scanner import trim
from ragzip.text.structure.formats.table.aligned import Aligned, Words, aligned_of
from ragzip.text.structure.formats.table.rows import TableLayout, TableRow, row_lines
from ragzip.text.structure.formats.table.word_columns import GAP

__all__ = ["Aligned", "Bars", "Delimited", "TableLayout", "TableRow", "Words", "layout_of", "sure_layout_of"]

_DELIMITERS = ",\t;|"
_COLON = ":"  # parts the fields of passwd and the like, which have no header
_MIN_FIELDS = 4  # of a record that colons part: times have three
_RECORD_OF_FIELDS = pattern_of(r"[A-Za-z_][\w.@$+-]{0,63}:(?!.*(?:: |//))")
_SAMPLED_CHARACTERS = 20_000
_SAMPLED_LINES = 100
_MIN_ROWS = 3
_MIN_WIDTH = 3
_MAX_LACKING = 2  # values at the end of a ragged row
_MAX_OTHER_LINES = 3  # above and below a table: a title, a count of rows
_MAX_CHARACTERS_OF_TITLE = 60
_MAX_CHARACTERS_ABOVE_RULE = 200  # of a title: a query
_MAX_WORDS_OF_LABEL = 6
_MIN_SHARE_OF_ROWS = 0.6
_WIDTH_OF_KEYS = 2
_MAX_WORDS_OF_CELL = 12  # on average: prose has longer clauses


class Delimited:
    """Values separated by one character, those with quotes as in CSV (RFC 4180)."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter

    @property
    def may_have_header(self) -> bool:
        """Whether a row may name the columns: fields that colons part have none."""
        return self.delimiter != _COLON

    def rows(self, source: str) -> Iterator[TableRow]:
        place = 0
        if "\r" in source and "\n" not in source:
            yield from self._quoted(source, place)
            return
        for line in source.split("\n"):
            line_end = place + len(line)
            if line and not line.isspace():
                if '"' in line:
                    yield from self._quoted(source, place)
                    return
                blanks = len(line) - len(line.lstrip())
                values = line.rstrip("\r").split(self.delimiter)
                values = [value.strip() for value in values]
                if any(values):
                    yield TableRow(place + blanks, place + len(line.rstrip()), values)
            place = line_end + 1

    def _quoted(self, source: str, place: int) -> Iterator[TableRow]:
        """The rows from ``place`` on, which have quotes."""
        values: list[str] = []
        start = -1  # of the row
        for cell in _ended_cell_pattern(self.delimiter).finditer(source, place):
            if start < 0:
                start = cell.start(1)
            values.append(_value(cell[1]))
            if cell[2] == self.delimiter:
                continue
            if any(values):
                row = trim(source, start, cell.end(1))
                assert row is not None  # it has values
                yield TableRow(*row, values)
            values, start = [], -1

    def cells(self, source: str, start: int, end: int) -> list[Span]:
        line_start = start
        while line_start and source[line_start - 1] in " \t":  # values that are empty
            line_start -= 1
        line_end = end
        while line_end < len(source) and source[line_end] in " \t":
            line_end += 1
        cells: list[Span] = []
        place = line_start
        while place <= line_end:
            cell = _cell_pattern(self.delimiter).match(source, place, line_end)
            assert cell is not None
            cells.append(Span(*cell.span(1)))
            place = cell.end() + 1
        return cells


class Bars:
    """Values parted by bars: Markdown, tables of terminals, and one row a line without outer bars.

    :param is_grid: whether rules part the rows, which may have several lines.
    """

    def __init__(self, edges: BarEdges, *, is_grid: bool = False) -> None:
        self.edges, self.is_grid = edges, is_grid

    def rows(self, source: str) -> Iterator[TableRow]:
        open_row: TableRow | None = None
        further_lines: list[TableRow] = []
        for row in self._lines(source):
            if open_row is not None and self.is_grid and row.values and _goes_on(row.values):
                further_lines.append(row)
                continue
            if open_row is not None:
                yield _joined(open_row, further_lines)
            further_lines = []
            open_row = row if row.values else None
            if open_row is None:
                yield row
        if open_row is not None:
            yield _joined(open_row, further_lines)

    def _lines(self, source: str) -> Iterator[TableRow]:
        for start, end in row_lines(source):
            line = source[start:end]
            if line[0] in "|+-=:─━═┌├└╔╠╚╞╒╘│┃║" and is_rule(line):
                yield TableRow(start, end, ())
            else:
                yield TableRow(start, end, self._values(line))

    def _values(self, line: str) -> list[str]:
        if "\\" in line or not line.isascii():
            return [line[left:right] for left, right in bar_cells(line, 0, len(line), self.edges)]
        values = [value.strip() for value in line.split("|")]
        if self.edges.opening and not values[0]:
            del values[0]
        if self.edges.closing and values and not values[-1]:
            del values[-1]
        return values or [""]

    def cells(self, source: str, start: int, end: int) -> list[Span]:
        line_end = source.find("\n", start, end)
        return bar_cells(source, start, end if line_end < 0 else line_end, self.edges)


def _joined(row: TableRow, further_lines: Sequence[TableRow]) -> TableRow:
    """A row of a grid with further lines of it."""
    if not further_lines:
        return row
    columns = zip_longest(row.values, *(line.values for line in further_lines), fillvalue="")
    return TableRow(row.start, further_lines[-1].end, [" ".join(filter(None, cells)) for cells in columns])


def _is_grid(layout: Bars, texts: Sequence[str]) -> bool:
    """Whether rules part all rows below the header, which go on in lines that say no more of a row of its own."""
    runs = [list(run) for is_line, run in groupby(texts, lambda text: not is_rule(text)) if is_line]
    further = [
        [text[left:right] for left, right in layout.cells(text, 0, len(text))] for run in runs for text in run[1:]
    ]
    return len(runs) > _MIN_ROWS - 1 and bool(further) and all(map(_goes_on, further))


def _goes_on(values: Sequence[str]) -> bool:
    """Whether a line of a table with bars goes on with the row above it, rather than begins one of the same group."""
    filled = [value for value in values if value]
    if values[0] or not filled:
        return False
    is_alone = len(filled) == 1 and len(values) > 2 and " " in filled[0]
    is_text = all(kind_of(value) == "text" for value in filled)
    return is_alone or (is_text and (len(values) - len(filled) > 1 or filled[0][0].islower()))


def layout_of(source: str) -> TableLayout | None:
    """The likeliest layout of a table; None of a text that is none."""
    sample = source[:_SAMPLED_CHARACTERS]
    return sure_layout_of(source) or _bars_of(sample, sure=False) or _delimited_of(sample) or aligned_of(sample)


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
    if _has_fields(sample):
        return Delimited(_COLON)
    delimited = _delimited_of(sample)
    if delimited is not None and _is_even(list(delimited.rows(sample)), delimited.delimiter, sample):
        return delimited
    aligned: Aligned | Words | None = None
    for titles in range(_MAX_OTHER_LINES + 1):
        if aligned is None or _is_apart(sample, titles):
            layout = aligned_of(sample, titles)
            rows = [row.values for row in layout.rows(sample) if row.values][titles:] if layout else []
            is_table = len(rows) >= _MIN_ROWS and not _are_keys(rows) and bool(header_rows(rows))
            is_table = is_table and (_has_numbers(rows) or _has_capital_names(rows))
            if is_table and (aligned is None or len(rows[0]) > _width_of(aligned, sample)):
                aligned = layout
    return aligned


def _are_keys(rows: Sequence[Sequence[str]]) -> bool:
    """Whether rows are keys with colons, each with a value: they have no header."""
    keys = sum(len(row) <= _WIDTH_OF_KEYS and row[0].endswith(":") for row in rows)
    return keys >= _MIN_SHARE_OF_ROWS * len(rows)


def _width_of(layout: Aligned | Words, sample: str) -> int:
    """The columns of a table."""
    return max(len(row.values) for row in layout.rows(sample))


def _is_apart(sample: str, titles: int) -> bool:
    """Whether a blank line stands below so many lines of titles."""
    *_, title, below = islice(row_lines(sample), titles + 1)
    return sample.count("\n", title.end, below.start) > 1


def _has_fields(sample: str) -> bool:
    """Whether all lines but comments are records of fields that colons part, as many in each, one of them a number."""
    lines = [sample[start:end] for start, end in islice(row_lines(sample), _SAMPLED_LINES)]
    records = [line for line in lines if line[0] != "#"]
    if len(records) < _MIN_ROWS or not all(map(_RECORD_OF_FIELDS.match, records)):
        return False
    rows = [record.split(_COLON) for record in records]
    return len(rows[0]) >= _MIN_FIELDS and len(set(map(len, rows))) == 1 and _has_numbers(rows)


def _is_even(all_rows: Sequence[TableRow], delimiter: str, sample: str) -> bool:
    """Whether all rows but a few titles, labels and comments have the same number of short values, at least three;
    prose has lines with commas, too.
    """
    rows = all_rows if delimiter == "|" else [row for row in all_rows if not _is_beside(row)]  # bars: Markdown
    comments = sum(row.values[0].startswith("#") for row in all_rows)
    if len(rows) < _MIN_SHARE_OF_ROWS * (len(all_rows) - comments):
        return False
    width = len(rows[0].values) if rows else 0
    if width < _MIN_WIDTH or len(rows) < _MIN_ROWS:
        return False
    is_tight = delimiter != "|" and f"{delimiter} " not in _QUOTED.sub("", sample)  # as no prose is
    if any(len(row.values) != width for row in rows) and not (is_tight and _is_ragged(rows)):
        return False
    values = [value for row in rows for value in row.values]
    if sum(len(value.split()) for value in values) > _MAX_WORDS_OF_CELL * len(values):
        return False
    if delimiter == "\t":
        return True
    if all(sample[row.start] == '"' for row in rows):
        return True
    ends = sum(row.values[-1].endswith((".", "!", "?")) for row in rows)
    ends_as_sentences = not is_tight and ends > len(rows) // 2
    has_numbers = _has_numbers([row.values for row in rows])
    return not ends_as_sentences and (has_numbers or not (_is_prose(rows) or len(rows) < len(all_rows)))


def _is_ragged(rows: Sequence[TableRow]) -> bool:
    """Whether rows below a header lack nothing but a value or two at their ends."""
    values = [row.values for row in rows]
    width = len(values[0])
    is_near = all(max(_MIN_WIDTH, width - _MAX_LACKING) <= len(row) <= width for row in values)
    return is_near and header_rows(values) > 0 and _has_numbers(values)


def _is_beside(row: TableRow) -> bool:
    """Whether a line stands beside the rows of values: a short title or label, or a comment."""
    if row.values[0].startswith("#"):
        return True
    label = row.values[0]
    return len(row.values) == 1 and len(label.split()) <= _MAX_WORDS_OF_LABEL and label[-1] not in ".!?"


def _is_prose(rows: Sequence[TableRow]) -> bool:
    """Whether rows of text end as sentences or have capital letters at their beginnings alone."""
    ends = sum(row.values[-1].endswith(tuple(".!?,;:")) for row in rows)
    words = sum(len(value.split()) for row in rows for value in row.values)
    return ends > len(rows) // 4 or words > 2.5 * sum(len(row.values) for row in rows)


def _has_numbers(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a column has numbers or times in most rows below the first."""
    body = rows[1:]
    return any(
        sum(column < len(row) and kind_of(row[column]) in ("number", "time") for row in body) > len(body) / 2
        for column in range(len(rows[0]))
    )


def _has_capital_names(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row alone is in capital letters: a command prints the names of its columns so."""
    names = [name for name in rows[0] if name]
    values = [value for row in rows[1:] for value in row if kind_of(value) == "text"]
    return len(names) >= _MIN_WIDTH and all(map(str.isupper, names)) and 2 * sum(map(str.isupper, values)) < len(values)


class _BarredLines(NamedTuple):
    """The lines of a text from the first to the last with bars, the rows among them, whether a rule is at their top,
    and the lines before and after them.
    """

    lines: list[str]
    rows: list[str]
    has_rule: bool
    other_lines: list[str]


def _barred_lines(sample: str) -> _BarredLines | None:
    """The lines with bars of a text; None where others are among them, or more than a few at its ends."""
    texts = [sample[start:end] for start, end in islice(row_lines(sample), _SAMPLED_LINES)]
    has_bars = [is_rule(text) or any(bar in text for bar in "|│┃║") for text in texts]
    if sum(has_bars) < 2:
        return None
    first = has_bars.index(True)
    last = len(has_bars) - has_bars[::-1].index(True)
    rows = [text for text in texts[first:last] if not is_rule(text)]
    has_rule = any(is_rule(text) for text in texts[first : first + 3])
    if not rows or not all(has_bars[first:last]):
        return None
    other_lines = [*texts[:first], *texts[last:]]
    if len(other_lines) > (_MAX_OTHER_LINES if has_rule else 0):
        return None
    return _BarredLines(texts[first:last], rows, has_rule, other_lines)


def _bars_of(sample: str, *, sure: bool) -> Bars | None:
    """The layout of a text whose lines have bars, all but a few at its ends; None of any other."""
    barred = _barred_lines(sample)
    if barred is None:
        return None
    lines, rows, has_rule, other_lines = barred
    longest_title = _MAX_CHARACTERS_ABOVE_RULE if has_rule and len(rows) >= _MIN_ROWS else _MAX_CHARACTERS_OF_TITLE
    if sure and any(len(other) > longest_title or other[-1] in ".!?:" for other in other_lines):
        return None
    layout = Bars(edges_of(rows))
    widths = Counter(len(layout.cells(row, 0, len(row))) for row in rows)
    width, count = widths.most_common(1)[0]
    if width < 2 or count < 0.8 * len(rows) or (width == 2 and not sure and not has_rule and '"' in sample):
        return None
    if has_rule and _is_grid(layout, lines):
        layout = Bars(layout.edges, is_grid=True)
    is_parted = has_rule or all(" |" in row or "| " in row for row in rows)
    return layout if not sure or (is_parted and len(rows) >= (2 if has_rule else _MIN_ROWS)) else None


def _delimited_of(sample: str) -> Delimited | None:
    """The delimiter that parts the lines of ``sample`` most evenly; None where none does."""
    lines = [line for line in _QUOTED.sub("", sample).splitlines()[:_SAMPLED_LINES] if line.strip()]
    evenness: dict[str, tuple[int, int]] = {}
    for delimiter in _DELIMITERS if not _are_decimal(lines) else _DELIMITERS.replace(",", ""):
        counts = Counter(line.count(delimiter) + 1 for line in lines)
        wide = {width: count for width, count in counts.items() if width > 1}
        if wide:
            width = max(wide, key=lambda width: wide[width])
            evenness[delimiter] = wide[width], width
    if not evenness:
        return None
    return Delimited(max(evenness, key=lambda delimiter: evenness[delimiter]))


def _are_decimal(lines: Sequence[str]) -> bool:
    """Whether all commas of a table that blanks set are in numbers: "640,00"."""
    with_commas = [line for line in lines if "," in line]
    gaps = sum(GAP.search(line.strip()) is not None for line in with_commas)
    return 2 * gaps > len(with_commas) and not any(map(_COMMA_OUTSIDE_NUMBER.search, with_commas))


_COMMA_OUTSIDE_NUMBER = pattern_of(r"(?<!\d),|,(?!\d)")
_QUOTED = pattern_of(r'(?<![^,;\t|\n\r ])"[^"]*+(?>(?:""[^"]*+)*)"')


@cache
def _ended_cell_pattern(delimiter: str) -> re.Pattern[str]:
    """A cell with what ends it: the delimiter, or the line."""
    return re.compile(rf"{_cell_pattern(delimiter).pattern}({re.escape(delimiter)}|\r\n|\r|\n|\Z)")


@cache
def _cell_pattern(delimiter: str) -> re.Pattern[str]:
    other = rf"[^{re.escape(delimiter)}\r\n]*+"
    return re.compile(rf'[ ]*+("[^"]*+(?>(?:""[^"]*+)*)"{other}|{other})')


def _value(text: str) -> str:
    """The text of a cell on one line, without quotes."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].replace('""', '"')
    return " ".join(text.split()) if "\n" in text or "\r" in text else text
