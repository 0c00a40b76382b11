"""Sheets of workbooks, as ragzip.files.sheets writes them. A row needs the letters and names of its columns.

Structural anchors (SpreadsheetLLM, arXiv 2407.09025): of a long block, the rows within four of its ends or of a row
whose kinds of values differ from those of the row before. The other rows look like their neighbours and are one group:
a model reads its ends, and the rows that share words or numbers with the query.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.cells import header_rows, kind_of
from ragzip.text.structure.base import Cells, Relation, Structure, StructuredTable, StructuredUnit
from ragzip.text.structure.formats.table import RowForm
from ragzip.text.structure.formats.table.layouts import Delimited, TableRow
from ragzip.text.structure.formats.table.naming import column_names, prefixes_of, row_reading

__all__ = ["read"]

_COLUMN_LETTERS = pattern_of(r"(?>(?:,[A-Z]{1,3})+)")
_MERGED_RANGE = pattern_of(r" \([A-Z]{1,3}\d{1,7}:([A-Z]{1,3})\d{1,7}\)$")
_CELL_AREA = pattern_of(r"[A-Z]{1,3}\d{1,7}(?::[A-Z]{1,3}\d{1,7})?")
_NEAR_ROWS = 4  # of an anchor
_MIN_ROWS_OF_GROUPS = 200
_SAMPLED_ROWS = 60


def read(source: str) -> Structure | None:
    """The structure of a sheet; None of a text without letters of columns."""
    layout = Delimited(",")
    rows = list(layout.rows(source))
    letter_rows = [
        row_number for row_number, row in enumerate(rows) if _COLUMN_LETTERS.fullmatch(source, row.start, row.end)
    ]
    if not letter_rows:
        return _read_index(source, rows)
    if not all(row.values[0].isdecimal() for row in _numbered(rows, letter_rows)):
        return None
    units = [
        StructuredUnit(row.start, row.end, Relation(section=Span(rows[letter_rows[0]].start, rows[-1].end)))
        for row in rows[: letter_rows[0]]
    ]
    tables: list[StructuredTable] = []
    names_by_letter: dict[str, str] = {}
    for block_start, block_end in zip(letter_rows, [*letter_rows[1:], len(rows)], strict=True):
        if block_end > block_start + 1:
            tables.append(_read_block(source, layout, rows[block_start:block_end], units, names_by_letter))
    return Structure("sheet", tuple(units), RowForm(source, units), tuple(tables))


def _read_index(source: str, rows: Sequence[TableRow]) -> Structure | None:
    """The structure of an index of values: a line needs the name of the sheet."""
    if len(rows) < 2 or not all(all(map(_CELL_AREA.fullmatch, row.values[1:])) and row.values[1:] for row in rows[1:]):
        return None
    title, *value_lines = rows
    units = [StructuredUnit(title.start, title.end, Relation(section=Span(value_lines[0].start, value_lines[-1].end)))]
    units += [
        StructuredUnit(value_line.start, value_line.end, Relation((0,)), _index_reading(value_line), True)
        for value_line in value_lines
    ]
    return Structure("sheet", tuple(units), RowForm(source, units))


def _index_reading(line: TableRow) -> str:
    return f"{line.values[0].strip('<>')}: {', '.join(line.values[1:])}"


def _numbered(rows: Sequence[TableRow], starts: Sequence[int]) -> Iterator[TableRow]:
    """The rows below the first letters, without the letters."""
    return (row for number, row in enumerate(rows[starts[0] :], starts[0]) if number not in set(starts))


def _read_block(
    source: str,
    layout: Delimited,
    rows: Sequence[TableRow],
    units: list[StructuredUnit],
    names_by_letter: dict[str, str],
) -> StructuredTable:
    """Read the rows below a line of letters into ``units``; a block without names has those of the blocks above it."""
    letters = rows[0].values[1:]
    values = [[*row.values[1:], *[""] * (len(letters) - len(row.values) + 1)] for row in rows[1:]]
    header_count = header_rows([[_MERGED_RANGE.sub("", value) for value in row] for row in values[:_SAMPLED_ROWS]])
    # Of a damaged sheet a row may be wider than the line of letters: those cells name no column.
    header_values = [_spread(row[: len(letters)], letters) for row in values[:header_count]]
    if header_values:
        names_by_letter.update(zip(letters, column_names(header_values, len(letters)), strict=True))
    columns = tuple(names_by_letter.get(letter, "") for letter in letters)
    first_row, body_rows = 1 + header_count, rows[1 + header_count :]
    header_place = len(units)
    section_span = Span(body_rows[0].start, rows[-1].end)
    units.append(StructuredUnit(rows[0].start, rows[first_row - 1].end, Relation(section=section_span)))
    prefixes = prefixes_of([name or letter for name, letter in zip(columns, letters, strict=True)])
    row_groups = _groups(values[header_count:], len(units))
    for row, row_values, row_group in zip(body_rows, values[header_count:], row_groups, strict=True):
        reading = row_reading(prefixes, row_values) or source[row.start : row.end]
        units.append(StructuredUnit(row.start, row.end, Relation((header_place,)), reading, True, row_group))

    def cells_of(line: Span) -> Sequence[Span]:
        return layout.cells(source, line.start, line.end)

    row_spans = [Span(row.start, row.end) for row in rows]
    row_width = len(letters) + 1
    header_cells, row_cells = (
        Cells(row_spans[:first_row], row_width, cells_of),
        Cells(row_spans[first_row:], row_width, cells_of),
    )
    return StructuredTable(("", *columns), header_place + 1, len(units), header_cells, row_cells)


def _spread(row: Sequence[str], letters: Sequence[str]) -> list[str]:
    """``row`` with the value of a range in each of its columns."""
    spread_values: list[str] = []
    last_letter, range_value = "", ""
    for value, letter in zip(row, letters, strict=True):
        if range_match := _MERGED_RANGE.search(value):
            last_letter, range_value = range_match.group(1), _MERGED_RANGE.sub("", value)
        is_within = (len(letter), letter) <= (len(last_letter), last_letter)
        spread_values.append(range_value if is_within and (range_match or not value) else value)
    return spread_values


def _groups(values: Sequence[Sequence[str]], first_group: int) -> list[int | None]:
    """The group of each row: rows far from any anchor are one; none in a short block."""
    if len(values) < _MIN_ROWS_OF_GROUPS:
        return [None] * len(values)
    row_groups: list[int | None] = []
    for group_number, (_, similar_rows) in enumerate(
        groupby(values, key=lambda row: tuple(map(kind_of, row))), first_group
    ):
        run_length = len(list(similar_rows))
        near_count = min(_NEAR_ROWS, (run_length + 1) // 2)
        row_groups += (
            [None] * near_count
            + [group_number] * max(0, run_length - 2 * near_count)
            + [None] * min(near_count, run_length - near_count)
        )
    return row_groups
