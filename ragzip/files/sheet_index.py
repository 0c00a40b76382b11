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

__all__ = ["Area", "column_letters", "index_lines", "quoted"]

_MIN_RUN = 3  # cells of a column, from which they are told by their kind
_NUMBER = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?(?:e[+-]?\d+)?", re.IGNORECASE)
_INTEGER = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_KINDS = (  # of cells that are no numbers
    ("percentage", re.compile(r"\A-?\d++(?:[.,]\d++)?\s?%")),
    ("currency", re.compile(r"\A(?:-?[$€£¥]\s?\d[\d.,]*+|\d[\d.,]*+\s?(?:[$€£¥]|EUR|USD|GBP))")),
    ("date", re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}")),
    ("time", re.compile(r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?")),
    ("e-mail", re.compile(r"\A[^\s@]++@[^\s@]+\.\w++")),
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
        first = f"{column_letters(self.left)}{self.top + 1}"
        last = f"{column_letters(self.right)}{self.bottom + 1}"
        return first if first == last else f"{first}:{last}"


def index_lines(values: Sequence[Sequence[str]], merged: Sequence[Area], *, by_format: bool) -> Iterator[str]:
    """The lines of the index, a CSV record each: a value, or the kind of values ("<date>"), and the areas that have it.

    :param values: those of all cells from A1 on, "" for none.
    :param merged: areas that are one cell.
    :param by_format: runs of one kind are told by it.
    """
    areas_by_entry: dict[str, list[Area]] = {}
    for entry, area in sorted(_entries(values, merged, by_format=by_format), key=lambda entry: entry[1]):
        areas_by_entry.setdefault(entry, []).append(area)
    for entry, areas in areas_by_entry.items():
        yield ",".join([entry, *(area.address for area in areas)])


def _entries(values: Sequence[Sequence[str]], merged: Sequence[Area], *, by_format: bool) -> Iterator[tuple[str, Area]]:
    """The areas of equal cells, each with what is written of them."""
    area_by_cell = {(area.top, area.left): area for area in merged}
    columns: list[list[tuple[str, Area]]] = []
    for column in range(max(map(len, values), default=0)):
        cells = [row[column] if column < len(row) else "" for row in values]
        for row, value in enumerate(cells):
            if value and (row, column) in area_by_cell:
                yield quoted(value), area_by_cell[row, column]
                cells[row] = ""
        columns.append(list(_runs(cells, column, by_format=by_format)))
    open_areas: dict[tuple[str, int, int], Area] = {}  # that end in the column before, by entry, top and bottom
    for runs in [*columns, []]:
        areas = {(entry, area.top, area.bottom): area for entry, area in runs}
        for key, area in open_areas.items():
            if key in areas:
                areas[key] = areas[key]._replace(left=area.left)
            else:
                yield key[0], area
        open_areas = areas


def _runs(cells: Sequence[str], column: int, *, by_format: bool) -> Iterator[tuple[str, Area]]:
    """The runs of equal cells of a column, and, ``by_format``, of cells of one kind."""
    kinds = [_kind(value) if by_format else "" for value in cells]
    for kind, rows in groupby(range(len(cells)), key=kinds.__getitem__):
        run = list(rows)
        if kind and len(run) >= _MIN_RUN and len({cells[row] for row in run}) > 1:
            yield f"<{_finer([cells[row] for row in run], kind)}>", Area(run[0], column, run[-1], column)
            continue
        for value, equal_rows in groupby(run, key=cells.__getitem__):
            equal_run = list(equal_rows)
            if value:
                yield quoted(value), Area(equal_run[0], column, equal_run[-1], column)


def _kind(value: str) -> str:
    """The kind of the value of a cell; "" of text, and of none."""
    if _NUMBER.fullmatch(value):
        return "number"
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(value)), "")


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
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
