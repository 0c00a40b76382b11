"""A page as a reader sees it: its visible text as runs of the source, and the elements that give it structure."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from html import unescape
from io import StringIO

from ragzip.pages.attributes import box_kind, is_unseen, setting
from ragzip.pages.parse import Node, names, parse
from ragzip.pages.runs import Heading, TextRun, TextRuns
from ragzip.text.spans import Span
from ragzip.types import Document

__all__ = ["Heading", "Page", "Plain", "is_inline", "is_page"]

_HIDDEN_ELEMENTS = names(
    "script noscript style template svg iframe canvas audio video object applet map datalist xmp noembed noframes"
)
_VISIBLE_IN_HEAD = names("title")
_STRUCTURE_ELEMENTS = names("title h1 h2 h3 h4 h5 h6 p ul ol li dl dt dd table caption tr th td pre blockquote code")
_INLINE_ELEMENTS = names(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr q rp rt ruby s samp"
    " small span strike strong sub sup time tt u var wbr"
)
_MIN_CONTENT_CHARACTERS = 40  # on a page with less, menus are content too
_MAX_NOTICE_CHARACTERS = 800  # of a notice of cookies or an advertisement
_MIN_LINK_SHARE = 0.5  # of the characters of a menu
_RAISED_ELEMENTS = frozenset(("sub", "sup"))
_MAIN_ELEMENTS = names("main article")
_LEVEL_BY_NAME = {f"h{level}": level for level in range(1, 7)}
_BLANKS = r"(?:\s|&(?:nbsp|#160|#[xX][aA]0);?)"
_BLANK_TEXT = re.compile(rf"{_BLANKS}*\Z")
# Note marks in brackets and English or French ordinals cannot be misread without their tags.
_UNAMBIGUOUS = re.compile(r"(?><[^<>]{0,500}+>){0,4}+\s*+(?:\[|&#91;|(?:st|nd|rd|th|er|re|ème)\s*+<)", re.IGNORECASE)
_NOTE_MARK = re.compile(r"\s*+(?:<a\b[^<>]{0,500}+>)?\s*+(?:\d{1,3}|[a-z])\s*+</", re.IGNORECASE)
_WIDE_SPACE = re.compile(r"\s{2,}|[\n\r\t\f]")
# Atomic, so that no comment is matched in two ways: else each comment doubles the time.
_DECLARED = re.compile(
    r"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:(?><!--.{0,1000}?-->)\s*+)*+<(?:!doctype\s++html|html)\b", re.IGNORECASE | re.DOTALL
)
_PART_OF_PAGE = re.compile(  # a table or list that is all of a text, as pages have it
    r"\s*+<(?:(table)\b[^<>]*+>\s*+(?:<caption\b[^<>]*+>[^<>]*+</caption>\s*+)?(?:<(?:thead|tbody)\b[^<>]*+>\s*+)?"
    r"<tr\b[^<>]*+>\s*+<t[hd]\b|([uo]l)\b[^<>]*+>\s*+<li\b|(dl)\b[^<>]*+>\s*+<dt\b)",
    re.IGNORECASE,
)
_PAGE_MIMES = frozenset(("text/html", "application/xhtml+xml"))


def is_page(document: Document) -> bool:
    """Whether a document is HTML: by its type, or (plain text) by a declaration or ``<html`` at its beginning, or as a
    table or list of HTML.
    """
    if document.mime in _PAGE_MIMES:
        return True
    text = document.text
    return document.mime == "text/plain" and (_DECLARED.match(text) is not None or _is_part_of_page(text))


def _is_part_of_page(text: str) -> bool:
    part = _PART_OF_PAGE.match(text)
    return part is not None and text[-100:].rstrip().lower().endswith(f"</{part[part.lastindex or 0].lower()}>")


def is_inline(node: Node) -> bool:
    """Whether an element is part of a line of text."""
    return node.name in _INLINE_ELEMENTS


@dataclass(eq=False)
class Page:
    """The visible text of a page, with its offsets in the source.

    Scripts, styles, comments, templates, drawings, embedded pages, hidden or struck-out elements (see
    :func:`~ragzip.pages.attributes.is_unseen`) and the attributes of all tags are left out. ``runs`` are in the order
    of the source; those of an element are ``runs[node.first:node.last]``. ``links``: links count as structure.
    ``beside`` marks the runs that are no content: a title that an h1 repeats, menus (mostly links), cookie notices and
    advertisements, unless the page has hardly anything else.
    """

    source: str
    links: bool = False
    root: Node = field(init=False)
    runs: TextRuns = field(default_factory=TextRuns)
    title: Node | None = None
    headings: list[Heading] = field(default_factory=list)
    layout: set[int] = field(default_factory=set)  # numbers of the tables that hold tables or headings
    over: set[int] = field(default_factory=set)  # numbers of the headings and captions that have text under them
    boxes: list[Node] = field(default_factory=list)  # menus and notices
    beside: bytearray = field(default_factory=bytearray)  # 1 for each run that is no content

    def __post_init__(self) -> None:
        self.root = self.runs.root = parse(self.source, _Reader(self))
        self.starts = self.runs.starts
        self.beside = bytearray(len(self.runs))
        for side_box in self.boxes:
            self._leave_out(side_box)
        if self._content() < _MIN_CONTENT_CHARACTERS:
            self.beside = bytearray(len(self.runs))
        page_name = self.name
        top_headings = (heading.node for heading in self.headings if heading.level == 1)
        if (
            self.title is not None
            and page_name
            and any(not self.is_beside(node) and self.text(*self.span(node)) == page_name for node in top_headings)
        ):
            self._leave_out(self.title)

    def is_beside(self, node: Node) -> bool:
        """Whether no text of an element is content."""
        return self.beside.find(0, node.first, node.last) < 0

    def _leave_out(self, node: Node) -> None:
        self.beside[node.first : node.last] = b"\1" * (node.last - node.first)

    def _content(self) -> int:
        """The number of characters of content that is neither heading nor title."""
        is_other = bytearray(self.beside)
        label_nodes = [heading.node for heading in self.headings] + ([self.title] if self.title is not None else [])
        for node in label_nodes:
            is_other[node.first : node.last] = b"\1" * (node.last - node.first)
        run_lengths = (end - start for start, end in zip(self.starts, self.runs.ends, strict=True))
        return sum(length for length, is_left_out in zip(run_lengths, is_other, strict=True) if not is_left_out)

    @classmethod
    def of(cls, source: str, *, links: bool = False) -> Page:
        """The page that ``source`` is.

        :param links: count links among the elements of structure.
        :raises InputError: more than 20 million characters.
        """
        return cls(source, links)

    @property
    def name(self) -> str | None:
        """The text of the page's title element, None without one."""
        return (self.text(*self.span(self.title)) or None) if self.title is not None else None

    def within(self, start: int, end: int) -> range:
        """The numbers of the runs that overlap ``source[start:end]``."""
        first_number = bisect_right(self.starts, start) - 1
        if first_number < 0 or self.runs[first_number].end <= start:
            first_number += 1
        return range(first_number, bisect_left(self.starts, end, first_number))

    def text(self, start: int, end: int) -> str:
        """The visible text of ``source[start:end]``, on one line."""
        text_parts: list[str] = []
        for run in map(self.runs.__getitem__, self.within(start, end)):
            if text_parts and run.gap:
                text_parts.append(" ")
            text_parts.append(self.source[max(start, run.start) : min(end, run.end)])
        joined = "".join(text_parts)
        return unescape(joined) if "&" in joined else joined

    def visible(self) -> str:
        """All visible text, each block on a line of its own."""
        return unescape(Plain(self.source, self.runs, range(len(self.runs))).text)

    def span(self, node: Node) -> Span:
        """The span of an element's visible text in the source."""
        if node.first >= node.last:
            return Span(node.opened, node.opened)
        return Span(self.runs[node.first].start, self.runs[node.last - 1].end)


