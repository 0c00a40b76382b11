"""How finely each piece is told within a budget: a pure function of sizes and scores."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

__all__ = ["DROPPED", "TEXT", "allocate"]

TEXT, DROPPED = -2, -1
_PROBES = 50  # pieces that are tried again at the real count

Levels = npt.NDArray[np.int64]


def allocate(
    sizes: npt.NDArray[np.int64],
    whole: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float64],
    text: npt.NDArray[np.bool_],
    guarded: npt.NDArray[np.bool_],
    limit: int | None,
    threshold: float | None,
    measure: Callable[[Levels], int],
) -> Levels:
    """The level of each of n pieces: a row of ``sizes``, ``TEXT``, or ``DROPPED``.

    Every piece at the coarsest level, the best ones first, as far as ``limit`` reaches; what is left of it makes the
    best ones finer. Then the real count is made to hold, and what still fits comes in.

    :param sizes: tokens of the pieces as vectors, coarsest level first. *Shape:* (levels, n).
    :param whole: tokens of the pieces as text, where they may stay it. *Shape:* (n,).
    :param scores: higher is better. *Shape:* (n,).
    :param text: pieces that stay text where there is room; they come first. *Shape:* (n,).
    :param guarded: those of them that are never told in vectors. *Shape:* (n,).
    :param limit: most tokens (None: every piece at the finest level).
    :param threshold: pieces with a lower score are dropped, if they need not stay text.
    :param measure: the real count.
    """
    finest = len(sizes) - 1
    levels = np.where(text, TEXT, finest)
    if threshold is not None:
        levels[(scores < threshold) & ~guarded] = DROPPED
    if limit is None or measure(levels) <= limit:
        return levels
    allowed = levels != DROPPED
    order = [int(i) for i in np.lexsort((-scores, ~text, ~guarded)) if allowed[i]]
    levels = np.full(len(scores), DROPPED)
    costs = np.where(text, whole, sizes[0])
    left = limit - _around(levels, order, text, costs, measure)
    for i in order:
        if costs[i] > left and not guarded[i]:
            costs[i] = sizes[0, i]
        if costs[i] <= left:
            levels[i] = TEXT if text[i] and costs[i] == whole[i] else 0
            left -= int(costs[i])
    for level in range(1, finest + 1):
        for i in order:
            more = int(sizes[level, i] - sizes[level - 1, i])
            if levels[i] == level - 1 and more <= left:
                levels[i] = level
                left -= more
    worst = reversed(order)
    while (taken := measure(levels)) > limit:  # guessed too low: the worst give way
        levels[next(worst)] = DROPPED
    for i in [i for i in order if levels[i] == DROPPED][:_PROBES]:
        if taken + int(costs[i]) <= limit:
            levels[i] = TEXT if guarded[i] else 0
            count = measure(levels)
            taken, levels[i] = (count, levels[i]) if count <= limit else (taken, DROPPED)
    return levels


def _around(
    levels: Levels,
    order: list[int],
    text: npt.NDArray[np.bool_],
    costs: npt.NDArray[np.int64],
    measure: Callable[[Levels], int],
) -> int:
    """Tokens that stand around the pieces when all are there: separators and headers."""
    every = levels.copy()
    for i in order:
        every[i] = TEXT if text[i] else 0
    return max(0, measure(every) - int(costs[order].sum()))
