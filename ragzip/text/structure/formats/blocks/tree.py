"""The lines of a plain text as a tree, by indentation, brackets and marks that open records."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import ITEM_MARK
from ragzip.text.splitters.scanner import line_spans, trim

__all__ = ["BlockLine", "BlockNode", "block_lines", "block_tree", "is_item"]

_TAB_COLUMNS = 8
_MAX_DEPTH = 40  # lines deeper than that stand under the last one that is not
_LEVEL_COLUMNS = 10_000  # what a bracket or a mark puts lines under it to the right
_UNDERLINE = pattern_of(r"([=~^\"'`*+#-])\1{2,200}")
_COLUMNS = pattern_of(r" {2}|\t")
_MAX_TITLE_CHARACTERS = 80
_OPENING_MARK = pattern_of(r"BEGIN:([A-Z][A-Z0-9-]{0,40})$")
_CLOSING_MARK = pattern_of(r"END:([A-Z][A-Z0-9-]{0,40})$")
_ENTRY_MARK = pattern_of(r"@[A-Za-z]{2,30}\s{0,3}\{")
_OPENING_TAG = pattern_of(r"<([A-Z]\w{1,40})(?:\s[^<>]{0,200})?>$")  # of the sections of a server's settings
_CLOSING_TAG = pattern_of(r"</([A-Z]\w{1,40})>$")
_CLOSING_BRACKETS = pattern_of(r"([}\])])[}\]);,]{0,4}$")
_CLOSING_FORMS = (_CLOSING_MARK, _CLOSING_TAG, _CLOSING_BRACKETS)
_BRACKETS = {"{": "}", "[": "]", "(": ")"}


class BlockLine(NamedTuple):
    """A line that is not blank, without white space at its ends; ``column`` is that of its first character."""

    start: int
    end: int
    column: int
    text: str
    is_after_blank: bool


@dataclass
class BlockNode:
    """A line with those under it, and the line that closes it.

    :param is_record: whether a mark opens it.
    """

    line: BlockLine
    depth: int
    is_record: bool = False
    children: list[BlockNode] = field(default_factory=list)
    closing: BlockLine | None = None

    def lines(self) -> Iterator[BlockLine]:
        """All lines of it, in order."""
        nodes: list[BlockNode | BlockLine] = [self]
        while nodes:
            node = nodes.pop()
            if isinstance(node, BlockLine):
                yield node
                continue
            yield node.line
            nodes += [node.closing] if node.closing is not None else []
            nodes += reversed(node.children)

    @property
    def end(self) -> int:
        """The end of its last line."""
        node = self
        while node.closing is None and node.children:
            node = node.children[-1]
        return (node.closing or node.line).end


def block_lines(source: str) -> list[BlockLine]:
    """The lines of ``source`` that are not blank; a title and the line under it are one, and so are the head of a block
    and a brace of its own below it.
    """
    lines: list[BlockLine] = []
    is_after_blank = True
    for start, end in line_spans(source, 0, len(source)):
        span = trim(source, start, end)
        if span is not None:
            column = len(source[start : span.start].expandtabs(_TAB_COLUMNS))
            line = BlockLine(*span, column, source[span.start : span.end], is_after_blank)
            if not is_after_blank and _is_underline(line, lines[-1]):
                lines[-1] = lines[-1]._replace(end=line.end)
            elif not is_after_blank and line.text == "{" and line.column == lines[-1].column:
                lines[-1] = lines[-1]._replace(end=line.end, text=f"{lines[-1].text} {{")
            else:
                lines.append(line)
        is_after_blank = span is None
    return lines


def _is_underline(line: BlockLine, above: BlockLine) -> bool:
    """Whether a line underlines the one above it, a title that stands apart."""
    if not (above.is_after_blank and above.column == line.column and _UNDERLINE.fullmatch(line.text)):
        return False
    return _COLUMNS.search(above.text) is None and len(above.text) <= _MAX_TITLE_CHARACTERS


def is_item(line: BlockLine) -> bool:
    """Whether a line is an item of a list."""
    return ITEM_MARK.match(line.text) is not None


def block_tree(lines: Sequence[BlockLine], openers: Collection[int] = ()) -> list[BlockNode]:
    """The nodes of ``lines`` that stand under no other.

    :param openers: the places of lines that open a record; it ends before the next one.
    """
    closings = _closings(lines)
    openings = {opening: closing for closing, opening in closings.items()}
    record_level = level = 0
    roots: list[BlockNode] = []
    path: list[BlockNode] = []
    for number, line in enumerate(lines):
        if number in openers:
            record_level, level = 0, 0
        if number in closings and level:
            level -= 1
        # an item stands under the label above it, even in its column
        depth = (level + record_level) * _LEVEL_COLUMNS + 2 * line.column + is_item(line)
        while path and (path[-1].depth > depth or _begins_list(line, depth, path[-1])):
            path.pop()
        if number in closings and path and path[-1].line is lines[closings[number]]:
            path.pop().closing = line
            continue
        if path and path[-1].depth == depth:
            path.pop()
        is_entry = number in openings and bool(_OPENING_MARK.match(line.text) or _ENTRY_MARK.match(line.text))
        node = BlockNode(line, depth, number in openers or is_entry)
        (path[-1].children if path else roots).append(node)
        if len(path) < _MAX_DEPTH:
            path.append(node)
        level += number in openings
        record_level = 1 if number in openers else record_level
    return roots


def _begins_list(line: BlockLine, depth: int, label: BlockNode) -> bool:
    """Whether an item apart from the lines under the label above it, and less indented, begins a list of its own."""
    return line.is_after_blank and is_item(line) and bool(label.children) and label.children[-1].depth > depth


def _closings(lines: Sequence[BlockLine]) -> dict[int, int]:
    """The place of the line that opens something, by that of the line which closes it."""
    closings: dict[int, int] = {}
    open_lines: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        closing = next(filter(None, (form.match(line.text) for form in _CLOSING_FORMS)), None)
        if closing is not None:
            if open_lines and open_lines[-1][1] == closing[1]:
                closings[number] = open_lines.pop()[0]
            continue
        opening = _OPENING_MARK.match(line.text) or _OPENING_TAG.match(line.text)
        if opening is not None:
            open_lines.append((number, opening[1]))
        elif line.text[-1] in _BRACKETS:
            open_lines.append((number, _BRACKETS[line.text[-1]]))
        elif _ENTRY_MARK.match(line.text) and line.text.count("{") == line.text.count("}") + 1:
            open_lines.append((number, "}"))
    return closings
