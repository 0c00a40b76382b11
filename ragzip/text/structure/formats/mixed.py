"""Plain text with tables in it: an invoice, a list of prices, a page of a report, text from PDF pages with a cell a
line; or with values of JSON or Python: the reply of a service below its headers, the result of a tool in the prompt of
an agent. A row needs the header of its table; the kept part of a value is one.

What stands between them is prose; a line above one that ends in a colon leads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from typing import Protocol

from ragzip.text.forms import Form
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import COLONS
from ragzip.text.spans import Span
from ragzip.text.splitters import units
from ragzip.text.splitters.cells import is_rule
from ragzip.text.splitters.headings.plain import stands_as_heading
from ragzip.text.splitters.scanner import json_end
from ragzip.text.structure.base import Structure, StructuredTable
from ragzip.text.structure.formats import json, literals, table
from ragzip.text.structure.formats.prose.headings import heading_level
from ragzip.text.structure.formats.table import extracted
from ragzip.text.structure.formats.table.layouts import Aligned, Bars, Delimited, TableLayout, sure_layout_of
from ragzip.text.structure.formats.table.word_columns import GAP
from ragzip.text.structure.needs.governed import governed
from ragzip.text.structure.nested import NestedForm
from ragzip.text.structure.parts import Parts, moved, with_needs
from ragzip.text.structure.tidy import BLANK_LINES

__all__ = ["read", "recognises"]

_SAMPLED_CHARACTERS = 60_000
_RUN = pattern_of(r"^[ \t]*+\S[^\n]*+(?>(?:\n[ \t]*+\S[^\n]*+)*)", re.MULTILINE)  # lines without blank ones between
_MIN_LINES = 3
_SAMPLED_LINES = 50
_MIN_COLUMNS = 3
_MARKUP = pattern_of(r"^[ \t]*+(?:```|~~~|</?\w)", re.MULTILINE)
_LEVEL_OF_TITLE = 7  # of a table: below all headings
_VALUE_OPENING = pattern_of(  # on lines of its own, or behind a label: "Observation: [{"
    r"^((?>(?:[^\n:{}\[\]=\"]{1,80}:[ ])?)[ \t]*+)"
    r"(?:\{\s*+[\"'}]|\[(?!\d{1,4}\] )\s*+[\"'{\[(\d-]|(?:\[\s*+)?[A-Z]\w{0,80}\(\w{1,80}=)",
    re.MULTILINE,
)
_MAX_ATTEMPTS = 16  # to read a value: a failed one may read the whole text
_MIN_VALUE_CHARACTERS = 80


class _ValueReader(Protocol):
    """A module that reads values."""

    def read(self, source: str, longest_unit: int | None = None) -> Structure | None: ...


def recognises(source: str) -> bool:
    """Whether a text of an unknown type has a table, or values of JSON or Python, among other paragraphs."""
    sample = source[:_SAMPLED_CHARACTERS]
    if _values(source):
        return True
    if _MARKUP.search(sample):
        return False
    return any(next(tables_in(sample), None) is not None for tables_in in (extracted.extracted_tables, _tables))


def read(source: str, longest_unit: int | None = None) -> Structure | None:
    """The structure of a text with tables or values; None of one without.

    :param longest_unit: see :class:`ragzip.text.structure.base.Structure`; of records in the values.
    """
    parts = Parts(source)
    levels: dict[int, int] = {}  # of headings, by place
    forms: dict[Span, Form] = {}
    tables: list[StructuredTable] = []
    place = 0
    values = _values(source)
    readers: dict[Span, Callable[[str], Structure | None]] = {
        span: partial(reader.read, longest_unit=longest_unit) for span, reader in values.items()
    }
    readers |= dict.fromkeys(_without(extracted.extracted_tables(source), values), extracted.read)
    table_spans = frozenset(_tables_between(source, sorted(readers)))
    readers |= dict.fromkeys(table_spans, table.read)
    for span in sorted(readers):
        structure = readers[span](source[slice(*span)])
        if structure is None:
            continue
        levels |= _add_prose(parts, place, span.start, is_above_table=True)
        lead = len(parts) - 1
        leads = lead >= 0 and source[parts.units[lead].end - 1] in COLONS
        first = len(parts)
        parts.units += [moved(unit, span.start, first) for unit in structure.units]
        if span in table_spans and len(table_spans) > 1:
            _need_title(parts, first, structure, lead if levels.get(lead) == _LEVEL_OF_TITLE else None)
        if leads:
            parts.need(range(first, len(parts)), [lead])
            parts.lead(lead, *span)
        tables += [inner.moved(span.start, first) for inner in structure.tables]
        forms[span] = structure.form
        place = span.end
    if not forms:
        return None
    levels |= _add_prose(parts, place, len(source))
    parts.relate_headings(levels)
    return Structure(
        "mixed",
        tuple(governed(source, parts.closed())),
        NestedForm(source, _blank_lines(source, forms), forms),
        tuple(tables),
        opened=partial(read, source) if values else None,
    )


def _without(spans: Iterable[Span], others: Collection[Span]) -> Iterator[Span]:
    """``spans``, without those that share a part with one of ``others``."""
    yield from (span for span in spans if not any(span.start < end and start < span.end for start, end in others))


def _blank_lines(source: str, inside: Collection[Span]) -> list[Span]:
    """The blank lines after the first of several, none in the texts ``inside`` (in order)."""
    gaps = zip([0, *(span.end for span in inside)], [*(span.start for span in inside), len(source)], strict=True)
    return [Span(*match.span()) for start, end in gaps for match in BLANK_LINES.finditer(source, start, end)]


def _values(source: str) -> dict[Span, _ValueReader]:
    """The values, long enough to be read by parts, each to the end of a line; with their readers."""
    values: dict[Span, _ValueReader] = {}
    attempts = _MAX_ATTEMPTS
    place = 0
    while attempts and (opening := _VALUE_OPENING.search(source, place)):
        start = opening.end(1)
        reader: _ValueReader = json
        end = json_end(source, start)
        if end is None:
            reader, end = literals, literals.end_of_value(source, start)
        attempts -= end is None
        if end is not None and end - start >= _MIN_VALUE_CHARACTERS:
            values[Span(start, end)] = reader
        place = end or opening.end()
    return values


def _add_prose(parts: Parts, start: int, end: int, *, is_above_table: bool = False) -> dict[int, int]:
    """The levels of the headings, by place, in a part of prose that is added; that of a table may be its last line."""
    places = parts.add_prose(start, end)
    if not places:
        return {}
    units_of_part = parts.units[places.start :]
    first = units_of_part[0].start
    text = parts.source[first : units_of_part[-1].end]
    heads = {first + unit.start for unit in units(text) if unit.kind == "heading"}
    levels = {
        place: heading_level(parts.source[slice(*unit.span)])
        for place, unit in enumerate(units_of_part, places.start)
        if unit.start in heads
    }
    last = units_of_part[-1]
    end_before = units_of_part[-2].end if len(units_of_part) > 1 else start
    if is_above_table and stands_as_heading(parts.source, *last.span, end_before, end):
        levels[places.stop - 1] = levels.get(places.stop - 1, _LEVEL_OF_TITLE)
    return levels


def _need_title(parts: Parts, first: int, structure: Structure, title_above: int | None) -> None:
    """Let the rows of one of several tables, whose first unit is at ``first``, need the title above its header.

    :param title_above: the place of the title that stands apart above the table.
    """
    if len(structure.tables) != 1:
        return
    first_row, end_row = (first + number for number in (structure.tables[0].first_row, structure.tables[0].end_row))
    title_place = first_row - 2 if structure.tables[0].first_row > 1 else title_above
    if title_place is None:
        return
    title = parts.source[slice(*parts.units[title_place].span)]
    for row in range(first_row, end_row):
        unit = parts.units[row]
        if unit.relation.needs:
            reading = unit.reading and f"{title}: {unit.reading}"
            parts.units[row] = with_needs(unit, [title_place])._replace(reading=reading)


def _tables_between(source: str, values: Iterable[Span]) -> Iterator[Span]:
    """The paragraphs that are surely tables, none in ``values`` (in order)."""
    ends = [0, *(value.end for value in values)]
    for start, end in zip(ends, [*(value.start for value in values), len(source)], strict=True):
        yield from (Span(left + start, right + start) for left, right in _tables(source[start:end]))


def _tables(source: str) -> Iterator[Span]:
    """The paragraphs that are surely tables, from the beginning of a line; paragraphs of further rows belong to one."""
    open_table: Span | None = None
    delimiter, width = "", 0
    for run in _RUN.finditer(source):
        text = run[0].rstrip()
        span = Span(run.start(), run.start() + len(text))
        if open_table is not None and delimiter and _has_rows(text, delimiter, width):
            open_table = Span(open_table.start, span.end)
            continue
        if open_table is not None:
            yield open_table
            open_table = None
        layout = _layout_of(text)
        if layout is None and len(rows := _above_prose(text)) < len(text):
            text, layout = rows, _layout_of(rows)
        if layout is not None and _is_read_here(layout, text):
            open_table = Span(run.start(), run.start() + len(text))
            delimiter = layout.delimiter if isinstance(layout, Delimited) else ""
            width = len(next(layout.rows(text)).values)
    if open_table is not None:
        yield open_table


def _layout_of(paragraph: str) -> TableLayout | None:
    """The layout of a paragraph that is surely a table."""
    return sure_layout_of(paragraph) if paragraph.count("\n") >= _MIN_LINES - 1 else None


def _above_prose(paragraph: str) -> str:
    """A paragraph without the lines below the last one with columns."""
    lines = paragraph.split("\n")
    while lines and not GAP.search(lines[-1].strip()):
        lines.pop()
    return "\n".join(lines)


def _is_read_here(layout: TableLayout, text: str) -> bool:
    """Whether a table is no two columns of keys and values, and none that the reader of prose takes for such: it knows
    rows with bars, but no rules without.
    """
    if isinstance(layout, Aligned):
        return len(layout.columns) >= _MIN_COLUMNS
    rules = [line for line in text.splitlines()[:_SAMPLED_LINES] if is_rule(line)]
    return not isinstance(layout, Bars) or any("|" not in rule for rule in rules)


def _has_rows(text: str, delimiter: str, width: int) -> bool:
    """Whether all lines of a paragraph have as many values."""
    return all(len(row.values) == width for row in Delimited(delimiter).rows(text))
