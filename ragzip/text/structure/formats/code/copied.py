"""Rows that a dump of PostgreSQL copies into a table: lines below "COPY table (columns) FROM stdin;"."""

from __future__ import annotations

import re

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import line_spans, trim
from ragzip.text.structure.formats.code.braces import brace_nodes
from ragzip.text.structure.formats.code.languages import Language
from ragzip.text.structure.formats.code.tree import Body, CodeNode

__all__ = ["sql_nodes"]

_COPIED = pattern_of(
    r"^copy\s(?P<name>[\w.\"]{1,200}\s*+(?:\([^()]*+\))?)\s*+from\sstdin\b[^;\n]*+;[ \t]*+\n"
    r"(?P<rows>(?>(?:(?!\\\.)[^\n]*+\n)*))(?P<end>\\\.)?",
    re.IGNORECASE | re.MULTILINE,
)
_NO_LINE_END = pattern_of(r"[^\n]")


def sql_nodes(source: str, language: Language, longest_unit: int | None = None) -> list[CodeNode]:
    """The statements and blocks of SQL; rows that are copied into a table stand below the statement that says so."""
    blocks = list(_COPIED.finditer(source))
    if not blocks:
        return brace_nodes(source, language, longest_unit)
    statements = _COPIED.sub(_without_rows, source)
    node_ends = {node.end: node for node in brace_nodes(statements, language, longest_unit)}
    nodes = list(node_ends.values())
    for block in blocks:
        head = trim(source, block.start(), block.start("rows"))
        node = node_ends.get(head.end) if head else None
        if node is not None:
            nodes[nodes.index(node)] = _with_rows(source, node, block)
    return nodes


def _without_rows(block: re.Match[str]) -> str:
    """A block with NUL characters, which are read as white space, in the place of its rows."""
    statement_length = block.start("rows") - block.start()
    return block[0][:statement_length] + _NO_LINE_END.sub("\0", block[0][statement_length:])


def _with_rows(source: str, node: CodeNode, block: re.Match[str]) -> CodeNode:
    """The statement with its rows as those that stand in it."""
    lines = (trim(source, *line) for line in line_spans(source, *block.span("rows")))
    rows = [CodeNode(line.start, line.end, "statement") for line in lines if line is not None]
    if not rows:
        return node
    head = Span(node.start, node.end)
    end = block.end("end") if block["end"] else rows[-1].end
    close = Span(block.start("end"), end) if block["end"] else None
    return CodeNode(node.start, end, "class", block["name"].replace('"', ""), head, [Body(head, rows, "")], close)
