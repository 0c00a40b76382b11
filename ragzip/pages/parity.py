"""Cleaning and block tree as htmlrag 0.1.1 has them (Tan et al. 2024, arXiv 2411.02959), which works on the tree of
BeautifulSoup with Python's html.parser: what is open stays open until its own end tag.

Its words run together where two cells touch (its text has no separators), and text in two elements is one word then;
that is kept, since it decides which blocks there are.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cached_property
from html import escape, unescape

import numpy as np

from ragzip.pages.parse import VOID, names, scan

__all__ = ["htmlrag_blocks", "htmlrag_clean"]

_GONE = names("script style")
_DEEPEST = 64
_DECLARATION = re.compile(r"(?:<\?xml|<!DOCTYPE|<!doctype)[^>\n]*+(>?)")  # one that is not closed stays
_CHARREF = re.compile(r"&(?:#\d+;?|#[xX][0-9a-fA-F]+;?|[a-zA-Z][a-zA-Z0-9]*;?)")
_SPACES = np.array([chr(i).isspace() for i in range(0x3002)])  # no white space has a higher number
_BLANK = re.compile(r"[ \n\t\r\f\v]*\Z")


class _Element:
    """``begin:end`` is its text in the text of the whole page; ``blank``: that is white space."""

    __slots__ = ("begin", "blank", "children", "end", "name", "part")

    def __init__(self, name: str, begin: int, part: int) -> None:
        self.name, self.begin, self.end, self.part = name, begin, begin, part
        self.blank = True
        self.children: list[_Element | str | tuple[str]] = []  # a tuple: markup that is written as it is

    def elements(self) -> list[_Element]:
        return [child for child in self.children if isinstance(child, _Element)]


class _Soup:
    """The tree of a page and its text without separators.

    ``pruned``: as cleaning leaves it, without empty elements, and without those that hold one other and nothing else.
    """

    def __init__(self, source: str, *, pruned: bool) -> None:
        self.root = _Element("[document]", 0, 0)
        self.pruned = pruned
        self.parts: list[str] = []
        self.length = 0
        self._stack = [self.root]
        self._open: dict[str, int] = defaultdict(int)
        self._build(source)

    def _build(self, source: str) -> None:
        stack, opened = self._stack, self._open
        pending = ""
        skipping = False
        for start, stop, kind, name in scan(source):
            if kind == "text":
                if not skipping:
                    text = source[start:stop]
                    pending += _CHARREF.sub(_decoded, text) if "&" in text else text
                continue
            if name in _GONE:
                skipping = kind == "open" or (kind == "raw" and skipping)
            if pending:
                self._text(pending)
                pending = ""
            if skipping or name in _GONE:
                continue
            if kind == "declaration":
                stack[-1].children.append((_declared(source[start:stop]),))
            elif kind == "open":
                element = _Element(name, self.length, len(self.parts))
                stack[-1].children.append(element)
                stack.append(element)
                if name in VOID or source.endswith("/>", start, stop):
                    self._pop()
                else:
                    opened[name] += 1
            elif kind == "close" and opened[name]:
                self._end(name)
        if pending:
            self._text(pending)
        while stack:
            self._pop()

    def _text(self, text: str) -> None:
        blank = text.isspace()
        if blank and _BLANK.match(text) and not self._open["pre"] and not self._open["textarea"]:
            text = "\n" if "\n" in text else " "
        element = self._stack[-1]
        element.children.append(text)
        element.blank = element.blank and blank
        self.parts.append(text)
        self.length += len(text)

    def _end(self, name: str) -> None:
        while True:
            element = self._pop()
            self._open[element.name] -= 1
            if element.name == name:
                return

    def _pop(self) -> _Element:
        element = self._stack.pop()
        if not self._stack:
            element.end = self.length
            return element
        parent = self._stack[-1]
        if not element.blank:
            parent.blank = False
            if self.pruned and _alone(element.children):
                parent.children[-1:] = element.children
        elif self.pruned:
            parent.children.pop()
            del self.parts[element.part :]
            self.length = element.begin
        element.end = self.length
        return element

    @cached_property
    def text(self) -> str:
        return "".join(self.parts)

    @cached_property
    def _begins(self) -> list[int]:
        """How many words begin before each place of the text."""
        codes = np.frombuffer(self.text.encode("utf-32-le", "surrogatepass"), np.uint32)
        space = _SPACES[np.minimum(codes, 0x3001)]
        found: list[int] = np.concatenate([[0], np.cumsum(~space & np.concatenate([[True], space[:-1]]))]).tolist()
        return found

    def words(self, element: _Element) -> int:
        """``len(element.get_text().split())``."""
        begin, end = element.begin, element.end
        if begin >= end:
            return 0
        begins = self._begins
        cut = begins[begin + 1] == begins[begin] and not self.text[begin].isspace()  # it begins within a word
        return begins[end] - begins[begin] + cut


def _alone(children: list[_Element | str | tuple[str]]) -> bool:
    """Whether they are one element and nothing else."""
    elements = 0
    for child in children:
        if isinstance(child, _Element):
            elements += 1
        elif isinstance(child, str) and child.strip("\n\t "):
            return False
    return elements == 1


def _declared(markup: str) -> str:
    """How BeautifulSoup writes a declaration or a processing instruction."""
    if markup[:9].lower() == "<!doctype":
        return f"<!DOCTYPE{markup[9:]}\n"
    return markup if markup.startswith("<?") else ""


def _decoded(match: re.Match[str]) -> str:
    return unescape(match.group())


def htmlrag_clean(source: str) -> str:
    """``htmlrag.clean_html``: no scripts, styles, comments, attributes, empty elements, nor elements that hold nothing
    but one other; no blank lines.
    """
    out: list[str] = []
    pending: list[_Element | str | tuple[str]] = [*reversed(_Soup(source, pruned=True).root.children)]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            out.append(_escaped(item))
        elif isinstance(item, tuple):
            out += item
        elif len(item.children) == 1 and isinstance(text := item.children[0], str):
            out += (f"<{item.name}>", _escaped(text), f"</{item.name}>")
        else:
            out.append(f"<{item.name}>")
            pending.append((f"</{item.name}>",))
            pending += reversed(item.children)
    lines = "".join(out).split("\n")
    return _DECLARATION.sub(
        lambda match: "" if match[1] else match[0], "\n".join(line for line in lines if line and not line.isspace())
    )


def _escaped(text: str) -> str:
    return escape(text, quote=False) if "&" in text or "<" in text or ">" in text else text


Block = tuple[tuple[str, ...], bool, str]


def htmlrag_blocks(source: str, max_words: int = 512, *, characters: bool = False) -> list[Block]:
    """``htmlrag.build_block_tree`` over what ``clean_html`` leaves of a page: path, whether it is a whole element (else
    the text that stands directly in one), and text of each block.

    :param max_words: largest block in words, or in characters (htmlrag's ``zh_char``).
    """
    # Cleaning changes what is counted by characters (blank lines go), but no word: then one reading is enough.
    soup = _Soup(htmlrag_clean(source), pruned=False) if characters else _Soup(source, pruned=True)

    def size(element: _Element) -> int:
        return element.end - element.begin if characters else soup.words(element)

    if size(soup.root) <= max_words:
        top = soup.root.elements()
        name = top[0].name if len(top) == 1 else "html"
        return [((name,), True, "".join(soup.text[one.begin : one.end] for one in top))]
    out: list[tuple[tuple[str, ...], bool, str]] = []
    pending: list[tuple[_Element, tuple[str, ...]]] = [(soup.root, ())]
    while pending:
        following: list[tuple[_Element, tuple[str, ...]]] = []
        for element, path in pending:
            children = element.elements()
            same = Counter(child.name for child in children)
            seen: Counter[str] = Counter()
            for child in children:
                name = child.name
                if same[name] > 1:
                    name = f"{name}{seen[child.name]}"
                    seen[child.name] += 1
                own = (*path, name)
                if size(child) > max_words and len(own) < _DEEPEST:
                    following.append((child, own))
                else:
                    out.append((own, True, soup.text[child.begin : child.end]))
            if not children:
                out.append((path, True, soup.text[element.begin : element.end]))
                continue
            bare = _bare(element.children)
            if sum(len(text) if characters else len(text.split()) for text in bare) > max_words:
                out.append((path, False, "".join(bare)))
        pending = following
    return out


def _bare(children: list[_Element | str | tuple[str]]) -> list[str]:
    """The texts between elements."""
    out = [""]
    for child in children:
        if isinstance(child, str):
            out[-1] += child
        elif isinstance(child, _Element):
            out.append("")
    return out
