"""Cleaning and block tree of htmlrag 0.1.1 (Tan et al. 2024, arXiv 2411.02959).

htmlrag works on the tree of BeautifulSoup with Python's html.parser: an element is open until its own end tag. Its text
has no separators, so that the last word of a cell and the first one of the next are counted as one word; this is
reproduced here, since word counts decide on the blocks.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from html import escape, unescape

import numpy as np

from ragzip.pages.parse import VOID, names, scan
from ragzip.process.lazy_property import lazy_property
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["htmlrag_blocks", "htmlrag_clean"]

_REMOVED_ELEMENTS = names("script style")
_MAX_PATH_LENGTH = 64
_DECLARATION = pattern_of(r"(?:<\?xml|<!DOCTYPE|<!doctype)[^>\n]*+(>?)")  # an unclosed one is kept
_CHARREF = pattern_of(r"&(?:#\d+;?|#[xX][0-9a-fA-F]+;?|[a-zA-Z][a-zA-Z0-9]*;?)")
_IS_WHITE_SPACE = np.array([chr(i).isspace() for i in range(0x3002)])  # no white space has a higher number
_ASCII_BLANK = pattern_of(r"[ \n\t\r\f\v]*\Z")


class _Element:
    """An element with the text ``begin:end`` of the page's text; ``blank``: that is white space alone."""

    __slots__ = ("begin", "blank", "children", "end", "name", "part")

    def __init__(self, name: str, begin: int, part: int) -> None:
        self.name, self.begin, self.end, self.part = name, begin, begin, part
        self.blank = True
        self.children: list[_Element | str | tuple[str]] = []  # a tuple holds literal markup

    def elements(self) -> list[_Element]:
        return [child for child in self.children if isinstance(child, _Element)]


