"""Lines of timetables and opening hours that name days, "Monday to Friday", "Sundays and public holidays": what stands
below them holds for these days alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.months import DAYS
from ragzip.text.splitters import SplitUnit
from ragzip.text.splitters.headings.plain import is_worded_as_title
from ragzip.text.structure.formats.prose.leads import paragraphs_of_lines

__all__ = ["days_at_start", "days_in", "lines_over"]

_SHORT_DAYS = (  # from Monday on
    "mon mo lun ma segunda",
    "tues tue di mar terça",
    "wed mi mer wo quarta",
    "thurs thu do jeu quinta",
    "fri fr ven vr sexta",
    "sat sa sam za",
    "sun so dim zo",
)
_DAY_BY_NAME = {
    name: day
    for names_by_day in (DAYS, _SHORT_DAYS)
    for day, names in enumerate(names_by_day)
    for name in names.split()
}
_MIN_FULL_NAME = 5  # letters; shorter ones are days only between others, or before a time
_DAYS_OF_GROUP = {
    **dict.fromkeys(["weekday", "working day", "werktag"], range(5)),
    **dict.fromkeys(["weekend", "wochenende", "week-end", "fin de semana"], range(5, 7)),
    **dict.fromkeys(["daily", "every day", "täglich"], range(7)),
}
_FULL_NAMES = [name for name in _DAY_BY_NAME if len(name) >= _MIN_FULL_NAME]
_SHORT_NAMES = [name.capitalize() for name in _DAY_BY_NAME if len(name) < _MIN_FULL_NAME]
_FULL = "|".join(sorted([*_FULL_NAMES, *_DAYS_OF_GROUP], key=len, reverse=True))
_SHORT = "|".join(sorted(_SHORT_NAMES, key=len, reverse=True))
_BEHIND_SHORT = (
    r"\s?(?:$|[-–/&+,:\d]|(?:to|and|bis|und|au|et|a|y|e|t/m|en|closed|geschlossen|ruhetag|fermée?|cerrado|chiuso|fechado"
    r"|gesloten)\b)"
)
_DAY = rf"(?:(?i:{_FULL})(?:'?s|e)?|(?:{_SHORT})\b\.?(?={_BEHIND_SHORT}))(?![^\W\d_])"
_FURTHER_DAY = rf"(?:(?i:{_FULL})(?:'?s|e)?|(?:{_SHORT})\b\.?)(?![^\W\d_])"  # after another one
_TO = r"\s?(?:[-–]|\b(?:to|through|till|until|bis|au|à|al?|tot|t/m)\b)\s?"
_AND = r"\s?(?:[,/&+]|\b(?:and|or|und|et|y|e|en)\b)\s?(?:\b(?:on|am|le|els)\s)?"
_DAYS_AT_START = pattern_of(
    rf"\W{{0,4}}(?:(?i:on|from|am|von|every|le|du|el|de)\s)?{_DAY}(?:(?:{_TO}|{_AND}){_FURTHER_DAY}){{0,6}}"
)
_OPENING = pattern_of(  # "Closed on Mondays"
    r"\W{0,4}(?:closed|open|geschlossen|geöffnet|fermée?|ouverte?|cerrado|abierto|chiuso|aperto|fechado|aberto|gesloten"
    r"|geopend)\s",
    re.IGNORECASE,
)
_RANGE = pattern_of(rf"({_FURTHER_DAY})(?:{_TO}({_FURTHER_DAY}))?")
_ANY_DAY = pattern_of(rf"\b{_DAY}")
_REST_OF_LINE = pattern_of(  # after the days of a line that names nothing else
    r"(?:\s?[,&+]?\s?\(?(?:and\s|und\s|et\s|y\s)?(?:(?:public|bank|legal|school)\s)?(?:holidays?|feiertage?n?|jours\sfériés|festivos"
    r"|feestdagen|only|nur|seulement|solo)\)?){0,3}\s?:?\s*",
    re.IGNORECASE,
)
_DAY_OF_PROGRAMME = pattern_of(  # of a journey or a course: "Day 2 - Saturday 8 June: Sintra"
    r"(?:day|tag|jour|día|giorno|dia|dag|stage|etappe|étape|etapa|tappa|session|week|woche|semaine|semana)"
    r"\s\d{1,3}(?![\w.,/])[^.!?\n]{0,80}",
    re.IGNORECASE,
)


def days_in(text: str) -> frozenset[int]:
    """The days that ``text`` names one by one, 0 for Monday."""
    return frozenset().union(*(_days_of(match[0]) for match in _ANY_DAY.finditer(text)))


def days_at_start(text: str) -> frozenset[int]:
    """The days with which ``text`` begins, for which it holds; those of "Monday to Friday" are five."""
    opening = _OPENING.match(text)
    match = _DAYS_AT_START.match(text, opening.end() if opening else 0)
    days: set[int] = set()
    for day_range in _RANGE.finditer(match[0]) if match else ():
        first_days, last_days = _days_of(day_range[1]), _days_of(day_range[2] or "")
        days |= first_days | last_days
        if first_days and last_days:
            first, last = min(first_days), max(last_days)
            days |= set(range(first, last + 1)) if first <= last else {*range(first, 7), *range(last + 1)}
    return frozenset(days)


def _days_of(name: str) -> frozenset[int]:
    name = name.casefold().rstrip(".")
    for form in (name, name.removesuffix("s").removesuffix("'"), name.removesuffix("e")):
        if form in _DAY_BY_NAME:
            return frozenset([_DAY_BY_NAME[form]])
        if form in _DAYS_OF_GROUP:
            return frozenset(_DAYS_OF_GROUP[form])
    return frozenset()


def lines_over(text: str, parts: Sequence[SplitUnit]) -> dict[int, tuple[int, ...]]:
    """The places of the lines that stand over others of their paragraph, the outermost first, by the place of each of
    these: the name of what the times are of, and the days.
    """
    over: dict[int, tuple[int, ...]] = {}
    for first, end in paragraphs_of_lines(text, parts):
        days = [number for number in range(first, end) if _names_days(parts[number].text_in(text))]
        if not days or any(after - day < 2 for day, after in pairwise([*days, end])):  # days alone are a list
            continue
        title = parts[first].text_in(text)
        head = (first,) if days[0] == first + 1 and is_worded_as_title(title, alone=True) else ()
        for day, after in pairwise([*days, end]):
            over[day] = head
            over.update((number, (*head, day)) for number in range(day + 1, after))
    days = [number for number, part in enumerate(parts) if _DAY_OF_PROGRAMME.fullmatch(text, *part.span)]
    if len(days) > 1 and all(after - day > 1 for day, after in pairwise([*days, len(parts)])):
        for day, after in pairwise([*days, len(parts)]):
            over.update((number, (day,)) for number in range(day + 1, after))
    return {number: lines for number, lines in over.items() if lines}


def _names_days(line: str) -> bool:
    """Whether ``line`` names days, and says nothing of them."""
    match = _DAYS_AT_START.match(line)
    return match is not None and _REST_OF_LINE.fullmatch(line, match.end()) is not None
