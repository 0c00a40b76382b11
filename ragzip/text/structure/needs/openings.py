"""What the first words of a paragraph, or of the text, say of all that follows in it: when it was, of which year or
version it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ragzip.text.patterns import MONTHS
from ragzip.text.splitters.headings import names_edition
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.paragraphs import is_next_sentence, is_statement

__all__ = ["openings"]

_YEAR = r"(?:1\d|20)\d\d"
_DAYS = (
    r"(?i:mon|tues|wednes|thurs|fri|satur|sun)day|(?i:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend"
    r"|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado"
    r"|domingo"
    r"|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|maandag|dinsdag|woensdag|donderdag|vrijdag"
    r"|zaterdag|zondag)"
)
_DATE = (
    rf"\d{{1,2}}(?:st|nd|rd|th|er|\.|º)?\s(?:of\s|de\s)?{MONTHS}(?:,?\s(?:de\s)?{_YEAR})?"
    rf"|{MONTHS}\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s{_YEAR})?|{MONTHS}\s{_YEAR}"
    rf"|\d{{1,2}}[./-]\d{{1,2}}[./-](?:\d{{2,4}})?"
)
_END = r"(?=\s?[:–—|]|\s-\s|[.,;]?\s|[.,]?$)"
_SIGN = r"(?=\s?[:–—|]|\s-\s|[.,](?:\s|$)|\s?\n)"  # behind what may as well begin a sentence: "3 June was hot."
_STAMP = re.compile(
    r"[\W_]{0,4}(?i:(?:at|um|à|kl\.?|ore)\s)?(?:"
    rf"(?:[01]?\d|2[0-4])[:h][0-5]\d(?:\s?(?i:am|pm|a\.m\.|p\.m\.|uhr|h|gmt|utc))?{_END}"
    rf"|(?:[01]?\d|2[0-4])(?:[.:][0-5]\d)?\s?(?i:am|pm|a\.m\.|p\.m\.|uhr|hrs)(?![^\W\d_]){_END}"
    r"|(?P<dotted>(?:[01]?\d|2[0-4])\.[0-5]\d(?=\s?[:–—|-]|\s{1,3}[\"“„«]?[A-ZÀ-ÞА-Я]))"  # no "3.50 euros"
    rf"|\d{{4}}-\d\d-\d\d(?:[T\s]\d\d:\d\d(?::\d\d)?)?{_END}"
    rf"|(?:(?:{_DAYS}),?\s(?:the\s|den\s|le\s)?)?(?:{_DATE}){_SIGN}|(?:{_DAYS}){_SIGN}"
    rf"|{_YEAR}(?:[–/-]\d{{2,4}})?(?=\s?[:–—]|\s-\s)"
    rf"|(?i:day|week|month|tag|woche|monat|jour|semaine|día|semana|giorno|settimana|dag|dia)\s\d{{1,3}}{_SIGN})"
)
_NUMBER_OF_SECTION = re.compile(r"[ \t]{0,3}\d{1,2}\.\d(?:[.)]|(?!\d))")  # then "5.10" is one, too
_LEAST_STAMPED = 2  # paragraphs: one that begins with a date may be a sentence


def openings(source: str, units: Sequence[StructuredUnit], language: str | None) -> Iterator[tuple[int, int]]:
    """Sentences with the first one of their paragraph, where that begins with its time, or of the text, where that
    names its year or version.
    """
    beginnings = [place for place in range(len(units)) if _begins_paragraph(source, units, place)]
    stamped = set(_stamped(source, units, beginnings))
    edition: int | None = None  # the opening that what follows stands under
    if not beginnings:
        return
    ends = [*beginnings[1:], len(units)]
    is_edition_of_text = False
    for first, end in zip(beginnings, ends, strict=True):
        is_sentence = is_statement(units[first]) and not units[first].is_record and (first == 0 or end > first + 1)
        is_edition = is_sentence and names_edition(source[slice(*units[first].span)], language)
        if is_edition:
            edition = first
            is_edition_of_text = is_edition_of_text or first == 0
        for place in range(first + 1, end):
            if first in stamped and units[place].relation.section is None:
                yield place, first
        if edition is not None and (is_edition_of_text or edition == first):
            yield from (
                (place, edition) for place in range(first, end) if place != edition and is_statement(units[place])
            )


def _stamped(source: str, units: Sequence[StructuredUnit], beginnings: Sequence[int]) -> list[int]:
    """The first units of paragraphs that begin with a time, where several do."""
    has_numbers = any(_NUMBER_OF_SECTION.match(source, units[place].start) for place in beginnings)
    stamped: list[int] = []
    for place in beginnings:
        stamp = _STAMP.match(source, units[place].start, units[place].end)
        if stamp is not None and is_statement(units[place]) and not (has_numbers and stamp.group("dotted")):
            stamped.append(place)
    return stamped if len(stamped) >= _LEAST_STAMPED else []


def _begins_paragraph(source: str, units: Sequence[StructuredUnit], place: int) -> bool:
    return place == 0 or not is_next_sentence(source, units[place - 1], units[place])
