"""The speakers of statements: lines that say whose words the paragraph above is,
"— Franklin D. Roosevelt, 1933", and sentences before a quotation that name its speaker.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.references.sentences import speaker_of
from ragzip.text.splitters.headings.plain import has_statement_word
from ragzip.text.splitters.prose.breaks import STOP_AT_END
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.paragraphs import in_one_paragraph, is_next_sentence, is_statement

__all__ = ["speakers_below", "speakers_of_quotations", "words_of_speakers"]

_ATTRIBUTION = pattern_of(r"(?P<dash>--|[—–―])\s?(?P<name>[A-ZÀ-ÞА-Я][^!?:;\n]{2,80})")
_MAX_WORDS = 12
_MAX_SENTENCES = 8  # of what was said


def words_of_speakers(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Lines that say whose words stand above, by place, each with the last of these."""
    yield from ((line, sentences[-1]) for line, sentences in _attributions(source, units))


def speakers_below(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Sentences, by place, each with the line below that says whose words they are."""
    yield from ((sentence, line) for line, sentences in _attributions(source, units) for sentence in sentences)


def speakers_of_quotations(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Quotations that begin a paragraph, by place, each with the sentence before it that names who says it."""
    naming = 0  # the place of such a sentence
    for place, (before, unit) in enumerate(pairwise(units), 1):
        speaker = speaker_of(source[slice(*unit.span)])
        if speaker is None or not is_statement(before):
            naming = place
        elif speaker.kind == "person" and not is_next_sentence(source, before, unit):
            yield place, naming


def _attributions(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, range]]:
    for place in range(1, len(units)):
        unit = units[place]
        match = _ATTRIBUTION.fullmatch(source, *unit.span)
        if match is None or not _is_below_text(source, units, place):
            continue
        neighbours = (units[place - 1], *units[place + 1 : place + 2])
        is_item = any(source.startswith(match["dash"], neighbour.start) for neighbour in neighbours)
        name_words = match["name"].split()
        if not is_item and len(name_words) <= _MAX_WORDS and not has_statement_word(name_words):
            first = place - 1
            while first > max(0, place - _MAX_SENTENCES) and _is_beside(source, units, first):
                first -= 1
            yield place, range(first, place)


def _is_below_text(source: str, units: Sequence[StructuredUnit], place: int) -> bool:
    """Whether a unit begins a line below the end of a sentence."""
    above, unit = units[place - 1], units[place]
    is_line = "\n" in source[above.end : unit.start] and source.count("\n", above.end, unit.start) <= 2
    return is_line and is_statement(above) and STOP_AT_END.search(source, *above.span) is not None


def _is_beside(source: str, units: Sequence[StructuredUnit], place: int) -> bool:
    """Whether a unit is in the same paragraph as the one before it."""
    return is_statement(units[place - 1]) and in_one_paragraph(source, units[place - 1], units[place])
