"""The kept part of a page as Markdown or as text."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from html import unescape
from io import StringIO

from ragzip.pages.elements import RAISED_ELEMENTS, WITHIN_LINES
from ragzip.pages.kept import KeptRun, Written, section_end, shared_elements
from ragzip.pages.layouts import table_of
from ragzip.pages.lists import item_marks
from ragzip.pages.marks import marks
from ragzip.pages.page import Page
from ragzip.pages.parse import Node
from ragzip.pages.tables import Columns, columns_of, has_columns
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span, Spans

__all__ = ["write_markdown", "write_text"]

_HEADING_MARKS = {f"h{level}": "#" * level + " " for level in range(1, 7)} | {"title": "# "}
_REWRITTEN_SOURCE = pattern_of(  # entities as html.unescape finds them, and bars
    r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)|\|"
)
_MAX_REPEATED_CHARACTERS = 60  # of a cell that is repeated in each column and row it reaches
_MAX_DELIMITED_COLUMNS = 100
_PARTS_OF_TABLES = frozenset(("tr", "td", "th"))
_TIGHT_ELEMENTS = frozenset(("li", "dd", "dt", "td", "th"))  # elements at their start continue the same line


def write_markdown(page: Page, kept: Iterable[KeptRun]) -> Written:
    """The ``kept`` pieces as Markdown: headings, lists, tables with their delimiter row, fenced code."""
    return _Writer(page, markdown=True).write(kept)


def write_text(page: Page, kept: Iterable[KeptRun]) -> Written:
    """The ``kept`` pieces as text: a line for each block, tabs between the cells of a table, the numbers of items."""
    return _Writer(page, markdown=False).write(kept)


class _Writer:
    def __init__(self, page: Page, *, markdown: bool) -> None:
        self.page, self.markdown = page, markdown
        self.text = StringIO()
        self.last_part = ""  # of the text
        self.length = 0
        self.starts, self.ends, self.places = array("i"), array("i"), array("i")  # of the pieces of the source
        self.open: list[Node] = []
        self.columns: dict[int, int] = {}  # by number of an open row: how many cells are written
        self.tables: dict[
            int, dict[int, Columns]
        ] = {}  # by number of an open table and of a row: the columns of the row
        self.headed: set[int] = set()  # numbers of the tables whose delimiter row is written
        self.numbers: dict[int, str] = {}  # by number of the element of an item of a numbered list
        self.numbered: set[int] = set()  # numbers of the lists whose items are in ``numbers``

    def write(self, kept: Iterable[KeptRun]) -> Written:
        last_piece: KeptRun | None = None
        for piece in kept:
            self._to(piece, last_piece)
            self._piece(piece)
            last_piece = piece
        self._close_to(0)
        return Written(self.text.getvalue(), Spans(self.starts, self.ends), self.places)

    def _add(self, text: str) -> None:
        self.text.write(text)
        self.last_part = text or self.last_part
        self.length += len(text)

    def _piece(self, piece: KeptRun) -> None:
        """Write ``piece``; text that is verbatim in the source gets a span."""
        source = self.page.source[piece.start : piece.end]
        in_table = self.markdown and any(node.name == "tr" and not self._is_box(node) for node in self.open)
        written_end = 0
        for rewritten in _REWRITTEN_SOURCE.finditer(source):
            text = unescape(rewritten.group())
            text = text.replace("|", "\\|") if in_table else text
            if text != rewritten.group():
                self._verbatim(piece.start + written_end, piece.start + rewritten.start())
                self._add(text)
                written_end = rewritten.end()
        self._verbatim(piece.start + written_end, piece.end)

    def _verbatim(self, start: int, end: int) -> None:
        if start < end:
            self.starts.append(start)
            self.ends.append(end)
            self.places.append(self.length)
            self._add(self.page.source[start:end])

    def _to(self, piece: KeptRun, last: KeptRun | None) -> None:
        """Write everything between ``last`` and ``piece``: end tags, separator, start tags."""
        run = self.page.runs[piece.number]
        chain = run.chain
        shared_depth = shared_elements(chain, self.open)
        changed_blocks = [
            node for node in (*self.open[shared_depth:], *chain[shared_depth:]) if node.name not in WITHIN_LINES
        ]
        self._close_to(shared_depth)
        if last is None:
            pass
        elif changed_blocks:
            if section_end(self.page, last, piece, Span(last.end, piece.start)) and not self._in_cell():
                self._add("\n\n---" if self.markdown else "\n")
            self._break(chain, shared_depth, changed_blocks[0].name)
        elif last.number == piece.number:
            pass
        elif run.preformatted and self.page.runs[last.number].preformatted and not self._in_cell():
            self._add(unescape(self._break_of_code(piece)))
        else:
            largest_gap = self.page.runs.largest_gap(last.number + 1, piece.number + 1)
            leaves_out_text = piece.number > last.number + 1 or piece.start > run.start or last.end < self._end(last)
            is_new_line = largest_gap == 2 and not self._in_cell()
            self._add("\n" if is_new_line else " " if largest_gap or leaves_out_text else "")
        for node in chain[shared_depth:]:
            self._start(node)

    def _break_of_code(self, piece: KeptRun) -> str:
        """The white space before ``piece`` in preformatted text."""
        run = self.page.runs[piece.number]
        if piece.start == run.start:
            return run.break_before(self.page.source)
        before = self.page.source[run.start : piece.start]
        return "\n" + before[len(before.rstrip()) :].rpartition("\n")[2]

    def _end(self, piece: KeptRun) -> int:
        return self.page.runs[piece.number].end

    def _in_cell(self) -> bool:
        return any(node.name in ("td", "th") and not self._is_box(node) for node in self.open)

    def _is_box(self, node: Node) -> bool:
        """Whether a row or a cell is of a table that lays out the page."""
        table = table_of(node) if node.name in _PARTS_OF_TABLES else None
        return table is not None and table.number in self.page.layout

    def _break(self, chain: Sequence[Node], shared: int, before: str) -> None:
        """Write the separator of two blocks; ``before`` is the name of the outermost element that ended, or began."""
        opened_name = next(
            (node.name for node in chain[shared:] if node.name not in WITHIN_LINES and not self._is_box(node)), ""
        )
        if self._in_cell():
            self._add(" ")
        elif opened_name in ("td", "th") or (opened_name in ("ul", "ol") and not self.markdown):
            self._add("" if opened_name in ("td", "th") else "\n")
        elif before == "caption" and self.markdown:
            self._add("\n\n")
        elif (
            opened_name in ("li", "tr", "dd", "dt")
            or (self.open and self.open[-1].name in _TIGHT_ELEMENTS and not self._is_box(self.open[-1]))
            or not self.markdown
        ):
            self._add("\n")
        else:
            self._add("\n\n")

    def _close_to(self, depth: int) -> None:
        while len(self.open) > depth:
            node = self.open.pop()
            is_row = node.name == "tr" and not self._is_box(node) and not self._in_cell()
            if is_row:
                self._end_row(node)
            if node.name in RAISED_ELEMENTS:
                self._add(marks(self.page, node)[1])
            if not self.markdown:
                continue
            if is_row:
                self._add("|" if self.last_part.endswith("| ") else " |")
                self._delimit(node)
            elif node.name == "pre":
                self._add("\n```")
            elif node.name == "code" and not self._inside("pre"):
                self._add("`")

    def _end_row(self, row: Node) -> None:
        """Write the cells that reach into the last columns of ``row``, and the empty ones beside a title over all."""
        columns = self._columns(row)
        if columns is not None:
            self._fill(row, columns, max(columns.reached, default=-1) + 1)
        table = self._table()
        if self.markdown and table is not None and table.number not in self.headed:  # else this is no Markdown table
            self._fill(row, None, self._width(table, row))

    def _delimit(self, row: Node) -> None:
        table = self._table()
        if table is not None and table.number not in self.headed:
            self.headed.add(table.number)
            self._add("\n|" + " --- |" * max(self.columns.get(row.number, 1), self._width(table, row)))

    def _width(self, table: Node, row: Node) -> int:
        """The number of columns of the widest row, where the first row is a title over all of them; else 0."""
        rows = self.tables.get(table.number, {})
        if row.number not in rows or len(rows[row.number].places) > 1:
            return 0
        return min(_MAX_DELIMITED_COLUMNS, max(columns.width for columns in rows.values()))

    def _table(self) -> Node | None:
        """The innermost table that is open."""
        return next((node for node in reversed(self.open) if node.name == "table"), None)

    def _inside(self, name: str) -> bool:
        return any(node.name == name for node in self.open)

    def _start(self, node: Node) -> None:
        element_name = node.name
        is_box = self._is_box(node)
        if not is_box and element_name in ("td", "th") and self.open and node.parent == self.open[-1]:
            self._cell(node)
        elif element_name in RAISED_ELEMENTS:
            mark = marks(self.page, node)[0]
            self._add(f" {mark}" if element_name == "mfrac" and self.last_part[-1:].isalnum() else mark)
        elif not is_box and (self.markdown or (element_name == "li" and self.open and self.open[-1].name == "ol")):
            self._add(self._prefix(node))
        self.open.append(node)

    def _cell(self, node: Node) -> None:
        row = self.open[-1]
        if self._in_cell():  # a table in a cell is written inline
            return
        columns = self._columns(row)
        next_column = self.columns.get(row.number, 0)
        cell_column = columns.places.get(node.number, next_column) if columns else next_column
        self._fill(row, columns, cell_column)
        self._next_cell(row)

    def _fill(self, row: Node, columns: Columns | None, until: int) -> None:
        """Write the cells of ``row`` before the column ``until``: they hold only cells that reach into them."""
        for column in range(self.columns.get(row.number, 0), until):
            self._next_cell(row)
            cell = columns.reached.get(column) if columns else None
            text = self.page.text(*self.page.span(cell)) if cell is not None and cell.first < cell.last else ""
            if 0 < len(text) <= _MAX_REPEATED_CHARACTERS:
                self._add(text.replace("|", "\\|") if self.markdown else text)

    def _next_cell(self, row: Node) -> None:
        number = self.columns.get(row.number, 0)
        self.columns[row.number] = number + 1
        if number:
            self._add(("" if self.last_part.endswith("| ") else " ") + "| " if self.markdown else "\t")
        elif self.markdown:
            self._add("| ")

    def _columns(self, row: Node) -> Columns | None:
        """The columns of ``row``; None if cells that are left out of it are not marked."""
        table = self._table()
        if table is None or not has_columns(row):
            return None
        if table.number not in self.tables:
            self.tables[table.number] = columns_of(table, self.page.source)
        return self.tables[table.number].get(row.number)

    def _prefix(self, node: Node) -> str:
        element_name = node.name
        if element_name in _HEADING_MARKS:
            return "" if self._in_cell() else _HEADING_MARKS[element_name]
        if element_name == "li":
            return self._bullet(node)
        if element_name == "pre":
            return "```\n"
        if element_name == "code":
            return "" if self._inside("pre") else "`"
        if element_name in ("blockquote", "dd"):
            return "> " if element_name == "blockquote" else ": "
        return ""

    def _bullet(self, item: Node) -> str:
        open_lists = [node for node in self.open if node.name in ("ul", "ol")]
        indent = "  " * max(0, len(open_lists) - 1) if self.markdown else ""
        if open_lists and open_lists[-1].name == "ol":
            if open_lists[-1].number not in self.numbered:
                self.numbered.add(open_lists[-1].number)
                self.numbers.update(item_marks(open_lists[-1], self.page.source))
            if (item_number := self.numbers.get(item.number)) is not None:
                return f"{indent}{item_number}. "
        return f"{indent}- "
