"""Writing the kept part of a page as HTML that is made of pieces of its source alone."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator
from itertools import accumulate

from ragzip.pages.kept import Kept, Written
from ragzip.pages.page import Page
from ragzip.pages.parse import Node, names
from ragzip.pages.tables import cells_of, has_columns
from ragzip.text.spans import Span

__all__ = ["write_html"]

# The end tag of these may be left out where one of the others begins, or where the parent ends (HTML standard).
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
_IN_LINE = frozenset(("code", "sub", "sup", "a"))
_SEVERAL = r"(?:[2-9]|[1-9]\d{1,3})"
_SPANNING = re.compile(
    rf"""\s(?:colspan|rowspan)\s*=\s*(?:"\s*{_SEVERAL}\s*"|'\s*{_SEVERAL}\s*'|{_SEVERAL}(?=[\s/>]))""", re.IGNORECASE
)
_COUNTED = re.compile(
    r"""\s(?:(?:start|value)\s*=\s*(?:"\s*-?\d{1,6}\s*"|'\s*-?\d{1,6}\s*'|-?\d{1,6}(?=[\s/>]))|reversed(?=[\s/>=]))""",
    re.IGNORECASE,
)
_LINK = re.compile(r"""\shref\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_KEPT_ATTRIBUTES = {"td": _SPANNING, "th": _SPANNING, "a": _LINK, "ol": _COUNTED, "li": _COUNTED}


def write_html(page: Page, kept: Iterable[Kept]) -> Written:
    """The ``kept`` pieces with the tags around them that give structure.

    Tags lose all attributes but colspan, rowspan, the numbers of lists and (of links) href. End tags that HTML lets one
    leave out are left out, as half of a table's tokens may be tags.
    """
    writer = _Writer(page)
    for piece in kept:
        writer.add(piece)
    return writer.finish()


class _Writer:
    def __init__(self, page: Page) -> None:
        self.page, self.source = page, page.source
        self.starts, self.ends = array("i"), array("i")  # of the pieces written; those that touch are one
        self.tags = 0  # end tags written
        self.open: list[Node] = []
        self.ended: list[Node] = []  # whose end tag may turn out not to be needed
        self.cells: dict[int, Iterator[Node]] = {}  # cells not written yet of each open row
        self.last: Kept | None = None

    def add(self, piece: Kept) -> None:
        run = self.page.runs[piece.number]
        chain = run.chain
        shared = 0
        while shared < min(len(chain), len(self.open)) and chain[shared] is self.open[shared]:
            shared += 1
        written = self.tags
        closing = any(node.name not in _IN_LINE for node in self.open[shared:])
        self._close_to(shared)
        opening = next((node.name for node in chain[shared:] if node.name not in _IN_LINE), None)
        self._settle(opening)
        separator: tuple[Span, ...] = ()
        if self.last:
            before = chain[shared].start if shared < len(chain) else piece.start
            separator = self._between(self.last, piece, self.ends[-1], before)
        if opening or (closing and self.tags > written):  # tags separate; a line break costs little, reads better
            separator = tuple(span for span in separator if self.source[span.start] == "\n")
        if opening not in ("td", "th"):
            for span in separator:
                self._put(*span)
        for node in chain[shared:]:
            self._start(node)
        self._settle(None)
        self._put(piece.start, piece.end)
        self.last = piece

    def finish(self) -> Written:
        self._close_to(0)
        spans = tuple(map(Span, self.starts, self.ends))
        text = "".join(self.source[start:end] for start, end in spans)
        places = list(accumulate((end - start for start, end in spans), initial=0))[:-1]
        return Written(text, spans, tuple(places))

    def _put(self, start: int, end: int) -> None:
        if self.ends and self.ends[-1] == start:
            self.ends[-1] = end
        else:
            self.starts.append(start)
            self.ends.append(end)

    def _close_to(self, depth: int) -> None:
        while len(self.open) > depth:
            node = self.open.pop()
            self.cells.pop(id(node), None)
            if node.name in _ENDED_BY:
                self.ended.append(node)
            elif not _is_implied(node):
                self.ended.clear()  # the end of the parent ends them
                self._end_tag(node)

    def _end_tag(self, node: Node) -> None:
        if node.closed < node.end:
            self.tags += 1
            self._put(node.closed, node.end)

    def _settle(self, name: str | None) -> None:
        """Write the end tags that are needed where ``name`` begins next (None: text)."""
        for node in self.ended:
            if name not in _ENDED_BY[node.name]:
                self._end_tag(node)
        self.ended.clear()

    def _start(self, node: Node) -> None:
        self._settle(node.name)
        row = self.open[-1] if self.open else None
        if node.name in ("td", "th") and row is not None and node.parent is row and has_columns(row):
            if id(row) not in self.cells:
                self.cells[id(row)] = iter(cells_of(row))
            for cell in self.cells[id(row)]:
                if cell is node:
                    break
                self._start_tag(cell)  # nothing of it is kept, but it has its column
        self._start_tag(node)
        self.open.append(node)

    def _start_tag(self, node: Node) -> None:
        start, end = node.start, node.opened
        if end <= start or self.source[end - 1] != ">" or _is_implied(node):
            return
        name = start + 1 + len(node.name)
        self._put(start, name)
        wanted = _KEPT_ATTRIBUTES.get(node.name)
        if wanted:
            for match in wanted.finditer(self.source, name, end):
                self._put(*match.span())
        self._put(end - 1, end)

    def _between(self, last: Kept, piece: Kept, after: int, before: int) -> tuple[Span, ...]:
        """White space of the source (or else a tag) between two pieces, and between two places."""
        runs = self.page.runs
        if piece.number == last.number:  # joined already
            return ()
        for number in runs.separated(last.number, piece.number):
            separator = runs[number].separator
            if separator and after <= separator[0].start and separator[-1].end <= before:
                return separator
        if runs[piece.number].start < piece.start <= before and self.source[piece.start - 1].isspace():
            return (Span(piece.start - 1, piece.start),)
        if after == last.end < runs[last.number].end and self.source[last.end].isspace():
            return (Span(last.end, last.end + 1),)
        return ()


def _is_implied(node: Node) -> bool:
    """Whether the tags of an element say nothing that those in it do not: of a ``dl`` whose last entry has an end."""
    if node.name != "dl":
        return False
    last = next((child for child in reversed(node.children) if isinstance(child, Node)), None)
    return last is not None and last.name in ("dt", "dd") and last.closed < last.end
