"""Units that the border of a chunk has cut, and no other chunk completes: sentences without what they speak of, or
what they say of it, headings without the section below them, questions of an FAQ without the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from ragzip.compressors.extractive.rules.text_units import SHARE_IN_PLACE, TextUnits
from ragzip.compressors.outline import ChunkUnits
from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.scores import Scores
from ragzip.text.splitters.headings.labels import QUESTION_WORDS
from ragzip.text.splitters.prose.breaks import STOP_AT_END

__all__ = ["with_cut_units_last"]

_SHARE_OF_CUT = 0.5  # of its score
_FIRST_WORD = pattern_of(r"[^\W\d_]+\b")
_LAST_WORD = pattern_of(r"(?<!\w)[^\W\d_]+$")
_HEADING_LINE = r"\s*+#{1,6}[ \t]++[^\n]++"
_QUESTION_LINE = rf"\s*+(?:\*\*|__)?(?:{QUESTION_WORDS})(?: ?#?\d{{1,3}})?(?:\*\*|__)?[ ]?[:：][^\n]*+(?<=[?？؟*_])"
_QUESTION = pattern_of(_QUESTION_LINE)
_OPENINGS = pattern_of(rf"(?>(?:{_HEADING_LINE}|{_QUESTION_LINE})+)\s*+")
_MARKS_WITHIN = ",;)]"  # with which no sentence begins
_FEWEST_WORDS = 3  # of a sentence without its end: fewer may be a label


def with_cut_units_last(_: str | None, texts: Sequence[TextUnits], scores: Sequence[Scores]) -> list[Scores]:
    """The scores of the units: less for the first one of a text that begins within a sentence where others do not, and
    for the last one where it ends within a sentence, or is a question; next to nothing for a text of headings or
    questions alone, beside other texts. *Shape:* (n_i,) each, for each text, both.
    """
    chunks = [(number, text, chunk) for number, text in enumerate(texts) for chunk in text.outline.chunks(text.source)]
    begin_within = [_begins_within(text, chunk) for _, text, chunk in chunks]
    end_within = [
        (_lacks_end(text, chunk) and _goes_on(_last(text, chunk)))
        or _QUESTION.fullmatch(_last(text, chunk)) is not None
        for _, text, chunk in chunks
    ]
    are_chunks = any(begin_within) or any(end_within)
    only_openings = [_OPENINGS.fullmatch(text.source, *chunk.span) is not None for _, text, chunk in chunks]
    mended = [text_scores.copy() for text_scores in scores]
    for place, (number, text, chunk) in enumerate(chunks):
        cut = {chunk.units.start} if begin_within[place] else set()
        if end_within[place] or (are_chunks and _lacks_end(text, chunk) and not _is_label(_last(text, chunk))):
            cut.add(chunk.units.stop - 1)
        mended[number][list(cut - text.outline.halves)] *= _SHARE_OF_CUT
        if only_openings[place] and not all(only_openings):
            mended[number][chunk.units.start : chunk.units.stop] *= SHARE_IN_PLACE
    return mended


def _begins_within(text: TextUnits, chunk: ChunkUnits) -> bool:
    """Whether the first unit of a chunk begins within a sentence: in small letters, unlike others."""
    spans, first, source = text.outline.spans, chunk.units.start, text.source
    if not chunk.units or text.outline.records[first] or text.outline.relations[first].section is not None:
        return False
    start = spans[first].start
    first_word = _FIRST_WORD.match(source, start)
    begins_small = source[start] in _MARKS_WITHIN or (first_word is not None and first_word.group().islower())
    return begins_small and any(source[spans[number].start].isupper() for number in chunk.units[1:])


def _lacks_end(text: TextUnits, chunk: ChunkUnits) -> bool:
    """Whether the last unit of a chunk is no whole sentence, where others are."""
    spans, last = text.outline.spans, chunk.units.stop - 1
    if len(chunk.units) < 2 or text.outline.records[last] or STOP_AT_END.search(text.source, *spans[last]):
        return False
    return any(STOP_AT_END.search(text.source, *spans[number]) for number in chunk.units[:-1])


def _is_label(unit: str) -> bool:
    return len(unit.split()) < _FEWEST_WORDS


def _goes_on(unit: str) -> bool:
    """Whether a sentence without its end surely goes on: after a comma, or a function word."""
    last_word = _LAST_WORD.search(unit)
    return unit.endswith(",") or (last_word is not None and is_function_word(last_word.group()))


def _last(text: TextUnits, chunk: ChunkUnits) -> str:
    return text.source[slice(*text.outline.spans[chunk.units.stop - 1])] if chunk.units else ""
