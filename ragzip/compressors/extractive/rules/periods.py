"""Rules for what has a date, where a query names years or a period: "roles after 2005", "films between 1992 and 1994",
"what changed since 2.0 of March 2021?". Models that read meaning hardly tell one date from another.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from ragzip.compressors.extractive.records.dates import DateMention, date_as_number, date_mentions
from ragzip.compressors.extractive.rules.text_units import TextUnits, values_by_column, with_holding_first
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.months import MONTHS
from ragzip.text.scores import Scores
from ragzip.text.spans import Span
from ragzip.text.words import terms, with_parted_names

__all__ = ["SHARE_BEYOND", "Period", "dates_in", "periods_in", "with_units_of_period"]

_FIRST_DAY, _LAST_DAY = 0, 99_999_999  # dates are numbers: 20090201; a year is those from 20090000 to 20099999
_DAYS_OF_YEAR = 10_000
_DAYS_OF_MONTH = 98  # after the first
_MINUTES = 10_000  # of a day, in what ``date_as_number`` gives
_YEAR = r"(?:1[5-9]|20)\d\d"
_YEARS = pattern_of(  # "1998-99" of a season, "the 1990s", "2011"
    rf"(?:(?<![\w.,:/-])|(?<=\bpre-)|(?<=\bpost-))(?P<first>{_YEAR})"
    rf"(?:(?P<decade>['’]?s\b)|\s?[-–—/]\s?(?P<last>(?:{_YEAR}|\d\d))(?![\w/-])|(?=[年년])|(?![\w-]))"
)
_DAY = pattern_of(r"(?<!\d)((?:1[5-9]|20)\d\d)-(\d\d)-(\d\d)(?!\d)")
_BETWEEN = pattern_of(
    rf"\b(?:between|zwischen|entre|tra|tussen|from|von|de|del|dal|van)\s(?P<first>{_YEAR})\s"
    rf"(?:and|und|et|y|e|en|to|until|till|through|bis|à|a|hasta|al?|tot)\s(?P<last>{_YEAR})\b"
    rf"|(?<![\w.,:/-])(?P<from>{_YEAR})\s(?:to|until|till|through|bis|hasta|tot)\s(?P<to>{_YEAR})\b",
    re.IGNORECASE,
)
_UNTIL_NOW = pattern_of(
    r"\s?[-–—]\s?(?:present|now|today|current|heute|aujourd['’]hui|hoy|oggi|heden)?$", re.IGNORECASE
)
_MONTH = pattern_of(MONTHS)
_MONTH_OF_YEAR = pattern_of(rf"\b(?P<month>{MONTHS})\s(?:de\s)?(?P<year>{_YEAR})(?![\w-])")
_TO_DATE = (  # between such a word and the date: "after the end of March 2009", but not "after leaving in 2009"
    r"(?:\s(?:the|year|season|end|start|beginning|of|early|late|mid|dem|den|der|ende|anfang|jahr|l['’]année|l['’]an|la|fin"
    rf"|de|el|año|il|l['’]anno|het|{MONTHS}))*[\s-]?$"
)
_MAX_VALUE_CHARACTERS = 40
_MIN_RECORDS = 3
_MIN_SHARE = 0.6  # of the records with a column, that have a date there
_SHARE_OF_BEST = 0.95  # of the score of the best of the others, the least for a record of the period
SHARE_BEYOND = 0.02  # of the score of one beyond the bounds that the query names
_MAX_PERIODS = 4
_MAX_WORD_CHARACTERS = 60  # before a date, in which its bound is named
_MAX_UNITS = 5000  # whose dates are read


class _Bound(NamedTuple):
    """A word before a date: whether it means what is behind the date, and whether the date is a part of that."""

    word: re.Pattern[str]
    is_behind: bool
    is_inside: bool


def _bound(words: str, *, is_behind: bool, is_inside: bool) -> _Bound:
    return _Bound(pattern_of(rf"\b(?:{words})\b{_TO_DATE}", re.IGNORECASE), is_behind, is_inside)


_BOUNDS = (
    _bound("after|later than|following|nach|après|después de|dopo|depois de|na", is_behind=True, is_inside=False),
    _bound(
        "since|beginning(?: in)?|starting(?: in)?|as of|seit|ab|depuis|à partir de|desde|a partir de|dal|sinds|vanaf",
        is_behind=True,
        is_inside=True,
    ),
    _bound("before|prior to|earlier than|vor|avant|antes de|prima del?|voor", is_behind=False, is_inside=False),
    _bound(r"until|till|by|up to|through|bis|jusqu\w*|hasta|até|fino al?|tot", is_behind=False, is_inside=True),
    _Bound(pattern_of(r"\bpre-$", re.IGNORECASE), is_behind=False, is_inside=False),
    _Bound(pattern_of(r"\bpost-$", re.IGNORECASE), is_behind=True, is_inside=False),
)
_BOUNDS_BEHIND = (  # the date, in Chinese, Japanese and Korean
    _Bound(pattern_of(r"年?(?:以降|以来|から)|년\s?(?:이래|부터)"), is_behind=True, is_inside=True),
    _Bound(pattern_of(r"年?(?:以[后後]|之[后後]|[后後])|년\s?이후"), is_behind=True, is_inside=False),
    _Bound(pattern_of(r"年?(?:以前|之前|より前|前)|년\s?이전"), is_behind=False, is_inside=False),
)


class Period(NamedTuple):
    """The dates from ``first`` to ``last``; whether a record must lie wholly in it, as a season does; and whether the
    query names its bounds: "before 1990".
    """

    first: int
    last: int
    is_season: bool = False
    is_bound: bool = False

    def holds(self, first: int, last: int) -> bool:
        if self.is_season:
            return self.first <= first and last <= self.last
        return first <= self.last and self.first <= last


def with_units_of_period(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units, lower for those with a date outside of the years or the period that ``query`` names,
    where others are in it; none of those takes the place of one in it that does not fit. Dates are those in columns of
    records; for a period whose bounds the query names also those in a unit, or in the heading over it. *Shape:* (n,)
    both.
    """
    periods = list(islice(periods_in(query or ""), _MAX_PERIODS + 1))
    if not 0 < len(periods) <= _MAX_PERIODS or not len(scores):
        return scores
    are_bound = any(period.is_bound for period in periods)
    dates = _dates_of_records(query or "", text)
    of_columns = bool(dates)
    if not of_columns and are_bound and len(scores) <= _MAX_UNITS:
        dates = _dates_of_units(text)
    holding = [
        number for number, spans in dates.items() if any(period.holds(*span) for period in periods for span in spans)
    ]
    not_holding = sorted(dates.keys() - set(holding))
    if not holding or not not_holding:
        return scores
    best_score, best_holding = float(scores[not_holding].max()), float(scores[holding].max())
    if of_columns:
        weighted = with_holding_first(text, scores, holding, not_holding, _SHARE_OF_BEST * best_score)
    else:  # sentences and lines: most of what is in the period may be about something else
        weighted = scores.copy()
        weighted[holding] *= max(1.0, best_score / best_holding) if best_holding > 0 else 1.0
    if are_bound:
        weighted[not_holding] *= SHARE_BEYOND
    return weighted


