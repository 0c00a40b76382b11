"""Ends of sentences without a blank behind them, as extraction from pages and PDF files leaves them: "It burned.Nobody
was hurt.".
"""

from __future__ import annotations

import re

from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.words import content

__all__ = ["ends_without_blank"]

_CLOSING, _OPENING = r"[\"”’»)\]]{0,2}+", r"[\"“‘«(\[¿¡]?"
_CAPITAL, _SMALL = r"[A-ZÀ-ÖØ-ÞΑ-ΩΆ-ΏА-ЯЁІЇЄҐ]", r"[a-zß-öø-ÿα-ωά-ώа-яёіїєґ]"
_STOP = pattern_of(  # between words of letters alone: no part of an address or a name in code
    rf"(?<=[^\W_])[.!?]{_CLOSING}(?={_OPENING}(?P<word>(?:{_CAPITAL}{_SMALL}{{1,20}}|[AEIOYÀÉАВИОСУЯ](?![.]))(?:['’]{_SMALL}{{1,4}})?)"
    rf"(?:[\s,;:.!?…\"”)]|[–—-]\s))"
)
_WORD_BEFORE = pattern_of(
    rf"(?<![^\W\d_]|[.@/_\\:])(?:{_CAPITAL}?{_SMALL}{{2,30}}|\d{{1,3}}(?:[.,]\d{{1,3}}%?|%)|\d{{4}})$"
)
_SMALL_WORD_BEFORE = pattern_of(rf"(?<![^\W\d_]|[.@/_\\:]){_SMALL}{{2,30}}$")
_GOES_ON_AS_ADDRESS = pattern_of(rf"{_CAPITAL}{_SMALL}*+[.]{_SMALL}")  # "www.Example.com"
_IN_OTHER_SCRIPTS = pattern_of(  # those without capitals
    r"[।॥؟۔](?=[^\W\d_])|(?<=[\u0621-\u064a]{3})[.!](?=[\u0621-\u064a]{2})"
    r"|(?<=[\u3041-\u30ff\u3400-\u9fff]{2})\.(?=[\u3041-\u30ff\u3400-\u9fff]{2})"
)
_CHARACTERS_BEFORE = 40
_STOP_AND_BLANK = pattern_of(rf"(?<=[^\W_])[.!?]{_CLOSING} (?={_OPENING}{_CAPITAL})")
_MIN_STOPS = 2  # in one paragraph, where there are others with names behind them
_MIN_SHARE = 0.25  # of all stops without a blank


def ends_without_blank(flat: str) -> list[int]:
    """The places in a paragraph, sorted, where a sentence follows another one without a blank between them."""
    ends = {match.end() for match in _IN_OTHER_SCRIPTS.finditer(flat) if match.end() < len(flat)}
    stops = [stop for stop in _STOP.finditer(flat) if not _GOES_ON_AS_ADDRESS.match(flat, stop.start("word"))]
    sure = {_end(flat, stop) for stop in stops if _begins_sentence(stop) and _WORD_BEFORE.search(_before(flat, stop))}
    if len(sure) >= _MIN_STOPS and len(sure) >= _MIN_SHARE * len(stops) and len(sure) > _count_of_blanks(flat):
        sure |= {_end(flat, stop) for stop in stops if _SMALL_WORD_BEFORE.search(_before(flat, stop))}
    return sorted(ends | sure)


def _count_of_blanks(flat: str) -> int:
    """The number of stops with a blank behind them."""
    return sum(1 for _ in _STOP_AND_BLANK.finditer(flat))


def _end(flat: str, stop: re.Match[str]) -> int:
    """The end of the sentence that ``stop`` ends, before a straight quotation mark that opens the next one."""
    opens_quotation = '"' in stop.group() and flat.count('"', 0, stop.start()) % 2 == 0
    return stop.start() + stop.group().index('"') if opens_quotation else stop.end()


def _before(flat: str, stop: re.Match[str]) -> str:
    return flat[max(0, stop.start() - _CHARACTERS_BEFORE) : stop.start()]


def _begins_sentence(stop: re.Match[str]) -> bool:
    """Whether the word behind ``stop`` often begins sentences."""
    word = stop["word"].replace("’", "'").partition("'")[0]
    return is_function_word(word.lower()) or not content(word) or stop.group()[0] in "!?"