class Plain:
    """The text of some runs, each block on a line of its own, and its mapping to the source; entities stay encoded.

    :param numbers: of the runs, without a gap.
    """

    def __init__(self, source: str, runs: TextRuns, numbers: range) -> None:
        text = StringIO()
        self.runs, self.first_number = runs, numbers.start
        self.starts = array("i")  # of the runs in the text
        for run in map(runs.__getitem__, numbers):
            text.write(("", " ", "\n")[run.gap] if self.starts else "")
            self.starts.append(text.tell())
            text.write(source[run.start : run.end])
        self.text = text.getvalue()

    def back(self, start: int, end: int) -> Span:
        """The span in the source of a span (not empty) of the text."""
        first_number, last_number = bisect_right(self.starts, start) - 1, bisect_right(self.starts, end - 1) - 1
        first_run, last_run = self.runs[self.first_number + first_number], self.runs[self.first_number + last_number]
        return Span(
            min(first_run.end, first_run.start + start - self.starts[first_number]),
            min(last_run.end, last_run.start + end - self.starts[last_number]),
        )


class _Reader:
    """The listener that fills a page while it is parsed."""

    def __init__(self, page: Page) -> None:
        self.page, self.source, self.runs = page, page.source, page.runs
        self.gap = 2
        self.separator: tuple[Span, ...] = ()
        self.above: list[Heading] = []  # the headings over the current place
        self.tables: list[Node] = []  # the open tables
        self.captions: dict[int, Heading] = {}  # by the number of the open table
        # Of the open elements: the innermost one of structure, and whether their text is preformatted.
        self.open: list[tuple[int, bool]] = [(0, False)]
        self.labels: list[int] = []  # the numbers of the open headings and captions
        # Open menus and notices: element, kind, characters before it, linked characters before it.
        self.boxes: list[tuple[Node, str, int, int]] = []
        self.in_links = self.in_main = 0  # open elements of these kinds
        self.characters = self.linked = 0
        self.hidden = 0  # open elements from the outermost hidden one on

    def enter(self, node: Node) -> None:
        parent = node.parent
        is_in_head = parent is not None and parent.name == "head"
        is_unseen_kind = node.name in _HIDDEN_ELEMENTS or (is_in_head and node.name not in _VISIBLE_IN_HEAD)
        if self.hidden or is_unseen_kind or is_unseen(node, self.source):
            self.hidden += 1
            return
        outline, preformatted = self.open[-1]
        node.outline = node.number if self._enter(node) else outline
        self.open.append((node.outline, preformatted or node.name in ("pre", "textarea")))

    def text(self, start: int, end: int) -> None:
        if not self.hidden:
            self._text(start, end, *self.open[-1])

    def leave(self, node: Node) -> None:
        if self.hidden:
            self.hidden -= 1
        else:
            self.open.pop()
            self._leave(node)

    def _enter(self, node: Node) -> bool:
        """Note the beginning of a visible element; whether it is one of structure."""
        element_name = node.name
        node.first = len(self.runs)
        self.in_links += element_name == "a"
        self.in_main += element_name in _MAIN_ELEMENTS
        side_kind = box_kind(node, self.source)
        if side_kind == "notice" or (side_kind == "menu" and not self.in_main):
            self.boxes.append((node, side_kind, self.characters, self.linked))
        setting_parts = setting(node, self.source)
        if element_name not in _INLINE_ELEMENTS and not (element_name == "input" and setting_parts):
            self._border(node.start, node.start if setting_parts else node.opened, 1 + len(element_name))
        for part in setting_parts:
            self._run(*part, self.open[-1][0])
        if self.tables and (element_name == "table" or element_name in _LEVEL_BY_NAME):
            self.page.layout.add(self.tables[-1].number)
        if element_name == "table":
            self.tables.append(node)
        if element_name in _LEVEL_BY_NAME or element_name == "caption":
            self._heading(node)
            self.labels.append(node.number)
        elif element_name == "title" and self.page.title is None:
            self.page.title = node
        return (
            element_name in _STRUCTURE_ELEMENTS
            or (element_name in _RAISED_ELEMENTS and self._raised(node))
            or (element_name == "a" and self.page.links)
        )

    def _leave(self, node: Node) -> None:
        node.last = len(self.runs)
        self.in_links -= node.name == "a"
        self.in_main -= node.name in _MAIN_ELEMENTS
        if self.labels and self.labels[-1] == node.number:
            self.labels.pop()
        if self.boxes and self.boxes[-1][0] == node:
            self._box(*self.boxes.pop())
        if node.name not in _INLINE_ELEMENTS and not (node.name == "input" and node.first < node.last):
            self._border(node.closed, node.end, 2 + len(node.name))
        if node.name == "table":
            self.tables.pop()

    def _box(self, node: Node, kind: str, characters: int, linked: int) -> None:
        """Enter a possible menu or notice among the boxes of the page if its links or its length say that it is one."""
        character_count = self.characters - characters
        is_notice = kind == "notice" and character_count < _MAX_NOTICE_CHARACTERS
        is_menu = kind == "menu" and self.linked - linked > _MIN_LINK_SHARE * character_count
        if is_notice or is_menu:
            boxes = self.page.boxes
            while boxes and boxes[-1].first >= node.first:  # boxes inside it
                boxes.pop()
            boxes.append(node)

    def _heading(self, node: Node) -> None:
        level = _LEVEL_BY_NAME.get(node.name, 9)
        if node.name == "caption":
            if self.tables:
                self.captions[self.tables[-1].number] = Heading(node, level, self.above[-1] if self.above else None)
            return
        while self.above and self.above[-1].level >= level:
            self.above.pop()
        self.above.append(Heading(node, level, self.above[-1] if self.above else None))
        self.page.headings.append(self.above[-1])

    def _raised(self, node: Node) -> bool:
        """Whether a word would be misread without the tag, as 10<sup>-2</sup> would, but not 1<sup>st</sup> or [1]."""
        if self.gap or not self.runs or _UNAMBIGUOUS.match(self.source, node.opened):
            return False
        character_before = self.source[self.runs.ends[-1] - 1]
        return character_before.isalnum() or character_before in ")]}|;" or self._is_mark(node)

    def _is_mark(self, node: Node) -> bool:
        """Whether a raised figure refers to a note: behind a stop it would be read as a part of the number there."""
        return node.name == "sup" and _NOTE_MARK.match(self.source, node.opened) is not None

    def _border(self, start: int, end: int, name_length: int) -> None:
        """Note the border of a block; a tag without its attributes is its separator where there is no white space."""
        self.gap = 2
        separator = self.separator
        if end > start and (not separator or (len(separator) > 1 and self.source[separator[0].start + 1] == "/")):
            self.separator = (Span(start, start + name_length), Span(end - 1, end))

    def _text(self, start: int, end: int, outline: int, preformatted: bool) -> None:
        source = self.source
        text = source[start:end]
        if _BLANK_TEXT.match(text):
            self._white(start, end)
            return
        visible_start = len(text) - len(text.lstrip())
        visible_end = len(text.rstrip())
        if visible_start:
            self._white(start, start + visible_start)
        if preformatted:
            self._run(start + visible_start, start + visible_end, outline, preformatted=True)
        else:
            run_start = visible_start
            for wide_space in _WIDE_SPACE.finditer(text, visible_start, visible_end):
                self._run(start + run_start, start + wide_space.start(), outline)
                self._white(start + wide_space.start(), start + wide_space.end())
                run_start = wide_space.end()
            self._run(start + run_start, start + visible_end, outline)
        if visible_end < len(text):
            self._white(start + visible_end, end)

    def _white(self, start: int, end: int) -> None:
        """Note white space: one line break of it, or else one character, is the separator."""
        self.gap = self.gap or 1
        line_break = self.source.find("\n", start, end)
        if len(self.separator) == 1 and (line_break < 0 or self.source[self.separator[0].start] == "\n"):
            return
        shown_at = line_break if line_break >= 0 else start
        self.separator = (Span(shown_at, shown_at + 1 if self.source[shown_at].isspace() else end),)

    def _run(self, start: int, end: int, outline: int, *, preformatted: bool = False) -> None:
        heading = self.captions.get(self.tables[-1].number) if self.tables else None
        if heading is None and self.above:
            heading = self.above[-1]
        ancestor = heading
        while ancestor is not None and not self._is_over(ancestor.node.number):
            self.page.over.add(ancestor.node.number)
            ancestor = ancestor.parent
        self.characters += end - start
        self.linked += (end - start) * (self.in_links > 0)
        run = TextRun(self.runs, start, end, outline, heading)
        run.gap, run.separator, run.preformatted = self.gap if self.runs else 2, self.separator, preformatted
        self.runs.append(run)
        self.gap, self.separator = 0, ()

    def _is_over(self, number: int) -> bool:
        """Whether a heading is known to have text under it, or is still open: its own text is not under it."""
        return number in self.page.over or number in self.labels
