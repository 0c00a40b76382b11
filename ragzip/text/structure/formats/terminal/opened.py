"""Blocks of output that are larger than a budget: what went wrong, with its place, and the further lines, which need
that: "error[E0308]: mismatched types" with "--> src/lib.rs:88:24". The lines below the head of a test that say why it
failed, "Expected: 4" and "Received: 5", stand together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span, column_of
from ragzip.text.splitters.scanner import line_spans, trim
from ragzip.text.structure.formats.terminal.blocks import LINE_OF_SOURCE, OutputBlock

__all__ = ["opened_block"]

_OPENED = frozenset(["diagnostic", "message", "block", "failure", "panic", "exception", "line"])
_PLACE_LINE = pattern_of(
    r"\s*(?:-->|at|in) \S{1,200}:\d|\s*-->|(?:FAIL|ERROR): |Require stack:|- (?:/|[A-Z]:\\)\S+$", re.MULTILINE
)
_MARKS = pattern_of(r"\s*\||[\s~^+-]*$")  # a margin without a number: carets and what they say of the line above
_REASON = pattern_of(  # why a test failed
    r"E {2,}\S|(?:[Ee]xpected|[Rr]eceived|[Aa]ctual|left|right|got|want)\b[^\n:]{0,40}: "
    r"|[\w.$]{0,80}(?:Error|Exception): |\w{1,80}_test\.go:\d{1,7}: \S"
)
_LAST_PARENTHESIS = pattern_of(r"(?<=\S) \((?=[^()\n]{20,}\)$)")
_MIN_CHARACTERS_OF_HEAD = 20
_MIN_CHARACTERS_OF_REASON = 160  # "Expected: 4" and "Received: 5"
_MORE_OF_MESSAGE = 2  # than of other blocks: its paragraphs stand by themselves


def opened_block(source: str, block: OutputBlock, longest: int) -> Iterator[OutputBlock]:
    """A block of more than ``longest`` characters as its head and, of the kind "further" or "reason", the lines below
    that; a single line without what it has in parentheses at its end, and that.
    """
    longest_whole = _MORE_OF_MESSAGE * longest if block.kind == "message" else longest
    if block.kind not in _OPENED or block.end - block.start <= longest_whole:
        yield block
        return
    lines = [span for line in line_spans(source, block.start, block.end) if (span := trim(source, *line))]
    if len(lines) == 1:
        yield from _opened_line(source, block)
        return
    head_count = 1
    while head_count < len(lines) and (
        _PLACE_LINE.match(source, *lines[head_count])
        or (block.kind == "message" and lines[head_count].end - block.start <= longest)
    ):
        head_count += 1
    yield block._replace(end=lines[head_count - 1].end)
    yield from _further(source, lines[head_count:], longest)


def _further(source: str, lines: Sequence[Span], longest: int) -> Iterator[OutputBlock]:
    """The lines below the head of a block; marks with the line they stand under, reasons as long as ``longest``
    together.
    """
    piece: OutputBlock | None = None
    for line in lines:
        kind = "reason" if _REASON.match(source, *line) else "further"
        if piece is not None and _belongs_to(source, piece, line, kind, longest):
            piece = piece._replace(end=line.end)
            continue
        if piece is not None:
            yield piece
        elif _MARKS.match(source, *line) is not None:
            continue
        piece = OutputBlock(*line, line.end, kind)
    if piece is not None:
        yield piece


def _belongs_to(source: str, piece: OutputBlock, line: Span, kind: str, longest: int) -> bool:
    if _MARKS.match(source, *line) is not None:
        return True
    if kind == piece.kind == "reason":
        return line.end - piece.start <= max(longest, _MIN_CHARACTERS_OF_REASON)
    is_below = 0 < column_of(source, piece.start) < column_of(source, line.start)
    return is_below and kind == "further" and LINE_OF_SOURCE.match(source, *line) is None


def _opened_line(source: str, block: OutputBlock) -> Iterator[OutputBlock]:
    parenthesis = _LAST_PARENTHESIS.search(source, block.start + _MIN_CHARACTERS_OF_HEAD, block.end)
    if parenthesis is None:
        yield block
        return
    yield block._replace(end=parenthesis.start(), line_end=parenthesis.start())
    yield OutputBlock(parenthesis.end() - 1, block.end, block.end, "further")
