"""Long docstrings by paragraphs, which stand under the first one."""

from __future__ import annotations

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.structure.formats.code.tree import Body, CodeNode

__all__ = ["docstring_node"]

_MIN_LINES = 40  # of a docstring that is kept by paragraphs
_QUOTES = pattern_of(r"[rRuU]?(\"\"\"|''')")
_GAP = pattern_of(r"(?:\r\n?|\n)(?>(?:[\0 \t]*+(?:\r\n?|\n))+)(?=[\0 \t]*+(\S))")


def docstring_node(source: str, line: Span) -> CodeNode | None:
    """The block of a long docstring, which is the whole of a statement: its first paragraph and the others."""
    quotes = _QUOTES.match(source, *line)
    if quotes is None or source.count("\n", *line) < _MIN_LINES:
        return None
    close = Span(line.end - 3, line.end)
    first_quotes = source.find(quotes.group(1), quotes.end())
    if first_quotes != close.start or "\\" in source[quotes.end() : close.start]:
        return None
    paragraphs = _paragraphs(source, Span(line.start, close.start))
    if len(paragraphs) < 2:
        return None
    nodes = [CodeNode(*paragraph, "statement") for paragraph in paragraphs[1:]]
    indent = source[source.rindex("\n", 0, nodes[0].start) + 1 : nodes[0].start].replace("\0", "")
    body = Body(paragraphs[0], nodes, indent)
    return CodeNode(*line, "function", signature=Span(line.end, line.end), bodies=[body], close=close)


def _paragraphs(source: str, text: Span) -> list[Span]:
    """The paragraphs of a text, without white space at their ends."""
    gaps = list(_GAP.finditer(source, *text))
    starts = [text.start, *(gap.start(1) for gap in gaps)]
    ends = [*(gap.start() for gap in gaps), text.end]
    spans = (_trimmed(source, start, end) for start, end in zip(starts, ends, strict=True))
    return [span for span in spans if span.start < span.end]


def _trimmed(source: str, start: int, end: int) -> Span:
    while end > start and source[end - 1] in " \t\r\n\f\v\0":
        end -= 1
    return Span(start, end)
