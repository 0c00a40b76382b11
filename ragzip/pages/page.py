"""A page as a reader sees it: its visible text as runs of the source, and the elements that give it structure."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import overload

from ragzip.pages.attributes import box_kind, is_unseen
from ragzip.pages.parse import Node, names, parse
from ragzip.text.spans import Span
from ragzip.types import Document

__all__ = ["Heading", "Page", "Plain", "Run", "is_inline", "is_page"]

_HIDDEN = names("script style template svg iframe canvas audio video object applet map datalist xmp noembed noframes")
_IN_HEAD = names("title")
_STRUCTURE = names("title h1 h2 h3 h4 h5 h6 p ul ol li dl dt dd table caption tr th td pre blockquote code")
_INLINE = names(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr q rp rt ruby s samp"
    " small span strike strong sub sup time tt u var wbr input"
)
_LEAST_CONTENT = 40  # characters of content, below which menus are content too
_LONGEST_NOTICE = 800  # characters of a cookie notice
_MENU_SHARE = 0.5  # of the characters of a menu stand in links
_RAISED = frozenset(("sub", "sup"))
_MAIN = names("main article")
_LEVEL = {f"h{level}": level for level in range(1, 7)}
_BLANKS = r"(?:\s|&(?:nbsp|#160|#[xX][aA]0);?)"
_BLANK = re.compile(rf"{_BLANKS}*\Z")
# A note's mark in brackets and an English or French ordinal read right without their tags.
_UNAMBIGUOUS = re.compile(r"(?><[^<>]{0,500}+>){0,4}+\s*+(?:\[|&#91;|(?:st|nd|rd|th|er|re|ème)\s*+<)", re.IGNORECASE)
_WIDE = re.compile(r"\s{2,}|[\n\r\t\f]")
# Without a way back into a comment that ended: else each comment doubles the time.
_DECLARED = re.compile(
    r"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:(?><!--.{0,1000}?-->)\s*+)*+<(?:!doctype\s++html|html)\b", re.IGNORECASE | re.DOTALL
)
_MIMES = frozenset(("text/html", "application/xhtml+xml"))


def is_page(document: Document) -> bool:
    """Whether a document is HTML: by its type, or (plain text) by a declaration or ``<html`` at its beginning."""
    if document.mime in _MIMES:
        return True
    return document.mime == "text/plain" and _DECLARED.match(document.text) is not None


def is_inline(node: Node) -> bool:
    """Whether an element stands within a line of text."""
    return node.name in _INLINE


@dataclass(eq=False)
class Heading:
    """A heading, or a table's caption, over what follows it. ``parent`` is the one above it."""

    node: Node
    level: int
    parent: Heading | None


class Run:
    """``source[start:end]`` is visible text without a tag or wide white space in it.

    ``chain``: the elements of structure around it, from outside. ``gap``: what stands between it and the run before it
    (0 nothing, 1 white space, 2 the border of a block), and ``separator`` the pieces of the source that show it.
    """

    __slots__ = ("chain", "end", "gap", "heading", "preformatted", "separator", "start")

    def __init__(self, start: int, end: int, chain: tuple[Node, ...], heading: Heading | None) -> None:
        self.start, self.end, self.chain, self.heading = start, end, chain, heading
        self.gap = 2
        self.separator: tuple[Span, ...] = ()
        self.preformatted = False


