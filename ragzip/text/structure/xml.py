"""XML: feeds, project files, configurations, answers of services. What is kept is well-formed.

Expat reads it; a text with declarations of entities is left to prose, so nothing is ever expanded.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.parsers import expat

from ragzip.text.spans import Span
from ragzip.text.structure.base import Structure
from ragzip.text.structure.tree_form import TreeForm, Writing
from ragzip.text.structure.trees import MAX_CHARACTERS, MAX_DEPTH, Branch, Leaf, TreeNode, sentences, tree, worded

__all__ = ["read", "recognises"]

_ROOT_TAG = re.compile(
    r"\ufeff?\s*+(?:<\?[^>]*+>\s*+|<!--(?:(?!-->).)*+-->\s*+|<!DOCTYPE[^>\[]*+>\s*+)*+<([\w.:-]++)", re.DOTALL
)
_LAST_TAG = re.compile(r"</([\w.:-]++)\s*+>\s*+(?:<!--(?:(?!-->).)*+-->\s*+)*+$", re.DOTALL)
_MAX_ROOT_CHARACTERS = 4_000  # of declarations and comments before the root
_PAGE_TAGS = frozenset(["html", "body", "head"])
_START_TAG = re.compile(r"""<[^<>"']*+(?:(?:"[^"<]*+"|'[^'<]*+')[^<>"']*+)*+>""")
_CDATA_SECTION = re.compile(r"\s*+<!\[CDATA\[((?:(?!\]\]>).)*+)\]\]>\s*+", re.DOTALL)
_TAG_GAP = re.compile(r"(?<=>)\s++(?=<)")
_REFERENCE = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-fA-F]{1,6}));")
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);|#)")  # that a document type may define
_CHARACTERS = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


def recognises(source: str) -> bool:
    """Whether a text is XML from its first to its last tag, and no web page."""
    root_match = _ROOT_TAG.match(source, 0, _MAX_ROOT_CHARACTERS)
    if root_match is None or _is_page(root_match[1]):
        return False
    last_tag = source.rfind("</")
    end_match = _LAST_TAG.match(source, last_tag) if last_tag >= 0 else None
    return end_match is not None and end_match[1] == root_match[1] and _is_well_formed(source)


def read(source: str) -> Structure | None:
    """The structure of XML; None of web pages, of text that is not well-formed, or too deep or large, and where
    entities are declared.
    """
    root = _nodes(source)
    if root is None or not root.children or _is_page(root.children[0].label):
        return None
    if root.children[0].kind == "scalar":
        return None
    value_tree = tree(root, _Xml(source))
    return Structure("xml", value_tree.units, XmlForm(source, value_tree, _mixed(root)))


def _is_page(tag: str) -> bool:
    return tag.rpartition(":")[2].lower() in _PAGE_TAGS


def _is_well_formed(source: str) -> bool:
    return len(source) <= MAX_CHARACTERS and _parsed(expat.ParserCreate(), source)


def _parsed(parser: Any, source: str) -> bool:
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(source.removeprefix("\ufeff"), True)
    except (expat.ExpatError, _RefusalError, UnicodeError):
        return False
    return True


class _RefusalError(Exception):
    """The text is well-formed, but not to be read as a tree."""


def _refuse(*_: Any) -> None:
    raise _RefusalError


def _nodes(source: str) -> TreeNode | None:
    """A node whose child is the root element; None where the text is not to be read."""
    if len(source) > MAX_CHARACTERS or ("<!DOCTYPE" in source and _ENTITY.search(source)):
        return None
    builder = _Builder(source)
    return builder.root if builder.is_complete else None


class _Builder:
    """Elements as nodes, from what expat meets, at offsets in the source."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.root = TreeNode(0, len(source), "", "stream", 0)
        self.path = [self.root]
        self.texts: list[list[str]] = [[]]  # of the open elements, themselves
        self.shift = 1 if source.startswith("\ufeff") else 0
        self._bytes = b"" if source.isascii() else source[self.shift :].encode()
        self._byte = self._character = 0  # the same place in both
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.is_complete = _parsed(self.parser, source)

    def _place(self) -> int:
        """The offset in the source of what is met now."""
        byte_offset = self.parser.CurrentByteIndex
        if not self._bytes:
            return byte_offset + self.shift
        self._character += len(self._bytes[self._byte : byte_offset].decode())
        self._byte = byte_offset
        return self._character + self.shift

    def _text(self, text: str) -> None:
        self.texts[-1].append(text)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag_start = self._place()
        start_tag = _START_TAG.match(self.source, tag_start)
        if start_tag is None or len(self.path) > MAX_DEPTH:
            raise _RefusalError
        attribute_words = "" if not attributes else ", ".join(_attributes_in_words(attributes))
        tag_name = tag.rpartition(":")[2]
        element = TreeNode(
            tag_start,
            tag_start,
            tag_name,
            "object",
            0,
            Span(*start_tag.span()),
            value=attribute_words,
            has_name=bool(attribute_words),
        )
        self.path[-1].children.append(element)  # type: ignore[union-attr]
        self.path.append(element)
        self.texts.append([])

    def _end(self, _: str) -> None:
        tag_start = self._place()
        element = self.path.pop()
        text_pieces = self.texts.pop()
        element_text = "".join(text_pieces).strip()
        is_empty = self.source[element.opening.end - 2] == "/"
        element.end = element.opening.end if is_empty else self.source.index(">", tag_start) + 1
        element.closing = Span(element.end if is_empty else tag_start, element.end)
        self._set_kind(element, element_text)
        self.path[-1].size += element.size

    def _set_kind(self, node: TreeNode, text: str) -> None:
        tag_size = node.opening.end - node.opening.start + node.closing.end - node.closing.start
        if text or not node.children:
            node.is_whole = bool(node.children)  # text with elements in it
            node.kind = "scalar"
            node.size, node.is_string = node.end - node.start, not node.children
            node.value = ", ".join(
                filter(None, (node.value, _on_line(self._whole_text(node) if node.children else text)))
            )
            return
        node.size += tag_size
        if len(node.children) > 1:
            tag_counts = Counter([child.label for child in node.children])
            node.kind = "list" if 2 * max(tag_counts.values()) > len(node.children) else node.kind

    def _whole_text(self, node: TreeNode) -> str:
        """The text of an element with elements in it."""
        return _START_TAG.sub("", self.source[node.opening.end : node.closing.start])


