"""The cells of rows that bars part, and the rows at the top of a table that name its columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import trim

__all__ = [
    "BarEdges",
    "bar_cells",
    "cells_of",
    "edges_of",
    "further_header_rows",
    "has_first_alone",
    "header_count",
    "header_rows",
    "is_placeholder",
    "is_repeated",
    "is_rule",
    "is_total",
    "kind_of",
    "labels_of",
    "rows_to_names",
]

_PARTING_BAR = pattern_of(r"(?<!\\)[|│┃║]")
_PARTING_CROSS = pattern_of("[|+│┃║┼┬┴╪╬╤╧]")
_RULE = pattern_of(r"(?=[^\-=─━═┄]*+[\-=─━═┄])[|:\-+=\s─━│┃┄┌┐└┘├┤┬┴┼═║╔╗╚╝╠╣╦╩╬╞╪╡╒╤╕╘╧╛]++")
_NUMBER_FIRST = pattern_of(r"[(\[+\-−–~<>≈±#$€£¥₹\s]*+(?:(?:US|EUR|USD|GBP|CHF|Rs)\.?\s?[$]?)?[.,]?\d")
_TIME = pattern_of(
    r"(?:(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|q[1-4]|h[12]|fy|year|months|quarter"
    r"|ended|ending|as|at|of)[a-zä]{0,6}+\.?|\d{1,2}(?:st|nd|rd|th)?)[ ,./–-]{1,2}){0,4}(?:FY|Q[1-4])?"
    r"(?:1[5-9]|20)\d\d(?:[/–-]\d{1,4}){0,2}E?(?:[T ][\d:.Z+-]{4,20}|\s[%$€£]|\s?\([%$€£]\))?",
    re.IGNORECASE,
)
_NOTHING = frozenset(["", "-", "–", "—", "n/a", "N/A", "NA", "nan", "NaN", "<NA>", "NaT", "null", "None"])
_PLACEHOLDER = pattern_of(r"Unnamed: \d{1,4}(?:_level_\d)?|Column_?\d{1,4}")  # for a column without a name
_NOTED_YEAR = pattern_of(r"(?:19|20)\d\d\s*[(\[]?\d?[)\]*†]?$")  # with the mark of a note
_BOLD = pattern_of(r"(?:\*\*|__|<b>|<strong>)\S")  # at the beginning of a cell
_TOTAL = pattern_of(  # "Total assets", "Net cash used in operating activities"
    r"[*_\s]*+(?:(?:sub-?)?total|net cash|sum(?:me)?\b|gesamt|insgesamt|gross profit)", re.IGNORECASE
)
_SHAPE = pattern_of(r"(\d+)|([^\W\d_]+)")
_SAMPLED_ROWS = 60
_MAX_HEADER_ROWS = 6
_MIN_PLACEHOLDERS = 2
_MIN_YEARS = 2  # in a row, beside which "20181" is one with the mark of a note
_MIN_LABELLED_WIDTH = 3
_MIN_REPEATED = 3  # cells with the same text, which is that of one cell
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
    bar_places = [match.start() for match in parting.finditer(text, start, end)]
    first_cell_start = (
        bar_places.pop(0) + 1 if edges.opening and bar_places and not text[start : bar_places[0]].strip() else start
    )
    last_cell_end = (
        bar_places.pop() if edges.closing and bar_places and not text[bar_places[-1] + 1 : end].strip() else end
    )
    cell_bounds = [first_cell_start - 1, *bar_places, last_cell_end]
    return [
        trim(text, bar_before + 1, bar_after) or Span(bar_after, bar_after)
        for bar_before, bar_after in pairwise(cell_bounds)
    ]


def kind_of(value: str) -> str:
    """The kind of a value: "" for none, "time", "number" or "text"."""
    if value in _NOTHING:
        return ""
    if _TIME.fullmatch(value):
        return "time"
    if _NUMBER_FIRST.match(value):
        letter_count = sum(map(str.isalpha, value))
        return "number" if letter_count <= sum(map(str.isdigit, value)) else "text"
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
    rows_below = sample[spanning:]
    kinds = {column: kind for column, kind in enumerate(_column_kinds(rows_below)) if kind in ("number", "time")}
    if not kinds:
        return spanning or (0 if _comes_again(sample) or _is_like_the_rest(sample) else 1)
    shapes = {column: {_shape(row[column]) for row in rows_below[1:] if column < len(row)} for column in kinds}
    name_rows = int(_counts_up(rows_below[0]))
    are_named = spanning > 0 and _names_all(sample[spanning - 1], len(rows_below[0]))
    for row in rows_below[name_rows : min(_MAX_HEADER_ROWS - spanning + 1, len(rows_below) - 1)]:
        if not _names_columns(row, kinds, shapes) or (are_named and _has_figures(row)):
            break
        if name_rows and _begins_group(rows_below[name_rows - 1], row):
            break
        name_rows += 1
    return spanning + name_rows


def _begins_group(names: Sequence[str], row: Sequence[str]) -> bool:
    """Whether ``row``, below a row of ``names``, is over a group of rows: its first value spans the columns that name
    rows, which have a name each.
    """
    return len(row) > 1 and row[0] == row[1] and kind_of(row[0]) == "text" and names[0] not in names[1:]


def further_header_rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """The number of ``rows`` below a header and its rule that name columns, too: the rule is below the first of several
    lines.
    """
    if has_first_alone(header):  # a title in the place of the names
        return min(header_rows(rows), len(rows) - 1) if rows and rows[0] and not rows[0][0] else 0
    return max(0, min(header_rows([header, *rows]) - 1, len(rows) - 1))


def is_placeholder(name: str) -> bool:
    """Whether a program wrote ``name`` for a column without one: "Unnamed: 3"."""
    return _PLACEHOLDER.fullmatch(name) is not None


def rows_to_names(header: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """The number of ``rows`` up to the one that names the columns, where most names of ``header`` are placeholders, as
    it is the title of a sheet; 0 for any other header.
    """
    placeholders = sum(map(is_placeholder, header))
    names = len(header) - placeholders
    if placeholders < _MIN_PLACEHOLDERS or placeholders <= names:
        return 0
    for number, row in enumerate(rows[:_MAX_HEADER_ROWS], 1):
        kinds = [kind for value in row if (kind := kind_of(value))]
        if len(kinds) > max(1, names):
            return number if number < len(rows) and "number" not in kinds else 0
    return 0


def labels_of(rows: Sequence[Sequence[str]]) -> dict[int, int]:
    """The rows, by number, that label those below them, with the end of the section of each: of a label right above
    another one, that of the other.

    None where many rows have a first value alone, or two columns have gaps, but for labels that are set off as such.
    """
    label_numbers = _label_numbers(rows)
    are_sure = bool(label_numbers) and _are_set_off(rows, label_numbers)
    is_narrow = not rows or max(map(len, rows)) < _MIN_LABELLED_WIDTH
    group_count = len(label_numbers) - sum(after == before + 1 for before, after in pairwise(label_numbers))
    if not are_sure and (is_narrow or group_count > _MAX_SHARE_OF_LABELS * len(rows)):
        return {}
    ends: dict[int, int] = {}
    for number, following in reversed(list(pairwise([*label_numbers, len(rows)]))):
        is_outer = following == number + 1 and following in ends
        end = ends[following] if is_outer else _end_of_section(rows, number + 1, following)
        if end > number + 1:
            ends[number] = end
    return dict(sorted(ends.items()))


def _label_numbers(rows: Sequence[Sequence[str]]) -> list[int]:
    """The numbers of the rows with a text in the first cell alone, or a date where rows have names."""
    are_named = [kind_of(row[0]) == "text" for row in rows if row and row[0] and not has_first_alone(row)]
    kinds = ("text", "time") if 2 * sum(are_named) > len(are_named) else ("text",)
    return [number for number, row in enumerate(rows[:-1]) if has_first_alone(row) and kind_of(row[0]) in kinds]


def _end_of_section(rows: Sequence[Sequence[str]], first: int, end: int) -> int:
    """The number of the row after the one that sums up the rows from ``first`` on; ``end`` where none does."""
    return next((number + 1 for number in range(first, end) if rows[number] and is_total(rows[number][0])), end)


def is_total(name: str) -> bool:
    """Whether the name of a row says that it sums up rows above it: what follows is not of their section."""
    return _TOTAL.match(name) is not None


def _are_set_off(rows: Sequence[Sequence[str]], label_numbers: Sequence[int]) -> bool:
    """Whether the rows ``label_numbers`` are surely labels: they are in bold type, as few others are, or, the first row
    among them, the others have the same first values again under another one and no gaps.
    """
    rows_below = [row for number, row in enumerate(rows) if number not in label_numbers and row]
    if all(_BOLD.match(rows[number][0]) for number in label_numbers):
        return 2 * sum(_BOLD.match(row[0]) is not None for row in rows_below) <= len(rows_below)  # totals are bold, too
    names_by_label = [
        [row[0] for row in rows[first + 1 : after] if row]
        for first, after in pairwise([*label_numbers, len(rows)])
        if after != first + 1  # a label right above another one
    ]
    names = [name for names_below in names_by_label for name in set(names_below)]
    return label_numbers[0] == 0 and all(names_by_label) and len(set(names)) < len(names) and all(map(all, rows_below))


def has_first_alone(row: Sequence[str]) -> bool:
    """Whether a row has a first value, and no other: also one that spans all columns, which programs repeat in each."""
    return bool(row) and bool(row[0]) and (not any(row[1:]) or is_repeated(row))


def is_repeated(row: Sequence[str]) -> bool:
    """Whether a row has the same text in each of several cells."""
    return len(row) >= _MIN_REPEATED and row.count(row[0]) == len(row) and kind_of(row[0]) == "text"


def _column_kinds(sample: Sequence[Sequence[str]]) -> Iterator[str]:
    """The kind of most values of each column, below the first row."""
    for column in range(max(map(len, sample))):
        cell_kinds = [kind for row in sample[1:] if column < len(row) and (kind := kind_of(row[column]))]
        yield max(("number", "time", "text"), key=cell_kinds.count) if cell_kinds else ""


def _names_columns(row: Sequence[str], kinds: dict[int, str], shapes: dict[int, set[str]]) -> bool:
    """Whether the cells of ``row`` over columns of numbers and times are names rather than such values."""
    column_values = [(column, row[column]) for column in kinds if column < len(row) and kind_of(row[column])]
    if not column_values:
        return False
    are_years = sum(kind_of(value) == "time" for _, value in column_values) >= _MIN_YEARS
    follow_on = are_years and _are_years_in_order([value for _, value in column_values])
    return all(
        (are_years and _NOTED_YEAR.match(value) and (follow_on or kinds[column] == "number"))
        or _is_name(value, kinds[column], shapes[column])
        for column, value in column_values
    )


def _are_years_in_order(values: Sequence[str]) -> bool:
    """Whether ``values`` are years, each next to the one before, up or down: "2024", "2023"."""
    years = [int(value[:4]) for value in values if _NOTED_YEAR.match(value)]
    steps = {after - before for before, after in pairwise(years)}
    return len(years) == len(values) and steps in ({1}, {-1})


def _counts_up(row: Sequence[str]) -> bool:
    """Whether ``row`` numbers its columns, as innings and holes are, beside a name."""
    numbers = [int(value) for value in row if value.isdecimal() and len(value) < 5]
    return (
        len(numbers) > 2
        and kind_of(row[0]) == "text"
        and all(next_number == number + 1 for number, next_number in pairwise(numbers))
    )


def _is_name(value: str, column_kind: str, shapes: set[str]) -> bool:
    value_kind = kind_of(value)
    if value_kind == "text":
        return True
    if value_kind == "time":
        return column_kind == "number"
    is_noted_year = column_kind == "number" and _NOTED_YEAR.match(value) is not None
    return (is_noted_year or any(map(str.isalpha, value))) and _shape(value) not in shapes


def _shape(value: str) -> str:
    """``value`` with a 9 for each run of digits, an a for each of letters."""
    return _SHAPE.sub(lambda match: "9" if match.group(1) else "a", value)


def _is_spanning(row: Sequence[str]) -> bool:
    """Whether a row has names or times, but none for the column that names the rows."""
    return not row[0] and any(row) and "number" not in map(kind_of, row)


def _names_all(row: Sequence[str], width: int) -> bool:
    """Whether a row has another text for each column but the first, which names the rows."""
    names = [value for value in row[1:width] if kind_of(value) == "text"]
    return len(row) == width == len(set(names)) + 1


def _has_figures(row: Sequence[str]) -> bool:
    """Whether a row has a name, and figures after it: "Battery", "18 V / 2.0 Ah"."""
    return kind_of(row[0]) == "text" and all(value[:1].isdigit() for value in row[1:])


def _is_like_the_rest(sample: Sequence[Sequence[str]]) -> bool:
    """Whether a value of the first row is written like most others of its column, with digits at the same places."""
    for column, value in enumerate(sample[0]):
        first_shape = _shape(value)
        shapes_below = [_shape(row[column]) for row in sample[1:] if column < len(row)]
        if "9" in first_shape and 2 * shapes_below.count(first_shape) > len(shapes_below):
            return True
    return False


def _comes_again(sample: Sequence[Sequence[str]]) -> bool:
    """Whether a long enough value of the first row stands in the same column of another row, which is no header."""
    first_row = sample[0]
    for row in sample[1:]:
        is_same_row = list(row) == list(first_row)
        has_repeated = any(
            value == value_below and kind_of(value) and len(value) > 1
            for value, value_below in zip(first_row, row, strict=False)
        )
        if has_repeated and not is_same_row:
            return True
    return False


def header_count(rows: Sequence[str]) -> int:
    """The number of rows at the top of a table that name its columns: those above its delimiter row."""
    if len(rows) > 1 and is_rule(rows[1]):
        return 1
    return header_rows(cells_of(rows, _SAMPLED_ROWS))


def cells_of(rows: Sequence[str], most: int | None = None) -> list[list[str]]:
    """The cells of each row, of the first ``most`` ones alone."""
    edges = edges_of(rows)
    return [[row[start:end] for start, end in bar_cells(row, 0, len(row), edges)] for row in rows[:most]]
