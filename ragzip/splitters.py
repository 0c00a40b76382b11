"""Where a text may be cut: blocks, sentences and passages, with exact character offsets.

Every character that is not white space belongs to exactly one span; spans carry no white space at their ends.
Prose is split by sentencex (Wikimedia, MIT), after Markdown structure has been set apart: a fenced or indented code
block, a table, a list item, a heading and a JSON value are one unit each unless ``longest_block`` asks for lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ragzip.forking import guarded
from ragzip.memory import BoundedCache, strings_bytes
from ragzip.types import Span
from ragzip.words import NEWLINES, is_boundary, words

__all__ = ["Block", "blocks", "lines", "passages", "sentences"]

Kind = Literal["prose", "heading", "list", "table", "code", "json"]


class Block(NamedTuple):
    """``text[start:end]`` is one Markdown block, without white space at its ends."""

    start: int
    end: int
    kind: Kind


_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}(?:\s|$)")
_UNDERLINE = re.compile(r" {0,3}(?:={3,}|-{3,})\s*$")
_LIST = re.compile(r"\s*(?:[-*+•‣◦▪·–—]|\(?\d{1,3}[.)]|\(?[a-z]\))\s+\S")
_INDENTED = re.compile(r"(?: {4}|\t)\s*\S")
_LONGEST = 80  # words in a piece; longer "sentences" are transcripts and lists without full stops
_AT_ONCE = 8_000  # characters
_SPACE = re.compile(r"\s")
_JSON_ATTEMPTS = 64  # a failed attempt reads on until the syntax breaks, so hostile text gets only so many


def sentences(text: str, *, longest_block: int | None = None) -> list[Span]:
    """Offsets of the sentences of ``text``; code, tables, list items, headings and JSON count as one each.

    A sentence of more than 80 words is cut after a clause or a word.

    :param longest_block: characters from which such a block is cut into lines instead; None: never.
    """
    out: list[Span] = []
    for span, is_block in _units_by_text.get_or_compute(text, _units):
        if not is_block or longest_block is None or span.end - span.start <= longest_block:
            out.append(span)
            continue
        for line in lines(text, *span):
            out.extend(_clauses(text, line) if line.end - line.start > longest_block else [line])
    return out


def _units(text: str) -> tuple[tuple[Span, bool], ...]:
    """Sentences and whole blocks, in order; the flag says which."""
    out: list[tuple[Span, bool]] = []
    for block in blocks(text):
        if block.kind != "prose":
            out.append((Span(block.start, block.end), True))
            continue
        for line in _records(text, block.start, block.end):
            out += [(piece, False) for sentence in _prose(text, *line) for piece in _clauses(text, sentence)]
    return tuple(out)


_units_by_text: BoundedCache[str, tuple[tuple[Span, bool], ...]] = BoundedCache(  # they come back with every query
    2**24, lambda text, units: strings_bytes(text, units) + 136 * len(units)
)


def lines(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Offsets of the lines of ``text[start:end]`` that hold more than white space."""
    end = len(text) if end is None else end
    return [trimmed for line in _lines(text, start, end) if (trimmed := _trim(text, *line))]


def passages(text: str, *, max_words: int = 150, overlap: int = 0) -> list[Span]:
    """Runs of whole sentences of at most ``max_words`` words (one longer sentence makes a passage of its own).

    :param overlap: sentences shared by neighbouring passages.
    """
    units = sentences(text)
    sizes = [sum(1 for _ in words(text, *unit)) for unit in units]
    out: list[Span] = []
    first = 0
    while first < len(units):
        last, size = first, sizes[first]
        while last + 1 < len(units) and size + sizes[last + 1] <= max_words:
            last += 1
            size += sizes[last]
        out.append(Span(units[first].start, units[last].end))
        first = last + 1 if last + 1 >= len(units) else max(first + 1, last + 1 - overlap)
    return out


def blocks(text: str) -> list[Block]:
    """The Markdown blocks of ``text``, in order. Text that is no Markdown is prose, a paragraph each."""
    return list(_Scanner(text))


