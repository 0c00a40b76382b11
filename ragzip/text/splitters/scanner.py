"""The Markdown blocks of a text, with exact character offsets: fenced code, tables, lists, headings, JSON,
definitions, prose.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import BULLETS, ITEM_LETTERS
from ragzip.text.spans import Span
from ragzip.text.splitters.definitions import definitions, indented_definitions
from ragzip.text.splitters.prose.abbreviations import is_before_ordinal
from ragzip.text.splitters.prose.breaks import is_broken, is_broken_number, is_indented_prose
from ragzip.text.words import NEWLINES

__all__ = [
    "FENCE",
    "MarkdownBlock",
    "MarkdownKind",
    "blocks",
    "json_end",
    "line_spans",
    "may_be_underlined",
    "stripped_end",
    "trim",
]

MarkdownKind = Literal["prose", "heading", "list", "table", "code", "json", "definition", "citation"]


class MarkdownBlock(NamedTuple):
    """One Markdown block, ``text[start:end]``, without white space at its ends."""

    start: int
    end: int
    kind: MarkdownKind


FENCE = pattern_of(r" {0,3}(`{3,}|~{3,})")
_HEADING = pattern_of(r" {0,3}#{1,6}(?:\s|$)")
_COMMENT = pattern_of(r"#[ \t]+\S")
_UNDERLINE = pattern_of(r" {0,3}(?:={3,}|-{3,})\s*$")
_LIST_ITEM = pattern_of(  # also a field: ":Phone: 4711"
    r"\s*(?!-\s{0,3}\d{1,4}\s{0,3}-\s*$)"
    rf"([-*+•·–—]|[{BULLETS}]{{1,5}}\ufe0f?|\(?\d{{1,3}}[.)]|\(?(?:[{ITEM_LETTERS}]|[ivx]{{2,5}})\)"
    rf"|:[^\W\d_][^:\n]{{0,40}}:|\[[ xX✓✔✗✘-]\])\s+\S"
)
_INTERRUPTING_MARK = pattern_of(
    rf"[-*+•·:{BULLETS}]|\(?[1aаα][.)]|\[.\]"
)  # of an item that may follow a line of a paragraph
_FIRST_NUMBERS = ("1.", "1)", "(1)")
_LABEL = pattern_of(r"[ \t]{0,8}[^\W_a-zß-öø-ÿ][^\n.!?;:]{0,60}[:：][ \t]{0,9}$")  # alone on its line
_STOP_AT_END = pattern_of(r"[.!?…:;。！？।؟：；]['\"”“’»«)\]]{0,3}\s*$")
_INDENTED = pattern_of(r"(?: {4}|\t)\s*\S")
_MIN_DEFINITIONS = 2
_MIN_LINES_OF_COMMENT = 3
_MAX_HEADING_CHARACTERS = 150  # of a line with an underline
_MAX_WORDS_BEFORE_STOP = 4  # of such a line that ends in a full stop
_MAX_JSON_ATTEMPTS = 64  # a failed attempt may read the whole text, so hostile text gets only this many


def blocks(text: str) -> list[MarkdownBlock]:
    """The Markdown blocks of ``text``, in order; without Markdown, each paragraph is a block of prose."""
    return list(_Scanner(text))


class _Scanner:
    """The blocks of a text, in one pass over its lines; failed matches are remembered, so that time stays linear."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans = list(line_spans(text, 0, len(text)))
        self.lines = [text[start:end] for start, end in self.spans]
        self.json_attempts = _MAX_JSON_ATTEMPTS
        entries = list(definitions(self.lines))
        self.definition_ends = {entry.first: entry.end for entry in indented_definitions(self.lines)}
        self.definition_ends |= {entry.first: entry.end for entry in entries if len(entries) >= _MIN_DEFINITIONS}
        self.unclosed: dict[str, int] = {}  # by mark: the length of the shortest fence that is not closed

    def __iter__(self) -> Iterator[MarkdownBlock]:
        number = 0
        while number < len(self.spans):
            if not self.lines[number].strip():
                number += 1
                continue
            kind, next_number = self._block(number)
            if span := trim(self.text, self.spans[number][0], self.spans[next_number - 1][1]):
                yield MarkdownBlock(span.start, span.end, kind)
            number = next_number

    def _block(self, number: int) -> tuple[MarkdownKind, int]:
        """The kind of the block that begins at line ``number``, and the number of the line after it."""
        lines, line = self.lines, self.lines[number]
        if (next_number := self._fence(number)) is not None:
            return "code", next_number
        if (next_number := self._json(number)) is not None:
            return "json", next_number
        if number in self.definition_ends:
            return "definition", self.definition_ends[number]
        if _HEADING.match(line):
            comment_end = _comment_end(lines, number)
            return ("heading", number + 1) if comment_end is None else ("prose", comment_end)
        if "|" in line and (next_number := _table_end(lines, number)) is not None:
            return "table", next_number
        if _LIST_ITEM.match(line):
            return "list", _paragraph_end(lines, number + 1, in_list=True)
        next_number = _paragraph_end(lines, number + 1)
        is_indented = _INDENTED.match(line) and number + 1 < len(lines) and _INDENTED.match(lines[number + 1])
        if is_indented and not is_indented_prose([line.strip() for line in lines[number:next_number]]):
            return "code", _indented_end(lines, number)
        if _UNDERLINE.match(line) and number and lines[number - 1].strip():  # a rule between two texts
            return "prose", number + 1
        is_over_rule = next_number < len(lines) and _UNDERLINE.match(lines[next_number])
        if is_over_rule and next_number == number + 1 and may_be_underlined(line):
            return "heading", next_number + 1
        return "prose", next_number

    def _fence(self, number: int) -> int | None:
        fence = FENCE.match(self.lines[number])
        if not fence or len(fence.group(1)) >= self.unclosed.get(fence.group(1)[0], len(self.text)):
            return None
        for closing_number in range(number + 1, len(self.lines)):
            line = self.lines[closing_number].strip()
            if line.startswith(fence.group(1)) and not line.strip(fence.group(1)[0]):
                return closing_number + 1
        self.unclosed[fence.group(1)[0]] = len(fence.group(1))
        return None

    def _json(self, number: int) -> int | None:
        if self.lines[number][0] not in "{[" or not self.json_attempts:
            return None
        end = json_end(self.text, self.spans[number][0])
        if end is None:
            self.json_attempts -= 1
            return None
        next_number = number + 1
        while next_number < len(self.spans) and self.spans[next_number][0] < end:
            next_number += 1
        return next_number


