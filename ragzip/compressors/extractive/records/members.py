"""The names and values of a record as a model reads it: "product: bell, stock: 7"."""

from __future__ import annotations

from collections.abc import Iterator

from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import LETTERS

__all__ = ["may_tell", "members"]

_COMMA_BEFORE_NAME = pattern_of(
    r", (?!\d{1,2} [^\W\d_]{3}|\d{4}\b(?!: ))"
)  # none inside a date: "2020: 140" is a member
_BEFORE_NAME = pattern_of(r"^.*\)\s(?=\S)")
_MAX_NAME_CHARACTERS = 60
_NO_NAMES = frozenset(["true", "false", "yes", "no", "none", "null", "on", "off", "open", "closed"])


def members(reading: str) -> Iterator[tuple[str, str]]:
    """The names and values of a record as it is read, or as it stands, a member a line."""
    for line in reading.split("\n"):
        for member in _COMMA_BEFORE_NAME.split(line):
            name, colon, value = member.partition(": ")
            if colon and len(name) <= 2 * _MAX_NAME_CHARACTERS:
                yield _BEFORE_NAME.sub("", name.strip())[-_MAX_NAME_CHARACTERS:], value.strip()


def may_tell(value: str) -> bool:
    """Whether a value may tell a record from others: no number, function word or flag."""
    word = value.casefold()
    return LETTERS.search(word) is not None and word not in _NO_NAMES and not is_function_word(word)
