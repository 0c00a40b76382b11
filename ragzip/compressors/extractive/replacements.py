"""Sentences that say by what words or value those of another sentence, of any document, are replaced: each is at least
as good an answer as that one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ragzip.compressors.outline import Outline
from ragzip.text.structure.needs.replacements import replacements

__all__ = ["with_replacements"]

_ABOVE = 1 + 1e-6  # the score of what is replaced: where one of them fits, it is the new one


def with_replacements(
    outlines: Sequence[Outline], sources: Sequence[str], scores: Sequence[npt.NDArray[np.float64]]
) -> list[npt.NDArray[np.float64]]:
    """``scores`` of the units of all texts, more of those that say by what others are replaced. *Shape:* (n_i,) each,
    for each text, both.
    """
    raised = [text_scores.copy() for text_scores in scores]
    statements = [_statements(outline) for outline in outlines]
    spans = [[outline.spans[place] for place in places] for outline, places in zip(outlines, statements, strict=True)]
    for number, source in enumerate(sources):
        for replacement in replacements(source, spans[number]):
            place = statements[number][replacement.place]
            for other_number, other_source in enumerate(sources):
                for changed in replacement.changed(other_source, spans[other_number]):
                    if (number, replacement.place) != (other_number, changed):
                        score = scores[other_number][statements[other_number][changed]] * _ABOVE
                        raised[number][place] = max(raised[number][place], score)
    return raised


def _statements(outline: Outline) -> list[int]:
    """The places of the units that are no records and no headings."""
    return [
        place
        for place, (is_record, relation) in enumerate(zip(outline.records, outline.relations, strict=True))
        if not is_record and relation.section is None
    ]
