"""The tables of a page: their rows, which of those are headers, and which belong together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ragzip.pages.attributes import attributes, whole
from ragzip.pages.page import Page
from ragzip.pages.parse import Node

__all__ = ["Columns", "Row", "Table", "cells_of", "columns_of", "find_tables", "has_columns"]

_ROWS_SPANNED = re.compile(r"\browspan\s*=\s*[\"']?\s*(\d{1,4})", re.IGNORECASE)
_LONGEST_HEADER = 60  # words of a header row
_LONGEST_LABEL = 5  # words of a cell in a header row that no markup says is one
_MOST_COLUMNS = 100  # cells of a row beyond which no cell is found by its column: an empty tag for each of the others
_LARGEST_GRID = 4  # columns of all rows together, for each cell that the source has
_SMALL_GRID = 12  # columns beside those
_TIED = 12  # rows that one cell may keep together


class Columns(NamedTuple):
    """Where the cells of a row stand: the column of each by its id, what other columns say (a cell of a row above that
    reaches down to this one, or a header cell over several columns), and how many columns there are.
    """

    places: dict[int, int]
    reached: dict[int, Node]
    width: int


@dataclass(eq=False)
class Row:
    """A row with text. ``headers`` are the rows it cannot be read without; ``tied`` are rows that share a cell with it,
    itself included, where they are few.
    """

    node: Node
    table: Table
    headers: tuple[Row, ...] = ()
    tied: list[Row] = field(default_factory=list)
    is_header: bool = False

    @property
    def cells(self) -> list[Node]:
        return cells_of(self.node)


@dataclass(eq=False)
class Table:
    """A table and its rows. ``layout``: it holds tables or headings rather than data."""

    node: Node
    rows: list[Row] = field(default_factory=list)
    layout: bool = False


def cells_of(row: Node) -> list[Node]:
    """The cells of a row, empty ones too."""
    return [child for child in row.children if isinstance(child, Node) and child.name in ("td", "th")]


def has_columns(row: Node) -> bool:
    """Whether cells that are left out of a row are to be marked, so that the others stay in their columns."""
    return len(row.children) <= _MOST_COLUMNS


def find_tables(page: Page) -> dict[int, Row]:
    """Every row of ``page`` that has text, by the id of its node."""
    out: dict[int, Row] = {}
    for node in page.root.walk():
        if node.name == "table" and node.first < node.last:
            table = _table(node, page)
            out.update((id(row.node), row) for row in table.rows)
    return out


def _table(node: Node, page: Page) -> Table:
    table = Table(node, layout=id(node) in page.layout)
    in_head = set()
    for found in _rows(node):
        if found.first < found.last:
            table.rows.append(Row(found, table))
            if found.parent is not None and found.parent.name == "thead":
                in_head.add(id(found))
    if table.layout:
        return table
    if len(in_head) == len(table.rows):  # never closed
        in_head.clear()
    headers: list[Row] = []
    below: Row | None = None  # the latest header row further down
    body = False
    no_th = not any(cell.name == "th" for row in table.rows for cell in row.cells)
    for number, row in enumerate(table.rows):
        named = id(row.node) in in_head or _all_named(row)
        if number == 0 and no_th and not named:
            named = _looks_like_header(table, page)
        if named and _words(row, page) <= _LONGEST_HEADER:
            row.is_header = True
            if body:
                below = row
            else:
                headers.append(row)
                continue
        body = True
        row.headers = (*headers, *([below] if below and below is not row else []))
    _tie(table, page)
    return table


def _rows(table: Node) -> Iterator[Node]:
    """The rows of a table but not those of tables inside it."""
    pending = [child for child in reversed(table.children) if isinstance(child, Node)]
    while pending:
        node = pending.pop()
        if node.name == "tr":
            yield node
        elif node.name in ("thead", "tbody", "tfoot"):
            pending.extend(child for child in reversed(node.children) if isinstance(child, Node))


def columns_of(table: Node, source: str) -> dict[int, Columns]:
    """The columns of each row of ``table`` by the row's id, as colspan and rowspan set them; none for a table whose
    cells would stand in many times as many places as there are cells.
    """
    rows = list(_rows(table))
    out: dict[int, Columns] = {}
    reaching: dict[int, tuple[Node, int]] = {}  # by column: a cell from above, and the rows it still reaches
    cells = places = 0
    for row in rows:
        now, reaching = reaching, {column: (cell, n - 1) for column, (cell, n) in reaching.items() if n > 1}
        here = Columns({}, {column: cell for column, (cell, _) in now.items()}, 0)
        column, in_row = 0, cells_of(row)
        heads = len(in_row) > 1 and all(map(_is_named, in_row))
        for cell in in_row:
            while column in now:
                column += 1
            values = attributes(cell, source)
            across, down = (max(1, min(1000, whole(values.get(name)) or 1)) for name in ("colspan", "rowspan"))
            cells, places = cells + 1, places + across
            if places + len(now) > _LARGEST_GRID * cells + _SMALL_GRID:
                return {}
            here.places[id(cell)] = column
            for number in range(column, column + across):
                if number > column and heads:
                    here.reached[number] = cell
                if down > 1:
                    reaching[number] = (cell, down - 1)
            column += across
        places += len(now)
        out[id(row)] = here._replace(width=max([column, *(number + 1 for number in now)]))
    return out


def _is_named(cell: Node) -> bool:
    """Whether a cell is a header cell by its mark-up."""
    section = cell.parent and cell.parent.parent
    return cell.name == "th" or (section is not None and section.name == "thead")


def _words(row: Row, page: Page) -> int:
    return sum(len(page.source[run.start : run.end].split()) for run in page.runs[row.node.first : row.node.last])


def _filled(row: Row) -> list[Node]:
    return [cell for cell in row.cells if cell.first < cell.last]


def _all_named(row: Row) -> bool:
    """Whether all cells with text are header cells, and not just the label of one value."""
    filled = _filled(row)
    return all(cell.name == "th" for cell in filled) and (len(filled) > 1 or len(row.cells) == 1)


def _looks_like_header(table: Table, page: Page) -> bool:
    """Whether the first row of a table without header cells names its columns: short labels without numbers."""
    if len(table.rows) < 3 or len(_filled(table.rows[0])) < 2:
        return False
    for cell in table.rows[0].cells:
        text = page.text(*page.span(cell))
        if not text or len(text.split()) > _LONGEST_LABEL or any(char.isdigit() for char in text):
            return False
    return True


def _tie(table: Table, page: Page) -> None:
    """Rows that a cell spans belong together: the lower ones lack what it says."""
    at = 0
    rows = table.rows
    while at < len(rows):
        last = at
        look = at
        while look <= last < at + _TIED:
            if not rows[look].is_header:
                for cell in rows[look].cells:
                    spanned = _ROWS_SPANNED.search(page.source, cell.start, cell.opened)
                    if spanned and cell.first < cell.last:
                        last = max(last, min(len(rows) - 1, look + int(spanned.group(1)) - 1))
            look += 1
        group = rows[at : last + 1]
        if last >= at + _TIED:
            group = group[:1]
        for row in group:
            row.tied = group
        at += len(group)
