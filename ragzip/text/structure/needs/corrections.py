"""Notices that state an error of the text that they are in."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.words import content

__all__ = ["MAX_NOTICES", "begins_with_correction", "is_corrected", "misstated"]

MAX_NOTICES = 4  # of a text; more are the entries of a list, which correct nothing in it
_CORRECTION = pattern_of(
    r"\W{0,3}(?:corrections?|corrigendum|erratum|errata|clarification|editor['’]s note|update|retraction"
    r"|korrektur|berichtigung|anmerkung der redaktion|rectificatif|corrección|fe de errata|errata corrige"
    r"|correção|rectificatie|rättelse|rettelse)\b[^.!?\n]{0,40}?[:：.]",
    re.IGNORECASE,
)
_MISSTATED = pattern_of(  # what a notice says was said
    r"\b(?:said|stated|reported|wrote|gave|claimed|named|hieß es|stand|berichtet|geschrieben|indiquait|indiqué|écrit"
    r"|affirmait|decía|dijo|indicaba|afirmaba|diceva|scritto|dizia|schreef|stond)\b[\s,:]{1,3}(?:\w{1,12}\s)?"
    r"(?:that|dass|que|qu['’]|che|dat)\s?(?P<clause>[^.;!?\n]{1,160})",
    re.IGNORECASE,
)
_LEAST_COMMON_WORDS, _LEAST_COMMON_SHARE = 3, 0.5  # of a sentence with the notice that corrects it
_LEAST_REPEATED_WORDS = 2  # of a sentence that the notice repeats as a whole


def begins_with_correction(text: str, start: int = 0) -> bool:
    """Whether a notice begins at ``start``."""
    return _CORRECTION.match(text, start) is not None


def is_corrected(
    sentence_words: AbstractSet[str], notice_words: AbstractSet[str], misstated_words: AbstractSet[str] = frozenset()
) -> bool:
    """Whether a notice is about a sentence, by the content words of both, and of the statement that it calls wrong."""
    if len(misstated_words) >= _LEAST_REPEATED_WORDS and misstated_words <= sentence_words:
        return True
    common_words = len(sentence_words & notice_words)
    if common_words == len(sentence_words):
        return common_words >= _LEAST_REPEATED_WORDS
    return common_words >= max(_LEAST_COMMON_WORDS, _LEAST_COMMON_SHARE * len(sentence_words))


def misstated(notice: str) -> frozenset[str]:
    """The content words of the statement that a notice quotes as wrong: "An earlier version said that nine people were
    hurt.".
    """
    match = _MISSTATED.search(notice)
    return frozenset() if match is None else frozenset(content(match["clause"]))
