"""Values as Python writes them: the ``str`` of lists, dictionaries, rows of a database and objects with their fields,
"[Document(page_content='…', metadata={'page': 3})]". The kept part is such a value, too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from functools import partial

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.structure.base import Structure
from ragzip.text.structure.formats.json import JsonForm
from ragzip.text.structure.formats.trees.form import Writing
from ragzip.text.structure.formats.trees.nodes import TreeNode
from ragzip.text.structure.formats.trees.talk import with_talk
from ragzip.text.structure.formats.trees.texts import LongText, text_units
from ragzip.text.structure.formats.trees.units import MAX_CHARACTERS, MAX_DEPTH, Branch, Leaf, tree
from ragzip.text.structure.keys import worded

__all__ = ["end_of_value", "read", "recognises"]

_STRING = r"""b?(?:'(?>(?:[^'\\\n]++|\\.)*)'|"(?>(?:[^"\\\n]++|\\.)*)")"""
_NUMBER = r"(?:[+-]?(?:\d[\w.+-]*+|nan\b|inf\b))"
_WORD = rf"(?:{_NUMBER}|None\b|True\b|False\b|\.\.\.|<[^<>\n]{{1,200}}>|(?<==)[A-Za-z_][\w.]{{0,80}}\b(?!\())"
_SCALARS = rf"(?:{_STRING}|{_WORD})(?>(?:,[ ](?:{_STRING}|{_WORD})){{0,7}})"
_ELEMENT = pattern_of(
    rf"""\s*+(?>(?:({_STRING}\s*+:\s*+|{_WORD}:\s++|[A-Za-z_]\w{{0,80}}=)?))(?:
    ({_STRING}(?>(?:\s++{_STRING})*))|((?:[A-Za-z_][\w.]{{0,80}}\({_SCALARS}\)|{_WORD}))
    |((?:[A-Za-z_][\w.]{{0,80}}(?=\())?[(\[{{])|([)\]}}]))\s*+(,?)""",
    re.VERBOSE,
)
_KEY, _TEXT, _BARE, _OPENING, _CLOSING, _COMMA = 1, 2, 3, 4, 5, 6
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_BEGINNING = pattern_of(r"\s*+(?:[A-Za-z_][\w.]{0,80}\(|[\[({])")
_ESCAPE = pattern_of(r"\\(?:x..|u.{4}|U.{8}|(.))", re.DOTALL)
_JOINT = pattern_of(r"""(['"])\s+(['"])""")  # of two strings that are one
_BLOB = pattern_of(r"""b?['"][A-Za-z0-9+/_=-]{200,}['"]""")
_NOISE = pattern_of(  # strings, which stay, are taken to their end or to that of the line, in linear time
    r"""'(?>(?:[^'\\\n]++|\\.)*)'?|"(?>(?:[^"\\\n]++|\\.)*)"?|\s{2,}+|[\r\n\t]"""
)
_DATE = pattern_of(r"(?:datetime\.)?date(?:time)?\((\d{4}), (\d{1,2}), (\d{1,2})")
_MAX_CELL_CHARACTERS = 150  # of a value of a row that is kept whole
_MAX_KEPT_CHARACTERS = 100  # of a value of a row that is kept with its long ones


def recognises(source: str) -> bool:
    """Whether a text is a value of Python, with a text in it, or one a line."""
    return bool(_values(source))


def read(source: str, longest_unit: int | None = None) -> Structure | None:
    """The structure of values as Python writes them; None of another text."""
    values = _values(source)
    if not values:
        return None
    root = TreeNode(0, len(source), "", "stream", sum(node.size for node in values), children=values)
    literals = _Literals(source)
    grown = tree(root, literals, longest_unit)
    units = with_talk(source, grown.units, grown.records, literals.children)
    form = LiteralForm(source, grown, (), longest_unit)
    return Structure("literals", units, form, opened=partial(read, source))


def end_of_value(source: str, start: int) -> int | None:
    """The offset after the value of Python, with a text in it, that begins at ``start`` and ends with a line; None
    where none does.
    """
    node = _node(source, start)
    if node is None or not _has_text(node) or source[node.end : node.end + 200].partition("\n")[0].strip():
        return None
    return node.end


def _values(source: str) -> list[TreeNode]:
    """The values of the text, each on lines of its own; none where it is no such text."""
    if len(source) > MAX_CHARACTERS or _BEGINNING.match(source) is None:
        return []
    values: list[TreeNode] = []
    place = 0
    end = len(source.rstrip())
    while place < end:
        node = _node(source, place)
        if node is None or (values and "\n" not in source[values[-1].end : node.start]):
            return []
        values.append(node)
        place = node.end
    return values if any(_has_text(node) for node in values) else []


def _has_text(node: TreeNode) -> bool:
    return node.is_string or any(_has_text(child) for child in node.children or ())


def _node(source: str, start: int) -> TreeNode | None:
    """The list, dictionary or object at ``start``, or after the white space there; None where there is none."""
    root = TreeNode(start, start, "", "list", 0)
    path = [root]
    is_parted = True  # by a comma from what stands before
    place = start
    while (element := _ELEMENT.match(source, place)) is not None:
        place = element.end()
        kind = next(group for group in (_TEXT, _BARE, _OPENING, _CLOSING) if element[group] is not None)
        if kind == _CLOSING:
            node = path.pop()
            if not path or element[_KEY] or _BRACKETS[source[node.opening.end - 1]] != element[_CLOSING]:
                return None
            _close(source, node, element.start(_CLOSING))
            path[-1].size += node.size
        elif not is_parted or (len(path) == 1 and (element[_KEY] or kind != _OPENING)):
            return None
        else:
            node = _begun(source, element, kind)
            path[-1].children.append(node)  # type: ignore[union-attr]
            if kind == _OPENING:
                path.append(node)
            else:
                path[-1].size += node.size + 2
        if len(path) == 1:
            return node
        if len(path) > MAX_DEPTH:
            return None
        is_parted = kind == _OPENING or bool(element[_COMMA])
        if kind == _OPENING:
            place = element.start(_COMMA)
    return None


