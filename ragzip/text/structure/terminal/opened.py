"""Blocks of output that are larger than a budget: what went wrong, with its place, and the further lines, which need
that: "error[E0308]: mismatched types" with "--> src/lib.rs:88:24".
"""

from __future__ import annotations

from collections.abc import Iterator

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span, column_of
from ragzip.text.splitters.scanner import line_spans, trim
from ragzip.text.structure.terminal.blocks import OutputBlock

__all__ = ["opened_block"]

_OPENED = frozenset(["diagnostic", "message", "block", "line"])
_PLACE_LINE = pattern_of(r"\s*(?:-->|at|in) \S{1,200}:\d|\s*-->")
_MARKS = pattern_of(r"\s*\||[\s~^+-]*$")  # a margin without a number: carets and what they say of the line above
_LAST_PARENTHESIS = pattern_of(r"(?<=\S) \((?=[^()\n]{20,}\)$)")
_MIN_CHARACTERS_OF_HEAD = 20
_MORE_OF_MESSAGE = 2  # than of other blocks: its paragraphs stand by themselves


def opened_block(source: str, block: OutputBlock, longest: int) -> Iterator[OutputBlock]:
    """A block of more than ``longest`` characters as its head and, of the kind "further", the lines below that, those
    of marks with the line they stand under; a single line without what it has in parentheses at its end, and that.
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
    pieces: list[list[Span]] = []
    for line in lines[head_count:]:
        is_below = bool(pieces) and 0 < column_of(source, pieces[-1][0].start) < column_of(source, line.start)
        if not is_below and _MARKS.match(source, *line) is None:
            pieces.append([line])
        elif pieces:
            pieces[-1].append(line)
    yield from (OutputBlock(piece[0].start, piece[-1].end, piece[0].end, "further") for piece in pieces)


def _opened_line(source: str, block: OutputBlock) -> Iterator[OutputBlock]:
    parenthesis = _LAST_PARENTHESIS.search(source, block.start + _MIN_CHARACTERS_OF_HEAD, block.end)
    if parenthesis is None:
        yield block
        return
    yield block._replace(end=parenthesis.start(), line_end=parenthesis.start())
    yield OutputBlock(parenthesis.end() - 1, block.end, block.end, "further")
