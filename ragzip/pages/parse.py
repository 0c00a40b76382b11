"""HTML to a tree whose every part knows its place in the source.

Written for real pages: tags may be unclosed, misnested or cut off, attributes unquoted. It follows the tokenizer of the
HTML standard and the rules that matter for text (what closes a paragraph, a list item, a row, a cell), without moving
anything: the tree's order is the source's, so that offsets stay true. Time and memory grow with the page alone,
whatever it nests or leaves open.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Literal, Protocol

from ragzip.errors import InputError

__all__ = ["MOST", "VOID", "Listener", "Node", "Tag", "names", "parse", "scan"]

MOST = 20_000_000  # characters; a page of more is no page that an answer is looked for in
_DEEPEST = 400  # open elements; further ones are siblings, as in browsers


def names(text: str) -> frozenset[str]:
    """A set of element names."""
    return frozenset(re.findall(r"\w+", text))


VOID = names(
    "area base basefont bgsound br col command embed frame hr image img input keygen link meta param source track wbr"
    " spacer nextid isindex"
)
_RAW = names("script style xmp iframe noembed noframes")
_ESCAPABLE = frozenset(("title", "textarea"))
_UNPARSED = _RAW | _ESCAPABLE | {"plaintext"}

# Possessive: no backtracking, so that no tag takes more than two looks at the rest of the page.
_TAG = re.compile(
    r"""<(?:(/?)([a-zA-Z][^\s/>]*+)(?>[^>"'=]++|=\s*+(?:"[^"]*+"|'[^']*+')|["'=])*+(?:>|\Z)|!--|[!?]|/)"""
)
_COMMENT_END = re.compile(r"--!?>")

_CLOSES_P = names(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form h1 h2 h3"
    " h4 h5 h6 header hgroup hr main menu nav ol p pre search section summary table ul li dd dt"
)
_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
_CELLS = frozenset(("td", "th"))
_SECTIONS = ("thead", "tbody", "tfoot")
_TABLES = ("table",)
_P = ("p",)
_SCOPE = names("table td th caption html template object marquee button")  # what an end tag does not cross
# Where an element begins, open ones of the first group end, unless one of the second group stands between them.
_IMPLIED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
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
        name: (("td", "th", "tr", "caption", "colgroup", *_SECTIONS), _TABLES)
        for name in (*_SECTIONS, "caption", "colgroup")
    },
}
_TABLE = frozenset(("td", "th", "tr", "caption", "colgroup", *_SECTIONS))  # of these, cells are no bounds


Kind = Literal["open", "close", "text", "raw", "comment", "declaration"]
Tag = tuple[int, int, Kind, str]  # source[start:end] is a tag (or the text between two, …), and its name if any


class Node:
    """An element. ``start:opened`` is its start tag, ``closed:end`` its end tag (empty where the source has none).

    ``children`` are elements and, as pairs of offsets, the texts between them (where no :class:`Listener`
    took them). ``first`` and ``last`` (exclusive) number what a :class:`~ragzip.pages.page.Page` keeps of its text.
    """

    __slots__ = ("children", "closed", "end", "first", "last", "name", "opened", "parent", "start")

    def __init__(self, name: str, start: int, opened: int, parent: Node | None) -> None:
        self.name, self.start, self.opened, self.parent = name, start, opened, parent
        self.closed = self.end = opened
        self.first = self.last = 0
        self.children: list[Node | tuple[int, int]] | tuple[()] = ()

    def add(self, child: Node | tuple[int, int]) -> None:
        """Put ``child`` behind the others."""
        if isinstance(self.children, list):
            self.children.append(child)
        else:  # most elements have none, and an empty list takes as much as a node
            self.children = [child]

    def walk(self) -> Iterator[Node]:
        """The element and all inside it, in order."""
        pending = [self]
        while pending:
            node = pending.pop()
            yield node
            pending.extend(child for child in reversed(node.children) if isinstance(child, Node))


class Listener(Protocol):
    """Who is told of elements and texts in order, while a page is parsed: texts need not be kept in the tree then."""

    def enter(self, node: Node) -> None: ...
    def text(self, start: int, end: int) -> None: ...
    def leave(self, node: Node) -> None: ...


def scan(source: str) -> Iterator[Tag]:
    """The tags of ``source`` and the text between them, in order and without gaps."""
    at = text = 0
    size = len(source)
    search = _TAG.search
    while (match := search(source, at)) is not None:
        start, end = match.span()
        if start > text:
            yield text, start, "text", ""
        slash, name = match.groups()
        if name is None:
            end, kind = _declared(source, match)
            yield start, end, kind, ""
            at = text = end
            continue
        name = name.lower()
        yield start, end, "close" if slash else "open", name
        at = text = end
        if name in _UNPARSED and not slash:
            stop = _raw_end(source, at, name)
            if stop > at:
                yield at, stop, "text" if name in _ESCAPABLE else "raw", name
            at = text = stop
    if text < size:
        yield text, size, "text", ""


def _declared(source: str, match: re.Match[str]) -> tuple[int, Kind]:
    """The end of what begins with ``<!``, ``<?`` or ``</`` and is no tag."""
    if match.group() == "<!--":
        if source.startswith((">", "->"), match.end()):
            return source.index(">", match.end()) + 1, "comment"
        found = _COMMENT_END.search(source, match.end())
        return (found.end() if found else len(source)), "comment"
    end = source.find(">", match.end())
    return (end + 1 if end >= 0 else len(source)), "declaration"


def _raw_end(source: str, at: int, name: str) -> int:
    if name == "plaintext":
        return len(source)
    found = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(source, at)
    return found.start() if found else len(source)


def parse(source: str, listener: Listener | None = None) -> Node:
    """The tree of ``source``; its root is an element without a tag.

    :param listener: gets the texts, which are then not in the tree.
    :raises InputError: more than 20 million characters.
    """
    if len(source) > MOST:
        raise InputError(
            f"page: received {len(source):,} characters of HTML, expected at most {MOST:,}. Split it, or give the part "
            "that matters."
        )
    builder = _Builder(len(source), listener)
    for start, end, kind, name in scan(source):
        if kind == "text":
            builder.text(start, end)
        elif kind == "open":
            builder.open(name, start, end, source)
        elif kind == "close":
            builder.close(name, start, end)
    return builder.finish()


class _Builder:
    """Open elements, and for each name where on the stack it is open, so that no search goes through the stack."""

    def __init__(self, size: int, listener: Listener | None) -> None:
        self.root = Node("", 0, 0, None)
        self.listener = listener
        self.size = size
        self.stack = [self.root]
        self.places: dict[str, list[int]] = defaultdict(list)
        self.scopes = [-1]
        if listener:
            listener.enter(self.root)

    def text(self, start: int, end: int) -> None:
        if self.listener:
            self.listener.text(start, end)
        else:
            self.stack[-1].add((start, end))

    def open(self, name: str, start: int, end: int, source: str) -> None:
        if name in _CLOSES_P and (place := self._last(_P)) > self.scopes[-1]:
            self._pop_to(place, start)
        if name in _IMPLIED:
            ends, stops = _IMPLIED[name]
            while (place := self._last(ends)) > self._last(stops) and (place > self.scopes[-1] or name in _TABLE):
                self._pop_to(place, start)
        elif name in _HEADINGS and self.stack[-1].name in _HEADINGS:
            self._pop_to(len(self.stack) - 1, start)
        parent = self.stack[-1]
        node = Node(name, start, end, parent)
        parent.add(node)
        if self.listener:
            self.listener.enter(node)
        foreign = source.endswith("/>", start, end) and ("svg" in self.places or "math" in self.places)
        if name not in VOID and not foreign and len(self.stack) < _DEEPEST:
            self.places[name].append(len(self.stack))
            if name in _SCOPE:
                self.scopes.append(len(self.stack))
            self.stack.append(node)
        elif self.listener:
            self.listener.leave(node)

    def close(self, name: str, start: int, end: int) -> None:
        place = self._last((name,))
        if place > (-1 if name in _SCOPE else self.scopes[-1]):
            if name in _CELLS and place < self._last(_TABLES):
                return
            self._pop_to(place + 1, start)
            self._pop(start, end)
        elif name in ("p", "br"):  # as if it were opened too
            empty = Node(name, start, start, self.stack[-1])
            empty.end = end
            self.stack[-1].add(empty)
            if self.listener:
                self.listener.enter(empty)
                self.listener.leave(empty)

    def _last(self, names: tuple[str, ...]) -> int:
        """Where the innermost open element of one of ``names`` stands on the stack, -1 for none."""
        best = -1
        for name in names:
            places = self.places.get(name)
            if places and places[-1] > best:
                best = places[-1]
        return best

    def _pop_to(self, place: int, at: int) -> None:
        """End all elements from ``place`` on."""
        while len(self.stack) > place:
            self._pop(at, at)

    def _pop(self, closed: int, end: int) -> None:
        """End the innermost open element with the tag at ``closed:end``."""
        node = self.stack.pop()
        node.closed, node.end = closed, end
        self.places[node.name].pop()
        if node.name in _SCOPE:
            self.scopes.pop()
        if self.listener:
            self.listener.leave(node)

    def finish(self) -> Node:
        self._pop_to(1, self.size)
        self.root.closed = self.root.end = self.size
        if self.listener:
            self.listener.leave(self.root)
        return self.root
