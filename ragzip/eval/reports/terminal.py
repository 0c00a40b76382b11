"""Tables for a terminal of 100 columns."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["MAX_WIDTH", "text_table", "wrapped"]

MAX_WIDTH = 100
_MAX_LABEL_WIDTH = 36
_LABEL_END_CHARACTERS = 12
_GAP = "  "
_HEADING_WIDTHS = (12, 11, 0)  # under which headings stay in one line; the first one that needs the fewest tables


@dataclass(frozen=True)
class _Column:
    """A column as it is shown; its heading is broken between words."""

    heading: list[str]
    values: list[str]
    width: int
    is_label: bool

    def lines(self, heading_height: int) -> list[str]:
        blanks = [""] * (heading_height - len(self.heading))
        return [_padded(line, self.width, to_left=self.is_label) for line in [*self.heading, *blanks, *self.values]]


def text_table(cells: Sequence[Sequence[str]]) -> str:
    """A table: headings, then rows. Where it is wider than :data:`MAX_WIDTH`, the columns that do not fit stand below,
    beside the labels (the first column) once more. Columns without a value are left out.

    :param cells: headings, then a line for each row.
    """
    layouts = [_layout(cells, heading_width) for heading_width in _HEADING_WIDTHS]
    shortest = min(layouts, key=len)
    return "\n\n".join(_lines(column_group) for column_group in shortest)


def wrapped(text: str) -> str:
    """``text`` in lines of at most :data:`MAX_WIDTH`."""
    return textwrap.fill(text, MAX_WIDTH, break_on_hyphens=False)


def _layout(cells: Sequence[Sequence[str]], heading_width: int) -> list[list[_Column]]:
    """The columns of each table that fits, where headings of at most ``heading_width`` are not broken."""
    labels, *figures = zip(*cells, strict=True)
    columns = [_column(texts, heading_width, is_label=False) for texts in figures if any(texts[1:])]
    return list(_groups(_column(labels, heading_width, is_label=True), columns))


def _column(texts: Sequence[str], heading_width: int, *, is_label: bool) -> _Column:
    heading, *values = texts
    if is_label:
        values = [_clipped(value) for value in values]
    wrap_width = max([heading_width, 1, *map(_width, [*heading.split(), *values])])
    heading_lines = textwrap.wrap(heading, wrap_width, break_long_words=False) or [""]
    width = max(map(_width, [*heading_lines, *values]))
    return _Column(heading_lines, values, width, is_label)


def _groups(labels: _Column, figures: Sequence[_Column]) -> Iterator[list[_Column]]:
    """The labels with as many columns as fit beside them, then with the next ones."""
    group = [labels]
    width = labels.width
    for column in figures:
        if len(group) > 1 and width + len(_GAP) + column.width > MAX_WIDTH:
            yield group
            group, width = [labels], labels.width
        group.append(column)
        width += len(_GAP) + column.width
    yield group


def _lines(group: Sequence[_Column]) -> str:
    heading_height = max(len(column.heading) for column in group)
    table_lines = zip(*(column.lines(heading_height) for column in group), strict=True)
    return "\n".join(_GAP.join(row_cells).rstrip() for row_cells in table_lines)


def _padded(text: str, width: int, *, to_left: bool) -> str:
    blanks = " " * (width - _width(text))
    return text + blanks if to_left else blanks + text


def _clipped(text: str) -> str:
    """``text`` without its middle where it is too wide: the end of a label says how much is kept."""
    if _width(text) <= _MAX_LABEL_WIDTH:
        return text
    label_end = text[-_LABEL_END_CHARACTERS:]
    beginning = text[:_MAX_LABEL_WIDTH]
    while _width(f"{beginning}…{label_end}") > _MAX_LABEL_WIDTH and beginning:
        beginning = beginning[:-1]
    return f"{beginning}…{label_end}"


def _width(text: str) -> int:
    """The width of ``text`` in columns of a terminal."""
    wide_count = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide_count - sum(unicodedata.combining(character) > 0 for character in text)