def periods_in(query: str) -> Iterator[Period]:
    """The years and periods that ``query`` names."""
    covered: list[tuple[int, int]] = []
    for match in _BETWEEN.finditer(query):
        first, last = match["first"] or match["from"], match["last"] or match["to"]
        yield Period(_first_day(first), _last_day(last), is_bound=True)
        covered.append(match.span())
    for date in date_mentions(query):
        if (day := _day_named(date)) is not None:
            yield _with_bound(query, Span(date.start, date.end), day, day)
            covered.append((date.start, date.end))
    for match in _MONTH_OF_YEAR.finditer(query):
        first_day = _day_of(f"1 {match['month'].rstrip('.')} {match['year']}")
        if first_day is not None and not any(start <= match.start() < end for start, end in covered):
            days = first_day - 1, first_day + _DAYS_OF_MONTH
            yield _with_bound(query, Span(*match.span()), *days)
            covered.append(match.span())
    for match in _YEARS.finditer(query):
        if not any(start <= match.start() < end for start, end in covered):
            is_season = match["last"] is not None
            yield _with_bound(query, Span(*match.span()), *_days_of_years(match), is_season=is_season)


def _with_bound(text: str, date: Span, first: int, last: int, *, is_season: bool = False) -> Period:
    """The period that a date of ``text`` is named with, by the word before it, or behind it."""
    before = text[max(0, date.start - _MAX_WORD_CHARACTERS) : date.start]
    behind = text[date.end : date.end + _MAX_WORD_CHARACTERS]
    words_before = ((bound, bound.word.search(before)) for bound in _BOUNDS)
    words_behind = ((bound, bound.word.match(behind)) for bound in _BOUNDS_BEHIND)
    for (_, is_behind, is_inside), match in (*words_before, *words_behind):
        if match:
            if is_behind:
                return Period(first if is_inside else last + 1, _LAST_DAY, is_bound=True)
            return Period(_FIRST_DAY, last if is_inside else first - 1, is_bound=True)
    return Period(first, last, is_season)


