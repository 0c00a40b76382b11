"""The tables of a page: their rows, header rows, tied rows and columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from ragzip.pages.attributes import attributes, whole
from ragzip.pages.page import Page
from ragzip.pages.parse import Node, names
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.splitters.cells import is_total, kind_of, labels_of

__all__ = ["Columns", "Row", "Table", "cells_of", "columns_of", "find_tables", "has_columns"]

_ROWS_SPANNED = pattern_of(r"\browspan\s*=\s*[\"']?\s*(\d{1,4})", re.IGNORECASE)
_MAX_HEADER_WORDS = 60  # of a header row
_MAX_LABEL_WORDS = 5  # of a cell in a header row without header markup
_MAX_GROUP_WORDS = 8  # of a row without header markup that names a group of rows
_EMPHASIS = names("b strong em i u big font")
_SAYS_SOMETHING = pattern_of(r"[.!?。！？]\Z|\d[:.]\d\d")  # a note, a break in a timetable
_MAX_MARKED_CELLS = 100  # of a row; of a longer one, left-out cells are not marked: that takes an empty tag each
_MAX_COLUMNS_PER_CELL = 4  # columns of all rows together, for each cell in the source
_SMALL_GRID_COLUMNS = 12  # in addition to those
_MAX_UNMARKED_HEADERS = 4
_MAX_SPAN = 1000  # rows or columns that a cell may reach over
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
    if table.layout or not table.rows:
        return table
    if len(rows_in_head) == len(table.rows):  # the head is never closed
        rows_in_head.clear()
    _head(table, page, rows_in_head)
    _tie(table, page)
    return table


def _head(table: Table, page: Page, rows_in_head: Collection[int]) -> None:
    """Find the header rows of a table, and those over each row: the top ones, and the last one below them, such as the
    name of a group of rows.
    """
    named = {*rows_in_head, *(row.node.number for row in table.rows if _all_named(row))}
    if not any(cell.name == "th" for row in table.rows for cell in row.cells):
        named |= {row.node.number for row in table.rows[: _unmarked_headers(table, page)]}
    groups = _group_rows(table, page, named, rows_in_head)
    groups |= dict.fromkeys(_label_rows(table, page, named), True)
    header_rows: list[Row] = []
    top_headers: tuple[Row, ...] | None = None  # as soon as a row follows them
    headers: tuple[Row, ...] = ()  # those, and the last header row below the head
    for row_before, row in zip([None, *table.rows], table.rows, strict=False):
        number = row.node.number
        if (number in named or number in groups) and _row_words(row, page) <= _MAX_HEADER_WORDS:
            row.is_header = True
            if top_headers is None and not groups.get(number):
                header_rows.append(row)
                continue
        if top_headers is None:
            headers = top_headers = tuple(header_rows)
        elif row_before is not None and (_ends_group(headers, row_before, row) or _sums_up(row_before, page)):
            headers = top_headers
        if row.is_header:
            row.headers, headers = top_headers, (*top_headers, row)
        else:
            row.headers = headers


def _group_rows(table: Table, page: Page, named: Collection[int], in_head: Collection[int]) -> dict[int, bool]:
    """The rows of one cell that describe the rows below them, by number, and whether only up to the next one: the first
    one, if none like it follows, is the title of the table.

    :param named: the numbers of the rows that are headers by their cells, those ``in_head`` among them.
    """
    width = max(len(row.cells) for row in table.rows)
    markup_by_number: dict[int, tuple[str, ...]] = {}
    for row, row_below in pairwise(table.rows):
        number = row.node.number
        if len(row.cells) == 1 and number not in in_head and (number in named or _spans(row, row_below, page, width)):
            markup_by_number[number] = _markup(row, page.source)
    body = (
        row.node.number for row in table.rows if row.node.number not in named or row.node.number in markup_by_number
    )
    opening = next(body, -1)
    opening_markup = markup_by_number.get(opening, ())
    groups = {
        row.node.number: True
        for row in table.rows
        if (markup := markup_by_number.get(row.node.number))
        and (markup == opening_markup or row.node.number in named or _is_emphasized(row.cells[0]))
    }
    if opening in groups and opening == table.rows[0].node.number:
        groups[opening] = list(markup_by_number.values()).count(opening_markup) > 1
    return groups


def _spans(row: Row, row_below: Row, page: Page, width: int) -> bool:
    """Whether the one cell of a row reaches over all columns, above a row of several cells, and is short as a name."""
    cell = row.cells[0]
    text = page.text(*page.span(cell))
    return (
        1 < width <= (whole(attributes(cell, page.source).get("colspan")) or 1)
        and len(row_below.cells) > 1
        and row.node.parent == row_below.node.parent
        and len(text.split()) <= _MAX_GROUP_WORDS
        and not _SAYS_SOMETHING.search(text)
    )


def _markup(row: Row, source: str) -> tuple[str, ...]:
    """The markup by which a row and its first cell are recognised: the name of the cell, and the classes of both."""
    cell = row.cells[0]
    return (cell.name, *(attributes(node, source).get("class", "") for node in (row.node, cell)))


def _is_emphasized(cell: Node) -> bool:
    """Whether all of the text of a cell is set off."""
    children = [child for child in cell.children if child.first < child.last]
    return (
        len(children) == 1
        and (children[0].first, children[0].last) == (cell.first, cell.last)
        and (children[0].name in _EMPHASIS)
    )


def _ends_group(headers: tuple[Row, ...], row_before: Row, row: Row) -> bool:
    """Whether a row is not under the last of ``headers``, which are those of the row before it: a section of the table
    ended that held both, or the foot begins.
    """
    section, section_before = row.node.parent, row_before.node.parent
    if section is None or not headers or section == section_before:
        return False
    return section.name == "tfoot" or (not row_before.is_header and headers[-1].node.parent == section_before)


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
    for row_above, row in zip([None, *row_nodes], row_nodes, strict=False):
        is_of_group = row_above is not None and row_above.parent == row.parent
        reached_now = reaching if is_of_group else {}  # no cell reaches into another group of rows
        reaching = {column: (cell, left - 1) for column, (cell, left) in reached_now.items() if left > 1}
        row_columns = Columns({}, {column: cell for column, (cell, _) in reached_now.items()}, 0)
        column, row_cells = 0, cells_of(row)
        are_headers = len(row_cells) > 1 and all(map(_is_named, row_cells))
        for cell in row_cells:
            while column in reached_now:
                column += 1
            values = attributes(cell, source)
            column_span = max(1, min(_MAX_SPAN, whole(values.get("colspan")) or 1))
            row_span = _row_span(whole(values.get("rowspan")))
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


def _row_span(number: int | None) -> int:
    """The rows that a cell reaches over: 0 stands for all that are left of its group."""
    return _MAX_SPAN if number == 0 else max(1, min(_MAX_SPAN, number or 1))


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


def _unmarked_headers(table: Table, page: Page) -> int:
    """The number of rows at the top of a table without header cells that name its columns: years or dates, below a row
    of one cell or not; else short labels.
    """
    for number, row in enumerate(table.rows[:_MAX_UNMARKED_HEADERS]):
        texts = [page.text(*page.span(cell)) if cell.first < cell.last else "" for cell in row.cells]
        times = [text for text in texts[1:] if text]
        if len(times) > 1 and all(kind_of(text) == "time" for text in times) and kind_of(texts[0]) in ("", "text"):
            return number + 1
        if len(_cells_with_text(row)) > 1:
            break
    return int(_looks_like_header(table, page))


def _label_rows(table: Table, page: Page, named: Collection[int]) -> Iterator[int]:
    """The numbers of the rows that have their first cell alone, and label the rows below: "Revenue:"."""
    rows = [row for row in table.rows if row.node.number not in named and len(row.cells) > 1]
    values = [[page.text(*page.span(cell)) if cell.first < cell.last else "" for cell in row.cells] for row in rows]
    for place in labels_of(values):
        yield rows[place].node.number


def _sums_up(row: Row, page: Page) -> bool:
    """Whether a row sums up those above it: what follows is not of their group."""
    cells = _cells_with_text(row)
    return not row.is_header and bool(cells) and is_total(page.text(*page.span(cells[0])))


def _looks_like_header(table: Table, page: Page) -> bool:
    """Whether the first row of a table without header cells names its columns: short labels without numbers."""
    if len(table.rows) < 3 or len(_cells_with_text(table.rows[0])) < 2:
        return False
    for cell in table.rows[0].cells:
        text = page.text(*page.span(cell))
        if not text or len(text.split()) > _MAX_LABEL_WORDS or any(character.isdigit() for character in text):
            return False
    return True


def _last_of_group(rows: Sequence[Row], number: int) -> int:
    """The number of the last row of the group (of the body, the head …) that the row at ``number`` is in."""
    while number + 1 < len(rows) and rows[number + 1].node.parent == rows[number].node.parent:
        number += 1
    return number


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
                    spanned = _ROWS_SPANNED.search(page.source, cell.start, cell.opened)
                    if spanned and cell.first < cell.last:
                        last_spanned = row_number + _row_span(int(spanned.group(1))) - 1
                        last_number = max(last_number, min(_last_of_group(rows, row_number), last_spanned))
            row_number += 1
        tied_rows = rows[first_number : last_number + 1]
        if last_number >= first_number + _MAX_TIED_ROWS:
            tied_rows = tied_rows[:1]
        if len(tied_rows) > 1:
            for row in tied_rows:
                row.tied = tied_rows
        first_number += len(tied_rows)
