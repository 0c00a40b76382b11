"""Rules for sentences and rows that hold for certain amounts, years, days, months or hours, where a query names one:
"Children from 6 to 12 years" answers for a child of eight, "For 2022" not for 2023, "Monday to Friday" not for a
Sunday. Models that read meaning hardly distinguish such lines.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from itertools import islice

from ragzip.compressors.extractive.rules.asked_forms import asks_for_permission
from ragzip.compressors.extractive.rules.text_units import TextUnits, just_above, with_holding_first
from ragzip.compressors.outline import Outline
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.ages import DASH
from ragzip.text.quantities.amounts import YEAR, amounts, may_name, ranges, with_figures
from ragzip.text.quantities.months import MONTH_BEFORE_YEAR, SPAN_OF_YEARS, UNTIL_NOW
from ragzip.text.quantities.recurring import hours_in, months_in, spans_of_hours, spans_of_months
from ragzip.text.scores import Scores
from ragzip.text.structure import Relation
from ragzip.text.structure.formats.prose.days import days_at_start, days_in

__all__ = ["names_value", "with_ranges"]

_YEARS = (1500.0, 2099.0)
_YEARS_BETWEEN = pattern_of(
    rf"(?<![\d.,:-])(?P<first>(?:1[5-9]|20)\d\d)(?:\s?(?i:{DASH}|\b(?:until|till)\b)\s?(?P<last>(?:1[5-9]|20)?\d\d)(?![\d:/-])"
    rf"|\s?(?:[-–—]|\b(?:to|until|bis|tot)\b)\s?(?:{MONTH_BEFORE_YEAR}(?P<last_named>(?:1[5-9]|20)\d\d)|{UNTIL_NOW}))"
)
_NOW = pattern_of(
    r"\b(?:now|nowadays|current(?:ly)?|today|at (?:present|the moment)|present(?:ly)?|these days|jetzt"
    r"|derzeit(?:ige[nrs]?)?"
    r"|zurzeit|aktuell(?:e[nrs]?)?|momentan|heute|gegenwärtig|actuel(?:le)?(?:ment)?|aujourd['’]hui|maintenant"
    r"|actual(?:mente)?"
    r"|ahora|hoy|attual(?:e|mente)|adesso|oggi|atual(?:mente)?|agora|hoje|momenteel|huidige|tegenwoordig|vandaag)\b",
    re.IGNORECASE,
)
_DATED_LINE = pattern_of(  # of a résumé or a chronicle: with such a span alone, or at the end of a short line
    rf"^[^\n.]{{0,80}}?(?<![^\s(|,:]){SPAN_OF_YEARS}\)?(?=[,:|\n\t]|  |$)", re.MULTILINE
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
_OF_ORIGIN = pattern_of(  # "It dates from 1974." holds for that year alone
    r"\b(?:dat(?:es?|ed|ing)|stem(?:s|med)?|com(?:es?|ing)|came|stamm(?:t|en|te)|datier(?:t|en)|provien(?:t|nent)|risale)"
    r"\s[^.]{0,12}$",
    re.IGNORECASE,
)
_YEAR_LATER = pattern_of(  # than the year of the sentence before
    r"(?:in |im |en |al |nel )?(?:the |l['’]|el )?(?:following year|next year|year after(?: that)?"
    r"|(?:a|one) year later"
    r"|folgenden? jahr|jahr darauf|ein jahr später|année suivante|un an plus tard|año siguiente"
    r"|un año (?:más tarde|después)|anno (?:seguente|successivo|dopo)|un anno dopo|ano seguinte|um ano depois"
    r"|het jaar daarop|een jaar later)\b",
    re.IGNORECASE,
)
_SINCE_THEN = pattern_of(  # since the last year of the sentence before
    r"(?:(?:ever )?since(?: then)?|from then on|after that|thereafter|afterwards|seitdem|seither|danach"
    r"|depuis(?: lors)?"
    r"|par la suite|ensuite|desde entonces|después|da allora|in seguito|desde então|depois|sindsdien|daarna)\b",
    re.IGNORECASE,
)
_SHARE_OF_BEST = 0.95  # of the score of the best of those, the least for one that holds for the one asked for
_MAX_WITH_YEAR = 3  # sentences that a year tells from others
_MAX_WITH_SPAN = 3  # sentences that a month or an hour tells from others
_PARTS = pattern_of(r"\n|[,;]\s")  # of opening hours
_MAX_AMOUNTS = 8  # of a query; more are a document
_NEAR_UNITS = 6  # on each side, among which a year tells one sentence from another


def names_value(query: str) -> bool:
    """Whether ``query`` names a value that a line of a text may hold for."""
    query = with_figures(query)
    has_value = any(map(str.isdigit, query)) or bool(days_in(query)) or len(months_in(query)) == 1
    return has_value or _NOW.search(query) is not None


def with_ranges(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units, lower for those that hold for other amounts, years, days, months or hours than the one
    of ``query``, where another unit holds for that one. That unit scores higher than they do, and none of them takes
    its place where it does not fit. Items hold for the range of their lead-in. *Shape:* (n,) both.
    """
    outline, source = text.outline, text.source
    if query is None or not len(scores) or not names_value(query):
        return scores
    query = with_figures(query)
    asked_days, asked_months = days_in(query), months_in(query)
    texts = [outline.text_of(number, source) for number in range(len(outline.spans))]
    weighted = scores
    for holds in (*_by_year(query, texts), *_by_day(asked_days, text, texts)):
        entries = {number for number in holds if _DATED_LINE.search(texts[number])}
        holding, not_holding = _held(holds | _below(entries, holds, outline), outline)
        if holding and not_holding:
            is_entry = any(holds[number] for number in entries)
            best_score = _best_near(weighted, holding) if is_entry else float(weighted[not_holding].max())
            weighted = with_holding_first(text, weighted, holding, not_holding, _SHARE_OF_BEST * best_score)
    for holds in _by_amount(query, texts):
        holding, not_holding = _held(holds, outline)
        if holding and not_holding:
            is_of_records = any(outline.records)  # another may have more of the words, and no range: "child's ticket"
            best_score = _best_near(weighted, not_holding if is_of_records else holding)
            least_score = just_above(best_score) if is_of_records else _SHARE_OF_BEST * best_score
            weighted = with_holding_first(text, weighted, holding, not_holding, least_score)
    for holds in _by_month_or_hour(query, asked_months, texts, texts[int(weighted.argmax())]):
        holding, not_holding = _held(holds, outline)
        if 0 < len(holding) <= _MAX_WITH_SPAN:
            best_score = _best_near(weighted, holding)
            least_score = just_above(best_score) if asks_for_permission(query) else _SHARE_OF_BEST * best_score
            weighted = with_holding_first(text, weighted, holding, not_holding, least_score)
    return weighted


