"""The paragraphs, headings, captions, lists and tables of a page, in reading order.

A column is cut into paragraphs by distance, indentation and size. Lines side by side with short texts are the rows of a
table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from statistics import median
from typing import Literal

from ragzip.files.pdf_columns import columns_of
from ragzip.files.pdf_grids import Grid, grids_of
from ragzip.files.pdf_lines import (
    ENTRY,
    HEADING_SIZE,
    MAX_HEADING_WORDS,
    SAME_SIZE,
    SENTENCE_END,
    PageLines,
    TextLine,
    is_item,
    merged,
    rows_of,
    width_of,
    wraps,
)
from ragzip.files.pdf_tables import has_header, table_rows, table_runs
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.formats.paper import CAPTION

__all__ = ["BULLET", "PaperBlock", "page_blocks"]

BULLET = pattern_of(r"[•‣▪●◦∙·–]\s+")
_LIST_SIGN = pattern_of(r"(?:[-*+]|\(?(?P<number>\d{1,3}|[A-Za-z])[.)])\s+(?=\S)")
_NUMBERED_HEADING = pattern_of(r"(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[A-Z]\.|[IVX]{1,5}\.)\s+(?=[A-ZÀ-Þ])")
_MIN_INDENT = 0.5  # of the height of a line
_MIN_INDENTS = 2  # in a column whose paragraphs are told by them
_SHORT_LINE = 0.25  # of the width of a column, that the last line of a paragraph leaves free
_MAX_FULL_LINE_GAP = 0.3  # of the height of a line: how far a full line ends from the edge of its column
_MIN_FULL_CHARACTERS = 40  # of the only line that reaches the edge, which else is just the longest of a few short ones
_MIN_CODE_LINES = 2  # a single one is a term that is explained below, or a part of a paragraph
_MAX_BLANK = 1.8  # of the size: the widest blank of a justified line
_MAX_EDGE_DISTANCE = 2.0  # points by which what is aligned may differ
_MIN_FULL_LINES = 2  # in a column that is justified
_MAX_TIMES_WIDER = 1.4  # than the blanks within the parts of a justified line
_MIN_JUSTIFIED_FILL = 0.8
_MIN_JUSTIFIED_CHARACTERS = 40
_MAX_ASIDE_SHARE = 0.9  # of the size of the body: a note at the foot of a column

Kind = Literal["text", "heading", "caption", "item", "table", "aside", "code"]


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


def page_blocks(page: PageLines, number: int, body_size: float) -> Iterator[PaperBlock]:
    """The blocks of page ``number`` (from 0), whose text is ``body_size`` points in size."""
    grids = {
        TextLine(grid.left, grid.top, grid.right, grid.bottom, " ".join(grid.rows[0]), body_size, False): grid
        for grid in grids_of(page)
    }
    in_grids = {line for grid in grids.values() for line in grid.lines}
    lines = [line for line in page.lines if line not in in_grids]
    for column in columns_of([*lines, *grids]):
        blocks = list(_column_blocks(column, grids, number, body_size))
        first_text = next((block for block in blocks if block.kind in ("text", "heading", "item")), None)
        if first_text is not None:
            first_text.opens_column = True
        yield from blocks


def _column_blocks(
    lines: Sequence[TextLine], grids: Mapping[TextLine, Grid], page: int, body_size: float
) -> Iterator[PaperBlock]:
    """The paragraphs and tables of a column, in which a line stands for each of ``grids``."""
    lines_left = [line for line in lines if line not in grids]
    for stand_in in sorted((line for line in lines if line in grids), key=lambda line: line.top):
        above = [line for line in lines_left if line.middle < stand_in.middle]
        lines_left = [line for line in lines_left if line.middle >= stand_in.middle]
        yield from _blocks_without_rules(above, page, body_size)
        yield _table(grids[stand_in].rows, page, body_size)
    yield from _blocks_without_rules(lines_left, page, body_size)


def _blocks_without_rules(lines: Sequence[TextLine], page: int, body_size: float) -> Iterator[PaperBlock]:
    """The paragraphs of ``lines``, and the tables whose cells are told by the blanks between them."""
    rows = _rows(lines)
    text_start = 0
    for table_start, table_end in table_runs(rows):
        yield from _paragraphs([merged(row) for row in rows[text_start:table_start]], page, body_size)
        yield _table(table_rows(rows[table_start:table_end]), page, rows[table_start][0].size)
        text_start = table_end
    yield from _paragraphs([merged(row) for row in rows[text_start:]], page, body_size)


def _rows(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """Lines that stand side by side, from left to right; the parts of a justified line are one, and so are the sign of
    an item and its text.
    """
    left_edge, right_edge = (
        min((line.left for line in lines), default=0.0),
        max((line.right for line in lines), default=0.0),
    )
    rows = rows_of(lines)
    full_count = sum(len(row) == 1 and _is_flush(row, left_edge, right_edge) for row in rows)
    return [
        [merged(row)]
        if is_item(row)
        or _is_justified(row)
        or (full_count >= _MIN_FULL_LINES and _has_equal_blanks(row) and _is_flush(row, left_edge, right_edge))
        else row
        for row in rows
    ]


def _is_flush(row: Sequence[TextLine], left: float, right: float) -> bool:
    """Whether ``row`` reaches both edges of its column, as justified lines do."""
    return row[0].left - left < _MAX_EDGE_DISTANCE and right - row[-1].right < _MAX_EDGE_DISTANCE


def _has_equal_blanks(row: Sequence[TextLine]) -> bool:
    """Whether the parts of ``row`` are equally far from each other, as the words of a justified line are."""
    widths = [next_part.left - part.right for part, next_part in pairwise(row)]
    return len(widths) > 1 and max(widths) - min(widths) < _MAX_EDGE_DISTANCE


def _is_justified(row: Sequence[TextLine]) -> bool:
    """Whether the parts of a row are one line of prose, with wide blanks between its words."""
    blank_widths = [next_part.left - part.right for part, next_part in pairwise(row)]
    if blank_widths and max(blank_widths) < _MAX_TIMES_WIDER * max(part.blank for part in row):
        return True
    fill_share = sum(line.right - line.left for line in row) / max(1.0, row[-1].right - row[0].left)
    return (
        bool(blank_widths)
        and max(blank_widths) < _MAX_BLANK * row[0].size
        and fill_share > _MIN_JUSTIFIED_FILL
        and sum(len(line.text) for line in row) >= _MIN_JUSTIFIED_CHARACTERS
    )


def _table(rows: Sequence[Sequence[str]], page: int, size: float) -> PaperBlock:
    """The table of ``rows`` in Markdown, with an empty header where the first row is none."""
    header, *data_rows = rows if has_header(rows) else [[""] * len(rows[0]), *rows]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in (header, *data_rows)]
    return PaperBlock("table", page, size, [lines[0], "|" + "---|" * len(header), *lines[1:]])


def _paragraphs(lines: Sequence[TextLine], page: int, body_size: float) -> Iterator[PaperBlock]:
    """The paragraphs and the code of lines that stand one under the other."""
    start = end = 0
    for is_fixed, group in groupby(lines, key=lambda line: line.is_fixed and line.size < HEADING_SIZE * body_size):
        first, end = end, end + sum(1 for _ in group)
        is_code = is_fixed and end - first >= _MIN_CODE_LINES
        if is_code and (first == 0 or not wraps(lines[first - 1], lines[first], width_of(lines))):
            yield from _prose(lines[start:first], page, body_size)
            yield _code(lines[first:end], page)
            start = end
    yield from _prose(lines[start:], page, body_size)


def _code(lines: Sequence[TextLine], page: int) -> PaperBlock:
    """Lines of code, indented as they stand."""
    sign_width = median((line.right - line.left) / len(line.text) for line in lines)
    left_edge = min(line.left for line in lines)
    texts = [" " * round((line.left - left_edge) / max(1.0, sign_width)) + line.text for line in lines]
    return PaperBlock("code", page, lines[0].size, texts)


def _prose(lines: Sequence[TextLine], page: int, body_size: float) -> Iterator[PaperBlock]:
    """The paragraphs of lines that stand one under the other."""
    if not lines:
        return
    line_gaps = sorted(max(0.0, line_below.top - line_above.bottom) for line_above, line_below in pairwise(lines))
    usual_gap = line_gaps[len(line_gaps) // 3] if line_gaps else 0.0
    left_edge = median(line.left for line in lines)
    right_edge = max(line.right for line in lines)
    indent_count = sum(_is_indented(line_below, line_above, left_edge) for line_above, line_below in pairwise(lines))
    is_edge_known = sum(_is_full(line, right_edge) for line in lines) > 1
    listed = _listed(lines)
    paragraph: PaperBlock | None = None
    first_line: TextLine | None = None
    line_above: TextLine | None = None
    for line in lines:
        if (
            paragraph is None
            or line_above is None
            or first_line is None
            or line in listed
            or _begins_item(line_above, line, paragraph, first_line, right_edge)
            or _begins(
                line_above, line, paragraph, usual_gap, left_edge, right_edge if indent_count < _MIN_INDENTS else 0.0
            )
        ):
            first_line = line
            if paragraph is not None:
                yield paragraph
            begins_indented = line.left - min(column_line.left for column_line in lines) > _MIN_INDENT * line.height
            paragraph = PaperBlock(_kind(line, body_size), page, line.size, is_indented=begins_indented)
        paragraph.lines.append(line.text)
        paragraph.is_full = _is_full(line, right_edge) and (is_edge_known or len(line.text) >= _MIN_FULL_CHARACTERS)
        line_above = line
    if paragraph is not None:
        yield paragraph


def _begins(above: TextLine, line: TextLine, block: PaperBlock, usual_gap: float, left: float, right: float) -> bool:
    """Whether ``line`` begins a paragraph. ``right``: the edge that full lines reach, 0 where paragraphs are told by
    their indentation.
    """
    lower_height = min(above.height, line.height)
    if line.top - above.bottom > usual_gap + 0.45 * lower_height or line.top < above.top - lower_height:
        return True
    if abs(line.size - above.size) > SAME_SIZE or (line.bold != above.bold and (line.bold or block.kind == "heading")):
        return True
    if block.kind == "caption" and len(block.lines) == 1 and _is_label_of_caption(above.text):
        return False
    if CAPTION.match(line.text) and SENTENCE_END.search(above.text):
        return True
    if ENTRY.match(line.text) or ENTRY.match(above.text):
        return True
    if block.kind == "heading":
        return bool(_NUMBERED_HEADING.match(line.text)) or not _are_aligned(above, line)
    sentence_ended = bool(SENTENCE_END.search(above.text))
    is_above_short = above.right < right - _SHORT_LINE * (right - left)
    if block.kind == "item":
        is_further_out = line.left < above.left - 1.5 * lower_height
        return sentence_ended and (is_further_out or (is_above_short and line.left - above.left < lower_height))
    return sentence_ended and (_is_indented(line, above, left) or is_above_short)


def _is_label_of_caption(text: str) -> bool:
    """Whether ``text`` is "TABLE I" or the like, whose title is on the next line."""
    label = CAPTION.match(text)
    return label is not None and label.end() >= len(text.rstrip(" .:"))


def _are_aligned(above: TextLine, line: TextLine) -> bool:
    """Whether two lines begin, or have their middles, one below the other."""
    middles = [(part.left + part.right) / 2 for part in (above, line)]
    return min(abs(above.left - line.left), abs(middles[0] - middles[1])) < line.height


def _begins_item(above: TextLine, line: TextLine, block: PaperBlock, first_line: TextLine, right: float) -> bool:
    """Whether ``line`` begins an item of a list: with a bullet, or with another sign that either would have had room on
    the line above, so that it is no word of a paragraph, or comes after that of the item above, at the same place.
    ``first_line`` is that of ``block``.
    """
    if BULLET.match(line.text):
        return True
    sign = _LIST_SIGN.match(line.text)
    if sign is None:
        return False
    if right - above.right > sign.end() * line.size or above.text.endswith((":", "：")):
        return True
    if block.kind != "item":
        return False
    sign_above = _LIST_SIGN.match(first_line.text)
    return bool(SENTENCE_END.search(above.text)) or (
        sign_above is not None
        and abs(first_line.left - line.left) < _MIN_INDENT * line.height
        and _order(sign) == _order(sign_above) + (sign["number"] is not None)
    )


def _is_full(line: TextLine, right: float) -> bool:
    return right - line.right < _MAX_FULL_LINE_GAP * line.height


def _listed(lines: Sequence[TextLine]) -> frozenset[TextLine]:
    """The lines one under the other that begin with the same sign, or with signs that count, as on slides, whose lines
    are too short to say where a full one ends.
    """
    listed: set[TextLine] = set()
    for above, line in pairwise(lines):
        sign_above, sign = _LIST_SIGN.match(above.text), _LIST_SIGN.match(line.text)
        if sign_above is None or sign is None or abs(above.left - line.left) >= _MIN_INDENT * line.height:
            continue
        if _order(sign) == _order(sign_above) + (sign["number"] is not None):
            listed |= {above, line}
    return frozenset(listed)


def _order(sign: re.Match[str]) -> int:
    """The place of an item by its sign; the sign itself, of one without an order."""
    number = sign["number"]
    return ord(sign.group()[0]) if number is None else int(number) if number.isdigit() else ord(number)


def _is_indented(line: TextLine, above: TextLine, left: float) -> bool:
    """Whether ``line`` begins further in than its column, and ``above`` does not."""
    lower_height = min(above.height, line.height)
    return 0.6 * lower_height < line.left - left < 5 * lower_height and above.left <= left + 0.5 * lower_height


def _kind(line: TextLine, body_size: float) -> Kind:
    """The kind of the block that begins with ``line``."""
    if CAPTION.match(line.text):
        return "caption"
    if BULLET.match(line.text) or ENTRY.match(line.text):
        return "item"
    words = line.text.split()
    is_short = len(words) <= MAX_HEADING_WORDS and any(word[0].isalpha() for word in words)
    is_larger = line.size >= HEADING_SIZE * body_size
    if is_short and (is_larger or line.bold) and not line.text.endswith((".", ",", ";")):
        return "heading"
    if _LIST_SIGN.match(line.text):
        return "item"
    return "aside" if line.size < _MAX_ASIDE_SHARE * body_size else "text"
