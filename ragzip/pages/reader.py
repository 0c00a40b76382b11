"""The reading of a page: the listener that fills it while its source is parsed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from html import unescape
from typing import NamedTuple

from ragzip.pages.attribute_texts import label_part, picture_label, setting
from ragzip.pages.attributes import (
    attributes,
    controls,
    is_behind_button,
    is_behind_heading,
    is_unseen,
)
from ragzip.pages.boxes import Boxes
from ragzip.pages.elements import (
    CODE_ELEMENTS,
    HIDDEN_ELEMENTS,
    INLINE_ELEMENTS,
    LEVEL_BY_NAME,
    MAIN_ELEMENTS,
    PARTED_ELEMENTS,
    PREFORMATTED_ELEMENTS,
    SECTIONS,
    STRUCTURE_ELEMENTS,
    VISIBLE_IN_HEAD,
)
from ragzip.pages.items import is_item, term_of
from ragzip.pages.line_numbers import is_line_number
from ragzip.pages.parse import Node, is_formula
from ragzip.pages.raised import is_numerator, is_other_notation, is_raised, tex_start
from ragzip.pages.runs import Heading, TextRun, TextRuns
from ragzip.pages.styles import StyleSheet
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span

__all__ = ["Label", "PageReader"]

_LABELS_OF_BOXES = {"legend": "fieldset", "summary": "details"}
_BLANKS = r"(?:\s|&(?:nbsp|#160|#[xX][aA]0);?)"
_BLANK_TEXT = pattern_of(rf"{_BLANKS}*\Z")
_WORD_CHARACTER = pattern_of(r"\w")
_WIDE_SPACE = pattern_of(
    r"\s{2,}|[\n\r\t\f]|(?P<hyphen>(?:\u00ad|&(?:shy|#173|#x0*ad);)+)", re.IGNORECASE
)  # or soft hyphens
# Letters and digits of a script with white space between its words; the ends and the beginnings of words.
_LETTER = r"[^\W_\u0e01-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af]"
_WORD_END = pattern_of(rf"(?:{_LETTER}{{2}}|[$€£¥]\d|\d\s?[%°$€£¥])\Z")
_WORD_START = pattern_of(rf"{_LETTER}{{2}}|[$€£¥]\s?\d")
_NAME_END = pattern_of(rf"(?:(?!\d){_LETTER}){{3}}\Z")  # before a number: "Weight", but no part of "CO2"
_MAX_ELEMENTS_OF_LINE = 2  # with itself: instructions to a model need no more, a page has more
_MAX_LABEL_RUNS, _MAX_LABEL_CHARACTERS = 8, 200  # of the label of a tab


class Label(NamedTuple):
    """The runs (first, last exclusive) that describe a box: the legend of a fieldset, the question over a panel."""

    first: int
    last: int
    box: Node


class Concealed(NamedTuple):
    """An element that its class or id hides: where it starts, and the characters of text in it."""

    start: int
    length: int


class PageReader:
    """The listener that reads what a page shows while it is parsed.

    :param links: links count as structure.
    :param revealed: the starts of elements that scripts show, whatever their class or id.

    For ``title`` to ``section_ends`` see :class:`~ragzip.pages.page.Page`.
    """

    def __init__(self, source: str, *, links: bool, revealed: AbstractSet[int] = frozenset()) -> None:
        self.source, self.links, self.revealed = source, links, revealed
        self.runs = TextRuns()
        self.boxes = Boxes(source, self.runs.starts, self.runs.ends)
        self.title: Node | None = None
        self.headings: list[Heading] = []
        self.layout: set[int] = set()
        self.over: set[int] = set()
        self.labels: list[Label] = []
        self.section_ends: list[tuple[int, Span]] = []
        self.gap = 2
        self.separator: tuple[Span, ...] = ()
        self.above: list[Heading] = []  # the headings over the current place
        self.tables: list[Node] = []  # the open tables
        self.captions: dict[int, Heading] = {}  # by the number of the open table
        # Of the open elements: the innermost one of structure, and whether their text is preformatted.
        self.open: list[tuple[int, bool]] = [(0, False)]
        self.open_labels: list[int] = []  # the numbers of the open headings and captions
        self.controls = controls(self.source)
        self.sheet = StyleSheet.of(self.source)
        self.control_by_id: dict[str, Node] = {}  # by the id of what it shows: the first one that a reader sees
        self.control_of_panel: dict[int, Node] = {}  # by the number of the open panel
        self.in_links = self.in_main = self.in_code = 0  # open elements of these kinds
        self.in_formula, self.tex_start = (
            0,
            -1,
        )  # open formulas, less the texts in them; the place of the last one in TeX
        self.inline_end = self.parted_end = -1  # of the last inline element, and of the last that may hold a whole word
        self.joint: tuple[int, tuple[Span, ...]] = (-1, ())  # the end of the start tag beside that, and its pieces
        self.is_behind_label = False  # of a picture
        self.first_of_code = -1  # the number of the first run of the last preformatted element
        self.hidden = 0  # open elements from the outermost hidden one on
        self.concealed: Concealed | None = None  # the longest one
        self.concealing: tuple[Node, int] | None = None  # an open one, and the characters in it

    def enter(self, node: Node) -> None:
        parent = node.parent
        is_in_head = parent is not None and parent.name == "head"
        is_unseen_kind = (node.name in HIDDEN_ELEMENTS and not is_formula(node, self.source)) or (
            is_in_head and node.name not in VISIBLE_IN_HEAD
        )
        if self.in_formula and not self.hidden:
            is_unseen_kind |= is_other_notation(node, self.tex_start)
        if not self.hidden and is_line_number(node, self.source, is_in_code=self.in_code > 0):
            is_unseen_kind = True
            self.layout.update(table.number for table in self.tables[-1:])
        if self.hidden or is_unseen_kind:
            if node.name == "svg" and not self.hidden and not is_unseen(node, self.source, self.sheet):
                self._write(self._picture_label(node))
            self.hidden += 1
            return
        panel_id = self._panel_id(node)
        is_controlled = panel_id is not None
        if is_unseen(node, self.source, self.sheet, is_controlled=is_controlled) and (
            is_controlled or not self._is_shown_later(node)
        ):
            self.hidden += 1
            return
        for shown_id in self.controls.shown_ids.get(node.start, ()):
            self.control_by_id.setdefault(shown_id, node)
        outline, preformatted = self.open[-1]
        if node.name in PREFORMATTED_ELEMENTS and not preformatted:
            self.first_of_code = len(self.runs)
        node.outline = node.number if self._enter(node, self.control_by_id.get(panel_id or "")) else outline
        self.open.append((node.outline, preformatted or node.name in PREFORMATTED_ELEMENTS))

    def text(self, start: int, end: int) -> None:
        if not self.hidden:
            self._text(start, end, *self.open[-1])
        elif self.concealing is not None:
            node, length = self.concealing
            self.concealing = (node, length + len(self.source[start:end].strip()))

    def leave(self, node: Node) -> None:
        if self.hidden:
            self.hidden -= 1
            if self.concealing is not None and not self.hidden:
                self._note_concealed(*self.concealing)
        else:
            self.open.pop()
            self._leave(node)

    def _is_shown_later(self, node: Node) -> bool:
        """Whether a hidden element is one that scripts show; one that its class or id alone hides may be the page."""
        if is_behind_button(node, self.source) and not is_unseen(node, self.source, self.sheet, is_controlled=True):
            return True
        if is_unseen(node, self.source, self.sheet, is_toggled=True):
            return False
        if node.start in self.revealed or is_behind_heading(node, self.source):
            return True
        self.concealing = (node, 0)
        return False

    def _note_concealed(self, node: Node, length: int) -> None:
        self.concealing = None
        is_line = node.after - node.number <= _MAX_ELEMENTS_OF_LINE
        if not is_line and (self.concealed is None or length > self.concealed.length):
            self.concealed = Concealed(node.start, length)

    def _panel_id(self, node: Node) -> str | None:
        """The id of an element that a control shows which a reader has seen, or which comes after it."""
        last_starts = self.controls.last_starts
        if not last_starts or self.source.find("id", node.start, node.opened) < 0:
            return None
        panel_id = attributes(node, self.source).get("id", "")
        is_shown = panel_id in self.control_by_id or last_starts.get(panel_id, -1) > node.start
        return panel_id if is_shown else None

    def _enter(self, node: Node, control: Node | None) -> bool:
        """Note the beginning of a visible element, shown by a ``control`` or none; whether it is one of structure."""
        element_name = node.name
        node.first = len(self.runs)
        self.in_links += element_name == "a"
        self.in_main += element_name in MAIN_ELEMENTS
        self.in_code += element_name in CODE_ELEMENTS
        self.in_formula += (element_name == "math") - (element_name == "mtext")
        if element_name == "math":
            self.tex_start = tex_start(node, self.source)
        if node.start == self.joint[0] and element_name in INLINE_ELEMENTS:
            self.joint = (node.opened, self.joint[1])
        elif node.start == self.parted_end and element_name in PARTED_ELEMENTS:
            tag = (Span(node.start, node.start + 1 + len(element_name)), Span(node.opened - 1, node.opened))
            self.joint = (node.opened, tag)
        if is_numerator(node, self.source):
            self.gap = self.gap or 1
        written_parts = setting(node, self.source) or self._picture_label(node)
        if control is not None and control.first < control.last:
            self.control_of_panel[node.number] = control
            written_parts = written_parts or label_part(node, self.source, self._label_of(control))
            label_runs = (
                (node.first, node.first + len(written_parts)) if written_parts else (control.first, control.last)
            )
            self.labels.append(Label(*label_runs, node))
        if element_name not in INLINE_ELEMENTS and not (element_name == "input" and written_parts):
            self._border(node.start, node.start if written_parts else node.opened, 1 + len(element_name))
        self.boxes.enter(node, in_main=self.in_main > 0)
        self._write(written_parts)
        self.is_behind_label = bool(written_parts) and element_name in INLINE_ELEMENTS
        if self.tables and (element_name == "table" or element_name in LEVEL_BY_NAME):
            self.layout.add(self.tables[-1].number)
        if element_name == "table":
            self.tables.append(node)
        if element_name in LEVEL_BY_NAME or element_name == "caption":
            self._heading(node)
            self.open_labels.append(node.number)
        elif element_name == "title" and self.title is None:
            self.title = node
        return (
            element_name in STRUCTURE_ELEMENTS
            or is_raised(node, self.source, self.runs.ends[-1] if self.runs else 0, self.gap)
            or (element_name == "a" and self.links)
        )

    def _leave(self, node: Node) -> None:
        node.last = len(self.runs)
        self.in_links -= node.name == "a"
        self.in_main -= node.name in MAIN_ELEMENTS
        self.in_code -= node.name in CODE_ELEMENTS
        self.in_formula -= (node.name == "math") - (node.name == "mtext")
        if node.name in INLINE_ELEMENTS and self.runs and node.closed in (self.inline_end, self.runs.ends[-1]):
            self.inline_end = node.end
            if node.name in PARTED_ELEMENTS or node.closed == self.parted_end:
                self.parted_end = node.end
        if self.open_labels and self.open_labels[-1] == node.number:
            self.open_labels.pop()
        if node.name in _LABELS_OF_BOXES:
            box = node.parent
            if box is not None and box.name == _LABELS_OF_BOXES[node.name] and node.first < node.last:
                self.labels.append(Label(node.first, node.last, box))
        elif node.name == "dd" and (term := term_of(node)) is not None:
            self.labels.append(Label(term.first, term.last, node))
        is_box = node.name == "table" and len(self.tables) > 1  # in a table that lays out the page
        heading = self.above[-1].node if self.above else None
        is_named_item = heading is not None and is_item(node, heading, self.source, self.runs.ends)
        if node.name in SECTIONS or is_box or node.number in self.control_of_panel or is_named_item:
            self._end_headings(node)
        if node.name not in INLINE_ELEMENTS and not (node.name == "input" and node.first < node.last):
            self._border(node.closed, node.end, 2 + len(node.name))
        if self.boxes.leave(node):
            self._end_headings(node)
        if node.name == "table":
            self.tables.pop()

    def _write(self, parts: Iterable[Span]) -> None:
        for part in parts:
            self._run(*part, self.open[-1][0])

    def _picture_label(self, node: Node) -> list[Span]:
        """The label of a picture in the place of a word: alone in a cell, or after text in a line; not in a link."""
        is_in_line = self.gap < 2 and len(self.runs) > 0 and not self.in_links and not self.tables
        label = picture_label(node, self.source, is_in_line=is_in_line)
        if label:
            self.gap = self.gap or 1
        return label

    def _label_of(self, control: Node) -> str:
        """The text of a control; "" for a long one, as many elements may have one control."""
        starts, ends = self.runs.starts, self.runs.ends
        if control.last - control.first > _MAX_LABEL_RUNS or ends[control.last - 1] > control.end:
            return ""
        pieces = (self.source[starts[number] : ends[number]] for number in range(control.first, control.last))
        text = unescape(" ".join(pieces))
        return text if len(text) <= _MAX_LABEL_CHARACTERS else ""

    def _end_headings(self, node: Node) -> None:
        """End the headings inside a section that have text there; a heading around a control ends with its panel. The
        first heading of a page stands over all of it, whatever section it is in.
        """
        control = self.control_of_panel.pop(node.number, None)
        while self.above and (heading := self.above[-1]).node.number in self.over:
            is_of_panel = control is not None and heading.node.number < control.number < heading.node.after
            is_of_page = heading.level == 1 and heading is self.headings[0] and node.name in ("section", "div", "table")
            if not (heading.node.number > node.number or is_of_panel) or is_of_page:
                return
            self.above.pop()
            if node.closed < node.end:
                self.section_ends.append((len(self.runs), Span(node.closed, node.end)))

    def _heading(self, node: Node) -> None:
        level = LEVEL_BY_NAME.get(node.name, 9)
        if node.name == "caption":
            if self.tables:
                self.captions[self.tables[-1].number] = Heading(node, level, self.above[-1] if self.above else None)
            return
        while self.above and self.above[-1].level >= level:
            self.above.pop()
        self.above.append(Heading(node, level, self.above[-1] if self.above else None))
        self.headings.append(self.above[-1])

    def _border(self, start: int, end: int, name_length: int) -> None:
        """Note the border of a block; a tag without its attributes is its separator where there is no white space."""
        self.gap = 2
        self.boxes.border()
        separator = self.separator
        if end > start and (not separator or (len(separator) > 1 and self.source[separator[0].start + 1] == "/")):
            self.separator = (Span(start, start + name_length), Span(end - 1, end))

    def _text(self, start: int, end: int, outline: int, preformatted: bool) -> None:
        source = self.source
        text = source[start:end]
        if _BLANK_TEXT.match(text):
            self._white(start, end, preformatted)
            return
        visible_start = len(text) - len(text.lstrip())
        visible_end = len(text.rstrip())
        if visible_start:
            self._white(start, start + visible_start, preformatted)
        if preformatted:
            self._run(start + visible_start, start + visible_end, outline, preformatted=True)
        else:
            run_start = visible_start
            for wide_space in _WIDE_SPACE.finditer(text, visible_start, visible_end):
                self._run(start + run_start, start + wide_space.start(), outline)
                if not wide_space["hyphen"]:
                    self._white(start + wide_space.start(), start + wide_space.end(), preformatted)
                run_start = wide_space.end()
            self._run(start + run_start, start + visible_end, outline)
        if visible_end < len(text):
            self._white(start + visible_end, end, preformatted)

    def _white(self, start: int, end: int, preformatted: bool) -> None:
        """Note white space: one line break of it, or else one character, is the separator; in preformatted text all."""
        if self.in_formula > 0:  # where it is not shown
            return
        self.gap = self.gap or 1
        if preformatted and len(self.runs) > self.first_of_code:
            is_white = bool(self.separator) and self.source[self.separator[0].start] != "<"
            self.separator = (Span(self.separator[0].start if is_white else start, end),)
            return
        line_break = self.source.find("\n", start, end)
        if len(self.separator) == 1 and (line_break < 0 or self.source[self.separator[0].start] == "\n"):
            return
        shown_at = line_break if line_break >= 0 else start
        self.separator = (Span(shown_at, shown_at + 1 if self.source[shown_at].isspace() else end),)

    def _run(self, start: int, end: int, outline: int, *, preformatted: bool = False) -> None:
        if start == end:
            return
        heading = self.captions.get(self.tables[-1].number) if self.tables else None
        if heading is None and self.above:
            heading = self.above[-1]
        ancestor = heading
        while ancestor is not None and not self._is_over(ancestor.node.number):
            self.over.add(ancestor.node.number)
            ancestor = ancestor.parent
        length = end - start if _WORD_CHARACTER.search(self.source, start, end) else 0  # "|" between two links
        self.boxes.text(length, is_linked=self.in_links > 0, is_headed=bool(self.open_labels))
        if self._parts_words(start):
            self.gap, self.separator = 1, self.joint[1]
        if self.is_behind_label and self.source[start] not in ".,;:!?)":
            self.gap = self.gap or 1
        self.is_behind_label = False
        run = TextRun(self.runs, start, end, outline, heading)
        run.gap, run.separator, run.preformatted = self.gap if self.runs else 2, self.separator, preformatted
        self.runs.append(run)
        self.gap, self.separator = 0, ()

    def _parts_words(self, start: int) -> bool:
        """Whether a text begins where two elements are beside each other that hold a word each, as in
        ``<span>Mon</span><span>closed</span>``; drop caps and parts of code are no words.
        """
        if self.gap or self.joint[0] != start or self.in_code or not self.runs:
            return False
        before = self.source[max(0, self.runs.ends[-1] - 3) : self.runs.ends[-1]]
        if _NAME_END.search(before) and self.source[start].isdecimal():
            return True
        return _WORD_END.search(before) is not None and _WORD_START.match(self.source, start) is not None

    def _is_over(self, number: int) -> bool:
        """Whether a heading is known to have text under it, or is still open: its own text is not under it."""
        return number in self.over or number in self.open_labels
