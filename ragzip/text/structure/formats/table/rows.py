"""The rows of a table, and what a way to set them has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import trim

__all__ = ["COUNT_OF_ROWS", "TableLayout", "TableRow", "line_start", "row_lines"]

COUNT_OF_ROWS = pattern_of(  # below what a database prints
    r"\([\d,]{1,12} rows?(?: affected)?\)|\([\d,]{1,12} row\(s\) affected\)|"
    r"[\d,]{1,12} rows? (?:selected|in set)\b.{0,40}"
)
_LINE = pattern_of(r"[^\n\r]++")


class TableRow(NamedTuple):
    """A line of a table: its place, without white space at its ends, and its values (none of a rule)."""

    start: int
    end: int
    values: Sequence[str]


class TableLayout(Protocol):
    """The layout of the rows of a table."""

    def rows(self, source: str) -> Iterator[TableRow]:
        """The rows that have values, and the rules, in order."""
        ...

    def cells(self, source: str, start: int, end: int) -> list[Span]:
        """The cells of the row (or rule) ``source[start:end]``, with their quotes."""
        ...


def line_start(text: str, place: int) -> int:
    """The offset at which the line of ``place`` begins."""
    return max(text.rfind("\n", 0, place), text.rfind("\r", 0, place)) + 1


def row_lines(source: str) -> Iterator[Span]:
    """The lines that are not blank, without white space at their ends."""
    for match in _LINE.finditer(source):
        if span := trim(source, *match.span()):
            yield span
