"""The input of the rules: a text with its outline and its budget; and the types of the rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ragzip.compressors.extractive.records.members import members
from ragzip.compressors.outline import Outline
from ragzip.text.patterns import ITEM_MARK
from ragzip.text.scores import Scores
from ragzip.types import Budget

__all__ = [
    "SHARE_IN_PLACE",
    "RuleAcrossTexts",
    "RuleOfText",
    "TextUnits",
    "just_above",
    "raised",
    "values_by_column",
    "with_holding_first",
]

_SHARE_NOT_HOLDING = 0.4  # of the score of a unit that holds for something else than is asked
_SHARE_OF_ORDER = 1e-2  # of the least score of those that hold, by which the best of them is above the others
SHARE_IN_PLACE = 1e-3  # of the score of a unit that would be taken for a better one, where none of these fits


class TextUnits(NamedTuple):
    """The units of a text, the whole source of its document and its title, and the budget of all texts, if any."""

    outline: Outline
    source: str
    title: str | None = None
    budget: Budget | None = None

    def fits(self, number: int) -> bool:
        """Whether the budget may hold a unit, with what it needs."""
        return self.budget is None or self.outline.fits(number, self.budget, self.source)

    def records(self) -> dict[int, str]:
        """The records that are no headings as they are read, by number."""
        outline = self.outline
        return {
            number: outline.text_of(number, self.source)
            for number, is_record in enumerate(outline.records)
            if is_record and outline.relations[number].section is None
        }

    def entries(self) -> dict[int, str]:
        """The records, and the items of lists, that are no headings, by number."""
        outline = self.outline
        return {
            number: outline.text_of(number, self.source)
            for number, (span, relation) in enumerate(zip(outline.spans, outline.relations, strict=True))
            if relation.section is None and (outline.records[number] or ITEM_MARK.match(self.source, span.start))
        }


def just_above(score: float) -> float:
    """A score next above ``score``, of 0 too: where one of the two units fits, it is the one with this score."""
    return score * (1 + 1e-6) + 1e-9


def values_by_column(
    texts: Mapping[int, str], members_of: Callable[[str], Iterable[tuple[str, str]]] = members
) -> dict[str, dict[int, str]]:
    """The values of records, by the name of the column and the number of the record.

    :param texts: of the records as they are read, by number.
    :param members_of: the names and values of a record.
    """
    values: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for number, text in texts.items():
        for column, value in members_of(text):
            values[column].setdefault(number, value)
    return values


def with_holding_first(
    text: TextUnits, scores: Scores, holding: Sequence[int], not_holding: Sequence[int], least_score: float
) -> Scores:
    """The scores of the units: at least ``least_score`` for those that hold for the question, and lower for those that
    do not hold for it; almost 0 for these where none of those that hold fits, as they would be mistaken for them.
    """
    weighted = scores.copy()
    weighted[not_holding] *= _SHARE_NOT_HOLDING if any(map(text.fits, holding)) else SHARE_IN_PLACE
    return raised(weighted, holding, least_score)


def raised(scores: Scores, numbers: Sequence[int], least_score: float) -> Scores:
    """The scores of the units, of those in ``numbers`` at least ``least_score``, in the order that they have."""
    raised_scores = scores.copy()
    shares = scores[numbers] / max(float(scores[numbers].max(initial=0.0)), 1e-9)
    raised_scores[numbers] = np.maximum(scores[numbers], least_score * (1 + _SHARE_OF_ORDER * shares))
    return raised_scores


RuleOfText = Callable[[str | None, TextUnits, Scores], Scores]
"""The query (None: no query), a text and the scores of its units (n,), to scores (n,)."""
RuleAcrossTexts = Callable[[str | None, Sequence[TextUnits], Sequence[Scores]], list[Scores]]
"""The query, all texts and the scores of their units, (n_i,) each, to scores (n_i,) each."""