def _held(holds: dict[int, bool], outline: Outline) -> tuple[list[int], list[int]]:
    """The numbers of the units, headings excepted, that hold for the value in the query, and of those that hold for
    other values.
    """
    holds |= {
        number: holds[relation.head]
        for number, relation in enumerate(outline.relations)
        if relation.head in holds and number not in holds
    }
    statements = {number: is_held for number, is_held in holds.items() if outline.relations[number].section is None}
    holding = [number for number, is_held in statements.items() if is_held]
    return holding, [number for number, is_held in statements.items() if not is_held]


def _below(entries: Set[int], holds: Mapping[int, bool], outline: Outline) -> dict[int, bool]:
    """Whether what stands below one of the ``entries``, as the items below a job in a résumé, holds as that does, by
    number.
    """
    return {
        number: holds[entry]
        for number, relation in enumerate(outline.relations)
        if number not in holds
        for entry in _lines_over(number, relation)
        if entry in entries
    }


def _best_near(scores: Scores, numbers: Sequence[int]) -> float:
    """The best score of the units near ``numbers``."""
    return max(float(scores[max(0, number - _NEAR_UNITS) : number + _NEAR_UNITS + 1].max()) for number in numbers)


def _by_amount(query: str, texts: Sequence[str]) -> Iterator[dict[int, bool]]:
    """A mapping for each amount of ``query``: whether it is in a range of each text, by the number of those texts that
    have a range with its unit.
    """
    asked_amounts = list(islice(dict.fromkeys(amounts(query)), _MAX_AMOUNTS))
    if not asked_amounts:
        return
    units = {amount.unit for amount in asked_amounts}
    ranges_of_texts = {
        number: ranges_of_text
        for number, text in enumerate(texts)
        if may_name(units, text.casefold()) and (ranges_of_text := list(ranges(with_figures(text))))
    }
    for amount in asked_amounts:
        yield {
            number: any(bounds.least <= amount.value <= bounds.greatest for bounds in of_unit)
            for number, ranges_of_text in ranges_of_texts.items()
            if (of_unit := [bounds for bounds in ranges_of_text if bounds.unit == amount.unit])
        }


def _by_day(asked_days: Collection[int], text: TextUnits, texts: Sequence[str]) -> Iterator[dict[int, bool]]:
    """A mapping of the units that begin with days, or are under a line or a heading that does, by number: whether they
    hold for a day in the query. The names of columns are days of all rows.
    """
    if not asked_days:
        return
    outline = text.outline
    needed = {line for relation in outline.relations for line in relation.needs}
    days_of_units = [
        _days_of(reading, text.source[slice(*span)])
        or (_only_day(reading) if number in needed or relation.section is not None else frozenset())
        for number, (reading, span, relation) in enumerate(zip(texts, outline.spans, outline.relations, strict=True))
    ]
    yield {
        number: not days.isdisjoint(asked_days)
        for number, relation in enumerate(outline.relations)
        if (days := next(filter(None, (days_of_units[line] for line in _lines_over(number, relation))), None))
    }


