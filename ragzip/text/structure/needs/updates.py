"""Sentences further down that overtake a statement: "Investigators now believe that the fire did not start in the paint
store.", "Change of plan: the Ratskeller is booked, so we go to the Osteria.". The statement is wrong without them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.paragraphs import is_next_sentence, is_statement
from ragzip.text.structure.needs.retractions import FIGURE, FIGURE_REVISED
from ragzip.text.structure.needs.revisions import things

__all__ = ["overtaken"]

_CHANGE_OF_PLAN = pattern_of(
    r"\W{0,3}(?:(?:(?:please )?note (?:the|a) )?change of (?:plans?|venue|date|time|room)"
    r"|(?:our |the )?plans? ha(?:s|ve) changed|(?:last[- ]minute|small|one|important) changes?"
    r"|planänderung|(?:kleine |kurzfristige )?änderung(?:en)?"
    r"|changement (?:de (?:programme|plan|date|lieu|salle)|d['’]horaire)"
    r"|cambio de (?:planes?|programa|fecha|lugar|sala|horario)|cambio di (?:programma|data|luogo|sede|orario)"
    r"|mudança de (?:planos?|data|local)|wijziging)\b[^.!?\n:：–—]{0,40}[:：.!–—]",
    re.IGNORECASE,
)
_BEGINNINGS_OF_CHANGES = ("chang", "plan", "änderung", "cambio", "mudança", "wijziging")  # one is in each such notice
_BEGINNINGS_OF_REVISIONS = (
    "correct", "revis", "raised", "lower", "increas", "reduc", "adjust", "put", "korrig", "auf", "nach", "corrig",
    "révis", "ramené", "correg", "corrett", "rivist",
)  # fmt: skip
_NOW_SAYS = pattern_of(  # what was thought before is wrong
    r"\b(?:now|(?:has|have|had) since|(?:has|have) (?:now|later)|later|meanwhile|in the meantime|subsequently"
    r"|inzwischen|mittlerweile|nun|später|jetzt|désormais|maintenant|depuis|plus tard|ahora|después|más tarde|ora|poi"
    r"|in seguito|agora|depois|inmiddels|nu)\b[^.!?\n]{0,30}?\b(?:"
    r"(?P<denies>den(?:y|ies|ied)|ruled? out|rules out|retract(?:s|ed)|admits?|concedes?"
    r"|acknowledges?|räum(?:t|en)|gibt zu|geben zu|reconna(?:ît|issent)|admiten?|reconocen?|ammett(?:e|ono)"
    r"|geeft toe|dementier\w{1,3}|bestreitet|bestritt\w{0,2}"
    r"|démen(?:t|ti|tent)|nie(?:ga|gan|gó)|desm(?:iente|intió)|smentisc\w{1,3}|ontkent)"
    r"|says?|said|believes?|thinks?|clarif(?:y|ies|ied)|conclude[sd]?|geh(?:t|en) davon aus"
    r"|glaub(?:t|en)|sag(?:t|en)|estim(?:e|ent)|pens(?:e|ent)|creen?|dicen?|ritien\w{1,3}|denkt|zegt)\b"
    r"|\b(?:geht|gehen|glaubt|glauben|sagt|sagen) (?:inzwischen|mittlerweile|nun|jetzt)\b"
    r"|\b(?:estiment?|pensent?|disent|dit) (?:désormais|maintenant)\b",
    re.IGNORECASE,
)
_NOT = pattern_of(
    r"\b(?:not|no|never|nobody|none|neither|without|nicht|kein\w{0,2}|nie|niemand|pas|aucune?|jamais|personne|no|nunca"
    r"|nadie|non|nessun\w?|mai|não|nunca|niet|geen|nooit)\b|n['’]t\b",
    re.IGNORECASE,
)
_MODEL_NAME = r"\b[A-ZÀ-Þ][^\W_]{1,20} \d{1,4}\b"
_MODEL = pattern_of(_MODEL_NAME)
_WORD = pattern_of(rf"{_MODEL_NAME}|\S+")
_LEAST_CHARACTERS = 5  # of a word that names a thing
_MOST_UNITS_WITH_TERM = 4  # of a text, where the term tells which statement is meant
_LEAST_COMMON_TERMS = 2
_MAX_CHARACTERS = 400  # of a denial
_MAX_UPDATES = 8  # of a text; more are its subject


class _Update(NamedTuple):
    """A sentence at ``place`` that overtakes those with at least so many of its ``terms``."""

    place: int
    terms: frozenset[str]
    least: int = 1


def overtaken(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Statements, each with a later sentence that says what became of its plan, or denies it, by place."""
    small_letters = source.casefold()
    if any(beginning in small_letters for beginning in _BEGINNINGS_OF_REVISIONS):
        yield from _figures_revised(source, units)
    may_change = any(beginning in small_letters for beginning in _BEGINNINGS_OF_CHANGES)
    updates = [*(_changes_of_plan(source, units) if may_change else ()), *_denials(source, units)]
    if not 0 < len(updates) <= _MAX_UPDATES:
        return
    places_of_updates = {update.place for update in updates}
    terms_by_unit = [_named(source[slice(*unit.span)]) for unit in units]
    counts = Counter(term for terms in terms_by_unit for term in terms)
    for update in updates:
        rare_terms = {term for term in update.terms if counts[term] <= _MOST_UNITS_WITH_TERM}
        for place, unit in enumerate(units[: update.place]):
            is_statement_before = is_statement(unit) and place not in places_of_updates
            if is_statement_before and len(rare_terms & terms_by_unit[place]) >= update.least:
                yield place, update.place


