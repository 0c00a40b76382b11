"""The tables of a page without rules: rows of cells in columns that blanks part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ragzip.files.pdf_joining import joined
from ragzip.files.pdf_lines import SAME_SIZE, TextLine
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["has_header", "table_rows", "table_runs"]

_MAX_ROW_DISTANCE = 2.5  # of the height of a line
_MAX_LINE_DISTANCE = 0.4  # of the height of a line, between the lines of a cell
_MAX_ROWS_OF_CELL = 40  # lines
_MIN_DIFFERENCE = 0.3  # of the height of a line, of the distances between rows and between lines of a cell
_MAX_INDENT = 3.0  # of the height of a line, of the rows below a label
_AMOUNT = pattern_of(r"(?=.*(?:\d[.,]\d|\d ?%|[£$€¥] ?\d))(?:[A-Z]{1,3})?[^A-Za-z]{1,20}(?:[A-Za-z]{1,3})?$")
_MIN_SENTENCE_WORDS = 4
_MAX_HEADER_CHARACTERS = 80  # of a cell
_ALIGNED = 1.5  # points by which what is aligned may differ


def table_runs(rows: Sequence[Sequence[TextLine]]) -> Iterator[tuple[int, int]]:
    """The first row of each table, and the row after its last one: rows of several cells in columns they share. A row
    of one cell between them belongs to the row above, or is a label over the rows below it.
    """
    table_start = 0
    while table_start < len(rows):
        table_end = _end_of_table(rows, table_start)
        if sum(len(row) > 1 for row in rows[table_start:table_end]) > 1:
            yield table_start, table_end
        table_start = max(table_end, table_start + 1)


def _end_of_table(rows: Sequence[Sequence[TextLine]], start: int) -> int:
    """The row after the last one of the table that may begin at ``start``."""
    if len(rows[start]) < 2:
        return start
    end = start + 1
    widest_row = rows[start]
    for row_number in range(start + 1, len(rows)):
        above, row = rows[row_number - 1], rows[row_number]
        ends_first_cell = _ends_first_cell(above, row)
        follows = ends_first_cell or any(_follows(above, row, header) for header in (rows[start], widest_row))
        if not (follows or _is_label(rows, row_number)):
            break
        widest_row = max(widest_row, row, key=len)
        near_rows = rows[max(start, row_number - _MAX_ROWS_OF_CELL) : row_number + 1]
        if len(row) > 1 or ends_first_cell or _continues_cell(near_rows):
            end = row_number + 1
    return end


def _follows(above: Sequence[TextLine], row: Sequence[TextLine], first: Sequence[TextLine]) -> bool:
    """Whether ``row`` goes on with a table: near, and its cells under those of the first row."""
    if not _is_near(above, row):
        return False
    if len(row) == 1:  # the rest of a cell of several lines
        return row[0].left > first[0].right and row[0].top - above[0].bottom < 0.7 * above[0].height
    cells_under_header = sum(
        any(cell.left < header_cell.right and header_cell.left < cell.right for header_cell in first) for cell in row
    )
    # a header may have fewer cells than its rows, as one of years or of trains
    return cells_under_header >= max(1, min(len(row) - 1, max(2, len(first))))


def _is_near(above: Sequence[TextLine], row: Sequence[TextLine]) -> bool:
    return row[0].top - above[0].bottom <= _MAX_ROW_DISTANCE * above[0].height


def _is_label(rows: Sequence[Sequence[TextLine]], row_number: int) -> bool:
    """Whether a row of one cell stands over rows whose first cells are below it, and ends before their other cells."""
    row = rows[row_number]
    next_row = next((row for row in rows[row_number + 1 : row_number + 3] if len(row) > 1), None)
    if len(row) > 1 or next_row is None:
        return False
    is_near = _is_near(rows[row_number - 1], row) and _is_near(row, next_row)
    is_above = abs(row[0].left - next_row[0].left) < _MAX_INDENT * row[0].height
    is_same_size = abs(row[0].size - next_row[0].size) < SAME_SIZE  # a larger one is a heading between two tables
    return is_near and is_above and is_same_size and row[0].right < next_row[1].left


def _ends_first_cell(above: Sequence[TextLine], row: Sequence[TextLine]) -> bool:
    """Whether ``row`` is one line right below the first cell of a row, and goes on with its sentence."""
    is_below = len(row) == 1 < len(above) and abs(row[0].left - above[0].left) < _ALIGNED
    is_right_below = is_below and row[0].top - above[0].bottom < _MAX_LINE_DISTANCE * above[0].height
    return is_right_below and row[0].right < above[1].left and row[0].text[0].islower()


def _continues_cell(rows: Sequence[Sequence[TextLine]]) -> bool:
    """Whether the last of ``rows`` is one line below a cell of another column than the first, aligned with it."""
    *rows_above, row = rows
    return any(abs(cell.left - row[0].left) < _ALIGNED for row_above in rows_above for cell in row_above[1:])


def table_rows(rows: Sequence[Sequence[TextLine]]) -> list[list[str]]:
    """The texts of the cells of a table whose lines stand in ``rows``."""
    column_edges = _column_edges(rows)
    cell_rows: list[list[str]] = []
    row_distance = _min_row_distance(rows)
    for row_number, row in enumerate(rows):
        row_texts = [""] * len(column_edges)
        for cell in row:
            column_number = _column_of(cell, column_edges)
            row_texts[column_number] = f"{row_texts[column_number]} {cell.text}".strip()
        is_within_row = bool(row_number) and _distance(rows[row_number - 1], row) < row_distance
        if cell_rows and ((is_within_row and "" in row_texts) or _goes_on(cell_rows[-1], row_texts)):
            cell_rows[-1] = [joined(text, rest) for text, rest in zip(cell_rows[-1], row_texts, strict=True)]
        else:
            cell_rows.append(row_texts)
    return cell_rows


def _min_row_distance(rows: Sequence[Sequence[TextLine]]) -> float:
    """The distance from which lines are those of two rows, where rows are further from each other than the lines of a
    cell are; else 0.
    """
    distances = [_distance(above, row) for above, row in pairwise(rows)]
    if not distances or max(distances) - min(distances) < _MIN_DIFFERENCE * rows[0][0].height:
        return 0.0
    return (max(distances) + min(distances)) / 2


def _distance(above: Sequence[TextLine], row: Sequence[TextLine]) -> float:
    return min(cell.top for cell in row) - max(cell.bottom for cell in above)


def _goes_on(above: Sequence[str], row: Sequence[str]) -> bool:
    """Whether ``row`` is the rest of the cells above it: without a first cell, or within a first one."""
    cell_count = sum(map(bool, row))
    if not row[0]:
        return cell_count < max(2, len(row) - 1)
    is_within_first = row[0][0].islower() and above[0][-1:].isalpha()
    return is_within_first and (cell_count == 1 or not any(above[1:]))


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: not where it has a sentence, a label before a value, or an amount in a
    column of amounts.
    """
    first, *others = rows
    is_sentence = any(
        len(cell) > _MAX_HEADER_CHARACTERS or (cell.endswith(".") and len(cell.split()) >= _MIN_SENTENCE_WORDS)
        for cell in first
    )
    is_label = first[0].endswith((":", "：")) and all(row[0].endswith((":", "：")) for row in others)
    has_amount = any(all(_AMOUNT.match(cell) for cell in column) for column in zip(*rows, strict=True))
    return not (is_sentence or is_label or has_amount)


def _column_edges(rows: Sequence[Sequence[TextLine]]) -> list[tuple[float, float]]:
    """Left and right edge of each column: of cells that overlap, from the row with most of them on."""
    column_edges: list[tuple[float, float]] = []
    for row in sorted(rows, key=len, reverse=True):
        for cell in row:
            overlapping = [
                column_number
                for column_number, (left_edge, right_edge) in enumerate(column_edges)
                if cell.left < right_edge and left_edge < cell.right
            ]
            if not overlapping:
                column_edges.append((cell.left, cell.right))
            elif len(overlapping) == 1:
                left_edge, right_edge = column_edges[overlapping[0]]
                column_edges[overlapping[0]] = (min(left_edge, cell.left), max(right_edge, cell.right))
        column_edges.sort()
    return column_edges


def _column_of(cell: TextLine, edges: Sequence[tuple[float, float]]) -> int:
    """The number of the column that a cell shares most with."""
    shared_widths = [min(cell.right, right_edge) - max(cell.left, left_edge) for left_edge, right_edge in edges]
    return shared_widths.index(max(shared_widths))
