"""The tables of a page: their rows, header rows, tied rows and columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ragzip.pages.attributes import attributes, whole
from ragzip.pages.page import Page
from ragzip.pages.parse import Node

__all__ = ["Columns", "Row", "Table", "cells_of", "columns_of", "find_tables", "has_columns"]

_ROWS_SPANNED = re.compile(r"\browspan\s*=\s*[\"']?\s*(\d{1,4})", re.IGNORECASE)
_MAX_HEADER_WORDS = 60  # of a header row
_MAX_LABEL_WORDS = 5  # of a cell in a header row without header markup
_MAX_MARKED_CELLS = 100  # of a row; of a longer one, left-out cells are not marked: that takes an empty tag each
_MAX_COLUMNS_PER_CELL = 4  # columns of all rows together, for each cell in the source
_SMALL_GRID_COLUMNS = 12  # in addition to those
_MAX_TIED_ROWS = 12  # that one cell may tie


class Columns(NamedTuple):
    """The columns of a row: that of each cell by its number, the cells that reach into other columns, and their number.

    A cell of a row above may reach down into this row, and a header cell over several columns.
    """

    places: dict[int, int]
    reached: dict[int, Node]
    width: int


@dataclass(eq=False, slots=True)
class Row:
    """A row with text. ``headers`` are its header rows; ``tied`` are the few rows that share a cell with it, and it
    (none where there are no others).
    """

    node: Node
    table: Table
    headers: tuple[Row, ...] = ()
    tied: Sequence[Row] = ()
    is_header: bool = False

    @property
    def cells(self) -> list[Node]:
        return cells_of(self.node)


@dataclass(eq=False, slots=True)
class Table:
    """A table and its rows with text. ``layout``: it holds tables or headings rather than data."""

    node: Node
    rows: list[Row] = field(default_factory=list)
    layout: bool = False


def cells_of(row: Node) -> list[Node]:
    """The cells of a row, empty ones included."""
    return [child for child in row.children if child.name in ("td", "th")]


def has_columns(row: Node) -> bool:
    """Whether the cells left out of a row are marked, so that the kept ones stay in their columns."""
    return row.child_count <= _MAX_MARKED_CELLS


def find_tables(page: Page) -> dict[int, Row]:
    """All rows of ``page`` with text, by the number of their nodes."""
    rows_by_id: dict[int, Row] = {}
    for node in page.root.tree.named("table"):
        if node.first < node.last:
            table = _table(node, page)
            rows_by_id.update((row.node.number, row) for row in table.rows)
    return rows_by_id


def _table(node: Node, page: Page) -> Table:
    table = Table(node, layout=node.number in page.layout)
    rows_in_head = set()
    for row_node in _row_nodes(node):
        if row_node.first < row_node.last:
            table.rows.append(Row(row_node, table))
            if row_node.parent is not None and row_node.parent.name == "thead":
                rows_in_head.add(row_node.number)
    if table.layout:
        return table
    if len(rows_in_head) == len(table.rows):  # the head is never closed
        rows_in_head.clear()
    header_rows: list[Row] = []
    top_headers: tuple[Row, ...] | None = None  # as soon as a row follows them
    headers: tuple[Row, ...] = ()  # those, and the last header row below the head
    has_no_header_cells = not any(cell.name == "th" for row in table.rows for cell in row.cells)
    for row_number, row in enumerate(table.rows):
        is_named = row.node.number in rows_in_head or _all_named(row)
        if row_number == 0 and has_no_header_cells and not is_named:
            is_named = _looks_like_header(table, page)
        if is_named and _row_words(row, page) <= _MAX_HEADER_WORDS:
            row.is_header = True
            if top_headers is None:
                header_rows.append(row)
                continue
        if top_headers is None:
            headers = top_headers = tuple(header_rows)
        if row.is_header:
            row.headers, headers = top_headers, (*top_headers, row)
        else:
            row.headers = headers
    _tie(table, page)
    return table


def _row_nodes(table: Node) -> Iterator[Node]:
    """The row nodes of a table, without those of tables inside it."""
    pending = [*table.children][::-1]
    while pending:
        node = pending.pop()
        if node.name == "tr":
            yield node
        elif node.name in ("thead", "tbody", "tfoot"):
            pending += [*node.children][::-1]


def columns_of(table: Node, source: str) -> dict[int, Columns]:
    """The columns of each row of ``table`` by the row's number, as colspan and rowspan set them.

    Empty for a table whose cells would span many times as many places as there are cells.
    """
    row_nodes = list(_row_nodes(table))
    columns_by_row: dict[int, Columns] = {}
    reaching: dict[int, tuple[Node, int]] = {}  # by column: a cell from above, and the number of rows it still reaches
    cell_count = place_count = 0
    for row in row_nodes:
        reached_now = reaching
        reaching = {column: (cell, left - 1) for column, (cell, left) in reached_now.items() if left > 1}
        row_columns = Columns({}, {column: cell for column, (cell, _) in reached_now.items()}, 0)
        column, row_cells = 0, cells_of(row)
        are_headers = len(row_cells) > 1 and all(map(_is_named, row_cells))
        for cell in row_cells:
            while column in reached_now:
                column += 1
            values = attributes(cell, source)
            column_span, row_span = (max(1, min(1000, whole(values.get(name)) or 1)) for name in ("colspan", "rowspan"))
            cell_count, place_count = cell_count + 1, place_count + column_span
            if place_count + len(reached_now) > _MAX_COLUMNS_PER_CELL * cell_count + _SMALL_GRID_COLUMNS:
                return {}
            row_columns.places[cell.number] = column
            for spanned_column in range(column, column + column_span):
                if spanned_column > column and are_headers:
                    row_columns.reached[spanned_column] = cell
                if row_span > 1:
                    reaching[spanned_column] = (cell, row_span - 1)
            column += column_span
        place_count += len(reached_now)
        columns_by_row[row.number] = row_columns._replace(
            width=max([column, *(spanned_column + 1 for spanned_column in reached_now)])
        )
    return columns_by_row


def _is_named(cell: Node) -> bool:
    """Whether a cell is a header cell by its markup."""
    section = cell.parent and cell.parent.parent
    return cell.name == "th" or (section is not None and section.name == "thead")


def _row_words(row: Row, page: Page) -> int:
    return sum(
        len(page.source[page.starts[number] : page.runs.ends[number]].split())
        for number in range(row.node.first, row.node.last)
    )


def _cells_with_text(row: Row) -> list[Node]:
    return [cell for cell in row.cells if cell.first < cell.last]


def _all_named(row: Row) -> bool:
    """Whether all cells with text are header cells, and more than the label of one value."""
    filled_cells = _cells_with_text(row)
    return all(cell.name == "th" for cell in filled_cells) and (len(filled_cells) > 1 or len(row.cells) == 1)


def _looks_like_header(table: Table, page: Page) -> bool:
    """Whether the first row of a table without header cells names its columns: short labels without numbers."""
    if len(table.rows) < 3 or len(_cells_with_text(table.rows[0])) < 2:
        return False
    for cell in table.rows[0].cells:
        text = page.text(*page.span(cell))
        if not text or len(text.split()) > _MAX_LABEL_WORDS or any(character.isdigit() for character in text):
            return False
    return True


def _tie(table: Table, page: Page) -> None:
    """Tie the rows that one cell spans: the lower ones cannot be read without it."""
    first_number = 0
    rows = table.rows
    while first_number < len(rows):
        last_number = first_number
        row_number = first_number
        while row_number <= last_number < first_number + _MAX_TIED_ROWS:
            if not rows[row_number].is_header:
                for cell in rows[row_number].cells:
                    row_span = _ROWS_SPANNED.search(page.source, cell.start, cell.opened)
                    if row_span and cell.first < cell.last:
                        last_number = max(last_number, min(len(rows) - 1, row_number + int(row_span.group(1)) - 1))
            row_number += 1
        tied_rows = rows[first_number : last_number + 1]
        if last_number >= first_number + _MAX_TIED_ROWS:
            tied_rows = tied_rows[:1]
        if len(tied_rows) > 1:
            for row in tied_rows:
                row.tied = tied_rows
        first_number += len(tied_rows)