def _figures_revised(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """The first sentence with a figure in a paragraph, with the one that begins the next paragraph and revises it."""
    first = 0  # of the paragraph before
    for place, unit in enumerate(units):
        if place and is_next_sentence(source, units[place - 1], unit):
            continue
        if FIGURE_REVISED.match(source, *unit.span):
            before = (other for other in range(first, place) if FIGURE.search(source, *units[other].span))
            yield from ((figure, place) for figure in islice(before, 1))
        first = place


def _changes_of_plan(source: str, units: Sequence[StructuredUnit]) -> Iterator[_Update]:
    """The sentences of paragraphs that begin with a notice of a change."""
    if not _CHANGE_OF_PLAN.search(source):
        return
    is_change = False
    for place, unit in enumerate(units):
        is_inside = place > 0 and is_next_sentence(source, units[place - 1], unit)
        is_change = (is_inside and is_change) or _CHANGE_OF_PLAN.match(source, *unit.span) is not None
        if is_change and is_statement(unit):
            yield _Update(place, _named(source[slice(*unit.span)]))


def _denials(source: str, units: Sequence[StructuredUnit]) -> Iterator[_Update]:
    """The sentences that say that something is not so, as is known now; whom the denied clause begins with tells."""
    if not _NOW_SAYS.search(source):
        return
    for place, unit in enumerate(units):
        says = _NOW_SAYS.search(source, *unit.span)
        if says is None or unit.end - unit.start > _MAX_CHARACTERS:
            continue
        terms = _named(source[slice(*unit.span)])
        if says["denies"]:
            clause_terms = (_named(word.group()) for word in _WORD.finditer(source, says.end(), unit.end))
            yield _Update(place, next((word_terms for word_terms in clause_terms if word_terms), frozenset()))
        if says["denies"] or _NOT.search(source, says.end(), unit.end):
            yield _Update(place, terms, _LEAST_COMMON_TERMS)


def _named(sentence: str) -> frozenset[str]:
    """The words of a sentence that may name a thing, and models: "Pilot 4" in two notations, as it tells enough."""
    models = [match.group() for match in _MODEL.finditer(sentence)]
    if models == [sentence]:
        return frozenset(models)
    words = (term for term in things(sentence) if len(term) >= _LEAST_CHARACTERS and term.isalpha())
    return frozenset([*words, *models, *(model.replace(" ", "") for model in models)])
