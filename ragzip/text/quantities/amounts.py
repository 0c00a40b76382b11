"""Amounts with what they are of, "20 days", "year 9", "a child of four", and the ranges of such that sentences name:
"from 6 to 12 years", "over 30 km", "14 days or less".
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator
from itertools import chain
from typing import NamedTuple

from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.ages import AT_LEAST, AT_MOST, DASH, UNITS_OF_AGE, age_ranges, ages_in
from ragzip.text.quantities.numerals import NUMBER_OF_WORD
from ragzip.text.quantities.recurring import spans_of_hours, spans_of_months

__all__ = ["YEAR", "Amount", "Range", "amounts", "hold_apart", "may_name", "ranges", "with_figures"]

_NUMBER = r"(\d{1,6}(?:[.,]\d{1,3})?)"
_NO_NUMBER = r"(?![\d.,:%/]*\d)"
_UNIT = r"[\s\u00a0-]?([^\W\d_]{1,12}\.?|°C|%|€|\$|£)"
_BETWEEN = pattern_of(rf"{_NUMBER}(?:{_UNIT})?\s?{DASH}\s?{_NUMBER}{_UNIT}", re.IGNORECASE)
_NAMED_BETWEEN = pattern_of(rf"\b([^\W\d_]{{3,12}})\s{_NUMBER}\s?{DASH}\s?{_NUMBER}\b", re.IGNORECASE)
_FROM = pattern_of(  # and above
    rf"(?:\b{AT_LEAST}:?\s{_NUMBER}{_UNIT})|(?:{_NUMBER}{_UNIT}\s(?:or|and) (?:more|over|older|above)\b)",
    re.IGNORECASE,
)
_UP_TO = pattern_of(  # and below
    rf"(?:\b{AT_MOST}:?\s{_NUMBER}{_UNIT})|(?:{_NUMBER}{_UNIT}\s(?:or|and) (?:less|fewer|under|younger|below)\b)",
    re.IGNORECASE,
)
_AMOUNT = pattern_of(rf"(?<![\d.,:/€$£]){_NUMBER}{_UNIT}", re.IGNORECASE)
_NAMED = pattern_of(rf"\b([^\W\d_]{{3,12}})\s{_NUMBER}{_NO_NUMBER}\b")
_FIGURE_OF_WORD = {
    word: str(number) for language in ("en", "de", "fr", "es") for word, number in NUMBER_OF_WORD[language].items()
}
_NUMBER_WORD = pattern_of(rf"\b(?:{'|'.join(_FIGURE_OF_WORD)})\b", re.IGNORECASE)
_UNIT_OF_AGE = "year"
_AGED_ENDING = "jährig"
_AGED = pattern_of(r"\b(\d{1,2}|[^\W\d_]{3,6})-?jährige?[nrsm]?\b", re.IGNORECASE)  # "ein zweijähriges Kind"
YEAR = pattern_of(r"(?<![\d.,:/-])(?:1[5-9]|20)\d\d(?![\d.,:/-]*\d)")


class Amount(NamedTuple):
    """A number, and what it is of."""

    value: float
    unit: str


class Range(NamedTuple):
    """The least and the greatest amount, and what it is of."""

    least: float
    greatest: float
    unit: str


def with_figures(text: str) -> str:
    """``text`` with figures for its number words: "under three years", "zweijährig"."""
    if _AGED_ENDING in text.casefold():
        text = _AGED.sub(lambda aged: f"{_FIGURE_OF_WORD.get(aged[1].lower(), aged[1])} Jahre alt", text)
    return _NUMBER_WORD.sub(lambda word: _FIGURE_OF_WORD[word[0].lower()], text)


def may_name(units: Collection[str], text: str) -> bool:
    """Whether ``text``, in small letters, may have an amount in one of ``units``."""
    if _UNIT_OF_AGE in units and any(map(str.isdigit, text)):
        return True
    return _AGED_ENDING in text or any(unit in text for unit in units)


def amounts(query: str) -> Iterator[Amount]:
    """The amounts of ``query`` with what they are of: "20 days", "year 9"; years are none."""
    amounts_before = ((match.group(1), match.group(2)) for match in _AMOUNT.finditer(query))
    amounts_after = ((match.group(2), match.group(1)) for match in _NAMED.finditer(query))
    ages = ((age, _UNIT_OF_AGE) for age in ages_in(query))
    for number, unit in chain(amounts_before, amounts_after, ages):
        if not YEAR.fullmatch(number) and not is_function_word(unit.casefold()):
            yield Amount(_value(number), _stem(unit))


def ranges(text: str) -> Iterator[Range]:
    """The ranges of ``text``, each with its unit."""
    between_matches = list(_BETWEEN.finditer(text))
    for match in between_matches:
        first, _, second, unit = match.groups()
        yield Range(*_bounds(first, second), _stem(unit))
    for match in _NAMED_BETWEEN.finditer(text):
        unit, first, second = match.groups()
        yield Range(*_bounds(first, second), _stem(unit))
    for match in _FROM.finditer(text):
        value, unit = (group for group in match.groups() if group is not None)
        yield Range(_value(value), math.inf, _stem(unit))
    for match in _UP_TO.finditer(text):
        if any(between.start() < match.start() < between.end() for between in between_matches):
            continue  # "11 bis 30 km"
        value, unit = (group for group in match.groups() if group is not None)
        yield Range(-math.inf, _value(value), _stem(unit))
    yield from (Range(*bounds, _UNIT_OF_AGE) for bounds in age_ranges(text))


def hold_apart(text: str, other_text: str) -> bool:
    """Whether two texts hold for amounts of the same unit, for months or for hours, and nothing is in both."""
    bounds_of_unit: dict[str, list[Range]] = {}
    for bounds in _all_ranges(text):
        bounds_of_unit.setdefault(bounds.unit, []).append(bounds)
    pairs = [
        (bounds, other_bounds)
        for other_bounds in (_all_ranges(other_text) if bounds_of_unit else ())
        for bounds in bounds_of_unit.get(other_bounds.unit, ())
    ]
    return bool(pairs) and all(
        bounds.greatest <= other_bounds.least or other_bounds.greatest <= bounds.least for bounds, other_bounds in pairs
    )


def _all_ranges(text: str) -> Iterator[Range]:
    """The ranges of ``text``, also of hours and, a month each, of months."""
    yield from ranges(with_figures(text))
    for months in spans_of_months(text):
        yield from (Range(month, month + 1, "month of the year") for month in months)
    for first, last in spans_of_hours(text):
        if first <= last:
            yield Range(first, last, "hour of the day")
        else:
            yield from (Range(first, math.inf, "hour of the day"), Range(-math.inf, last, "hour of the day"))


def _bounds(first: str, second: str) -> tuple[float, float]:
    low, high = sorted((_value(first), _value(second)))
    return low, high


def _value(number: str) -> float:
    return float(number.replace(",", "."))


def _stem(unit: str) -> str:
    """A unit in one form: "years", "year" and "Jahren" are one."""
    stem = re.sub(r"(?<=\w{3})(?:en|es|s|n|e|i)$", "", unit.rstrip(".").casefold())
    return _UNIT_OF_AGE if stem in UNITS_OF_AGE else stem
