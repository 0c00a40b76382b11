"""A page in blocks: what is kept or dropped whole."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from itertools import accumulate
from typing import Literal, NamedTuple

from ragzip.pages.page import Page, Plain, is_inline
from ragzip.pages.parse import Node
from ragzip.pages.tables import Row, Table
from ragzip.text.splitters import lines, sentences
from ragzip.text.words import words

__all__ = ["Block", "Paths", "blocks"]

Kind = Literal["heading", "text", "list", "code", "table", "row"]
_WIDE_ROW = 5  # times the words of a block, from which a row is cut into its cells


class Block(NamedTuple):
    """``source[start:end]`` is where a block's visible text stands, ``node`` the innermost element around it, ``row``
    the (first) row of a table that it is or stands in.
    """

    start: int
    end: int
    kind: Kind
    node: Node
    row: Row | None = None


class _Runs(NamedTuple):
    """A part of a node: some of its runs."""

    node: Node
    first: int
    last: int
    row: Row | None = None


_Work = Block | _Runs | tuple[Node, Row | None]


class Paths:
    """The names of elements from the root to a node, numbered where siblings share one (``div0``, ``div1``)."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}

    def of(self, node: Node) -> tuple[str, ...]:
        out: list[str] = []
        while node.parent is not None:
            if id(node) not in self._names:
                self._number(node.parent)
            out.append(self._names[id(node)])
            node = node.parent
        return tuple(reversed(out))

    def _number(self, parent: Node) -> None:
        children = [child for child in parent.children if isinstance(child, Node)]
        total = Counter(child.name for child in children)
        seen: Counter[str] = Counter()
        for child in children:
            name = child.name
            self._names[id(child)] = f"{name}{seen[name]}" if total[name] > 1 else name
            seen[name] += 1


def blocks(page: Page, rows: dict[int, Row], *, max_words: int = 40) -> list[Block]:
    """The blocks of ``page`` in order; all text that is content (see ``Page.beside``) is in exactly one.

    An element of at most ``max_words`` words (characters in Chinese and Japanese) is one block. A larger one is cut
    into its children, a table into rows (those that share a cell together), a list into items, running text into
    sentences, code into lines.
    """
    return list(_Cutter(page, rows, max_words).cut())


