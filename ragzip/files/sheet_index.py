"""Sheets as an index: each value once, with the addresses of its cells; by option kinds in the place of numbers.

The inverted index and the aggregation by format of SpreadsheetLLM (arXiv 2407.09025). Cells without a value are left
out, equal values are one line, and cells that stand together are one range::

    "Sales 2024" A1:D120
    Region,A1
    North,A2:A40,A80
    <integer>,B2:B120

As an index of values alone it says all that the cells say. By format it does not: a run of different numbers, dates,
times, amounts or mail addresses in a column is told by its kind. What differs from the paper: kinds are told by the
values as they are read, as number formats are not, and a run begins and ends where the kind does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["Area", "column_letters", "index_lines", "quoted"]

_MIN_RUN = 3  # cells of a column, from which they are told by their kind
_NUMBER = pattern_of(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?(?:e[+-]?\d+)?", re.IGNORECASE)
_INTEGER = pattern_of(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)")
_YEAR = pattern_of(r"(?:19|20)\d\d")
_VALUE_PATTERNS = (  # of cells that are no numbers
    ("percentage", pattern_of(r"\A-?\d++(?:[.,]\d++)?\s?%")),
    ("currency", pattern_of(r"\A(?:-?[$€£¥]\s?\d[\d.,]*+|\d[\d.,]*+\s?(?:[$€£¥]|EUR|USD|GBP))")),
    ("date", pattern_of(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}")),
    ("time", pattern_of(r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?")),
    ("e-mail", pattern_of(r"\A[^\s@]++@[^\s@]+\.\w++")),
)


class Area(NamedTuple):
    """Cells that stand together: the first and the last row and column, from 0."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def address(self) -> str:
        """The range, such as "B1:C1", or the only cell."""
        first_cell = f"{column_letters(self.left)}{self.top + 1}"
        last_cell = f"{column_letters(self.right)}{self.bottom + 1}"
        return first_cell if first_cell == last_cell else f"{first_cell}:{last_cell}"


def index_lines(values: Sequence[Sequence[str]], merged: Sequence[Area], *, by_format: bool) -> Iterator[str]:
    """The lines of the index, a CSV record each: a value, or the kind of values ("<date>"), and the areas that have it.

    :param values: those of all cells from A1 on, "" for none.
    :param merged: areas that are one cell.
    :param by_format: runs of one kind are told by it.
    """
    areas_by_entry: dict[str, list[Area]] = {}
    for entry, area in sorted(_entries(values, merged, by_format=by_format), key=lambda entry: entry[1]):
        areas_by_entry.setdefault(entry, []).append(area)
    for entry, entry_areas in areas_by_entry.items():
        yield ",".join([entry, *(area.address for area in entry_areas)])


def _entries(values: Sequence[Sequence[str]], merged: Sequence[Area], *, by_format: bool) -> Iterator[tuple[str, Area]]:
    """The areas of equal cells, each with what is written of them."""
    area_by_cell = {(area.top, area.left): area for area in merged}
    columns: list[list[tuple[str, Area]]] = []
    for column_number in range(max(map(len, values), default=0)):
        column_cells = [row_values[column_number] if column_number < len(row_values) else "" for row_values in values]
        for row_number, cell_value in enumerate(column_cells):
            if cell_value and (row_number, column_number) in area_by_cell:
                yield quoted(cell_value), area_by_cell[row_number, column_number]
                column_cells[row_number] = ""
        columns.append(list(_runs(column_cells, column_number, by_format=by_format)))
    open_areas: dict[tuple[str, int, int], Area] = {}  # that end in the column before, by entry, top and bottom
    for column_runs in [*columns, []]:
        joined_areas = {(entry, area.top, area.bottom): area for entry, area in column_runs}
        for area_key, area in open_areas.items():
            if area_key in joined_areas:
                joined_areas[area_key] = joined_areas[area_key]._replace(left=area.left)
            else:
                yield area_key[0], area
        open_areas = joined_areas


def _runs(cells: Sequence[str], column: int, *, by_format: bool) -> Iterator[tuple[str, Area]]:
    """The runs of equal cells of a column, and, ``by_format``, of cells of one kind."""
    cell_kinds = [_kind(cell_value) if by_format else "" for cell_value in cells]
    for run_kind, run_rows in groupby(range(len(cells)), key=cell_kinds.__getitem__):
        row_run = list(run_rows)
        if run_kind and len(row_run) >= _MIN_RUN and len({cells[row_number] for row_number in row_run}) > 1:
            yield (
                f"<{_finer([cells[row_number] for row_number in row_run], run_kind)}>",
                Area(row_run[0], column, row_run[-1], column),
            )
            continue
        for cell_value, equal_rows in groupby(row_run, key=cells.__getitem__):
            equal_run = list(equal_rows)
            if cell_value:
                yield quoted(cell_value), Area(equal_run[0], column, equal_run[-1], column)


def _kind(value: str) -> str:
    """The kind of the value of a cell; "" of text, and of none."""
    if _NUMBER.fullmatch(value):
        return "number"
    return next((kind_name for kind_name, pattern in _VALUE_PATTERNS if pattern.fullmatch(value)), "")


def _finer(values: Sequence[str], kind: str) -> str:
    """The kind that all ``values`` are of: numbers may be years or integers."""
    if kind == "number" and all(_INTEGER.fullmatch(value) for value in values):
        return "year" if all(_YEAR.fullmatch(value) for value in values) else "integer"
    return kind


def quoted(value: str) -> str:
    """``value`` as CSV writes it."""
    return '"' + value.replace('"', '""') + '"' if "," in value or '"' in value or value[:1] == "<" else value


def column_letters(column: int) -> str:
    """The letters of a column: A for 0, AA for 26."""
    letters = ""
    column += 1
    while column:
        column, letter_number = divmod(column - 1, 26)
        letters = chr(65 + letter_number) + letters
    return letters
