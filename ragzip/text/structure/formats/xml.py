"""XML: feeds, project files, configurations, replies of services. The kept part is well-formed.

Expat reads it; a text with declarations of entities is left to prose, so nothing is ever expanded.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any
from xml.parsers import expat

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import trim
from ragzip.text.structure.base import Structure
from ragzip.text.structure.formats.trees.form import TreeForm, Writing
from ragzip.text.structure.formats.trees.nodes import RefusalError, TreeNode
from ragzip.text.structure.formats.trees.texts import LongText, sentence_nodes, text_units
from ragzip.text.structure.formats.trees.units import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_RECORD_CHARACTERS,
    Branch,
    Leaf,
    tree,
)
from ragzip.text.structure.keys import worded

__all__ = ["read", "recognises"]

_ROOT = pattern_of(
    r"\ufeff?\s*+(?>(?:<\?[^>]*+>\s*+|<!--(?>(?:[^-]++|-(?!->))*)-->\s*+|<!DOCTYPE[^>\[]*+>\s*+)*)<([\w.:-]++)",
    re.DOTALL,
)
_LAST_TAG = pattern_of(r"</([\w.:-]++)\s*+>\s*+(?>(?:<!--(?>(?:[^-]++|-(?!->))*)-->\s*+)*)$", re.DOTALL)
_SAMPLED_CHARACTERS = 60_000  # that tell whether text stands beside elements
_MAX_ROOT_CHARACTERS = 4_000  # of declarations and comments before the root
_PAGES = frozenset(["html", "body", "head"])
_START_TAG = pattern_of(r"""<[^<>"']*+(?>(?:(?:"[^"<]*+"|'[^'<]*+')[^<>"']*+)*)>""")
_CDATA = pattern_of(r"\s*+<!\[CDATA\[((?>(?:[^\]]++|\](?!\]>))*))\]\]>\s*+", re.DOTALL)
_LITERAL = pattern_of(r"<!\[CDATA\[.*?(?:\]\]>|$)|<!--.*?(?:-->|$)", re.DOTALL)  # "&" is a character there
_NOISE = pattern_of(r"(?<=>)\s++(?=<)")
_REFERENCE = pattern_of(r"&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-fA-F]{1,6}));")
_ENTITY = pattern_of(r"&(?!(?:amp|lt|gt|quot|apos);|#)")  # that a document type may define
_KEYS = frozenset(
    ["key", "name", "setting", "property", "option", "parameter", "param", "variable", "field", "attribute", "label"]
)
_KEYS |= frozenset(["term", "dt", "title", "question", "id"])
_MIN_KEYED = 4  # two keys with a value each
_CHARACTERS = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


def recognises(source: str) -> bool:
    """Whether a text is XML from its first to its last tag, no web page, and no prose in a tag ("<document>…")."""
    start = _ROOT.match(source, 0, _MAX_ROOT_CHARACTERS)
    if start is None or _is_page(start[1]):
        return False
    last_tag = source.rfind("</")
    end = _LAST_TAG.match(source, last_tag) if last_tag >= 0 else None
    return end is not None and end[1] == start[1] and _is_well_formed(source) and not _is_prose_in_a_tag(source)


def read(source: str, longest_unit: int | None = None) -> Structure | None:
    """The structure of XML; None of web pages, of text that is not well-formed, or too deep or large, and where
    entities are declared.
    """
    root = _nodes(source)
    if root is None or not root.children or _is_page(root.children[0].label):
        return None
    grown = tree(root, _Xml(source, longest_unit), longest_unit)
    form = XmlForm(source, grown, _mixed(root), longest_unit)
    return Structure("xml", grown.units, form, opened=partial(read, source))


def _is_page(tag: str) -> bool:
    return tag.rpartition(":")[2].lower() in _PAGES


def _is_well_formed(source: str) -> bool:
    return len(source) <= MAX_CHARACTERS and _parsed(expat.ParserCreate(), source)


def _is_prose_in_a_tag(source: str) -> bool:
    """Whether more words of a well-formed text stand beside the elements of its root than in them."""
    depth = words_beside = words_inside = 0

    def open_element(*_: Any) -> None:
        nonlocal depth
        depth += 1

    def close_element(_: str) -> None:
        nonlocal depth
        depth -= 1

    def count(text: str) -> None:
        nonlocal words_beside, words_inside
        if depth == 1:
            words_beside += len(text.split())
        else:
            words_inside += len(text.split())

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = open_element, close_element
    parser.CharacterDataHandler = count
    parser.Parse(source[:_SAMPLED_CHARACTERS].removeprefix("\ufeff"), False)
    return words_beside > words_inside


def _parsed(parser: Any, source: str) -> bool:
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(source.removeprefix("\ufeff"), True)
    except (expat.ExpatError, RefusalError, UnicodeError):
        return False
    return True


def _refuse(*_: Any) -> None:
    raise RefusalError


def _nodes(source: str) -> TreeNode | None:
    """A node whose child is the root element; None where the text is not to be read."""
    if len(source) > MAX_CHARACTERS or ("<!DOCTYPE" in source and _ENTITY.search(_LITERAL.sub("", source))):
        return None
    builder = _Builder(source)
    if not builder.is_complete:
        return None
    for element in builder.root.children or ():
        if element.is_whole and element.size > MAX_RECORD_CHARACTERS:
            element.kind, element.is_whole = "object", False
            element.children = list(_pieces(element, source))
    return builder.root


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
        byte = self.parser.CurrentByteIndex
        if not self._bytes:
            return byte + self.shift
        self._character += len(self._bytes[self._byte : byte].decode())
        self._byte = byte
        return self._character + self.shift

    def _text(self, text: str) -> None:
        self.texts[-1].append(text)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        start = self._place()
        start_tag = _START_TAG.match(self.source, start)
        if start_tag is None or len(self.path) > MAX_DEPTH:
            raise RefusalError
        value = "" if not attributes else ", ".join(_attributes_in_words(attributes))
        label = tag.rpartition(":")[2]
        node = TreeNode(start, start, label, "object", 0, Span(*start_tag.span()), value=value, has_name=bool(value))
        self.path[-1].children.append(node)  # type: ignore[union-attr]
        self.path.append(node)
        self.texts.append([])

    def _end(self, _: str) -> None:
        place = self._place()
        node = self.path.pop()
        texts = self.texts.pop()
        text = "".join(texts).strip()
        is_empty = self.source[node.opening.end - 2] == "/"
        node.end = node.opening.end if is_empty else self.source.index(">", place) + 1
        node.closing = Span(node.end if is_empty else place, node.end)
        self._set_kind(node, text)
        self.path[-1].size += node.size

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
            tags = Counter([child.label for child in node.children])
            node.kind = "list" if 2 * max(tags.values()) > len(node.children) else node.kind

    def _whole_text(self, node: TreeNode) -> str:
        """The text of an element with elements in it."""
        return _START_TAG.sub("", self.source[node.opening.end : node.closing.start])


def _pieces(node: TreeNode, source: str) -> Iterator[TreeNode]:
    """The children of an element that has text next to them, and that text: one piece where elements, such as emphasis,
    are within a line of it, else its sentences.
    """
    runs: list[list[TreeNode | Span]] = [[]]
    start = node.opening.end
    for child in (*(node.children or ()), None):
        end = node.closing.start if child is None else child.start
        words = trim(source, start, end)
        if words is None or "\n" in source[start : words.start]:
            runs.append([])
        if words is not None:
            runs[-1].append(words)
            if "\n" in source[words.end : end]:
                runs.append([])
        if child is not None:
            runs[-1].append(child)
            start = child.end
    for run in runs:
        elements = [part for part in run if isinstance(part, TreeNode)]
        if len(elements) == len(run):
            yield from elements
        elif elements or "<" in source[run[0].start : run[-1].end]:
            first, last = run[0].start, run[-1].end
            value = _on_line(_START_TAG.sub("", source[first:last]))
            yield TreeNode(first, last, "", "scalar", last - first, value=value, is_whole=True)
        else:
            for text in run:
                yield from sentence_nodes(source[text.start : text.end], text.start)


def _attributes_in_words(attributes: Mapping[str, str]) -> Iterator[str]:
    for key, value in attributes.items():
        if not key.startswith("xmlns") and value.strip():
            yield f"{worded(key.rpartition(':')[2])}: {value}"


def _on_line(text: str) -> str:
    return " ".join(text.split())


def _mixed(root: TreeNode) -> list[Span]:
    """The spans of the leaves in which white space between tags is text, in order."""
    spans: list[Span] = []
    nodes = [root]
    while nodes:
        node = nodes.pop()
        if node.kind == "scalar":
            spans.append(node.span)
        else:
            nodes += reversed(node.children or ())
    return spans


class _Xml:
    """The view of XML nodes."""

    def __init__(self, source: str, longest_unit: int | None) -> None:
        self.source = source
        self.longest_pair = min(MAX_RECORD_CHARACTERS, MAX_RECORD_CHARACTERS if longest_unit is None else longest_unit)
        self._children: dict[int, Sequence[TreeNode]] = {}

    def children(self, node: TreeNode) -> Sequence[TreeNode]:
        if id(node) not in self._children:
            children = node.children or ()
            self._children[id(node)] = (
                list(_with_keys(children, self.longest_pair)) if _has_keys(children) else children
            )
        return self._children[id(node)]

    def reading(self, node: TreeNode) -> str:
        if not node.label:
            return _REFERENCE.sub(_character, node.value or self.source[node.start : node.end])
        return ", ".join(_in_words(node, ""))

    def texts(self, node: TreeNode, longest_unit: int) -> LongText | None:
        start, end = node.opening.end, node.closing.start
        cdata = _CDATA.fullmatch(self.source, start, end)
        if cdata is not None:
            start, end = cdata.span(1)
        elif "<" in self.source[start:end]:
            return None
        units = [
            unit._replace(reading=_REFERENCE.sub(_character, self.source[unit.start : unit.end]))
            for unit in text_units(self.source[start:end], start, longest_unit)
        ]
        return LongText(Span(node.start, start), Span(end, node.end), units)

    def mark(self, node: TreeNode) -> Span | None:
        return node.closing

    def short_mark(self, node: TreeNode) -> Span | None:
        return Span(node.opening.end - 1, node.opening.end)


def _has_keys(children: Sequence[TreeNode]) -> bool:
    """Whether elements are keys, each before its value, as in property lists and lists of terms: one of a name that
    says so comes first, again and again, and never stands alone.
    """
    if len(children) < _MIN_KEYED or children[0].label.lower() not in _KEYS:
        return False
    is_key = [child.label == children[0].label for child in children]
    keys = [child for child, child_is_key in zip(children, is_key, strict=True) if child_is_key]
    are_followed = not is_key[-1] and not any(left and right for left, right in pairwise(is_key))
    return len(keys) > 1 and are_followed and all(key.kind == "scalar" and key.value for key in keys)


def _with_keys(children: Sequence[TreeNode], longest_pair: int) -> Iterator[TreeNode]:
    """``children``, each key with its values as one node; values that are too long for that have it as their key."""
    starts = [number for number, child in enumerate(children) if child.label == children[0].label]
    for start, end in pairwise([*starts, len(children)]):
        key, values = children[start], children[start + 1 : end]
        if sum(value.size for value in values) > longest_pair:
            key.opens = Span(values[0].start, values[-1].end)
            yield key
            for value in values:
                value.key = key
                yield value
            continue
        words = ", ".join(_words_of_value(value, is_alone=len(values) == 1) for value in values)
        size = key.size + sum(value.size for value in values)
        yield TreeNode(key.start, values[-1].end, key.value, "scalar", size, key.opening, value=words, is_whole=True)


def _words_of_value(node: TreeNode, *, is_alone: bool) -> str:
    """A value without the name of its element, where that says nothing more: "20" of ``<integer>20</integer>``."""
    if node.kind != "scalar" or not is_alone:
        return ", ".join(_in_words(node, ""))
    return node.value or (node.label if node.label in ("true", "false") else "none")


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
    name, decimal, hexadecimal = reference.groups()
    if name:
        return _CHARACTERS[name]
    number = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(number) if number < 0x110000 else reference[0]


class XmlForm(TreeForm):
    """Kept elements without white space between tags.

    :param texts: spans (in order, disjoint) in which white space between tags stays.
    """

    def __init__(self, source: str, values: Any, texts: Sequence[Span], longest_unit: int | None) -> None:
        super().__init__(source, values, longest_unit=longest_unit)
        self._texts = texts
        self._text_starts = [span.start for span in texts]

    def separator(self, writing: Writing, parent: Branch, branch: Branch | Leaf, *, is_first: bool) -> str:
        return ""

    def omission(self, branch: Branch, omitted: int, *, is_first: bool) -> str:
        return f"<!-- … {omitted} of {branch.item_count} elements left out -->"

    def short_omission(self, *, is_first: bool) -> str:
        return "<!-- … -->"

    def visible(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for noise in _NOISE.finditer(self.source, start, end):
            number = bisect_right(self._text_starts, noise.start()) - 1
            if number < 0 or self._texts[number].end <= noise.start():
                yield start, noise.start()
                start = noise.end()
        yield start, end