def line_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Offsets (start, end) of the lines of ``text[start:end]``, without their line breaks."""
    line_start = start
    for newline in NEWLINES.finditer(text, start, end):
        yield line_start, newline.start()
        line_start = newline.end()
    if line_start < end:
        yield line_start, end


def trim(text: str, start: int, end: int) -> Span | None:
    """The span ``start:end`` without the white space at its ends; None where nothing else is in it."""
    part = text[start:end]
    blanks_before = len(part) - len(part.lstrip())
    visible_end = len(part.rstrip())
    return Span(start + blanks_before, start + visible_end) if blanks_before < visible_end else None


def stripped_end(text: str, start: int, end: int) -> int:
    """The end of the span ``start:end`` without the white space at its end."""
    return start + len(text[start:end].rstrip())


def _paragraph_end(lines: list[str], number: int, *, in_list: bool = False) -> int:
    """The number of the first line, from ``number`` on, that does not continue the paragraph or list item before it."""
    item_column = _column(lines[number - 1])
    while number < len(lines):
        line = lines[number]
        if not line or line.isspace() or _HEADING.match(line) or FENCE.match(line):
            return number
        if (item := _LIST_ITEM.match(line)) and (in_list or _begins_list(item.group(1), lines[number - 1], line)):
            return number
        if in_list and _is_label(lines, number, item_column):
            return number
        if _UNDERLINE.match(line) or ("|" in line and _table_end(lines, number) is not None):
            return number
        number += 1
    return number


def _comment_end(lines: list[str], number: int) -> int | None:
    """The number of the line after the comment that begins at line ``number``, in settings and scripts: lines right
    below each other with one "#", up to one with nothing else. None for a heading.
    """
    end = number
    while end < len(lines) and _COMMENT.match(lines[end]):
        end += 1
    return end if end - number >= _MIN_LINES_OF_COMMENT else None


def may_be_underlined(line: str) -> bool:
    """Whether a line over a rule is a heading with its underline, and not a text that the rule parts from the next."""
    stripped = line.rstrip()
    is_sentence = stripped.endswith(".") and len(stripped.split()) > _MAX_WORDS_BEFORE_STOP
    return len(stripped) <= _MAX_HEADING_CHARACTERS and not is_sentence and not stripped.endswith(("。", "।"))


def _is_label(lines: list[str], number: int, item_column: int) -> bool:
    """Whether a line of a list leads to the items below it, rather than goes on the one above: "York:"."""
    if number + 1 == len(lines) or not _LABEL.match(lines[number]):
        return False
    return _column(lines[number]) <= item_column and _LIST_ITEM.match(lines[number + 1]) is not None


def _column(line: str) -> int:
    return len(line) - len(line.lstrip())


def _begins_list(mark: str, line_before: str, line: str) -> bool:
    """Whether a ``line`` that looks like an item begins a list, though ``line_before`` belongs to a paragraph.

    Text that is wrapped before "3. August", a dash or the rest of a number looks like an item: "Zi.", "412. Sie ist".
    """
    before, after = line_before.rstrip(), line.lstrip()
    goes_on = is_broken_number if mark in _FIRST_NUMBERS else is_broken
    if goes_on(before, after) or (mark[0].isdigit() and is_before_ordinal(before)):
        return False
    return bool(_INTERRUPTING_MARK.match(mark) or _STOP_AT_END.search(line_before[-8:]))


def json_end(text: str, start: int) -> int | None:
    """The offset after the JSON value that begins at ``start`` and ends with a line; None where none does."""
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    rest_of_line = text[end : end + 200].split("\n", 1)[0]
    return end if value and not rest_of_line.strip() else None


def _table_end(lines: list[str], number: int) -> int | None:
    """The number of the line after the table that begins at line ``number``; None where none begins.

    A table begins with a header and its delimiter row, with two lines that begin with a bar, or with three lines that
    have the same number of bars.
    """
    if number + 1 >= len(lines) or "|" not in lines[number + 1]:
        return None
    if (even_number := _even_rows_end(lines, number)) is not None:
        return even_number
    led_by_bars = lines[number].lstrip().startswith("|") and lines[number + 1].lstrip().startswith("|")
    characters_below = set(lines[number + 1])
    if not led_by_bars and not ("-" in characters_below and characters_below <= set("|-: \t")):
        return None
    end_number = number + 2
    while end_number < len(lines) and "|" in lines[end_number]:
        end_number += 1
    return end_number


_MIN_EVEN_ROWS = 3
_BAR_BETWEEN_CELLS = pattern_of(r"(?:^| )\|(?: |$)")


def _even_rows_end(lines: list[str], number: int) -> int | None:
    """The number of the line after a run of rows whose cells " | " parts, without bars around them; None where none
    begins at line ``number``.
    """
    bar_count = lines[number].count("|")
    end_number = number
    while end_number < len(lines) and lines[end_number].count("|") == bar_count:
        if not _BAR_BETWEEN_CELLS.search(lines[end_number]):
            break
        end_number += 1
    begins_and_ends = all(line.strip()[:1] == "|" == line.strip()[-1:] for line in lines[number : number + 2])
    return None if begins_and_ends or end_number - number < _MIN_EVEN_ROWS else end_number


def _indented_end(lines: list[str], number: int) -> int:
    """The number of the line after the last indented line of the block that begins at line ``number``."""
    end_number = number
    for later_number in range(number, len(lines)):
        if _INDENTED.match(lines[later_number]):
            end_number = later_number + 1
        elif lines[later_number].strip():
            break
    return end_number
