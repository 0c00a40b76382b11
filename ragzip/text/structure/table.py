"""Tables: CSV, TSV and the like, rows parted by bars, and columns aligned by blanks. A row needs the header."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Self

from ragzip.text.forms import PlainForm, WrittenText
from ragzip.text.spans import Span, covers, intersect, merge, without
from ragzip.text.splitters.cells import further_header_rows, has_first_alone, header_rows, labels_of
from ragzip.text.structure.base import Cells, Relation, Structure, StructuredTable, StructuredUnit
from ragzip.text.structure.columns import noise_without
from ragzip.text.structure.layouts import Delimited, TableLayout, TableRow, layout_of, sure_layout_of
from ragzip.text.structure.naming import column_names, prefixes_of, row_reading

__all__ = ["RowForm", "read", "recognises"]

_SAMPLED_ROWS = 200
_MAX_TITLES = 10
_MAX_NEEDED_TITLE = 60  # characters of a row with one value above the header: "Year ended May 31", "In millions"


def recognises(source: str) -> bool:
    """Whether a text of an unknown type is surely a table: its lines have the same number of short values."""
    return sure_layout_of(source) is not None


def read(source: str) -> Structure | None:
    """The structure of a table; None of a text with one line, or without anything that parts values."""
    layout = layout_of(source)
    rows = list(layout.rows(source)) if layout else []
    if layout is None or sum(bool(row.values) for row in rows) < 2:
        return None
    return _Reading(source, layout, rows).structure()


class _Reading:
    """The parts of a table: lines above its header, the header, rows, lines below."""

    def __init__(self, source: str, layout: TableLayout, rows: Sequence[TableRow]) -> None:
        self.source, self.layout, self.rows = source, layout, rows
        self.width = _usual_width(rows)
        self.first_header = self._first_header()
        self.first_row = self._first_row()
        self.end_row = self._end_row()
        header_values = [
            header_row.values for header_row in rows[self.first_header : self.first_row] if header_row.values
        ]
        self.columns = column_names(header_values, self.width)
        self.repeated = {tuple(values) for values in header_values}  # never kept a second time
        self.units: list[StructuredUnit] = []

    def structure(self) -> Structure | None:
        if self.first_row >= self.end_row:
            return None
        last_end = self.rows[self.end_row - 1].end
        for title_row, next_row in zip(self.rows, self.rows[1 : self.first_header + 1], strict=False):  # titles
            self.units.append(
                StructuredUnit(title_row.start, title_row.end, Relation(section=Span(next_row.start, last_end)))
            )
        needed_units: tuple[int, ...] = ()
        header_spans: tuple[Span, ...] = ()
        if self.first_header < self.first_row:
            titles = [
                title_number
                for title_number, row in enumerate(self.rows[: self.first_header])
                if len(row.values) > 1 and row.end - row.start <= _MAX_NEEDED_TITLE
            ]
            needed_units = (*titles, len(self.units))
            header_spans = tuple(
                Span(header_row.start, header_row.end) for header_row in self.rows[self.first_header : self.first_row]
            )
            section = Span(self.rows[self.first_row].start, last_end)
            self.units.append(StructuredUnit(header_spans[0].start, header_spans[-1].end, Relation(section=section)))
        first_unit = len(self.units)
        self._read_rows(needed_units)
        row_cells = self._cells([Span(row.start, row.end) for row in self.rows[self.first_row : self.end_row]])
        table = StructuredTable(self.columns, first_unit, len(self.units), self._cells(header_spans), row_cells)
        self.units += [self._note(note_row) for note_row in self.rows[self.end_row :]]
        form = RowForm(self.source, self.units, self._noise(table) if needed_units else ())
        return Structure("table", tuple(self.units), form, (table,) if needed_units else ())

    def _noise(self, table: StructuredTable) -> list[Span]:
        """The cells of columns without a value, in values parted by a character."""
        value_rows = [row for row in self.rows[self.first_row : self.end_row] if tuple(row.values) not in self.repeated]
        if not isinstance(self.layout, Delimited) or any(len(row.values) > self.width for row in value_rows):
            return []
        valued: set[int] = set()
        for row in value_rows:
            if len(valued) == self.width:
                return []
            valued.update(column_number for column_number, cell_value in enumerate(row.values) if cell_value)
        return sorted(noise_without(table, sorted(valued))) if 0 < len(valued) < self.width else []

    def _note(self, row: TableRow) -> StructuredUnit:
        """A line below the table; a rule never comes."""
        return StructuredUnit(row.start, row.end, Relation() if row.values else _never_kept(row))

    def _cells(self, rows: Sequence[Span]) -> Cells:
        source, layout = self.source, self.layout  # the values of all rows are not kept with the cells
        return Cells(rows, self.width, lambda span: layout.cells(source, *span))

    def _read_rows(self, needs: tuple[int, ...]) -> None:
        """Read the rows with the names of their columns, and of the label over them."""
        section_ends = self._labels()
        row_needs, section_label = Relation(needs), ""
        prefixes = prefixes_of(self.columns)
        for row_number, row in enumerate(self.rows[self.first_row : self.end_row], self.first_row):
            if row_number in section_ends:
                section_label = f"{row.values[0].rstrip(':')}: "
                section_span = Span(self.rows[row_number + 1].start, self.rows[section_ends[row_number] - 1].end)
                row_needs = Relation((*needs, len(self.units)), heading=len(self.units))
                self.units.append(
                    StructuredUnit(row.start, row.end, Relation(needs, section=section_span), is_record=True)
                )
            elif not row.values or tuple(row.values) in self.repeated:  # a rule, or the header again: never kept
                self.units.append(StructuredUnit(row.start, row.end, _never_kept(row), is_record=True))
            else:
                reading = (section_label + row_reading(prefixes, row.values)) or None if needs else None
                self.units.append(StructuredUnit(row.start, row.end, row_needs, reading, is_record=True))

    def _labels(self) -> dict[int, int]:
        """The rows that label those below them: the end of its section by the number of each."""
        if not self.first_row:
            return {}
        section_ends = labels_of([row.values for row in self.rows[self.first_row : self.end_row]])
        return {
            self.first_row + label_number: self.first_row + section_end
            for label_number, section_end in section_ends.items()
        }

    def _first_header(self) -> int:
        """The number of the first row that is no title, comment or rule."""
        for row_number, row in enumerate(self.rows[:_MAX_TITLES]):
            if not row.values or has_first_alone(row.values) or 2 * len(row.values) <= self.width:
                continue
            if not row.values[0].startswith("#") or len(row.values) == self.width:
                return row_number
        return 0

    def _first_row(self) -> int:
        """The number of the first row below the header and its rule."""
        header_number = self.first_header
        rule_number = next(
            (
                row_number
                for row_number in range(header_number, min(header_number + 5, len(self.rows)))
                if not self.rows[row_number].values
            ),
            0,
        )
        if rule_number and rule_number + 1 < len(self.rows):
            sampled_values = [row.values for row in self.rows[rule_number + 1 : rule_number + _SAMPLED_ROWS]]
            return rule_number + 1 + further_header_rows(self.rows[header_number].values, sampled_values)
        sampled_values = [
            row.values for row in self.rows[header_number : header_number + _SAMPLED_ROWS] if len(row.values) > 1
        ]
        return header_number + header_rows(sampled_values)

    def _end_row(self) -> int:
        """The number of the row after the last one that is no note and no rule."""
        end_row = len(self.rows)
        while end_row > self.first_row + 1 and (
            not self.rows[end_row - 1].values or (len(self.rows[end_row - 1].values) == 1 < self.width)
        ):
            end_row -= 1
        return end_row


def _never_kept(row: TableRow) -> Relation:
    """The relation of a line that comes only with what is in an empty section."""
    return Relation(section=Span(row.end, row.end))


def _usual_width(rows: Sequence[TableRow]) -> int:
    width_counts = Counter(len(row.values) for row in rows[:_SAMPLED_ROWS] if len(row.values) > 1)
    return width_counts.most_common(1)[0][0] if width_counts else 1


class RowForm(PlainForm):
    """Rows as they stand, each on a line of its own, with the blanks that align it or stand for empty values.

    :param noise: cells (sorted, disjoint) that are not written.
    """

    def __init__(self, source: str, rows: Sequence[StructuredUnit], noise: Sequence[Span] = ()) -> None:
        super().__init__(source)
        self.rows, self.noise, self.is_plain = rows, noise, not noise
        self._starts, self._ends = [row.start for row in rows], [row.end for row in rows]

    @property
    def untidy(self) -> Self:
        return type(self)(self.source, self.rows) if self.noise else self

    def alone(self, span: tuple[int, int]) -> str:
        if not self.noise:
            return super().alone(span)
        return "".join(
            self.source[piece_start:piece_end] for piece_start, piece_end in without([Span(*span)], self.noise)
        )

    def keep(self, spans: Iterable[tuple[int, int]], held: Sequence[Span]) -> WrittenText | None:
        kept_spans = merge(intersect(spans, held))
        whole_rows = self._whole_rows(kept_spans)
        if not whole_rows or (not self.noise and covers(self.source, kept_spans, held)):
            return super().keep(kept_spans, held)
        pieces = [whole_rows[0]]
        for row_start, row_end in whole_rows[1:]:
            if self.source[pieces[-1].end : row_start] in ("\n", "\r\n", "\r"):
                pieces[-1] = Span(pieces[-1].start, row_end)
            else:
                pieces.append(Span(row_start - (2 if self.source.endswith("\r\n", 0, row_start) else 1), row_end))
        line_spans = tuple(pieces)
        if self.noise:
            pieces = list(without(line_spans, self.noise))
        return WrittenText(
            "".join(self.source[piece_start:piece_end] for piece_start, piece_end in pieces), tuple(pieces), line_spans
        )

    def _whole_rows(self, kept: Iterable[tuple[int, int]]) -> list[Span]:
        """The lines of the rows in ``kept``; none where it has a part of a row."""
        row_spans: list[Span] = []
        for kept_start, kept_end in kept:
            first_row, row_after = bisect_left(self._starts, kept_start), bisect_left(self._starts, kept_end)
            if (
                first_row == row_after
                or self._ends[row_after - 1] > kept_end
                or self.source[kept_start : self._starts[first_row]].strip()
            ):
                return []
            row_spans += [self._line(row_number) for row_number in range(first_row, row_after)]
        return row_spans

    def _line(self, number: int) -> Span:
        row_start, line_end = self._starts[number], self._ends[number]
        while line_end < len(self.source) and self.source[line_end] == "\t":
            line_end += 1
        return Span(max(self.source.rfind("\n", 0, row_start), self.source.rfind("\r", 0, row_start)) + 1, line_end)
