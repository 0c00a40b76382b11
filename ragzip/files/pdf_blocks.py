"""The paragraphs, headings, captions, lists and tables of a page, in reading order.

A page is cut into bands at the lines that run over its columns, a band into columns at its gutter, and a column into
paragraphs by distance, indentation and size. Lines side by side with short texts are the rows of a table.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from statistics import median
from typing import Literal

from ragzip.files.pdf_lines import HEADING_SIZE, MAX_HEADING_WORDS, SAME_SIZE, TextLine
from ragzip.text.structure.paper import CAPTION

__all__ = ["BULLET", "DIVIDED", "SENTENCE_END", "PaperBlock", "page_blocks"]

BULLET = re.compile(r"[•‣▪●◦∙·–]\s+")
_NUMBERED = re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[A-Z]\.|[IVX]{1,5}\.)\s+(?=[A-ZÀ-Þ])")
DIVIDED = re.compile(r"(?<=\w)[-\u00ad\u2010]$")
SENTENCE_END = re.compile(r"[.!?:;。！？][\"'”’)\]\d]{0,4}$")
_MIN_INDENT = 0.5  # of the height of a line
_MIN_INDENTS = 2  # in a column whose paragraphs are told by them
_SHORT_LINE = 0.25  # of the width of a column, that the last line of a paragraph leaves free
_FULL = 0.3  # of the height of a line: how far a full line ends from the edge of its column
_MIN_COLUMN_LINES = 3
_MIN_COLUMN_CHARACTERS = 18  # of the middle line of a column of prose
_MIN_COLUMN_FILL = 0.55  # of the width of a column, that its middle line takes
_MAX_BLANK = 1.8  # of the size: the widest blank of a justified line
_MIN_JUSTIFIED_FILL = 0.8
_MIN_JUSTIFIED_CHARACTERS = 40
_MAX_ASIDE_SHARE = 0.9  # of the size of the body: a note at the foot of a column

Kind = Literal["text", "heading", "caption", "item", "table", "aside"]


@dataclass
class PaperBlock:
    """A paragraph or a table. ``lines`` are the texts of its lines, of a table its rows in Markdown. ``is_indented`` is
    its first line, ``is_full`` its last one, which then is hardly that of the paragraph. ``opens_column``: nothing but
    what is no text of the paragraphs stands above it.
    """

    kind: Kind
    page: int
    size: float
    lines: list[str] = field(default_factory=list)
    is_indented: bool = False
    is_full: bool = False
    opens_column: bool = False
    page_breaks: list[tuple[int, int]] = field(default_factory=list)  # (number of the line, page that begins there)


def page_blocks(lines: Sequence[TextLine], number: int, body_size: float) -> Iterator[PaperBlock]:
    """The blocks of page ``number`` (from 0), whose text is ``body_size`` points in size."""
    for column in _columns(lines):
        blocks = list(_column_blocks(column, number, body_size))
        first_text = next((block for block in blocks if block.kind in ("text", "heading", "item")), None)
        if first_text is not None:
            first_text.opens_column = True
        yield from blocks


def _columns(lines: Sequence[TextLine]) -> Iterator[list[TextLine]]:
    """The lines in reading order, by column: first what runs over the columns above them, then column by column."""
    gutter = _gutter(lines)
    if gutter is None:
        if lines:
            yield sorted(lines, key=lambda line: (line.top, line.left))
        return
    top_down = sorted(lines, key=lambda line: (line.top, line.left))
    for over_columns, band in groupby(top_down, key=lambda line: line.left < gutter < line.right):
        if over_columns:
            yield list(band)
        else:
            yield from _sides(list(band), gutter)


def _sides(band: Sequence[TextLine], gutter: float) -> Iterator[list[TextLine]]:
    """The two sides of a band, each by its own columns; a band of cells, or with one side, as it is."""
    left = [line for line in band if line.right <= gutter]
    right = [line for line in band if line.right > gutter]
    if not left or not right or _are_cells(left, right):
        if band:
            yield list(band)
        return
    yield from _columns(left)
    yield from _columns(right)


def _are_cells(left: Sequence[TextLine], right: Sequence[TextLine]) -> bool:
    """Whether the lines on two sides of a band are cells of rows: short, and each beside one on the other side."""
    middles = sorted(line.middle for line in left)
    reach = [0.3 * line.height for line in right]
    beside = sum(
        bisect_left(middles, line.middle - height) < bisect_left(middles, line.middle + height)
        for line, height in zip(right, reach, strict=True)
    )
    return beside > 0.8 * len(right) and not (_is_prose(left) and _is_prose(right))


def _is_prose(lines: Sequence[TextLine]) -> bool:
    """Whether most of ``lines`` fill the width they share, as those of a column do."""
    width = max(line.right for line in lines) - min(line.left for line in lines)
    filled = median(line.right - line.left for line in lines) / max(1.0, width)
    return median(len(line.text) for line in lines) >= _MIN_COLUMN_CHARACTERS and filled >= _MIN_COLUMN_FILL


def _gutter(lines: Sequence[TextLine]) -> float | None:
    """The place of the widest vertical strip between columns of prose, which at most a quarter of the lines cross."""
    if len(lines) < 2 * _MIN_COLUMN_LINES:
        return None
    best: tuple[float, float] | None = None
    edges = sorted({round(line.right) for line in lines})
    for edge in edges:
        place = edge + 0.5
        left = [line for line in lines if line.right <= place]
        right = [line for line in lines if line.left >= place]
        crossing = len(lines) - len(left) - len(right)
        if min(len(left), len(right)) < _MIN_COLUMN_LINES or crossing > 0.25 * len(lines):
            continue
        if not (_overlap(left, right) and _is_prose(left) and _is_prose(right)):
            continue
        width = min(line.left for line in right) - max(line.right for line in left)
        if best is None or (-crossing, width) > best:
            best, gutter = (-crossing, width), place + width / 2
    return None if best is None else gutter


def _overlap(left: Sequence[TextLine], right: Sequence[TextLine]) -> bool:
    """Whether two columns stand side by side."""
    top = max(min(line.top for line in column) for column in (left, right))
    bottom = min(max(line.bottom for line in column) for column in (left, right))
    return bottom - top > 2 * median(line.height for line in left)


# Paragraphs and tables


def _column_blocks(lines: Sequence[TextLine], page: int, body_size: float) -> Iterator[PaperBlock]:
    """The paragraphs and tables of a column."""
    rows = _rows(lines)
    start = 0
    for first, end in _table_runs(rows):
        yield from _paragraphs([_merged(row) for row in rows[start:first]], page, body_size)
        yield _table(rows[first:end], page)
        start = end
    yield from _paragraphs([_merged(row) for row in rows[start:]], page, body_size)


def _rows(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """Lines that stand side by side, from left to right; the parts of a justified line are one."""
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda line: (line.middle, line.left)):
        if rows and abs(line.middle - rows[-1][0].middle) < 0.4 * min(line.height, rows[-1][0].height):
            rows[-1].append(line)
        else:
            rows.append([line])
    sorted_rows = [sorted(row, key=lambda line: line.left) for row in rows]
    return [[_merged(row)] if _is_justified(row) else row for row in sorted_rows]


def _is_justified(row: Sequence[TextLine]) -> bool:
    """Whether the parts of a row are one line of prose, with wide blanks between its words."""
    gaps = [right.left - left.right for left, right in pairwise(row)]
    filled = sum(line.right - line.left for line in row) / max(1.0, row[-1].right - row[0].left)
    return (
        bool(gaps)
        and max(gaps) < _MAX_BLANK * row[0].size
        and filled > _MIN_JUSTIFIED_FILL
        and sum(len(line.text) for line in row) >= _MIN_JUSTIFIED_CHARACTERS
    )


def _merged(row: Sequence[TextLine]) -> TextLine:
    """The lines of a row as one."""
    first = row[0]
    if len(row) == 1:
        return first
    return TextLine(
        first.left,
        min(line.top for line in row),
        max(line.right for line in row),
        max(line.bottom for line in row),
        " ".join(line.text for line in row),
        max(line.size for line in row),
        all(line.bold for line in row),
    )


def _table_runs(rows: Sequence[Sequence[TextLine]]) -> Iterator[tuple[int, int]]:
    """The first row of each table, and the row after its last one: rows of several cells in columns they share. A row
    of one cell between them belongs to the row above.
    """
    start = 0
    while start < len(rows):
        if len(rows[start]) < 2:
            start += 1
            continue
        end = last = start + 1
        while end < len(rows) and _follows(rows[end - 1], rows[end], rows[start]):
            end += 1
            if len(rows[end - 1]) > 1:
                last = end
        if sum(len(row) > 1 for row in rows[start:last]) > 1:
            yield start, last
        start = max(last, start + 1)


def _follows(above: Sequence[TextLine], row: Sequence[TextLine], first: Sequence[TextLine]) -> bool:
    """Whether ``row`` goes on with a table: near, and its cells under those of the first row."""
    if row[0].top - above[0].bottom > 2.5 * above[0].height:
        return False
    if len(row) == 1:  # the rest of a cell of several lines
        return row[0].left > first[0].right and row[0].top - above[0].bottom < 0.7 * above[0].height
    under = sum(any(cell.left < other.right and other.left < cell.right for other in first) for cell in row)
    return under >= max(1, len(row) - 1)


def _table(rows: Sequence[Sequence[TextLine]], page: int) -> PaperBlock:
    """The table in Markdown, its first row as the header."""
    edges = _column_edges(rows)
    cells: list[list[str]] = []
    for row in rows:
        texts = [""] * len(edges)
        for cell in row:
            column = _column_of(cell, edges)
            texts[column] = f"{texts[column]} {cell.text}".strip().replace("|", "\\|")
        if cells and not texts[0] and len(row) < len(edges) - 1:
            cells[-1] = [" ".join(part for part in pair if part) for pair in zip(cells[-1], texts, strict=True)]
        else:
            cells.append(texts)
    lines = ["| " + " | ".join(texts) + " |" for texts in cells]
    return PaperBlock("table", page, rows[0][0].size, [lines[0], "|" + "---|" * len(edges), *lines[1:]])


def _column_edges(rows: Sequence[Sequence[TextLine]]) -> list[tuple[float, float]]:
    """Left and right edge of each column: of cells that overlap, from the row with most of them on."""
    edges: list[tuple[float, float]] = []
    for row in sorted(rows, key=len, reverse=True):
        for cell in row:
            overlapping = [
                place for place, (left, right) in enumerate(edges) if cell.left < right and left < cell.right
            ]
            if not overlapping:
                edges.append((cell.left, cell.right))
            elif len(overlapping) == 1:
                left, right = edges[overlapping[0]]
                edges[overlapping[0]] = (min(left, cell.left), max(right, cell.right))
        edges.sort()
    return edges


def _column_of(cell: TextLine, edges: Sequence[tuple[float, float]]) -> int:
    """The number of the column that a cell shares most with."""
    shared = [min(cell.right, right) - max(cell.left, left) for left, right in edges]
    return shared.index(max(shared))


def _paragraphs(lines: Sequence[TextLine], page: int, body_size: float) -> Iterator[PaperBlock]:
    """The paragraphs of lines that stand one under the other."""
    if not lines:
        return
    gaps = sorted(max(0.0, below.top - above.bottom) for above, below in pairwise(lines))
    usual_gap = gaps[len(gaps) // 3] if gaps else 0.0
    left = median(line.left for line in lines)
    right = max(line.right for line in lines)
    indents = sum(_is_indented(below, above, left) for above, below in pairwise(lines))
    block: PaperBlock | None = None
    above: TextLine | None = None
    for line in lines:
        if (
            block is None
            or above is None
            or _begins(above, line, block, usual_gap, left, right if indents < _MIN_INDENTS else 0.0)
        ):
            if block is not None:
                yield block
            indented = line.left - min(other.left for other in lines) > _MIN_INDENT * line.height
            block = PaperBlock(_kind(line, body_size), page, line.size, is_indented=indented)
        block.lines.append(line.text)
        block.is_full = right - line.right < _FULL * line.height
        above = line
    if block is not None:
        yield block


def _begins(above: TextLine, line: TextLine, block: PaperBlock, usual_gap: float, left: float, right: float) -> bool:
    """Whether ``line`` begins a paragraph. ``right``: the edge that full lines reach, 0 where paragraphs are told by
    their indentation.
    """
    height = min(above.height, line.height)
    if line.top - above.bottom > usual_gap + 0.45 * height or line.top < above.top - height:
        return True
    if abs(line.size - above.size) > SAME_SIZE or (line.bold != above.bold and (line.bold or block.kind == "heading")):
        return True
    if BULLET.match(line.text) or (CAPTION.match(line.text) and SENTENCE_END.search(above.text)):
        return True
    if block.kind == "heading":
        return bool(_NUMBERED.match(line.text))
    ended = bool(SENTENCE_END.search(above.text))
    if block.kind == "item":
        return line.left < above.left - 1.5 * height and ended
    return ended and (_is_indented(line, above, left) or above.right < right - _SHORT_LINE * (right - left))


def _is_indented(line: TextLine, above: TextLine, left: float) -> bool:
    """Whether ``line`` begins further in than its column, and ``above`` does not."""
    height = min(above.height, line.height)
    return 0.6 * height < line.left - left < 5 * height and above.left <= left + 0.5 * height


def _kind(line: TextLine, body_size: float) -> Kind:
    """What begins with ``line``."""
    if CAPTION.match(line.text):
        return "caption"
    if BULLET.match(line.text):
        return "item"
    words = line.text.split()
    short = len(words) <= MAX_HEADING_WORDS and any(word[0].isalpha() for word in words)
    larger = line.size >= HEADING_SIZE * body_size
    if short and (larger or line.bold) and not line.text.endswith((".", ",", ";")):
        return "heading"
    return "aside" if line.size < _MAX_ASIDE_SHARE * body_size else "text"
