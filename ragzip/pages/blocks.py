"""The blocks of a page, each kept or dropped as a whole."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, pairwise
from typing import Literal, NamedTuple, get_args, overload

from ragzip.pages.page import Page, Plain, is_inline
from ragzip.pages.parse import Node
from ragzip.pages.tables import Row, Table
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.splitters import lines, sentences
from ragzip.text.splitters.prose.breaks import SENTENCE_STOPS
from ragzip.text.words import words

__all__ = ["Block", "Blocks", "Paths", "blocks", "word_count"]

BlockKind = Literal["heading", "text", "list", "code", "table", "row"]
_KINDS: tuple[BlockKind, ...] = get_args(BlockKind)
_LABEL_ELEMENTS = frozenset(["summary", "button", "legend", "figcaption", "dt"])
_FIELDS = frozenset(("input", "meter", "output", "progress", "select", "textarea"))
_SPACE = "&nbsp;"  # between words, as written in place of others
_CLOSERS, _MAX_CLOSERS = "\"'”’»)]", 4  # between a stop and the mark of a note
_MAX_NAME_WORDS, _MAX_VALUE_WORDS = 6, 12
_WIDE_ROW_BLOCKS = 5  # blocks; a row of more words than these may have is cut into its cells


_MAX_TAGS = 400  # characters of the tags before the mark of a note
_RAISED = pattern_of(r"<sup\b[^<>]*+>(?>(?:\s*+<[^<>]*+>){0,4})\s*+\Z", re.IGNORECASE)


class Block(NamedTuple):
    """A block: its visible text is in ``source[start:end]``, and ``node`` is the innermost element around it.

    ``row`` is the (first) table row that it is, or stands in.
    """

    start: int
    end: int
    kind: BlockKind
    node: Node
    row: Row | None = None


class Blocks(Sequence[Block]):
    """The blocks of a page in arrays: a page may have a block for every few characters."""

    def __init__(self, page: Page, rows: dict[int, Row], page_blocks: Iterable[Block]) -> None:
        self._tree, self._rows = page.root.tree, rows
        self._starts, self._ends = array("i"), array("i")
        self._nodes, self._row_nodes = array("i"), array("i")  # numbers of elements; no row: 0, the root
        self._kinds = bytearray()
        for block in page_blocks:
            self._starts.append(block.start)
            self._ends.append(block.end)
            self._nodes.append(block.node.number)
            self._row_nodes.append(block.row.node.number if block.row is not None else 0)
            self._kinds.append(_KINDS.index(block.kind))

    def __len__(self) -> int:
        return len(self._starts)

    def first_from(self, start: int) -> int:
        """The number of the first block that begins at ``start`` or after it."""
        return bisect_left(self._starts, start)

    @overload
    def __getitem__(self, number: int) -> Block: ...
    @overload
    def __getitem__(self, number: slice) -> list[Block]: ...
    def __getitem__(self, number: int | slice) -> Block | list[Block]:
        if isinstance(number, slice):
            return [self[block_number] for block_number in range(*number.indices(len(self)))]
        return Block(
            self._starts[number],
            self._ends[number],
            _KINDS[self._kinds[number]],
            Node(self._tree, self._nodes[number]),
            self._rows.get(self._row_nodes[number]),
        )


class _RunRange(NamedTuple):
    """A range of the runs of a node, ``last`` exclusive."""

    node: Node
    first: int
    last: int
    row: Row | None = None


_Pending = Block | _RunRange | tuple[Node, Row | None]


class Paths:
    """The paths of nodes: element names from the root, numbered where siblings share a name (``div0``, ``div1``)."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}

    def of(self, node: Node) -> tuple[str, ...]:
        names_upwards: list[str] = []
        while node.parent is not None:
            if node.number not in self._names:
                self._number(node.parent)
            names_upwards.append(self._names[node.number])
            node = node.parent
        return tuple(reversed(names_upwards))

    def _number(self, parent: Node) -> None:
        children = list(parent.children)
        counts_by_name = Counter(child.name for child in children)
        numbered_by_name: Counter[str] = Counter()
        for child in children:
            name = child.name
            self._names[child.number] = f"{name}{numbered_by_name[name]}" if counts_by_name[name] > 1 else name
            numbered_by_name[name] += 1


