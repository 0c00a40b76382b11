"""Sentences and clauses of a text, for ties between their words."""

from __future__ import annotations

from collections.abc import Iterator

from ragzip.text.languages import language_of
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import CLAUSE_MARKS
from ragzip.text.spans import Span
from ragzip.text.splitters import units
from ragzip.text.splitters.prose.region_sentences import sentence_spans_of
from ragzip.text.splitters.wrapping import regions
from ragzip.text.words import is_unspaced

__all__ = ["CLAUSE_ENDS", "MAX_CLAUSE_CHARACTERS", "clause_ends", "clauses_of", "parts_of_sentence", "sentences_within"]

CLAUSE_ENDS = pattern_of(rf"[{CLAUSE_MARKS}](?=\s|$)|[。！？；，、]")
MAX_CLAUSE_CHARACTERS = 480  # what runs on is cut there, and so are sentences that exceptions are tied to
_STOP_INSIDE = pattern_of(r"\.\s{1,9}[^\W_]")  # of a sentence: that of an abbreviation, an ordinal or an initial
_COMMA_IN_DATE = pattern_of(r"(?<=\d),\s(?:1[5-9]|20)\d\d\b")  # "November 1, 2010"
_MAX_UNSPACED_CHARACTERS = 100
_OF_SEVERAL_SENTENCES = ("item", "answer", "question", "record")  # kinds of units


def sentences_within(text: str) -> Iterator[Span]:
    """The sentences of ``text``, those within an item of a list, an answer or a record, too."""
    language = language_of(text)
    for unit in units(text):
        if unit.kind not in _OF_SEVERAL_SENTENCES:
            yield unit.span
            continue
        for region in regions(text, [unit.span]):
            yield from sentence_spans_of(text, region._replace(kind="prose"), language)


def clause_ends(text: str, sentence: Span) -> Iterator[Span]:
    """The marks that end the clauses of a sentence: "Goods are never shipped to St. Helena" is one clause."""
    for mark in CLAUSE_ENDS.finditer(text, *sentence):
        is_inside = _STOP_INSIDE.match(text, mark.start(), sentence.end) or _COMMA_IN_DATE.match(text, mark.start())
        if not is_inside:
            yield Span(*mark.span())


def clauses_of(text: str, sentence: Span) -> Iterator[Span]:
    """The clauses of a sentence, each with the mark at its end; long ones in parts."""
    clause_start = sentence.start
    for mark in clause_ends(text, sentence):
        yield from parts_of_sentence(text, Span(clause_start, mark.end))
        clause_start = mark.end
    yield from parts_of_sentence(text, Span(clause_start, sentence.end))


def parts_of_sentence(text: str, span: Span) -> Iterator[Span]:
    """``span`` in parts that are no longer than a clause can be, so that ties grow no faster than the text."""
    part_start, end = span
    max_characters = (
        _MAX_UNSPACED_CHARACTERS if part_start < end and is_unspaced(text[part_start]) else MAX_CLAUSE_CHARACTERS
    )
    while end - part_start > max_characters:
        last_blank = text.rfind(" ", part_start + max_characters // 2, part_start + max_characters)
        part_end = part_start + max_characters if last_blank < 0 else last_blank
        yield Span(part_start, part_end)
        part_start = part_end
    if part_start < end:
        yield Span(part_start, end)
