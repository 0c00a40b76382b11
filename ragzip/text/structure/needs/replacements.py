"""Sentences that state the words, value or day that replace others: '"40 minutes" should read "4 hours"', "the fee
rises from $9 to $12", "the match was moved to 28 June".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragzip.text.changes import INSTEAD_OF, MOVED, PUT_OFF
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.months import MONTHS
from ragzip.text.spans import Span
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.paragraphs import is_statement
from ragzip.text.structure.needs.revisions import things

__all__ = ["Replacement", "rephrased", "replacements"]

_MAX_REPLACEMENTS = 16  # of a text; more are a list of changes, each with what it changes
_QUOTED = pattern_of(
    r"[\"“„”«»]\s?(?P<words>[^\"“”„«»\n]{1,80}?)\s?[\"“”«»]|[「『](?P<words_in_cjk>[^「」『』\n]{1,80})[」』]"
)
_TWO_QUOTED = pattern_of(  # with words between them, unlike those of JSON
    r"[\"“”„«»「『][^\"“”„«»「」『』\n]{1,80}[\"“”«»」』][^\"“”„«»「」『』\n]{0,60}[^\W\d_][^\"“”„«»「」『』\n]{0,8}[\"“”„«»「『]"
)
_REPLACES = pattern_of(
    r"\b(?=[abeilmorstv])(?:"  # what one of them begins with
    r"(?:should|must|ought to|to) (?:read|be read|say)\b|should be\b|read\b|replaced\b|substituted\b"
    r"|(?:instead|in place) of\b|ersetz|statt\b|anstelle\b|au lieu d|remplac|en lugar d|en vez d|sustitu"
    r"|reempla|invece di|anziché\b|al posto di|sostitu|em (?:vez|lugar) d|substitu|leia-se\b|in plaats van\b|vervang)"
    r"|à la place d|应为|應為|改为|改為|替换|の誤り|に改め|を改め|に訂正",
    re.IGNORECASE,
)
_OF_OTHER_MINUTES = pattern_of(  # "The minutes of 13 February were approved with one change: …": no words of this text
    r"\b(?:minutes|protokolls?|niederschrift|procès-verbal|compte[- ]rendu|actas?|verbale|atas?|notulen|protokół)\b"
    r"[^!?\n]{0,80}?\b(?:approv|accept|adopt|confirm|agreed|genehmigt|angenommen|bestätigt|aprob|aprov|goedgekeurd"
    r"|vastgesteld)",
    re.IGNORECASE,
)
_INSTEAD_OF = pattern_of(  # before the words that do not hold
    rf"(?:{INSTEAD_OF}|而不是|而非)\s?$",
    re.IGNORECASE,
)
_VALUE = r"(?:[€$£¥]\s?)?\d(?:[\d.,]{0,12}\d)?"
_FROM_VALUE = pattern_of(
    rf"\b(?:from|von|de|da|van)\s(?P<value>{_VALUE})(?:\s?[^\W\d_]{{1,12}}|\s?[%€£])?"
    rf"\s(?:to|auf|à|a|para|naar|op)\s{_VALUE}(?:\s(?P<unit>[^\W\d_]{{1,20}}))?",
    re.IGNORECASE,
)
_CHANGES = pattern_of(
    r"\b(?:rais|ris(?:es|en|ing)|rose|increas|reduc|lower|chang|extend|shorten|cut\b|moved|goes|went|erhöh|gesenkt|senk"
    r"|sink|sank|steig|stieg|angehoben|verläng|verkürz|geändert|passe|augment|baiss|réd|pasa|sub[ei]|aument|baj|pass[aò]"
    r"|ridot|ridu|scend|diminu|desce|verhoog|verlaag|stijg|steeg|gewijzigd|gaat)",
    re.IGNORECASE,
)
_MOVED = pattern_of(  # to another day or time
    rf"\b(?:moved|put back|{PUT_OFF}|{MOVED})\s(?:[^\W\d_]{1, 10}\s){0, 3}?(?=\d{1, 2}\b|"
    rf"{MONTHS}\b)",
    re.IGNORECASE,
)
_DAY_OR_TIME = pattern_of(  # it begins with a digit: the search is six times as fast
    rf"(?<![\d.,])\d{{1,2}}(?:(?:st|nd|rd|th|er|\.|º)?\s(?:of\s|de\s)?{MONTHS}\b|[:.h]\d\d\b)"
)
_MONTH = pattern_of(MONTHS)
_STOP = pattern_of(r"(?<!\d)\.\s")  # "ab 1. Juli" goes on
_FIRST_UNSPACED = "\u2e80"  # from here on, characters of Chinese, Japanese and Korean
_LEAST_COMMON_SHARE = 1 / 3  # of the terms of the shorter sentence


class Replacement(NamedTuple):
    """A replacement: the ``place`` of the unit that states it, the ``pattern`` of the text that is replaced, and, for a
    value or a day, the ``terms`` of the thing that has it. ``is_of_other_text``: it replaces nothing of its own text.
    """

    place: int
    pattern: re.Pattern[str]
    terms: frozenset[str] = frozenset()
    is_of_other_text: bool = False

    def changed(self, source: str, spans: Sequence[Span]) -> Iterator[int]:
        """The places of the ``spans`` of ``source`` that hold what is replaced."""
        starts = [span.start for span in spans]
        places = (bisect_right(starts, match.start()) - 1 for match in self.pattern.finditer(source))
        for place in dict.fromkeys(places):
            if place >= 0 and self._may_mean(source[slice(*spans[place])]):
                yield place

    def _may_mean(self, text: str) -> bool:
        if not self.pattern.search(text):  # it is after the text
            return False
        if not self.terms:
            return True
        other_terms = _worded(things(text))
        least_common = _LEAST_COMMON_SHARE * min(len(self.terms), len(other_terms))
        return len(self.terms & other_terms) >= max(1, least_common)


def replacements(source: str, spans: Sequence[Span]) -> list[Replacement]:
    """The replacements that the ``spans`` of ``source`` state, at each place those of words first; none where there are
    too many.
    """
    if not spans:
        return []
    starts = [span.start for span in spans]
    places = {
        place
        for pattern in (_TWO_QUOTED, _FROM_VALUE, _MOVED)
        for match in pattern.finditer(source)
        if (place := bisect_right(starts, match.start()) - 1) >= 0
    }
    all_replacements = [
        replacement
        for place in sorted(places)
        for kind in (_of_words, _of_values, _of_days)
        for replacement in kind(source, spans, place)
    ]
    return all_replacements if len(all_replacements) <= _MAX_REPLACEMENTS else []


def rephrased(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Statements, each with the one in the same text that says how words of it should read, by place."""
    if not _TWO_QUOTED.search(source):
        return
    spans = [Span(unit.start, unit.end) for unit in units]
    for replacement in replacements(source, spans):
        is_of_words = not (replacement.terms or replacement.is_of_other_text)
        if is_of_words and is_statement(units[replacement.place]):
            for place in replacement.changed(source, spans):
                if place != replacement.place and is_statement(units[place]):
                    yield place, replacement.place


