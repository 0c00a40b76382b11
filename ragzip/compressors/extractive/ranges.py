"""Sentences and rows that say for which amounts or years they hold, where a query names one: "Children from 6 to 12
years" answers for a child of eight, "For 2022" not for 2023. Models that read meaning tell such lines hardly apart.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.compressors.outline import Outline

__all__ = ["with_ranges"]

_NUMBER = r"(\d{1,6}(?:[.,]\d{1,3})?)"
_NO_NUMBER = r"(?![\d.,:%/]*\d)"
_UNIT = r"[\s\u00a0-]?([^\W\d_]{1,12}\.?|°C|%|€|\$|£)"
_DASH = (
    r"(?:-|–|—|\bto\b|\band\b|\bbis\b|\bund\b|\bà\b|\bet\b|\ba\b|\by\b|\be\b|\btot\b|\ben\b|\bdo\b|\bдо\b|至|到|~|～)"
)
_BETWEEN = re.compile(rf"{_NUMBER}(?:{_UNIT})?\s?{_DASH}\s?{_NUMBER}{_UNIT}", re.IGNORECASE)
_NAMED_BETWEEN = re.compile(rf"\b([^\W\d_]{{3,12}})\s{_NUMBER}\s?{_DASH}\s?{_NUMBER}\b", re.IGNORECASE)
_FROM = re.compile(  # and above
    rf"(?:\b(?:over|above|more than|at least|from|older than|exceeding|ab|über|mehr als|mindestens|älter als|plus de"
    rf"|dès|à partir de|más de|desde|mayores de|a partir de|oltre|più di|meer dan|vanaf|boven)\s{_NUMBER}{_UNIT})"
    rf"|(?:{_NUMBER}{_UNIT}\s(?:or|and) (?:more|over|older|above)\b)",
    re.IGNORECASE,
)
_UP_TO = re.compile(  # and below
    rf"(?:\b(?:under|below|less than|up to|at most|younger than|unter|bis zu|weniger als|höchstens|jünger als|moins de"
    rf"|jusqu['’]à|menos de|menores de|hasta|meno di|fino a|sotto i|minder dan|tot|onder)\s{_NUMBER}{_UNIT})"
    rf"|(?:{_NUMBER}{_UNIT}\s(?:or|and) (?:less|fewer|under|younger|below)\b)",
    re.IGNORECASE,
)
_AMOUNT = re.compile(rf"(?<![\d.,:/€$£]){_NUMBER}{_UNIT}", re.IGNORECASE)
_NAMED = re.compile(rf"\b([^\W\d_]{{3,12}})\s{_NUMBER}{_NO_NUMBER}\b")
_YEAR = re.compile(r"(?<![\d.,:/-])(?:1[5-9]|20)\d\d(?![\d.,:/-]*\d)")
_OPEN_YEAR = re.compile(  # a year from which, or until which, something holds, or two of them
    r"\b(?:since|until|till|from|before|after|by|between|seit|bis|ab|vor|nach|depuis|jusqu\w*|avant|après|desde|hasta|antes"
    r"|dal|fino|prima|dopo|sinds|vanaf|tot)\b[^.]{0,12}(?:1[5-9]|20)\d\d|(?:1[5-9]|20)\d\d\s?[-–/]\s?\d{2,4}",
    re.IGNORECASE,
)
_SHARE_OF_OTHER = 0.4  # of the score of a unit that holds for another amount or year
_SHARE_OF_BEST = 0.95  # of the score of the best of those, the least for one that holds for the one asked for
_MAX_WITH_YEAR = 3  # sentences that a year tells from others
_NEAR_UNITS = 6  # on each side, among which a year tells one sentence from another


class _Amount(NamedTuple):
    value: float
    unit: str


def with_ranges(
    query: str | None, outline: Outline, source: str, scores: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """``scores`` of the units, less of those that hold for other amounts or years than the one of ``query``, where
    another unit holds for that one, which comes before them. *Shape:* (n,) both.
    """
    if query is None or not len(scores) or not any(map(str.isdigit, query)):
        return scores
    texts = [source[slice(*span)] for span in outline.spans]
    is_heading = [relation.section is not None for relation in outline.relations]
    for holds in (*_by_amount(query, texts), *_by_year(query, texts)):
        holding = [number for number, is_held in holds.items() if is_held and not is_heading[number]]
        others = [number for number, is_held in holds.items() if not is_held and not is_heading[number]]
        if holding and others:
            scores = scores.copy()
            best_score = max(scores[others])
            scores[others] *= _SHARE_OF_OTHER
            scores[holding] = np.maximum(scores[holding], _SHARE_OF_BEST * best_score)
    return scores


def _by_amount(query: str, texts: Sequence[str]) -> Iterator[dict[int, bool]]:
    """For each amount of ``query``, by the number of the texts that have a range of such: whether it is in it."""
    for amount in dict.fromkeys(_amounts(query)):
        holds: dict[int, bool] = {}
        for number, text in enumerate(texts):
            ranges = [bounds for bounds, unit in _ranges(text) if unit == amount.unit]
            if ranges:
                holds[number] = any(low <= amount.value <= high for low, high in ranges)
        yield holds


def _amounts(query: str) -> Iterator[_Amount]:
    for match in _AMOUNT.finditer(query):
        yield _Amount(_value(match.group(1)), _stem(match.group(2)))
    for match in _NAMED.finditer(query):
        yield _Amount(_value(match.group(2)), _stem(match.group(1)))


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
    """By the number of sentences with one year that stand near one with the year of ``query``: whether it is that."""
    years = set(_YEAR.findall(query))
    if len(years) != 1 or _OPEN_YEAR.search(query):
        return
    (asked_year,) = years
    years_by_number = {number: set(_YEAR.findall(text)) for number, text in enumerate(texts)}
    holding = [number for number, found in years_by_number.items() if asked_year in found]
    if len(holding) > _MAX_WITH_YEAR:  # what the text is about
        return
    near = {
        number
        for held in holding
        for number in range(max(0, held - _NEAR_UNITS), min(len(texts), held + _NEAR_UNITS + 1))
    }
    yield {
        number: asked_year in years_by_number[number]
        for number in sorted(near)
        if years_by_number[number] and (asked_year in years_by_number[number] or not _OPEN_YEAR.search(texts[number]))
    }
