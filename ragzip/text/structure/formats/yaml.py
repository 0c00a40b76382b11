"""YAML in blocks, also of several documents. The kept part can be loaded, each value under its path.

Anchors that are used stay whole and are kept with their uses. Comments are kept with the value below or before them.
Text in flow style is one value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import yaml

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span, column_of
from ragzip.text.structure.base import Relation, Structure, StructuredUnit
from ragzip.text.structure.formats.trees.form import TreeForm, Writing
from ragzip.text.structure.formats.trees.nodes import NodeKind, RefusalError, TreeNode
from ragzip.text.structure.formats.trees.texts import LongText
from ragzip.text.structure.formats.trees.units import MAX_DEPTH, Branch, Leaf, tree
from ragzip.text.structure.keys import worded

__all__ = ["read", "recognises"]

_MAX_CHARACTERS = 2**23  # more take too long
_SAMPLED_CHARACTERS = 20_000
_MIN_KEYS = 4
_MIN_RECORDS = 2
_KEY_LINE = pattern_of(  # keys may be paths, codes and references too: "/pickups:", "200:", "$ref:", "test:unit:"
    r"([ ]*+(?>(?:-[ ]++)*))(?:[\w/$.][\w./{}$+-]*+(?>(?::[\w./{}$+-]++)*)|<<|"
    r"""["'][\w./{}$@+ -]++["']):(?=[ \n]|$)(.*)"""
)
_OTHER_LINE = pattern_of(r"\s*+(?>(?:#.*|---|\.\.\.|-[ ]++\S.*|[\]}],?)?)$")
_BLOCK_SCALAR = pattern_of(r"[ ]*+[|>][+-]?\d?[+-]?\s*+(?>(?:#.*)?)$")
_SKIPPED = pattern_of(r"(?>(?:\s++|(?<!\S)#[^\n]*+)*)")
_COLON = pattern_of(r"[ ]*+:")
_PROPERTIES = pattern_of(r"((?:[&!]\S*+)(?>(?:[ ]++[&!]\S*+)*))")
_COMMENT_BELOW = pattern_of(r"\r?\n( {0,200})#(?![ \t]?[\w.-]{1,60}:(?:\s|$))[^\r\n]*")  # no key that is left out
_BLANK_LINE = pattern_of(r"\r?\n[ \t]*\r?\n")
_MAX_COMMENT_OF_KEY = 120  # characters, of a key with others under it
_TRAILING_COMMENT = pattern_of(r"[ \t]++#[^\n]*+")
_LITERAL = pattern_of(r"\|[+-]?[ ]*+(?:#[^\n]*+|(?=\n))")  # up to the end of its line
_LINE = pattern_of(r"[ ]*+(\S[^\n]*+)")
_KINDS: dict[type, NodeKind] = {yaml.MappingStartEvent: "object", yaml.SequenceStartEvent: "list"}
_Loader: Any = getattr(yaml, "CLoader", yaml.Loader)


def recognises(source: str) -> bool:
    """Whether a text is surely YAML: its beginning is keys alone, some of them under others, or in records alike."""
    sample = source[:_SAMPLED_CHARACTERS]
    lines = sample.split("\n")
    if len(source) > len(sample):
        lines.pop()
    return _has_nested_keys(lines) or _has_records(lines)


def _has_records(lines: Sequence[str]) -> bool:
    """Whether ``lines`` are a list of records: each begins with the same key behind a dash, and has others below it."""
    first_keys: list[str] = []
    key_counts: list[int] = []
    for line in filter(str.strip, lines):
        key = _KEY_LINE.fullmatch(line.rstrip("\r"))
        if key is None or (not line.startswith(("- ", "  ")) and line.strip() != "---"):
            return False
        if line.startswith("- "):
            first_keys.append(line.partition(":")[0])
            key_counts.append(0)
        elif key_counts:
            key_counts[-1] += 1
    return len(first_keys) >= _MIN_RECORDS and len(set(first_keys)) == 1 and all(key_counts)


def _has_nested_keys(lines: Sequence[str]) -> bool:
    """Whether all of ``lines`` belong to keys, and some keys stand under others."""
    key_count, nested_count, block_indent = 0, 0, -1
    indent_before, is_open = 0, False
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        if block_indent >= 0 and (not line.strip() or indent > block_indent):
            continue
        block_indent = -1
        key = _KEY_LINE.fullmatch(line.rstrip("\r"))
        if key is None:
            if not _OTHER_LINE.match(line.rstrip("\r")):
                return False
            continue
        key_count += 1
        nested_count += is_open and len(key[1]) > indent_before
        indent_before, is_open = len(key[1]), not key[2].strip()
        if _BLOCK_SCALAR.fullmatch(key[2]):
            block_indent = indent
    return key_count >= _MIN_KEYS and nested_count > 0


