"""Where words and numbers stand, by window: looked up, not searched for."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["Numbers", "Places", "number_of"]

_ROUNDED = 0.02  # of a number, by which a rounder one may differ from it
_MAX_DIGITS = 17  # that tell one float from another
_NONE = np.zeros(0, np.int64)


class Places:
    """The windows that each key stands in, in order.

    :param keys_by_window: the keys of each window, each of them once.
    """

    def __init__(self, keys_by_window: Sequence[Iterable[str]]) -> None:
        self._ids: dict[str, int] = {}
        ids, windows = array("q"), array("q")
        for window, keys in enumerate(keys_by_window):
            for key in keys:
                ids.append(self._ids.setdefault(key, len(self._ids)))
                windows.append(window)
        ids_by_place = np.array(ids, np.int64)
        self._windows = np.array(windows, np.int64)[np.argsort(ids_by_place, kind="stable")]
        self._ends = np.cumsum(np.bincount(ids_by_place, minlength=len(self._ids))).tolist()

    def __getitem__(self, key: str) -> npt.NDArray[np.int64]:
        """*Shape:* (windows with it,); empty for a key that stands nowhere."""
        i = self._ids.get(key)
        if i is None:
            return _NONE
        return self._windows[self._ends[i - 1] if i else 0 : self._ends[i]]

    def __contains__(self, key: str) -> bool:
        return key in self._ids

    def counts(self) -> dict[str, int]:
        """The number of windows of each key."""
        return {key: len(self[key]) for key in self._ids}


class Numbers:
    """The values that stand in each window. A rounder number (of fewer digits, within 2 %) counts as the same.

    :param values_by_window: as :func:`~ragzip.checking.facts.numbers` writes them, in each window.
    """

    def __init__(self, values_by_window: Sequence[Iterable[str]]) -> None:
        self._places = Places(values_by_window)
        by_digits: dict[int, list[tuple[float, int]]] = {}
        for window, values in enumerate(values_by_window):
            for value in values:
                if (number := number_of(value)) is not None:
                    by_digits.setdefault(_digits(value), []).append((number, window))
        self._by_digits = {
            digits: ([number for number, _ in pairs], [window for _, window in pairs])
            for digits, pairs in ((digits, sorted(pairs)) for digits, pairs in by_digits.items())
        }

    def __contains__(self, value: str) -> bool:
        return value in self._places or any(low < high for _, low, high in self._rounded(value))

    def windows(self, value: str) -> list[int]:
        """The windows that ``value`` stands in, or a number that it is rounded from; some of them more than once."""
        windows: list[int] = self._places[value].tolist()
        for digits, low, high in self._rounded(value):
            windows += self._by_digits[digits][1][low:high]
        return windows

    def _rounded(self, value: str) -> Iterable[tuple[int, int, int]]:
        """For each number of digits that is higher: which of the sorted numbers ``value`` may be rounded from."""
        number = number_of(value)
        if number is None:
            return
        for digits, (numbers, _) in self._by_digits.items():
            if digits > _digits(value):
                low = bisect_left(numbers, number / (1 + _ROUNDED) * (1 - 1e-12))
                yield digits, low, bisect_right(numbers, number / (1 - _ROUNDED) * (1 + 1e-12))


def number_of(value: str) -> float | None:
    """What can be reckoned with; None for powers, and for what is too long to be told from other numbers."""
    if not value.isascii() or not value.replace(".", "").isdigit() or len(value) > 300:
        return None
    return float(value)


def _digits(value: str) -> int:
    """How many it is given in, without zeros at its ends; from 17 on the same."""
    return min(_MAX_DIGITS, len(value.replace(".", "").strip("0")))
