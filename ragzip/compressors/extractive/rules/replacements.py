"""Rules for sentences that replace words or a value of another sentence, of any document, or state what holds now in
place of a statement in another document: each is at least as good an answer as that one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ragzip.compressors.extractive.rules.text_units import TextUnits, just_above
from ragzip.compressors.outline import Outline
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.scores import Scores
from ragzip.text.spans import Span
from ragzip.text.structure.needs.corrections import begins_with_correction, is_corrected
from ragzip.text.structure.needs.replacements import replacements
from ragzip.text.words import content

__all__ = ["with_replacements"]

_AMENDS = pattern_of(
    r"\b(?:is|are|was|were|be|been) (?:hereby |now |also )?(?:amended|corrected|superseded|revised|extended|postponed"
    r"|changed|raised|lowered|increased|reduced|moved)\b|\b(?:can|must|will|may|is|are|has|have) now\b|\bno longer\b"
    r"|\bwith (?:immediate )?effect from\b|\b(?:geändert|berichtigt|verlängert|verschoben|angehoben|gesenkt|nunmehr"
    r"|nicht mehr|ab sofort|mit wirkung|richtig ist|modifiée?s?|corrigée?s?|prolongée?s?|reportée?s?|désormais"
    r"|modificad[oa]s?|corregid[oa]s?|prorrogad[oa]s?|aplazad[oa]s?|ya no|modificat[oaie]|prorogat[oaie]|gewijzigd"
    r"|voortaan)\b",
    re.IGNORECASE,
)
_MAX_AMENDING = 16  # of all texts; more are a list of changes
_MAX_NOTICE_SENTENCES = 6


def with_replacements(_: str | None, texts: Sequence[TextUnits], scores: Sequence[Scores]) -> list[Scores]:
    """The scores of the units of all texts, raised for those that state a replacement for others. *Shape:* (n_i,) each,
    for each text, both.
    """
    raised = [text_scores.copy() for text_scores in scores]
    sources = [text.source for text in texts]
    statements = [_statements(text.outline) for text in texts]
    spans = [[text.outline.spans[place] for place in places] for text, places in zip(texts, statements, strict=True)]
    for number, source in enumerate(sources):
        for replacement in replacements(source, spans[number]):
            place = statements[number][replacement.place]
            for other_number, other_source in enumerate(sources):
                if replacement.is_of_other_text and other_number == number:
                    continue
                for changed in replacement.changed(other_source, spans[other_number]):
                    if (number, replacement.place) != (other_number, changed):
                        score = just_above(scores[other_number][statements[other_number][changed]])
                        raised[number][place] = max(raised[number][place], score)
    _raise_amending(sources, spans, statements, raised)
    return raised


def _raise_amending(
    sources: Sequence[str],
    spans: Sequence[Sequence[Span]],
    statements: Sequence[Sequence[int]],
    raised: Sequence[npt.NDArray[np.float64]],
) -> None:
    """Let a sentence on what holds now be as good as the best one of another document about the same."""
    if len(sources) < 2:
        return
    amending = [
        (number, place)
        for number, source in enumerate(sources)
        for place, span in enumerate(spans[number])
        if _AMENDS.search(source, *span) or begins_with_correction(source, span.start)
    ]
    if not 0 < len(amending) <= _MAX_AMENDING:
        return
    words = [[content(source[slice(*span)]) for span in spans[number]] for number, source in enumerate(sources)]
    for number, place in amending:
        unit = statements[number][place]
        is_notice = begins_with_correction(sources[number], spans[number][place].start)
        sentence_count = _MAX_NOTICE_SENTENCES if is_notice else 1
        amending_words = frozenset().union(*words[number][place : place + sentence_count])
        for other_number, other_words in enumerate(words):
            for other_place, sentence_words in enumerate(other_words):
                is_apart = other_number != number and (other_number, other_place) not in amending
                if is_apart and is_corrected(sentence_words, amending_words):
                    score = just_above(raised[other_number][statements[other_number][other_place]])
                    raised[number][unit] = max(raised[number][unit], score)


def _statements(outline: Outline) -> list[int]:
    """The places of the units that are no records and no headings."""
    return [
        place
        for place, (is_record, relation) in enumerate(zip(outline.records, outline.relations, strict=True))
        if not is_record and relation.section is None
    ]
