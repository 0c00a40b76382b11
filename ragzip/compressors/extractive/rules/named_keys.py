"""A rule for the values of one record, where each is a unit: "Which city is Ann Lee in?" asks for its "city", "Where is
it?" for its "location". Most of the words of such a query are in values that say which record it is: "email:
ann.lee@example.org".
"""

from __future__ import annotations

import re

import numpy as np

from ragzip.compressors.extractive.records.members import members
from ragzip.compressors.extractive.rules.text_units import TextUnits, just_above
from ragzip.compressors.outline import Outline
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.scores import Scores
from ragzip.text.structure.formats.table.columns import is_named
from ragzip.text.words import terms

__all__ = ["with_named_keys"]

_QUESTION = pattern_of(
    r"\W{0,3}(?:(?P<place>where|wo|où|dónde|dove|waar|onde)|(?P<time>when|wann|quand|cuándo|quando|wanneer)"
    r"|(?P<person>who|wer|quién|qui|chi))\b",
    re.IGNORECASE,
)
_WRITTEN_KEY = pattern_of(r"([^\W\d_][\w -]{0,40}?)[ \t]*[:=](?!//)[^\n]*$")
_TERMS_BY_QUESTION = {
    "place": frozenset(terms("location place venue address room site ort adresse raum lieu salle lugar luogo plaats")),
    "time": frozenset(
        terms("date time when start starts begin begins due deadline dtstart datum zeit fecha data beginn")
    ),
    "person": frozenset(
        terms("owner author assignee contact organizer organiser responsible lead reporter maintainer")
    ),
}
_SHARE_OF_BEST = 0.98  # of the best score


def with_named_keys(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units: in the record with the best one, the values whose keys ``query`` names come first; where
    it names none, those that its "where", "when" or "who" asks for come next to the best. *Shape:* (n,) both.
    """
    if query is None or not len(scores):
        return scores
    best = int(scores.argmax())
    has_lists, asked_terms = any(text.outline.items), _terms_of_question(query)
    if not (has_lists or asked_terms):
        return scores
    values = _values_of_record(text.outline, best, has_lists=has_lists)
    keys = {number: _key(text, number, has_lists=has_lists) for number in values}
    query_terms = set(terms(query))
    named_values = [number for number, key in keys.items() if has_lists and is_named(query_terms, key)]
    mended_scores = scores.copy()
    if named_values and len(named_values) < len(values):
        mended_scores[named_values] = just_above(float(scores[best]))
    elif not named_values:
        asked_values = [number for number, key in keys.items() if not asked_terms.isdisjoint(terms(key))]
        mended_scores[asked_values] = np.maximum(scores[asked_values], _SHARE_OF_BEST * scores[best])
    return mended_scores


def _values_of_record(outline: Outline, best: int, *, has_lists: bool) -> list[int]:
    """The units of the record that a unit is a value of: of a list, or the lines of a block."""
    if has_lists:
        items_of_best = outline.items[best]
        return [
            number
            for number, items in enumerate(outline.items)
            if items_of_best and items and items[-1] == items_of_best[-1]
        ]
    heading = outline.relations[best].heading
    if heading is None or not outline.records[best]:
        return []
    return [
        number
        for number, relation in enumerate(outline.relations)
        if relation.heading == heading and relation.section is None and outline.records[number]
    ]


def _terms_of_question(query: str) -> frozenset[str]:
    """The terms of the keys that the first question word of ``query`` asks for."""
    question = _QUESTION.match(query)
    return _TERMS_BY_QUESTION[str(question.lastgroup)] if question is not None else frozenset()


def _key(text: TextUnits, number: int, *, has_lists: bool) -> str:
    """The key of a value as it is read, of a line as it is written; empty where it has several, or none."""
    if not has_lists:
        written = _WRITTEN_KEY.match(text.source, *text.outline.spans[number])
        return written[1] if written is not None else ""
    names = [name for name, _ in members(text.outline.text_of(number, text.source))]
    return names[0] if len(names) == 1 else ""
