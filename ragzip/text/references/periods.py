"""Sentences of a time that one before them names: "At the end of the year debt was £212 million."."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["sentences_naming_period"]

_ENGLISH = (
    r"\b(?:the|that|the\ssame|the\s(?:previous|preceding|prior|following|next))\s(?:(?:financial|fiscal|calendar)\s)?"
)
_GERMAN = r"\b(?:des|dieses|jenes|diesem|jenem|selben|gleichen|folgenden|vorigen|vorherigen)\s"
_FRENCH = r"\b(?:de\sl['’]|du\s|cette\s|(?:la|le)\smême\s)"
_SPANISH = r"\b(?:del|de\sese|ese|aquel|mismo|do|nesse|naquele|mesmo|dell['’]|quell['’]|stesso)\s?"
_DUTCH = r"\b(?:van\shet|dat|hetzelfde)\s"
_PERIODS = tuple(
    (words, pattern_of(referring), pattern_of(naming))
    for words, referring, naming in (
        (
            ("year", "jahr", "année", "exercice", "año", "ano", "anno", "jaar"),
            rf"(?i:{_ENGLISH}year\b(?!['’]|\s(?:of|in\swhich|when|that)\b)|\byear[-\s]end\b"
            rf"|{_GERMAN}(?:geschäfts|kalender)?jahre?s?\b|\bjahresende\b|\b(?:vor|folge)jahr(?:es)?\b"
            rf"|{_FRENCH}(?:année|exercice)\b|{_SPANISH}(?:año|ano|anno)\b|{_DUTCH}(?:boek)?jaar\b)",
            r"(?<![\d.,/-])(?:1[5-9]|20)\d\d(?![.,]?\d|\s?[%€$£])|\bFY\s?\d\d\b",
        ),
        (
            ("quart", "trimestre", "kwartaal"),
            rf"(?i:{_ENGLISH}quarter\b(?!['’]|\sof\b)|{_GERMAN}quartals?\b|\bquartalsende\b|\bvorquartal(?:s)?\b"
            rf"|{_FRENCH}trimestre\b|{_SPANISH}trimestre\b|{_DUTCH}kwartaal\b)",
            r"\b[QT][1-4]\b|(?i:\b(?:first|second|third|fourth|last)\squarter\b|\b(?:[1-4]\.|\w{4,7}e[nrsm]?)\squartal\b"
            r"|\b(?:premier|deuxième|troisième|quatrième|primero?|segundo|tercero?|cuarto|primo|secondo|terzo|quarto"
            r"|primeiro|terceiro|[1-4]e)\strimestre\b|\b(?:eerste|tweede|derde|vierde)\skwartaal\b)",
        ),
    )
)
_MAX_DISTANCE = 20  # sentences


def sentences_naming_period(sentences: Sequence[str], place: int) -> Iterator[int]:
    """The place of the sentence, before the one at ``place``, that names the year or quarter which this one speaks of;
    none where it names its own, or speaks of none.
    """
    sentence = sentences[place]
    small_letters = sentence.lower()
    for words, referring, naming in _PERIODS:
        if not any(word in small_letters for word in words):  # most sentences: the patterns take longer
            continue
        if referring.search(sentence) is not None and naming.search(sentence) is None:
            nearest_first = range(place - 1, max(-1, place - 1 - _MAX_DISTANCE), -1)
            yield from islice((before for before in nearest_first if naming.search(sentences[before])), 1)
