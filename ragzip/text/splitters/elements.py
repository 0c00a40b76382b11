"""The objects of the only list of a JSON value: each can be read by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span

__all__ = ["elements"]

_MAX_DEPTH_OF_LIST = 3
_WHITE_SPACE = pattern_of(r"\s*+")
_DECODER = json.JSONDecoder()


def elements(text: str, start: int, end: int) -> Iterator[Span]:
    """The spans of the objects in the list of the JSON value ``text[start:end]``.

    Everything before and after the list belongs to the first and the last one. A value without a list of objects, or
    with other lists or objects besides, is one span.
    """
    object_ends = _ends_of_objects(text, start)
    for index, object_end in enumerate(object_ends[:-1]):
        gap = _WHITE_SPACE.match(text, object_end)
        if gap is not None and text[gap.end()] == ",":
            object_ends[index] = gap.end() + 1
    for object_end in [*object_ends[:-1], end]:
        yield Span(start, object_end)
        start = _skip_space(text, object_end)


def _ends_of_objects(text: str, start: int) -> list[int]:
    """The offsets at which the objects of the list end; none for a value that is one span."""
    value, offset = _DECODER.raw_decode(text, start)[0], start
    for _ in range(_MAX_DEPTH_OF_LIST):
        if isinstance(value, list):
            break
        container_keys = [key for key, item in value.items() if isinstance(item, (dict, list))]
        if len(container_keys) != 1:
            return []
        offset = _value_offset(text, offset, container_keys[0])
        value = value[container_keys[0]]
    if not isinstance(value, list) or len(value) < 2 or not all(isinstance(item, dict) and item for item in value):
        return []
    object_ends: list[int] = []
    offset = _skip_space(text, offset + 1)
    while len(object_ends) < len(value):
        _, object_end = _DECODER.raw_decode(text, offset)
        object_ends.append(object_end)
        offset = _skip_space(text, _skip_space(text, object_end) + 1)
    return object_ends


def _value_offset(text: str, offset: int, key: str) -> int:
    """The offset of the value of ``key`` in the object at ``offset``."""
    offset = _skip_space(text, offset + 1)
    while True:
        member_key, offset = _DECODER.raw_decode(text, offset)
        offset = _skip_space(text, _skip_space(text, offset) + 1)
        if member_key == key:
            return offset
        _, offset = _DECODER.raw_decode(text, offset)
        offset = _skip_space(text, _skip_space(text, offset) + 1)


def _skip_space(text: str, offset: int) -> int:
    """The offset of the first character from ``offset`` on that is not white space."""
    match = _WHITE_SPACE.match(text, offset)
    return match.end() if match else offset
