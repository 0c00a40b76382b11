"""Means with bootstrap intervals, paired where two arms answered the same examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Interval", "interval", "over_tasks", "paired"]

SEED = 20261122
_DRAWS = 2000
_MAX_DRAWN_NUMBERS = 2**22  # at a time, which bounds the memory


class Interval(NamedTuple):
    """A mean, its 95% bootstrap interval, and the number of examples."""

    mean: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def interval(values: Sequence[float]) -> Interval | None:
    """The mean of ``values`` with its interval; None without values."""
    return over_tasks({"": values})


def paired(values: Mapping[Any, float], others: Mapping[Any, float]) -> Interval | None:
    """The mean difference of ``values`` from ``others``, over the examples that both have."""
    return interval([value - others[key] for key, value in values.items() if key in others])


def over_tasks(values: Mapping[str, Sequence[float]]) -> Interval | None:
    """The mean of the tasks' means with its interval; every task is resampled by itself. None without values."""
    arrays = [np.asarray(task_values, np.float64) for task_values in values.values() if len(task_values)]
    if not arrays:
        return None
    generator = np.random.default_rng(SEED)
    resampled = np.mean([_resampled_means(generator, array) for array in arrays], axis=0)
    low, high = np.percentile(resampled, [2.5, 97.5])
    mean = np.mean([array.mean() for array in arrays])
    return Interval(float(mean), float(low), float(high), sum(map(len, arrays)))


def _resampled_means(generator: np.random.Generator, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Means of resampled ``values``. *Shape:* (draws,)."""
    size = len(values)
    batch_draws = max(1, _MAX_DRAWN_NUMBERS // size)
    batches = [
        values[generator.integers(0, size, (min(batch_draws, _DRAWS - start), size))].mean(1)
        for start in range(0, _DRAWS, batch_draws)
    ]
    return np.concatenate(batches)