class _Cutter:
    def __init__(self, page: Page, rows: dict[int, Row], most: int) -> None:
        self.page, self.rows, self.most = page, rows, most
        self.sizes = [0, *accumulate(_size(page.source[run.start : run.end]) for run in page.runs)]
        self.borders = [0, *accumulate(run.gap == 2 for run in page.runs)]
        self.tables = {id(row.table.node): row.table for row in rows.values()}
        self.headings = {id(heading.node) for heading in page.headings}

    def cut(self) -> Iterator[Block]:
        pending: list[_Work] = [(self.page.root, None)]
        while pending:
            item = pending.pop()
            if isinstance(item, Block):
                yield item
            elif isinstance(item, _Runs):
                pending.extend(reversed(list(self._running(item))))
            elif item[0].first < item[0].last:
                pending.extend(reversed(list(self._element(*item))))

    def _element(self, node: Node, row: Row | None) -> Iterator[_Work]:
        size = self.sizes[node.last] - self.sizes[node.first]
        table = self.tables.get(id(node))
        if self.page.is_beside(node):
            return
        if id(node) in self.headings or node.name in ("title", "caption"):
            yield self._block(node, "heading", row)
        elif table is not None and not table.layout:
            yield from self._rows(node, table)
        elif node.name == "tr" and id(node) in self.rows:
            yield from self._cells(self.rows[id(node)])
        elif node.name == "dl" and not self._has_parts(node) and _is_of_entries(node):
            yield from self._pairs(node, row)
        elif size <= self.most and node.parent is not None and not self._has_parts(node):
            kind: Kind = "code" if node.name == "pre" else "list" if node.name in ("ul", "ol", "dl", "li") else "text"
            yield self._block(node, kind, row)
        else:
            yield from self._children(node, row)

    def _has_parts(self, node: Node) -> bool:
        """Whether headings or tables stand in ``node``."""
        return any(
            inner.name in ("table", "dl") or id(inner) in self.headings
            for number in range(node.first, node.last)
            for inner in self.page.runs[number].chain
            if inner.start > node.start
        )

    def _pairs(self, node: Node, row: Row | None) -> Iterator[_Work]:
        """Terms with what describes them, each such pair whole unless it is very large."""
        pair: list[Node] = []
        described = False
        for part in [*_entries(node), None]:
            if pair and (part is None or (part.name == "dt" and described)):
                first, last = pair[0].first, pair[-1].last
                if self.sizes[last] - self.sizes[first] <= _WIDE_ROW * self.most:
                    yield Block(self.page.runs[first].start, self.page.runs[last - 1].end, "list", node, row)
                else:
                    yield from ((element, row) for element in pair)
                pair, described = [], False
            if part is not None:
                pair.append(part)
                described = described or part.name == "dd"

    def _rows(self, node: Node, table: Table) -> Iterator[_Work]:
        """Rows, and what stands between them: a caption, or text that belongs to no row."""
        size = self.sizes[node.last] - self.sizes[node.first]
        if size <= self.most and len(table.rows) == 1:
            yield self._block(node, "table", table.rows[0])
            return
        at = node.first
        captions = deque(
            child
            for child in node.children
            if isinstance(child, Node) and child.name == "caption" and child.first < child.last
        )
        done: set[int] = set()
        for row in table.rows:
            if id(row) in done:
                continue
            tied = row.tied or [row]
            done.update(map(id, tied))
            first, last = tied[0].node.first, tied[-1].node.last
            if first > at:
                yield from self._loose(node, at, first, captions)
            if self.sizes[last] - self.sizes[first] > _WIDE_ROW * self.most:
                for one in tied:
                    yield from self._cells(one)
            else:
                start, end = self.page.runs[first].start, self.page.runs[last - 1].end
                yield Block(start, end, "row", row.node, row)
            at = last
        if at < node.last:
            yield from self._loose(node, at, node.last, captions)

    def _loose(self, node: Node, first: int, last: int, captions: deque[Node]) -> Iterator[_Work]:
        """Runs of a table outside its rows, and those of its ``captions``, which are used up in order."""
        while captions and captions[0].last <= last:
            caption = captions.popleft()
            if caption.first >= first:
                yield from ([_Runs(node, first, caption.first)] if first < caption.first else [])
                yield (caption, None)
                first = caption.last
        if first < last:
            yield _Runs(node, first, last)

    def _cells(self, row: Row) -> Iterator[_Work]:
        size = self.sizes[row.node.last] - self.sizes[row.node.first]
        if size <= _WIDE_ROW * self.most and not row.table.layout:
            yield self._block(row.node, "row", row)
        else:
            yield from self._children(row.node, row)

    def _children(self, node: Node, row: Row | None) -> Iterator[_Work]:
        """Block children one by one, and the running text between them."""
        at = node.first
        for child in node.children:
            if not isinstance(child, Node) or child.first >= child.last:
                continue
            inside = self.borders[child.last] - self.borders[child.first + 1]
            if is_inline(child) and not inside:
                continue
            if at < child.first:
                yield _Runs(node, at, child.first, row)
            yield (child, row)
            at = child.last
        if at < node.last:
            yield _Runs(node, at, node.last, row)

    def _running(self, part: _Runs) -> Iterator[Block]:
        """Text without blocks in it: whole, or sentence by sentence (code: line by line)."""
        runs = self.page.runs[part.first : part.last]
        start, end = runs[0].start, runs[-1].end
        if self.sizes[part.last] - self.sizes[part.first] <= self.most:
            yield Block(start, end, "text", part.node, part.row)
            return
        plain = Plain(self.page.source, runs)
        code = runs[0].preformatted
        for span in lines(plain.text) if code else sentences(plain.text):
            yield Block(*plain.back(*span), "code" if code else "text", part.node, part.row)

    def _block(self, node: Node, kind: Kind, row: Row | None) -> Block:
        return Block(*self.page.span(node), kind, node, row)


def _entries(listing: Node) -> Iterator[Node]:
    """The elements with text of a ``dl``, those of the groups (``div``) in it one by one."""
    for child in listing.children:
        if isinstance(child, Node) and child.first < child.last:
            if child.name == "div":
                yield from _entries(child)
            else:
                yield child


def _is_of_entries(listing: Node) -> bool:
    """Whether all text of a ``dl`` stands in its entries."""
    return sum(entry.last - entry.first for entry in _entries(listing)) == listing.last - listing.first


def _size(text: str) -> int:
    return len(text.split()) if text.isascii() else sum(1 for _ in words(text))