def read(source: str, longest_unit: int | None = None) -> Structure | None:
    """The structure of YAML in blocks; None of text that does not load, is all in flow style, too deep or too large,
    or has directives or keys that are no scalars.
    """
    if len(source) > _MAX_CHARACTERS or source.startswith("%") or "\n%" in source or "\t" in source[:1]:
        return None
    try:
        builder = _Builder(source)
        documents = builder.documents()
    except (yaml.YAMLError, RefusalError, ValueError):
        return None
    if not documents or all(node.kind == "scalar" or node.is_whole for node in documents):
        return None
    size = sum(node.size for node in documents)
    root = TreeNode(0, len(source), "", "stream", size, children=documents)
    grown = tree(root, _Yaml(source, builder.marks), longest_unit)
    form = YamlForm(source, grown, longest_unit=longest_unit)
    return Structure("yaml", grown.units, form, opened=partial(read, source))


class _Builder:
    """Values as nodes, from the events of PyYAML; ``marks`` are the first dashes of lists, by the node."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.place = 1 if source.startswith("\ufeff") else 0  # the end of what was read
        self.path: list[TreeNode] = []
        self.keys: list[Any] = []  # of each open value, the event of a key whose value is next
        self.anchors: dict[str, TreeNode] = {}
        self.marks: dict[int, Span] = {}

    def documents(self) -> list[TreeNode]:
        """The root of each document."""
        documents: list[TreeNode] = []
        for event in yaml.parse(self.source, Loader=_Loader):
            node = None
            if isinstance(event, yaml.DocumentStartEvent):
                self.anchors = {}
                self.place = event.end_mark.index if event.explicit else self.place
            elif isinstance(event, yaml.NodeEvent):
                node = self._started(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                node = self._ended(event)
            if node is not None and not self.path and node.start < node.end:
                documents.append(node)
        return documents

    def _started(self, event: Any) -> TreeNode | None:
        """The node of a scalar; None of a key, and of a list or mapping, which is open now."""
        parent = self.path[-1] if self.path else None
        if parent is not None and parent.kind == "object" and self.keys[-1] is None:
            if not isinstance(event, yaml.ScalarEvent):
                raise RefusalError
            self.keys[-1] = event
            return None
        node = self._placed(event, parent)
        if isinstance(event, yaml.CollectionStartEvent):
            node.is_whole = bool(event.flow_style)
            self.path.append(node)
            self.keys.append(None)
            if len(self.path) > MAX_DEPTH:
                raise RefusalError
        else:
            self._set_scalar(node, event)
        if isinstance(event, yaml.AliasEvent):
            self._add_alias(node, event.anchor)
        elif event.anchor is not None:
            self.anchors[event.anchor] = node
        if parent is not None and (node.start < node.end or node.kind != "scalar"):
            parent.children.append(node)  # type: ignore[union-attr]
            parent.size += node.size + 1
        return node if node.kind == "scalar" else None

    def _placed(self, event: Any, parent: TreeNode | None) -> TreeNode:
        """The node of ``event``, with the key before it, at its place."""
        start, column, label = event.start_mark.index, event.start_mark.column, ""
        opening_end = start
        if parent is not None and parent.kind == "object":
            key, self.keys[-1] = self.keys[-1], None
            start, column, label = key.start_mark.index, key.start_mark.column, key.value
            opening_end = self._colon_end(key.end_mark.index, parent)
            if isinstance(event, yaml.CollectionStartEvent) and not parent.is_whole:
                start = self._with_short_comment(start, column)
        elif parent is not None and not parent.is_whole:
            self._read_dash(parent)
        if isinstance(event, yaml.CollectionStartEvent) and (event.anchor is not None or event.tag is not None):
            properties = _PROPERTIES.match(self.source, event.start_mark.index)
            opening_end = properties.end(1) if properties else opening_end
        kind: NodeKind = _KINDS.get(type(event), "scalar")
        return TreeNode(start, opening_end, label, kind, 0, Span(start, opening_end), column=column)

    def _with_short_comment(self, start: int, column: int) -> int:
        """The start of a key at ``start`` with the comment right above it, where that is short and not of the file."""
        commented = self._comment_start(start, column)
        return commented if commented - column > 0 and start - commented <= _MAX_COMMENT_OF_KEY else start

    def _colon_end(self, place: int, parent: TreeNode) -> int:
        colon = _COLON.match(self.source, place)
        if colon is None and not parent.is_whole:
            raise RefusalError  # a key with a question mark
        return colon.end() if colon else place

    def _read_dash(self, parent: TreeNode) -> None:
        """Go on after the dash of an item."""
        space = _SKIPPED.match(self.source, max(self.place, parent.opening.end))
        dash = space.end() if space else self.place
        if self.source[dash : dash + 1] != "-":
            raise RefusalError
        if not parent.children:
            parent.item_column = column_of(self.source, dash)
            self.marks.setdefault(id(parent), Span(dash, dash + 1))
        self.place = dash + 1

    def _set_scalar(self, node: TreeNode, event: Any) -> None:
        """Give a node the end and the value of a scalar, and the comments above and after it."""
        style = getattr(event, "style", None)
        end = max(event.end_mark.index, node.opening.end)
        while end > node.opening.end and self.source[end - 1].isspace():
            end -= 1
        node.value = event.anchor if isinstance(event, yaml.AliasEvent) else event.value
        node.is_string = style in ("|", ">")
        if not any(outer.is_whole for outer in self.path[-1:]):
            comments = []
            if node.label:
                node.start = self._comment_start(node.start, node.column)
                comments.append(self.source[node.start : node.opening.start])
            if style not in ("|", ">") and (comment := _TRAILING_COMMENT.match(self.source, end)):
                end = comment.end()
                comments.append(comment[0])
            if node.label and style not in ("|", ">"):
                end_below = self._comment_end(end, node.column)
                comments.append(self.source[end:end_below])
                end = end_below
            words = " ".join(" ".join(comments).replace("#", " ").split())
            node.value = f"{node.value or 'none'} ({words})" if words else node.value
        node.end = end
        node.size = node.end - node.start
        self.place = max(self.place, end)

    def _comment_start(self, start: int, column: int) -> int:
        """The start of the comments right above a key at ``start``, in its column; ``start`` without any."""
        line_start = start - column
        if self.source[line_start:start].strip():
            return start  # after a dash
        while line_start > self.place + 1:
            line_above = self.source.rfind("\n", 0, line_start - 1) + 1
            is_comment = self.source[line_above : line_above + column + 1] == " " * column + "#"
            if not is_comment or line_above < self.place:
                break
            line_start = line_above
        return min(start, line_start + column)

    def _comment_end(self, end: int, column: int) -> int:
        """The end of the comments right below a value that ends at ``end``, in the column of its key, up to a blank
        line: they belong to the value.
        """
        place = end
        while (line := _COMMENT_BELOW.match(self.source, place)) and len(line[1]) == column:
            place = line.end()
        is_last = column > 0 and place == len(self.source.rstrip())  # not of the whole
        return place if is_last or _BLANK_LINE.match(self.source, place) else end

    def _add_alias(self, node: TreeNode, name: str) -> None:
        target = self.anchors.get(name)
        if target is None or any(outer is target for outer in self.path):
            raise RefusalError
        target.is_whole = True
        for holder in (node, *self.path):
            holder.needed.append(target)

    def _ended(self, event: Any) -> TreeNode:
        node = self.path.pop()
        self.keys.pop()
        is_flow = node.is_whole and self.source[event.end_mark.index - 1 : event.end_mark.index] in ("]", "}")
        if is_flow:
            node.end = event.end_mark.index
        elif node.children:
            node.end = max(node.end, node.children[-1].end)
        node.closing = Span(node.end, node.end)
        node.size += len(node.label) + 2
        self.place = max(self.place, node.end)
        if self.path:
            self.path[-1].size += node.size
        return node


class _Yaml:
    """The view of YAML nodes."""

    def __init__(self, source: str, marks: Mapping[int, Span]) -> None:
        self.source, self.marks = source, marks

    def children(self, node: TreeNode) -> Sequence[TreeNode]:
        return node.children or ()

    def reading(self, node: TreeNode) -> str:
        return ", ".join(_in_words(node, ""))

    def texts(self, node: TreeNode, longest_unit: int) -> LongText | None:
        """The lines of a literal text; each needs the first, whose indentation says where the text begins."""
        space = _SKIPPED.match(self.source, node.opening.end)
        header = _LITERAL.match(self.source, space.end() if space else node.opening.end)
        if header is None:
            return None
        lines = list(_LINE.finditer(self.source, header.end(), node.end))
        units = [
            StructuredUnit(*line.span(1), Relation(needs=(0,) if number else ()), line[1])
            for number, line in enumerate(lines)
        ]
        columns = [line.start(1) - line.start() for line in lines]
        return LongText(Span(node.start, header.end()), Span(node.end, node.end), units, columns)

    def mark(self, node: TreeNode) -> Span | None:
        return self.marks.get(id(node))

    def short_mark(self, node: TreeNode) -> Span | None:
        return None


def _in_words(node: TreeNode, path: str) -> Iterator[str]:
    """The values of a node with their keys, one after another."""
    path = f"{path} {worded(node.label)}".strip()
    if node.kind == "scalar":
        value = " ".join((node.value or "none").split())
        yield f"{path}: {value}" if path else value
    elif node.kind == "list" and node.children and all(child.kind == "scalar" for child in node.children):
        values = ", ".join(child.value for child in node.children)
        yield f"{path}: {values}" if path else values
    else:
        for child in node.children or ():
            yield from _in_words(child, path)
            path = ""


class YamlForm(TreeForm):
    """Kept values in their columns."""

    gap = None

    def separator(self, writing: Writing, parent: Branch, branch: Branch | Leaf, *, is_first: bool) -> str:
        if parent.kind == "stream":
            return "" if is_first else "\n---\n"
        is_item = parent.kind == "list"
        column = parent.item_column if is_item else branch.column
        is_inline = is_first and parent.opening.start == parent.opening.end
        indent = " " * (column - writing.column) if is_inline else "\n" + " " * column
        return indent + "-" + " " * max(1, branch.column - column - 1) if is_item else indent

    def omission(self, branch: Branch, omitted: int, *, is_first: bool) -> str:
        return f"\n{' ' * branch.item_column}# … {omitted} of {branch.item_count} items left out"