class Runs(Sequence[Run]):
    """The runs of a page, in arrays: a page may have one for every few characters."""

    def __init__(self) -> None:
        self.starts, self.ends = array("i"), array("i")
        self._chains: list[tuple[Node, ...]] = []
        self._headings: list[Heading | None] = []
        self._gaps, self._preformatted = bytearray(), bytearray()
        self._separated = bytearray()  # 1 where a run has a separator
        self._separators = array("i")  # four numbers a run: the offsets of up to two pieces, empty ones for none

    def append(self, run: Run) -> None:
        self.starts.append(run.start)
        self.ends.append(run.end)
        self._chains.append(run.chain)
        self._headings.append(run.heading)
        self._gaps.append(run.gap)
        self._preformatted.append(run.preformatted)
        self._separated.append(bool(run.separator))
        offsets = [offset for span in run.separator for offset in span]
        self._separators.extend([*offsets, 0, 0, 0, 0][:4])

    def largest_gap(self, first: int, last: int) -> int:
        """The largest gap before the runs ``first`` to ``last`` (exclusive)."""
        return next((gap for gap in (2, 1) if self._gaps.find(gap, first, last) >= 0), 0)

    def separated(self, before: int, last: int) -> Iterator[int]:
        """The numbers of the runs after ``before`` that have a separator, down from ``last``."""
        while (last := self._separated.rfind(1, before + 1, last + 1)) >= 0:
            yield last
            last -= 1

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, number: int) -> Run: ...
    @overload
    def __getitem__(self, number: slice) -> list[Run]: ...
    def __getitem__(self, number: int | slice) -> Run | list[Run]:
        if isinstance(number, slice):
            return [self[i] for i in range(*number.indices(len(self)))]
        number = range(len(self))[number]
        run = Run(self.starts[number], self.ends[number], self._chains[number], self._headings[number])
        run.gap, run.preformatted = self._gaps[number], bool(self._preformatted[number])
        first, after_first, second, after_second = self._separators[4 * number : 4 * number + 4]
        if first < after_first:
            pieces = (Span(first, after_first), Span(second, after_second))
            run.separator = pieces if second < after_second else pieces[:1]
        return run


@dataclass(eq=False)
class Page:
    """The visible text of a page, and where it stands.

    Left out are scripts, styles, comments, templates, drawings, embedded pages, what is hidden or struck out (see
    :func:`~ragzip.pages.attributes.is_unseen`), and the attributes of all tags. ``runs`` are in the order of the
    source; an element's are ``runs[node.first:node.last]``. ``links``: they count as structure. ``beside``
    are the runs that are no content: a title that an h1 says again, and menus (links for the most part) and cookie
    notices, unless the page has hardly anything else.
    """

    source: str
    links: bool = False
    root: Node = field(init=False)
    runs: Runs = field(default_factory=Runs)
    title: Node | None = None
    headings: list[Heading] = field(default_factory=list)
    layout: set[int] = field(default_factory=set)  # ids of the tables that hold tables or headings
    over: set[int] = field(default_factory=set)  # ids of the headings and captions that have text under them
    boxes: list[Node] = field(default_factory=list)  # menus and notices
    beside: bytearray = field(default_factory=bytearray)  # 1 for each run that is no content

    def __post_init__(self) -> None:
        self.root = parse(self.source, _Reader(self))
        self.starts = self.runs.starts
        self.beside = bytearray(len(self.runs))
        for box in self.boxes:
            self._leave_out(box)
        if self._content() < _LEAST_CONTENT:
            self.beside = bytearray(len(self.runs))
        name = self.name
        if (
            self.title is not None
            and name
            and any(
                heading.level == 1 and not self.is_beside(heading.node) and self.text(*self.span(heading.node)) == name
                for heading in self.headings
            )
        ):
            self._leave_out(self.title)

    def is_beside(self, node: Node) -> bool:
        """Whether no text of an element is content."""
        return self.beside.find(0, node.first, node.last) < 0

    def _leave_out(self, node: Node) -> None:
        self.beside[node.first : node.last] = b"\1" * (node.last - node.first)

    def _content(self) -> int:
        """Characters of text that is no heading, title, nor beside the content."""
        other = bytearray(self.beside)
        labels = [heading.node for heading in self.headings] + ([self.title] if self.title is not None else [])
        for node in labels:
            other[node.first : node.last] = b"\1" * (node.last - node.first)
        return sum(self.runs.ends[i] - self.starts[i] for i, flag in enumerate(other) if not flag)

    @classmethod
    def of(cls, source: str, *, links: bool = False) -> Page:
        """Read ``source``.

        :param links: count links among the elements of structure.
        :raises InputError: more than 20 million characters.
        """
        return cls(source, links)

    @property
    def name(self) -> str | None:
        """The page's own title, if it has one."""
        return (self.text(*self.span(self.title)) or None) if self.title is not None else None

    def within(self, start: int, end: int) -> range:
        """The numbers of the runs that have a part in ``source[start:end]``."""
        first = bisect_right(self.starts, start) - 1
        if first < 0 or self.runs[first].end <= start:
            first += 1
        return range(first, bisect_left(self.starts, end, first))

    def text(self, start: int, end: int) -> str:
        """What a reader sees of ``source[start:end]``, on one line."""
        parts: list[str] = []
        for run in map(self.runs.__getitem__, self.within(start, end)):
            if parts and run.gap:
                parts.append(" ")
            parts.append(self.source[max(start, run.start) : min(end, run.end)])
        joined = "".join(parts)
        return unescape(joined) if "&" in joined else joined

    def visible(self) -> str:
        """All visible text, blocks on lines of their own."""
        return unescape(Plain(self.source, self.runs).text)

    def span(self, node: Node) -> Span:
        """The place of an element's visible text."""
        if node.first >= node.last:
            return Span(node.opened, node.opened)
        return Span(self.runs[node.first].start, self.runs[node.last - 1].end)


