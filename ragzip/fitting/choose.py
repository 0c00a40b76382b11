"""From scores and a budget to a choice, over all documents together, at the estimated cost of each unit.

Pure functions: no model runs here, whatever the budget. :mod:`ragzip.fitting.fit` then makes the real count hold.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

from ragzip.checks import number_in, whole_number
from ragzip.text.spans import Span
from ragzip.types import Budget, Segment, Tier, Unit

__all__ = [
    "DEFAULT_RATE",
    "SHORT_CONTEXT_TOKENS",
    "Fill",
    "choose",
    "from_rate",
    "is_candidate",
    "select",
    "stages",
    "unit_costs",
    "whole_protected",
]

DEFAULT_RATE = 0.5  # where a call sets no budget, and
SHORT_CONTEXT_TOKENS = 200  # under which a context then stays whole: there is little to gain
_COUNTED = 100_000  # characters from which the cost of a unit is guessed: counting takes a second a million
Fill = Literal["relevant", "units", "words", "none"]


def from_rate(tokens_in: int, target_tokens: int | None, rate: float | None) -> int | None:
    """The limit in tokens that ``target_tokens`` and ``rate`` set together: the smaller one; None without either.

    :raises OptionError: a negative or non-integer target; a rate outside (0, 1].
    """
    limits: list[int] = []
    if target_tokens is not None:
        limits.append(whole_number(target_tokens, "target_tokens", expected="a whole number of tokens, 0 or more"))
    if rate is not None:
        share = number_in(rate, "rate", above=0, expected="a number in (0, 1]: tokens kept ÷ tokens given")
        limits.append(math.floor(share * tokens_in + 1e-9))
    return min(limits, default=None)


def stages(tokens_in: int, limit: int | None, n: int) -> list[int | None]:
    """The limit of each of ``n`` compressors run one after another: every one takes off the same share."""
    if limit is None or limit <= 0 or tokens_in <= limit:
        return [limit] * n
    share = limit / tokens_in
    return [max(limit, round(tokens_in * share ** (i / n))) for i in range(1, n)] + [limit]


def choose(
    scores: npt.NDArray[np.float64],
    costs: npt.NDArray[np.int64],
    limit: int | None,
    *,
    allowed: npt.NDArray[np.bool_] | None = None,
    tiers: npt.NDArray[np.int64] | None = None,
    needs: Mapping[int, Sequence[int]] = MappingProxyType({}),
) -> npt.NDArray[np.bool_]:
    """Which units to keep: the best first, each that still fits with what it needs. All arrays have shape (n,).

    Units that are not ``allowed`` come only where others need them. Equal scores are taken in order.

    :param tiers: of the units (:class:`~ragzip.types.Tier`): ``MUST`` is kept whatever it costs, ``REPEAT`` is out
        where there is no ``limit``.
    :param needs: the units that each unit needs, for those that need any.
    """
    candidates = np.ones(len(scores), bool) if allowed is None else allowed
    tiers = np.full(len(scores), Tier.NORMAL) if tiers is None else tiers
    kept = tiers == Tier.MUST if limit is not None else candidates & (tiers < Tier.REPEAT)
    for i in np.flatnonzero(kept).tolist():
        kept[list(needs.get(i, ()))] = True
    if limit is None:
        return kept
    room = limit - int(costs[kept].sum())
    for i in np.lexsort((-scores, tiers)).tolist():
        if not candidates[i] or kept[i]:
            continue
        missing = [i, *(j for j in needs.get(i, ()) if not kept[j])]
        cost = int(costs[missing].sum())
        if cost <= room:
            kept[missing] = True
            room -= cost
    return kept


def select(segments: Sequence[Segment], budget: Budget) -> list[Segment]:
    """Keep the best units of all ``segments`` together, at their estimated cost in tokens of the target tokenizer, and
    then the headings above them, the cheapest first.
    """
    units = [unit for segment in segments for unit in segment.units]
    if not units:
        return list(segments)
    costs = np.array([cost for segment in segments for cost in unit_costs(segment, budget)], np.int64)
    needs, sections = _relations(segments)
    kept = choose(
        np.array([unit.score for unit in units], np.float64),
        costs,
        budget.max_tokens,
        allowed=np.array([is_candidate(unit, budget.threshold) for unit in units], bool),
        tiers=np.array([unit.tier for unit in units], np.int64),
        needs=needs,
    )
    room = math.inf if budget.max_tokens is None else budget.max_tokens - int(costs[kept].sum())
    for i in sorted(sections, key=lambda i: int(costs[i])):
        if not kept[i] and units[i].tier < Tier.REPEAT and costs[i] <= room and kept[slice(*sections[i])].any():
            kept[i] = True
            room -= int(costs[i])
    selected: list[Segment] = []
    first = 0
    for segment in segments:
        spans = [unit.span for unit, keep in zip(segment.units, kept[first:], strict=False) if keep]
        first += len(segment.units)
        selected.append(segment.keep(spans))
    return selected


def is_candidate(unit: Unit, threshold: float | None) -> bool:
    """Whether a unit may be chosen for itself."""
    is_above = threshold is None or unit.score >= threshold or unit.tier == Tier.FORCED
    return unit.must_be_kept or (is_above and unit.relevant and unit.section is None)


def _relations(segments: Sequence[Segment]) -> tuple[dict[int, list[int]], dict[int, tuple[int, int]]]:
    """By the place of units among those of all segments: what each needs; and of headings, the units (first, last + 1)
    of the section.
    """
    needs: dict[int, list[int]] = {}
    sections: dict[int, tuple[int, int]] = {}
    first = 0
    for segment in segments:
        starts = [unit.start for unit in segment.units]
        for i, unit in enumerate(segment.units, first):
            if unit.needs:
                needs[i] = [first + bisect_left(starts, span.start) for span in unit.needs]
            if unit.section is not None:
                sections[i] = (
                    first + bisect_left(starts, unit.section.start),
                    first + bisect_left(starts, unit.section.end),
                )
        first += len(segment.units)
    return needs, sections


def whole_protected(spans: Sequence[Span], protected: Sequence[Span]) -> list[Span]:
    """``spans`` (sorted), those that a protected span runs across joined into one."""
    out: list[Span] = []
    at = 0
    for start, end in spans:
        while at < len(protected) and protected[at].end <= start:
            at += 1
        if out and at < len(protected) and protected[at].start < min(out[-1].end, start):
            out[-1] = Span(out[-1].start, end)
        else:
            out.append(Span(start, end))
    return out


def unit_costs(segment: Segment, budget: Budget) -> list[int]:
    """Tokens of each unit with the white space before it, as a stand-in for its cost in place."""
    pieces = [segment.form.alone(unit.span) for unit in segment.units]
    short = [piece if len(piece) <= _COUNTED else "" for piece in pieces]
    counts = budget.count.many(short)
    return [count if text else len(piece) // 8 for count, text, piece in zip(counts, short, pieces, strict=True)]
