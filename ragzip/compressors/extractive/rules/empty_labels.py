"""Labels over nothing, as forms and pages leave them when their fields are taken out: "Related PDFs:", "Topic:"."""

from __future__ import annotations

from itertools import pairwise

from ragzip.compressors.extractive.rules.text_units import SHARE_IN_PLACE, TextUnits
from ragzip.text.patterns import COLONS
from ragzip.text.scores import Scores

__all__ = ["with_empty_labels_last"]

_MAX_LABEL_CHARACTERS = 60
_MAX_SHARE_OF_UNITS = 0.4  # of a text with more, which is a form to fill in


def with_empty_labels_last(_: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units: next to nothing for labels that another one, or the end of the text, follows. *Shape:*
    (n,) both.
    """
    are_labels = [_is_label(text, number) for number in range(len(text.outline.spans))]
    empty = [number for number, pair in enumerate(pairwise([*are_labels, True])) if all(pair)]
    if not empty or len(empty) > _MAX_SHARE_OF_UNITS * len(scores):
        return scores
    mended_scores = scores.copy()
    mended_scores[empty] *= SHARE_IN_PLACE
    return mended_scores


def _is_label(text: TextUnits, number: int) -> bool:
    """Whether a unit is a line of its own that ends in a colon."""
    start, end = text.outline.spans[number]
    source = text.source
    if end - start > _MAX_LABEL_CHARACTERS or source[end - 1] not in COLONS or text.outline.records[number]:
        return False
    line_start, line_end = source.rfind("\n", 0, start) + 1, source.find("\n", end)
    text_after = source[end:] if line_end < 0 else source[end:line_end]
    return not source[line_start:start].strip() and not text_after.strip()