def _begun(source: str, element: re.Match[str], kind: int) -> TreeNode:
    """The scalar of an element, or the list, dictionary or object that it opens."""
    label = "" if element[_KEY] is None else _value(element[_KEY].rstrip().rstrip(":=").rstrip())
    start, end = element.start(kind if element[_KEY] is None else _KEY), element.end(kind)
    if kind == _OPENING:
        node_kind = "list" if element[kind] in ("[", "{") else "object"
        return TreeNode(start, end, label, node_kind, end - start, Span(start, end))  # type: ignore[arg-type]
    text = element[kind]
    is_blob = len(text) > 200 and _BLOB.fullmatch(text) is not None
    is_string = kind == _TEXT
    return TreeNode(start, end, label, "scalar", end - start, value=_value(text), is_string=is_string, is_blob=is_blob)


def _close(source: str, node: TreeNode, place: int) -> None:
    """Close a list, dictionary or object with the bracket at ``place``; a row of values stays one, or keeps all its
    short values with each part of a long one.
    """
    node.closing, node.end = Span(place, place + 1), place + 1
    children = node.children or []
    if any(child.label for child in children):
        node.kind = "object"
    elif node.opening.end - node.opening.start == 1 and source[node.opening.start] == "(":
        scalars = [child for child in children if child.kind == "scalar"]
        node.is_whole = len(scalars) == len(children) and all(child.size <= _MAX_CELL_CHARACTERS for child in children)
        short = [child for child in scalars if child.size <= _MAX_KEPT_CHARACTERS]
        for child in scalars:
            if child.size > _MAX_KEPT_CHARACTERS:
                child.needed = short


def _value(text: str) -> str:
    """The text of a scalar as it is read."""
    if text[-1:] in ("'", '"'):
        return text[1:-1] if text[0] in "'\"" and "\\" not in text and not _JOINT.search(text) else _evaluated(text)
    if (date := _DATE.match(text)) is not None:
        return f"{date[1]}-{date[2]:0>2}-{date[3]:0>2}"
    return text.partition("(")[2][:-1].strip("'\"") if text.endswith(")") else text


def _evaluated(text: str) -> str:
    """The text that a string stands for, with its escape sequences and in one piece."""
    try:
        return str(ast.literal_eval(f"({text})"))
    except (SyntaxError, ValueError):
        return text


class _Literals:
    """The nodes of values of Python."""

    def __init__(self, source: str) -> None:
        self.source = source

    def children(self, node: TreeNode) -> Sequence[TreeNode]:
        return node.children or ()

    def reading(self, node: TreeNode) -> str:
        if node.kind == "scalar":
            words = "none" if node.value in ("None", "") else node.value
            return f"{worded(node.label)}: {words}" if node.label else words
        words = ", ".join(map(self.reading, self.children(node)))
        return f"{worded(node.label)} {words}" if node.label else words

    def texts(self, node: TreeNode, longest_unit: int) -> LongText | None:
        value = _ELEMENT.match(self.source, node.start)
        assert value is not None
        start, end = value.start(_TEXT) + 1, node.end - 1
        quote = self.source[start - 1]
        text = self.source[start:end]
        if quote != self.source[end] or any(joint[1] != joint[2] for joint in _JOINT.finditer(text)):
            return None
        text = _JOINT.sub(lambda joint: " " * len(joint[0]) if joint[1] == joint[2] == quote else joint[0], text)
        units = [
            unit._replace(reading=self._spoken(unit.start, unit.end, quote))
            for unit in text_units(_ESCAPE.sub(_unescaped, text), start, longest_unit)
        ]
        return LongText(Span(node.start, start), Span(end, node.end), units)

    def _spoken(self, start: int, end: int, quote: str) -> str:
        text = self.source[start:end]
        return _evaluated(f"{quote}{text}{quote}") if "\\" in text or quote in text else text

    def mark(self, node: TreeNode) -> Span | None:
        return node.closing

    def short_mark(self, node: TreeNode) -> Span | None:
        return Span(node.opening.end - 1, node.opening.end)


def _unescaped(escape: re.Match[str]) -> str:
    """An escape sequence as what it stands for, in as many characters, where that matters to the units of a text."""
    if escape[1] is None:
        return " " * len(escape[0]) if escape[0] == r"\xa0" else escape[0]
    return {"n": " \n", "r": "  ", "t": "  ", '"': '""', "'": "''"}.get(escape[1], escape[0])


class LiteralForm(JsonForm):
    """Kept values of Python without line breaks and indentation."""

    noise = _NOISE

    def separator(self, writing: Writing, parent: Branch, branch: Branch | Leaf, *, is_first: bool) -> str:
        separator = super().separator(writing, parent, branch, is_first=is_first)
        return ", " if separator == "," else separator

    def omission(self, branch: Branch, omitted: int, *, is_first: bool) -> str:
        return super().omission(branch, omitted, is_first=is_first).replace(',"', ', "').replace('"', "'")

    def short_omission(self, *, is_first: bool) -> str:
        return "..." if is_first else ", ..."
