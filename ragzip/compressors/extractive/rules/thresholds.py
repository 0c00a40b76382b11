"""A rule for records with a number above, below or between those that a query names: "articles under 30 euros", "cities
with more than 200,000 inhabitants". Models that read meaning do not compare numbers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ragzip.compressors.extractive.records.amounts import comparable_value
from ragzip.compressors.extractive.records.members import measured_members
from ragzip.compressors.extractive.rules.extreme_columns import LENGTHS, PRICES, WEIGHTS
from ragzip.compressors.extractive.rules.text_units import TextUnits, just_above, values_by_column, with_holding_first
from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.amounts import YEAR, with_figures
from ragzip.text.scores import Scores
from ragzip.text.structure.formats.table.columns import is_named
from ragzip.text.words import terms, with_parted_names

__all__ = ["with_thresholds"]

_SCALES = {
    scale: factor
    for factor, scales in {
        1e2: "hundred hundert cent cien cento honderd",
        1e3: "thousand k tausend tsd mille mil mila duizend",
        1e6: "million millions m mio millionen millones milione milioni milhões miljoen",
        1e9: "billion billions bn milliarde milliarden mrd milliard milliards miljard",
    }.items()
    for scale in scales.split()
}
_SCALE = rf"(?:(?<=\d)[km]|{'|'.join(sorted((scale for scale in _SCALES if len(scale) > 1), key=len, reverse=True))})"
_NUMBER = (
    rf"(?:[€$£]\s?)?(?:(?P<{{0}}>\d(?:[\d.,]{{{{0,14}}}}\d)?)(?:\s?(?P<{{0}}_scale>{_SCALE})\b)?"
    rf"|(?:an?|one|eine?r?|une?|una?)\s(?P<{{0}}_one>{_SCALE})\b)"
)
_ABOVE = (
    r"(?P<least>at least|no less than|not less than|a minimum of|>=|≥|mindestens|au moins|al menos|almeno|pelo menos"
    r"|minstens)|(?:(?:more|greater|higher|larger|bigger|heavier|longer|taller|older|faster) than|over|above"
    r"|exceed(?:s|ing)?"
    r"|>|mehr als|über|(?:größer|höher|schwerer|teurer|länger|älter) als|plus de|supérieure?s? à|más de"
    r"|mayor(?:es)? (?:que|de|a)"
    r"|più di|oltre|superior[ei] a|mais de|meer dan|boven|(?:hoger|groter|zwaarder) dan)"
)
_BELOW = (
    r"(?P<most>at most|up to|no more than|not more than|a maximum of|<=|≤|höchstens|maximal|bis zu|au plus|au maximum"
    r"|como máximo|al massimo|no máximo|hoogstens|maximaal)"
    r"|(?:(?:less|fewer|lower|smaller|lighter|shorter|cheaper|younger) than|under|below"
    r"|<|weniger als|unter|(?:kleiner|niedriger|leichter|billiger|kürzer|jünger) als|moins de|inférieure?s? à"
    r"|menos de"
    r"|menor(?:es)? (?:que|de|a)|meno di|sotto|inferior[ei] a|minder dan|onder|(?:lager|kleiner|lichter) dan)"
)
_AND = r"\s(?:and|to|und|et|y|e|en|bis|à|a)\s"
_BETWEEN = r"\b(?:between|from|zwischen|von|entre|tra|fra|tussen|de|da)"
_CURRENCY = pattern_of(r"[€$£]")
_NOUN = pattern_of(r"\s?([^\W\d_]{2,}|[€$£%])")
_WORD = pattern_of(r"\s?([^\W\d_]{1,20}|%)")
_UNIT = r"(?:\s?[^\W\d_]{1,12}|[€%])?"
_THRESHOLD = pattern_of(
    rf"{_BETWEEN}\s{_NUMBER.format('first')}{_AND}{_NUMBER.format('last')}"
    rf"|(?<!\w)(?:(?P<above>{_ABOVE})|(?P<below>{_BELOW}))\s?{_NUMBER.format('bound')}"
    rf"|{_NUMBER.format('named')}{_UNIT}\s(?P<open>or (?:more|above|over|higher)|oder mehr|ou plus|o más|o più)\b"
    rf"|{_NUMBER.format('largest')}{_UNIT}\s(?P<closed>or (?:less|fewer|below|under)|oder weniger|ou moins)\b",
    re.IGNORECASE,
)
_GROUPS = ("first", "last", "bound", "named", "largest")
_COLUMNS_OF_WORD = {  # what queries call columns
    term: frozenset(terms(names))
    for words, names in (
        (
            "cost costs costing price priced expensive cheaper pay paid payment spend spent euro eur dollar usd pound"
            " gbp chf kosten kostet teurer billiger preis coûter coûte coûtent prix cuesta cuestan precio costa costano"
            " prezzo kost",
            PRICES,
        ),
        ("weigh weighs heavier lighter wiegt wiegen schwerer pèse pesa kg kilo gram", WEIGHTS),
        ("inhabitants residents people populous einwohner habitants habitantes abitanti", "population pop einwohner"),
        ("score scored points punkte", "score points pts punkte"),
        ("older younger age aged älter jünger years", "age alter âge edad età leeftijd"),
        ("taller higher height tall", "height elevation altitude höhe"),
        ("longer shorter length long", LENGTHS),
        ("larger bigger smaller area", "area size fläche surface"),
        ("employees staff workers mitarbeiter", "employees staff headcount mitarbeiter"),
    )
    for term in terms(words)
}
_NUMBERS_RECORDS = pattern_of(
    r"(?:^|[\s_])(?:id|no|nr|number|rank|pos|line|year|row|zip|plz|phone|date)\b\.?$|#", re.IGNORECASE
)
_MIN_SHARE = 0.6  # of the records with a column whose values in it are numbers
_MIN_RECORDS, _MIN_WITH_UNIT = 3, 2
_ANY_DATE = 1e9
_SHARE_OF_OTHERS = 0.02  # of their scores


class _Threshold(NamedTuple):
    """The least and the greatest number that a query asks for, whether each is one of them, and the word behind it."""

    least: float
    greatest: float
    with_ends: bool
    unit: str

    def holds(self, value: float) -> bool:
        if self.with_ends:
            return self.least <= value <= self.greatest
        return self.least < value < self.greatest


def with_thresholds(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units, lower for records whose number is not above, below or between what ``query`` names, and
    next to the best for the others; as they are where no column is meant, or where it tells no records apart.
    *Shape:* (n,) both.
    """
    threshold = next(_thresholds(with_figures(query or "")), None)
    if query is None or threshold is None:
        return scores
    holds = _held(query, text, threshold)
    holding = [number for number, is_held in holds.items() if is_held]
    if not holding:
        return scores
    not_holding = [number for number, is_held in holds.items() if not is_held]
    weighted = scores.copy()
    weighted[not_holding] *= _SHARE_OF_OTHERS
    return with_holding_first(text, weighted, holding, not_holding, just_above(float(scores.max())))


