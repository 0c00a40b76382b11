"""The tables of a page that lay it out: their cells are boxes, not values below the names of columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ragzip.pages.parse import TABLE_SECTIONS, Node, names

__all__ = ["layout_tables", "table_of"]

_CELLS = ("td", "th")
_HEADINGS = names("h1 h2 h3 h4 h5 h6")
_MAX_RUNS_OF_SMALL_TABLE = 12  # pieces of text


def layout_tables(root: Node, holding: Collection[int]) -> set[int]:
    """The numbers of the tables that lay out a page, of those that are ``holding`` tables or headings: without a first
    row of header cells, which names the columns of data, and no grid with small tables in a few of its cells.
    """
    if not holding:
        return set()
    tables = (node for node in root.tree.named("table") if node.number in holding)
    return {table.number for table in tables if not _is_data([_filled_cells(row) for row in _rows(table)])}


def table_of(part: Node) -> Node | None:
    """The table of a row or a cell; None of one outside of tables."""
    node: Node | None = part
    for part_names in (_CELLS, ("tr",), TABLE_SECTIONS):
        if node is not None and node.name in part_names:
            node = node.parent
    return node if node is not None and node.name == "table" else None


def _is_data(rows: Sequence[Sequence[Node]]) -> bool:
    """Whether the cells of rows are values, or values and small tables, in columns."""
    filled_rows = [row for row in rows if row]
    widths = {len(row) for row in filled_rows}
    if not filled_rows or min(widths) < 2:
        return False
    first_row, *further_rows = filled_rows
    if any(map(_holds_parts, first_row)):
        return False
    if all(cell.name == "th" for cell in first_row):
        return True
    holding_cells = [cell for row in further_rows for cell in row if _holds_parts(cell)]
    is_small = all(cell.last - cell.first <= _MAX_RUNS_OF_SMALL_TABLE for cell in holding_cells)
    return len(widths) == 1 and is_small and 2 * len(holding_cells) <= sum(map(len, further_rows))


def _holds_parts(cell: Node) -> bool:
    return any(node.name == "table" or node.name in _HEADINGS for node in cell.walk())


def _filled_cells(row: Node) -> list[Node]:
    return [cell for cell in row.children if cell.name in _CELLS and cell.first < cell.last]


def _rows(table: Node) -> Iterator[Node]:
    for child in table.children:
        if child.name == "tr":
            yield child
        elif child.name in TABLE_SECTIONS:
            yield from (row for row in child.children if row.name == "tr")
