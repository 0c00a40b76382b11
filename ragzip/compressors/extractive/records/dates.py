"""Dates and times of a query in the notations that records may have them in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.months import MONTH_NUMBERS

__all__ = ["DateMention", "date_as_number", "date_mentions"]

_FIRST_NAMES = {number: name for name, number in reversed(MONTH_NUMBERS.items())}  # English stands first
_ENGLISH_MONTHS = {form: number for number, name in _FIRST_NAMES.items() for form in (name, name[:3])} | {"sept": 9}
_MONTHS = MONTH_NUMBERS | _ENGLISH_MONTHS | {"okt": 10, "dez": 12}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY = r"(\d{1,2})(?:st|nd|rd|th|er|º|°|\.)?"
_PATTERNS = (
    (pattern_of(rf"\b({_MONTH})\.? {_DAY}(?:,? (\d{{4}}))?\b", re.IGNORECASE), "mdy"),
    (pattern_of(rf"\b{_DAY} (?:of |de )?({_MONTH})\b\.?(?:(?:,| del?)? (\d{{4}}))?\b", re.IGNORECASE), "dmy"),
    (pattern_of(r"(?<![\w.-])(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?![\w-])"), "ymd"),
    (pattern_of(r"(?<![\w.])(\d{1,2})\.(\d{1,2})\.(\d{4})\b"), "dmy"),
    (pattern_of(r"(?<![\w/])(\d{1,2})/(\d{1,2})/(\d{4})\b"), "either"),
)
_TIME = pattern_of(r"(?<![\w:.-])(\d{1,2}):(\d{2})(:\d{2})?(?: ?([ap])\.?m\b)?(?![\w:])", re.IGNORECASE)
_WHOLE_DATES = (
    pattern_of(r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?:[T ](?P<hour>\d{2}):(?P<minute>\d{2}).*)?", re.DOTALL),
    pattern_of(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})(?:,? (?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?)?"),
    pattern_of(  # as in mails, feeds and the log of git
        r"(?:[^\W\d_]{2,10}\.?,? )?"
        rf"(?:(?P<m>{_MONTH})\.? {{1,2}}(?P<d>\d{{1,2}})|(?P<first_d>\d{{1,2}})\.?[ -](?P<later_m>{_MONTH})\.?)"
        r"(?:,?[ -](?P<y>\d{4}))?(?:,? (?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?)?(?: (?P<later_y>\d{4}))?"
        r"(?: (?:[+-]\d{4}|[A-Z]{2,4}))?",
        re.IGNORECASE,
    ),
)
_LAST_MONTH, _LAST_DAY = 12, 31
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}
_NOON = 12


class DateMention(NamedTuple):
    """A date or time of a query: its place, and how records may write it, in small letters."""

    start: int
    end: int
    notations: tuple[str, ...]


def date_mentions(query: str) -> Iterator[DateMention]:
    """The dates with a day, and the times, that ``query`` names, in any notation."""
    for pattern, order in _PATTERNS:
        for match in pattern.finditer(query):
            notations = dict.fromkeys(
                notation for year, month, day in _readings(match, order) for notation in _notations(year, month, day)
            )
            if notations:
                yield DateMention(*match.span(), tuple(notations))
    for match in _TIME.finditer(query):
        yield DateMention(*match.span(), tuple(_times(int(match[1]), match[2], match[3] or "", match[4])))


def date_as_number(text: str) -> float | None:
    """A date that is the whole of ``text``, as the number of its digits, 202406071030; None of any other text. Dates
    without a year come before those with one.
    """
    for pattern in _WHOLE_DATES:
        if date := pattern.fullmatch(text):
            parts = date.groupdict()
            month, day = parts["m"] or parts["later_m"], parts["d"] or parts["first_d"]
            values = (parts["y"] or parts.get("later_y"), month, day, parts["hour"], parts["minute"])
            year, *month_to_minute = (_number(value) or 0 for value in values)
            return float(f"{year}{''.join(f'{value:02}' for value in month_to_minute)}")
    return None


def _readings(match: re.Match[str], order: str) -> Iterator[tuple[int | None, int, int]]:
    """Year (None: none is said), month and day of a match; with slashes the month may come first or second."""
    orders = ("mdy", "dmy") if order == "either" else (order,)
    for letters in orders:
        parts = {letter: _number(match[place]) for place, letter in enumerate(letters, 1)}
        year, month, day = parts["y"], parts["m"], parts["d"]
        if month is not None and day is not None and 1 <= month <= _LAST_MONTH and 1 <= day <= _LAST_DAY:
            yield year, month, day


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) if text.isdecimal() else _MONTHS[text.casefold()]


def _notations(year: int | None, month: int, day: int) -> Iterator[str]:
    ordinal = "th" if day // 10 == 1 else _ORDINALS.get(day % 10, "th")
    of_year = ("",) if year is None else (f" {year}", f", {year}")
    for name in (name for name, number in _MONTHS.items() if number == month):
        if name in _ENGLISH_MONTHS:
            days = dict.fromkeys([f"{day}", f"{day:02}", f"{day}{ordinal}"])
            for written_day, written_year in product(days, of_year):
                yield from (f"{name} {written_day}{written_year}", f"{written_day} {name}{written_year}")
                yield f"{written_day} of {name}{written_year}"
        else:
            yield from (f"{day} {name}{of_year[0]}", f"{day:02} {name}{of_year[0]}", f"{day}. {name}{of_year[0]}")
            yield f"{day} de {name}" if year is None else f"{day} de {name} de {year}"
        yield from () if year is None else (f"{day:02}/{name}/{year}", f"{day:02}-{name}-{year}")
    if year is None:
        yield from (f"{month:02}-{day:02}", f"{day:02}.{month:02}.", f"{day}.{month}.")
        yield from (f"{day:02}/{month:02}/", f"{day}/{month}/", f"{month:02}/{day:02}/", f"{month}/{day}/")
        return
    for separator in "-/.":
        yield f"{year}{separator}{month:02}{separator}{day:02}"
        yield f"{day:02}{separator}{month:02}{separator}{year}"
        yield f"{day}{separator}{month}{separator}{year}"
    yield from (f"{year}{month:02}{day:02}", f"{month:02}/{day:02}/{year}", f"{month}/{day}/{year}")


def _times(hour: int, minute: str, second: str, half: str | None) -> Iterator[str]:
    """The notations of a time; an hour with "am" or "pm" also as one of 24."""
    if half:
        yield from (f"{hour}:{minute}{second} {half.lower()}m", f"{hour}:{minute}{second}{half.lower()}m")
        hour = hour % _NOON + (_NOON if half.lower() == "p" else 0)
    yield f"{hour:02}:{minute}{second}"
    if hour < 10:
        yield f"{hour}:{minute}{second}"
