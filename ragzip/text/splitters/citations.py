"""Entries of bibliographies: an author with a year in brackets, a number in brackets, or one before a name with
initials ("12. Reid AH, Hultin JV. …") begins the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.splitters.prose.breaks import STOP_AT_END
from ragzip.text.splitters.scanner import MarkdownBlock, line_spans, trim

__all__ = ["is_citation", "with_citations"]

_YEAR = pattern_of(r"\b(?:1[5-9]|20)\d\d[a-z]?\b|\bn\.d\.|\bo\.J\.|\bs\.d\.|\bin press\b|\bforthcoming\b")
_BEGINNING = pattern_of(
    r"\[\d{1,3}\]\s{1,4}[\"“„«'‘(]?[^\W\d_a-zß-öø-ÿа-я]"
    r"|\d{1,3}\.\s{1,3}(?:[A-ZÀ-Þ][\w'’-]{1,30}\s){1,2}[A-Z]{1,3}[,.]"
    r"|(?:(?:de|van|von|la|le|du|di|da) ){0,2}[^\W\d_a-z][\w'’-]{1,30}(?: [\w'’-]{1,30})?,? [^\W\d_a-z]\."
    r"[^()\n]{0,150}\((?:(?:1[5-9]|20)\d\d[a-z]?|n\.d\.|o\.J\.|s\.d\.|in press|forthcoming)\)"
)
_END_OF_ENTRY = pattern_of(r"\b(?:1[5-9]|20)\d\d[a-z]?\)?$|(?:/|doi:|www\.)\S{1,60}$")  # without a stop
_END_CHARACTERS = 80
_MIN_ENTRIES = 3
_MIN_SHARE_WITH_YEAR = 0.6
_MAX_ENTRY_CHARACTERS = 500


def with_citations(text: str, all_blocks: Sequence[MarkdownBlock]) -> list[MarkdownBlock]:
    """``all_blocks``, the entries of a bibliography as blocks of their own."""
    pieces_by_block = {
        number: pieces
        for number, block in enumerate(all_blocks)
        if block.kind in ("prose", "list") and (pieces := list(_pieces(text, block)))
    }
    entries = [piece for pieces in pieces_by_block.values() for piece in pieces if piece.kind == "citation"]
    dated = sum(_YEAR.search(text, entry.start, entry.end) is not None for entry in entries)
    are_short = all(entry.end - entry.start <= _MAX_ENTRY_CHARACTERS for entry in entries)
    if len(entries) < _MIN_ENTRIES or not are_short or dated < _MIN_SHARE_WITH_YEAR * len(entries):
        return list(all_blocks)
    return [piece for number, block in enumerate(all_blocks) for piece in pieces_by_block.get(number, [block])]


def is_citation(text: str) -> bool:
    """Whether ``text``, a line or a sentence, is an entry of a bibliography."""
    return _BEGINNING.match(text) is not None and _YEAR.search(text) is not None


def _pieces(text: str, block: MarkdownBlock) -> Iterator[MarkdownBlock]:
    """The entries of a paragraph, and what stands above the first; nothing where there is none."""
    starts = list(_starts(text, block))
    for number, (start, end) in enumerate(pairwise([block.start, *starts, block.end])):
        span = trim(text, start, end) if starts else None
        if span is not None:
            yield MarkdownBlock(*span, "citation" if number else "prose")


def _starts(text: str, block: MarkdownBlock) -> Iterator[int]:
    """The starts of entries in a paragraph: below a line that ends in a stop, an address or a year, as entries do."""
    line_before = ""
    for start, end in line_spans(text, block.start, block.end):
        if _BEGINNING.match(text, start) and (text[start] != "[" or not line_before or _ends_entry(line_before)):
            yield start
        line_before = text[start:end].rstrip()


def _ends_entry(line: str) -> bool:
    return STOP_AT_END.search(line) is not None or _END_OF_ENTRY.search(line[-_END_CHARACTERS:]) is not None