def _held(query: str, text: TextUnits, threshold: _Threshold) -> dict[int, bool]:
    """Whether the number of each record is one that is asked for, in the column that ``query`` means, of those beside
    without a number not; nothing where it means none. Where no column tells, it may mean what numbers measure.
    """
    values = values_by_column(text.records())
    holds = _held_in_columns(query, values, threshold, needs_name=False)
    if not holds:
        values = values_by_column(text.entries(), measured_members)
        holds = _held_in_columns(query, values, threshold, needs_name=True)
    if not holds:
        return {}
    columns_of_same = (column for column in values.values() if len(column.keys() & holds.keys()) > len(column) / 2)
    return {number: False for column in columns_of_same for number in column} | holds


def _held_in_columns(
    query: str, values: Mapping[str, Mapping[int, str]], threshold: _Threshold, *, needs_name: bool
) -> dict[int, bool]:
    """Whether the number of each record with one is asked for; nothing where no column tells, or more than one.

    :param needs_name: whether the query has to name the column.
    """
    columns = {name: numbers for name, column in values.items() if (numbers := _numbers(name, column))}
    named = _named_columns(query, columns)
    if needs_name and threshold.unit in values:  # of a few records, for units are exact
        columns[threshold.unit] = _numbers(threshold.unit, values[threshold.unit], least=_MIN_WITH_UNIT)
        named = [threshold.unit] if columns[threshold.unit] else named
    if needs_name and not named:
        return {}
    results = []
    for name in named or columns:
        numbers = columns[name]
        has_both_signs = min(numbers.values()) < 0 < max(numbers.values())  # debits and credits
        results.append(
            {number: threshold.holds(abs(value) if has_both_signs else value) for number, value in numbers.items()}
        )
    telling = [holds for holds in results if len(set(holds.values())) > 1]
    return telling[0] if telling and (named or len(telling) == 1) else {}


