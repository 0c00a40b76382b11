"""The reader of tables."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Self

from ragzip.text.forms import PlainForm, WrittenText
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span, covers, intersect, merge, without
from ragzip.text.splitters.cells import (
    further_header_rows,
    has_first_alone,
    header_rows,
    is_placeholder,
    is_repeated,
    kind_of,
    rows_to_names,
)
from ragzip.text.structure.base import Cells, Relation, Structure, StructuredTable, StructuredUnit
from ragzip.text.structure.formats.table.columns import noise_without
from ragzip.text.structure.formats.table.layouts import (
    Bars,
    Delimited,
    TableLayout,
    TableRow,
    layout_of,
    sure_layout_of,
)
from ragzip.text.structure.formats.table.naming import column_names, prefixes_of, row_reading
from ragzip.text.structure.formats.table.row_groups import (
    Section,
    filled_rows,
    labelled_sections,
    owning_rows,
    titled_sections,
)
from ragzip.text.structure.formats.table.rows import COUNT_OF_ROWS
from ragzip.text.structure.needs.footnotes import with_footnotes

__all__ = ["RowForm", "read", "recognises"]

_SAMPLED_ROWS = 200
_MAX_TITLES = 10
_MAX_TITLE_WITH_UNIT = 120
_UNIT_OF_ALL = pattern_of(  # "(amounts in thousand USD)"
    r"\b(?:in|en)\b[^()\n]{0,20}?(?:\b(?:thousands?|millions?|billions?|000s?|per ?cent|[A-Z]{3}|[kmM](?:[A-Z]{3}|€|\$)"
    r"|euros?|dollars?|Tausend|Tsd|Millionen|Mio|milliers|miles|millones)\b|[€$£%])",
)
_UNIT_OF_COLUMN = pattern_of(  # in a comment: "# depth in m, yield in l/s"
    r"\b(?:in|en)\s(?:[kMGTmµ]?(?:Wh?|m|g|l|L|Pa|Hz|V|J|s)|[mkc]?m[23²³]?/[smhd]|l/s|km/h|°[CF]|h|min|days?|hours?|Tagen"
    r"|kg|t|ha|mm|cm|km|dB|ppm|bar)(?![\w/])"
)
_MAX_INDENT = 40  # of a row under another one
_MIN_PAIRS = 2  # above a header: they are of the whole, and no names of columns
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
        header = [row.values for row in rows[self.first_header : self.first_row] if row.values]
        self.columns = column_names(header, self.width)
        self.repeated = {tuple(values) for values in header}  # never kept a second time
        self.units: list[StructuredUnit] = []

    def structure(self) -> Structure | None:
        if self.first_row >= self.end_row:
            return None
        sections = self._sections()
        if sections:
            return self._of_sections(sections)
        last_end = self.rows[self.end_row - 1].end
        above = self.rows[: self.first_header]
        pairs = sum(_is_pair(row.values) for row in above)
        for row, following in zip(self.rows, self.rows[1 : self.first_header + 1], strict=False):  # titles
            leads = Relation(section=Span(following.start, last_end))
            relation = Relation() if pairs >= _MIN_PAIRS and _is_pair(row.values) else leads
            if not any(map(kind_of, row.values)):  # "NaN, NaN"
                relation = _never_kept(row)
            self.units.append(StructuredUnit(row.start, row.end, relation))
        needs: tuple[int, ...] = ()
        header: tuple[Span, ...] = ()
        if self.first_header < self.first_row:
            titles = [
                number
                for number, row in enumerate(above)
                if _is_needed(row, self.source[row.start : row.end]) and pairs < _MIN_PAIRS
            ]
            needs = (*titles, len(self.units))
            header = tuple(Span(row.start, row.end) for row in self.rows[self.first_header : self.first_row])
            section = Span(self.rows[self.first_row].start, last_end)
            self.units.append(StructuredUnit(header[0].start, header[-1].end, Relation(section=section)))
        first_unit = len(self.units)
        self._read_rows(needs)
        cells = self._cells([Span(row.start, row.end) for row in self.rows[self.first_row : self.end_row]])
        table = StructuredTable(self.columns, first_unit, len(self.units), self._cells(header), cells)
        notes = [self._note(row, needs) for row in self.rows[self.end_row :]]
        self.units = with_footnotes(self.source, [*self.units, *notes])
        form = RowForm(self.source, self.units, self._noise(table) if needs else ())
        has_columns = needs and not (isinstance(self.layout, Bars) and self.layout.is_grid)
        return Structure("table", tuple(self.units), form, (table,) if has_columns else ())

    def _sections(self) -> list[Section]:
        """The tables of a text that has several, each below its title, with a header of its own."""
        if self.first_header == self.first_row:
            return []
        above = self.first_header - 1
        has_title = above >= 0 and has_first_alone(self.rows[above].values)
        first = above if has_title else self.first_header
        all_values = [row.values for row in self.rows[first : self.end_row]]
        sections = titled_sections(all_values, [row.values for row in self.rows[self.first_header : self.first_row]])
        return [section.moved(first) for section in sections]

    def _of_sections(self, sections: Sequence[Section]) -> Structure:
        """The structure of several tables: a row needs the title and the header of its own."""
        rows = self.rows
        for row in rows[: sections[0].start]:
            self.units.append(StructuredUnit(row.start, row.end, Relation(section=Span(row.end, rows[-1].end))))
        tables: list[StructuredTable] = []
        for section in sections:
            body = rows[section.first_row : section.end]
            needs = tuple(range(len(self.units), len(self.units) + (section.header > section.start) + 1))
            last_end = body[-1].end
            for row in rows[section.start : section.header]:
                self.units.append(StructuredUnit(row.start, row.end, Relation(section=Span(row.end, last_end))))
            header = [Span(row.start, row.end) for row in rows[section.header : section.first_row]]
            header_section = Relation(section=Span(header[-1].end, last_end))
            self.units.append(StructuredUnit(header[0].start, header[-1].end, header_section))
            columns = column_names(
                [row.values for row in rows[section.header : section.first_row] if row.values], self.width
            )
            title = f"{rows[section.start].values[0].rstrip(':')}: " if section.header > section.start else ""
            prefixes = prefixes_of(columns)
            first_unit = len(self.units)
            for row in body:
                relation = Relation(needs) if row.values else _never_kept(row)
                reading = (title + row_reading(prefixes, row.values)) if row.values else None
                self.units.append(StructuredUnit(row.start, row.end, relation, reading, is_record=True))
            cells = self._cells([Span(row.start, row.end) for row in body])
            tables.append(StructuredTable(columns, first_unit, len(self.units), self._cells(header), cells))
        self.units = with_footnotes(self.source, [*self.units, *map(self._note, rows[self.end_row :])])
        return Structure("table", tuple(self.units), RowForm(self.source, self.units), tuple(tables))

    def _noise(self, table: StructuredTable) -> list[Span]:
        """The cells of columns without a value, or else those that repeat one which spans all columns, in values parted
        by a character.
        """
        rows = [row for row in self.rows[self.first_row : self.end_row] if tuple(row.values) not in self.repeated]
        if not isinstance(self.layout, Delimited) or any(len(row.values) > self.width for row in rows):
            return []
        valued: set[int] = set()
        for row in rows:
            if len(valued) == self.width:
                break
            valued.update(column for column, value in enumerate(row.values) if value)
        if 0 < len(valued) < self.width:
            return sorted(noise_without(table, sorted(valued)))
        spanning = (row for row in self.rows[self.first_row :] if is_repeated(row.values))
        return [cell for row in spanning for cell in self.layout.cells(self.source, row.start, row.end)[1:]]

    def _note(self, row: TableRow, header: tuple[int, ...] = ()) -> StructuredUnit:
        """A line below the table; a rule never comes. A count of the rows needs the header, which says of what."""
        if not row.values:
            return StructuredUnit(row.start, row.end, _never_kept(row))
        is_count = COUNT_OF_ROWS.fullmatch(self.source, row.start, row.end) is not None
        reading = row.values[0] if is_repeated(row.values) else None
        return StructuredUnit(row.start, row.end, Relation(header if is_count else ()), reading)

    def _cells(self, rows: Sequence[Span]) -> Cells:
        source, layout = self.source, self.layout  # the values of all rows are not kept with the cells
        return Cells(rows, self.width, lambda span: layout.cells(source, *span))

    def _read_rows(self, needs: tuple[int, ...]) -> None:
        """Read the rows with the names of their columns, and of the label over them."""
        labels = self._labels()
        row_needs, label = Relation(needs), ""
        prefixes = prefixes_of(self.columns)
        body = [row.values for row in self.rows[self.first_row : self.end_row]]
        filled = filled_rows(body, {number - self.first_row: end for number, end in labels.items()})
        starts = (row.start for row in self.rows[self.first_row : self.end_row])
        before = (self.source[max(0, start - _MAX_INDENT) : start] for start in starts)
        owners = owning_rows(body, [len(text) - len(text.rstrip(" ")) for text in before])
        first_unit = len(self.units)
        for number, row in enumerate(self.rows[self.first_row : self.end_row], self.first_row):
            if number in labels:
                is_inner = number - 1 in labels
                label = f"{label if is_inner else ''}{row.values[0].strip('*_').rstrip(':')}: "
                section = Span(self.rows[number + 1].start, self.rows[labels[number] - 1].end)
                outer_needs = row_needs.needs if is_inner else needs
                row_needs = Relation((*outer_needs, len(self.units)), heading=len(self.units))
                label_needs = Relation(outer_needs, section=section)
                self.units.append(StructuredUnit(row.start, row.end, label_needs, is_record=True))
            elif not row.values or tuple(row.values) in self.repeated:  # a rule, or the header again: never kept
                self.units.append(StructuredUnit(row.start, row.end, _never_kept(row), is_record=True))
            else:
                values, rows_above = filled.get(number - self.first_row, (row.values, ()))
                if (owner := owners.get(number - self.first_row)) is not None:
                    values, rows_above = [f"{body[owner][0]}: {values[0]}", *values[1:]], (owner, *rows_above)
                reading = (label + row_reading(prefixes, values)) or None if needs or rows_above else None
                above = tuple(first_unit + row_above for row_above in rows_above)
                relation = row_needs._replace(needs=(*row_needs.needs, *above))
                self.units.append(StructuredUnit(row.start, row.end, relation, reading, is_record=True))

    def _labels(self) -> dict[int, int]:
        """The rows that label those below them: the end of its section by the number of each."""
        if not self.first_row:
            return {}
        labels = labelled_sections([row.values for row in self.rows[self.first_row : self.end_row]])
        return {self.first_row + number: self.first_row + end for number, end in labels.items()}

    def _first_header(self) -> int:
        """The number of the first row that is no title, comment or rule, and names columns."""
        filled = [number for number, row in enumerate(self.rows[:_MAX_TITLES]) if row.values]
        values = [self.rows[number].values for number in filled]
        if values and (names_row := rows_to_names(values[0], values[1:])):
            return filled[names_row]
        for number, row in enumerate(self.rows[:_MAX_TITLES]):
            if not row.values or has_first_alone(row.values) or 2 * len(row.values) <= self.width:
                continue
            if not row.values[0].startswith("#") or len(row.values) == self.width:
                return number
        return 0

    def _first_row(self) -> int:
        """The number of the first row below the header and its rule."""
        first = self.first_header
        if isinstance(self.layout, Delimited) and not self.layout.may_have_header:
            return first
        rule = next(
            (number for number in range(first, min(first + 5, len(self.rows))) if not self.rows[number].values), 0
        )
        if rule and rule + 1 < len(self.rows):
            values_below = [row.values for row in self.rows[rule + 1 : rule + _SAMPLED_ROWS]]
            count = further_header_rows(self.rows[first].values, [values for values in values_below if values])
            up_to_rule = next((number for number, values in enumerate(values_below) if not values), count)
            return rule + 1 + min(count, up_to_rule)
        sample = [row.values for row in self.rows[first : first + _SAMPLED_ROWS] if len(row.values) > 1]
        return first + header_rows(sample)

    def _end_row(self) -> int:
        """The number of the row after the last one that is no note and no rule."""
        end = len(self.rows)
        while end > self.first_row + 1 and (
            not self.rows[end - 1].values or _is_line(self.rows[end - 1].values, self.width)
        ):
            end -= 1
        return end


def _is_line(values: Sequence[str], width: int) -> bool:
    """Whether a row of a table of ``width`` columns is one text."""
    return len(values) == 1 < width or is_repeated(values)


def _is_needed(title: TableRow, text: str) -> bool:
    """Whether rows are misread without a title above their header."""
    if len(title.values) > 1:
        return (
            len(text) <= _MAX_NEEDED_TITLE
            and not any(map(is_placeholder, title.values))
            and any(map(kind_of, title.values))
        )
    has_unit = _UNIT_OF_ALL.search(text) or (text[0] == "#" and _UNIT_OF_COLUMN.search(text))
    return len(text) <= _MAX_TITLE_WITH_UNIT and bool(has_unit)


def _is_pair(values: Sequence[str]) -> bool:
    """Whether a row is a name with its value: "Account holder", "Marta Lindqvist". A comment with a comma is none."""
    filled = [number for number, value in enumerate(values) if value]
    return filled == [0, 1] and kind_of(values[0]) == "text" and not values[0].startswith("#")


def _never_kept(row: TableRow) -> Relation:
    """The relation of a line that is never kept: it has an empty section."""
    return Relation(section=Span(row.end, row.end))


def _usual_width(rows: Sequence[TableRow]) -> int:
    widths = Counter(len(row.values) for row in rows[:_SAMPLED_ROWS] if len(row.values) > 1)
    return widths.most_common(1)[0][0] if widths else 1


class RowForm(PlainForm):
    """Rows as in the source, each on a line of its own, with the blanks that align it or fill empty values.

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
        return "".join(self.source[start:end] for start, end in without([Span(*span)], self.noise))

    def keep(self, spans: Iterable[tuple[int, int]], held: Sequence[Span]) -> WrittenText | None:
        kept = merge(intersect(spans, held))
        rows = self._whole_rows(kept)
        if not rows or (not self.noise and covers(self.source, kept, held)):
            return super().keep(kept, held)
        pieces = [rows[0]]
        for start, end in rows[1:]:
            if self.source[pieces[-1].end : start] in ("\n", "\r\n", "\r"):
                pieces[-1] = Span(pieces[-1].start, end)
            else:
                pieces.append(Span(start - (2 if self.source.endswith("\r\n", 0, start) else 1), end))
        lines = tuple(pieces)
        if self.noise:
            pieces = list(without(lines, self.noise))
        return WrittenText("".join(self.source[start:end] for start, end in pieces), tuple(pieces), lines)

    def _whole_rows(self, kept: Iterable[tuple[int, int]]) -> list[Span]:
        """The lines of the rows in ``kept``; none where it has a part of a row."""
        rows: list[Span] = []
        for start, end in kept:
            first, after = bisect_left(self._starts, start), bisect_left(self._starts, end)
            if first == after or self._ends[after - 1] > end or self.source[start : self._starts[first]].strip():
                return []
            rows += [self._line(number) for number in range(first, after)]
        return rows

    def _line(self, number: int) -> Span:
        start, end = self._starts[number], self._ends[number]
        while end < len(self.source) and self.source[end] == "\t":
            end += 1
        return Span(max(self.source.rfind("\n", 0, start), self.source.rfind("\r", 0, start)) + 1, end)
