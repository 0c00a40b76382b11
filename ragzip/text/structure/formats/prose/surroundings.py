"""Surroundings of the text of papers and letters: authors, place, number and licence; references; addresses. And the
hints of git on the next steps, below its lists.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import islice

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.months import MONTHS
from ragzip.text.splitters.citations import is_citation
from ragzip.text.structure.base import Aside, StructuredUnit
from ragzip.text.structure.formats.prose.controls import controls
from ragzip.text.structure.signatures import is_closing, is_greeting, is_text_or_postscript

__all__ = ["with_asides", "with_references_aside"]

_MAX_OPENING_UNITS = 30
_IMPRINT = pattern_of(  # a line of the imprint of a paper
    r"[ \t]{0,4}(?:(?P<sure>sha(?:-?\d{1,3})?|doi|licen[sc]e|authors?|received|accepted|pmid|pmcid|issn|affiliations?"
    r"|corresponding author|correspondence(?: to)?)\s?:|(?P<mark>©)"
    r"|(?:date|published(?: online)?|source|keywords?|key words|isbn|arxiv|journal|citation|editors?|url|e-?mail"
    r"|copyright)\s?:"
    r"|(?=https?://\S{1,200}[ \t]{0,4}$)"
    r"|\d{1,2}[ \t](?=[^.\n]{0,80}\b(?:university|universität|université|institute?|hospital|school|college"
    r"|department)\b))",
    re.IGNORECASE | re.MULTILINE,
)
_LEAST_IMPRINT = 2  # different lines that stand in nothing else
_MAX_IMPRINT_CHARACTERS = 600  # of a line: many authors
_LEAST_ADDRESS, _MAX_ADDRESS_CHARACTERS = 3, 60  # lines, and characters of one
_NO_ADDRESS = pattern_of(  # a date, and what the letter is about
    rf"\b(?:{MONTHS})\b|\d[./-]\d|\b(?:re|ref\w*|subject|about|concern\w*|account|invoice|contract"
    r"|customer n\w*|policy|claim|case|order|betreff|betr|zeichen|kunden\w*|rechnung\w*|vertrag\w*|objet|asunto"
    r"|oggetto)\b|[.!?:]$",
    re.IGNORECASE,
)
_MAX_UNITS_OF_CLOSING = 8
_HEAD_OF_CITATIONS = pattern_of(
    r"[\W\d]{0,4}(?:references?(?: and notes| cited)?|(?:select(?:ed)? )?bibliography|works cited"
    r"|literature(?: cited)?|literatur(?:verzeichnis|angaben)?|quellen(?:verzeichnis)?"
    r"|références(?: bibliographiques)?|bibliographie|referencias(?: bibliográficas)?|bibliograf[ií]a"
    r"|riferimenti(?: bibliografici)?|referências|literatuur(?:lijst)?)\W{0,4}",
    re.IGNORECASE,
)
_LEAST_CITATIONS, _MAX_BETWEEN_CITATIONS = 4, 3  # units: pieces of entries that were cut
_MAX_SHARE_OF_CITATIONS = 0.7  # of a text: more are what it is about
_HINT = pattern_of(
    r"[ \t]*\((?:use|see|nothing to|all conflicts fixed)[^()\n]{0,40}\"git [^\"\n]{1,80}\"[^()\n]{0,80}\)"
)


def with_asides(source: str, units: Sequence[StructuredUnit]) -> tuple[StructuredUnit, ...]:
    """``units`` of prose, the imprint and the references of a paper, addresses, greeting and closing of a letter, and
    hints of git as asides, under which nothing stands.
    """
    asides = _imprint(source, units) or _around_letter(source, units) or _hints(source, units)
    asides.update(_citations(source, units))
    asides.update(dict.fromkeys(controls(source, units), "control"))
    return _set_aside(units, asides)


def with_references_aside(source: str, units: Sequence[StructuredUnit]) -> tuple[StructuredUnit, ...]:
    """``units``, a list of references among them as asides."""
    return _set_aside(units, _citations(source, units))


def _set_aside(units: Sequence[StructuredUnit], asides: dict[int, Aside]) -> tuple[StructuredUnit, ...]:
    if not asides:
        return tuple(units)
    return tuple(_beside(unit, asides.get(place), asides) for place, unit in enumerate(units))


def _beside(unit: StructuredUnit, aside: Aside | None, asides: Collection[int]) -> StructuredUnit:
    if aside is not None:
        return unit.related(section=None)._replace(aside=aside)
    if unit.relation.heading in asides:
        return unit.related(heading=None)
    return unit


def _imprint(source: str, units: Sequence[StructuredUnit]) -> dict[int, Aside]:
    """The places of the units with the imprint of a paper."""
    sure_kinds: set[str] = set()
    places: list[int] = []
    for place, unit in enumerate(islice(units, _MAX_OPENING_UNITS)):
        text = source[slice(*unit.span)]
        matches = [_IMPRINT.match(line) for line in text.split("\n") if line.strip()]
        if not all(matches) or len(text) > _MAX_IMPRINT_CHARACTERS or not _begins_line(source, unit):
            continue
        places.append(place)
        sure_kinds.update(match["sure"] or match["mark"] or "" for match in matches if match is not None)
    return dict.fromkeys(places, "imprint") if len(sure_kinds - {""}) >= _LEAST_IMPRINT else {}


def _citations(source: str, units: Sequence[StructuredUnit]) -> dict[int, Aside]:
    """The places of the units of a list of references, with its heading."""
    places = [place for place, unit in enumerate(units) if is_citation(source[slice(*unit.span)])]
    if len(places) < _LEAST_CITATIONS:
        return {}
    first, last = places[0], places[-1]
    is_dense = last - first < (1 + _MAX_BETWEEN_CITATIONS) * len(places)
    is_part = units[last].end - units[first].start < _MAX_SHARE_OF_CITATIONS * len(source)
    if not (is_dense and is_part):
        return {}
    above = range(first - 1, max(first - 2 - _MAX_BETWEEN_CITATIONS, -1), -1)
    heads = (place for place in above if _HEAD_OF_CITATIONS.fullmatch(source, *units[place].span))
    return dict.fromkeys(range(next(heads, first), last + 1), "citation")


def _hints(source: str, units: Sequence[StructuredUnit]) -> dict[int, Aside]:
    """The places of the lines that say which command of git to use."""
    places = (place for place, unit in enumerate(units) if _HINT.fullmatch(source, *unit.span))
    return dict.fromkeys(places, "hint")


def _around_letter(source: str, units: Sequence[StructuredUnit]) -> dict[int, Aside]:
    """The places of the units of a letter or a mail without headers that are the address above its greeting, the
    greeting, and the signature: from the closing on, up to a postscript.
    """
    texts = [source[slice(*unit.span)].strip() for unit in units[:_MAX_OPENING_UNITS]]
    greeting = next((place for place, text in enumerate(texts) if is_greeting(text)), None)
    if greeting is None or not all(_begins_line(source, unit) for unit in units[: greeting + 1]):
        return {}
    last_units = range(len(units) - 1, max(greeting, len(units) - 1 - _MAX_UNITS_OF_CLOSING), -1)
    closing = next((place for place in last_units if _closes(source, units[place])), None)
    if closing is None:
        return {}
    addresses = [
        place
        for place, text in enumerate(texts[:greeting])
        if max(map(len, text.split("\n"))) <= _MAX_ADDRESS_CHARACTERS and not _NO_ADDRESS.search(text)
    ]
    asides: dict[int, Aside] = dict.fromkeys(addresses if len(addresses) >= _LEAST_ADDRESS else (), "signature")
    asides[greeting] = "greeting"
    for place in range(closing, len(units)):
        lines = source[slice(*units[place].span)].split("\n")[place == closing :]
        if any(is_text_or_postscript(line.strip()) for line in lines):
            break
        asides[place] = "signature"
    return asides


def _closes(source: str, unit: StructuredUnit) -> bool:
    first_line = source[slice(*unit.span)].partition("\n")[0].strip()
    return _begins_line(source, unit) and is_closing(first_line)


def _begins_line(source: str, unit: StructuredUnit) -> bool:
    return not source[source.rfind("\n", 0, unit.start) + 1 : unit.start].strip()
