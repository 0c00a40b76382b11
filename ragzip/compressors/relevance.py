"""Which units a query may need, from the scores of all of them.

Scores that are probabilities say how many units the query is expected to need: their sum. What is left out may hold a
small share of it. So a question that one sentence answers keeps few, and one that many may answer keeps many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragzip.fitting.choose import Fill
    from ragzip.types import Budget

__all__ = ["THRESHOLD_OF_WORDING", "Scores", "answering", "needed", "relevant", "worded"]

_SHARE_LEFT_OUT = 0.04  # of the expected number of needed units
_SHARE_LEFT_OUT_IN_DOUBT = 0.2  # the same where no budget is set and no unit reaches the threshold
THRESHOLD_OF_WORDING = 0.3  # share of the best score, for a call without a budget
_LEAST_OF_BEST = 0.1  # then
_NOTHING_ANSWERS = 0.001  # a best score under it says that nothing answers

Scores = npt.NDArray[np.float64]


def relevant(
    scores: Scores,
    is_asked: bool,
    budget: Budget,
    *,
    fill: Fill,
    threshold: float | None,
    needed: Callable[[Scores], npt.NDArray[np.bool_]],
) -> npt.NDArray[np.bool_]:
    """Which units may be kept: all of them where nothing ``is_asked``, where the budget is to be used up, or where the
    caller has set a threshold.

    :param threshold: the score that decides where a call sets neither budget nor threshold; None: a default rate does.
    :param needed: which units a query may need, by their scores.
    """
    if not is_asked or fill == "units" or budget.threshold is not None:
        return np.ones(len(scores), bool)
    if threshold is not None and budget.max_tokens is None and scores.any():
        return answering(scores, threshold)
    return needed(scores)


def needed(scores: Scores, share_left_out: float = _SHARE_LEFT_OUT) -> npt.NDArray[np.bool_]:
    """The best units, until those left out hold at most ``share_left_out`` of the sum of all scores. *Shape:* (n,).

    :param scores: probabilities that the query needs each unit. *Shape:* (n,).
    """
    order = np.argsort(-scores, kind="stable")
    before = np.cumsum(scores[order]) - scores[order]
    is_needed = np.zeros(len(scores), bool)
    is_needed[order] = before < (1 - share_left_out) * scores.sum()
    return is_needed


def worded(scores: Scores) -> npt.NDArray[np.bool_]:
    """The units that share a term with the query; all where none does. *Shape:* (n,) both."""
    return scores > 0 if scores.any() else np.ones(len(scores), bool)


def answering(scores: Scores, threshold: float) -> npt.NDArray[np.bool_]:
    """The units with a score of ``threshold`` or more; where none has, those that are :func:`needed`. *Shape:* (n,).

    None at all only where even the best score says that nothing answers.
    """
    best = float(scores.max(initial=0.0))
    if best >= threshold:
        return scores >= threshold
    near_best = scores >= max(_NOTHING_ANSWERS, _LEAST_OF_BEST * best)
    return needed(scores, _SHARE_LEFT_OUT_IN_DOUBT) & near_best
