"""Titles and headings that name the year, version or model that a query names, or another one, and openings of
paragraphs that name a model: of "Handbook 2022" and "Handbook 2024", of "4.1.0" and "4.2.0", of the D640 and the D720.
Models that read meaning tell them hardly apart.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from ragzip.compressors.extractive.rules.text_units import TextUnits
from ragzip.compressors.outline import Outline
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.months import MONTHS
from ragzip.text.scores import Scores

__all__ = ["with_editions"]

_SHARE_OF_OTHER = 0.4  # of the score of a unit under the name of another edition
_STEP_BELOW = 1e-3  # of the best score under the name that is asked for, by which one is below it
_MAX_NAMES = 8  # of a query; more are a document
_NAME = pattern_of(
    r"(?<![\w.,:/€$£-])(?:"
    r"(?P<year>(?:19|20)\d\d)(?![\d.,:%]*\d)"
    r"|[vV]?(?P<version>\d{1,3}(?:\.\d{1,3}){1,2})(?!\s?[%€$£°]|[\d.,:]*\d)"
    r"|(?P<letters>[A-Za-z]{1,6})-?(?P<digits>\d{1,5})(?P<suffix>[A-Za-z]?)"
    r"|(?P<word>[A-Z][^\W\d_]{2,20})\s(?P<number>\d{1,3})(?!\s?[%€$£°–-]|[.,:/]?\d"
    r"|\s(?:to|and|or|bis|und|oder|à|et|ou|a|y|o|years?|months?|weeks?|days?|hours?|minutes?|kg|g|mg|ml|l|km|m|cm|mm"
    r"|euros?|jahren?|monaten?|wochen?|tagen?|ans|mois|jours|años|meses|días)\b)"
    r")(?![^\W_]|-\d)"
)
_OPEN_RANGE = pattern_of(  # before a name that stands for all editions from it, or up to it
    r"\b(?:(?:since|after|before|until|till|than|between|versus|vs\.?|seit|bis|vor|nach|als|depuis|avant|après|entre|que"
    r"|desde|hasta|antes de|después de|prima del?|dopo il|sinds|vanaf|tot)\s(?:the\s|version\s)?"
    r"|(?:from|(?<!according )to|von|de)\s)$",
    re.IGNORECASE,
)
_OPENING = pattern_of(r"\S{1,30}(?:\s\S{1,30}){0,4}")  # of a sentence, where its subject is
_MONTH = pattern_of(MONTHS)  # "May 12" names no model


class _Name(NamedTuple):
    """A year, version or model: ``kind`` is the same for those that exclude one another."""

    kind: str
    value: str


def with_editions(query: str | None, texts: Sequence[TextUnits], scores: Sequence[Scores]) -> list[Scores]:
    """The scores of the units of all texts, lower for those under the name of another year, version or model than that
    of ``query``, where others are under that one. *Shape:* (n_i,) each, for each text, both.
    """
    named = {} if query is None else dict(_names_in_query(query))
    if not named:
        return list(scores)
    names_above = [list(_names_above(text.outline, text.source, text.title, named)) for text in texts]
    weighted = [text_scores.copy() for text_scores in scores]
    for kind, value in named.items():
        is_asked = [
            [_has(value, names[kind]) if kind in names else None for names in of_text] for of_text in names_above
        ]
        if not any(True in of_text for of_text in is_asked):
            continue
        best_asked = max(_best_asked(*of_text) for of_text in zip(texts, weighted, is_asked, strict=True))
        for text_scores, of_text, text in zip(weighted, is_asked, texts, strict=True):
            for number in (place for place, is_named in enumerate(of_text) if is_named is False):
                own_names = _names(text.source[slice(*text.outline.spans[number])], named)
                if not _has(value, own_names.get(kind, ())):
                    text_scores[number] *= _SHARE_OF_OTHER
                elif best_asked > _SHARE_OF_OTHER * text_scores[number]:
                    # "will be removed in 3.0", in the notes on 2.9: what those on 3.0 say comes first
                    text_scores[number] = min(text_scores[number], best_asked * (1 - _STEP_BELOW))
    return weighted


def _best_asked(text: TextUnits, scores: Scores, is_asked: Sequence[bool | None]) -> float:
    """The best score of the units of a text, headings excepted, that are under the name that is asked for."""
    relations = text.outline.relations
    asked_units = [number for number, is_named in enumerate(is_asked) if is_named and relations[number].section is None]
    return float(scores[asked_units].max(initial=0.0))


def _names_in_query(query: str) -> Iterator[tuple[str, str]]:
    """The names of a query, by kind: the one of its kind, and no end of a range."""
    values: defaultdict[str, set[str]] = defaultdict(set)
    open_kinds: set[str] = set()
    for match in _NAME.finditer(query):
        name = _name_of(match)
        if name is not None:
            values[name.kind].add(name.value)
            if _OPEN_RANGE.search(query, 0, match.start()):
                open_kinds.add(name.kind)
    if len(values) > _MAX_NAMES:
        return
    yield from (
        (kind, next(iter(of_kind))) for kind, of_kind in values.items() if len(of_kind) == 1 and kind not in open_kinds
    )


def _names_above(
    outline: Outline, source: str, title: str | None, named: Mapping[str, str]
) -> Iterator[dict[str, set[str]]]:
    """The names, by kind, that each unit is under, of the kinds that are asked for: those of the innermost heading that
    has one, else of the title; of a heading also its own. A model is also named by the beginning of a unit, and of
    those that it comes with: "The Aria 200 is a speaker." of "The warranty is two years.".
    """
    names_of_title = _names(title or "", named)
    names_by_unit: list[dict[str, set[str]]] = []
    for number, (span, relation) in enumerate(zip(outline.spans, outline.relations, strict=True)):
        is_below_heading = relation.heading is not None and relation.heading < number
        names = names_by_unit[relation.heading or 0] if is_below_heading else names_of_title
        if relation.section is not None:
            names = {**names, **_names(source[slice(*span)], named)}
        names_by_unit.append(names)
        for place in (number, *relation.companions):
            opening = _OPENING.match(source, *outline.spans[place])
            models = {} if opening is None else _names(opening.group(), named)
            names = {**names, **{kind: values for kind, values in models.items() if kind not in ("year", "version")}}
        yield names


def _names(text: str, named: Mapping[str, str]) -> dict[str, set[str]]:
    values: defaultdict[str, set[str]] = defaultdict(set)
    for match in _NAME.finditer(text):
        name = _name_of(match)
        if name is not None and name.kind in named:
            values[name.kind].add(name.value)
    return dict(values)


def _name_of(match: re.Match[str]) -> _Name | None:
    if year := match["year"]:
        return _Name("year", year)
    if version := match["version"]:
        return _Name("version", version)
    if letters := match["letters"]:
        return _Name(f"{letters.lower()}#{match['suffix'].lower()}", match["digits"])
    word = match["word"]
    return None if _MONTH.fullmatch(word) else _Name(f"{word.lower()} #", match["number"])


def _has(value: str, others: Collection[str]) -> bool:
    """Whether a version, year or model is one of ``others``, or less or more exact than one: 4.2 and 4.2.1."""
    return any(
        value == other or f"{value}.".startswith(f"{other}.") or f"{other}.".startswith(f"{value}.") for other in others
    )
