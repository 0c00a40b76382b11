"""JSON, and values one after another (JSON Lines). What is kept parses."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from ragzip.text.spans import Span
from ragzip.text.structure.base import Structure
from ragzip.text.structure.tree_form import TreeForm, Writing
from ragzip.text.structure.trees import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_RECORD_CHARACTERS,
    Branch,
    Leaf,
    TreeNode,
    sentences,
    tree,
    worded,
)

__all__ = ["read", "recognises"]

_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)  # numbers as they are written
_STRING = r'"(?:[^"\\]++|\\.)*+"'
_WHITE_SPACE = re.compile(r"[ \t\r\n]*+")
_ELEMENT = re.compile(
    rf"""[\s,]*+(?:({_STRING})\s*+:\s*+)?+(?:
    ([{{\[][^{{}}\[\]"]*+(?:{_STRING}[^{{}}\[\]"]*+)*+[}}\]])  # of scalars alone
    |({_STRING})|([^\s,:{{}}\[\]"]++)|([{{\[])|([}}\]]))""",
    re.DOTALL | re.VERBOSE,
)
_FLAT_GROUP, _STRING_GROUP, _WORD_GROUP, _OPENING_GROUP, _CLOSING_GROUP = 2, 3, 4, 5, 6
_NOISE_OR_STRING = re.compile(rf"{_STRING[:-1]}(?:\"|\Z)|\s{{2,}}+|[\r\n\t]|(?<=[:,\[])[ ](?=[\d\-])", re.DOTALL)
_BLOB_STRING = re.compile(r'"(?:data:[\w/+.;=-]*,)?[A-Za-z0-9+/_-]{200,}={0,2}"')
_EMPTY_MEMBER = re.compile(r':\s*+(?:null|""|\[\s*+\]|\{\s*+\})')
_HAS_BLOB = re.compile(r'"(?:data:[\w/+.;=-]*+,)?+[A-Za-z0-9+/_-]{200}')
_EMPTY_VALUE = re.compile(r"(?<=: )(?:null|\[\]|\{\}|)(?=, |$)")
_CAMEL_KEY = re.compile(r'"([^"\s]++)"(?=\s*+:)')
_HAS_CAMEL_KEY = re.compile(r'[a-z\d][A-Z][^"\s]{0,60}+"\s*+:')
_KEY_END = re.compile(r'"\s*+:\s*+')
_ESCAPED_SPACE = re.compile(r"\\(.)", re.DOTALL)
_MIN_ITEMS = 2
_SAMPLED_CHARACTERS = 100_000


def recognises(source: str) -> bool:
    """Whether a text is JSON, with an object or several values in it, or a JSON object a line."""
    first_character = source.lstrip("\ufeff \t\r\n")[:1]
    if first_character not in ("{", "["):
        return False
    value_spans = _ends_of_values(source)
    return bool(value_spans) and (":" in source or source.count(",") >= _MIN_ITEMS - 1)


def read(source: str) -> Structure | None:
    """The structure of JSON; None of text that does not parse, of a mere scalar, and of values too deep or large."""
    value_spans = _ends_of_values(source)
    if not value_spans:
        return None
    reader = _Json(source)
    value_nodes = []
    for value_start, _ in value_spans:
        value_node = reader.node(value_start)
        if value_node is None:
            return None
        value_nodes.append(value_node)
    root = TreeNode(
        0, len(source), "", "stream", sum(value_node.size for value_node in value_nodes), children=value_nodes
    )
    if all(value_node.kind == "scalar" for value_node in value_nodes):
        return None
    value_tree = tree(root, reader)
    noise_spans = [noise_span for record_nodes in value_tree.records for noise_span in reader.noise(record_nodes)]
    return Structure("json", value_tree.units, JsonForm(source, value_tree, sorted(noise_spans)))


def _ends_of_values(source: str) -> list[tuple[int, int]]:
    """The spans of the values of the text; none where it is no JSON."""
    if len(source) > MAX_CHARACTERS:
        return []
    value_spans: list[tuple[int, int]] = []
    value_start = _after_space(source, 1 if source.startswith("\ufeff") else 0)
    while value_start < len(source):
        if source[value_start] not in "{[":
            return []
        try:
            _, value_end = _DECODER.raw_decode(source, value_start)
        except (ValueError, RecursionError):
            return []
        value_spans.append((value_start, value_end))
        value_start = _after_space(source, value_end)
        if value_start < len(source) and "\n" not in source[value_end:value_start]:
            return []
    return value_spans


def _after_space(source: str, place: int) -> int:
    space_match = _WHITE_SPACE.match(source, place)
    return space_match.end() if space_match else place


class _Json:
    """The nodes of a text that is known to parse."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.has_empty = _EMPTY_MEMBER.search(source) is not None
        self.has_blobs = _HAS_BLOB.search(source) is not None
        self.has_camel_keys = _HAS_CAMEL_KEY.search(source, 0, _SAMPLED_CHARACTERS) is not None

    def node(self, start: int) -> TreeNode | None:
        """The value at ``start``; None where it is too deep."""
        holder = TreeNode(start, start, "", "list", 0)
        open_nodes = [holder]
        position = start
        while True:
            element = _ELEMENT.match(self.source, position)
            assert element is not None  # the text parses
            group_number, position = element.lastindex, element.end()
            if group_number == _CLOSING_GROUP:
                value_node = open_nodes.pop()
                value_node.end, value_node.closing = position, Span(position - 1, position)
                open_nodes[-1].size += value_node.size
            elif group_number == _OPENING_GROUP or (group_number == _FLAT_GROUP and self._is_large(element)):
                position = element.start(group_number) + 1
                value_node = self._container(element, position)
                open_nodes[-1].children.append(value_node)  # type: ignore[union-attr]
                open_nodes.append(value_node)
                if len(open_nodes) > MAX_DEPTH:
                    return None
            else:
                value_node = self._leaf(element, group_number or _WORD_GROUP)
                open_nodes[-1].size += value_node.size + 1
                open_nodes[-1].children.append(value_node)  # type: ignore[union-attr]
            if len(open_nodes) == 1:
                return value_node

    def _is_large(self, element: re.Match[str]) -> bool:
        flat_text = element[_FLAT_GROUP]
        if len(flat_text) <= MAX_RECORD_CHARACTERS:
            return False
        return len("".join(flat_text.split())) > MAX_RECORD_CHARACTERS or len(flat_text) > 10 * MAX_RECORD_CHARACTERS

    def _container(self, element: re.Match[str], place: int) -> TreeNode:
        label, node_start = self._key(element, place - 1)
        node_kind = "object" if self.source[place - 1] == "{" else "list"
        opening_size = 2 + len(label)
        return TreeNode(node_start, place, label, node_kind, opening_size, Span(node_start, place))  # type: ignore[arg-type]

    def _leaf(self, element: re.Match[str], group: int) -> TreeNode:
        value_start, value_end = element.span(group)
        label, node_start = self._key(element, value_start)
        value_text = element[group]
        if group == _FLAT_GROUP:
            node_size = (
                value_end - node_start if "\n" not in value_text else len("".join(value_text.split())) + len(label)
            )
            if node_size - len(label) < len(value_text) and not value_text[1:-1].strip():
                return TreeNode(node_start, value_end, label, "scalar", node_size, value="none")
            node_kind = "object" if value_text[0] == "{" else "list"
            opening, closing = Span(node_start, value_start + 1), Span(value_end - 1, value_end)
            return TreeNode(node_start, value_end, label, node_kind, node_size, opening, closing, None)  # type: ignore[arg-type]
        is_blob = group == _STRING_GROUP and len(value_text) > 200 and _BLOB_STRING.fullmatch(value_text) is not None
        value = _unquoted(value_text) if group == _STRING_GROUP else value_text
        return TreeNode(
            node_start,
            value_end,
            label,
            "scalar",
            value_end - node_start,
            value=value,
            is_string=group == _STRING_GROUP,
            is_blob=is_blob,
        )

    def _key(self, element: re.Match[str], value_start: int) -> tuple[str, int]:
        key_text = element[1]
        return ("", value_start) if key_text is None else (_unquoted(key_text), element.start(1))

    def children(self, node: TreeNode) -> Sequence[TreeNode]:
        if node.children is None:
            node.children = self._members(node)
        return node.children

    def _members(self, node: TreeNode) -> list[TreeNode]:
        """The members of an object, or the items of a list, of scalars alone."""
        members: list[TreeNode] = []
        member_match = _ELEMENT.match(self.source, node.opening.end)
        while member_match is not None and member_match.lastindex != _CLOSING_GROUP:
            members.append(self._leaf(member_match, member_match.lastindex or _WORD_GROUP))
            member_match = _ELEMENT.match(self.source, member_match.end())
        return members

    def reading(self, node: TreeNode) -> str:
        if node.kind == "scalar":
            scalar_words = (
                _words_of_scalar(node.value)
                if node.value or node.label
                else _spoken(self.source[node.start : node.end])
            )
            return f"{worded(node.label)}: {scalar_words}" if node.label else scalar_words
        container_text = self.source[node.opening.end - 1 : node.end]
        member_words = self._flat_in_words(container_text) if node.children is None else None
        if member_words is None:
            parsed_value, _ = _DECODER.raw_decode(self.source, node.opening.end - 1)
            member_words = ", ".join(_members_in_words(parsed_value, ""))
        return f"{worded(node.label)} {member_words}" if node.label else member_words

    def _flat_in_words(self, text: str) -> str | None:
        """The members of an object of scalars with their keys, from its text; None where that is not so simple."""
        if "\\" in text or text[0] == "[":
            return None
        member_words = " ".join(text[1:-1].split()) if "\n" in text else text[1:-1]
        if self.has_camel_keys:
            member_words = _CAMEL_KEY.sub(lambda key: f'"{worded(key[1])}"', member_words)
        member_words = _KEY_END.sub(": ", member_words).replace(',"', ', "').replace('"', "")
        return _EMPTY_VALUE.sub("none", member_words) if self.has_empty else member_words

    def texts(self, node: TreeNode) -> tuple[Span, Span, Sequence[TreeNode]] | None:
        value_start = self.source.index('"', node.start)
        if node.label or self.source[value_start : node.end] != self.source[node.start : node.end]:
            key_match = _ELEMENT.match(self.source, node.start)
            assert key_match is not None
            value_start = key_match.start(_STRING_GROUP)
        string_text = _ESCAPED_SPACE.sub(_as_space, self.source[value_start + 1 : node.end - 1])
        return Span(node.start, value_start + 1), Span(node.end - 1, node.end), sentences(string_text, value_start + 1)

    def mark(self, node: TreeNode) -> Span | None:
        return node.closing

    def short_mark(self, node: TreeNode) -> Span | None:
        return Span(node.opening.end - 1, node.opening.end)

    def noise(self, records: Sequence[TreeNode]) -> Iterator[Span]:
        """What is empty in all of ``records``, and blobs."""
        if not (self.has_empty or self.has_blobs):
            return
        record_values = [_DECODER.raw_decode(self.source, record_node.opening.end - 1)[0] for record_node in records]
        valued_keys = {
            key for record_value in record_values for key, member in record_value.items() if not _is_empty(member)
        }
        all_keys = {key for record_value in record_values for key in record_value}
        empty_keys = all_keys - valued_keys if len(records) > 1 else set()
        for record_node, record_value in zip(records, record_values, strict=True):
            if not empty_keys.isdisjoint(record_value) or any(
                len(str(member)) > 200 for member in record_value.values()
            ):
                yield from self._noise_of(record_node, empty_keys)

    def _noise_of(self, node: TreeNode, empty: set[str]) -> Iterator[Span]:
        kept_members = [member for member in self.children(node) if not (member.is_blob or member.label in empty)]
        if not kept_members:
            return
        yield Span(node.opening.end, kept_members[0].start)
        for member, next_member in itertools.pairwise(kept_members):
            yield Span(self.source.index(",", member.end) + 1, next_member.start)
        yield Span(kept_members[-1].end, node.closing.start)


class JsonForm(TreeForm):
    """Kept values of JSON without line breaks and indentation."""

    gap = re.compile(r"(?:\s|\\[nrt])++")

    def separator(self, writing: Writing, parent: Branch, branch: Branch | Leaf, *, is_first: bool) -> str:
        if is_first or parent.kind == "text":
            return ""
        return "\n" if parent.kind == "stream" else ","

    def omission(self, branch: Branch, omitted: int, *, is_first: bool) -> str:
        omission_text = f'"… {omitted} of {branch.item_count} items left out"'
        return omission_text if is_first else f",{omission_text}"

    def short_omission(self, *, is_first: bool) -> str:
        return '"…"' if is_first else ',"…"'

    def visible(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for visible_start, visible_end in super().visible(start, end):
            piece_start = visible_start
            for noise_match in _NOISE_OR_STRING.finditer(self.source, visible_start, visible_end):
                if noise_match[0][0] != '"':
                    yield piece_start, noise_match.start()
                    piece_start = noise_match.end()
            yield piece_start, visible_end


def _unquoted(text: str) -> str:
    """The text of a string as it stands in JSON."""
    if "\\" not in text:
        return text[1:-1]
    string_value: str = json.loads(text, strict=False)
    return string_value


def _as_space(escape: re.Match[str]) -> str:
    """An escape in a string: one of white space as white space, in as many characters."""
    return {"n": " \n", "r": "  ", "t": "  "}.get(escape[1], escape[0])


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
        is_flat = not any(isinstance(list_item, (dict, list)) for list_item in value)
        if is_flat:
            item_words = ", ".join(map(_scalar_in_words, value))
            yield f"{path}: {item_words}" if path else item_words
        else:
            for list_item in value:
                yield from _members_in_words(list_item, path)
    else:
        scalar_words = _scalar_in_words(value)
        yield f"{path}: {scalar_words}" if path else scalar_words


def _scalar_in_words(value: Any) -> str:
    if value is True or value is False:
        return str(value).lower()
    return "none" if _is_empty(value) else str(value)
