"""Changes of a diff that a query names by words of their lines: the lines around them have these words as well, and
read more like prose.
"""

from __future__ import annotations

from ragzip.compressors.extractive.rules.text_units import TextUnits, just_above
from ragzip.compressors.outline import Outline
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.scores import Scores
from ragzip.text.words import content, with_parted_names

__all__ = ["with_changes"]

_HUNK = pattern_of(r"@@+ -\d")
_LINE = pattern_of(r"[+-](?![+-]{2} )")
_MAX_NAMED = 3  # changes with as many words of the query: more are not told apart by them


def with_changes(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units, with each change of a diff at least as high as the lines that need it, and the few with
    most words of ``query`` the highest. *Shape:* (n,) both.
    """
    outline, source = text.outline, text.source
    changes = _changes(outline, source)
    if query is None or not changes:
        return scores
    raised_scores = scores.copy()
    for number, relation in enumerate(outline.relations):
        for change in changes.intersection(relation.needs):
            raised_scores[change] = max(raised_scores[change], scores[number])
    query_words = content(with_parted_names(query))
    counts = {
        change: len(content(with_parted_names(source[slice(*outline.spans[change])])) & query_words)
        for change in changes
    }
    highest_count = max(counts.values())
    named = [change for change, count in counts.items() if count == highest_count]
    if highest_count and len(named) <= _MAX_NAMED:
        raised_scores[named] = just_above(float(raised_scores.max()))
    return raised_scores


def _changes(outline: Outline, source: str) -> frozenset[int]:
    """The units that are changed lines of a hunk, by number."""
    hunks = {number for number, span in enumerate(outline.spans) if _HUNK.match(source, *span)}
    if not hunks:
        return frozenset()
    return frozenset(
        number
        for number, (span, relation) in enumerate(zip(outline.spans, outline.relations, strict=True))
        if not hunks.isdisjoint(relation.needs) and _LINE.match(source, *span)
    )
