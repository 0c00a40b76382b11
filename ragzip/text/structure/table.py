"""Tables of values parted by a delimiter: CSV, TSV and the like. A row needs the header."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import zip_longest

from ragzip.text.forms import PlainForm
from ragzip.text.spans import Span
from ragzip.text.structure.base import Relation, Structure, StructuredTable, StructuredUnit

__all__ = ["read", "recognises"]

_DELIMITERS = ",\t;|"
_SAMPLED_CHARACTERS = 20_000
_MIN_ROWS = 3
_MAX_SHARE_OF_OTHER_WIDTHS = 0.02
_MIN_COLUMNS_BY_CONTENT = 3  # prose has lines with one comma
_MAX_NAME_CHARACTERS = 60  # of a column's name in the reading of each row


def recognises(source: str) -> bool:
    """Whether a text of an unknown type is a table: all lines have the same number of values, at least three."""
    sample = source[:_SAMPLED_CHARACTERS]
    if source.count("\n") < _MIN_ROWS - 1:
        return False
    delimiter = _delimiter(sample)
    if delimiter is None:
        return False
    rows = list(_rows(sample, delimiter))[: -1 if len(source) > len(sample) else None]
    width = len(rows[0]) if rows else 0
    return width >= _MIN_COLUMNS_BY_CONTENT and len(rows) >= _MIN_ROWS and all(len(row) == width for row in rows)


def read(source: str) -> Structure | None:
    """The structure of a table; None of a text without a delimiter, or with one line."""
    delimiter = _delimiter(source[:_SAMPLED_CHARACTERS])
    rows = list(_rows(source, delimiter)) if delimiter else []
    if len(rows) < 2:
        return None
    columns = tuple(_value(source, cell) for cell in rows[0])
    names = [column[:_MAX_NAME_CHARACTERS] for column in columns]
    cells = tuple(tuple(row[: len(columns)]) for row in rows[1:])
    header = StructuredUnit(*_span_of(source, rows[0]), Relation(section=Span(rows[1][0].start, rows[-1][-1].end)))
    units = [header]
    for row in rows[1:]:
        units.append(
            StructuredUnit(*_span_of(source, row), Relation(needs=(0,)), _reading(source, names, row), is_record=True)
        )
    return Structure("table", tuple(units), PlainForm(source), (StructuredTable(columns, 1, len(rows), cells),))


def _delimiter(sample: str) -> str | None:
    """The delimiter that parts the lines of ``sample`` most evenly; None where none does."""
    lines = [line for line in sample.split("\n")[:100] if line.strip()]
    counts_by_delimiter = {
        delimiter: [len(_QUOTED.sub("", line).split(delimiter)) for line in lines] for delimiter in _DELIMITERS
    }
    evenness = {
        delimiter: sum(count == max(set(counts), key=counts.count) for count in counts)
        for delimiter, counts in counts_by_delimiter.items()
        if counts and max(set(counts), key=counts.count) > 1
    }
    return max(evenness, key=lambda delimiter: evenness[delimiter]) if evenness else None


_QUOTED = re.compile(r'"(?:[^"]|"")*+"')


@cache
def _cell_pattern(delimiter: str) -> re.Pattern[str]:
    return re.compile(rf'[ ]*+("(?:[^"]|"")*+"[^{re.escape(delimiter)}\r\n]*+|[^{re.escape(delimiter)}\r\n]*+)')


def _rows(source: str, delimiter: str) -> Iterator[list[Span]]:
    """The cells of each row that is not blank."""
    pattern = _cell_pattern(delimiter)
    row: list[Span] = []
    place = 0
    while place <= len(source):
        cell = pattern.match(source, place)
        assert cell is not None  # it matches nothing at all, too
        row.append(Span(cell.start(1), cell.end(1)))
        place = cell.end()
        if place < len(source) and source[place] == delimiter:
            place += 1
            continue
        if any(not source[start:end].isspace() for start, end in row if start < end):
            yield row
        row = []
        place += 2 if source.startswith("\r\n", place) else 1


def _span_of(source: str, row: Sequence[Span]) -> Span:
    """The row without white space at its ends."""
    start, end = row[0].start, row[-1].end
    while source[start].isspace():
        start += 1
    while source[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _value(source: str, cell: Span) -> str:
    """The text of a cell, without quotes."""
    text = source[cell.start : cell.end].strip()
    return text[1:-1].replace('""', '"') if len(text) > 1 and text[0] == text[-1] == '"' else text


def _reading(source: str, names: Sequence[str], row: Sequence[Span]) -> str:
    """The row with the names of its columns: "station: Leeds, year: 2018"."""
    values = [_value(source, cell) for cell in row]
    named_values = zip_longest(names[: len(values)], values, fillvalue="")
    return ", ".join(f"{name}: {value}" if name else value for name, value in named_values if value)
