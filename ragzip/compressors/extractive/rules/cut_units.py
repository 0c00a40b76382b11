"""What the border of a chunk has cut, of which no other chunk has the rest: sentences without what they speak of, or
what they say of it, headings without the section below them, questions of an FAQ without the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from ragzip.compressors.extractive.rules.text_units import SHARE_IN_PLACE, TextUnits
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
    begin_within = [_begins_within(text) for text in texts]
    end_within = [
        (_lacks_end(text) and _goes_on(_last(text))) or _QUESTION.fullmatch(_last(text)) is not None for text in texts
    ]
    are_chunks = any(begin_within) or any(end_within)
    mended = list(scores)
    for number, text in enumerate(texts):
        cut = {0} if begin_within[number] else set()
        if end_within[number] or (are_chunks and _lacks_end(text) and not _is_label(_last(text))):
            cut.add(len(text.outline.spans) - 1)
        if cut - text.outline.halves:
            mended[number] = scores[number].copy()
            mended[number][list(cut - text.outline.halves)] *= _SHARE_OF_CUT
    only_openings = [_OPENINGS.fullmatch(text.source) is not None for text in texts]
    if all(only_openings):
        return mended
    return [
        text_scores * SHARE_IN_PLACE if is_opening else text_scores
        for text_scores, is_opening in zip(mended, only_openings, strict=True)
    ]


def _begins_within(text: TextUnits) -> bool:
    """Whether the first unit of a text begins within a sentence: in small letters, unlike others."""
    spans, source = text.outline.spans, text.source
    if not spans or text.outline.records[0] or text.outline.relations[0].section is not None:
        return False
    first_word = _FIRST_WORD.match(source, spans[0].start)
    begins_small = source[spans[0].start] in _MARKS_WITHIN or (first_word is not None and first_word.group().islower())
    return begins_small and any(source[start].isupper() for start, _ in spans[1:])


def _lacks_end(text: TextUnits) -> bool:
    """Whether the last unit of a text is no whole sentence, where others are."""
    spans = text.outline.spans
    if len(spans) < 2 or text.outline.records[-1] or STOP_AT_END.search(text.source, *spans[-1]):
        return False
    return any(STOP_AT_END.search(text.source, *span) for span in spans[:-1])


def _is_label(unit: str) -> bool:
    return len(unit.split()) < _FEWEST_WORDS


def _goes_on(unit: str) -> bool:
    """Whether a sentence without its end surely goes on: after a comma, or a function word."""
    last_word = _LAST_WORD.search(unit)
    return unit.endswith(",") or (last_word is not None and is_function_word(last_word.group()))


def _last(text: TextUnits) -> str:
    return text.source[slice(*text.outline.spans[-1])] if text.outline.spans else ""
