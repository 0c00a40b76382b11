"""Values of records as numbers that can be compared."""

from __future__ import annotations

from ragzip.compressors.extractive.records.dates import date_as_number
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["comparable_value"]

_NUMBER = pattern_of(
    r"[~<>≈$€£¥]?\s?([+\-−]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})*,\d{1,2}(?!\d)|\d+,\d{1,2}(?!\d)"
    r"|\d+(?:\.\d+)?))\s?([KMGTP]?)i?B?\s?(%|\S{0,12})"
)
_DECIMAL_COMMA = pattern_of(r",(?=\d{1,2}$)")
_REMARK = pattern_of(r"\s\([^()]*\)$")  # "41 (2m ago)"
_FACTORS = {"": 1.0, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0}
_CLOCK = pattern_of(r"(\d{1,3}):(\d\d)(?::(\d\d(?:\.\d{1,6})?))?(?: ?h)?")
_HOURS = pattern_of(r"(\d{1,3}) ?h(?:(?:ou)?rs?)? ?(\d{1,2}) ?m(?:in)?")


def comparable_value(text: str) -> float | None:
    """A number, with its unit, a time in seconds, or a date as a number; None of any other text."""
    text = _REMARK.sub("", text)
    date = date_as_number(text)
    if date is not None:
        return date
    clock = _CLOCK.fullmatch(text) or _HOURS.fullmatch(text)
    if clock is not None:
        hours, minutes, *seconds = clock.groups()
        return 3600 * float(hours) + 60 * float(minutes) + float(seconds[0] or 0 if seconds else 0)
    number = _NUMBER.fullmatch(text)
    if number is None:
        return None
    whole, comma, decimals = _DECIMAL_COMMA.sub(";", number[1].replace("−", "-")).partition(";")
    digits = f"{whole.replace('.', '')}.{decimals}" if comma else whole.replace(",", "")
    return float(digits) * _FACTORS[number[2]] * _SECONDS.get(number[3], 1.0)
