"""Rules for things whose names begin alike, "Plan Pro" and "Plan Pro Max", and have the same statements: a query about
one is not answered by the other. Models that read meaning hardly distinguish them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragzip.compressors.extractive.rules.text_units import TextUnits, just_above
from ragzip.compressors.outline import Outline
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.queries.questions import asks_for_several
from ragzip.text.scores import Scores
from ragzip.text.words import content, terms

__all__ = ["LABEL", "with_longer_names"]

_SHARE_OF_UNASKED = 0.4  # of the score of what is said of the other thing
LABEL = pattern_of(  # the name that a line or a record begins with: "- Windows 11 Pro: supports 2 TB"
    r"(?:[-*+•–] |\d{1,3}[.)] |\*\*|__){0,2}(?P<name>[^\W_][^\n:|]{1,60}?)(?:\*\*|__)?(?::\s|:?\n)"
)
_MAX_NAME_WORDS = 8
_MIN_SHARED = 0.4  # of the words that are said of either: of the same property
_MAX_QUERY_TERMS = 60  # more are a text
_MAX_UNITS = 5000  # of a text
_MAX_NAMED_UNITS = 200  # with a word of the query in their names


class _NamedUnit(NamedTuple):
    """A unit, by number, the terms of its name, and those of the statement about it."""

    number: int
    name: frozenset[str]
    statement: frozenset[str]


def with_longer_names(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units, with pairs of similar statements decided: of two things, one with the longer name
    ("Pro", "Pro Max"), the one that ``query`` names gets the better of their scores, the other a lower one. *Shape:*
    (n,) both.
    """
    outline, source = text.outline, text.source
    if query is None or len(scores) > _MAX_UNITS or asks_for_several(query):
        return scores
    query_words = content(query)
    query_terms = [term for term in terms(query) if term in query_words]
    if len(query_terms) > _MAX_QUERY_TERMS:
        return scores
    raised_scores = scores.copy()
    unasked_numbers: set[int] = set()
    for siblings in _siblings(outline, source, frozenset(query_terms)):
        for short_named, long_named in _contained(siblings):
            is_long_asked = _asks_for_longer(query_terms, short_named.name, long_named.name)
            if is_long_asked is None:
                continue
            asked_unit, unasked_unit = (long_named, short_named) if is_long_asked else (short_named, long_named)
            best_score = max(raised_scores[asked_unit.number], just_above(scores[unasked_unit.number]))
            raised_scores[asked_unit.number] = best_score
            unasked_numbers.add(unasked_unit.number)
    raised_scores[sorted(unasked_numbers)] *= _SHARE_OF_UNASKED
    return raised_scores


def _siblings(outline: Outline, source: str, query_terms: frozenset[str]) -> Iterator[list[_NamedUnit]]:
    """The units with names that have a word of the query: lines below one heading, and all that stands below headings
    with names.
    """
    lines: defaultdict[int | None, list[_NamedUnit]] = defaultdict(list)
    below_headings: list[_NamedUnit] = []
    for number, (span, relation) in enumerate(zip(outline.spans, outline.relations, strict=True)):
        if relation.section is not None:
            continue
        label = LABEL.match(source, *span)
        if label is not None and len(label["name"].split()) <= _MAX_NAME_WORDS:
            name = frozenset(content(label["name"]))
            if name & query_terms:
                statement = frozenset(content(source[label.end("name") : span.end]))
                lines[relation.heading].append(_NamedUnit(number, name, statement))
        if relation.heading is not None:
            name = frozenset(content(source[slice(*outline.spans[relation.heading])]))
            if name & query_terms:
                below_headings.append(_NamedUnit(number, name, frozenset(content(source[slice(*span)]))))
    yield from (siblings for siblings in (*lines.values(), below_headings) if len(siblings) <= _MAX_NAMED_UNITS)


def _contained(siblings: Sequence[_NamedUnit]) -> Iterator[tuple[_NamedUnit, _NamedUnit]]:
    """Two units that say the same of things, the name of the first of which is a part of that of the second."""
    units_by_name: defaultdict[frozenset[str], list[_NamedUnit]] = defaultdict(list)
    for unit in siblings:
        units_by_name[unit.name].append(unit)
    for short_name, short_named_units in units_by_name.items():
        long_named_units = [unit for name, units in units_by_name.items() if short_name < name for unit in units]
        for short_named in short_named_units:
            short_words = _without_figures(short_named.statement)
            for long_named in long_named_units:
                long_words = _without_figures(long_named.statement)
                if len(short_words & long_words) >= _MIN_SHARED * max(1, len(short_words | long_words)):
                    yield short_named, long_named


def _without_figures(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if not any(map(str.isdigit, word)))


def _asks_for_longer(query_terms: Sequence[str], short_name: frozenset[str], long_name: frozenset[str]) -> bool | None:
    """Whether a query names the thing with the longer name; None where it names neither, or both.

    A word of the longer name alone counts only beside another one of it: "the maximum of Plan Pro" is about Plan Pro.
    """
    if 2 * len(short_name.intersection(query_terms)) <= len(short_name):  # "plan" alone names no plan
        return None
    if any(query_terms.count(term) > 1 for term in short_name):
        return None
    further_words = long_name - short_name
    for place, term in enumerate(query_terms):
        terms_beside = {*query_terms[max(0, place - 1) : place], *query_terms[place + 1 : place + 2]}
        if term in further_words and not long_name.isdisjoint(terms_beside):
            return True
    return False
