"""Indexes of words and numbers: the windows that have each."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["NumberIndex", "WindowIndex", "number_of"]

_MAX_ROUNDING = 0.02  # share of a number by which its rounded form may differ
_MAX_DIGITS = 17  # that distinguish two floats
_NO_WINDOWS = np.zeros(0, np.int64)


class WindowIndex:
    """An index of keys: the windows that have each key, in order.

    :param keys_by_window: the distinct keys of each window.
    """

    def __init__(self, keys_by_window: Sequence[Iterable[str]]) -> None:
        self._ids: dict[str, int] = {}
        key_ids, window_numbers = array("q"), array("q")
        for window, keys in enumerate(keys_by_window):
            for key in keys:
                key_ids.append(self._ids.setdefault(key, len(self._ids)))
                window_numbers.append(window)
        id_array = np.array(key_ids, np.int64)
        self._windows = np.array(window_numbers, np.int64)[np.argsort(id_array, kind="stable")]
        self._ends = np.cumsum(np.bincount(id_array, minlength=len(self._ids))).tolist()

    def __getitem__(self, key: str) -> npt.NDArray[np.int64]:
        """*Shape:* (windows with it,); empty for an unknown key."""
        key_id = self._ids.get(key)
        if key_id is None:
            return _NO_WINDOWS
        start = self._ends[key_id - 1] if key_id else 0
        return self._windows[start : self._ends[key_id]]

    def __contains__(self, key: str) -> bool:
        return key in self._ids

    def counts(self) -> dict[str, int]:
        """The number of windows of each key."""
        return {key: len(self[key]) for key in self._ids}


class NumberIndex:
    """An index of numbers. A rounded number (of fewer digits, within 2%) matches the exact one.

    :param values_by_window: as :func:`~ragzip.compressors.checking.facts.numbers` writes them, in each window.
    """

    def __init__(self, values_by_window: Sequence[Iterable[str]]) -> None:
        self._places = WindowIndex(values_by_window)
        pairs_by_digits: dict[int, list[tuple[float, int]]] = {}
        for window, values in enumerate(values_by_window):
            for value in values:
                if (number := number_of(value)) is not None:
                    pairs_by_digits.setdefault(_digits(value), []).append((number, window))
        self._by_digits = {
            digits: ([number for number, _ in pairs], [window for _, window in pairs])
            for digits, pairs in ((digits, sorted(pairs)) for digits, pairs in pairs_by_digits.items())
        }

    def __contains__(self, value: str) -> bool:
        return value in self._places or any(low < high for _, low, high in self._rounded(value))

    def windows(self, value: str) -> list[int]:
        """The windows that have ``value`` or a number that it is rounded from, with repeats."""
        windows: list[int] = self._places[value].tolist()
        for digits, low, high in self._rounded(value):
            windows += self._by_digits[digits][1][low:high]
        return windows

    def _rounded(self, value: str) -> Iterable[tuple[int, int, int]]:
        """The slices of the sorted numbers that ``value`` may be rounded from, one for each larger number of digits."""
        number = number_of(value)
        if number is None:
            return
        for digits, (sorted_numbers, _) in self._by_digits.items():
            if digits > _digits(value):
                first_index = bisect_left(sorted_numbers, number / (1 + _MAX_ROUNDING) * (1 - 1e-12))
                yield digits, first_index, bisect_right(sorted_numbers, number / (1 - _MAX_ROUNDING) * (1 + 1e-12))


def number_of(value: str) -> float | None:
    """The value as a float; None for powers and for numbers of more than 300 digits."""
    if not value.isascii() or not value.replace(".", "").isdigit() or len(value) > 300:
        return None
    return float(value)


def _digits(value: str) -> int:
    """The number of digits without zeros at either end, 17 at most."""
    return min(_MAX_DIGITS, len(value.replace(".", "").strip("0")))
