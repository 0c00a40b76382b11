"""The names and values of a record as a model reads it: "product: bell, stock: 7"."""

from __future__ import annotations

from collections.abc import Iterator

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["members"]

_BEFORE_NAME = pattern_of(r"^.*\)\s(?=\S)")
_MAX_NAME_CHARACTERS = 60


def members(reading: str) -> Iterator[tuple[str, str]]:
    """The names and values of a record as it is read."""
    for member in reading.split(", "):
        name, colon, value = member.partition(": ")
        if colon and len(name) <= 2 * _MAX_NAME_CHARACTERS:
            yield _BEFORE_NAME.sub("", name.strip())[-_MAX_NAME_CHARACTERS:], value.strip()
