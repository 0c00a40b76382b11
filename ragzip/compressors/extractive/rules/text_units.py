"""The input of the rules: a text with its outline and its budget; and the types of the rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ragzip.compressors.extractive.records.members import members
from ragzip.compressors.outline import Outline
from ragzip.text.scores import Scores
from ragzip.types import Budget

__all__ = [
    "SHARE_IN_PLACE",
    "RuleAcrossTexts",
    "RuleOfText",
    "TextUnits",
    "just_above",
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


def just_above(score: float) -> float:
    """A score next above ``score``, of 0 too: where one of the two units fits, it is the one with this score."""
    return score * (1 + 1e-6) + 1e-9


def values_by_column(text: TextUnits) -> dict[str, dict[int, str]]:
    """The values of the records that are no headings, by the name of the column and the number of the record."""
    values: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for number, is_record in enumerate(text.outline.records):
        if is_record and text.outline.relations[number].section is None:
            for column, value in members(text.outline.text_of(number, text.source)):
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
    shares = weighted[holding] / max(float(weighted[holding].max()), 1e-9)  # the order of those that hold stays
    weighted[holding] = np.maximum(weighted[holding], least_score * (1 + _SHARE_OF_ORDER * shares))
    return weighted


RuleOfText = Callable[[str | None, TextUnits, Scores], Scores]
"""The query (None: no query), a text and the scores of its units (n,), to scores (n,)."""
RuleAcrossTexts = Callable[[str | None, Sequence[TextUnits], Sequence[Scores]], list[Scores]]
"""The query, all texts and the scores of their units, (n_i,) each, to scores (n_i,) each."""
