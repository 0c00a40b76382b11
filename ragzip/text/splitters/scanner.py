"""The Markdown blocks of a text, with exact character offsets: fenced code, tables, lists, headings, JSON, prose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ragzip.text.spans import Span
from ragzip.text.words import NEWLINES

__all__ = ["Block", "Kind", "blocks", "line_spans", "trim"]

Kind = Literal["prose", "heading", "list", "table", "code", "json"]


class Block(NamedTuple):
    """``text[start:end]`` is one Markdown block, without white space at its ends."""

    start: int
    end: int
    kind: Kind


_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}(?:\s|$)")
_UNDERLINE = re.compile(r" {0,3}(?:={3,}|-{3,})\s*$")
_LIST = re.compile(r"\s*(?!-\s{0,3}\d{1,4}\s{0,3}-\s*$)([-*+•‣◦▪·–—]|\(?\d{1,3}[.)]|\(?[a-z]\))\s+\S")
_INTERRUPTS = re.compile(r"[-*+•‣◦▪·]|\(?[1a][.)]")  # what begins a list in the midst of a paragraph
_ENDS = re.compile(r"[.!?…:;。！？।؟：；]['\"”’»)\]]{0,3}\s*$")
_INDENTED = re.compile(r"(?: {4}|\t)\s*\S")
_JSON_ATTEMPTS = 64  # a failed attempt reads on until the syntax breaks, so hostile text gets only so many


def blocks(text: str) -> list[Block]:
    """The Markdown blocks of ``text``, in order. Text that is no Markdown is prose, a paragraph each."""
    return list(_Scanner(text))


class _Scanner:
    """Goes over the lines of a text once; what failed to match is remembered, so that time stays linear."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.rows = list(line_spans(text, 0, len(text)))
        self.contents = [text[start:end] for start, end in self.rows]
        self.json_attempts = _JSON_ATTEMPTS
        self.unclosed: dict[str, int] = {}  # the shortest fence of its kind that nothing closes from here on

    def __iter__(self) -> Iterator[Block]:
        row = 0
        while row < len(self.rows):
            if not self.contents[row].strip():
                row += 1
                continue
            kind, after = self._block(row)
            if span := trim(self.text, self.rows[row][0], self.rows[after - 1][1]):
                yield Block(span.start, span.end, kind)
            row = after

    def _block(self, row: int) -> tuple[Kind, int]:
        """The kind of the block that begins at ``row``, and the row after it."""
        contents, line = self.contents, self.contents[row]
        if (after := self._fence(row)) is not None:
            return "code", after
        if (after := self._json(row)) is not None:
            return "json", after
        if _HEADING.match(line):
            return "heading", row + 1
        if "|" in line and (after := _table_end(contents, row)) is not None:
            return "table", after
        if _LIST.match(line):
            return "list", _continuation(contents, row + 1, in_list=True)
        if _INDENTED.match(line) and row + 1 < len(contents) and _INDENTED.match(contents[row + 1]):
            return "code", _indented_end(contents, row)
        after = _continuation(contents, row + 1)
        if after < len(contents) and after == row + 1 and _UNDERLINE.match(contents[after]):
            return "heading", after + 1
        return "prose", after

    def _fence(self, row: int) -> int | None:
        fence = _FENCE.match(self.contents[row])
        if not fence or len(fence.group(1)) >= self.unclosed.get(fence.group(1)[0], len(self.text)):
            return None
        for after in range(row + 1, len(self.contents)):
            line = self.contents[after].strip()
            if line.startswith(fence.group(1)) and not line.strip(fence.group(1)[0]):
                return after + 1
        self.unclosed[fence.group(1)[0]] = len(fence.group(1))
        return None

    def _json(self, row: int) -> int | None:
        if self.contents[row][0] not in "{[" or not self.json_attempts:
            return None
        end = _json_end(self.text, self.rows[row][0])
        if end is None:
            self.json_attempts -= 1
            return None
        after = row + 1
        while after < len(self.rows) and self.rows[after][0] < end:
            after += 1
        return after


def line_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for newline in NEWLINES.finditer(text, start, end):
        yield at, newline.start()
        at = newline.end()
    if at < end:
        yield at, end


def trim(text: str, start: int, end: int) -> Span | None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    return Span(start + left, start + right) if left < right else None


def _continuation(contents: list[str], row: int, *, in_list: bool = False) -> int:
    """The first row from ``row`` on that does not go on the paragraph or list item before it."""
    while row < len(contents):
        line = contents[row]
        if not line or line.isspace() or _HEADING.match(line) or _FENCE.match(line):
            return row
        if (item := _LIST.match(line)) and (in_list or _begins_list(item.group(1), contents[row - 1])):
            return row
        if _UNDERLINE.match(line) or ("|" in line and _table_end(contents, row) is not None):
            return row
        row += 1
    return row


def _begins_list(mark: str, before: str) -> bool:
    """Whether a line that looks like an item is one, though the line ``before`` it is of a paragraph: text wrapped
    before "3. August" or a dash begins a line like one.
    """
    return bool(_INTERRUPTS.match(mark) or _ENDS.search(before[-8:]))


def _json_end(text: str, start: int) -> int | None:
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    rest = text[end : end + 200].split("\n", 1)[0]
    return end if value and not rest.strip() else None


def _table_end(contents: list[str], row: int) -> int | None:
    """The row after a table that begins at ``row``: a header with its delimiter row, or two rows led by a bar."""
    if row + 1 >= len(contents) or "|" not in contents[row + 1]:
        return None
    bars = contents[row].lstrip().startswith("|") and contents[row + 1].lstrip().startswith("|")
    below = set(contents[row + 1])
    if not bars and not ("-" in below and below <= set("|-: \t")):
        return None
    end = row + 2
    while end < len(contents) and "|" in contents[end]:
        end += 1
    return end


def _indented_end(contents: list[str], row: int) -> int:
    end = row
    for after in range(row, len(contents)):
        if _INDENTED.match(contents[after]):
            end = after + 1
        elif contents[after].strip():
            break
    return end
