"""Prose in small letters, as in chats and in texts for models without capitals: "it is old. it burned in 1923."."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.splitters.prose.abbreviations import is_abbreviation

__all__ = ["with_capitals"]

_STOP_AND_LETTER = pattern_of(  # a number of one or two digits may be an ordinal, or that of an item
    r"(?<![\w.'’/-])(?:(?P<word>[^\W\d_]{2,30}+)|\d{3,12}+)[)\]\"”’»%]{0,2}+ ?\.\s++"
    r"(?=[\"“‘«(\[¿¡]?(?![ა-ჿ])(?P<letter>[^\W\d_]))"
)
_FIRST_LETTER = pattern_of(r"[^\W\d_]")
_OF_COMPANIES = frozenset(  # these may end a sentence, too
    ["inc", "ltd", "corp", "co", "llc", "bros", "assn", "univ", "intl", "jr", "sr"]
)
_MIN_SMALL_LETTERS = 3  # after stops, in a paragraph that begins with a capital
_MIN_SMALL_LETTERS_IN_LOWER_CASE = 2  # in one that begins with a small letter
_MIN_BLANKS = 3  # in a sentence of such a paragraph, and after it: a shorter one may end in an abbreviation
_LEAST_RATIO = 3  # of small letters to capitals after stops


def with_capitals(flat: str, language: str) -> str:
    """``flat`` with capitals after the full stops that end a sentence, where the paragraph has mostly small letters
    there; no longer and no shorter.

    :param language: its ISO 639-1 code; empty where it is unknown.
    """
    stops = [match for match in _STOP_AND_LETTER.finditer(flat) if not _is_abbreviation(match["word"], language)]
    small = [match.start("letter") for match in stops if match["letter"].islower()]
    capital_count = sum(match["letter"].isupper() for match in stops)
    if not small or not _has_small_letters(flat, small, capital_count):
        return flat
    characters = list(flat)
    for position in small:
        capital = flat[position].upper()
        if len(capital) == 1:
            characters[position] = capital
    return "".join(characters)


def _is_abbreviation(word: str | None, language: str) -> bool:
    return word is not None and (word.lower() in _OF_COMPANIES or is_abbreviation(word, language))


def _has_small_letters(flat: str, small: Sequence[int], capital_count: int) -> bool:
    """Whether sentences of a paragraph begin with small letters, by the places of these, and the number of capitals,
    after stops.
    """
    first_letter = _FIRST_LETTER.search(flat)
    if first_letter is None or first_letter.group().isupper():
        are_sentences = all(flat.count(" ", start, end) >= _MIN_BLANKS for start, end in pairwise([0, *small]))
        return len(small) >= _MIN_SMALL_LETTERS and capital_count == 0 and are_sentences
    if flat.islower():
        return True
    return len(small) >= _MIN_SMALL_LETTERS_IN_LOWER_CASE and len(small) >= _LEAST_RATIO * capital_count
