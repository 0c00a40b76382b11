"""From scores and a budget to a choice, over all documents together, at the estimated cost of each unit.

Pure functions: no model runs here, whatever the budget. :mod:`ragzip.fit` then makes the real count hold.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from ragzip.checks import number_in, whole_number
from ragzip.types import Budget, Segment, Span

__all__ = [
    "DEFAULT_LEAST",
    "DEFAULT_RATE",
    "Fill",
    "choose",
    "from_rate",
    "select",
    "stages",
    "unit_costs",
    "whole_protected",
]

DEFAULT_RATE = 0.5  # where a call sets no budget, and
DEFAULT_LEAST = 50  # tokens, under which it then leaves a context alone
_COUNTED = 100_000  # characters from which the cost of a unit is guessed: counting takes a second a million
Fill = Literal["units", "words", "none"]


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
    threshold: float | None = None,
    redundant: npt.NDArray[np.bool_] | None = None,
) -> npt.NDArray[np.bool_]:
    """Which units to keep: the best first, each that still fits. All arrays have shape (n,).

    Infinite scores come first whatever they cost; units under ``threshold`` are out; ``redundant`` ones come last, and
    are out where there is no ``limit``. Equal scores are taken in order.
    """
    allowed = np.ones(len(scores), bool) if threshold is None else scores >= threshold
    repeated = np.zeros(len(scores), bool) if redundant is None else redundant
    if limit is None:
        return allowed & (~repeated | np.isinf(scores))
    kept = np.isposinf(scores)
    left = limit - int(costs[kept].sum())
    for i in np.lexsort((-scores, repeated)):
        if allowed[i] and not kept[i] and costs[i] <= left:
            kept[i] = True
            left -= int(costs[i])
    return kept


def select(segments: Sequence[Segment], budget: Budget) -> list[Segment]:
    """Keep the best units of all ``segments`` together, at their estimated cost in tokens of the target tokenizer."""
    units = [unit for segment in segments for unit in segment.units]
    if not units:
        return list(segments)
    costs = [cost for segment in segments for cost in unit_costs(segment, budget)]
    kept = choose(
        np.array([unit.score for unit in units], np.float64),
        np.array(costs, np.int64),
        budget.max_tokens,
        threshold=budget.threshold,
        redundant=np.array([unit.redundant for unit in units], bool),
    )
    out: list[Segment] = []
    at = 0
    for segment in segments:
        chosen = [unit[:2] for unit, keep in zip(segment.units, kept[at:], strict=False) if keep]
        at += len(segment.units)
        out.append(segment.keep(chosen))
    return out


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


def counted(budget: Budget, texts: Sequence[str]) -> list[int]:
    """Tokens of each text, in one go where the tokenizer has one."""
    many: Callable[[Sequence[str]], list[int]] | None = getattr(budget.count, "many", None)
    return many(texts) if many else [budget.count(text) for text in texts]


def unit_costs(segment: Segment, budget: Budget) -> list[int]:
    """Tokens of each unit with the white space before it, as a stand-in for its cost in place."""
    text = segment.document.text
    pieces = [segment.form.alone(unit[:2]) for unit in segment.units] if segment.form else []
    for unit in () if segment.form else segment.units:
        start = unit.start
        while start > 0 and unit.start - start < 2 and text[start - 1].isspace():
            start -= 1
        pieces.append(text[start : unit.end])
    short = [piece if len(piece) <= _COUNTED else "" for piece in pieces]
    counts = counted(budget, short)
    return [count if text else len(piece) // 8 for count, text, piece in zip(counts, short, pieces, strict=True)]