def _dates_of_units(text: TextUnits) -> Mapping[int, Sequence[tuple[int, int]]]:
    """The dates in the units that are no headings, those of sentences with a year more on both sides, or in the nearest
    heading over them with any, by number.
    """
    outline = text.outline
    dates_of_unit = [list(dates_in(outline.text_of(number, text.source))) for number in range(len(outline.spans))]
    dates: dict[int, list[tuple[int, int]]] = {}
    for number, relation in enumerate(outline.relations):
        if relation.section is not None:
            continue
        heading = relation.heading
        while heading is not None and not dates_of_unit[heading]:
            heading = outline.relations[heading].heading
        own_dates = dates_of_unit[number]
        if own_dates and not outline.records[number]:  # a sentence may say what came at the end of a year
            own_dates = [(first - _DAYS_OF_YEAR, last + _DAYS_OF_YEAR) for first, last in own_dates]
        if unit_dates := own_dates or (dates_of_unit[heading] if heading is not None else []):
            dates[number] = unit_dates
    return dates


def dates_in(text: str) -> Iterator[tuple[int, int]]:
    """The dates and years in a text, each as its first and last day."""
    covered: list[tuple[int, int]] = []
    for match in _DAY.finditer(text):
        yield (day := int("".join(match.groups())), day)
        covered.append(match.span())
    for date in date_mentions(text) if _MONTH.search(text) else ():
        if (named_day := _day_named(date)) is not None:
            yield named_day, named_day
            covered.append((date.start, date.end))
    for match in _YEARS.finditer(text):
        if not any(start <= match.start() < end for start, end in covered):
            period = _with_bound(text, Span(*match.span()), *_days_of_years(match))  # "beginning in 2007"
            yield period.first, period.last


def _days_of_years(match: re.Match[str]) -> tuple[int, int]:
    """The first and last day of a year, a decade or a span of years."""
    first, last = match["first"], match["last"] or match["first"]
    last = f"{first[:3]}9" if match["decade"] else last if len(last) > 2 else f"{first[:2]}{last}"
    return _first_day(first), _last_day(last)


def _dates_of_records(query: str, text: TextUnits) -> Mapping[int, Sequence[tuple[int, int]]]:
    """The first and last dates of the records with any, by number: of the columns with a name in ``query``, else of
    all columns of dates.
    """
    columns: dict[str, dict[int, tuple[int, int]]] = {}
    for name, values in values_by_column(text.records()).items():
        column_dates = {number: dates for number, value in values.items() if (dates := _dates_of(value)) is not None}
        if len(column_dates) >= max(_MIN_RECORDS, _MIN_SHARE * len(values)):
            columns[name] = column_dates
    query_terms = set(terms(query))
    named = {
        name: dates for name, dates in columns.items() if not query_terms.isdisjoint(terms(with_parted_names(name)))
    }
    dates_by_record: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for dates_of_column in (named or columns).values():
        for number, dates in dates_of_column.items():
            dates_by_record[number].append(dates)
    return dates_by_record


def _dates_of(value: str) -> tuple[int, int] | None:
    """The first and last date of a short value that begins or ends with a date or a year; None of any other."""
    if len(value) > _MAX_VALUE_CHARACTERS:
        return None
    day = _day_of(value)
    if day is not None:
        return day, day
    open_end = _UNTIL_NOW.search(value)
    years = list(_YEARS.finditer(value[: open_end.start()] if open_end else value))
    if open_end and years:
        return _first_day(years[0]["first"]), _LAST_DAY
    if not years or (years[0].start() > 0 and years[-1].end() < len(value)):
        return None
    return _days_of_years(years[0])[0], _days_of_years(years[-1])[1]


def _day_named(date: DateMention) -> int | None:
    """A date as a number; None of one without a year."""
    return next((number for notation in date.notations if (number := _day_of(notation)) is not None), None)


def _day_of(text: str) -> int | None:
    """A date with a year that is the whole of ``text``, as a number; None of any other text."""
    date = date_as_number(text)
    return int(date) // _MINUTES if date is not None and date >= _DAYS_OF_YEAR * _MINUTES else None


def _first_day(year: str) -> int:
    return int(year) * _DAYS_OF_YEAR


def _last_day(year: str) -> int:
    return _first_day(year) + _DAYS_OF_YEAR - 1
