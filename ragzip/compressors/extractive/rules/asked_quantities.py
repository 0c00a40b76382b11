"""Rules for questions that ask records for a quantity of one kind, a duration or a temperature, where models go by
their words: "At which temperature is the tart baked?" for the steps with a temperature, and not for the title.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from ragzip.compressors.extractive.rules.text_units import TextUnits
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.scores import Scores
from ragzip.text.words import verb_stems

__all__ = ["with_asked_quantities"]


class _Kind(NamedTuple):
    """A kind of quantities: how a question asks for them, and how they are written."""

    asking: re.Pattern[str]
    quantity: re.Pattern[str]


_NUMBER = (
    r"(?:\d[\d.,/]{0,12}|½|¼|¾|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty"
    r"|sixty|ninety|half\san?|several|few|an?|eine?n?|zwei|drei|vier|fünf|sechs|sieben|acht|zehn|deux|trois|quatre|cinq"
    r"|six|dix|dos|tres|cuatro|cinco|seis|diez|due|tre|quattro|cinque|sei|dieci|drie|vijf|tien)"
)
_KINDS = (
    _Kind(
        pattern_of(
            r"\b(?:how\slong|for\swhat\speriod|wie\slange?|combien\sde\stemps|cuánto\stiempo|quanto\stempo|hoe\slang)\b"
            r"(?!\sago)",
            re.IGNORECASE,
        ),
        pattern_of(
            rf"\b{_NUMBER}(?:\s?[-–]\s?|\s(?:to|or|bis|oder|à|a|tot)\s)?(?:{_NUMBER})?[\s-]?(?:business\s|working\s)?"
            r"(?:s|secs?|mins?|h|hrs?|seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?|decades?|centur(?:y|ies)"
            r"|Sekunden?|Minuten?|Stunden?|Tagen?|Wochen?|Monaten?|Jahren?|heures?|jours?|semaines?|mois|ans?|années?"
            r"|segundos?|minutos?|horas?|días?|semanas?|mes(?:es)?|años?|secondi|minuti|ore|giorn[oi]|settiman[ae]|mes[ei]"
            r"|ann[oi]|uur|uren|dagen|weken|maanden?|jaar|jaren)\b",
            re.IGNORECASE,
        ),
    ),
    _Kind(
        pattern_of(
            r"\b(?:(?:at\s)?(?:what|which)\s(?:\w{2,20}\s)?temperature|how\s(?:hot|cold|warm)|wie\s(?:heiß|kalt|warm)"
            r"|welcher?\s(?:\w{2,20})?temperatur|quelle\stempérature|qué\stemperatura|che\stemperatura"
            r"|quale\stemperatura)\b",
            re.IGNORECASE,
        ),
        pattern_of(
            r"(?<![\w.])[-−–+]?\d{1,4}(?:[.,]\d{1,2})?\s?(?:°|º|℃|℉|[CF]\b|K\b|degrees?\b|Grad\b|degrés?\b|grados?\b|gradi\b)"
        ),
    ),
    _Kind(
        pattern_of(
            r"\b(?:(?:at\s)?what\stime|um\swie\s?viel\suhr|à\squelle\sheure|a\squé\shora|a\sche\sora|hoe\slaat)\b",
            re.IGNORECASE,
        ),
        pattern_of(
            r"(?<![\d:.])\d{1,2}(?::\d\d|\.\d\d\sUhr|\s?h\s?\d\d|\s?[ap]\.?m\b|\sUhr\b|\so['’]clock|\sheures?\b|\suur\b)"
            r"|\b(?:noon|midnight|Mittag|Mitternacht|midi|minuit)\b",
            re.IGNORECASE,
        ),
    ),
)
_SHARE_OF_BEST = 0.95  # of the best score: the least for a unit with such a quantity


def with_asked_quantities(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units, near the best for those that have a quantity of the kind that ``query`` asks for, and
    most of its words; as they are where the best one is no record, or has such a quantity itself. *Shape:* (n,) both.
    """
    kind = next((kind for kind in _KINDS if kind.asking.search(query or "")), None)
    if query is None or kind is None or not len(scores):
        return scores
    outline, source = text.outline, text.source
    best = int(scores.argmax())
    if not outline.records[best] or kind.quantity.search(outline.text_of(best, source)):
        return scores  # of sentences, the model tells more than their words do
    query_stems = verb_stems(kind.asking.sub(" ", query))
    shared_counts: dict[int, int] = {}
    for number, relation in enumerate(outline.relations):
        unit_text = outline.text_of(number, source)
        if relation.section is None and kind.quantity.search(unit_text):
            shared_counts[number] = len(query_stems & verb_stems(unit_text))
    most_shared = max(shared_counts.values(), default=0)
    raised_scores = scores.copy()
    best_units = [number for number, count in shared_counts.items() if 0 < count == most_shared]
    raised_scores[best_units] = np.maximum(scores[best_units], _SHARE_OF_BEST * scores[best])
    return raised_scores