class _Scanner:
    """Goes over the lines of a text once; what failed to match is remembered, so that time stays linear."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.rows = list(_lines(text, 0, len(text)))
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
            if span := _trim(self.text, self.rows[row][0], self.rows[after - 1][1]):
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
            return "list", _continuation(contents, row + 1)
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


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for newline in NEWLINES.finditer(text, start, end):
        yield at, newline.start()
        at = newline.end()
    if at < end:
        yield at, end


def _trim(text: str, start: int, end: int) -> Span | None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    return Span(start + left, start + right) if left < right else None


def _continuation(contents: list[str], row: int) -> int:
    """The first row from ``row`` on that does not go on the paragraph or list item before it."""
    while row < len(contents):
        line = contents[row]
        if not line or line.isspace() or _LIST.match(line) or _HEADING.match(line) or _FENCE.match(line):
            return row
        if _UNDERLINE.match(line) or ("|" in line and _table_end(contents, row) is not None):
            return row
        row += 1
    return row


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


def _records(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A paragraph as a whole when its line breaks only wrap it, else (logs, verse, dialogue, code) line by line."""
    rows = list(_lines(text, start, end))
    widths = [stop - begin for begin, stop in rows]
    longest = max(widths)
    wrapped = longest <= 120 and all(width >= 0.6 * longest for width in widths[:-1])
    if len(rows) == 1 or wrapped:
        yield start, end
    else:
        yield from rows


_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[“\"'])(?:[Ff]igs?|[Ee]qs?|[Ss]ecs?|[Rr]efs?|[Tt]ab|[Cc]h|[Vv]ols?|[Nn]os?|pp?|cf|al|approx|ca|c|vs|resp|[Dd]ept"
    r"|[Ee]st|[Ee]d|[Ee]ds|[Aa]rt|i\.e|e\.g|viz|[A-Z]|Lt|Col|Gen|Capt|Sgt|Sr|Jr|Rev|Hon|Mt|Ft|Ave|Blvd)\.$"
)
_STARTS_LOW = re.compile(r"[\"'“‘(\[]*[a-z]")
_CLOSER = re.compile(r"(?<![\"'”’)\]»])[\"'”’)\]»]++[.,;:]?(?=\s|$)")


def _prose(text: str, start: int, end: int) -> Iterator[Span]:
    """Sentences of one paragraph: sentencex, and its cuts undone where they would split a word or an abbreviation."""
    pending: Span | None = None
    for span in _boundaries(text, start, end):
        if pending is None:
            pending = span
        elif _belongs_together(text, pending, span):
            pending = Span(pending.start, span.end)
        else:
            yield pending
            pending = span
    if pending is not None:
        yield pending


def _boundaries(text: str, start: int, end: int) -> Iterator[Span]:
    """What sentencex finds, asked for some thousand characters at a time: unclosed quotes take it quadratic time."""
    with guarded():
        import sentencex

    while start < end:
        stop = min(end, start + _AT_ONCE)
        if stop < end:
            gap = _SPACE.search(text, stop, min(end, stop + _AT_ONCE))
            # a cut inside a word does no harm: its halves belong together
            stop = gap.start() if gap else next((i for i in range(stop, stop + 99) if is_boundary(text, i)), stop)
        with guarded():
            rows = sentencex.get_sentence_boundaries("en", text[start:stop])
        found = [span for row in rows if (span := _trim(text, start + row["start_index"], start + row["end_index"]))]
        if stop < end and len(found) > 1:  # the last one may go on: it begins the next piece
            stop = found.pop().start
        yield from found
        start = stop


def _clauses(text: str, sentence: Span) -> Iterator[Span]:
    """``sentence`` in pieces of at most 80 words, each ending with a clause where there is one."""
    if sentence.end - sentence.start <= _LONGEST:
        yield sentence
        return
    found = list(words(text, *sentence))
    first = 0
    while len(found) - first > _LONGEST:
        ends = (
            i for i in range(first + _LONGEST, first + _LONGEST // 2, -1) if text[found[i - 1][1] - 1] in ",;:，；：、"
        )
        after = next(ends, first + _LONGEST)
        yield Span(found[first][0], found[after - 1][1])
        first = after
    if first < len(found):
        yield Span(found[first][0], sentence.end)


def _belongs_together(text: str, left: Span, right: Span) -> bool:
    if not is_boundary(text, right.start) or not is_boundary(text, left.end):
        return True
    tail = text[max(left.start, left.end - 12) : left.end]
    head = text[right.start : right.start + 8]
    if _STARTS_LOW.match(head) and tail[-1] in ".…" and not _CLOSER.search(tail):
        return True
    if _ABBREVIATION.search(tail) and (head[0].isdigit() or head[0].islower() or head[0] in "(["):
        return True
    return not any(c.isalnum() for c in text[right.start : min(right.end, right.start + 40)])
