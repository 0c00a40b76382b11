"""A rule for the values of one record, where each is a unit: "Which city is Ann Lee in?" asks for its "city". Most of
the words of that query are in values that say which record it is: "email: ann.lee@example.org".
"""

from __future__ import annotations

from ragzip.compressors.extractive.records.members import members
from ragzip.compressors.extractive.rules.text_units import TextUnits, just_above
from ragzip.text.scores import Scores
from ragzip.text.structure.formats.table.columns import is_named
from ragzip.text.words import terms

__all__ = ["with_named_keys"]


def with_named_keys(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units: in the record with the best one, the values whose keys ``query`` names come first.
    *Shape:* (n,) both.
    """
    outline = text.outline
    if query is None or not any(outline.items):
        return scores
    best = int(scores.argmax())
    if not outline.items[best]:
        return scores
    record = outline.items[best][-1]
    values = [number for number, items in enumerate(outline.items) if items and items[-1] == record]
    query_terms = set(terms(query))
    named = [number for number in values if is_named(query_terms, _key(outline.text_of(number, text.source)))]
    if not named or len(named) == len(values):
        return scores
    mended_scores = scores.copy()
    mended_scores[named] = just_above(float(scores[best]))
    return mended_scores


def _key(reading: str) -> str:
    """The key of a value as it is read; empty where it has several, or none."""
    names = [name for name, _ in members(reading)]
    return names[0] if len(names) == 1 else ""
