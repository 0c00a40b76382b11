"""Sentences and rows that say for which amounts, years or days they hold, where a query names one: "Children from 6 to
12 years" answers for a child of eight, "For 2022" not for 2023, "Monday to Friday" not for a Sunday. Models that read
meaning tell such lines hardly apart. And rows whose value is outside the range beside it, where a query asks for these.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.compressors.extractive.members import members
from ragzip.compressors.outline import Outline
from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import MONTH_BEFORE_YEAR, UNTIL_NOW
from ragzip.text.structure.days import days_at_start, days_in

__all__ = ["with_ranges"]

_NUMBER = r"(\d{1,6}(?:[.,]\d{1,3})?)"
_NO_NUMBER = r"(?![\d.,:%/]*\d)"
_UNIT = r"[\s\u00a0-]?([^\W\d_]{1,12}\.?|°C|%|€|\$|£)"
_DASH = (
    r"(?:-|–|—|\bto\b|\band\b|\bbis\b|\bund\b|\bà\b|\bet\b|\ba\b|\by\b|\be\b|\btot\b|\ben\b|\bdo\b|\bдо\b|至|到|~|～)"
)
_BETWEEN = pattern_of(rf"{_NUMBER}(?:{_UNIT})?\s?{_DASH}\s?{_NUMBER}{_UNIT}", re.IGNORECASE)
_NAMED_BETWEEN = pattern_of(rf"\b([^\W\d_]{{3,12}})\s{_NUMBER}\s?{_DASH}\s?{_NUMBER}\b", re.IGNORECASE)
_FROM = pattern_of(  # and above
    rf"(?:\b(?:over|above|more than|at least|from|older than|exceeding|ab|über|mehr als|mindestens|älter als|plus de"
    rf"|dès|à partir de|más de|desde|mayores de|a partir de|oltre|più di|meer dan|vanaf|boven):?\s{_NUMBER}{_UNIT})"
    rf"|(?:{_NUMBER}{_UNIT}\s(?:or|and) (?:more|over|older|above)\b)",
    re.IGNORECASE,
)
_UP_TO = pattern_of(  # and below
    rf"(?:\b(?:under|below|less than|up to|at most|younger than|unter|bis zu|weniger als|höchstens|jünger als|moins de"
    rf"|jusqu['’]à|menos de|menores de|hasta|meno di|fino a|sotto i|minder dan|tot|onder):?\s{_NUMBER}{_UNIT})"
    rf"|(?:{_NUMBER}{_UNIT}\s(?:or|and) (?:less|fewer|under|younger|below)\b)",
    re.IGNORECASE,
)
_AMOUNT = pattern_of(rf"(?<![\d.,:/€$£]){_NUMBER}{_UNIT}", re.IGNORECASE)
_NAMED = pattern_of(rf"\b([^\W\d_]{{3,12}})\s{_NUMBER}{_NO_NUMBER}\b")
_FIGURE_OF_WORD = {
    word: str(number)
    for words in (
        "one two three four five six seven eight nine ten eleven twelve",
        "einem|einer zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
        "un deux trois quatre cinq six sept huit neuf dix onze douze",
        "un dos tres cuatro cinco seis siete ocho nueve diez once doce",
    )
    for number, forms in enumerate(words.split(), 1)
    for word in forms.split("|")
}
_NUMBER_WORD = pattern_of(rf"\b(?:{'|'.join(_FIGURE_OF_WORD)})\b", re.IGNORECASE)
_AGE = pattern_of(  # "a child of four"
    r"\b(?:child(?:ren)?|kids?|toddlers?|bab(?:y|ies)|boys?|girls?|sons?|daughters?|person|people|anyone|someone|patients?"
    r"|pupils?|students?|kind(?:er)?|enfants?|niñ[oa]s?)\s(?:of|aged|von|de)\s(\d{1,2})\b(?![.,]\d|[\s-]?(?:kg|kilo\w*|g|lbs?|cm|m|%|(?:year|month|week|day)s?"
    r"|(?:jahr|monat|woche|tage?)\w*|ans?|mois|jours?|años?|meses|días?)\b)",
    re.IGNORECASE,
)
_AGED_ENDING = "jährig"
_AGED = pattern_of(r"\b(\d{1,2}|[^\W\d_]{3,6})-?jährige?[nrsm]?\b", re.IGNORECASE)  # "ein zweijähriges Kind"
_YEAR = pattern_of(r"(?<![\d.,:/-])(?:1[5-9]|20)\d\d(?![\d.,:/-]*\d)")
_YEARS = (1500.0, 2099.0)
_YEARS_BETWEEN = pattern_of(
    rf"(?<![\d.,:-])(?P<first>(?:1[5-9]|20)\d\d)(?:\s?(?i:{_DASH})\s?(?P<last>(?:1[5-9]|20)?\d\d)(?![\d:/-])"
    rf"|\s?(?:[-–—]|\b(?:to|until|bis|tot)\b)\s?(?:{MONTH_BEFORE_YEAR}(?P<last_named>(?:1[5-9]|20)\d\d)|{UNTIL_NOW}))"
)
_FROM_YEAR = pattern_of(
    r"\b(?:since|from|after|seit|ab|nach|depuis|après|desde|después de|dal|dopo|sinds|vanaf|na)\b[^.]{0,12}$",
    re.IGNORECASE,
)
_UNTIL_YEAR = pattern_of(
    r"\b(?:until|till|before|by|up to|bis|vor|jusqu\w*(?:['’]en|\sen)?|avant|hasta|antes de|fino al?|prima del?|tot)\b"
    r"[^.]{0,12}$",
    re.IGNORECASE,
)
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
    rf"(?:(?P<low>{_SIGNED})\s?{_DASH}\s?(?P<high>{_SIGNED})|(?:<=?|≤|up to|max\.?)\s?(?P<most>{_SIGNED})"
    rf"|(?:>=?|≥|from|min\.?)\s?(?P<least>{_SIGNED}))(?!\d)",
    re.IGNORECASE,
)
_SHARE_OF_OTHER = 0.4  # of the score of a unit that holds for another amount or year
_SHARE_OF_BEST = 0.95  # of the score of the best of those, the least for one that holds for the one asked for
_MAX_WITH_YEAR = 3  # sentences that a year tells from others
_PARTS = pattern_of(r"\n|[,;]\s")  # of opening hours
_MAX_AMOUNTS = 8  # of a query; more are a document
_NEAR_UNITS = 6  # on each side, among which a year tells one sentence from another


class _Amount(NamedTuple):
    value: float
    unit: str


def with_ranges(
    query: str | None, outline: Outline, source: str, scores: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """``scores`` of the units, less of those that hold for other amounts, years or days than the one of ``query``,
    where another unit holds for that one, which comes before them; items hold for what their lead-in does. Where it
    asks for values outside their ranges, less of the others. *Shape:* (n,) both.
    """
    if query is None or not len(scores):
        return scores
    query = _with_figures(query)
    asked_days = days_in(query)
    asks_for_outside = _ASKS_FOR_OUTSIDE.search(query) is not None
    if not any(map(str.isdigit, query)) and len(asked_days) != 1 and not asks_for_outside:
        return scores
    texts = [outline.text_of(number, source) for number in range(len(outline.spans))]
    is_heading = [relation.section is not None for relation in outline.relations]
    outside = [_outside_ranges(texts)] if asks_for_outside else []
    for holds in (*_by_amount(query, texts), *_by_year(query, texts), *_by_day(asked_days, outline, source), *outside):
        holds |= {
            number: holds[relation.head]
            for number, relation in enumerate(outline.relations)
            if relation.head in holds and number not in holds
        }
        holding = [number for number, is_held in holds.items() if is_held and not is_heading[number]]
        not_holding = [number for number, is_held in holds.items() if not is_held and not is_heading[number]]
        if holding and not_holding:
            scores = scores.copy()
            best_score = max(scores[not_holding])
            scores[not_holding] *= _SHARE_OF_OTHER
            scores[holding] = np.maximum(scores[holding], _SHARE_OF_BEST * best_score)
    return scores


def _with_figures(text: str) -> str:
    """``text`` with figures for its number words: "under three years", "zweijährig"."""
    if _AGED_ENDING in text.casefold():
        text = _AGED.sub(lambda aged: f"{_FIGURE_OF_WORD.get(aged[1].lower(), aged[1])} Jahre alt", text)
    return _NUMBER_WORD.sub(lambda word: _FIGURE_OF_WORD[word[0].lower()], text)


def _by_amount(query: str, texts: Sequence[str]) -> Iterator[dict[int, bool]]:
    """For each amount of ``query``, by the number of the texts that have a range of such: whether it is in it."""
    amounts = list(islice(dict.fromkeys(_amounts(query)), _MAX_AMOUNTS))
    if not amounts:
        return
    units = {amount.unit for amount in amounts}
    ranges_of_text = {
        number: ranges
        for number, text in enumerate(texts)
        if _may_name(units, text.casefold()) and (ranges := list(_ranges(_with_figures(text))))
    }
    for amount in amounts:
        yield {
            number: any(low <= amount.value <= high for low, high in bounds)
            for number, ranges in ranges_of_text.items()
            if (bounds := [range_bounds for range_bounds, unit in ranges if unit == amount.unit])
        }


def _outside_ranges(texts: Sequence[str]) -> dict[int, bool]:
    """By the number of the records with a value and a range for it: whether the value is outside."""
    measured = ((number, _measured(text)) for number, text in enumerate(texts))
    return {number: not low <= value <= high for number, (value, low, high) in measured if low < high}


def _measured(text: str) -> tuple[float, float, float]:
    """The value of a record, which a name tells or which stands last before the range, with the bounds of that; an
    empty range where there is none.
    """
    value, is_named = math.nan, False
    for name, cell in members(text):
        limits = _LIMITS.match(cell) if _RANGE_NAME.search(name) else None
        if limits is not None and not math.isnan(value):
            low, high = limits["low"] or limits["least"], limits["high"] or limits["most"]
            return value, _value(low) if low else -math.inf, _value(high) if high else math.inf
        number = _MEASURED.fullmatch(cell)
        if number is not None and not is_named:
            value, is_named = _value(number[1].replace("−", "-")), _VALUE_NAME.search(name) is not None
    return math.nan, 0.0, 0.0


def _may_name(units: Collection[str], text: str) -> bool:
    """Whether ``text``, in small letters, may have an amount in one of ``units``."""
    return _AGED_ENDING in text or any(unit in text for unit in units)


def _by_day(asked_days: Collection[int], outline: Outline, source: str) -> Iterator[dict[int, bool]]:
    """By the number of the units that begin with days, or stand under a line that does: whether they hold for the one
    that is asked for.
    """
    if len(asked_days) != 1:
        return
    days_of_units = [_days_of(source[slice(*span)]) for span in outline.spans]
    yield {
        number: not days.isdisjoint(asked_days)
        for number, relation in enumerate(outline.relations)
        if (days := next((days_of_units[line] for line in (number, *relation.needs) if days_of_units[line]), None))
    }


def _days_of(text: str) -> frozenset[int]:
    """The days with which the lines of ``text`` begin, and what stands behind commas: "Mon-Fri 9-18, Sat 9-12"."""
    return frozenset().union(*(days_at_start(part) for part in _PARTS.split(text)))


def _amounts(query: str) -> Iterator[_Amount]:
    """The amounts of ``query`` with what they are of: "20 days", "year 9"; years are none."""
    amounts_before = ((match.group(1), match.group(2)) for match in _AMOUNT.finditer(query))
    amounts_after = ((match.group(2), match.group(1)) for match in _NAMED.finditer(query))
    ages = ((match.group(1), "years") for match in _AGE.finditer(query))
    for number, unit in chain(amounts_before, amounts_after, ages):
        if not _YEAR.fullmatch(number) and not is_function_word(unit.casefold()):
            yield _Amount(_value(number), _stem(unit))


def _ranges(text: str) -> Iterator[tuple[tuple[float, float], str]]:
    """The ranges of ``text``, each with its unit."""
    for match in _BETWEEN.finditer(text):
        first, _, second, unit = match.groups()
        yield _bounds(first, second), _stem(unit)
    for match in _NAMED_BETWEEN.finditer(text):
        unit, first, second = match.groups()
        yield _bounds(first, second), _stem(unit)
    for match in _FROM.finditer(text):
        value, unit = (group for group in match.groups() if group is not None)
        yield (_value(value), math.inf), _stem(unit)
    for match in _UP_TO.finditer(text):
        value, unit = (group for group in match.groups() if group is not None)
        yield (-math.inf, _value(value)), _stem(unit)


def _bounds(first: str, second: str) -> tuple[float, float]:
    low, high = sorted((_value(first), _value(second)))
    return low, high


def _value(number: str) -> float:
    return float(number.replace(",", "."))


def _stem(unit: str) -> str:
    """A unit in one form: "years", "year" and "Jahren" differ by language alone."""
    return re.sub(r"(?<=\w{3})(?:en|es|s|n|e|i)$", "", unit.rstrip(".").casefold())


def _by_year(query: str, texts: Sequence[str]) -> Iterator[dict[int, bool]]:
    """By the number of sentences with a year, near one that holds for the year of ``query``: whether they do."""
    years = list(_YEAR.finditer(query))
    if len({year.group() for year in years}) != 1 or _UNTIL_YEAR.search(query[: years[0].start()]):
        return
    asked_year = float(years[0].group())
    holds = {
        number: any(first <= asked_year <= last for first, last in spans)
        for number, text in enumerate(texts)
        if (spans := list(_spans_of_years(text)))
    }
    holding = [number for number, is_held in holds.items() if is_held]
    if len(holding) > _MAX_WITH_YEAR:  # what the text is about
        return
    yield {
        number: is_held
        for number, is_held in holds.items()
        if any(abs(number - held) <= _NEAR_UNITS for held in holding)
    }


def _spans_of_years(text: str) -> Iterator[tuple[float, float]]:
    """The years, first and last, for which ``text`` says something."""
    covered_end = 0
    for match in _YEARS_BETWEEN.finditer(text):
        first, last = match.group("first"), match.group("last") or match.group("last_named")
        yield float(first), _YEARS[1] if last is None else float(last if len(last) > 2 else first[:2] + last)
        covered_end = match.end()
    for match in _YEAR.finditer(text):
        year, before = float(match.group()), text[max(covered_end, match.start() - 30) : match.start()]
        if match.start() < covered_end:
            continue
        if _FROM_YEAR.search(before):
            yield year, _YEARS[1]
        elif _UNTIL_YEAR.search(before):
            yield _YEARS[0], year
        else:
            yield year, year
