"""The names and values of a record as a model reads it: "product: bell, stock: 7"."""

from __future__ import annotations

from collections.abc import Iterator

from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import LETTERS

__all__ = ["may_tell", "measured_members", "members"]

_COMMA_BEFORE_NAME = pattern_of(
    r", (?!\d{1,2} [^\W\d_]{3}|\d{4}\b(?!: ))"
)  # none inside a date: "2020: 140" is a member
_BEFORE_NAME = pattern_of(r"^.*\)\s(?=\S)")
_MAX_NAME_CHARACTERS = 60
_CURRENCY = r"€|\$|£|¥|EUR|USD|GBP|CHF|euros?|dollars?|pounds?|Euro|Franken"
_MEASURE = pattern_of(
    r"(?:\b(?P<label>[^\W\d_]{3,20}):?\s)?"
    rf"(?<![\d.,:/-])(?<![^\W\d_])(?:(?P<before>{_CURRENCY})\s?)?(?P<number>\d(?:[\d.,]{{0,12}}\d)?)(?![\d:/-])"
    rf"(?:\s?(?P<currency>{_CURRENCY})(?!\w)|\s?(?P<scale>[KMGTP]i?B)\b|\s?(?P<unit>%|[^\W\d_]{{1,20}}))?"
    r"(?:(?<=B)\s(?P<what>[^\W\d_]{2,20}))?"
)
_NAME_OF_PRICE, _NAME_OF_SIZE = "price", "size"
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


def measured_members(reading: str) -> Iterator[tuple[str, str]]:
    """The numbers of a record without names, "Team: 29 € a month, 25 users, length 6 m", as values of what they
    measure: "price", "users", "length", "m"; each name once.
    """
    named: set[str] = set()
    for measure in _MEASURE.finditer(reading):
        number = measure["number"]
        if measure["before"] or measure["currency"]:
            values = {_NAME_OF_PRICE: number}
        elif measure["scale"]:
            values = {measure["what"] or _NAME_OF_SIZE: f"{number} {measure['scale']}"}
        else:
            values = {name: number for name in (measure["label"], measure["unit"]) if name}
        for name, value in values.items():
            if name not in named and not is_function_word(name.casefold()):
                named.add(name)
                yield name, value
