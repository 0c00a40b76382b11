"""The kept part of a page as HTML made of pieces of its source, but for the numbers of items after left out ones."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator
from io import StringIO

from ragzip.pages.attributes import attributes, whole
from ragzip.pages.elements import WITHIN_LINES
from ragzip.pages.kept import KeptRun, Written, section_end, shared_elements
from ragzip.pages.lists import item_numbers, number_type
from ragzip.pages.page import Page
from ragzip.pages.parse import Node, names
from ragzip.pages.tables import cells_of, has_columns
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span, Spans

__all__ = ["write_html"]

# Elements whose end tag may be left out before one of these, or at the end of the parent (HTML standard).
_ENDED_BY = {
    "p": names("blockquote dl h1 h2 h3 h4 h5 h6 ol p pre table ul"),
    "li": frozenset(("li",)),
    "dt": frozenset(("dt", "dd")),
    "dd": frozenset(("dt", "dd")),
    "td": frozenset(("td", "th", "tr")),
    "th": frozenset(("td", "th", "tr")),
    "tr": frozenset(("tr",)),
    "caption": frozenset(("tr",)),
}
_TWO_OR_MORE = r"(?:0|[2-9]|[1-9]\d{1,3})"  # 0 rows: all that are left
_SPAN_ATTRIBUTE = pattern_of(
    rf"""\s(?:colspan|rowspan)\s*=\s*(?:"\s*{_TWO_OR_MORE}\s*"|'\s*{_TWO_OR_MORE}\s*'|{_TWO_OR_MORE}(?=[\s/>]))""",
    re.IGNORECASE,
)
_NUMBER_ATTRIBUTE = pattern_of(
    r"""\s(?:(?:start|value)\s*=\s*(?:"\s*-?\d{1,6}\s*"|'\s*-?\d{1,6}\s*'|-?\d{1,6}(?=[\s/>]))|reversed(?=[\s/>=]))""",
    re.IGNORECASE,
)
_LINK_ATTRIBUTE = pattern_of(r"""\shref\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_KEPT_ATTRIBUTES = {
    "td": _SPAN_ATTRIBUTE,
    "th": _SPAN_ATTRIBUTE,
    "a": _LINK_ATTRIBUTE,
    "ol": _NUMBER_ATTRIBUTE,
    "li": _NUMBER_ATTRIBUTE,
}


def write_html(page: Page, kept: Iterable[KeptRun]) -> Written:
    """The ``kept`` pieces in the tags of their structure elements.

    Tags lose all attributes but colspan, rowspan, the numbers of lists and (of links) href. Optional end tags are left
    out, as half of a table's tokens may be tags. Items keep their numbers: by the empty tag of the one item before, or
    by a ``value`` where more are left out.
    """
    writer = _Writer(page)
    for piece in kept:
        writer.add(piece)
    return writer.finish()


