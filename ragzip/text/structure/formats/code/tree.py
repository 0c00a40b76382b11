"""Code as a tree: statements, and blocks of statements under their heads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.structure.base import visible_length

__all__ = ["MAX_DEPTH", "Body", "BracketPair", "CodeNode", "Kind", "grouped", "indent_of", "is_short", "says_nothing"]

Kind = Literal["import", "statement", "comment", "function", "class", "block"]

MAX_DEPTH = 40  # of blocks in blocks; deeper ones are kept whole
_MAX_LINES = 40  # of a function that is kept whole
_MAX_INNER_LINES = 20  # of a statement inside a longer one
_MAX_CLASS_LINES = 12
_MAX_CHARACTERS = 2_000
_MAX_GROUP_LINES = 8
_MAX_GROUP_CHARACTERS = 400
_SEPARATOR = pattern_of(r"\A[\s\0]*+(?:[#/*;=_~\s\0-]{4,}+$|#\s*(?:end)?region\b)")
_LICENSE = pattern_of(
    r"#!|copyright|licen[sc]e|spdx|all rights reserved|-\*-|vim?:|eslint|prettier|@generated", re.IGNORECASE
)


class BracketPair(NamedTuple):
    """A pair of brackets: the tokens that open and close it (the end of the text where nothing does)."""

    opening: int
    closing: int


@dataclass(slots=True)
class Body:
    """The statements under one head; a block has several where it goes on with "else", "except" …

    :param mark_indent: white space before a mark in the place of statements (None: they stand in the line of the head).
    """

    head: Span
    nodes: list[CodeNode]
    mark_indent: str | None


@dataclass(slots=True)
class CodeNode:
    """A statement (without ``bodies``), or a block.

    :param close: what ends the block, such as "}"; the heads and it are written whenever something of it is.
    """

    start: int
    end: int
    kind: Kind
    name: str = ""
    signature: Span = field(default_factory=lambda: Span(0, 0))
    bodies: list[Body] = field(default_factory=list)
    close: Span | None = None


def is_short(source: str, start: int, end: int, kind: Kind, *, is_inner: bool, longest_unit: int | None = None) -> bool:
    """Whether the block ``source[start:end]`` is kept whole; ``is_inner``: it stands inside a longer function."""
    max_lines = _MAX_CLASS_LINES if kind == "class" else _MAX_INNER_LINES if is_inner else _MAX_LINES
    if longest_unit is not None and visible_length(source[start:end]) > longest_unit:
        return False
    return end - start <= _MAX_CHARACTERS and source.count("\n", start, end) < max_lines


def grouped(source: str, nodes: list[CodeNode]) -> list[CodeNode]:
    """``nodes``, short statements that follow each other without a blank line as one."""
    groups: list[CodeNode] = []
    for node in nodes:
        last = groups[-1] if groups else None
        is_simple = not node.bodies and node.kind in ("statement", "comment")
        if (
            last is not None
            and is_simple
            and last.kind in ("statement", "comment")
            and not last.bodies
            and node.end - last.start <= _MAX_GROUP_CHARACTERS
            and source.count("\n", last.end, node.start) <= 1
            and source.count("\n", last.start, node.end) < _MAX_GROUP_LINES
        ):
            kind: Kind = "statement" if "statement" in (last.kind, node.kind) else "comment"
            groups[-1] = CodeNode(last.start, node.end, kind, last.name)
        else:
            groups.append(node)
    return groups


def says_nothing(comment: str) -> bool:
    """Whether a comment is a separator or a licence: it does not belong to the code after it."""
    return bool(_SEPARATOR.match(comment) or _LICENSE.search(comment))


def indent_of(source: str, nodes: Sequence[CodeNode], head_end: int) -> str | None:
    """The white space before the first of ``nodes``, None where it stands in the line of its head."""
    if not nodes:
        return None
    space_before = source[head_end : nodes[0].start]
    line_start = max(space_before.rfind("\n"), space_before.rfind("\r")) + 1
    return space_before[line_start:].replace("\0", "") if line_start else None