def _lines_over(number: int, relation: Relation) -> tuple[int, ...]:
    """The numbers of a unit, of the lines that it needs and of the heading over it."""
    return (number, *relation.needs, *(() if relation.heading is None else (relation.heading,)))


def _by_month_or_hour(
    query: str, asked_months: Collection[int], texts: Sequence[str], best_text: str
) -> Iterator[dict[int, bool]]:
    """A mapping of the texts that name spans of months, by number: whether the only month of ``query`` is in one,
    unless ``best_text`` names it; the same of hours.
    """
    if len(asked_months) == 1 and not any(spans_of_months(query)) and months_in(best_text).isdisjoint(asked_months):
        (month,) = asked_months
        spans_by_text = {number: spans for number, text in enumerate(texts) if (spans := list(spans_of_months(text)))}
        yield {number: any(month in months for months in spans) for number, spans in spans_by_text.items()}
    asked_hours = hours_in(query)
    if len(asked_hours) == 1 and not any(spans_of_hours(query)) and hours_in(best_text).isdisjoint(asked_hours):
        (hour,) = asked_hours
        yield {
            number: any(_is_between(hour, *span) for span in hours)
            for number, text in enumerate(texts)
            if any(map(str.isdigit, text)) and (hours := list(spans_of_hours(text)))
        }


def _is_between(hour: float, first: float, last: float) -> bool:
    return first <= hour <= last if first <= last else hour >= first or hour <= last


def _days_of(reading: str, text: str) -> frozenset[int]:
    """The days with which the lines of a ``reading`` begin, and those after commas that stand in the ``text`` itself:
    "Mon-Fri 9-18, Sat 9-12".
    """
    first, *others = (days_at_start(part) for part in _PARTS.split(reading))
    further = frozenset().union(*others)
    return first | (further if reading == text or not further else further & days_in(text))


def _only_day(line: str) -> frozenset[int]:
    """The only day that a line over others names: "Day 2 - Saturday 8 June: Sintra"."""
    days = days_in(line)
    return days if len(days) == 1 else frozenset()


def _by_year(query: str, texts: Sequence[str]) -> Iterator[dict[int, bool]]:
    """A mapping of the sentences with a year, by number: whether they hold for the year of ``query``. Those near one
    that does are in it. For a query for what is now, only lines with spans of years are.
    """
    years = list(YEAR.finditer(query))
    if not years and _NOW.search(query):
        yield {
            number: any(last == _YEARS[1] for _, last in _spans_of_years(text))
            for number, text in enumerate(texts)
            if _DATED_LINE.search(text)
        }
    if len({year.group() for year in years}) != 1 or _UNTIL_YEAR.search(query[: years[0].start()]):
        return
    asked_year = float(years[0].group())
    holds = {
        number: any(first <= asked_year <= last for first, last in spans)
        for number, spans in enumerate(_years_of_texts(texts))
        if spans
    }
    holding = [number for number, is_held in holds.items() if is_held]
    if len(holding) > _MAX_WITH_YEAR:  # what the text is about
        return
    yield {
        number: is_held
        for number, is_held in holds.items()
        if any(abs(number - held) <= _NEAR_UNITS for held in holding)
    }


def _years_of_texts(texts: Sequence[str]) -> Iterator[list[tuple[float, float]]]:
    """The years, first and last, for which each text says something: "the following year", too."""
    span_before: tuple[float, float] | None = None
    for text in texts:
        spans = list(_spans_of_years(text))
        if not spans and span_before is not None:
            first, last = span_before
            if first == last and _YEAR_LATER.match(text):
                spans = [(last + 1, last + 1)]
            elif last < _YEARS[1] and _SINCE_THEN.match(text):
                spans = [(last, _YEARS[1])]
        if spans:
            span_before = spans[-1]
        yield spans


def _spans_of_years(text: str) -> Iterator[tuple[float, float]]:
    """The years, first and last, for which ``text`` says something."""
    covered_end = 0
    for match in _YEARS_BETWEEN.finditer(text):
        first, last = match.group("first"), match.group("last") or match.group("last_named")
        yield float(first), _YEARS[1] if last is None else float(last if len(last) > 2 else first[:2] + last)
        covered_end = match.end()
    for match in YEAR.finditer(text):
        year, before = float(match.group()), text[max(covered_end, match.start() - 30) : match.start()]
        if match.start() < covered_end:
            continue
        if _FROM_YEAR.search(before) and not _OF_ORIGIN.search(before):
            yield year, _YEARS[1]
        elif _UNTIL_YEAR.search(before):
            yield _YEARS[0], year
        else:
            yield year, year