class _Writer:
    def __init__(self, page: Page) -> None:
        self.page, self.source = page, page.source
        self.starts, self.ends = array("i"), array("i")  # of the pieces written so far; adjacent ones are one
        self.added: dict[int, str] = {}  # what is not in the source, by the number of pieces before it
        self.tags = 0  # number of end tags written
        self.open: list[Node] = []
        self.ended: list[Node] = []  # closed elements whose end tag may be optional
        self.cells: dict[int, Iterator[Node]] = {}  # by the number of an open row: its cells that are not written yet
        self.numbers: dict[int, dict[int, int]] = {}  # of items, by the number of a list and of the item
        self.next_numbers: dict[int, int] = {}  # of the next item, by the number of its list
        self.steps: dict[int, int] = {}  # from one number to the next, by the number of the list
        self.last: KeptRun | None = None

    def add(self, piece: KeptRun) -> None:
        run = self.page.runs[piece.number]
        chain = run.chain
        shared_depth = shared_elements(chain, self.open)
        tags_before = self.tags
        is_closing = any(node.name not in WITHIN_LINES for node in self.open[shared_depth:])
        self._close_to(shared_depth)
        opened_name = next((node.name for node in chain[shared_depth:] if node.name not in WITHIN_LINES), None)
        self._settle(opened_name)
        separator: tuple[Span, ...] = ()
        if self.last:
            space_end = chain[shared_depth].start if shared_depth < len(chain) else piece.start
            if section_tag := section_end(self.page, self.last, piece, Span(self.ends[-1], space_end)):
                self._put(*section_tag)
            separator = self._between(self.last, piece, self.ends[-1], space_end)
        # Tags separate; a line break is cheap and reads better.
        if opened_name or (is_closing and self.tags > tags_before):
            separator = tuple(span for span in separator if self.source[span.start] == "\n")
        if opened_name not in ("td", "th"):
            if separator and self.source.startswith("</", separator[0].start):  # of an element that is not written
                self.added[len(self.ends)] = "\n"
            elif run.gap == 1 and not separator and not opened_name and self.last and self.last.number < piece.number:
                self.added[len(self.ends)] = " "  # beside the label of a picture
            is_indented = run.preformatted and run.gap == 2 and self._is_indentation(separator)
            for span in separator if len(self.ends) not in self.added else ():
                if is_indented and span is separator[0]:
                    self.added[len(self.ends)] = "\n"
                self._put(*span)
        for node in chain[shared_depth:]:
            self._start(node)
        self._settle(None)
        self._put(piece.start, piece.end)
        self.last = piece

    def _is_indentation(self, separator: tuple[Span, ...]) -> bool:
        """Whether a separator is white space without a line break."""
        pieces = [self.source[start:end] for start, end in separator]
        return bool(pieces) and not any("\n" in piece or piece.startswith("<") for piece in pieces)

    def finish(self) -> Written:
        self._close_to(0)
        text = StringIO()
        places = array("i")
        for number, (start, end) in enumerate(zip(self.starts, self.ends, strict=True)):
            text.write(self.added.get(number, ""))
            places.append(text.tell())
            text.write(self.source[start:end])
        return Written(text.getvalue(), Spans(self.starts, self.ends), places if self.added else None)

    def _put(self, start: int, end: int) -> None:
        if self.ends and self.ends[-1] == start and len(self.ends) not in self.added:
            self.ends[-1] = end
        else:
            self.starts.append(start)
            self.ends.append(end)

    def _close_to(self, depth: int) -> None:
        while len(self.open) > depth:
            node = self.open.pop()
            self.cells.pop(node.number, None)
            if node.name in _ENDED_BY:
                self.ended.append(node)
            elif node.number not in self.page.implied_lists:
                self.ended.clear()  # the end of the parent closes them
                self._end_tag(node)

    def _end_tag(self, node: Node) -> None:
        if node.closed < node.end:
            self.tags += 1
            self._put(node.closed, node.end)

    def _settle(self, name: str | None) -> None:
        """Write the end tags that are not optional before an element ``name`` (None: before text)."""
        for node in self.ended:
            if name not in _ENDED_BY[node.name]:
                self._end_tag(node)
        self.ended.clear()

    def _start(self, node: Node) -> None:
        self._settle(node.name)
        row = self.open[-1] if self.open else None
        if node.name in ("td", "th") and row is not None and node.parent == row and has_columns(row):
            if row.number not in self.cells:
                self.cells[row.number] = iter(cells_of(row))
            for cell in self.cells[row.number]:
                if cell == node:
                    break
                self._start_tag(cell)  # nothing in it is kept, but the next cells stay in their columns
        self._start_tag(node, self._number(node))
        self.open.append(node)

    def _number(self, item: Node) -> int | None:
        """The number of an item that a reader would take for another one, as items before it are left out."""
        listing = item.parent
        if item.name != "li" or listing is None or listing.name != "ol":
            return None
        if listing.number not in self.numbers:
            self._read_numbers(listing)
        number = self.numbers[listing.number].get(item.number)
        if number is None:
            return None
        left_out = abs(number - self.next_numbers[listing.number])
        self.next_numbers[listing.number] = number + self.steps[listing.number]
        before = item.previous
        if left_out == 0 or _NUMBER_ATTRIBUTE.search(self.source, item.start, item.opened):
            return None
        if left_out == 1 and before is not None and before.name == "li":
            self._start_tag(before)
            return None
        return number

    def _read_numbers(self, listing: Node) -> None:
        values = attributes(listing, self.source)
        start = whole(values.get("start"))
        is_reversed = "reversed" in values
        is_told = start is not None or not is_reversed  # else it is counted from the number of its items
        self.numbers[listing.number] = item_numbers(listing, self.source) if is_told else {}
        self.next_numbers[listing.number] = 1 if start is None else start
        self.steps[listing.number] = -1 if is_reversed else 1

    def _start_tag(self, node: Node, number: int | None = None) -> None:
        start, end = node.start, node.opened
        if end <= start or self.source[end - 1] != ">" or node.number in self.page.implied_lists:
            return
        name_end = start + 1 + len(node.name)
        self._put(start, name_end)
        kept_attributes = _KEPT_ATTRIBUTES.get(node.name)
        if kept_attributes:
            for match in kept_attributes.finditer(self.source, name_end, end):
                self._put(*match.span())
        if node.name == "ol" and (shown_type := number_type(node, self.source)) != "1":
            self.added[len(self.ends)] = f" type={shown_type}"
        if number is not None:
            self.added[len(self.ends)] = f" value={number}"
        self._put(end - 1, end)

    def _between(self, last: KeptRun, piece: KeptRun, after: int, before: int) -> tuple[Span, ...]:
        """The white space of the source (or else a tag) between two pieces, within ``after:before``."""
        runs = self.page.runs
        if piece.number == last.number:  # already joined
            return ()
        for number in runs.separated(last.number, piece.number):
            separator = runs[number].separator
            if separator and after <= separator[0].start and separator[-1].end <= before:
                is_code = runs[number].preformatted and len(separator) == 1
                return tuple(runs[number].white_pieces(self.source)) if is_code else separator
        if runs[piece.number].start < piece.start <= before and self.source[piece.start - 1].isspace():
            return (Span(piece.start - 1, piece.start),)
        if after == last.end < runs[last.number].end and self.source[last.end].isspace():
            return (Span(last.end, last.end + 1),)
        return ()