def blocks(page: Page, rows: dict[int, Row], *, max_words: int = 40, max_led_words: int = 0) -> Blocks:
    """The blocks of ``page`` in order; all content (see ``Page.beside``) is in exactly one block.

    :param max_led_words: the most words of an element that begins with its label, such as a question with its answer,
        where this is more.

    An element of at most ``max_words`` words (characters in Chinese and Japanese) is one block. A larger one is cut
    into its children, a table into rows (those that share a cell together), a list into items, running text into
    sentences, code into lines.
    """
    return Blocks(page, rows, _Cutter(page, rows, max_words, max(max_words, max_led_words)).cut())


class _Cutter:
    def __init__(self, page: Page, rows: dict[int, Row], most: int, most_led: int) -> None:
        self.page, self.rows, self.most, self.most_led = page, rows, most, most_led
        self.sizes = array("i", accumulate(_word_counts(page), initial=0))
        self.borders = array("i", accumulate((run.gap == 2 for run in page.runs), initial=0))
        self.tables = {row.table.node.number: row.table for row in rows.values()}
        self.headings = {heading.node.number for heading in page.headings}
        self.labels = {label.first: label for label in page.labels if label.last <= label.box.first}  # before their box

    def cut(self) -> Iterator[Block]:
        pending = [self._element(self.page.root, None)]  # of the elements around the current place
        while pending:
            work = next(pending[-1], None)
            if work is None:
                pending.pop()
            elif isinstance(work, Block):
                yield work
            elif isinstance(work, _RunRange):
                yield from self._running(work)
            elif work[0].first < work[0].last:
                pending.append(self._element(*work))

    def _element(self, node: Node, row: Row | None) -> Iterator[_Pending]:
        word_count = self.sizes[node.last] - self.sizes[node.first]
        table = self.tables.get(node.number)
        if self.page.is_beside(node):
            return
        if node.number in self.headings or node.name in ("title", "caption"):
            yield self._block(node, "heading", row)
        elif table is not None and not table.layout:
            yield from self._rows(node, table)
        elif node.name == "tr" and node.number in self.rows:
            yield from self._cells(self.rows[node.number])
        elif node.name == "dl" and not self._has_parts(node) and _has_only_entries(node):
            yield from self._pairs(node, row)
        elif (
            node.parent is not None
            and (word_count <= self.most or (word_count <= self.most_led and self._is_led(node)))
            and not self._has_parts(node)
        ):
            is_list = node.name in ("ul", "ol", "dl", "li")
            kind: BlockKind = "code" if node.name == "pre" else "list" if is_list else "text"
            yield self._block(node, kind, row)
        else:
            yield from self._children(node, row)

    def _is_led(self, node: Node) -> bool:
        """Whether an element begins with its label: a button, a line of its own before other elements, the name of the
        one value.
        """
        filled = [child for child in node.children if child.first < child.last and not is_inline(child)]
        if not filled:
            return False
        if len(filled) == 2 and filled[0].first == node.first and filled[0].name == filled[1].name != "li":
            name_words, value_words = (self.sizes[child.last] - self.sizes[child.first] for child in filled)
            return name_words <= _MAX_NAME_WORDS and value_words <= _MAX_VALUE_WORDS
        if len(filled) > 1 and filled[0].name in _FIELDS:
            return False
        is_labelled = filled[0].name in _LABEL_ELEMENTS or filled[0].first > node.first
        return is_labelled and filled[-1].name not in _LABEL_ELEMENTS and node.name not in ("ul", "ol", "dl", "body")

    def _has_parts(self, node: Node) -> bool:
        """Whether ``node`` contains headings, tables, description lists, or, with more, labels of boxes outside."""
        if any(
            (label := self.labels.get(number)) is not None
            and label.box.first >= node.last
            and label.last - label.first < node.last - node.first
            for number in range(node.first, node.last if self.labels else node.first)
        ):
            return True
        return any(
            inner.name in ("table", "dl") or inner.number in self.headings
            for number in range(node.first, node.last)
            for inner in self.page.runs[number].chain
            if inner.start > node.start
        )

    def _pairs(self, node: Node, row: Row | None) -> Iterator[_Pending]:
        """The terms of a ``dl``, each with its descriptions as one block unless that is very large."""
        pair_entries: list[Node] = []
        is_described = False
        for entry in [*_list_entries(node), None]:
            if pair_entries and (entry is None or (entry.name == "dt" and is_described)):
                first_run, end_run = pair_entries[0].first, pair_entries[-1].last
                if self.sizes[end_run] - self.sizes[first_run] <= _WIDE_ROW_BLOCKS * self.most:
                    yield Block(self.page.runs[first_run].start, self.page.runs[end_run - 1].end, "list", node, row)
                else:
                    yield from ((element, row) for element in pair_entries)
                pair_entries, is_described = [], False
            if entry is not None:
                pair_entries.append(entry)
                is_described = is_described or entry.name == "dd"

    def _rows(self, node: Node, table: Table) -> Iterator[_Pending]:
        """The rows of a table, and between them captions and texts outside the rows."""
        word_count = self.sizes[node.last] - self.sizes[node.first]
        if word_count <= self.most and len(table.rows) == 1:
            yield self._block(node, "table", table.rows[0])
            return
        next_run = node.first
        captions = deque(child for child in node.children if child.name == "caption" and child.first < child.last)
        seen_rows: set[int] = set()
        for row in table.rows:
            if id(row) in seen_rows:
                continue
            tied_rows = row.tied or [row]
            seen_rows.update(map(id, tied_rows))
            first_run, end_run = tied_rows[0].node.first, tied_rows[-1].node.last
            if first_run > next_run:
                yield from self._loose(node, next_run, first_run, captions)
            if self.sizes[end_run] - self.sizes[first_run] > _WIDE_ROW_BLOCKS * self.most:
                for tied_row in tied_rows:
                    yield from self._cells(tied_row)
            else:
                start, end = self.page.runs[first_run].start, self.page.runs[end_run - 1].end
                yield Block(start, end, "row", row.node, row)
            next_run = end_run
        if next_run < node.last:
            yield from self._loose(node, next_run, node.last, captions)

    def _loose(self, node: Node, first_run: int, end_run: int, captions: deque[Node]) -> Iterator[_Pending]:
        """Runs of a table outside its rows, and those of its ``captions``, which are consumed in order."""
        while captions and captions[0].last <= end_run:
            caption = captions.popleft()
            if caption.first >= first_run:
                yield from ([_RunRange(node, first_run, caption.first)] if first_run < caption.first else [])
                yield (caption, None)
                first_run = caption.last
        if first_run < end_run:
            yield _RunRange(node, first_run, end_run)

    def _cells(self, row: Row) -> Iterator[_Pending]:
        word_count = self.sizes[row.node.last] - self.sizes[row.node.first]
        if word_count <= _WIDE_ROW_BLOCKS * self.most and not row.table.layout:
            yield self._block(row.node, "row", row)
        else:
            yield from self._children(row.node, row)

    def _children(self, node: Node, row: Row | None) -> Iterator[_Pending]:
        """The block-level children of a node, fields with their labels, and the running text between them."""
        next_run = node.first
        for child, following in pairwise([*(child for child in node.children if child.first < child.last), None]):
            if child is None or child.first < next_run:
                continue
            is_field = following is not None and child.last == following.first and _is_labelled_field(child, following)
            inner_borders = self.borders[child.last] - self.borders[child.first + 1]
            if (is_inline(child) or child.name == "input") and not inner_borders and not is_field:
                continue
            if next_run < child.first:
                yield _RunRange(node, next_run, child.first, row)
            if is_field and following is not None:
                yield _RunRange(node, child.first, following.last, row)
                next_run = following.last
                continue
            yield (child, row)
            next_run = child.last
        if next_run < node.last:
            yield _RunRange(node, next_run, node.last, row)

    def _running(self, run_range: _RunRange) -> Iterator[Block]:
        """The blocks of running text: one, or a block for each sentence (of code: for each line)."""
        runs, numbers = self.page.runs, range(run_range.first, run_range.last)
        start, end = runs.starts[numbers[0]], runs.ends[numbers[-1]]
        if self.sizes[run_range.last] - self.sizes[run_range.first] <= self.most:
            yield Block(start, end, "text", run_range.node, run_range.row)
            return
        plain_text = Plain(self.page.source, runs, numbers)
        is_code = runs[numbers[0]].preformatted
        for span in lines(plain_text.text) if is_code else _sentences(self.page.source, plain_text):
            yield Block(*plain_text.back(*span), "code" if is_code else "text", run_range.node, run_range.row)

    def _block(self, node: Node, kind: BlockKind, row: Row | None) -> Block:
        return Block(*self.page.span(node), kind, node, row)


