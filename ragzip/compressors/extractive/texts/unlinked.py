"""Documents that say little about a query, and have no name in common with it, or with what answers it.

The second document of a chain may score low: what leads to it is a name, in the query or in the first one. Where no
name does, it is there since it fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from ragzip.compressors.extractive.texts.passages import ReadText
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.scores import Scores
from ragzip.text.words import content, terms

__all__ = ["in_unlinked_texts"]

_SHARE_OF_BEST = 0.05  # from which a unit is kept for itself; no support or answer lost on 717 dev questions of 5 sets
_LEAST_BEST = 0.3  # a lower best score says too little of the others
_SHARE_OF_TITLE = 0.5  # of its words
_NAME = pattern_of(r"(?<=[\w,;:)'’\"”] )[A-ZÀ-ÖØ-ÞΑ-ΩА-ЯЁІЇЄ][\w'’-]+")  # not at the start of a sentence
_YEAR = pattern_of(r"\b\d{4}\b")
_CAPITAL = pattern_of(r"[A-ZÀ-ÖØ-ÞΑ-ΩА-ЯЁІЇЄ]")


def in_unlinked_texts(query: str, texts: Sequence[ReadText], scores: Scores) -> npt.NDArray[np.bool_]:
    """A mask of the units of documents of which all score far below the best one, and which nothing links to it.
    Units that may not be kept score minus infinity. *Shape:* (n,) both.
    """
    is_unlinked = np.zeros(len(scores), bool)
    best_score = float(scores.max(initial=0.0))
    if len(texts) < 2 or best_score < _LEAST_BEST:
        return is_unlinked
    least_score = _SHARE_OF_BEST * best_score
    ends = list(accumulate(len(text.outline.spans) for text in texts))
    scores_by_text = np.split(scores, ends[:-1])
    near_texts = [
        text.source[slice(*text.outline.spans[number])]
        for text, text_scores in zip(texts, scores_by_text, strict=True)
        for number in np.flatnonzero(text_scores >= least_score).tolist()
    ]
    known_terms = content(query).union(*map(content, near_texts))
    known_names = content(query).union(*map(_names, near_texts))
    known_years = set(_YEAR.findall(query))
    for text, text_scores, end in zip(texts, scores_by_text, ends, strict=True):
        kept = np.flatnonzero(np.isfinite(text_scores)).tolist()
        if not kept or float(text_scores.max()) >= least_score:
            continue
        title_terms = content(text.segment.document.title or "")
        if title_terms and len(title_terms & known_terms) >= _SHARE_OF_TITLE * len(title_terms):
            continue
        unit_texts = [text.source[slice(*text.outline.spans[number])] for number in kept]
        has_capitals = any(map(_CAPITAL.search, unit_texts))
        has_year = any(year in known_years for unit_text in unit_texts for year in _YEAR.findall(unit_text))
        if has_capitals and not has_year and known_names.isdisjoint(set().union(*map(_names, unit_texts))):
            is_unlinked[end - len(text_scores) : end] = True
    return is_unlinked


def _names(text: str) -> set[str]:
    """The terms of words that may be names."""
    return {term for match in _NAME.finditer(text) for term in terms(match.group())}
