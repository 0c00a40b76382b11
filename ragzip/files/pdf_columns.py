"""The columns of a page: it is cut into bands at the lines that run over them, and a band at its gutter."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from statistics import median

from ragzip.files.pdf_lines import SAME_SIZE, SENTENCE_END, TextLine, is_item, merged, rows_of, width_of, wraps

__all__ = ["columns_of", "is_wrapped"]

_MIN_COLUMN_LINES = 3
_MIN_COLUMN_CHARACTERS = 18  # of the middle line of a column of prose
_MIN_COLUMN_FILL = 0.55  # of the width of a column, that its middle line takes
_MIN_LONE_SHARE = 0.6  # of the rows of such a column, that are one line
_MIN_WRAPPED_SHARE = 0.6  # of the lines of each of several columns, which else are those of a table
_MIN_ROW_DISTANCE = 0.5  # of the height of a line, between rows that are those of a table and not of columns
_FULL = 0.97  # of the width of a column: what a line and the word after it take more than


def columns_of(lines: Sequence[TextLine]) -> Iterator[list[TextLine]]:
    """The lines in reading order, by column: first what runs over the columns above them, then column by column."""
    gutter = _gutter(lines)
    if gutter is None:
        if lines:
            yield sorted(lines, key=lambda line: (line.top, line.left))
        return
    top_down = sorted(lines, key=lambda line: (line.top, line.left))
    over_columns = _over_columns(top_down, gutter)
    for is_over, band in groupby(top_down, key=lambda line: line in over_columns):
        if is_over:
            yield list(band)
        else:
            yield from _sides(list(band), gutter)


def _over_columns(top_down: Sequence[TextLine], gutter: float) -> set[TextLine]:
    """The lines that run over the columns, and the short last lines of their paragraphs."""
    over_columns: set[TextLine] = set()
    above: TextLine | None = None
    for row in rows_of(top_down):
        if any(line.left < gutter < line.right for line in row):
            over_columns.update(line for line in row if line.left < gutter < line.right)
            above = row[0]
        elif above is not None and len(row) == 1 and _ends_paragraph(row[0], above):
            over_columns.update(row)
            above = None
        else:
            above = None
    return over_columns


def _ends_paragraph(line: TextLine, above: TextLine) -> bool:
    """Whether ``line`` is the rest of a paragraph: right under ``above``, which ends no sentence."""
    is_near = line.top - above.bottom < _MIN_ROW_DISTANCE * line.height and abs(line.left - above.left) < line.height
    return is_near and abs(line.size - above.size) < SAME_SIZE and not SENTENCE_END.search(above.text)


def _sides(band: Sequence[TextLine], gutter: float) -> Iterator[list[TextLine]]:
    """The two sides of a band, each by its own columns; a band of cells, or with one side, as it is."""
    left_lines = [line for line in band if line.right <= gutter]
    right_lines = [line for line in band if line.right > gutter]
    if not left_lines or not right_lines or _are_cells(left_lines, right_lines):
        if band:
            yield list(band)
        return
    yield from columns_of(left_lines)
    yield from columns_of(right_lines)


def _are_cells(left: Sequence[TextLine], right: Sequence[TextLine]) -> bool:
    """Whether the lines on two sides of a band are cells of rows: each beside one on the other side, and short, or in
    rows with space between them.
    """
    left_middles = sorted(line.middle for line in left)
    tolerances = [0.3 * line.height for line in right]
    cells_with_neighbour = sum(
        bisect_left(left_middles, line.middle - tolerance) < bisect_left(left_middles, line.middle + tolerance)
        for line, tolerance in zip(right, tolerances, strict=True)
    )
    if cells_with_neighbour <= 0.8 * len(right):
        return False
    return not (_is_prose(left) and _is_prose(right)) or (_are_apart(left) and _are_apart(right))


def _are_apart(lines: Sequence[TextLine]) -> bool:
    """Whether there is space between most of the rows of ``lines``, as there is none between lines of prose."""
    distances = [(lower[0].top - upper[0].bottom) / upper[0].height for upper, lower in pairwise(rows_of(lines))]
    return bool(distances) and median(distances) > _MIN_ROW_DISTANCE


def _is_prose(lines: Sequence[TextLine]) -> bool:
    """Whether ``lines`` are those of a column: most fill the width they share, whatever rows of a few small tables are
    between them; or of several columns side by side.
    """
    rows = [[merged(row)] if is_item(row) else row for row in rows_of(lines)]
    lone_lines = [row[0] for row in rows if len(row) == 1]
    column_lines = lone_lines if len(lone_lines) >= _MIN_LONE_SHARE * len(rows) else lines
    fill_share = median(line.right - line.left for line in column_lines) / max(1.0, width_of(lines))
    if fill_share >= _MIN_COLUMN_FILL and median(len(line.text) for line in column_lines) >= _MIN_COLUMN_CHARACTERS:
        return True
    return all(is_wrapped([merged(row) for row in rows_of(column)]) for column in _parts_side_by_side(lines))


def is_wrapped(lines: Sequence[TextLine]) -> bool:
    """Whether most of ``lines`` end where the first word of the next one has no room, as those of paragraphs do, and
    those of cells of one line do not.
    """
    full_width = _FULL * width_of(lines)
    wrapped = sum(wraps(line, next_line, full_width) for line, next_line in pairwise(lines))
    return (
        len(lines) >= 2 * _MIN_COLUMN_LINES
        and median(len(line.text) for line in lines) >= _MIN_COLUMN_CHARACTERS
        and wrapped >= _MIN_WRAPPED_SHARE * (len(lines) - 1)
    )


def _parts_side_by_side(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """``lines`` by the free strips between them; all of them where lines run over those strips."""
    parts: list[list[TextLine]] = []
    right_edge = 0.0
    for line in sorted(lines, key=lambda line: line.left):
        if parts and line.left < right_edge:
            parts[-1].append(line)
        else:
            parts.append([line])
        right_edge = max(right_edge, line.right)
    return parts


def _gutter(lines: Sequence[TextLine]) -> float | None:
    """The place of the widest vertical strip between columns of prose, which at most a quarter of the lines cross."""
    if len(lines) < 2 * _MIN_COLUMN_LINES:
        return None
    best_rank: tuple[float, float] | None = None
    right_edges = sorted({round(line.right) for line in lines})
    for right_edge in right_edges:
        candidate = right_edge + 0.5
        left_lines = [line for line in lines if line.right <= candidate]
        right_lines = [line for line in lines if line.left >= candidate]
        crossing_count = len(lines) - len(left_lines) - len(right_lines)
        if min(len(left_lines), len(right_lines)) < _MIN_COLUMN_LINES or crossing_count > 0.25 * len(lines):
            continue
        if not (_overlap(left_lines, right_lines) and _is_prose(left_lines) and _is_prose(right_lines)):
            continue
        if _are_cells(left_lines, right_lines):
            continue
        strip_width = min(line.left for line in right_lines) - max(line.right for line in left_lines)
        if best_rank is None or (-crossing_count, strip_width) > best_rank:
            best_rank, gutter = (-crossing_count, strip_width), candidate + strip_width / 2
    return None if best_rank is None else gutter


def _overlap(left: Sequence[TextLine], right: Sequence[TextLine]) -> bool:
    """Whether two columns stand side by side."""
    shared_top = max(min(line.top for line in column) for column in (left, right))
    shared_bottom = min(max(line.bottom for line in column) for column in (left, right))
    return shared_bottom - shared_top > 2 * median(line.height for line in left)
