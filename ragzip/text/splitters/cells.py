"""The cells of rows that bars part, and the rows at the top of a table that name its columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import trim

__all__ = [
    "BarEdges",
    "bar_cells",
    "edges_of",
    "further_header_rows",
    "has_first_alone",
    "header_rows",
    "is_rule",
    "kind_of",
    "labels_of",
]

_PARTING_BAR = re.compile(r"(?<!\\)[|│┃║]")
_PARTING_CROSS = re.compile("[|+│┃║┼┬┴╪╬╤╧]")
_RULE = re.compile(r"(?=[^\-=─━═┄]*+[\-=─━═┄])[|:\-+=\s─━│┃┄┌┐└┘├┤┬┴┼═║╔╗╚╝╠╣╦╩╬╞╪╡╒╤╕╘╧╛]++")
_NUMBER_FIRST = re.compile(r"[(\[+\-−–~<>≈±#$€£¥₹\s]*+(?:(?:US|EUR|USD|GBP|CHF|Rs)\.?\s?[$]?)?[.,]?\d")
_TIME = re.compile(
    r"(?:(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|q[1-4]|h[12]|fy|year|months|quarter"
    r"|ended|ending|as|at|of)[a-zä]{0,6}+\.?|\d{1,2}(?:st|nd|rd|th)?)[ ,./–-]{1,2}){0,4}(?:FY|Q[1-4])?"
    r"(?:1[5-9]|20)\d\d(?:[/–-]\d{1,4}){0,2}E?(?:[T ][\d:.Z+-]{4,20})?",
    re.IGNORECASE,
)
_NOTHING = frozenset(["", "-", "–", "—", "n/a", "N/A", "NA", "nan", "NaN", "null", "None"])
_NOTED_YEAR = re.compile(r"(?:19|20)\d\d\s*[(\[]?\d?[)\]*†]?$")  # with the mark of a note
_SHAPE = re.compile(r"(\d+)|([^\W\d_]+)")
_SAMPLED_ROWS = 60
_MAX_HEADER_ROWS = 6
_MIN_YEARS = 2  # in a row, beside which "20181" is one with the mark of a note
_MIN_LABELLED_WIDTH = 3
_MAX_SHARE_OF_LABELS = 0.3  # of the rows with a first value alone


class BarEdges(NamedTuple):
    """Whether the rows of a table begin, and end, with a bar that parts nothing."""

    opening: bool
    closing: bool


def is_rule(line: str) -> bool:
    """Whether a line is a rule of a table, such as ``|---|---|`` or ``+---+---+``."""
    return _RULE.fullmatch(line) is not None


def edges_of(lines: Sequence[str]) -> BarEdges:
    """The edges of the rows ``lines``: a bar at the beginning of some rows only stands after an empty cell."""
    rows = [line.strip() for line in lines]
    opening = bool(rows) and all(row[:1] in "|│┃║" for row in rows)
    return BarEdges(opening, opening and all(row[-1:] in "|│┃║" for row in rows))


def bar_cells(text: str, start: int, end: int, edges: BarEdges) -> list[Span]:
    """The cells of the row ``text[start:end]``, without white space at their ends."""
    parting = _PARTING_CROSS if is_rule(text[start:end]) else _PARTING_BAR
    places = [match.start() for match in parting.finditer(text, start, end)]
    first = places.pop(0) + 1 if edges.opening and places and not text[start : places[0]].strip() else start
    last = places.pop() if edges.closing and places and not text[places[-1] + 1 : end].strip() else end
    bounds = [first - 1, *places, last]
    return [trim(text, left + 1, right) or Span(right, right) for left, right in pairwise(bounds)]


def kind_of(value: str) -> str:
    """The kind of a value: "" for none, "time", "number" or "text"."""
    if value in _NOTHING:
        return ""
    if _TIME.fullmatch(value):
        return "time"
    if _NUMBER_FIRST.match(value):
        letters = sum(map(str.isalpha, value))
        return "number" if letters <= sum(map(str.isdigit, value)) else "text"
    return "text"


def header_rows(rows: Sequence[Sequence[str]]) -> int:
    """The number of rows at the top that name the columns, by the kinds of the values below.

    A table that is text all over has a header, unless a value of its first row comes again in the same column.
    """
    sample = rows[:_SAMPLED_ROWS]
    if len(sample) < 2:
        return 0
    spanning = 0
    while spanning < min(_MAX_HEADER_ROWS, len(sample) - 1) and _is_spanning(sample[spanning]):
        spanning += 1
    below = sample[spanning:]
    kinds = {column: kind for column, kind in enumerate(_column_kinds(below)) if kind in ("number", "time")}
    if not kinds:
        return spanning or (0 if _comes_again(sample) or _is_like_the_rest(sample) else 1)
    shapes = {column: {_shape(row[column]) for row in below[1:] if column < len(row)} for column in kinds}
    count = int(_counts_up(below[0]))
    for row in below[count : min(_MAX_HEADER_ROWS - spanning + 1, len(below) - 1)]:
        if not _names_columns(row, kinds, shapes):
            break
        count += 1
    return spanning + count


def further_header_rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """How many of the ``rows`` below a header and its rule name columns, too: a rule stands below the first line."""
    if has_first_alone(header):  # a title in the place of the names
        return min(header_rows(rows), len(rows) - 1) if rows and rows[0] and not rows[0][0] else 0
    return max(0, min(header_rows([header, *rows]) - 1, len(rows) - 1))


def labels_of(rows: Sequence[Sequence[str]]) -> dict[int, int]:
    """The rows, by number, that label those below them, with the end of the section of each.

    None where many rows have a first value alone: they have gaps.
    """
    labels = [number for number, row in enumerate(rows[:-1]) if has_first_alone(row) and kind_of(row[0]) == "text"]
    if not rows or max(map(len, rows)) < _MIN_LABELLED_WIDTH or len(labels) > _MAX_SHARE_OF_LABELS * len(rows):
        return {}
    return {number: end for number, end in pairwise([*labels, len(rows)]) if end > number + 1}


def has_first_alone(row: Sequence[str]) -> bool:
    """Whether a row has a first value, and no other."""
    return bool(row) and bool(row[0]) and not any(row[1:])


def _column_kinds(sample: Sequence[Sequence[str]]) -> Iterator[str]:
    """The kind of most values of each column, below the first row."""
    for column in range(max(map(len, sample))):
        kinds = [kind for row in sample[1:] if column < len(row) and (kind := kind_of(row[column]))]
        yield max(("number", "time", "text"), key=kinds.count) if kinds else ""


def _names_columns(row: Sequence[str], kinds: dict[int, str], shapes: dict[int, set[str]]) -> bool:
    """Whether the cells of ``row`` over columns of numbers and times are names rather than such values."""
    values = [(column, row[column]) for column in kinds if column < len(row) and kind_of(row[column])]
    if not values:
        return False
    are_years = sum(kind_of(value) == "time" for _, value in values) >= _MIN_YEARS
    return all(
        (are_years and _NOTED_YEAR.match(value)) or _is_name(value, kinds[column], shapes[column])
        for column, value in values
    )


def _counts_up(row: Sequence[str]) -> bool:
    """Whether ``row`` numbers its columns, as innings and holes are, beside a name."""
    numbers = [int(value) for value in row if value.isdecimal() and len(value) < 5]
    return (
        len(numbers) > 2 and kind_of(row[0]) == "text" and all(right == left + 1 for left, right in pairwise(numbers))
    )


def _is_name(value: str, column_kind: str, shapes: set[str]) -> bool:
    kind = kind_of(value)
    if kind == "text":
        return True
    if kind == "time":
        return column_kind == "number"
    is_noted_year = column_kind == "number" and _NOTED_YEAR.match(value) is not None
    return (is_noted_year or any(map(str.isalpha, value))) and _shape(value) not in shapes


def _shape(value: str) -> str:
    """``value`` with a 9 for each run of digits, an a for each of letters."""
    return _SHAPE.sub(lambda match: "9" if match.group(1) else "a", value)


def _is_spanning(row: Sequence[str]) -> bool:
    """Whether a row has names or times, but none for the column that names the rows."""
    return not row[0] and any(row) and "number" not in map(kind_of, row)


def _is_like_the_rest(sample: Sequence[Sequence[str]]) -> bool:
    """Whether a value of the first row is written like most others of its column, with digits at the same places."""
    for column, value in enumerate(sample[0]):
        shape = _shape(value)
        below = [_shape(row[column]) for row in sample[1:] if column < len(row)]
        if "9" in shape and 2 * below.count(shape) > len(below):
            return True
    return False


def _comes_again(sample: Sequence[Sequence[str]]) -> bool:
    """Whether a long enough value of the first row stands in the same column of another row, which is no header."""
    first_row = sample[0]
    for row in sample[1:]:
        is_same_row = list(row) == list(first_row)
        repeated = any(
            value == below and kind_of(value) and len(value) > 1 for value, below in zip(first_row, row, strict=False)
        )
        if repeated and not is_same_row:
            return True
    return False
