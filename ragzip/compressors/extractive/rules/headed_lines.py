"""Lines below a heading that is asked for, none of which has a word of the query: "Disadvantages" over its answer."""

from __future__ import annotations

from ragzip.compressors.extractive.rules.text_units import TextUnits
from ragzip.text.scores import Scores

__all__ = ["with_headed_lines"]

_MOST_LINES = 12  # below the heading


def with_headed_lines(_: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units: where a heading is better than all that is no heading, and nothing in the few lines
    below it scores, these score as it does.
    """
    sections = [relation.section for relation in text.outline.relations]
    best_below = max((score for score, section in zip(scores, sections, strict=True) if section is None), default=0)
    headed_scores = scores.copy()
    for heading, section in enumerate(sections):
        if section is None or scores[heading] <= max(0, best_below):
            continue
        last = min(heading + _MOST_LINES + 2, len(scores))
        below = [number for number in range(heading + 1, last) if text.outline.spans[number].start < section.end]
        are_lines = len(below) <= _MOST_LINES and all(text.outline.records[number] for number in below)
        if are_lines and not (scores[below] > 0).any():
            headed_scores[below] = scores[heading]
    return headed_scores
