"""The tables of wikitext: their rows with the cells of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.structure.formats.table.naming import column_names, prefixes_of, row_reading
from ragzip.text.structure.formats.wikitext.markup import ends_by_start, plain

__all__ = ["WikiRow", "WikiTable", "table_ends", "wiki_table"]

_FENCE = pattern_of(r"^[ \t:]*+(?:\{\||\|\}(?!\}))", re.MULTILINE)
_LINE = pattern_of(r"[^\n]+")
_SEPARATORS = pattern_of(r"\{\{|\}\}|\[\[|\]\]|\|\||!!")
_ATTRIBUTES = pattern_of(
    r"[ \t]*+(?>(?:(?>nowrap|[\w-]{1,30}+[ \t]*+=[ \t]*+(?>\"[^\"\n]{0,300}+\"|'[^'\n]{0,300}+'|[^\s|\"'=]{1,100}+))"
    r"[ \t]*+)+)\|(?!\|)"
)
_SPAN = pattern_of(r"(col|row)span[ \t]*+=[ \t]*+[\"']?(\d{1,3})")
_MAX_SPANNED = 100


class _Cell(NamedTuple):
    text: str
    is_head: bool
    columns: int
    rows: int


class WikiRow(NamedTuple):
    """A row of a table: its span, from the line that parts it from the row above; its text by column; whether all its
    cells are heads; and the numbers of the rows above that reach down to it.
    """

    span: Span
    values: list[str]
    is_head: bool
    reaching: tuple[int, ...]


class WikiTable(NamedTuple):
    """A table: its opening with the caption, its rows, and its closing line."""

    opening: Span
    rows: list[WikiRow]
    closing: Span

    @property
    def head_count(self) -> int:
        """The number of rows at its beginning that name its columns."""
        heads = next((number for number, row in enumerate(self.rows) if not row.is_head), len(self.rows))
        return heads if heads < len(self.rows) else 0

    def readings(self) -> list[str]:
        """The rows with the names of their columns."""
        heads = [row.values for row in self.rows[: self.head_count]]
        width = max((len(row.values) for row in self.rows), default=0)
        prefixes = prefixes_of(column_names(heads, width))
        return [row_reading(prefixes, row.values) for row in self.rows]


def table_ends(source: str) -> dict[int, int]:
    """The ends of all tables that are closed, with those in them, by the start of the line that opens each."""
    return ends_by_start(source, _FENCE, "{|")


def wiki_table(source: str, table: Span) -> WikiTable:
    """The parts of a table."""
    lines = [Span(*line.span()) for line in _LINE.finditer(source, *table)]
    closing = lines.pop()
    opening_end = lines[0].end
    groups: list[list[Span]] = []
    depth = 0
    for line in lines[1:]:
        text = source[slice(*line)].lstrip(" \t:")
        if not depth and not groups and text.startswith("|+"):
            opening_end = line.end
        elif not groups or (not depth and text.startswith("|-")):
            groups.append([line])
        else:
            groups[-1].append(line)
        depth += text.startswith("{|") - (text.startswith("|}") and not text.startswith("|}}"))
    spans = [Span(group[0].start, group[-1].end) for group in groups]
    cells = [list(_cells(source, group)) for group in groups]
    filled = [(span, row) for span, row in zip(spans, cells, strict=True) if row]
    return WikiTable(Span(table.start, opening_end), list(_rows(filled)), closing)


def _cells(source: str, lines: Sequence[Span]) -> Iterator[_Cell]:
    """The cells on the lines of a row; a line without a mark goes on with the cell above it."""
    texts: list[tuple[bool, str]] = []
    depth = 0
    for start, end in lines:
        line = source[start:end].lstrip(" \t:")
        depth -= line.startswith("|}")
        if not depth and line.startswith(("|-", "|+")):
            continue
        if not depth and line[0] in "|!":
            is_head = line[0] == "!"
            texts += ((is_head, text) for text in _parted(line[1:], is_head=is_head))
        elif texts:
            texts[-1] = (texts[-1][0], f"{texts[-1][1]} {line}")
        depth += line.startswith("{|")
    for is_head, text in texts:
        attributes = _ATTRIBUTES.match(text)
        spans: dict[str, str] = {}
        if attributes is not None:
            spans, text = dict(_SPAN.findall(attributes[0])), text[attributes.end() :]
        yield _Cell(plain(text), is_head, _count(spans.get("col")), _count(spans.get("row")))


def _count(number: str | None) -> int:
    return min(_MAX_SPANNED, max(1, int(number or 1)))


def _parted(line: str, *, is_head: bool) -> Iterator[str]:
    """The cells of a line; bars in templates and links part none."""
    depth = start = 0
    for mark in _SEPARATORS.finditer(line):
        if mark[0] in ("{{", "[["):
            depth += 1
        elif mark[0] in ("}}", "]]"):
            depth = max(0, depth - 1)
        elif not depth and (is_head or mark[0] == "||"):
            yield line[start : mark.start()]
            start = mark.end()
    yield line[start:]


def _rows(rows: Sequence[tuple[Span, Sequence[_Cell]]]) -> Iterator[WikiRow]:
    """The rows, with the text of cells that reach over several columns or rows in each of them."""
    open_cells: dict[int, tuple[int, int, str]] = {}  # by column: the row of a cell, how many more it reaches, its text
    for number, (span, cells) in enumerate(rows):
        values: list[str] = []
        reaching: dict[int, None] = {}
        waiting = list(cells)
        while waiting or len(values) in open_cells:
            column = len(values)
            if column in open_cells:
                above, further, text = open_cells.pop(column)
                reaching[above] = None
                values.append(text)
                if further > 1:
                    open_cells[column] = (above, further - 1, text)
                continue
            cell = waiting.pop(0)
            for spanned in range(column, column + cell.columns):
                values.append(cell.text)
                if cell.rows > 1:
                    open_cells[spanned] = (number, cell.rows - 1, cell.text)
        yield WikiRow(span, values, all(cell.is_head for cell in cells), tuple(reaching))
