"""The units that a query may need, from the scores of all of them.

Scores that are probabilities say how many units the query is expected to need: their sum. What is left out may hold a
small share of it. So a question that one sentence answers keeps few, and one that many may answer keeps many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ragzip.text.queries.questions import asks_for_several
from ragzip.text.scores import Scores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragzip.fitting.choose import Fill
    from ragzip.types import Budget

__all__ = [
    "THRESHOLD_OF_WORDING",
    "Criteria",
    "answering_units",
    "near_best",
    "needed_units",
    "relevant",
    "units_sharing_words",
    "worth_of_others",
]

_SHARE_LEFT_OUT = 0.04  # of the expected number of needed units
_LEAST_NEEDED = 0.005  # of the best score: long contexts have a long tail, which together holds more than that share
_LEAST_OF_DOCUMENT = 0.04  # of the document's best score: nothing needed is lost on 1,027 dev questions of 11 sets
_SHARE_LEFT_OUT_IN_DOUBT = 0.2  # the same where no budget is set and no unit reaches the threshold
_LEAST_WORDING = 0.2  # of the best BM25 score: 0 to 0.8 points of support or answers are lost on 600 dev questions
THRESHOLD_OF_WORDING = 0.3  # share of the best score, for a call without a budget
_LEAST_OF_BEST = 0.1  # then
_SHARE_OF_PART = 0.5  # of the threshold, for a part of an answer
_WORTH_OF_OTHERS = 0.03  # of a record beside one that the query names: less than what is kept of a document
_WORTH_OF_OTHERS_OF_SEVERAL = 0.05  # where the query asks for more, which may stand in other records
_NOTHING_ANSWERS = 0.001  # a best score under it says that nothing answers


@dataclass(frozen=True)
class Criteria:
    """The limits from which the scores of a method tell that a query may need a unit.

    :param needed: the units that it may need, by the scores of the units of each document.
    :param threshold: the score that decides where a call sets neither budget nor threshold; None: a default rate does.
    :param nothing_answers: whether it is sure that nothing answers: then a call without a budget keeps nothing; None:
        the scores tell.
    :param has_several_parts: whether the answer has: then units beside the best one that score less than ``threshold``
        are kept, too.
    """

    needed: Callable[[Sequence[Scores]], npt.NDArray[np.bool_]]
    threshold: float | None
    nothing_answers: bool | None = None
    has_several_parts: bool = False


def relevant(
    scores: Sequence[Scores], criteria: Criteria, budget: Budget, *, is_asked: bool, fill: Fill
) -> npt.NDArray[np.bool_]:
    """A mask of the units that may be kept: all of them where nothing ``is_asked``, where the budget is to be used up,
    or where the caller has set a threshold. *Shape:* (n_i,) for each document, to (n,) for all.
    """
    if not is_asked or fill == "units" or budget.threshold is not None:
        return np.ones(sum(map(len, scores)), bool)
    threshold, nothing_answers = criteria.threshold, criteria.nothing_answers
    is_told_apart = bool(nothing_answers) or any(document_scores.any() for document_scores in scores)
    if threshold is not None and budget.max_tokens is None and is_told_apart:
        is_answering = answering_units(np.concatenate(scores), threshold, nothing_answers)
        return is_answering | _beside_best(scores, threshold) if criteria.has_several_parts else is_answering
    return criteria.needed(scores)


def _beside_best(scores: Sequence[Scores], threshold: float) -> npt.NDArray[np.bool_]:
    """The units of the document with the best one, where that has ``threshold``, with a share of it. *Shape:* (n,)."""
    best_scores = [float(document_scores.max(initial=0.0)) for document_scores in scores]
    best_score = max(best_scores, default=0.0)
    is_best = best_score >= threshold
    return np.concatenate(
        [
            (document_scores >= _SHARE_OF_PART * threshold) & (is_best and document_best == best_score)
            for document_scores, document_best in zip(scores, best_scores, strict=True)
        ]
    )


def needed_units(scores: Sequence[Scores], least_of_document: float = _LEAST_OF_DOCUMENT) -> npt.NDArray[np.bool_]:
    """A mask of the best units, until those left out hold a small share of the sum of all scores; units whose score is
    almost 0 relative to the best one, or to the best one of their own document, are left out in any case. *Shape:*
    (n,).

    :param scores: probabilities that the query needs each unit of each document. *Shape:* (n_i,) each.
    """
    all_scores = np.concatenate(scores)
    is_near_best_of_document = np.concatenate(
        [near_best(document_scores, least_of_document) for document_scores in scores]
    )
    return np.asarray(
        _best_with(all_scores, _SHARE_LEFT_OUT) & near_best(all_scores, _LEAST_NEEDED) & is_near_best_of_document
    )


def _best_with(scores: Scores, share_left_out: float) -> npt.NDArray[np.bool_]:
    """The best units, until those left out hold at most ``share_left_out`` of the sum of all scores. *Shape:* (n,)."""
    best_first = np.argsort(-scores, kind="stable")
    sums_before = np.cumsum(scores[best_first]) - scores[best_first]
    is_needed = np.zeros(len(scores), bool)
    is_needed[best_first] = sums_before < (1 - share_left_out) * scores.sum()
    return is_needed


def near_best(scores: Scores, share: float) -> npt.NDArray[np.bool_]:
    """The units with at least ``share`` of the best score; all where no score is above 0. *Shape:* (n,) both."""
    best_score = float(scores.max(initial=0.0))
    return scores >= share * best_score if best_score > 0 else np.ones(len(scores), bool)


def units_sharing_words(scores: Sequence[Scores]) -> npt.NDArray[np.bool_]:
    """The units that share enough wording with the query; all where none shares a word.

    *Shape:* (n_i,) each to (n,).
    """
    return near_best(np.concatenate(scores), _LEAST_WORDING)


def answering_units(scores: Scores, threshold: float, nothing_answers: bool | None = None) -> npt.NDArray[np.bool_]:
    """The units with a score of ``threshold`` or more; where none has, those that may be needed. *Shape:* (n,).

    None at all only where it is sure that nothing answers.

    :param nothing_answers: whether it is; None: the best score tells.
    """
    if nothing_answers:
        return np.zeros(len(scores), bool)
    best_score = float(scores.max(initial=0.0))
    if best_score >= threshold:
        return scores >= threshold
    least_score = _NOTHING_ANSWERS if nothing_answers is None else 0.0
    is_near_best = scores >= max(least_score, _LEAST_OF_BEST * best_score)
    return _best_with(scores, _SHARE_LEFT_OUT_IN_DOUBT) & is_near_best


def worth_of_others(query: str) -> float:
    """The share of its score that a record keeps next to one that ``query`` names. Where that one is larger than the
    budget, no other takes its place.
    """
    return _WORTH_OF_OTHERS_OF_SEVERAL if asks_for_several(query) else _WORTH_OF_OTHERS