def _attributes_in_words(attributes: Mapping[str, str]) -> Iterator[str]:
    for attribute, attribute_value in attributes.items():
        if not attribute.startswith("xmlns") and attribute_value.strip():
            yield f"{worded(attribute.rpartition(':')[2])}: {attribute_value}"


def _on_line(text: str) -> str:
    return " ".join(text.split())


def _mixed(root: TreeNode) -> list[Span]:
    """The spans of the leaves in which white space between tags is text, in order."""
    leaf_spans: list[Span] = []
    open_nodes = [root]
    while open_nodes:
        node = open_nodes.pop()
        if node.kind == "scalar":
            leaf_spans.append(node.span)
        else:
            open_nodes += reversed(node.children or ())
    return leaf_spans


class _Xml:
    """What XML says of its nodes."""

    def __init__(self, source: str) -> None:
        self.source = source

    def children(self, node: TreeNode) -> Sequence[TreeNode]:
        return node.children or ()

    def reading(self, node: TreeNode) -> str:
        if not node.label:  # a sentence
            return _REFERENCE.sub(_character, self.source[node.start : node.end])
        return ", ".join(_in_words(node, ""))

    def texts(self, node: TreeNode) -> tuple[Span, Span, Sequence[TreeNode]] | None:
        text_start, text_end = node.opening.end, node.closing.start
        cdata_match = _CDATA_SECTION.fullmatch(self.source, text_start, text_end)
        if cdata_match is not None:
            text_start, text_end = cdata_match.span(1)
        elif "<" in self.source[text_start:text_end]:
            return None
        return (
            Span(node.start, text_start),
            Span(text_end, node.end),
            sentences(self.source[text_start:text_end], text_start),
        )

    def mark(self, node: TreeNode) -> Span | None:
        return node.closing

    def short_mark(self, node: TreeNode) -> Span | None:
        return Span(node.opening.end - 1, node.opening.end)


def _in_words(node: TreeNode, path: str) -> Iterator[str]:
    """The values of an element with their tags, one after another."""
    path = f"{path} {worded(node.label)}".strip()
    if node.kind == "scalar":
        yield f"{path}: {node.value or 'none'}"
        return
    if node.value:
        yield f"{path} {node.value}"
        path = ""
    for child in node.children or ():
        yield from _in_words(child, path)
        path = ""


def _character(reference: re.Match[str]) -> str:
    entity_name, decimal, hexadecimal = reference.groups()
    if entity_name:
        return _CHARACTERS[entity_name]
    code_point = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code_point) if code_point < 0x110000 else reference[0]


class XmlForm(TreeForm):
    """Kept elements without white space between tags.

    :param texts: spans (in order, disjoint) in which white space between tags stays.
    """

    def __init__(self, source: str, values: Any, texts: Sequence[Span]) -> None:
        super().__init__(source, values)
        self._texts = texts
        self._text_starts = [span.start for span in texts]

    def separator(self, writing: Writing, parent: Branch, branch: Branch | Leaf, *, is_first: bool) -> str:
        return ""

    def omission(self, branch: Branch, omitted: int, *, is_first: bool) -> str:
        return f"<!-- … {omitted} of {branch.item_count} elements left out -->"

    def short_omission(self, *, is_first: bool) -> str:
        return "<!-- … -->"

    def visible(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for gap_match in _TAG_GAP.finditer(self.source, start, end):
            text_number = bisect_right(self._text_starts, gap_match.start()) - 1
            if text_number < 0 or self._texts[text_number].end <= gap_match.start():
                yield start, gap_match.start()
                start = gap_match.end()
        yield start, end