class _Soup:
    """The tree of a page and its text without separators.

    ``pruned``: as after cleaning, without empty elements and without those that hold one element and nothing else.
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
        open_elements, open_counts = self._stack, self._open
        pending_text = ""
        is_skipping = False
        for start, end, kind, tag_name in scan(source):
            if kind == "text":
                if not is_skipping:
                    text = source[start:end]
                    pending_text += _CHARREF.sub(_decoded, text) if "&" in text else text
                continue
            if tag_name in _REMOVED_ELEMENTS:
                is_skipping = kind == "open" or (kind == "raw" and is_skipping)
            if pending_text:
                self._text(pending_text)
                pending_text = ""
            if is_skipping or tag_name in _REMOVED_ELEMENTS:
                continue
            if kind == "declaration":
                open_elements[-1].children.append((_written_declaration(source[start:end]),))
            elif kind == "open":
                element = _Element(tag_name, self.length, len(self.parts))
                open_elements[-1].children.append(element)
                open_elements.append(element)
                if tag_name in VOID or source.endswith("/>", start, end):
                    self._pop()
                else:
                    open_counts[tag_name] += 1
            elif kind == "close" and open_counts[tag_name]:
                self._end(tag_name)
        if pending_text:
            self._text(pending_text)
        while open_elements:
            self._pop()

    def _text(self, text: str) -> None:
        is_blank = text.isspace()
        if is_blank and _ASCII_BLANK.match(text) and not self._open["pre"] and not self._open["textarea"]:
            text = "\n" if "\n" in text else " "
        element = self._stack[-1]
        element.children.append(text)
        element.blank = element.blank and is_blank
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
            if self.pruned and _is_one_element(element.children):
                parent.children[-1:] = element.children
        elif self.pruned:
            parent.children.pop()
            del self.parts[element.part :]
            self.length = element.begin
        element.end = self.length
        return element

    @lazy_property
    def text(self) -> str:
        return "".join(self.parts)

    @lazy_property
    def _begins(self) -> list[int]:
        """The number of words that begin before each offset of the text."""
        code_points = np.frombuffer(self.text.encode("utf-32-le", "surrogatepass"), np.uint32)
        is_space = _IS_WHITE_SPACE[np.minimum(code_points, 0x3001)]
        begins_word = ~is_space & np.concatenate([[True], is_space[:-1]])
        words_before: list[int] = np.concatenate([[0], np.cumsum(begins_word)]).tolist()
        return words_before

    def words(self, element: _Element) -> int:
        """The number of words of an element, ``len(element.get_text().split())``."""
        begin, end = element.begin, element.end
        if begin >= end:
            return 0
        words_before = self._begins
        begins_inside_word = words_before[begin + 1] == words_before[begin] and not self.text[begin].isspace()
        return words_before[end] - words_before[begin] + begins_inside_word


def _is_one_element(children: list[_Element | str | tuple[str]]) -> bool:
    """Whether ``children`` are one element and nothing else."""
    element_count = 0
    for child in children:
        if isinstance(child, _Element):
            element_count += 1
        elif isinstance(child, str) and child.strip("\n\t "):
            return False
    return element_count == 1


def _written_declaration(markup: str) -> str:
    """A declaration or processing instruction as BeautifulSoup writes it."""
    if markup[:9].lower() == "<!doctype":
        return f"<!DOCTYPE{markup[9:]}\n"
    return markup if markup.startswith("<?") else ""


def _decoded(match: re.Match[str]) -> str:
    return unescape(match.group())


def htmlrag_clean(source: str) -> str:
    """The page as ``htmlrag.clean_html`` returns it.

    It has no scripts, styles, comments, attributes, empty elements, elements that hold nothing but one element, nor
    blank lines.
    """
    written_parts: list[str] = []
    pending: list[_Element | str | tuple[str]] = [*reversed(_Soup(source, pruned=True).root.children)]
    while pending:
        node = pending.pop()
        if isinstance(node, str):
            written_parts.append(_escaped(node))
        elif isinstance(node, tuple):
            written_parts += node
        elif len(node.children) == 1 and isinstance(text := node.children[0], str):
            written_parts += (f"<{node.name}>", _escaped(text), f"</{node.name}>")
        else:
            written_parts.append(f"<{node.name}>")
            pending.append((f"</{node.name}>",))
            pending += reversed(node.children)
    written_lines = "".join(written_parts).split("\n")
    cleaned = "\n".join(line for line in written_lines if line and not line.isspace())
    return _DECLARATION.sub(lambda match: "" if match[1] else match[0], cleaned)


def _escaped(text: str) -> str:
    return escape(text, quote=False) if "&" in text or "<" in text or ">" in text else text


ParityBlock = tuple[tuple[str, ...], bool, str]


def htmlrag_blocks(source: str, max_words: int = 512, *, characters: bool = False) -> list[ParityBlock]:
    """The blocks of ``htmlrag.build_block_tree`` over the cleaned page: path, whether it is a whole element, and text.

    A block that is no whole element is the text directly in one.

    :param max_words: largest block in words, or in characters (htmlrag's ``zh_char``).
    """
    # Cleaning removes blank lines, which changes counts of characters, but not of words: these need one parse only.
    soup = _Soup(htmlrag_clean(source), pruned=False) if characters else _Soup(source, pruned=True)

    def size(element: _Element) -> int:
        return element.end - element.begin if characters else soup.words(element)

    if size(soup.root) <= max_words:
        top_elements = soup.root.elements()
        path_name = top_elements[0].name if len(top_elements) == 1 else "html"
        return [((path_name,), True, "".join(soup.text[top.begin : top.end] for top in top_elements))]
    found_blocks: list[tuple[tuple[str, ...], bool, str]] = []
    pending: list[tuple[_Element, tuple[str, ...]]] = [(soup.root, ())]
    while pending:
        following: list[tuple[_Element, tuple[str, ...]]] = []
        for element, path in pending:
            children = element.elements()
            counts_by_name = Counter(child.name for child in children)
            numbered_by_name: Counter[str] = Counter()
            for child in children:
                path_name = child.name
                if counts_by_name[path_name] > 1:
                    path_name = f"{path_name}{numbered_by_name[child.name]}"
                    numbered_by_name[child.name] += 1
                child_path = (*path, path_name)
                if size(child) > max_words and len(child_path) < _MAX_PATH_LENGTH:
                    following.append((child, child_path))
                else:
                    found_blocks.append((child_path, True, soup.text[child.begin : child.end]))
            if not children:
                found_blocks.append((path, True, soup.text[element.begin : element.end]))
                continue
            texts_between = _texts_between(element.children)
            if sum(len(text) if characters else len(text.split()) for text in texts_between) > max_words:
                found_blocks.append((path, False, "".join(texts_between)))
        pending = following
    return found_blocks


def _texts_between(children: list[_Element | str | tuple[str]]) -> list[str]:
    """The texts between the elements among ``children``."""
    texts = [""]
    for child in children:
        if isinstance(child, str):
            texts[-1] += child
        elif isinstance(child, _Element):
            texts.append("")
    return texts