class Plain:
    """The text of some runs, blocks on lines of their own, entities as the source has them; and the way back."""

    def __init__(self, source: str, runs: Sequence[Run]) -> None:
        parts: list[str] = []
        self.runs, self.starts = runs, []
        length = 0
        for run in runs:
            gap = ("", " ", "\n")[run.gap] if parts else ""
            parts += (gap, source[run.start : run.end])
            self.starts.append(length + len(gap))
            length += len(gap) + run.end - run.start
        self.text = "".join(parts)

    def back(self, start: int, end: int) -> Span:
        """A span of the text (not empty) as one of the source."""
        first, last = bisect_right(self.starts, start) - 1, bisect_right(self.starts, end - 1) - 1
        a, b = self.runs[first], self.runs[last]
        return Span(min(a.end, a.start + start - self.starts[first]), min(b.end, b.start + end - self.starts[last]))


class _Reader:
    """Reads a page while it is parsed."""

    def __init__(self, page: Page) -> None:
        self.page, self.source, self.runs = page, page.source, page.runs
        self.gap = 2
        self.separator: tuple[Span, ...] = ()
        self.above: list[Heading] = []  # the headings over the place reached
        self.tables: list[Node] = []  # around it
        self.captions: dict[int, Heading] = {}  # of those tables, by id
        self.open: list[tuple[tuple[Node, ...], bool]] = [((), False)]  # chains of open elements, and if preformatted
        self.boxes: list[tuple[Node, str, int, int]] = []  # open ones: kind, characters and those of links before
        self.in_links = self.in_main = 0  # open elements
        self.characters = self.linked = 0
        self.hidden = 0  # open elements from the outermost one on that nobody sees

    def enter(self, node: Node) -> None:
        parent = node.parent
        in_head = parent is not None and parent.name == "head"
        unseen = node.name in _HIDDEN or (in_head and node.name not in _IN_HEAD)
        if self.hidden or unseen or is_unseen(node, self.source):
            self.hidden += 1
            return
        chain, preformatted = self.open[-1]
        self.open.append((self._enter(node, chain), preformatted or node.name in ("pre", "textarea")))

    def text(self, start: int, end: int) -> None:
        if not self.hidden:
            self._text(start, end, *self.open[-1])

    def leave(self, node: Node) -> None:
        if self.hidden:
            self.hidden -= 1
        else:
            self.open.pop()
            self._leave(node)

    def _enter(self, node: Node, chain: tuple[Node, ...]) -> tuple[Node, ...]:
        name = node.name
        node.first = len(self.runs)
        self.in_links += name == "a"
        self.in_main += name in _MAIN
        if not self.in_main and (kind := box_kind(node, self.source)):
            self.boxes.append((node, kind, self.characters, self.linked))
        if name not in _INLINE:
            self._border(node.start, node.opened, 1 + len(name))
        if self.tables and (name == "table" or name in _LEVEL):
            self.page.layout.add(id(self.tables[-1]))
        if name == "table":
            self.tables.append(node)
        if name in _LEVEL or name == "caption":
            self._heading(node)
        elif name == "title" and self.page.title is None:
            self.page.title = node
        if name in _STRUCTURE or (name in _RAISED and self._raised(node)) or (name == "a" and self.page.links):
            return (*chain, node)
        return chain

    def _leave(self, node: Node) -> None:
        node.last = len(self.runs)
        self.in_links -= node.name == "a"
        self.in_main -= node.name in _MAIN
        if self.boxes and self.boxes[-1][0] is node:
            self._box(*self.boxes.pop())
        if node.name not in _INLINE:
            self._border(node.closed, node.end, 2 + len(node.name))
        if node.name == "table":
            self.tables.pop()

    def _box(self, node: Node, kind: str, characters: int, linked: int) -> None:
        """Whether what may be a menu or a notice is one: by its links, or by its length."""
        size = self.characters - characters
        if size < _LONGEST_NOTICE if kind == "cookies" else self.linked - linked > _MENU_SHARE * size:
            boxes = self.page.boxes
            while boxes and boxes[-1].first >= node.first:  # those in it
                boxes.pop()
            boxes.append(node)

    def _heading(self, node: Node) -> None:
        level = _LEVEL.get(node.name, 9)
        if node.name == "caption":
            if self.tables:
                self.captions[id(self.tables[-1])] = Heading(node, level, self.above[-1] if self.above else None)
            return
        while self.above and self.above[-1].level >= level:
            self.above.pop()
        self.above.append(Heading(node, level, self.above[-1] if self.above else None))
        self.page.headings.append(self.above[-1])

    def _raised(self, node: Node) -> bool:
        """Whether a word would read as another one without the tag: 10<sup>-2</sup>, not so 1<sup>st</sup>, [1]."""
        if self.gap or not self.runs or _UNAMBIGUOUS.match(self.source, node.opened):
            return False
        before = self.source[self.runs.ends[-1] - 1]
        return before.isalnum() or before in ")]}|;"

    def _border(self, start: int, end: int, name: int) -> None:
        """The border of a block, shown by a tag without its attributes where there is no white space."""
        self.gap = 2
        known = self.separator
        if end > start and (not known or (len(known) > 1 and self.source[known[0].start + 1] == "/")):
            self.separator = (Span(start, start + name), Span(end - 1, end))

    def _text(self, start: int, end: int, chain: tuple[Node, ...], preformatted: bool) -> None:
        source = self.source
        text = source[start:end]
        if _BLANK.match(text):
            self._white(start, end)
            return
        left = len(text) - len(text.lstrip())
        right = len(text.rstrip())
        if left:
            self._white(start, start + left)
        if preformatted:
            self._run(start + left, start + right, chain, preformatted=True)
        else:
            at = left
            for wide in _WIDE.finditer(text, left, right):
                self._run(start + at, start + wide.start(), chain)
                self._white(start + wide.start(), start + wide.end())
                at = wide.end()
            self._run(start + at, start + right, chain)
        if right < len(text):
            self._white(start + right, end)

    def _white(self, start: int, end: int) -> None:
        """White space stands for itself, by one line break or else one character."""
        self.gap = self.gap or 1
        line = self.source.find("\n", start, end)
        if len(self.separator) == 1 and (line < 0 or self.source[self.separator[0].start] == "\n"):
            return
        at = line if line >= 0 else start
        self.separator = (Span(at, at + 1 if self.source[at].isspace() else end),)

    def _run(self, start: int, end: int, chain: tuple[Node, ...], *, preformatted: bool = False) -> None:
        heading = self.captions.get(id(self.tables[-1])) if self.tables else None
        if heading is None and self.above:
            heading = self.above[-1]
        over = heading
        while over is not None and id(over.node) not in self.page.over and over.node not in chain:
            self.page.over.add(id(over.node))
            over = over.parent
        self.characters += end - start
        self.linked += (end - start) * (self.in_links > 0)
        run = Run(start, end, chain, heading)
        run.gap, run.separator, run.preformatted = self.gap if self.runs else 2, self.separator, preformatted
        self.runs.append(run)
        self.gap, self.separator = 0, ()
