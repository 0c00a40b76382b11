"""A parser of HTML to a tree of elements with their offsets in the source.

It reads real pages, with tags that are unclosed, misnested or cut off, and unquoted attributes. It follows the
tokenizer of the HTML standard and its rules on what closes a paragraph, a list item, a row or a cell, but moves
nothing: the tree has the order of the source, so that offsets stay valid. Time and memory are linear in the length of
the page, whatever it nests or leaves open.
"""

from __future__ import annotations

import re
import sys
from array import array
from collections import defaultdict
from collections.abc import Iterator
from typing import Literal, Protocol

from ragzip.errors import InputError
from ragzip.text.lazy_patterns import pattern_of

__all__ = [
    "MAX_CHARACTERS",
    "TABLE_SECTIONS",
    "VOID",
    "Listener",
    "Node",
    "Tag",
    "PageTree",
    "check_length",
    "is_formula",
    "names",
    "parse",
    "scan",
]

MAX_CHARACTERS = 20_000_000
_MAX_OPEN_ELEMENTS = 400  # deeper ones are siblings, as in browsers


def names(text: str) -> frozenset[str]:
    """A set of element names."""
    return frozenset(re.findall(r"\w+", text))


VOID = names(
    "area base basefont bgsound br col command embed frame hr image img input keygen link meta param source track wbr"
    " spacer nextid isindex"
)
_RAW_TEXT = names("script style xmp iframe noembed noframes")
_ESCAPABLE = frozenset(("title", "textarea"))
_UNPARSED = _RAW_TEXT | _ESCAPABLE | {"plaintext"}

# Possessive, without backtracking: no tag makes it read the rest of the page more than twice.
_TAG = pattern_of(
    r"""<(?:(/?)([a-zA-Z][^\s/>]*+)(?>(?>[^>"'=]++|=\s*+(?:"[^"]*+"|'[^']*+')|["'=])*)(?:>|\Z)|!--|[!?]|/)"""
)
_FORMULA = pattern_of(r"""\stype\s{0,9}=\s{0,9}["']?math/tex\b""", re.IGNORECASE)
_COMMENT_END = pattern_of(r"--!?>")

_CLOSES_P = names(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form h1 h2 h3"
    " h4 h5 h6 header hgroup hr main menu nav ol p pre search section summary table ul li dd dt"
)
_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
_CELLS = frozenset(("td", "th"))
TABLE_SECTIONS = ("thead", "tbody", "tfoot")
_TABLES = ("table",)
_PARAGRAPH = ("p",)
_SCOPE_BOUNDS = names("table td th caption html template object marquee button")  # no end tag reaches beyond these
# A start tag ends open elements of the first group, unless an element of the second group is between them.
_ENDED_BY_START: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "li": (("li",), ("ul", "ol", "menu", "dir")),
    "dt": (("dt", "dd"), ("dl",)),
    "dd": (("dt", "dd"), ("dl",)),
    "option": (("option",), ("select",)),
    "optgroup": (("option", "optgroup"), ("select",)),
    "a": (("a",), ()),
    "td": (("td", "th", "caption"), _TABLES),
    "th": (("td", "th", "caption"), _TABLES),
    "tr": (("td", "th", "tr", "caption", "colgroup"), _TABLES),
    **{
        name: (("td", "th", "tr", "caption", "colgroup", *TABLE_SECTIONS), _TABLES)
        for name in (*TABLE_SECTIONS, "caption", "colgroup")
    },
}
_TABLE_PARTS = frozenset(("td", "th", "tr", "caption", "colgroup", *TABLE_SECTIONS))  # cells do not bound these


_NAME, _FIELDS = 6, 11  # the places of the name and the parent of an element among its numbers, and how many these are

TagKind = Literal["open", "close", "text", "raw", "comment", "declaration"]
Tag = tuple[int, int, TagKind, str]  # start, end, kind and name ("" for none) of a tag, a text, a comment …


