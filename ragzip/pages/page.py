"""A page as a reader sees it: its visible text as runs of the source, and the elements that give it structure."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape
from io import StringIO

from ragzip.pages.elements import INLINE_ELEMENTS
from ragzip.pages.fragments import is_fragment
from ragzip.pages.item_leads import item_leads
from ragzip.pages.layouts import layout_tables
from ragzip.pages.parse import Node, check_length, parse
from ragzip.pages.reader import Label, PageReader
from ragzip.pages.runs import Heading, TextRuns
from ragzip.process.lazy_property import lazy_property
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.structure.kinds import is_mime_of_page, kind_told
from ragzip.text.structure.names import bare_mime, name_of
from ragzip.types import Document

__all__ = ["Heading", "Page", "Plain", "is_inline", "is_page"]

_MAX_REVEALED = 3  # elements, one inside another, that hide the text of a page at first
_LINK_SIGN = pattern_of(r"(?:[#¶§🔗]|&(?:para|sect);)\s{0,9}</a>", re.IGNORECASE)  # at the end of a heading
_MIN_CONTENT_CHARACTERS = 40  # on a page with less, and without a sentence, menus are content too
_SENTENCE = pattern_of(r"[^\W_]{2}[.!?。！？](?:\s|\Z)", re.IGNORECASE)
# Atomic, so that no comment is matched in two ways: else each comment doubles the time.
_DECLARED = pattern_of(
    r"\s*+(?>(?:<\?xml[^>]*+>\s*+)?)(?>(?:(?><!--.{0,1000}?-->)\s*+)*)<(?:!doctype\s++html|html)\b",
    re.IGNORECASE | re.DOTALL,
)


def is_page(document: Document) -> bool:
    """Whether a document is HTML: by its type, or (plain text) by a declaration or ``<html`` at its beginning, or as a
    fragment of HTML whose name tells nothing else.
    """
    if is_mime_of_page(document.mime):
        return True
    if bare_mime(document.mime) != "text/plain" or "<" not in document.text:
        return False
    if _DECLARED.match(document.text):
        return True
    return kind_told("", name_of(document.id, document.metadata)) is None and is_fragment(document.text)


def _has_ended_entry(node: Node) -> bool:
    """Whether the last element directly in ``node`` is a term or a definition with an end tag."""
    last_child = next(iter(deque(node.children, maxlen=1)), None)
    return last_child is not None and last_child.name in ("dt", "dd") and last_child.closed < last_child.end


def is_inline(node: Node) -> bool:
    """Whether an element is part of a line of text."""
    return node.name in INLINE_ELEMENTS


def _read(source: str, *, links: bool) -> tuple[PageReader, Node]:
    """The reader of a page's visible text, and the root of its elements. A hidden element that holds most of the text
    is one that scripts show: the page is read as if no class or id hid it.
    """
    check_length(source)  # before the reader looks through all of it
    revealed: set[int] = set()
    while True:
        reader = PageReader(source, links=links, revealed=revealed)
        root, concealed = parse(source, reader), reader.concealed
        seen_length = sum(reader.runs.ends) - sum(reader.runs.starts)
        if concealed is None or concealed.length <= seen_length or len(revealed) == _MAX_REVEALED:
            return reader, root
        revealed.add(concealed.start)


@dataclass(eq=False)
class Page:
    """The visible text of a page, with its offsets in the source.

    Scripts, styles, comments, templates, drawings, embedded pages, hidden or struck-out elements (see
    :func:`~ragzip.pages.attributes.is_unseen`) and the attributes of all tags are left out. ``runs`` are in the order
    of the source; those of an element are ``runs[node.first:node.last]``. ``links``: links count as structure.
    ``beside`` marks the runs that are no content: a title that an h1 repeats, and menus, notices and the like (see
    :mod:`ragzip.pages.boxes`), unless the page has hardly anything else.
    """

    source: str
    links: bool = False
    root: Node = field(init=False)
    runs: TextRuns = field(init=False)
    title: Node | None = field(init=False)
    headings: list[Heading] = field(init=False)
    layout: set[int] = field(init=False)  # numbers of the tables that lay out the page
    over: set[int] = field(init=False)  # numbers of the headings and captions that have text under them
    labels: list[Label] = field(init=False)  # of boxes
    section_ends: list[tuple[int, Span]] = field(init=False)  # end tags that end headings, with the runs after them
    beside: bytearray = field(init=False)  # 1 for each run that is no content

    def __post_init__(self) -> None:
        reader, self.root = _read(self.source, links=self.links)
        self.runs, self.headings = reader.runs, reader.headings
        self.layout, self.over = layout_tables(self.root, reader.layout), reader.over
        self.labels, self.section_ends = reader.labels, reader.section_ends
        self.starts = self.runs.starts
        self.runs.root = self.root
        self.title = reader.title
        self.beside = bytearray(len(self.runs))
        self._leave_out_tabs(reader.boxes.tab_rows)
        for first_run, last_run in reader.boxes.ranges:
            self._leave_out(first_run, last_run)
        for lead in item_leads(self.runs, self.headings):
            self.runs.put_under(lead.heading, lead.first, lead.last)
            self.labels.append(Label(lead.first, lead.last, lead.box))
        for heading in self.headings:
            last = heading.node.last - 1
            if last > heading.node.first and _LINK_SIGN.match(self.source, self.starts[last], heading.node.closed):
                self._leave_out(last, last + 1)
        if not self._has_content():
            self.beside = bytearray(len(self.runs))
        page_name = self.name
        top_headings = (heading.node for heading in self.headings if heading.level == 1)
        if (
            self.title is not None
            and page_name
            and any(not self.is_beside(node) and self.text(*self.span(node)) == page_name for node in top_headings)
        ):
            self._leave_out(self.title.first, self.title.last)

    @lazy_property
    def implied_lists(self) -> frozenset[int]:
        """The numbers of the ``dl`` elements whose tags are redundant, as their last entry has an end tag."""
        return frozenset(node.number for node in self.root.tree.named("dl") if _has_ended_entry(node))

    def is_beside(self, node: Node) -> bool:
        """Whether no text of an element is content."""
        return self.beside.find(0, node.first, node.last) < 0

    def _leave_out(self, first_run: int, last_run: int) -> None:
        self.beside[first_run:last_run] = b"\1" * (last_run - first_run)

    def _leave_out_tabs(self, tab_rows: Sequence[Node]) -> None:
        """Leave out the rows of tabs, except tabs that are the only label of their panel."""
        for row in tab_rows:
            self._leave_out(row.first, row.last)
        for label in self.labels if tab_rows else ():
            self.beside[label.first : label.last] = bytes(label.last - label.first)

    def _has_content(self) -> bool:
        """Whether there is some content beside headings, the title and boxes."""
        is_other = bytearray(self.beside)
        label_nodes = [heading.node for heading in self.headings] + ([self.title] if self.title is not None else [])
        for node in label_nodes:
            is_other[node.first : node.last] = b"\1" * (node.last - node.first)
        spans = zip(self.starts, self.runs.ends, is_other, strict=True)
        content = ""
        for start, end, is_left_out in spans:
            if not is_left_out:
                content += f" {self.source[start:end]}"
            if len(content) > _MIN_CONTENT_CHARACTERS:
                return True
        return _SENTENCE.search(content) is not None

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
        is_in_code = False
        for run in map(runs.__getitem__, numbers):
            break_before = run.break_before(source) if is_in_code and run.preformatted else ("", " ", "\n")[run.gap]
            text.write(break_before if self.starts else "")
            self.starts.append(text.tell())
            text.write(source[run.start : run.end])
            is_in_code = run.preformatted
        self.text = text.getvalue()

    def back(self, start: int, end: int) -> Span:
        """The span in the source of a span (not empty) of the text."""
        first_number, last_number = bisect_right(self.starts, start) - 1, bisect_right(self.starts, end - 1) - 1
        first_run, last_run = self.runs[self.first_number + first_number], self.runs[self.first_number + last_number]
        return Span(
            min(first_run.end, first_run.start + start - self.starts[first_number]),
            min(last_run.end, last_run.start + end - self.starts[last_number]),
        )
