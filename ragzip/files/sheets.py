"""Workbooks as documents, one a sheet: the values of the cells with their addresses, as text.

The text of a sheet is lines of comma-separated values under the letters of their columns, each with the number of its
row, a blank line between the blocks of the sheet::

    "Sales 2024" A1:D120
    ,A,B,C,D
    1,Region,Units,Price,Date
    2,North,10,2.5,2024-01-03

By option it is an index, see :mod:`ragzip.files.sheet_index`.

After SpreadsheetLLM (arXiv 2407.09025), for a reader that answers questions. What is the same: empty rows, columns and
cells at the end of a row are left out, and merged cells are written once ("2024 (B1:C1)"), or in each of the rows they
run over. What differs: rows are the default, not the index from values to addresses and the aggregation by format,
since a row is easier to read than a list of addresses, rows that the query does not need are left out, and those that
it needs keep their values. The structural anchors are in :mod:`ragzip.text.structure.formats.sheet`: rows far from any
are read last, and no address is rewritten.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from ragzip.checks import choice
from ragzip.errors import InputError, is_exit, needs_extra, reason_of
from ragzip.files.sheet_index import Area, column_letters, index_lines, quoted
from ragzip.files.workbook_checks import check_cells, check_workbook
from ragzip.types import Document

__all__ = ["ENDINGS_OF_SHEETS", "SHEET_LAYOUTS", "SHEET_MIME", "SheetLayout", "read_sheets", "sheet_text"]

SheetLayout = Literal["rows", "addresses", "formats"]
SHEET_LAYOUTS: tuple[SheetLayout, ...] = ("rows", "addresses", "formats")

ENDINGS_OF_SHEETS = (".xlsx", ".xlsm", ".ods", ".xls")
SHEET_MIME = "text/x-sheet"


def read_sheets(path: str | Path, *, formulas: bool = False, layout: SheetLayout = "rows") -> list[Document]:
    """The sheets of a workbook that have values, each a document named "book.xlsx#Sheet1".

    :param layout: "rows": the rows under the letters of their columns; "addresses": each value once with the addresses
        of its cells, which says the same; "formats": so, but runs of numbers, dates and the like by their kind
        ("<date>,C2:C900") without the values, for what a sheet is about rather than what is in a cell.
    :param formulas: the formulas of .xlsx files ("=SUM(B2:B9)") in place of the values they had when it was saved.
    :raises InputError: no such file, or no workbook.
    :raises OptionError: another layout.
    :raises MissingExtraError: python-calamine (openpyxl for formulas) is not installed.
    """
    path = Path(path)
    layout = choice(layout, "layout", SHEET_LAYOUTS)
    sheets = _formula_sheets(path) if formulas else _value_sheets(path)
    documents: list[Document] = []
    for sheet_name, rows, merges in sheets:
        text_of_sheet = sheet_text(sheet_name, rows, merges, layout)
        if text_of_sheet:
            documents.append(Document(f"{path}#{sheet_name}", text_of_sheet, title=sheet_name, mime=SHEET_MIME))
    return documents


_Sheet = tuple[str, Sequence[Sequence[Any]], Sequence[Area]]


def _value_sheets(path: Path) -> Iterator[_Sheet]:
    with needs_extra("sheets", "python-calamine"):
        import python_calamine
    try:
        check_workbook(path)
        workbook = python_calamine.load_workbook(str(path))
        for sheet_name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(sheet_name)
            check_cells(path, f"sheet {sheet_name!r}", sheet.total_height * sheet.total_width)
            merges = [Area(*corners[0], *corners[1]) for corners in sheet.merged_cell_ranges or ()]
            yield sheet_name, sheet.to_python(skip_empty_area=False), merges
    except InputError:
        raise
    except BaseException as error:  # errors of many types
        if is_exit(error):
            raise
        raise InputError(f"{path}: could not be read ({reason_of(error)}), expected a workbook.") from error


def _formula_sheets(path: Path) -> Iterator[_Sheet]:
    with needs_extra("sheets"):
        import openpyxl
    try:
        check_workbook(path)
        workbook = openpyxl.load_workbook(path, read_only=False, data_only=False)
        for sheet in workbook.worksheets:
            merges = [
                Area(area.min_row - 1, area.min_col - 1, area.max_row - 1, area.max_col - 1)
                for area in sheet.merged_cells.ranges
            ]
            yield sheet.title, [list(row) for row in sheet.iter_rows(values_only=True, min_row=1, min_col=1)], merges
    except InputError:
        raise
    except BaseException as error:  # errors of many types
        if is_exit(error):
            raise
        raise InputError(f"{path}: could not be read ({reason_of(error)}), expected an .xlsx file.") from error


def sheet_text(
    name: str, rows: Sequence[Sequence[Any]], merges: Sequence[Area] = (), layout: SheetLayout = "rows"
) -> str:
    """The text of a sheet; "" where it has no values.

    :param rows: the values of all cells from A1 on.
    """
    values = [[_text_of(value) for value in row] for row in rows]
    if layout == "rows":
        values = _with_merges(values, merges)
    filled_rows = [number for number, row in enumerate(values) if any(row)]
    if not filled_rows:
        return ""
    width = max(column + 1 for number in filled_rows for column, value in enumerate(values[number]) if value)
    title = f'"{name}" A1:{column_letters(width - 1)}{filled_rows[-1] + 1}'
    if layout != "rows":
        return "\n".join([title, *index_lines(values, merges, by_format=layout == "formats")])
    blocks = [
        [number for _, number in adjacent_rows]
        for _, adjacent_rows in groupby(enumerate(filled_rows), key=lambda place: place[1] - place[0])
    ]
    return "\n\n".join([title, *("\n".join(_block(values, block)) for block in blocks)])


def _with_merges(values: list[list[str]], merges: Sequence[Area]) -> list[list[str]]:
    """``values`` with the range after those over several columns, and those over several rows in each of them."""
    for merge in merges:
        top, left, bottom, right = merge
        if top >= len(values) or left >= len(values[top]) or not values[top][left]:
            continue
        range_value = values[top][left]
        for row_number in range(top, min(bottom + 1, len(values))):
            values[row_number][left] = f"{range_value} ({merge.address})" if right > left else range_value
    return values


def _block(values: Sequence[Sequence[str]], numbers: Sequence[int]) -> Iterator[str]:
    """The lines of rows that follow one another, with the letters of the columns that have values there."""
    row_width = max(len(values[number]) for number in numbers)
    columns = [
        column
        for column in range(row_width)
        if any(column < len(values[number]) and values[number][column] for number in numbers)
    ]
    yield ",".join(["", *map(column_letters, columns)])
    for number in numbers:
        cells = [quoted(values[number][column]) if column < len(values[number]) else "" for column in columns]
        while cells and not cells[-1]:
            cells.pop()
        yield ",".join([str(number + 1), *cells])


def _text_of(value: Any) -> str:
    """The value of a cell as it is read: whole numbers without a point, dates without midnight."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(round(value, 10))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return " ".join(str(value).replace("\0", "").encode("utf-8", "replace").decode().split())