class _Field:
    """An attribute of a node, in the array of its tree."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def __get__(self, node: Node, owner: type[Node]) -> int:
        return node.tree.fields[node.number * _FIELDS + self.number]

    def __set__(self, node: Node, value: int) -> None:
        node.tree.fields[node.number * _FIELDS + self.number] = value


class PageTree:
    """The elements of a page, numbered in the order of their start tags, as one array: a page may have an element for
    every three characters, and an object with its attributes takes ten times as much.
    """

    __slots__ = ("_names", "_numbers_by_name", "fields")

    def __init__(self) -> None:
        self.fields = array("i")  # _FIELDS numbers an element
        self._names: list[str] = []
        self._numbers_by_name: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.fields) // _FIELDS

    def add(self, name: str, start: int, opened: int, parent: Node | None) -> Node:
        """A new element without content, the last child of ``parent``."""
        name_number = self._numbers_by_name.setdefault(name, len(self._names))
        if name_number == len(self._names):
            self._names.append(sys.intern(name))
        number = len(self)
        parent_number = -1
        if parent is not None:
            parent_number = parent.number
            parent.child_count += 1
        self.fields.extend((start, opened, opened, opened, 0, 0, name_number, parent_number, number + 1, 0, 0))
        return Node(self, number)

    def name(self, number: int) -> str:
        """The name of the element with this number."""
        return self._names[self.fields[number * _FIELDS + _NAME]]

    def named(self, name: str) -> Iterator[Node]:
        """The elements with this name, in order."""
        name_number = self._numbers_by_name.get(name)
        if name_number is not None:
            for number in range(len(self)):
                if self.fields[number * _FIELDS + _NAME] == name_number:
                    yield Node(self, number)


class Node:
    """An element: ``start:opened`` is its start tag, ``closed:end`` its end tag (empty where the source has none).

    ``first`` and ``last`` (exclusive) are the numbers of its runs in a :class:`~ragzip.pages.page.Page`, ``after`` is
    the number of the next element that is not inside it, and ``outline`` that of the innermost element of structure
    that it is or stands in (0: of none). Nodes with one number are equal.
    """

    __slots__ = ("name", "number", "tree")
    start, opened, closed, end, first, last = map(_Field, range(6))
    after, child_count, outline = map(_Field, range(_NAME + 2, _FIELDS))

    def __init__(self, tree: PageTree, number: int) -> None:
        self.tree, self.number, self.name = tree, number, tree.name(number)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self.number == other.number and self.tree is other.tree

    def __hash__(self) -> int:
        return self.number

    @property
    def parent(self) -> Node | None:
        """The element that it stands in, None for the root."""
        parent_number = self.tree.fields[self.number * _FIELDS + _NAME + 1]
        return None if parent_number < 0 else Node(self.tree, parent_number)

    @property
    def outer(self) -> int:
        """The number of the innermost element of structure around it, 0 for none."""
        parent = self.parent
        return 0 if parent is None else parent.outline

    @property
    def children(self) -> Iterator[Node]:
        """The elements directly in it, in order."""
        number, after = self.number + 1, self.after
        while number < after:
            child = Node(self.tree, number)
            yield child
            number = child.after

    @property
    def last_child(self) -> Node | None:
        """The last element directly in it."""
        if self.after == self.number + 1:
            return None
        last_child = Node(self.tree, self.after - 1)
        while (parent := last_child.parent) is not None and parent != self:
            last_child = parent
        return last_child

    @property
    def previous(self) -> Node | None:
        """The element before it in the same one."""
        parent, before = self.parent, Node(self.tree, self.number - 1) if self.number else None
        while before is not None and before != parent:
            outer = before.parent
            if outer == parent:
                return before
            before = outer
        return None

    def walk(self) -> Iterator[Node]:
        """The element and all elements inside it, in order."""
        return (Node(self.tree, number) for number in range(self.number, self.after))


class Listener(Protocol):
    """A receiver of elements and texts, in order, while a page is parsed; the tree holds no texts."""

    def enter(self, node: Node) -> None: ...
    def text(self, start: int, end: int) -> None: ...
    def leave(self, node: Node) -> None: ...


def scan(source: str) -> Iterator[Tag]:
    """The tags of ``source`` and the texts between them, in order and without gaps."""
    scan_start = text_start = 0
    source_length = len(source)
    search = _TAG.search
    while (match := search(source, scan_start)) is not None:
        start, end = match.span()
        if start > text_start:
            yield text_start, start, "text", ""
        slash, tag_name = match.groups()
        if tag_name is None:
            end, kind = _declaration_end(source, match)
            yield start, end, kind, ""
            scan_start = text_start = end
            continue
        tag_name = tag_name.lower()
        yield start, end, "close" if slash else "open", tag_name
        scan_start = text_start = end
        if tag_name in _UNPARSED and not slash:
            raw_end = _raw_end(source, scan_start, tag_name)
            if raw_end > scan_start:
                yield scan_start, raw_end, "text" if tag_name in _ESCAPABLE else "raw", tag_name
            scan_start = text_start = raw_end
    if text_start < source_length:
        yield text_start, source_length, "text", ""


def _declaration_end(source: str, match: re.Match[str]) -> tuple[int, TagKind]:
    """The end and the kind of a comment or declaration: ``<!``, ``<?`` or ``</`` that begin no tag."""
    if match.group() == "<!--":
        if source.startswith((">", "->"), match.end()):
            return source.index(">", match.end()) + 1, "comment"
        comment_end = _COMMENT_END.search(source, match.end())
        return (comment_end.end() if comment_end else len(source)), "comment"
    end = source.find(">", match.end())
    return (end + 1 if end >= 0 else len(source)), "declaration"


def _raw_end(source: str, content_start: int, name: str) -> int:
    """The end of the unparsed content of the element ``name``."""
    if name == "plaintext":
        return len(source)
    end_tag = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(source, content_start)
    return end_tag.start() if end_tag else len(source)


def check_length(source: str) -> None:
    """A check that a page is not too long to be parsed.

    :raises InputError: more than 20 million characters.
    """
    if len(source) > MAX_CHARACTERS:
        raise InputError(
            f"page: received {len(source):,} characters of HTML, expected at most {MAX_CHARACTERS:,}. Split it, or "
            "pass the relevant part."
        )


def parse(source: str, listener: Listener) -> Node:
    """The root of the tree of ``source``, an element without a tag.

    :param listener: receives the elements, and the texts, which are not in the tree.
    :raises InputError: more than 20 million characters.
    """
    check_length(source)
    builder = _Builder(len(source), listener)
    for start, end, kind, name in scan(source):
        if kind == "text" or (kind == "raw" and is_formula(builder.stack[-1], source)):
            builder.text(start, end)
        elif kind == "open":
            builder.open(name, start, end, source)
        elif kind == "close":
            builder.close(name, start, end)
    return builder.finish()


def is_formula(node: Node, source: str) -> bool:
    """Whether an element is a script that holds a formula in TeX, which other scripts show."""
    return node.name == "script" and _FORMULA.search(source, node.start, node.opened) is not None


class _Builder:
    """The stack of open elements, and the places of each name on it, so that no search goes through the stack."""

    def __init__(self, size: int, listener: Listener) -> None:
        self.tree = PageTree()
        self.root = self.tree.add("", 0, 0, None)
        self.listener = listener
        self.size = size
        self.stack = [self.root]
        self.places: dict[str, list[int]] = defaultdict(list)
        self.scopes = [-1]
        self.text = listener.text
        listener.enter(self.root)

    def open(self, name: str, start: int, end: int, source: str) -> None:
        if name in _CLOSES_P and (place := self._last(_PARAGRAPH)) > self.scopes[-1]:
            self._pop_to(place, start)
        if name in _ENDED_BY_START:
            ended_names, bound_names = _ENDED_BY_START[name]
            while (place := self._last(ended_names)) > self._last(bound_names) and (
                place > self.scopes[-1] or name in _TABLE_PARTS
            ):
                self._pop_to(place, start)
        elif name in _HEADINGS and self.stack[-1].name in _HEADINGS:
            self._pop_to(len(self.stack) - 1, start)
        node = self.tree.add(name, start, end, self.stack[-1])
        self.listener.enter(node)
        is_empty_foreign = source.endswith("/>", start, end) and ("svg" in self.places or "math" in self.places)
        if name not in VOID and not is_empty_foreign and len(self.stack) < _MAX_OPEN_ELEMENTS:
            self.places[name].append(len(self.stack))
            if name in _SCOPE_BOUNDS:
                self.scopes.append(len(self.stack))
            self.stack.append(node)
        else:
            self.listener.leave(node)

    def close(self, name: str, start: int, end: int) -> None:
        place = self._last((name,))
        if place > (-1 if name in _SCOPE_BOUNDS else self.scopes[-1]):
            if name in _CELLS and place < self._last(_TABLES):
                return
            self._pop_to(place + 1, start)
            self._pop(start, end)
        elif name in ("p", "br"):  # as if it had a start tag
            empty = self.tree.add(name, start, start, self.stack[-1])
            empty.end = end
            self.listener.enter(empty)
            self.listener.leave(empty)

    def _last(self, names: tuple[str, ...]) -> int:
        """The place on the stack of the innermost open element of one of ``names``, -1 for none."""
        innermost = -1
        for name in names:
            stack_places = self.places.get(name)
            if stack_places and stack_places[-1] > innermost:
                innermost = stack_places[-1]
        return innermost

    def _pop_to(self, place: int, offset: int) -> None:
        """End all open elements from ``place`` on the stack."""
        while len(self.stack) > place:
            self._pop(offset, offset)

    def _pop(self, closed: int, end: int) -> None:
        """End the innermost open element with the tag at ``closed:end``."""
        node = self.stack.pop()
        node.closed, node.end, node.after = closed, end, len(self.tree)
        self.places[node.name].pop()
        if node.name in _SCOPE_BOUNDS:
            self.scopes.pop()
        self.listener.leave(node)

    def finish(self) -> Node:
        self._pop_to(1, self.size)
        self.root.closed = self.root.end = self.size
        self.root.after = len(self.tree)
        self.listener.leave(self.root)
        return self.root