def _sentences(source: str, plain_text: Plain) -> list[tuple[int, int]]:
    """The sentences of running text, each with the raised marks of notes after its stop."""
    text = plain_text.text.replace(_SPACE, " " * len(_SPACE))
    start_by_end: dict[int, int] = {}  # of the marks, together where they are beside each other
    for place, start in enumerate(plain_text.starts):
        run = plain_text.runs[plain_text.first_number + place]
        mark_start = start_by_end.get(start, start)
        before = text[max(0, mark_start - _MAX_CLOSERS) : mark_start].rstrip(_CLOSERS)
        is_behind_stop = not run.gap and before.endswith(tuple(SENTENCE_STOPS))
        if is_behind_stop and _RAISED.search(source, max(0, run.start - _MAX_TAGS), run.start):
            start_by_end.pop(start, None)
            start_by_end[start + run.end - run.start] = mark_start
    end_by_start = {start: end for end, start in start_by_end.items()}
    parts = [text[end:start] for end, start in pairwise([0, *chain.from_iterable(end_by_start.items()), len(text)])]
    without_marks = "".join(part if number % 2 == 0 else " " * len(part) for number, part in enumerate(parts))
    return [(start, end_by_start.get(end, end)) for start, end in sentences(without_marks)]


def _is_labelled_field(element: Node, following: Node) -> bool:
    """Whether two elements beside each other are a field of a form and its label."""
    return "label" in (element.name, following.name) and not _FIELDS.isdisjoint((element.name, following.name))


def _list_entries(listing: Node) -> Iterator[Node]:
    """The elements with text of a ``dl``, in and outside its groups (``div``)."""
    for child in listing.children:
        if child.first < child.last:
            if child.name == "div":
                yield from _list_entries(child)
            else:
                yield child


def _has_only_entries(listing: Node) -> bool:
    """Whether all text of a ``dl`` is in its entries."""
    return sum(entry.last - entry.first for entry in _list_entries(listing)) == listing.last - listing.first


def _word_counts(page: Page) -> Iterator[int]:
    texts = (page.source[start:end] for start, end in zip(page.starts, page.runs.ends, strict=True))
    return (word_count(text.replace(_SPACE, " ") if _SPACE in text else text) for text in texts)


def word_count(text: str) -> int:
    """The number of words of ``text``; in Chinese and Japanese, of characters."""
    return len(text.split()) if text.isascii() else sum(1 for _ in words(text))
