"""The units of a text: what is kept or dropped as a whole, and what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ragzip.memory import BoundedCache, strings_bytes
from ragzip.splitters.prose import clauses, paragraphs, sentence_spans
from ragzip.splitters.scanner import Block, blocks, line_spans, trim
from ragzip.types import Span
from ragzip.words import words

__all__ = ["SplitUnit", "UnitKind", "lines", "passages", "sentences", "units"]

UnitKind = Literal[
    "sentence",
    "heading",  # of what follows, up to the next heading
    "lead-in",  # a sentence that the items, rows or code after it hang on; it may say something by itself
    "item",  # of a list, with its continuation lines
    "header",  # the first row of a table or CSV, which names its columns
    "delimiter",  # the row of dashes below it
    "row",
    "record",  # a line that is a unit by itself: log, phone list, key and value, verse
    "code",
    "json",
    "question",  # of the answers that follow
    "answer",
    "margin",  # a page's header, footer or number
]


class SplitUnit(NamedTuple):
    """``text[start:end]`` is one unit, without white space at its ends."""

    start: int
    end: int
    kind: UnitKind


def units(text: str, *, longest_block: int | None = None) -> tuple[SplitUnit, ...]:
    """The units of ``text``, in order.

    :param longest_block: characters from which code and JSON are given line by line; None: never.
    """
    found = _units_by_text.get_or_compute(text, _units)
    if longest_block is None or all(unit.end - unit.start <= longest_block for unit in found):
        return found
    return tuple(piece for unit in found for piece in _opened(text, unit, longest_block))


def _opened(text: str, unit: SplitUnit, longest: int) -> Iterator[SplitUnit]:
    if unit.kind not in ("code", "json") or unit.end - unit.start <= longest:
        yield unit
        return
    for line in lines(text, unit.start, unit.end):
        yield SplitUnit(*line, unit.kind)


def sentences(text: str, *, longest_block: int | None = None) -> list[Span]:
    """Offsets of the units of ``text``, whatever their kind.

    :param longest_block: characters from which code and JSON are given line by line; None: never.
    """
    return [Span(unit.start, unit.end) for unit in units(text, longest_block=longest_block)]


def _units(text: str) -> tuple[SplitUnit, ...]:
    found: list[SplitUnit] = []
    for block in blocks(text):
        if block.kind == "list":
            _mark_lead_in(text, found, block)
        found += _units_of(text, block)
    return tuple(found)


def _units_of(text: str, block: Block) -> list[SplitUnit]:
    if block.kind == "table":
        return _rows(text, block)
    if block.kind == "list":
        return [SplitUnit(block.start, block.end, "item")]
    if block.kind != "prose":
        return [SplitUnit(block.start, block.end, block.kind)]
    return [
        SplitUnit(*piece, "sentence")
        for paragraph in paragraphs(text, block.start, block.end)
        for sentence in sentence_spans(text, *paragraph)
        for piece in clauses(text, sentence)
    ]


_DELIMITER = re.compile(r"[|:\-+=\s]++$")


def _rows(text: str, block: Block) -> list[SplitUnit]:
    rows = lines(text, block.start, block.end)
    has_header = len(rows) > 1 and bool(_DELIMITER.match(text[slice(*rows[1])]))
    kinds: list[UnitKind] = ["row"] * len(rows)
    if has_header:
        kinds[:2] = ["header", "delimiter"]
    return [SplitUnit(*row, kind) for row, kind in zip(rows, kinds, strict=True)]


def _mark_lead_in(text: str, found: list[SplitUnit], block: Block) -> None:
    """The sentence before a list is its lead-in where it ends in a colon or stands on the line above."""
    if not found or found[-1].kind != "sentence":
        return
    last = found[-1]
    if text[last.end - 1] in ":：" or text.count("\n", last.end, block.start) == 1:
        found[-1] = last._replace(kind="lead-in")


_units_by_text: BoundedCache[str, tuple[SplitUnit, ...]] = BoundedCache(  # they come back with every query
    2**24, lambda text, units: strings_bytes(text, units) + 72 * len(units)
)


def lines(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Offsets of the lines of ``text[start:end]`` that hold more than white space."""
    end = len(text) if end is None else end
    return [trimmed for line in line_spans(text, start, end) if (trimmed := trim(text, *line))]


def passages(text: str, *, max_words: int = 150, overlap: int = 0) -> list[Span]:
    """Runs of whole sentences of at most ``max_words`` words (one longer sentence makes a passage of its own).

    :param overlap: sentences shared by neighbouring passages.
    """
    spans = sentences(text)
    sizes = [sum(1 for _ in words(text, *unit)) for unit in spans]
    out: list[Span] = []
    first = 0
    while first < len(spans):
        last, size = first, sizes[first]
        while last + 1 < len(spans) and size + sizes[last + 1] <= max_words:
            last += 1
            size += sizes[last]
        out.append(Span(spans[first].start, spans[last].end))
        first = last + 1 if last + 1 >= len(spans) else max(first + 1, last + 1 - overlap)
    return out
