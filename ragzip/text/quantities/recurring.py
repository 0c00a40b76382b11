"""Times that come again, months of the year and hours of the day, and spans of such: "from March to June", "between
noon and 2 p.m.", "after 8 p.m.".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.months import MONTH_NUMBERS, MONTHS

__all__ = ["hours_in", "months_in", "spans_of_hours", "spans_of_months"]

_MONTH_BY_LETTERS = {name[:3]: month for name, month in MONTH_NUMBERS.items()} | {"mrt": 3}  # "jui" is July
_IN_YEAR = r"(?!,?\.?\s(?:1\d|20)\d\d\b)"
_DAY = r"(?:\d{1,2}(?:st|nd|rd|th|\.|º|er)?\s(?:of\s|de\s)?)?"


def _month_as(group: str) -> str:
    """The pattern of a month of no year, maybe with its day, in a group of this name."""
    return rf"(?<![^\W\d_]){_DAY}(?:the\s)?(?P<{group}>{MONTHS})(?:\s\d{{1,2}}\b(?!:))?(?![^\W\d_]){_IN_YEAR}"


def _time_as(prefix: str) -> str:
    """The pattern of a time of day, in groups whose names begin so."""
    return (
        rf"(?:{_bare_time_as(prefix)}(?:\s?(?P<{prefix}half>[ap])\.?\s?m\b\.?"
        r"|\s?(?:uhr|h(?:\d\d)?|o['’]clock|heures?|horas?|uur)\b|(?<=:\d\d)(?![\d:]))"
        rf"|\b(?P<{prefix}noon>noon|midday|midnight|mittag|mitternacht|midi|minuit|mediodía|medianoche|mezzogiorno"
        r"|mezzanotte)\b)"
    )


def _bare_time_as(prefix: str) -> str:
    return rf"(?<![\w.,:/€$£])(?P<{prefix}hour>\d{{1,2}})(?:[:.](?P<{prefix}minute>[0-5]\d))?"


_ONE_MONTH = pattern_of(_month_as("first"))
_TO = r"\s?(?:-|–|—|(?i:to|through|till|until|bis(?:\szum)?|à|au|jusqu['’](?:à|en)|a|al|hasta|até|tot|t/m)\b)\s?"
_BETWEEN = r"\b(?i:between|zwischen|entre|tra|fra|tussen)\s"
_AND = r"\s(?i:and|und|et|y|e|en)\s(?:dem\s)?"
_SPAN_OF_MONTHS = pattern_of(
    rf"{_month_as('first')}{_TO}{_month_as('last')}"
    rf"|{_BETWEEN}{_month_as('low')}{_AND}{_month_as('high')}"
)
_MODAL_MAY = pattern_of(  # "May I park here in June?"
    r"\AMay\s(?i:i|we|you|they|he|she|it|there)\b"
    r"|(?<![^\s\"“(])(?<![a-z,]\s)May\s(?!(?:to|through|till|until|and|or|is|was|will|has|it|you|we|they|i|there|only)\b)"
)
_LAST_MONTH = 12

_ONE_TIME = pattern_of(_time_as("first_"), re.IGNORECASE)
_SPAN_OF_HOURS = pattern_of(
    rf"(?:{_time_as('first_')}|{_bare_time_as('bare_')})(?:{_TO}|{_AND}){_time_as('last_')}", re.IGNORECASE
)
_FROM_HOUR = pattern_of(
    rf"\b(?:after|from|since|ab|nach|après|dès|à\spartir\sde|desde|después\sde|a\spartir\sde|dopo|dalle|vanaf|na)\s(?:las?\s)?"
    rf"{_time_as('first_')}(?!{_TO}\d)",
    re.IGNORECASE,
)
_UNTIL_HOUR = pattern_of(
    rf"\b(?:before|until|till|up\sto|bis|vor|avant|jusqu['’]à|antes\sde|hasta|prima\sdelle|fino\salle|voor|tot)\s(?:las?\s)?"
    rf"{_time_as('first_')}",
    re.IGNORECASE,
)
_NIGHT = frozenset(["midnight", "mitternacht", "minuit", "medianoche", "mezzanotte"])
_NOON, _DAY_END = 12, 24


def months_in(text: str) -> set[int]:
    """The months of no year that ``text`` names, 1 for January."""
    return {
        _month(match["first"])
        for match in _ONE_MONTH.finditer(text)
        if not (match["first"] == "May" and _MODAL_MAY.match(text, match.start("first")))
    }


def spans_of_months(text: str) -> Iterator[frozenset[int]]:
    """The months of each span of months that ``text`` names."""
    for match in _SPAN_OF_MONTHS.finditer(text):
        first, last = _month(match["first"] or match["low"]), _month(match["last"] or match["high"])
        months = range(first, last + 1) if first <= last else (*range(first, _LAST_MONTH + 1), *range(1, last + 1))
        yield frozenset(months)


def hours_in(text: str) -> set[float]:
    """The times of day that ``text`` names, in hours."""
    return {_hour(match, "first_") for match in _ONE_TIME.finditer(text)}


def spans_of_hours(text: str) -> Iterator[tuple[float, float]]:
    """The first and the last hour of each span of hours that ``text`` names; over midnight, the first is the later."""
    end = 0
    for match in _SPAN_OF_HOURS.finditer(text):
        last = _hour(match, "last_")
        first = _hour(match, "first_" if match["bare_hour"] is None else "bare_")
        is_in_same_half = match["bare_hour"] and match["last_half"] and first + _NOON < last
        yield first + _NOON if is_in_same_half else first, last
        end = match.end()
    for match in _FROM_HOUR.finditer(text, end):
        yield _hour(match, "first_"), float(_DAY_END)
    for match in _UNTIL_HOUR.finditer(text, end):
        yield 0.0, _hour(match, "first_")


def _month(name: str) -> int:
    name = name.casefold().rstrip(".")
    return MONTH_NUMBERS.get(name) or _MONTH_BY_LETTERS[name[:3]]


def _hour(match: re.Match[str], prefix: str) -> float:
    groups = match.groupdict()
    if noon := groups.get(f"{prefix}noon"):
        return float(_DAY_END if noon.casefold() in _NIGHT else _NOON)
    hour = int(groups[f"{prefix}hour"])
    if half := groups.get(f"{prefix}half"):
        hour = hour % _NOON + (_NOON if half.casefold() == "p" else 0)
    return hour + int(groups[f"{prefix}minute"] or 0) / 60