def _of_words(source: str, spans: Sequence[Span], place: int) -> Iterator[Replacement]:
    if not _REPLACES.search(source, *spans[place]):
        return
    quotes = list(_QUOTED.finditer(source, *spans[place]))
    if len(quotes) < 2:
        return
    is_of_other_text = _OF_OTHER_MINUTES.search(source, *spans[place]) is not None
    behind_instead = [quote for quote in quotes if _INSTEAD_OF.search(source, spans[place].start, quote.start())]
    for quote in behind_instead or quotes[::2]:
        words = (quote["words"] or quote["words_in_cjk"]).strip()
        if any(character.isalnum() for character in words):
            yield Replacement(place, _whole(words), is_of_other_text=is_of_other_text)


def _whole(words: str) -> re.Pattern[str]:
    """The pattern of ``words`` that are no parts of longer ones, where blanks part words, or of longer numbers."""
    before = r"(?<!\d)(?<!\d[.,])" if words[0].isdecimal() else "" if words[0] >= _FIRST_UNSPACED else r"(?<![^\W_])"
    after = r"(?![.,]?\d)" if words[-1].isdecimal() else "" if words[-1] >= _FIRST_UNSPACED else r"(?![^\W_])"
    return re.compile(f"{before}{re.escape(words)}{after}")


def _of_values(source: str, spans: Sequence[Span], place: int) -> Iterator[Replacement]:
    change = _FROM_VALUE.search(source, *spans[place])
    if change is None or not _CHANGES.search(source, *spans[place]):
        return
    terms = _terms_before(source, spans[place], change) - things(change["unit"] or "")
    if terms:
        yield Replacement(place, _whole(change["value"]), terms)


def _of_days(source: str, spans: Sequence[Span], place: int) -> Iterator[Replacement]:
    move = _MOVED.search(source, *spans[place])
    terms = frozenset() if move is None else _terms_before(source, spans[place], move)
    if terms:
        yield Replacement(place, _DAY_OR_TIME, terms)


def _terms_before(source: str, span: Span, match: re.Match[str]) -> frozenset[str]:
    """The words of a sentence in a span before ``match``."""
    stops = [stop.end() for stop in _STOP.finditer(source, span.start, match.start())]
    sentence_start = stops[-1] if stops else span.start
    return _worded(things(source[sentence_start : match.start()]))


def _worded(terms: frozenset[str]) -> frozenset[str]:
    """The terms that are words, and no months."""
    return frozenset(term for term in terms if term.isalpha() and not _MONTH.fullmatch(term.capitalize()))
