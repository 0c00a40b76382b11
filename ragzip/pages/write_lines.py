"""Writing the kept part of a page as Markdown or as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import unescape

from ragzip.pages.attributes import attributes, whole
from ragzip.pages.kept import Kept, Written
from ragzip.pages.page import Page
from ragzip.pages.parse import Node
from ragzip.pages.tables import Columns, columns_of, has_columns
from ragzip.text.spans import Span

__all__ = ["write_markdown", "write_text"]

_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)} | {"title": "# "}
_IN_LINE = frozenset(("sub", "sup", "a", "code"))
_REWRITTEN = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)|\|")  # entities, as html.unescape
_RAISED = frozenset(("sub", "sup"))
_EXPONENT = re.compile(r"[+\-−]?\w+\Z")
_LONGEST_REPEATED = 60  # characters of a cell that is said again in the other columns or rows it reaches
_MOST_DELIMITED = 100  # columns
_MOST_RAISED = 8  # runs of an exponent or index
_TIGHT = frozenset(("li", "dd", "dt", "td", "th"))  # what begins in them goes on the same line


def write_markdown(page: Page, kept: Iterable[Kept]) -> Written:
    """The ``kept`` pieces as Markdown: headings, lists, tables with their delimiter row, fenced code."""
    return _Writer(page, markdown=True).write(kept)


def write_text(page: Page, kept: Iterable[Kept]) -> Written:
    """The ``kept`` pieces as text: a line for each block, a table's cells set apart by tabs."""
    return _Writer(page, markdown=False).write(kept)


