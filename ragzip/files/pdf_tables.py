"""The tables of a page without rules: rows of cells in columns that blanks part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ragzip.files.pdf_lines import TextLine

__all__ = ["table_rows", "table_runs"]


def table_runs(rows: Sequence[Sequence[TextLine]]) -> Iterator[tuple[int, int]]:
    """The first row of each table, and the row after its last one: rows of several cells in columns they share. A row
    of one cell between them belongs to the row above.
    """
    table_start = 0
    while table_start < len(rows):
        if len(rows[table_start]) < 2:
            table_start += 1
            continue
        table_end = last_full_end = table_start + 1
        while table_end < len(rows) and _follows(rows[table_end - 1], rows[table_end], rows[table_start]):
            table_end += 1
            if len(rows[table_end - 1]) > 1:
                last_full_end = table_end
        if sum(len(row) > 1 for row in rows[table_start:last_full_end]) > 1:
            yield table_start, last_full_end
        table_start = max(last_full_end, table_start + 1)


def _follows(above: Sequence[TextLine], row: Sequence[TextLine], first: Sequence[TextLine]) -> bool:
    """Whether ``row`` goes on with a table: near, and its cells under those of the first row."""
    if row[0].top - above[0].bottom > 2.5 * above[0].height:
        return False
    if len(row) == 1:  # the rest of a cell of several lines
        return row[0].left > first[0].right and row[0].top - above[0].bottom < 0.7 * above[0].height
    cells_under_header = sum(
        any(cell.left < header_cell.right and header_cell.left < cell.right for header_cell in first) for cell in row
    )
    return cells_under_header >= max(1, len(row) - 1)


def table_rows(rows: Sequence[Sequence[TextLine]]) -> list[list[str]]:
    """The texts of the cells of a table whose lines stand in ``rows``."""
    column_edges = _column_edges(rows)
    cell_rows: list[list[str]] = []
    for row in rows:
        row_texts = [""] * len(column_edges)
        for cell in row:
            column_number = _column_of(cell, column_edges)
            row_texts[column_number] = f"{row_texts[column_number]} {cell.text}".strip()
        if cell_rows and not row_texts[0] and len(row) < len(column_edges) - 1:
            cell_rows[-1] = [
                " ".join(cell_text for cell_text in continued_cell if cell_text)
                for continued_cell in zip(cell_rows[-1], row_texts, strict=True)
            ]
        else:
            cell_rows.append(row_texts)
    return cell_rows


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
