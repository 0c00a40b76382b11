"""Means with bootstrap intervals, paired where two arms answered the same examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Interval", "interval", "over_tasks", "paired"]

SEED = 20261122
_DRAWS = 2000
_AT_ONCE = 2**22  # numbers drawn at a time


class Interval(NamedTuple):
    """A mean, its 95 % bootstrap interval, and the number of examples."""

    mean: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def interval(values: Sequence[float]) -> Interval | None:
    """The mean of ``values``; None of none."""
    return over_tasks({"": values})


def paired(values: Mapping[Any, float], others: Mapping[Any, float]) -> Interval | None:
    """Mean difference of ``values`` over ``others``, both by example; examples that one of them lacks are left out."""
    return interval([value - others[key] for key, value in values.items() if key in others])


def over_tasks(values: Mapping[str, Sequence[float]]) -> Interval | None:
    """The mean of the tasks' means, every task resampled by itself."""
    filled = [np.asarray(found, np.float64) for found in values.values() if len(found)]
    if not filled:
        return None
    rng = np.random.default_rng(SEED)
    means = np.mean([_means(rng, array) for array in filled], axis=0)
    low, high = np.percentile(means, [2.5, 97.5])
    mean = np.mean([array.mean() for array in filled])
    return Interval(float(mean), float(low), float(high), sum(map(len, filled)))


def _means(rng: np.random.Generator, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Means of resampled ``values``. *Shape:* (draws,)."""
    n = len(values)
    step = max(1, _AT_ONCE // n)
    parts = [values[rng.integers(0, n, (min(step, _DRAWS - at), n))].mean(1) for at in range(0, _DRAWS, step)]
    return np.concatenate(parts)