class _Writer:
    def __init__(self, page: Page, *, markdown: bool) -> None:
        self.page, self.markdown = page, markdown
        self.parts: list[str] = []
        self.length = 0
        self.spans: list[Span] = []
        self.places: list[int] = []
        self.open: list[Node] = []
        self.columns: dict[int, int] = {}  # cells written of the open rows, by id
        self.tables: dict[int, dict[int, Columns]] = {}  # where the cells of open tables stand
        self.headed: set[int] = set()  # tables whose delimiter row is written
        self.numbers: dict[int, int] = {}  # of the items of numbered lists, by id
        self.numbered: set[int] = set()  # the lists whose items have their numbers

    def write(self, kept: Iterable[Kept]) -> Written:
        last: Kept | None = None
        for piece in kept:
            self._to(piece, last)
            self._piece(piece)
            last = piece
        self._close_to(0)
        return Written("".join(self.parts), tuple(self.spans), tuple(self.places))

    def _add(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def _piece(self, piece: Kept) -> None:
        """Write ``piece``; what is written as it stands in the source has a span."""
        source = self.page.source[piece.start : piece.end]
        in_table = self.markdown and any(node.name == "tr" for node in self.open)
        at = 0
        for rewritten in _REWRITTEN.finditer(source):
            text = unescape(rewritten.group())
            text = text.replace("|", "\\|") if in_table else text
            if text != rewritten.group():
                self._verbatim(piece.start + at, piece.start + rewritten.start())
                self._add(text)
                at = rewritten.end()
        self._verbatim(piece.start + at, piece.end)

    def _verbatim(self, start: int, end: int) -> None:
        if start < end:
            self.spans.append(Span(start, end))
            self.places.append(self.length)
            self._add(self.page.source[start:end])

    def _to(self, piece: Kept, last: Kept | None) -> None:
        """From the place after ``last`` to the one before ``piece``."""
        run = self.page.runs[piece.number]
        chain = run.chain
        shared = 0
        while shared < min(len(chain), len(self.open)) and chain[shared] is self.open[shared]:
            shared += 1
        blocks = [node for node in (*self.open[shared:], *chain[shared:]) if node.name not in _IN_LINE]
        self._close_to(shared)
        if last is None:
            pass
        elif blocks:
            self._break(chain, shared, blocks[0].name)
        elif last.number != piece.number:
            gap = self.page.runs.largest_gap(last.number + 1, piece.number + 1)
            skipped = piece.number > last.number + 1 or piece.start > run.start or last.end < self._end(last)
            self._add("\n" if gap == 2 and not self._in_cell() else " " if gap or skipped else "")
        for node in chain[shared:]:
            self._start(node)

    def _end(self, piece: Kept) -> int:
        return self.page.runs[piece.number].end

    def _in_cell(self) -> bool:
        return any(node.name in ("td", "th") for node in self.open)

    def _break(self, chain: Sequence[Node], shared: int, before: str) -> None:
        """What stands between two blocks; the outermost one that ended, if one did, is called ``before``."""
        opened = next((node.name for node in chain[shared:] if node.name not in _IN_LINE), "")
        if self._in_cell():
            self._add(" ")
        elif opened in ("td", "th") or (opened in ("ul", "ol") and not self.markdown):
            self._add("" if opened in ("td", "th") else "\n")
        elif before == "caption" and self.markdown:
            self._add("\n\n")
        elif opened in ("li", "tr", "dd", "dt") or (self.open and self.open[-1].name in _TIGHT) or not self.markdown:
            self._add("\n")
        else:
            self._add("\n\n")

    def _close_to(self, depth: int) -> None:
        while len(self.open) > depth:
            node = self.open.pop()
            if node.name == "tr" and not self._in_cell():
                self._end_row(node)
            if node.name in _RAISED and self._bracketed(node):
                self._add(")")
            if not self.markdown:
                continue
            if node.name == "tr" and not self._in_cell():
                self._add(" |")
                self._delimit(node)
            elif node.name == "pre":
                self._add("\n```")
            elif node.name == "code" and not self._inside("pre"):
                self._add("`")

    def _end_row(self, row: Node) -> None:
        """The cells that reach into the end of ``row``."""
        columns = self._columns(row)
        if columns is not None:
            self._fill(row, columns, max(columns.reached, default=-1) + 1)

    def _delimit(self, row: Node) -> None:
        table = next((node for node in reversed(self.open) if node.name == "table"), None)
        if table is not None and id(table) not in self.headed:
            self.headed.add(id(table))
            self._add("\n|" + " --- |" * max(self.columns.get(id(row), 1), self._width(table, row)))

    def _width(self, table: Node, row: Node) -> int:
        """The columns of the widest row, where the first one has fewer cells (a title over all of them)."""
        rows = self.tables.get(id(table), {})
        if id(row) not in rows or len(rows[id(row)].places) > 1:
            return 0
        return min(_MOST_DELIMITED, max(columns.width for columns in rows.values()))

    def _inside(self, name: str) -> bool:
        return any(node.name == name for node in self.open)

    def _start(self, node: Node) -> None:
        name = node.name
        if name in ("td", "th") and self.open and node.parent is self.open[-1]:
            self._cell(node)
        elif name in _RAISED:
            self._add(self._mark(node) + ("(" if self._bracketed(node) else ""))
        elif self.markdown:
            self._add(self._prefix(node))
        self.open.append(node)

    def _mark(self, node: Node) -> str:
        """``^`` or ``_``, without which a word would read as another one; CO2 and x1 are written as they are said."""
        if node.name == "sup":
            return "^"
        before, after = self.page.source[node.start - 1 : node.start], self.page.source[node.end : node.end + 1]
        plain = before.isalpha() and self._inner(node).isdecimal() and not after.isdecimal()
        return "" if plain else "_"

    def _bracketed(self, node: Node) -> bool:
        return bool(self._mark(node)) and _EXPONENT.match(self._inner(node)) is None

    def _inner(self, node: Node) -> str:
        """The text of a raised or lowered element; nothing of a long one, as those may be nested."""
        if node.last - node.first > _MOST_RAISED:
            return ""
        return self.page.text(*self.page.span(node))

    def _cell(self, node: Node) -> None:
        row = self.open[-1]
        if self._in_cell():  # a table in a cell is read in line
            return
        columns = self._columns(row)
        at = columns.places.get(id(node), self.columns.get(id(row), 0)) if columns else self.columns.get(id(row), 0)
        self._fill(row, columns, at)
        self._next_cell(row)

    def _fill(self, row: Node, columns: Columns | None, until: int) -> None:
        """The cells of ``row`` up to a column that have nothing of their own kept, with what reaches into them."""
        for column in range(self.columns.get(id(row), 0), until):
            self._next_cell(row)
            cell = columns.reached.get(column) if columns else None
            text = self.page.text(*self.page.span(cell)) if cell is not None and cell.first < cell.last else ""
            if 0 < len(text) <= _LONGEST_REPEATED:
                self._add(text.replace("|", "\\|") if self.markdown else text)

    def _next_cell(self, row: Node) -> None:
        number = self.columns.get(id(row), 0)
        self.columns[id(row)] = number + 1
        if number:
            self._add(("" if self.parts[-1].endswith("| ") else " ") + "| " if self.markdown else "\t")
        elif self.markdown:
            self._add("| ")

    def _columns(self, row: Node) -> Columns | None:
        """Where the cells of ``row`` stand, if cells that are left out of it are to be marked."""
        table = next((node for node in reversed(self.open) if node.name == "table"), None)
        if table is None or not has_columns(row):
            return None
        if id(table) not in self.tables:
            self.tables[id(table)] = columns_of(table, self.page.source)
        return self.tables[id(table)].get(id(row))

    def _prefix(self, node: Node) -> str:
        name = node.name
        if name in _HEADINGS:
            return "" if self._in_cell() else _HEADINGS[name]
        if name == "li":
            return self._bullet(node)
        if name == "pre":
            return "```\n"
        if name == "code":
            return "" if self._inside("pre") else "`"
        if name in ("blockquote", "dd"):
            return "> " if name == "blockquote" else ": "
        return ""

    def _bullet(self, item: Node) -> str:
        around = [node for node in self.open if node.name in ("ul", "ol")]
        indent = "  " * max(0, len(around) - 1)
        if around and around[-1].name == "ol":
            if id(around[-1]) not in self.numbered:
                self.numbered.add(id(around[-1]))
                self.numbers.update(_numbers(around[-1], self.page.source))
            if (number := self.numbers.get(id(item))) is not None:
                return f"{indent}{number}. "
        return f"{indent}- "


def _numbers(listing: Node, source: str) -> dict[int, int]:
    """The numbers of the items of an ``ol``, by id: those that its reader sees, whichever items are kept."""
    items = [child for child in listing.children if isinstance(child, Node) and child.name == "li"]
    values = attributes(listing, source)
    step = -1 if "reversed" in values else 1
    start = whole(values.get("start"))
    number = start if start is not None else len(items) if step < 0 else 1
    numbers: dict[int, int] = {}
    for item in items:
        value = whole(attributes(item, source).get("value"))
        number = number if value is None else value
        numbers[id(item)] = number
        number += step
    return numbers
