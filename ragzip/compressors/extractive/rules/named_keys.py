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
    values = _values_of_record(text.outline, best)
    query_terms = set(terms(query))
    keys = {number: _key(text, number) for number in values}
    named = [number for number, key in keys.items() if is_named(query_terms, key)] if any(text.outline.items) else []
    mended_scores = scores.copy()
    if named and len(named) < len(values):
        mended_scores[named] = just_above(float(scores[best]))
    elif not named and (asked_terms := _terms_of_question(query)):
        asked = [number for number, key in keys.items() if not asked_terms.isdisjoint(terms(key))]
        mended_scores[asked] = np.maximum(scores[asked], _SHARE_OF_BEST * scores[best])
    return mended_scores


def _values_of_record(outline: Outline, best: int) -> list[int]:
    """The units of the record that a unit is a value of: of a list, or the lines of a block."""
    if any(outline.items):
        items = outline.items[best]
        return [number for number, others in enumerate(outline.items) if items and others and others[-1] == items[-1]]
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


def _key(text: TextUnits, number: int) -> str:
    """The key of a value as it is read, of a line as it is written; empty where it has several, or none."""
    if not any(text.outline.items):
        written = _WRITTEN_KEY.match(text.source, *text.outline.spans[number])
        return written[1] if written is not None else ""
    names = [name for name, _ in members(text.outline.text_of(number, text.source))]
    return names[0] if len(names) == 1 else ""
