"""The lines at the edges of the pages of a PDF file that are no text: page numbers, running headers and footers,
and the numbers of lines.

A row is left out as a whole or not at all, since a number in it may be that of a table. Only a number that surely
counts the pages, at one height on many of them, goes by itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile
from typing import NamedTuple

from ragzip.files.pdf_columns import is_wrapped
from ragzip.files.pdf_lines import HEADING_SIZE, PageLines, TextLine, body_size, merged, rows_of
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["without_edges"]

_PAGE_WORD = r"(?:page|seite|p[áa]gina|sida|side|strona|страница|стр\.|صفحة|p\.|第)"
_NUMBER_OF = r"(?:\d{1,4}|[ivxlc]{1,7})(?: ?[页頁쪽]| ?ページ)?(?: ?(?:of|/|von|de|di|sur|из|من) ?\d{1,4})?"
_PAGE_NUMBER = pattern_of(rf"(?:{_PAGE_WORD} ?)?(?:[-–—] ?)?{_NUMBER_OF}(?: ?[-–—])?", re.IGNORECASE)
_LABELLED_NUMBER = pattern_of(rf"{_PAGE_WORD} ?{_NUMBER_OF}|[-–—] ?{_NUMBER_OF} ?[-–—]", re.IGNORECASE)
_NUMBER = pattern_of(r"\d{1,9}")
_ROMAN_NUMBER = pattern_of(r"(?<!\w)(?=[ivxlc])c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})(?!\w)", re.IGNORECASE)
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_EDGE = 0.12  # of the height of a page, in which heads and feet stand
_REPEATED = 0.4  # of the pages (odd or even ones) on which a line stands that is no text of its own
_MIN_PAGES_OF_REPEATED = 3
_MAX_NUMBER_SIZE = 1.25  # of the size of the body: a larger number is a heading
_SMALLER_SIZE = 0.95  # of the size of the body
_MIN_DISTANCE = 0.8  # of the height of a line, from a running head to the text
_MAX_ROW_DISTANCE = 1.5  # of the height of a line, between the rows of a table
_MAX_LINE_NUMBER_DIGITS = 4
_MAX_LINE_NUMBER_STEP = 10
_MIN_LINE_NUMBERS = 4
_MIN_LINES_WITHIN_SENTENCES = 0.3  # of those that are counted: the cells of a table begin with capitals
_MAX_CELLS_SHARE = 0.8  # of the width of a row of a table, that its cells take: parts of columns of prose take more


class _EdgeKey(NamedTuple):
    """The key that lines at the edges of pages share if they are one header, one footer or page numbers."""

    text: str  # with "#" for the number that counts the pages
    height: int  # in parts of a twentieth of the page
    distance: int | None  # of the number of a page to its place in the file; None of a text without one


def without_edges(pages: Sequence[PageLines]) -> list[PageLines]:
    """``pages`` without page numbers, without the lines at their edges that many pages have, and without the numbers of
    lines beside a text.
    """
    pages = [_without_line_numbers(page) for page in pages]
    edges = _Edges(pages)
    body_pages = []
    for place, page in enumerate(pages):
        left_out = edges.left_out(page, place)
        body_pages.append(page._replace(lines=tuple(line for line in page.lines if line not in left_out)))
    return body_pages


def _without_line_numbers(page: PageLines) -> PageLines:
    """``page`` without the numbers that count its lines in a margin, as in manuscripts and laws."""
    numbers = [line for line in page.lines if line.text.isdecimal() and len(line.text) <= _MAX_LINE_NUMBER_DIGITS]
    aligned: dict[tuple[str, int], list[TextLine]] = {}
    for line in sorted(numbers, key=lambda line: line.top):
        aligned.setdefault(("left", round(line.left / 2)), []).append(line)
        aligned.setdefault(("right", round(line.right / 2)), []).append(line)
    longest = max(aligned.values(), key=len, default=[])
    if not _count_lines(longest, page):
        return page
    return page._replace(lines=tuple(line for line in page.lines if line not in longest))


def _count_lines(numbers: Sequence[TextLine], page: PageLines) -> bool:
    """Whether ``numbers``, one under the other, count lines of prose that all stand on one side of them."""
    steps = {int(lower.text) - int(upper.text) for upper, lower in pairwise(numbers)}
    if len(numbers) < _MIN_LINE_NUMBERS or len(steps) != 1 or not 0 < min(steps) <= _MAX_LINE_NUMBER_STEP:
        return False
    top, bottom = numbers[0].top - numbers[0].height, numbers[-1].bottom
    text_lines = [line for line in page.lines if line not in numbers and top < line.middle < bottom]
    left, right = min(line.left for line in numbers), max(line.right for line in numbers)
    is_beside = all(line.left > right for line in text_lines) or all(line.right < left for line in text_lines)
    rows = [merged(row) for row in rows_of(text_lines)]
    goes_on = sum(row.text[0].islower() for row in rows) > _MIN_LINES_WITHIN_SENTENCES * len(rows)
    return is_beside and goes_on and is_wrapped(rows)


class _Edges:
    """The counts of the lines at the edges of pages."""

    def __init__(self, pages: Sequence[PageLines]) -> None:
        self.page_count = len(pages)
        self.body_size = body_size(pages)
        self.pages_by_side = Counter(place % 2 for place in range(len(pages)))
        self.counts: Counter[tuple[_EdgeKey, int]] = Counter()
        for place, page in enumerate(pages):
            keys = {key for line in page.lines if _at_edge(line, page) for key in _keys(line, page, place)}
            self.counts.update((key, place % 2) for key in keys)

    def left_out(self, page: PageLines, place: int) -> set[TextLine]:
        """The lines of the page at ``place`` that are no text of it."""
        rows = rows_of(page.lines)
        left_out = self._left_out_rows(rows, page, place) | self._left_out_rows(rows[::-1], page, place)
        for row_number, row in enumerate(rows):
            neighbours = rows[max(0, row_number - 1) : row_number] + rows[row_number + 1 : row_number + 2]
            if not any(_are_table_rows(row, neighbour) for neighbour in neighbours):
                left_out.update(
                    line for line in row if _at_edge(line, page) and self._surely_counts_pages(line, page, place)
                )
        return left_out

    def _left_out_rows(self, rows: Sequence[Sequence[TextLine]], page: PageLines, place: int) -> set[TextLine]:
        """The lines of the rows at one edge that are no text, of all rows from that edge on."""
        edge_rows = list(takewhile(lambda row: all(_at_edge(line, page) for line in row), rows))
        are_left_out: list[bool] = []
        for row_number, row in enumerate(edge_rows):
            is_outermost = all(are_left_out)
            is_set_off = row_number + 1 == len(rows) or _distance(row, rows[row_number + 1]) > _MIN_DISTANCE
            are_left_out.append(
                all(
                    self._is_running(line, page, place)
                    or self._surely_counts_pages(line, page, place)
                    or (is_outermost and self._is_number(line, page, place))
                    or (is_outermost and is_set_off and self._is_running_in_a_chapter(line, page, place))
                    for line in row
                )
            )
        are_left_out += [False] * (len(rows) - len(edge_rows))
        for row_number in reversed(range(min(len(edge_rows), len(rows) - 1))):
            row, next_row = rows[row_number : row_number + 2]
            if not are_left_out[row_number + 1] and _are_table_rows(row, next_row):  # stays with the rest of its table
                are_left_out[row_number] = False
        return {line for row, is_left_out in zip(rows, are_left_out, strict=True) if is_left_out for line in row}

    def _is_running(self, line: TextLine, page: PageLines, place: int) -> bool:
        """Whether ``line`` is a running head or foot: on many pages, the same or with their numbers."""
        text_key, *number_keys = _keys(line, page, place)
        if self._is_on_many_pages(text_key):
            return True
        has_words = len(_NUMBER.sub("", line.text).split()) > 1  # more than a heading as "Question 3" has
        is_foot = line.top > page.height / 2  # where no heading stands
        is_smaller = is_foot or line.size < _SMALLER_SIZE * self.body_size
        return (
            has_words
            and is_smaller
            and any(self._is_on_many_pages(key) or (is_foot and self._is_on_both_pages(key)) for key in number_keys)
        )

    def _is_running_in_a_chapter(self, line: TextLine, page: PageLines, place: int) -> bool:
        """Whether ``line`` is the running head of a few pages, and no heading."""
        is_heading = line.bold or line.size >= HEADING_SIZE * self.body_size
        return not is_heading and self._page_count_of(_keys(line, page, place)[0]) > 1

    def _surely_counts_pages(self, line: TextLine, page: PageLines, place: int) -> bool:
        """Whether ``line`` is the number of a page, as other lines at its height are those of theirs."""
        return self._may_be_number(line) and any(
            self._page_count_of(key) >= _MIN_PAGES_OF_REPEATED for key in _keys(line, page, place)[1:]
        )

    def _is_number(self, line: TextLine, page: PageLines, place: int) -> bool:
        """Whether ``line``, which has a row at the very edge, is the number of the page."""
        if not self._may_be_number(line):
            return False
        is_roman = line.text.islower() and line.text.isascii() and bool(_ROMAN_NUMBER.fullmatch(line.text))
        if _LABELLED_NUMBER.fullmatch(line.text) or (is_roman and self.page_count > 1):
            return True
        number_keys = _keys(line, page, place)[1:]
        is_bare = line.text.isalnum()
        return any(
            self._page_count_of(key) > 1 or (key.distance == 1 and not (is_bare and self.page_count == 1))
            for key in number_keys
        )

    def _may_be_number(self, line: TextLine) -> bool:
        return line.size < _MAX_NUMBER_SIZE * self.body_size and bool(_PAGE_NUMBER.fullmatch(line.text))

    def _page_count_of(self, key: _EdgeKey) -> int:
        return sum(self.counts[key, side] for side in self.pages_by_side)

    def _is_on_both_pages(self, key: _EdgeKey) -> bool:
        """Whether the number in a line is that of the page, on each page of a file that has two."""
        return self.page_count == 2 and self._page_count_of(key) == 2 and key.distance == 1

    def _is_on_many_pages(self, key: _EdgeKey) -> bool:
        largest_share = max(self.counts[key, side] / pages for side, pages in self.pages_by_side.items())
        return self._page_count_of(key) >= _MIN_PAGES_OF_REPEATED and largest_share >= _REPEATED


def _at_edge(line: TextLine, page: PageLines) -> bool:
    return line.bottom < _EDGE * page.height or line.top > (1 - _EDGE) * page.height


def _keys(line: TextLine, page: PageLines, place: int) -> list[_EdgeKey]:
    """The key of the text of ``line``, then one for each number in it that may be that of the page."""
    text = line.text.casefold()
    height = round(20 * line.top / max(1.0, page.height))
    return [
        _EdgeKey(text, height, None),
        *(
            _EdgeKey(f"{text[:start]}#{text[end:]}", height, number - place)
            for start, end, number in _numbers(text)
        ),
    ]  # fmt: skip


def _numbers(text: str) -> Iterator[tuple[int, int, int]]:
    """The start and end of each number in ``text``, and the number; roman ones where nothing else stands in it."""
    for match in _NUMBER.finditer(text):
        yield match.start(), match.end(), int(match.group())
    for match in _ROMAN_NUMBER.finditer(text) if _PAGE_NUMBER.fullmatch(text) else ():
        values = [_ROMAN_DIGITS[letter] for letter in match.group()]
        yield match.start(), match.end(), sum(
            -value if value < next_value else value for value, next_value in pairwise([*values, 0])
        )  # fmt: skip


def _distance(row: Sequence[TextLine], next_row: Sequence[TextLine]) -> float:
    """The distance between two rows, either of which may be the upper one, in heights of a line."""
    upper, lower = sorted((row, next_row), key=lambda lines: lines[0].middle)
    free = min(line.top for line in lower) - max(line.bottom for line in upper)
    return free / min(row[0].height, next_row[0].height)


def _are_table_rows(row: Sequence[TextLine], next_row: Sequence[TextLine]) -> bool:
    """Whether two rows are of one table: near, with cells one under the other."""
    cells_under_cells = sum(
        any(cell.left < next_cell.right and next_cell.left < cell.right for next_cell in next_row) for cell in row
    )
    width = next_row[-1].right - next_row[0].left
    cells_width = sum(cell.right - cell.left for cell in next_row)
    return (
        cells_under_cells > 1
        and cells_width < _MAX_CELLS_SHARE * width
        and _distance(row, next_row) < _MAX_ROW_DISTANCE
    )