def _named_columns(query: str, columns: Iterable[str]) -> list[str]:
    """The columns that ``query`` names, else those that it means by what it asks for."""
    query_terms = set(terms(query))
    called = frozenset().union(*(_COLUMNS_OF_WORD[term] for term in query_terms if term in _COLUMNS_OF_WORD))
    if _CURRENCY.search(query):
        called |= _COLUMNS_OF_WORD["euro"]
    named = [name for name in columns if is_named(query_terms, name)]
    return named or [name for name in columns if not called.isdisjoint(terms(with_parted_names(name)))]


def _numbers(name: str, values: Mapping[int, str], least: int = _MIN_RECORDS) -> dict[int, float]:
    """The numbers of a column by record; nothing of one that has few, numbers the records, or has dates.

    :param least: how many numbers are not few.
    """
    if _NUMBERS_RECORDS.search(name):
        return {}
    numbers = {number: value for number, text in values.items() if (value := comparable_value(text)) is not None}
    is_of_numbers = len(numbers) >= max(least, _MIN_SHARE * len(values))
    return numbers if is_of_numbers and min(numbers.values()) < _ANY_DATE else {}


def _thresholds(query: str) -> Iterator[_Threshold]:
    for match in _THRESHOLD.finditer(query):
        numbers = {group: _number(match, group) for group in _GROUPS if match[group] or match[f"{group}_one"]}
        if _names_year(query, match) or not all(math.isfinite(number) for number in numbers.values()):
            continue
        word = _WORD.match(query, match.end())
        unit = "" if word is None else word[1]
        if "first" in numbers:
            yield _Threshold(numbers["first"], numbers["last"], True, unit)
        elif match["above"] or match["open"]:
            least = numbers.get("bound", numbers.get("named", math.nan))
            yield _Threshold(least, math.inf, not match["above"] or match["least"] is not None, unit)
        else:
            greatest = numbers.get("bound", numbers.get("largest", math.nan))
            yield _Threshold(-math.inf, greatest, not match["below"] or match["most"] is not None, unit)


def _names_year(query: str, match: re.Match[str]) -> bool:
    """Whether a number is a year: of four digits, and of nothing named behind it."""
    noun = _NOUN.match(query, match.end())
    has_noun = noun is not None and not is_function_word(noun[1].casefold())
    return YEAR.search(match[0]) is not None and not has_noun and not _CURRENCY.search(match[0])


def _number(match: re.Match[str], group: str) -> float:
    """A number of the query; not a number for a version or a date."""
    scale = match[f"{group}_one"]
    if scale is not None:
        return _SCALES[scale.casefold()]
    value = comparable_value(match[group])
    if value is None or value >= _ANY_DATE:
        return math.nan
    scale = match[f"{group}_scale"]
    return value * (_SCALES[scale.casefold()] if scale else 1.0)
