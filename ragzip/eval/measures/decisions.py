"""Decisions of an agent (:func:`~ragzip.eval.suites.conversations.decision_of`): whether those on a compressed context
are worse than those on the whole one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ragzip.eval.record import AGAIN, NONE, Record

__all__ = [
    "MARGIN",
    "RECORDED",
    "SAME",
    "Verdict",
    "verdict_of",
    "with_agreement",
]

RECORDED, SAME = "recorded action", "same action"  # scores: of a record, and in reports
MARGIN = 0.05  # share of decisions
_Z = 1.6448536269514722  # one-sided 95%
_STEPS = 60  # of a bisection; each halves the error


def with_agreement(records: Sequence[Record]) -> list[Record]:
    """``records`` with the score :data:`SAME` for each decision: whether it is that of the same example without
    compression. Without compression it is whether the reader decides the same when it is asked again, 1 where it was
    not asked again; the records of the second time are left out.

    The first score of a record is the agreement with the recorded action where all examples of a task have one.
    """
    decisions = {(record.compressor, record.task, record.id): record.decision for record in records}
    partly_recorded = {
        record.task for record in records if record.decision is not None and RECORDED not in record.scores
    }
    scored_records = []
    for record in records:
        if record.compressor == AGAIN and record.error is None:
            continue
        key = (record.task, record.id)
        whole_decision = decisions.get((NONE, *key))
        if record.compressor == NONE:
            whole_decision = decisions.get((AGAIN, *key)) or whole_decision
        if record.decision is not None and whole_decision is not None and SAME not in record.scores:
            agreement = {SAME: float(record.decision == whole_decision)}
            is_first = record.task in partly_recorded
            record = replace(
                record, scores={**agreement, **record.scores} if is_first else {**record.scores, **agreement}
            )
        scored_records.append(record)
    return scored_records


class Verdict(NamedTuple):
    """Whether decisions are worse than without compression, by pairs of 0 and 1 of the same examples.

    :param margin: that they may be worse by, as a share.
    :param low: lower end of the one-sided 95% interval of the difference (score interval of Tango 1998, which is right
        for few pairs too, and for pairs that never differ).
    :param lost: examples that are right without compression and wrong with it; ``gained`` the other way round.
    :param p_value: of the exact test of McNemar, two-sided: how likely so uneven a loss and gain is by chance.
    """

    margin: float
    low: float
    lost: int
    gained: int
    n: int
    p_value: float

    @property
    def not_worse(self) -> bool:
        """Whether it is shown that they are not worse by more than the margin; False does not mean that they are."""
        return self.low > -self.margin


def verdict_of(
    values: Mapping[Any, float], whole_values: Mapping[Any, float], margin: float = MARGIN
) -> Verdict | None:
    """The verdict on ``values`` (0 or 1 by example) against those without compression; None without pairs."""
    differences = [value - whole_values[key] for key, value in values.items() if key in whole_values]
    if not differences:
        return None
    lost, gained = sum(value < 0 for value in differences), sum(value > 0 for value in differences)
    low = _lower_end(gained, lost, len(differences))
    return Verdict(margin, low, lost, gained, len(differences), _mcnemar(lost, gained))


def _lower_end(gained: int, lost: int, n: int) -> float:
    """The difference of paired shares at which the score statistic falls to :data:`_Z`: the lower end of its interval.

    Tango 1998, "Equivalence test and confidence interval for the difference in proportions for the paired-sample
    design", Statistics in Medicine 17, 891-908. He solves for both ends by iteration; here it is bisection.
    """
    low, high = -1.0, (gained - lost) / n
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _score(gained, lost, n, middle) > _Z:
            low = middle
        else:
            high = middle
    return low


def _score(gained: int, lost: int, n: int, difference: float) -> float:
    """The score statistic of the hypothesis that the shares differ by ``difference``."""
    linear = -gained - lost + (2 * n - gained + lost) * difference  # of the quadratic equation for the share of losses
    constant = -lost * difference * (1 - difference)
    lost_share = (math.sqrt(max(0.0, linear * linear - 8 * n * constant)) - linear) / (4 * n)
    variance = n * (2 * lost_share + difference * (1 - difference))
    return (gained - lost - n * difference) / math.sqrt(variance) if variance > 0 else math.inf


def _mcnemar(lost: int, gained: int) -> float:
    discordant = lost + gained
    tail = sum(math.comb(discordant, count) for count in range(min(lost, gained) + 1))
    return min(1.0, 2 * tail / (1 << discordant))
