"""A compression ratio for each piece of text within a budget, from sizes and scores alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.fitting.settle import SteppedDraft, settle

__all__ = ["DROPPED", "TEXT", "Levels", "PieceCosts", "allocate", "expand"]

TEXT, DROPPED = -2, -1
_MAX_TRIED_PIECES = 50  # at the real count

Levels = npt.NDArray[np.int64]


class PieceCosts(NamedTuple):
    """The costs of each of n pieces at each level, and the facts that the choice depends on.

    :param vector_counts: tokens of the pieces as vectors, coarsest level first. *Shape:* (levels, n).
    :param text_tokens: tokens of the pieces as text, where they may stay it. *Shape:* (n,).
    :param scores: how relevant each is; higher is better. *Shape:* (n,).
    :param stays_text: pieces that stay text where there is room; they come first. *Shape:* (n,).
    :param is_guarded: those of them that are never told in vectors. *Shape:* (n,).
    """

    vector_counts: npt.NDArray[np.int64]
    text_tokens: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float64]
    stays_text: npt.NDArray[np.bool_]
    is_guarded: npt.NDArray[np.bool_]


def allocate(
    pieces: PieceCosts, limit: int | None, threshold: float | None, measure: Callable[[Levels], int]
) -> Levels:
    """The level of each of n pieces: a row of ``vector_counts``, ``TEXT``, or ``DROPPED``.

    Every piece at the coarsest level, the best ones first, as far as ``limit`` reaches; the rest of it makes the best
    ones finer. Then the real count is made to hold, and pieces that still fit come in.

    :param limit: most tokens (None: every piece at the finest level).
    :param threshold: pieces with a lower score are dropped, if they need not stay text.
    :param measure: the real count.
    """
    sizes, text_sizes, scores, stays_text, is_guarded = pieces
    finest = len(sizes) - 1
    levels = np.where(stays_text, TEXT, finest)
    if threshold is not None:
        levels[(scores < threshold) & ~is_guarded] = DROPPED
    if limit is None or measure(levels) <= limit:
        return levels
    is_allowed = levels != DROPPED
    best_first = [piece for piece in np.lexsort((-scores, ~stays_text, ~is_guarded)).tolist() if is_allowed[piece]]
    levels = np.full(len(scores), DROPPED)
    costs = np.where(stays_text, text_sizes, sizes[0])
    tokens_left = limit - _around(levels, best_first, stays_text, costs, measure)
    for piece in best_first:
        if costs[piece] > tokens_left and not is_guarded[piece]:
            costs[piece] = sizes[0, piece]
        if costs[piece] <= tokens_left:
            levels[piece] = TEXT if stays_text[piece] and costs[piece] == text_sizes[piece] else 0
            tokens_left -= int(costs[piece])
    for level in range(1, finest + 1):
        for piece in best_first:
            more_tokens = int(sizes[level, piece] - sizes[level - 1, piece])
            if levels[piece] == level - 1 and more_tokens <= tokens_left:
                levels[piece] = level
                tokens_left -= more_tokens
    settle(_Draft(levels, best_first, costs, is_guarded, measure), limit)
    return levels


@dataclass
class _Draft:
    """Levels of pieces, changed in place, as a draft to settle."""

    levels: Levels
    best_first: list[int]
    costs: npt.NDArray[np.int64]
    is_guarded: npt.NDArray[np.bool_]
    measure: Callable[[Levels], int]

    def __post_init__(self) -> None:
        self._worst_first = reversed(self.best_first)

    def measured(self) -> int:
        return self.measure(self.levels)

    def drop_worst(self, excess: int) -> bool:
        worst = next(self._worst_first, None)
        if worst is None:
            return False
        self.levels[worst] = DROPPED
        return True

    def let_in(self, total: int, limit: int) -> bool:
        dropped = [piece for piece in self.best_first if self.levels[piece] == DROPPED]
        for piece in dropped[:_MAX_TRIED_PIECES]:
            if total + int(self.costs[piece]) > limit:
                continue
            self.levels[piece] = TEXT if self.is_guarded[piece] else 0
            count = self.measure(self.levels)
            if count <= limit:
                total = count
            else:
                self.levels[piece] = DROPPED
        return False


def _around(
    levels: Levels,
    best_first: list[int],
    stays_text: npt.NDArray[np.bool_],
    costs: npt.NDArray[np.int64],
    measure: Callable[[Levels], int],
) -> int:
    """Tokens around the pieces when all are there: separators and headers."""
    all_levels = levels.copy()
    for piece in best_first:
        all_levels[piece] = TEXT if stays_text[piece] else 0
    return max(0, measure(all_levels) - int(costs[best_first].sum()))


def expand(pieces: PieceCosts, limit: int | None, threshold: float | None, measure: Callable[[Levels], int]) -> Levels:
    """The levels that :func:`allocate` chooses, except that no piece is dropped so that another one can stay text:
    every piece at the coarsest level first, then the best of those that may be text as text, then the others finer.
    """
    levels = allocate(pieces, None, threshold, measure)
    if limit is None or measure(levels) <= limit:
        return levels
    sizes, text_sizes, scores, stays_text, is_guarded = pieces
    coarse_pieces = pieces._replace(vector_counts=sizes[:1], stays_text=is_guarded)
    levels = allocate(coarse_pieces, limit, threshold, measure)
    best_first = [piece for piece in np.argsort(-scores, kind="stable").tolist() if levels[piece] == 0]
    raised = _Raised(levels, limit - measure(levels), measure)
    for piece in best_first:
        if stays_text[piece]:
            raised.lift(piece, TEXT, int(text_sizes[piece] - sizes[0, piece]))
    for level in range(1, len(sizes)):
        for piece in best_first:
            if levels[piece] == level - 1:
                raised.lift(piece, level, int(sizes[level, piece] - sizes[level - 1, piece]))
    settle(raised, limit)
    return levels


class _Raise(NamedTuple):
    piece: int
    before: int
    level: int


class _Raised(SteppedDraft[_Raise]):
    """Levels of pieces, raised one by one in place."""

    def __init__(self, levels: Levels, tokens_left: int, measure: Callable[[Levels], int]) -> None:
        super().__init__(tokens_left)
        self.levels, self._measure = levels, measure

    def lift(self, piece: int, level: int, more_tokens: int) -> None:
        """``piece`` at ``level``, if there is room for ``more_tokens``."""
        self.take(_Raise(piece, int(self.levels[piece]), level), more_tokens)

    def measured(self) -> int:
        return self._measure(self.levels)

    def _take(self, step: _Raise) -> None:
        self.levels[step.piece] = step.level

    def _take_back(self, step: _Raise) -> None:
        self.levels[step.piece] = step.before
