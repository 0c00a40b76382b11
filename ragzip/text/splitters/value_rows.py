"""Rows of tables that text from PDF files has with each cell on a line of its own: "Accounts payable", "$", "302,578",
"$", "255,028".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby, islice

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.prose.breaks import STOP_AT_END
from ragzip.text.splitters.scanner import MarkdownBlock, line_spans, trim

__all__ = ["with_value_rows"]

_VALUE = pattern_of(
    r"[$€£¥%—–-]{1,2}|\(?[$€£¥]?\s?[-−–]?\d[\d.,]{0,20}\)?\s?%?|[Nn]/?[Aa]|(?:Level|Note|Tier|Stage)\s\d{1,2}"
)
_NUMBER_LINE = pattern_of(r"^[ \t]*+\(?[$€£¥]?\d[\d.,]*+\)?[ \t]*$", re.MULTILINE)
_YEAR = pattern_of(r"(?:19|20)\d\d")
_DATE = pattern_of(r"(?:[A-Z][a-z]{2,8}\.?\s?\d{1,2},?\s?|[A-Z][a-z]{2,8}\s|FY\s?)?(?:19|20)\d\d")
_LETTER = pattern_of(r"[^\W\d_]")
_MAX_LABEL_CHARACTERS = 140
_MAX_LINES_TO_ROW = 8  # from the dates over it
_LEAST_ROWS, _LEAST_NUMBERS = 5, 8
_LEAST_SHARE_WITH_COLUMNS = 0.6  # of the rows: with several numbers


def with_value_rows(text: str, all_blocks: Sequence[MarkdownBlock]) -> list[MarkdownBlock]:
    """``all_blocks``, such rows as blocks of their own, and the years over them as headings."""
    if sum(1 for _ in islice(_NUMBER_LINE.finditer(text), _LEAST_NUMBERS)) < _LEAST_NUMBERS:
        return list(all_blocks)
    lines = [
        Span(*span)
        for block in all_blocks
        if block.kind in ("prose", "list")
        for start, end in line_spans(text, block.start, block.end)
        if (span := trim(text, start, end)) is not None
    ]
    rows = list(_rows(text, lines))
    numbers = [sum(_is_number(text, line) for line in row) for row in rows]
    if len(rows) < _LEAST_ROWS or sum(count > 1 for count in numbers) < _LEAST_SHARE_WITH_COLUMNS * len(rows):
        return list(all_blocks)
    pieces = [
        MarkdownBlock(row[0].start, row[-1].end, "heading" if _are_years(text, row) else "citation") for row in rows
    ]
    return list(_cut(text, all_blocks, sorted([*pieces, *_dates(text, lines, rows)])))


def _rows(text: str, lines: Sequence[Span]) -> Iterator[Sequence[Span]]:
    """The lines of each row: a label, which may go on from the line above it, and values."""
    place = 0
    while place < len(lines):
        end = place + 1
        while end < len(lines) and _VALUE.fullmatch(text, *lines[end]):
            end += 1
        if _is_label(text, lines[place]) and any(_is_number(text, line) for line in lines[place + 1 : end]):
            goes_on = place > 0 and text[lines[place].start].islower() and _is_label(text, lines[place - 1])
            yield lines[place - goes_on : end]
        place = end


def _is_label(text: str, line: Span) -> bool:
    return (
        line.end - line.start <= _MAX_LABEL_CHARACTERS
        and _VALUE.fullmatch(text, *line) is None
        and _LETTER.search(text, *line) is not None
        and STOP_AT_END.search(text, *line) is None
    )


def _is_number(text: str, line: Span) -> bool:
    return _VALUE.fullmatch(text, *line) is not None and any(map(str.isdigit, text[slice(*line)]))


def _are_years(text: str, row: Sequence[Span]) -> bool:
    """Whether the values of a row are years, which name the columns of the others."""
    return len(row) > 2 and all(_YEAR.fullmatch(text, *line) for line in row[1:])


def _dates(text: str, lines: Sequence[Span], rows: Sequence[Sequence[Span]]) -> Iterator[MarkdownBlock]:
    """Several dates, each on a line, at most a few lines above a row: they name the columns."""
    in_rows = {line for row in rows for line in row}
    first_lines = {row[0] for row in rows}
    for are_dates, run in groupby(enumerate(lines), lambda numbered: _is_date(text, numbered[1], in_rows)):
        dates = list(run)
        below = lines[dates[-1][0] + 1 : dates[-1][0] + 1 + _MAX_LINES_TO_ROW]
        if are_dates and len(dates) > 1 and not first_lines.isdisjoint(below):
            yield MarkdownBlock(dates[0][1].start, dates[-1][1].end, "heading")


def _is_date(text: str, line: Span, in_rows: Collection[Span]) -> bool:
    return line not in in_rows and _DATE.fullmatch(text, *line) is not None


def _cut(text: str, all_blocks: Sequence[MarkdownBlock], pieces: Sequence[MarkdownBlock]) -> Iterator[MarkdownBlock]:
    """``all_blocks`` with ``pieces`` in the place of their text."""
    number = 0
    end = 0  # of the last piece
    for block in all_blocks:
        start = max(block.start, end)
        while number < len(pieces) and pieces[number].start < block.end:
            yield from _part(text, start, pieces[number].start, block)
            yield pieces[number]
            start = end = pieces[number].end
            number += 1
        yield from _part(text, start, block.end, block)


def _part(text: str, start: int, end: int, block: MarkdownBlock) -> Iterator[MarkdownBlock]:
    span = trim(text, start, end) if start < end else None
    if span is not None:
        yield block._replace(start=span.start, end=span.end)
