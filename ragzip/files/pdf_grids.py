"""The tables of a page that are drawn with rules: their cells, by the places of the rules.

A cell may have several lines, at its top or in its middle, and may go over rows and columns. Where rules do not
part all rows there is no grid, and the lines are read as those of a table without rules.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ragzip.files.pdf_joining import joined
from ragzip.files.pdf_lines import PageLines, Rule, TextLine, rows_of, wraps

__all__ = ["Grid", "grids_of"]

_TOLERANCE = 2.5  # points by which rules that meet may miss each other
_MAX_RULES = 400  # of a page, when those on one line are one: more are a drawing
_MIN_EDGES = 3  # in each direction
_WRAPPED = 0.85  # of the width of a cell, that a line and the word after it take more than


class Grid(NamedTuple):
    """A table: its place, the texts of its cells by rows, and the lines in it."""

    left: float
    top: float
    right: float
    bottom: float
    rows: list[list[str]]
    lines: set[TextLine]


def grids_of(page: PageLines) -> Iterator[Grid]:
    """The tables of ``page`` with rules around their cells."""
    across, down = _merged(page.across), _merged(page.down)
    if len(across) + len(down) > _MAX_RULES:
        return
    for across_group, down_group in _groups(across, down):
        edges_across, edges_down = _places(down_group), _places(across_group)
        if min(len(edges_across), len(edges_down)) >= _MIN_EDGES:
            grid = _Cells(across_group, down_group, edges_across, edges_down).grid(page.lines)
            if grid is not None:
                yield grid


def _merged(rules: Sequence[Rule]) -> list[Rule]:
    """``rules`` with those that lie on one line and meet as one."""
    merged: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: (round(rule.place / _TOLERANCE), rule.start)):
        last = merged[-1] if merged else None
        if last and abs(last.place - rule.place) < _TOLERANCE and rule.start < last.end + _TOLERANCE:
            merged[-1] = last._replace(end=max(last.end, rule.end))
        else:
            merged.append(rule)
    return merged


def _groups(across: Sequence[Rule], down: Sequence[Rule]) -> Iterator[tuple[list[Rule], list[Rule]]]:
    """Rules that are connected: those across, and those down."""
    down_left = list(down)
    across_left = list(across)
    while down_left:
        down_group, across_group = [down_left.pop()], list[Rule]()
        grows = True
        while grows:
            met_across = [rule for rule in across_left if any(_meet(rule, other) for other in down_group)]
            across_left = [rule for rule in across_left if rule not in met_across]
            met_down = [rule for rule in down_left if any(_meet(other, rule) for other in met_across)]
            down_left = [rule for rule in down_left if rule not in met_down]
            across_group += met_across
            down_group += met_down
            grows = bool(met_down)
        yield across_group, down_group


def _meet(across: Rule, down: Rule) -> bool:
    return (
        across.start - _TOLERANCE < down.place < across.end + _TOLERANCE
        and down.start - _TOLERANCE < across.place < down.end + _TOLERANCE
    )


def _places(rules: Sequence[Rule]) -> list[float]:
    """The places of ``rules``, those next to each other as one."""
    places: list[float] = []
    for rule in sorted(rules, key=lambda rule: rule.place):
        if not places or rule.place - places[-1] > _TOLERANCE:
            places.append(rule.place)
    return places


class _Cells:
    """The cells between rules. ``edges_across`` are the edges of the columns, ``edges_down`` those of the rows."""

    def __init__(
        self, across: Sequence[Rule], down: Sequence[Rule], edges_across: list[float], edges_down: list[float]
    ) -> None:
        self.across, self.down = across, down
        self.edges_across, self.edges_down = edges_across, edges_down

    def grid(self, page_lines: Sequence[TextLine]) -> Grid | None:
        """The table with the lines in it; None where it is none, or where a cell cannot be told for each of them."""
        left, right = self.edges_across[0], self.edges_across[-1]
        top, bottom = self.edges_down[0], self.edges_down[-1]
        lines = [
            line for line in page_lines if left < (line.left + line.right) / 2 < right and top < line.middle < bottom
        ]
        cells: dict[tuple[int, int], list[TextLine]] = {}
        for line in lines:
            if any(self._parts(rule, line) for rule in self.down):
                return None
            cells.setdefault(self._cell(line), []).append(line)
        row_count, column_count = len(self.edges_down) - 1, len(self.edges_across) - 1
        rows = [[cells.get((row, column), []) for column in range(column_count)] for row in range(row_count)]
        rows = [row for row in rows if any(row)]
        if sum(sum(map(bool, row)) > 1 for row in rows) < 2 or any(self._has_several_rows(row) for row in rows):
            return None
        return Grid(left, top, right, bottom, [[_text(cell) for cell in row] for row in rows], set(lines))

    def _parts(self, rule: Rule, line: TextLine) -> bool:
        """Whether ``line`` runs over a rule that goes down."""
        return line.left + _TOLERANCE < rule.place < line.right - _TOLERANCE and rule.start < line.middle < rule.end

    def _cell(self, line: TextLine) -> tuple[int, int]:
        """The row and column of the cell that ``line`` is in: its first ones, of a cell that goes over several."""
        middle = (line.left + line.right) / 2
        row = bisect_right(self.edges_down, line.middle) - 1
        column = bisect_right(self.edges_across, middle) - 1
        while column > 0 and not _has_rule(self.down, self.edges_across[column], line.middle):
            column -= 1
        while row > 0 and not _has_rule(self.across, self.edges_down[row], middle):
            row -= 1
        return row, column

    def _has_several_rows(self, row: Sequence[Sequence[TextLine]]) -> bool:
        """Whether what stands between two rules are several rows: as many lines in each cell, none of them too long to
        have taken the first word of the next one.
        """
        line_counts = {len(rows_of(cell)) for cell in row if cell}
        if len(line_counts) > 1 or min(line_counts) < 2 or sum(map(bool, row)) < 2:
            return False
        widths = [right - left for left, right in pairwise(self.edges_across)]
        return not any(_is_wrapped(cell, width) for cell, width in zip(row, widths, strict=True))


def _has_rule(rules: Sequence[Rule], place: float, along: float) -> bool:
    return any(abs(rule.place - place) <= _TOLERANCE and rule.start < along < rule.end for rule in rules)


def _is_wrapped(cell: Sequence[TextLine], width: float) -> bool:
    """Whether a line of ``cell`` and the first word of the next one have no room side by side."""
    lines = sorted(cell, key=lambda line: line.top)
    return any(wraps(line, next_line, _WRAPPED * width) for line, next_line in pairwise(lines))


def _text(cell: Sequence[TextLine]) -> str:
    text = ""
    for row in rows_of(cell):
        text = joined(text, " ".join(line.text for line in row))
    return text
