"""The elements of a JSON value that can be read by themselves: the objects of the only list it has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ragzip.text.spans import Span

__all__ = ["elements"]

_MAX_DEPTH = 3
_SPACE = re.compile(r"\s*+")
_DECODER = json.JSONDecoder()


def elements(text: str, start: int, end: int) -> Iterator[Span]:
    """The value ``text[start:end]`` in spans, one for each object of its list; the brackets around belong to the first
    and the last one. A value without such a list, or with other lists and objects beside it, is one span.
    """
    ends = _ends_of_objects(text, start, end)
    for number, stop in enumerate(ends[:-1]):
        after = _SPACE.match(text, stop)
        if after is not None and text[after.end()] == ",":
            ends[number] = after.end() + 1
    for stop in [*ends[:-1], end]:
        yield Span(start, stop)
        start = _skip(text, stop)


def _ends_of_objects(text: str, start: int, end: int) -> list[int]:
    value, at = _DECODER.raw_decode(text, start)[0], start
    for _ in range(_MAX_DEPTH):
        if isinstance(value, list):
            break
        holders = [key for key, item in value.items() if isinstance(item, (dict, list))]
        if len(holders) != 1:
            return []
        at = _value_of(text, at, holders[0])
        value = value[holders[0]]
    if not isinstance(value, list) or len(value) < 2 or not all(isinstance(item, dict) and item for item in value):
        return []
    ends: list[int] = []
    at = _skip(text, at + 1)
    while len(ends) < len(value):
        _, stop = _DECODER.raw_decode(text, at)
        ends.append(stop)
        at = _skip(text, _skip(text, stop) + 1)
    return ends


def _value_of(text: str, at: int, key: str) -> int:
    """Where the value of ``key`` begins in the object at ``at``."""
    at = _skip(text, at + 1)
    while True:
        name, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        if name == key:
            return at
        _, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
