"""Rows of a table that are read with another one: under a label, or with cells left empty for "as above"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from ragzip.text.splitters.cells import has_first_alone, kind_of, labels_of

__all__ = ["FilledRow", "filled_rows", "labelled_sections"]

_MAX_SHARE_OF_SURE_LABELS = 0.5  # of the rows: a label over each
_MIN_SHARE_OF_EMPTY_CELLS = 0.2  # of a column that names groups
_MIN_SHARE_OF_VALUES = 0.9  # of the column behind those
_MAX_LEADING_COLUMNS = 3


class FilledRow(NamedTuple):
    """The values of a row with those that stand above its empty cells, and the rows, by number, that have them."""

    values: Sequence[str]
    rows: tuple[int, ...]


def labelled_sections(rows: Sequence[Sequence[str]]) -> dict[int, int]:
    """The rows, by number, that label those below them, with the end of the section of each: also where there are
    nearly as many labels as rows, if all labels end, or begin, with a colon ("Section: Fruit"), or no other row has an
    empty cell.
    """
    labels = labels_of(rows)
    alone = [number for number, row in enumerate(rows) if has_first_alone(row) and kind_of(row[0]) == "text"]
    if labels or not alone or len(alone) > _MAX_SHARE_OF_SURE_LABELS * len(rows):
        return labels
    width = max(map(len, rows))
    other_rows = [row for number, row in enumerate(rows) if number not in alone]
    have_colons = all(":" in rows[number][0] for number in alone) and not any(
        ":" in row[0] for row in other_rows if row
    )
    are_full = width > 2 and len(alone) > 1 and all(len(row) == width and all(row) for row in other_rows)
    if not (have_colons or are_full):
        return {}
    return {number: end for number, end in pairwise([*alone, len(rows)]) if end > number + 1}


def filled_rows(rows: Sequence[Sequence[str]], labels: Mapping[int, int]) -> dict[int, FilledRow]:
    """The rows, by number, that leave their first cells empty for what stands above: names of groups, each of which is
    said once.
    """
    depth = _leading_columns([row for number, row in enumerate(rows) if row and number not in labels])
    filled: dict[int, FilledRow] = {}
    sources: list[int | None] = [None] * depth  # of each column, the row that has its value
    for number, row in enumerate(rows):
        if number in labels:
            sources = [None] * depth
            continue
        first_value = next((column for column, value in enumerate(row) if value), len(row))
        if first_value == len(row):
            continue
        above = sources[: min(first_value, depth)]
        if first_value <= depth and above and None not in above:
            values = [rows[source][column] for column, source in enumerate(above) if source is not None]
            needed = dict.fromkeys(source for source in above if source is not None)
            filled[number] = FilledRow([*values, *row[len(above) :]], tuple(needed))
        for column in range(first_value, depth):
            sources[column] = number if column < len(row) and row[column] else None
    return filled


def _leading_columns(rows: Sequence[Sequence[str]]) -> int:
    """How many of the first columns name groups, and leave cells empty; none where the column behind them has gaps."""
    width = max(map(len, rows), default=0)
    depth = 0
    while depth < min(_MAX_LEADING_COLUMNS, width - 1) and _names_groups(rows, depth):
        depth += 1
    valued_count = sum(len(row) > depth and bool(row[depth]) for row in rows)
    return depth if valued_count >= _MIN_SHARE_OF_VALUES * len(rows) else 0


def _names_groups(rows: Sequence[Sequence[str]], column: int) -> bool:
    """Whether a column has text that is said once for several rows, first of all at the top, and not again in the next
    row that has such under the same outer group.
    """
    named_rows = [row for row in rows if column < len(row) and row[column]]
    empty_count = len(rows) - len(named_rows)
    if (
        not rows
        or not named_rows
        or named_rows[0] is not rows[0]
        or empty_count < max(2, _MIN_SHARE_OF_EMPTY_CELLS * len(rows))
    ):
        return False
    if any(kind_of(row[column]) == "number" for row in named_rows):
        return False
    pairs = pairwise(named_rows)
    return not any(above[column] == below[column] and not any(below[:column]) for above, below in pairs)
