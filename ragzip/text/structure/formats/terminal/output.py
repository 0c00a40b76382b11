"""Lines of output: those that are alike are counted, those of a failure need its first line, rows their header."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span, places_starting_in
from ragzip.text.structure.base import Structure, StructuredUnit
from ragzip.text.structure.formats.log.records import LineRecord, counted_records
from ragzip.text.structure.formats.terminal.blocks import (
    ENDS_OF_SECTION,
    OutputBlock,
    block_needs,
    is_whole,
    output_blocks,
    reasons_of_parts,
    section_of,
)
from ragzip.text.structure.formats.terminal.opened import opened_block
from ragzip.text.structure.formats.terminal.printed import printed_tables
from ragzip.text.structure.keys import listed_reading
from ragzip.text.structure.parts import with_needs

__all__ = ["read_output"]

_TRACE_HEAD = pattern_of(
    r"Traceback \(most recent call last\):|During handling of the above exception, another exception occurred:"
    r"|The above exception was the direct cause of the following exception:"
)
_LEAD = pattern_of(  # "… will perform the following actions:"
    r"[A-Z][^\n]{0,120}\b(?:following|these|below)\b[^\n]{0,80}:"
)
_READ_WITH_NAME = frozenset(["failure", "task", "function"])


def read_output(source: str, longest_unit: int | None = None) -> Structure | None:
    """The structure of the output of commands; None where it is empty.

    :param longest_unit: characters from which what went wrong is a unit without the lines below it (None: never).
    """
    output = _Output(source, longest_unit)
    if not output.blocks:
        return None
    records = output.records()
    readings = output.readings(records)
    units, form = counted_records(source, records, reading=lambda record: readings.get(record.start))
    output.add_reasons(units)
    output.mark_sections(units)
    _mark_trace_heads(source, units)
    units_under_headings = tuple(_under_heading(unit, units) for unit in units)
    return Structure("terminal", units_under_headings, form, opened=partial(read_output, source))


class _Output:
    """The blocks of an output, and the tables printed in it with the places of their headers among the blocks."""

    def __init__(self, source: str, longest_unit: int | None) -> None:
        self.source, self.tables = source, printed_tables(source)
        roles = {start: role for printed in self.tables for start, role in printed.roles.items()}
        self.blocks = list(output_blocks(source, roles))
        if longest_unit is not None:
            self.blocks = [part for block in self.blocks for part in opened_block(source, block, longest_unit)]
        self._starts = [block.start for block in self.blocks]
        self._headers = [places_starting_in(self._starts, printed.header) for printed in self.tables]

    def records(self) -> list[LineRecord]:
        """The blocks as records, with what each needs; rows need their header."""
        header_of_row = {
            row: tuple(header)
            for printed, header in zip(self.tables, self._headers, strict=True)
            for row in places_starting_in(self._starts, printed.rows)
            if header
        }
        return [
            LineRecord(
                block.start,
                block.end,
                block.line_end,
                Span(block.line_end, block.line_end),
                needs + header_of_row.get(number, ()),
            )
            for number, (block, needs) in enumerate(
                zip(self.blocks, block_needs(self.source, self.blocks), strict=True)
            )
        ]

    def readings(self, records: Sequence[LineRecord]) -> dict[int, str]:
        """The texts that a model reads in the place of single records, by the start of each."""
        readings: dict[int, str] = {}
        for block in self.blocks:
            text = self.source[block.start : block.end]
            if reading := listed_reading(text) or (text if is_whole(self.source, block) else None):
                readings[block.start] = reading
        readings |= {start: reading for printed in self.tables for start, reading in printed.readings.items()}
        for record in records:
            if (name := self._name_over(record)) is not None:
                readings[record.start] = _with_name(self.source[record.start : record.end], name)
        return readings

    def _name_over(self, record: LineRecord) -> str | None:
        """The name that a record is read with: of the innermost failure, task or function that it stands under."""
        blocks_over = [self.blocks[needed] for needed in record.needs if self.blocks[needed].kind in _READ_WITH_NAME]
        if not blocks_over:
            return None
        block = blocks_over[-1]
        name = self.source[block.start : block.line_end].strip("_-=●› *:")
        return f"{name} failed:" if block.kind == "failure" else f"{name}:"

    def add_reasons(self, units: list[StructuredUnit]) -> None:
        """Let the parts of a failure need the unit that says what went wrong, which scores as high as the line of code
        that failed.
        """
        place_of_start = {unit.start: place for place, unit in enumerate(units)}
        for number, reason in reasons_of_parts(self.source, self.blocks).items():
            place, needed = (place_of_start.get(self.blocks[part].start) for part in (number, reason))
            if place is not None and needed is not None:
                units[place] = with_needs(units[place], [needed])
                if self.source.startswith(">", self.blocks[number].start):  # the line of code that failed
                    units[needed] = units[needed].related(head=place)

    def mark_sections(self, units: list[StructuredUnit]) -> None:
        """Give sections to the units that head others: headers of tables, commands, names of failures."""
        place_of_start = {unit.start: place for place, unit in enumerate(units)}
        for printed, header in zip(self.tables, self._headers, strict=True):
            for row in places_starting_in(self._starts, printed.rows):  # rows are not alike, whatever their form
                if (place := place_of_start.get(self._starts[row])) is not None:
                    units[place] = units[place]._replace(group=None)
            for place in (place_of_start.get(self._starts[number]) for number in header):
                if place is not None:
                    units[place] = units[place].related(section=printed.rows)
        for number, block in enumerate(self.blocks):
            place = place_of_start.get(block.start)
            is_one_line = block.end <= block.line_end or block.kind == "prompt"
            is_lead = block.kind == "line" and _LEAD.fullmatch(self.source, block.start, block.line_end) is not None
            if place is None or not (is_lead or block.kind in ENDS_OF_SECTION) or not is_one_line:
                continue
            section = self._led_by(number) if is_lead else section_of(self.source, self.blocks, number)
            if section is not None:
                units[place] = units[place].related(section=section)._replace(is_record=False, group=None)

    def _led_by(self, number: int) -> Span | None:
        """The span of the indented blocks, and the blocks that are no single lines, right below a line that leads them;
        None without any.
        """
        end = number + 1
        while end < len(self.blocks) and (self.blocks[end].kind != "line" or self._is_indented(self.blocks[end])):
            end += 1
        return Span(self.blocks[number + 1].start, self.blocks[end - 1].end) if end > number + 1 else None

    def _is_indented(self, block: OutputBlock) -> bool:
        return self.source[block.start - 1 : block.start] in (" ", "\t")


def _mark_trace_heads(source: str, units: list[StructuredUnit]) -> None:
    """Let the line over a trace in parts come only with one of them, calls with the exception; changes ``units``."""
    exception: int | None = None
    for place in range(len(units) - 1, -1, -1):
        unit = units[place]
        text = source[slice(*unit.span)]
        if _TRACE_HEAD.fullmatch(text) and exception is not None:
            section = Span(unit.end, units[exception].end)
            units[place] = unit.related(section=section)._replace(is_record=False, group=None)
        elif text.startswith('File "') and exception is not None:
            units[place] = with_needs(unit, [exception])
        else:
            exception = place


def _under_heading(unit: StructuredUnit, units: Sequence[StructuredUnit]) -> StructuredUnit:
    """``unit`` under the innermost of the commands and titles that it needs."""
    headings = [place for place in unit.relation.needs if units[place].relation.section is not None]
    return unit.related(heading=max(headings)) if headings else unit


def _with_name(text: str, name: str) -> str:
    """The text that a model reads in place of a record: the name over it, the error, and the rest."""
    errors = [line for line in text.split("\n") if line.startswith("E  ")]
    return "\n".join([name, *(error[1:].strip() for error in errors), text])
