"""Tables for a terminal of 100 columns."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["MAX_WIDTH", "text_table", "wrapped"]

MAX_WIDTH = 100
_MAX_LABEL_WIDTH = 36
_GAP = "  "


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


def text_table(cells: Sequence[Sequence[str]], label_count: int) -> list[str]:
    """The lines of a table: headings, then rows. Where it is wider than :data:`MAX_WIDTH`, the columns that do not fit
    stand below, beside the labels once more.

    :param cells: headings, then a line for each row.
    :param label_count: columns on the left that say what a row is about.
    """
    columns = [_column(texts, number < label_count) for number, texts in enumerate(zip(*cells, strict=True))]
    labels, figures = columns[:label_count], columns[label_count:]
    shown_lines: list[str] = []
    for group in _groups(labels, figures):
        heading_height = max(len(column.heading) for column in group)
        if shown_lines:
            shown_lines.append("")
        rows = zip(*(column.lines(heading_height) for column in group), strict=True)
        shown_lines += [_GAP.join(row).rstrip() for row in rows]
    return shown_lines


def wrapped(text: str) -> str:
    """``text`` in lines of at most :data:`MAX_WIDTH`."""
    return textwrap.fill(text, MAX_WIDTH, break_on_hyphens=False)


def _column(texts: Sequence[str], is_label: bool) -> _Column:
    heading, *values = texts
    if is_label:
        values = [_clipped(value) for value in values]
    width = max(map(_width, [*heading.split(), *values]), default=0)
    heading_lines = textwrap.wrap(heading, max(1, width), break_long_words=False)
    return _Column(heading_lines or [""], values, width, is_label)


def _groups(labels: Sequence[_Column], figures: Sequence[_Column]) -> Iterator[list[_Column]]:
    """The labels with as many columns as fit beside them, then with the next ones."""
    label_width = sum(column.width + len(_GAP) for column in labels)
    group: list[_Column] = []
    width = label_width
    for column in figures:
        if group and width + column.width > MAX_WIDTH:
            yield [*labels, *group]
            group, width = [], label_width
        group.append(column)
        width += column.width + len(_GAP)
    yield [*labels, *group]


def _padded(text: str, width: int, *, to_left: bool) -> str:
    blanks = " " * (width - _width(text))
    return text + blanks if to_left else blanks + text


def _clipped(text: str) -> str:
    if _width(text) <= _MAX_LABEL_WIDTH:
        return text
    while _width(text) >= _MAX_LABEL_WIDTH:
        text = text[:-1]
    return f"{text}…"


def _width(text: str) -> int:
    """How many columns of a terminal ``text`` takes."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)
