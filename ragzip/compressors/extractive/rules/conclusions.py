"""Rules for abstracts in labelled parts, "BACKGROUND: …", "CONCLUSIONS: …": the background has most words of a
question, and is no answer without the outcome.
"""

from __future__ import annotations

import re

from ragzip.compressors.extractive.rules.text_units import TextUnits, just_above
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.scores import Scores

__all__ = ["with_conclusions"]

_LABEL = pattern_of(r"(?P<label>[^\W\d_][^\W\d_ ]{2,20}(?: (?:and|und|et|y|&) [^\W\d_]{3,20})?)\s?:\s", re.IGNORECASE)
_BEFORE = pattern_of(
    r"(?:background|objectives?|aims?|purpose|context|introduction|hypothesis|importance|hintergrund|ziele?|fragestellung"
    r"|einleitung|contexte|objectifs?|but|antecedentes|objetivos?|introducción)(?: |$)",
    re.IGNORECASE,
)
_CONCLUSION = pattern_of(
    r"(?:conclusions?|interpretation|schlussfolgerung(?:en)?|fazit|conclusión|conclusiones|conclusioni)(?: |$)",
    re.IGNORECASE,
)


def with_conclusions(_: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units, with the first unit of the conclusions at least as high as all before the methods and
    results. *Shape:* (n,) both.
    """
    outline, source = text.outline, text.source
    before: list[int] = []
    label = ""
    for number, span in enumerate(outline.spans):
        match = _LABEL.match(source, *span)
        label = match["label"] if match is not None else label
        if match is not None and before and _CONCLUSION.match(label):
            scores = scores.copy()
            scores[number] = max(scores[number], just_above(scores[before].max()))
            return scores
        if _BEFORE.match(label):
            before.append(number)
    return scores
