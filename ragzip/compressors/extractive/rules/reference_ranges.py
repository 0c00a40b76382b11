"""Rows whose value is outside the range beside it ("Ferritin 9, reference 15-150"), where a query asks for these."""

from __future__ import annotations

import math
import re

from ragzip.compressors.extractive.records.members import members
from ragzip.compressors.extractive.rules.text_units import TextUnits, with_holding_first
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.ages import DASH
from ragzip.text.scores import Scores

__all__ = ["with_values_outside"]

_ASKS_FOR_OUTSIDE = pattern_of(
    r"\b(?:outside|out of|beyond|not (?:with)?in|außerhalb|hors|en dehors|fuera|fuori|buiten)\b[^.?!]{0,30}?"
    r"\b(?:ranges?|limits?|bounds|references?|norms?|tolerances?|spec\w*|\w*bereich\w*|grenz\w*|norm\w*|toleranz\w*"
    r"|valeurs|limites|rango|límites|limiti|grenzen)\b|\babnormal\b|\bout-of-range\b|\bauffällig\w*",
    re.IGNORECASE,
)
_RANGE_NAME = pattern_of(
    r"\b(?:ref(?:erence|erenz\w*)?|ranges?|norm\w*|limits?|tolerances?|toleranz|spec\w*|targets?|soll\w*|bereich"
    r"|valores)\b",
    re.IGNORECASE,
)
_VALUE_NAME = pattern_of(
    r"\b(?:results?|values?|measured|reading|actual|wert|ergebnis|messwert|ist|résultat|resultado|risultato)\b",
    re.IGNORECASE,
)
_SIGNED = r"[+−-]?\d{1,9}(?:[.,]\d{1,6})?"
_MEASURED = pattern_of(rf"({_SIGNED})(?:\s?[^\d\s]\S{{0,12}})?")
_LIMITS = pattern_of(
    rf"(?:(?P<low>{_SIGNED})\s?{DASH}\s?(?P<high>{_SIGNED})|(?:<=?|≤|up to|max\.?)\s?(?P<most>{_SIGNED})"
    rf"|(?:>=?|≥|from|min\.?)\s?(?P<least>{_SIGNED}))(?!\d)",
    re.IGNORECASE,
)
_SHARE_OF_BEST = 0.95  # of the best score of a row inside, the least for one outside

_SHARE_OF_INSIDE = 0.3  # of the score of a row inside, besides: nothing of it is asked for


def with_values_outside(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units, lower for rows whose value is inside the range next to it, where ``query`` asks for
    those outside; none of these rows takes the place of one outside that does not fit. *Shape:* (n,) both.
    """
    if query is None or not _ASKS_FOR_OUTSIDE.search(query):
        return scores
    outside: list[int] = []
    inside: list[int] = []
    for number, relation in enumerate(text.outline.relations):
        value, low, high = _measured(text.outline.text_of(number, text.source))
        if relation.section is None and low < high:
            (inside if low <= value <= high else outside).append(number)
    if not outside or not inside:
        return scores
    mended = with_holding_first(text, scores, outside, inside, _SHARE_OF_BEST * float(scores[inside].max()))
    mended[inside] *= _SHARE_OF_INSIDE
    return mended


def _measured(text: str) -> tuple[float, float, float]:
    """The value of a record, which has a name that marks it, or is the last one before the range, with the bounds of
    the range; an empty range where there is none.
    """
    value, is_named = math.nan, False
    for name, cell in members(text):
        limits = _LIMITS.match(cell) if _RANGE_NAME.search(name) else None
        if limits is not None and not math.isnan(value):
            low, high = limits["low"] or limits["least"], limits["high"] or limits["most"]
            return value, _number(low) if low else -math.inf, _number(high) if high else math.inf
        measured = _MEASURED.fullmatch(cell)
        if measured is not None and not is_named:
            value, is_named = _number(measured[1]), _VALUE_NAME.search(name) is not None
    return math.nan, 0.0, 0.0


def _number(figures: str) -> float:
    return float(figures.replace("−", "-").replace(",", "."))
