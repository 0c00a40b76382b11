"""Rows of a table that are read with another one: under a label, or with cells left empty for "as above"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from ragzip.text.splitters.cells import has_first_alone, header_rows, kind_of, labels_of

__all__ = ["FilledRow", "Section", "filled_rows", "labelled_sections", "owning_rows", "titled_sections"]

_MAX_SHARE_OF_SURE_LABELS = 0.5  # of the rows: a label over each
_MIN_SHARE_OF_EMPTY_CELLS = 0.2  # of a column that names groups
_MIN_SHARE_OF_VALUES = 0.9  # of the column after those
_MAX_LEADING_COLUMNS = 3


class FilledRow(NamedTuple):
    """The values of a row, with those above its empty cells, and the rows, by number, that have them."""

    values: Sequence[str]
    rows: tuple[int, ...]


class Section(NamedTuple):
    """A table among others: the numbers of its first row (its title, where it has one), of its header, of the first row
    below that, and of the row after its last one.
    """

    start: int
    header: int
    first_row: int
    end: int

    def moved(self, shift: int) -> Section:
        """The same with ``shift`` more rows before it."""
        return Section(*(number + shift for number in self))


def titled_sections(rows: Sequence[Sequence[str]], header: Sequence[Sequence[str]]) -> list[Section]:
    """The tables that ``rows`` are made of, each below a title, a row with one value, and a header: ``header`` again,
    or names over numbers. The first one may have no title. None where there are not several, or a title is a label.
    """
    titles = [
        number for number, row in enumerate(rows[:-2]) if has_first_alone(row) and not has_first_alone(rows[number + 1])
    ]
    starts = titles if titles[:1] == [0] else [0, *titles]
    if len(starts) < 2:
        return []
    sections: list[Section] = []
    for start, end in pairwise([*starts, len(rows)]):
        first = start + (start in titles[:1] or start > 0)
        header_count = len(header) if list(rows[first : first + len(header)]) == list(header) else 0
        if not header_count and len(header) == 1:
            header_count = _named_rows(rows[first:end])
        if not header_count or first + header_count >= end:
            return []
        sections.append(Section(start, first, first + header_count, end))
    return sections


def _named_rows(rows: Sequence[Sequence[str]]) -> int:
    """1 where the first of ``rows`` names columns, one of which has numbers in all other rows; else 0."""
    has_numbers = len(rows) > 1 and any(
        all(column < len(row) and kind_of(row[column]) == "number" for row in rows[1:])
        for column in range(len(rows[0]))
    )
    return int(has_numbers and header_rows(rows) == 1)


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
    """The rows, by number, that leave their first cells empty where the value of a row above holds: names of groups,
    each of which is written once.
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


def owning_rows(rows: Sequence[Sequence[str]], indents: Sequence[int]) -> dict[int, int]:
    """The row that owns each indented row with a name that is repeated, "of it abroad", by number: the last one above
    it with a smaller indent.
    """
    counts = Counter(row[0] for row in rows if row)
    owners: dict[int, int] = {}
    outer_rows: list[int] = []
    for number, (row, indent) in enumerate(zip(rows, indents, strict=True)):
        if not row:
            continue
        while outer_rows and indents[outer_rows[-1]] >= indent:
            outer_rows.pop()
        if outer_rows and counts[row[0]] > 1 and kind_of(row[0]) == "text":
            owners[number] = outer_rows[-1]
        outer_rows.append(number)
    return owners


def _leading_columns(rows: Sequence[Sequence[str]]) -> int:
    """The number of leading columns that name groups and leave cells empty; 0 where the column after them has gaps."""
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
