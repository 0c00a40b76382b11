"""JSON, with few comments and with commas before brackets, too, and values one after another (JSON Lines), of which
a last line that is cut goes; and pieces whose beginning is cut off. What is kept of a whole text parses; of
messages, questions are kept with replies.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span, merge
from ragzip.text.structure.base import Structure, visible_length
from ragzip.text.structure.formats.trees.form import TreeForm, Writing
from ragzip.text.structure.formats.trees.lenient import lenient_spans, without_lenient
from ragzip.text.structure.formats.trees.nodes import TreeNode
from ragzip.text.structure.formats.trees.pieces import JsonPiece, moved_to_piece, piece_of
from ragzip.text.structure.formats.trees.talk import with_talk
from ragzip.text.structure.formats.trees.texts import LongText, text_units
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

_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)  # numbers as they are written
_STRING = r'"(?>(?:[^"\\]++|\\.)*)"'
_SPACE = pattern_of(r"[ \t\r\n]*+")
_ELEMENT = pattern_of(
    rf"""[\s,]*+(?>(?:({_STRING})\s*+:\s*+)?)(?:
    ([{{\[][^{{}}\[\]"]*+(?>(?:{_STRING}[^{{}}\[\]"]*+)*)[}}\]])  # of scalars alone
    |({_STRING})|([^\s,:{{}}\[\]"]++)|([{{\[])|([}}\]]))""",
    re.DOTALL | re.VERBOSE,
)
_FLAT, _TEXT, _WORD, _OPENING, _CLOSING = 2, 3, 4, 5, 6
_NOISE = pattern_of(rf"{_STRING[:-1]}(?:\"|\Z)|\s{{2,}}+|[\r\n\t]|(?<=[:,\[])[ ](?=[\d\-])", re.DOTALL)
_BLOB = pattern_of(r'"(?:data:[\w/+.;=-]*,)?[A-Za-z0-9+/_-]{200,}={0,2}"')
_EMPTY = pattern_of(r':\s*+(?:null|""|\[\s*+\]|\{\s*+\})')
_HAS_BLOB = pattern_of(r'"(?>(?:data:[\w/+.;=-]*+,)?)[A-Za-z0-9+/_-]{200}')
_EMPTY_VALUE = pattern_of(r"(?<=: )(?:null|\[\]|\{\}|)(?=, |$)")
_CAMEL_KEY = pattern_of(r'"([^"\s]++)"(?=\s*+:)')
_HAS_CAMEL_KEY = pattern_of(r'[a-z\d][A-Z][^"\s]{0,60}+"\s*+:')
_KEY_END = pattern_of(r'"\s*+:\s*+')
_ESCAPE = pattern_of(r"\\(.)", re.DOTALL)
_OPENINGS = ("{", "[", "//", "/*")
_MAY_BE_LENIENT = pattern_of(r"//|/\*|,\s*+[}\]]")
_MIN_ITEMS = 2
_MIN_LINES = 2  # of JSON Lines, above a last one that is cut
_SAMPLED_CHARACTERS = 100_000


def recognises(source: str) -> bool:
    """Whether a text is JSON, with an object or several values in it, or a JSON object a line; or a piece of it."""
    is_whole = source.lstrip("\ufeff \t\r\n").startswith(_OPENINGS) and bool(_values(source)[0])
    if is_whole:
        return ":" in source or source.count(",") >= _MIN_ITEMS - 1
    return _completed(source) is not None


def read(source: str, longest_unit: int | None = None) -> Structure | None:
    """The structure of JSON; None of text that does not parse, of a mere scalar, and of values too deep or large."""
    values, lenient = _values(source)
    if not values:
        return _read_piece(source, longest_unit)
    reader = _Json(without_lenient(source, lenient))
    children = []
    for start, _ in values:
        node = reader.node(start)
        if node is None:
            return None
        children.append(node)
    root = TreeNode(0, len(source), "", "stream", sum(node.size for node in children), children=children)
    if all(node.kind == "scalar" for node in children):
        return None
    grown = tree(root, reader, longest_unit)
    noise = [span for records in grown.records for span in reader.noise(records)]
    noise = [Span(*span) for span in merge([*noise, *lenient])]
    units = with_talk(source, grown.units, grown.records, reader.children)
    return Structure("json", units, JsonForm(source, grown, noise, longest_unit), opened=partial(read, source))


def _completed(source: str) -> JsonPiece | None:
    """A text whose beginning is cut off; None of one that does not parse in its brackets either."""
    piece = piece_of(source)
    is_json = piece is not None and len(_spans_of_values(piece.completed)) == 1
    return piece if is_json else None


def _read_piece(source: str, longest_unit: int | None) -> Structure | None:
    """The structure of a text whose beginning is cut off; None of any other text."""
    piece = _completed(source)
    if piece is None:
        return None
    reader = _NodesOfPiece(piece)
    node = reader.node(0)
    if node is None:
        return None
    root = TreeNode(0, node.end, "", "stream", node.size, children=[node])
    grown = moved_to_piece(tree(root, reader, longest_unit), piece)
    return Structure("json", grown.units, JsonForm(source, grown, (), longest_unit), opened=partial(read, source))


def _values(source: str) -> tuple[list[Span], list[Span]]:
    """The spans of the values of the text, none where it is no JSON; and those of the comments and commas in it that
    JSON does not allow.
    """
    values = _spans_of_values(source)
    if values or len(source) > MAX_CHARACTERS or not _MAY_BE_LENIENT.search(source):
        return values, []
    lenient = lenient_spans(source)
    return _spans_of_values(without_lenient(source, lenient)) if lenient else [], lenient


def _spans_of_values(source: str) -> list[Span]:
    """The spans of the values of the text, but for that of a last line which is cut; none where it is no JSON."""
    if len(source) > MAX_CHARACTERS:
        return []
    spans: list[Span] = []
    start = _after_space(source, 1 if source.startswith("\ufeff") else 0)
    while start < len(source):
        if source[start] not in "{[":
            return []
        try:
            _, end = _DECODER.raw_decode(source, start)
        except (ValueError, RecursionError):
            has_lines = all("\n" not in source[slice(*span)] for span in spans)
            is_cut = len(spans) >= _MIN_LINES and has_lines and "\n" not in source[start:].rstrip()
            return spans if is_cut else []
        spans.append(Span(start, end))
        start = _after_space(source, end)
        if start < len(source) and "\n" not in source[end:start]:
            return []
    return spans


def _after_space(source: str, place: int) -> int:
    space = _SPACE.match(source, place)
    return space.end() if space else place


class _Json:
    """The nodes of a text that is known to parse."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.has_empty = _EMPTY.search(source) is not None
        self.has_blobs = _HAS_BLOB.search(source) is not None
        self.has_camel_keys = _HAS_CAMEL_KEY.search(source, 0, _SAMPLED_CHARACTERS) is not None

    def node(self, start: int) -> TreeNode | None:
        """The value at ``start``; None where it is too deep."""
        root = TreeNode(start, start, "", "list", 0)
        path = [root]
        place = start
        while True:
            element = _ELEMENT.match(self.source, place)
            assert element is not None  # the text parses
            kind, place = element.lastindex, element.end()
            if kind == _CLOSING:
                node = path.pop()
                node.end, node.closing = place, Span(place - 1, place)
                path[-1].size += node.size
            elif kind == _OPENING or (kind == _FLAT and self._is_large(element)):
                place = element.start(kind) + 1
                node = self._container(element, place)
                path[-1].children.append(node)  # type: ignore[union-attr]
                path.append(node)
                if len(path) > MAX_DEPTH:
                    return None
            else:
                node = self._leaf(element, kind or _WORD)
                path[-1].size += node.size + 1
                path[-1].children.append(node)  # type: ignore[union-attr]
            if len(path) == 1:
                return node

    def _is_large(self, element: re.Match[str]) -> bool:
        text = element[_FLAT]
        if len(text) <= MAX_RECORD_CHARACTERS:
            return False
        return len("".join(text.split())) > MAX_RECORD_CHARACTERS or len(text) > 10 * MAX_RECORD_CHARACTERS

    def _container(self, element: re.Match[str], place: int) -> TreeNode:
        label, start = self._key(element, place - 1)
        kind = "object" if self.source[place - 1] == "{" else "list"
        size = 2 + len(label)
        return TreeNode(start, place, label, kind, size, Span(start, place))  # type: ignore[arg-type]

    def _leaf(self, element: re.Match[str], group: int) -> TreeNode:
        value_start, end = element.span(group)
        label, start = self._key(element, value_start)
        text = element[group]
        if group == _FLAT:
            if "\n" in text and not text[1:-1].strip():
                return TreeNode(start, end, label, "scalar", end - start, value="none")
            size = visible_length(self.source[start:end])
            kind = "object" if text[0] == "{" else "list"
            opening, closing = Span(start, value_start + 1), Span(end - 1, end)
            return TreeNode(start, end, label, kind, size, opening, closing, None)  # type: ignore[arg-type]
        is_blob = group == _TEXT and len(text) > 200 and _BLOB.fullmatch(text) is not None
        value = _unquoted(text) if group == _TEXT else text
        return TreeNode(
            start, end, label, "scalar", end - start, value=value, is_string=group == _TEXT, is_blob=is_blob
        )

    def _key(self, element: re.Match[str], value_start: int) -> tuple[str, int]:
        key = element[1]
        return ("", value_start) if key is None else (_unquoted(key), element.start(1))

    def children(self, node: TreeNode) -> Sequence[TreeNode]:
        if node.children is None:
            node.children = self._members(node)
        return node.children

    def _members(self, node: TreeNode) -> list[TreeNode]:
        """The members of an object, or the items of a list, of scalars alone."""
        members: list[TreeNode] = []
        element = _ELEMENT.match(self.source, node.opening.end)
        while element is not None and element.lastindex != _CLOSING:
            members.append(self._leaf(element, element.lastindex or _WORD))
            element = _ELEMENT.match(self.source, element.end())
        return members

    def reading(self, node: TreeNode) -> str:
        if node.kind == "scalar":
            value = (
                _words_of_scalar(node.value)
                if node.value or node.label
                else _spoken(self.source[node.start : node.end])
            )
            return f"{worded(node.label)}: {value}" if node.label else value
        text = self.source[node.opening.end - 1 : node.end]
        words = self._flat_in_words(text) if node.children is None else None
        if words is None:
            value, _ = _DECODER.raw_decode(self.source, node.opening.end - 1)
            words = ", ".join(_members_in_words(value, ""))
        return f"{worded(node.label)} {words}" if node.label else words

    def _flat_in_words(self, text: str) -> str | None:
        """The members of an object of scalars with their keys, from its text; None where that is not so simple."""
        if "\\" in text or text[0] == "[":
            return None
        words = " ".join(text[1:-1].split()) if "\n" in text else text[1:-1]
        if self.has_camel_keys:
            words = _CAMEL_KEY.sub(lambda key: f'"{worded(key[1])}"', words)
        words = _KEY_END.sub(": ", words).replace(',"', ', "').replace('"', "")
        return _EMPTY_VALUE.sub("none", words) if self.has_empty else words

    def texts(self, node: TreeNode, longest_unit: int) -> LongText | None:
        value_start = self.source.index('"', node.start)
        if node.label or self.source[value_start : node.end] != self.source[node.start : node.end]:
            key = _ELEMENT.match(self.source, node.start)
            assert key is not None
            value_start = key.start(_TEXT)
        text = _ESCAPE.sub(_unescaped, self.source[value_start + 1 : node.end - 1])
        units = [
            unit._replace(reading=_spoken(self.source[unit.start : unit.end]))
            for unit in text_units(text, value_start + 1, longest_unit)
        ]
        return LongText(Span(node.start, value_start + 1), Span(node.end - 1, node.end), units)

    def mark(self, node: TreeNode) -> Span | None:
        return node.closing

    def short_mark(self, node: TreeNode) -> Span | None:
        return Span(node.opening.end - 1, node.opening.end)

    def noise(self, records: Sequence[TreeNode]) -> Iterator[Span]:
        """The spans that are empty in all of ``records``, and those of blobs."""
        if not (self.has_empty or self.has_blobs):
            return
        values = [_DECODER.raw_decode(self.source, node.opening.end - 1)[0] for node in records]
        has_value = {key for value in values for key, member in value.items() if not _is_empty(member)}
        keys = {key for value in values for key in value}
        empty = keys - has_value if len(records) > 1 else set()
        for node, value in zip(records, values, strict=True):
            if not empty.isdisjoint(value) or any(len(str(member)) > 200 for member in value.values()):
                yield from self._noise_of(node, empty)

    def _noise_of(self, node: TreeNode, empty: set[str]) -> Iterator[Span]:
        members = [member for member in self.children(node) if not (member.is_blob or member.label in empty)]
        if not members:
            return
        yield Span(node.opening.end, members[0].start)
        for member, next_member in itertools.pairwise(members):
            yield Span(self.source.index(",", member.end) + 1, next_member.start)
        yield Span(members[-1].end, node.closing.start)


class _NodesOfPiece(_Json):
    """The nodes of a piece in its brackets, those which it lacks without marks."""

    def __init__(self, piece: JsonPiece) -> None:
        super().__init__(piece.completed)
        self.place = Span(len(piece.before), len(piece.before) + len(piece.text))

    def mark(self, node: TreeNode) -> Span | None:
        return self._inside(super().mark(node))

    def short_mark(self, node: TreeNode) -> Span | None:
        return self._inside(super().short_mark(node))

    def _inside(self, mark: Span | None) -> Span | None:
        return mark if mark is not None and self.place.start <= mark.start < self.place.end else None


class JsonForm(TreeForm):
    """Kept values of JSON without line breaks and indentation."""

    gap = pattern_of(r"(?>(?:\s++|\\[nrt])+)")
    line_break = pattern_of(r"\\n")
    noise = _NOISE

    def separator(self, writing: Writing, parent: Branch, branch: Branch | Leaf, *, is_first: bool) -> str:
        if is_first or parent.kind == "text":
            return ""
        return "\n" if parent.kind == "stream" else ","

    def omission(self, branch: Branch, omitted: int, *, is_first: bool) -> str:
        words = f'"… {omitted} of {branch.item_count} items left out"'
        return words if is_first else f",{words}"

    def short_omission(self, *, is_first: bool) -> str:
        return '"…"' if is_first else ',"…"'

    def visible(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for visible_start, visible_end in super().visible(start, end):
            piece_start = visible_start
            for noise in self.noise.finditer(self.source, visible_start, visible_end):
                if noise[0].isspace():
                    yield piece_start, noise.start()
                    piece_start = noise.end()
            yield piece_start, visible_end


def _unquoted(text: str) -> str:
    """The text of a string as it stands in JSON."""
    if "\\" not in text:
        return text[1:-1]
    value: str = json.loads(text, strict=False)
    return value


def _unescaped(escape: re.Match[str]) -> str:
    """An escape sequence of a string as what it stands for, in as many characters, where that matters to its units."""
    return {"n": " \n", "r": "  ", "t": "  ", '"': '""', "/": "//"}.get(escape[1], escape[0])


def _spoken(text: str) -> str:
    """A piece of a string as it is read."""
    return _unquoted(f'"{text}"') if "\\" in text else text


def _words_of_scalar(value: str) -> str:
    return "none" if value in ("null", "") else value


def _is_empty(value: object) -> bool:
    return value is None or value in ("", [], {})


def _members_in_words(value: Any, path: str) -> Iterator[str]:
    """The members of a value with their keys, one after another."""
    if isinstance(value, dict) and value:
        for key, member in value.items():
            yield from _members_in_words(member, f"{path} {worded(key)}" if path else worded(key))
    elif isinstance(value, list) and value:
        is_flat = not any(isinstance(item, (dict, list)) for item in value)
        if is_flat:
            items = ", ".join(map(_scalar_in_words, value))
            yield f"{path}: {items}" if path else items
        else:
            for item in value:
                yield from _members_in_words(item, path)
    else:
        words = _scalar_in_words(value)
        yield f"{path}: {words}" if path else words


def _scalar_in_words(value: Any) -> str:
    if value is True or value is False:
        return str(value).lower()
    return "none" if _is_empty(value) else str(value)
