"""Sentences that count what the one before them announces: "Two papers are needed. First, a passport. Second, …"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.numerals import number_words
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.paragraphs import paragraphs

__all__ = ["series"]

_ANNOUNCES = pattern_of(  # how many things, or that there are several
    rf"\b(?:{number_words(2, 5)}|six|sechs|several|a number of|various|mehrere|plusieurs|varias|varios|diversi|diverse"
    r"|verschillende)\s(?:[^\W\d_]{2,20}\s){0,2}?[^\W\d_]{3,24}",
    re.IGNORECASE,
)
_FIRST = pattern_of(
    r"(?:first(?:ly| of all)?|for one(?: thing)?|erstens|zum einen|premièrement|d['’]abord|primero|en primer lugar"
    r"|primeiro|em primeiro lugar|in primo luogo|primo|ten eerste)(?=[\s,:])(?!\s(?:aid|class|name|floor|time|year)\b)"
    r"|(?:the first|one) (?:is|was|are|were|[a-z]{2,20} (?:is|was))\b"
    r"|(?:der|die|das) (?:erste|eine) (?:ist|war|[A-ZÄÖÜ]\w+ (?:ist|war))\b"
    r"|(?:le premier|la première|el primero|la primera|il primo|la prima|o primeiro|a primeira) (?:est|es|è|é)\b",
    re.IGNORECASE,
)
_NEXT = pattern_of(
    r"(?:(?:and )?(?:second|third|fourth|fifth|sixth|last)(?:ly)?|finally|then|next|also|for another|zweitens"
    r"|drittens|viertens"
    r"|fünftens|zum (?:anderen|zweiten)|schließlich|deuxièmement|troisièmement|quatrièmement|ensuite|puis|enfin|segundo"
    r"|tercero|cuarto|en (?:segundo|tercer) lugar|por último|finalmente|in (?:secondo|terzo) luogo|infine|secondo"
    r"|em (?:segundo|terceiro) lugar|por fim|ten (?:tweede|derde|vierde)|tot slot)(?=[\s,:])"
    r"|(?:the (?:second|third|fourth|fifth|last|other)|another) (?:is|was|are|were|[a-z]{2,20} (?:is|was))\b"
    r"|(?:der|die|das) (?:zweite|dritte|andere|letzte) (?:ist|war|[A-ZÄÖÜ]\w+ (?:ist|war))\b"
    r"|(?:le (?:deuxième|second|dernier)|la (?:deuxième|seconde|dernière)|(?:el|la|il|o|a) (?:segund|terc|second"
    r"|terz)\w+)"
    r" (?:est|es|è|é)\b",
    re.IGNORECASE,
)
_ORDINALS = (
    r"first|erste[nrs]?|premier|première|primer[oa]|prim[oa]|primeir[oa]",
    r"second|zweite[nrs]?|deuxième|seconde|segund[oa]|second[oa]",
    r"third|dritte[nrs]?|troisième|tercer[oa]|terz[oa]|terceir[oa]",
    r"fourth|vierte[nrs]?|quatrième|cuart[oa]|quart[oa]",
)
_MENTION = pattern_of(  # of a thing that was counted: "Lawyers advise against the second."
    r"\b(?:the|d(?:er|ie|as|en|em)|l[ea]|el|il|la|o|a)\s(?:"
    + "|".join(rf"(?P<part_{number}>{ordinal})" for number, ordinal in enumerate(_ORDINALS))
    + r")(?: one)?(?=[.,;!?)]|\s(?:is|was|has|would|will|can|may|should|ist|war|wäre|est|était|es|era|è|é)\b)",
    re.IGNORECASE,
)
_MAX_PARTS = 6
_MAX_SENTENCES_OF_PART = 2  # one that says more of it


def series(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Sentences that announce what those after them count, each with all of these, and these with it, by place; and
    those that say more of one thing that was counted, with the sentence that tells which.
    """
    for places in paragraphs(source, units):
        for first in places[1:]:
            if _FIRST.match(source, *units[first].span) and _ANNOUNCES.search(source, *units[first - 1].span):
                parts = list(_parts(source, units, range(first, places.stop)))
                if 1 < len(parts) <= _MAX_PARTS:
                    yield from ((first - 1, part) for part in parts)
                    yield from ((part, first - 1) for part in parts)
                    yield from _mentions(source, units, parts, range(parts[-1] + 1, places.stop))


def _mentions(
    source: str, units: Sequence[StructuredUnit], parts: Sequence[int], places: range
) -> Iterator[tuple[int, int]]:
    for place in places:
        for mention in _MENTION.finditer(source, *units[place].span):
            number = int((mention.lastgroup or "").removeprefix("part_"))
            if number < len(parts):
                yield place, parts[number]


def _parts(source: str, units: Sequence[StructuredUnit], places: range) -> Iterator[int]:
    """The places of the sentences that count, from the first on."""
    last = places.start
    yield last
    for place in places[1:]:
        if place - last > _MAX_SENTENCES_OF_PART:
            return
        if _NEXT.match(source, *units[place].span):
            last = place
            yield place
