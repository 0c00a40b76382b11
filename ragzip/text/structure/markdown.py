"""Markdown: headings with sections, lists with lead-ins, tables, code, quotes, footnotes, front matter.

An item needs its lead-in and the item it stands under, a row the header, code its fences, a sentence the footnotes and
link definitions that it refers to, the answer under a heading that asks a question that heading. Comments, badges and
pictures say nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ragzip.text.forms import Form
from ragzip.text.spans import Span
from ragzip.text.splitters.cells import bar_cells, edges_of, further_header_rows, labels_of
from ragzip.text.structure.base import Relation, Structure, StructuredTable, StructuredUnit
from ragzip.text.structure.forms import tidy_form
from ragzip.text.structure.governed import governed
from ragzip.text.structure.markdown_signs import recognises
from ragzip.text.structure.markdown_source import MarkdownSource, markdown_source
from ragzip.text.structure.naming import readings_of_rows, table_of_bars
from ragzip.text.structure.nested import NestedForm
from ragzip.text.structure.parts import Parts, moved

if TYPE_CHECKING:
    from markdown_it.token import Token

__all__ = ["read", "recognises"]

_MAX_WORDS_OF_WHOLE_ITEM = 60
_MAX_WORDS_OF_WHOLE_QUOTE = 40
_MAX_WORDS_OF_NEEDED_NOTE = 60
_MAX_CODE_LINES = 40
_MAX_CODE_CHARACTERS = 3000
_LEAD_IN_ENDS = (":", "：", "—")
_QUESTION = re.compile(r"[?？؟][*_»”\"]{0,3}[ \t]{0,3}#{0,6}$")
_FOOTNOTE_MARK = re.compile(r"\[\^([^\]\n]{1,60})\]")
_LINK_LABEL = re.compile(r"\[([^\[\]\n]{1,100})\](?!\()")


def read(source: str) -> Structure | None:
    """The structure of a text in Markdown; None of a text without text."""
    reader = _Reader(markdown_source(source))
    units = reader.units()
    if not units:
        return None
    unit_starts = [unit.start for unit in units]
    tables = [
        table._replace(first_row=first_row, end_row=first_row + len(table.cells))
        for row_start, table in reader.tables.items()
        if (first_row := bisect_left(unit_starts, row_start)) < len(units)
    ]
    noise = reader.text.noise
    form = NestedForm(source, noise, reader.forms_inside) if reader.forms_inside else tidy_form(source, noise)
    return Structure("markdown", governed(source, units), form, tuple(tables))


class _Container:
    """A list item or a quotation that is open: what its text needs; ``item`` is the first unit of the item."""

    def __init__(self, needs: tuple[int, ...], marker_line: int | None = None) -> None:
        self.needs = needs
        self.marker_line = marker_line  # of an item that has no text yet
        self.item: int | None = None

    @property
    def needs_inside(self) -> tuple[int, ...]:
        """What stands inside of it needs this."""
        return self.needs if self.item is None else (*self.needs, self.item)


class _Reader:
    """The units of Markdown, by its tokens."""

    def __init__(self, text: MarkdownSource) -> None:
        self.text = text
        self.source = text.source
        self.parts = Parts(text.source)
        self.levels: dict[int, int] = {}  # of headings, by place
        self.containers: list[_Container] = []
        self.lead_in: tuple[int, int] | None = None  # the last sentence of the paragraph just above, and the line after
        self.lists: list[int | None] = []  # the lead-in of each open list
        self.quotes = 0
        self.tables: dict[int, StructuredTable] = {}  # by where its rows begin
        self.forms_inside: dict[Span, Form] = {}  # of fences

    def units(self) -> tuple[StructuredUnit, ...]:
        """The units, in order."""
        if self.text.front_matter is not None:
            self._add_lines_of_block(*self.text.front_matter)
        for token in self.text.tokens:
            self._take(token)
        notes = self._add_definitions()
        self._relate_headings(frozenset(notes.values()))
        self._need_definitions(notes)
        return _in_order(self.parts.closed())

    def _take(self, token: Token) -> None:
        token_type = token.type
        if token_type.endswith("_close"):
            self._close(token_type)
        elif token.map is None:
            return
        elif token_type == "heading_open":
            self._add_heading(token)
        elif token_type == "paragraph_open":
            self._add_paragraph(*token.map)
        elif token_type in ("bullet_list_open", "ordered_list_open"):
            self.lists.append(self._lead_in_of(token.map[0], is_list=True))
        elif token_type == "list_item_open":
            lead_place, needs = self.lists[-1], self._needs()
            self.containers.append(_Container(needs if lead_place is None else (*needs, lead_place), token.map[0]))
        elif token_type == "blockquote_open":
            self.quotes += 1
        elif token_type == "table_open":
            self._add_table(*token.map)
        elif token_type in ("fence", "code_block"):
            self._add_code(token)
        elif token_type == "html_block":
            self._add_block(*token.map)

    def _close(self, kind: str) -> None:
        if kind in ("bullet_list_close", "ordered_list_close"):
            lead_place = self.lists.pop()
            self._lead(lead_place)
        elif kind == "list_item_close":
            self.containers.pop()
        elif kind == "blockquote_close":
            self.quotes -= 1

    def _needs(self) -> tuple[int, ...]:
        return self.containers[-1].needs_inside if self.containers else ()

    def _ends_in_colon(self, place: int) -> bool:
        return self.source[self.parts.units[place].end - 1] in _LEAD_IN_ENDS

    def _lead(self, lead: int | None) -> None:
        """Let a lead-in that ends in a colon come only with a unit after it."""
        if lead is not None and lead + 1 < len(self.parts) and self._ends_in_colon(lead):
            self.parts.lead(lead, self.parts.units[lead + 1].start, self.parts.units[-1].end)

    def _lead_in_of(self, line: int, *, is_list: bool = False) -> int | None:
        """The place of the sentence that introduces what begins at a line."""
        if self.lead_in is None:
            return None
        lead_place, line_after = self.lead_in
        is_above_list = is_list and line == line_after and not self.containers
        is_lead_in = self.text.is_blank(line_after, line) and (is_above_list or self._ends_in_colon(lead_place))
        return lead_place if is_lead_in else None

    def _add_heading(self, token: Token) -> None:
        assert token.map is not None
        heading_place = self._add(*self.text.span(*token.map), Relation())
        if heading_place is not None:
            self.levels[heading_place] = int(token.tag[1:]) if not self.containers and not self.quotes else 7
        self.lead_in = None

    def _add(self, start: int, end: int, relation: Relation) -> int | None:
        """The place of a new unit; None where nothing of it is visible."""
        return self.parts.add(start, end, relation) if self.text.is_visible(start, end) else None

    def _add_paragraph(self, first: int, end: int) -> None:
        text_span = self.text.span(first, end)
        if not self.text.is_visible(*text_span):
            return
        container = self.containers[-1] if self.containers else None
        place_before = len(self.parts)
        lead_place = None if container is not None else self._lead_in_of(first)
        needs = self._needs() if lead_place is None else (*self._needs(), lead_place)
        is_short_quote = self.quotes and len(self.source[slice(*text_span)].split()) <= _MAX_WORDS_OF_WHOLE_QUOTE
        if container is not None and container.marker_line is not None:
            self._begin_item(container, Span(self.text.lines[container.marker_line].start, text_span.end))
        elif is_short_quote:
            self._add(*text_span, Relation(needs))
        else:
            self.parts.add_prose(*text_span, needs=needs)
        self._lead(lead_place)
        if place_before < len(self.parts):
            self.lead_in = len(self.parts) - 1, end

    def _begin_item(self, container: _Container, span: Span) -> None:
        """The units of the first paragraph of an item: one where it is short; else all others need the first."""
        lead_place = self.lists[-1] if self.lists else None
        container.marker_line = None
        text_start = span.start + self._nested_marker(span)
        if len(self.source[text_start : span.end].split()) <= _MAX_WORDS_OF_WHOLE_ITEM:
            container.item = self.parts.add(text_start, span.end, Relation(container.needs, lead_place))
            return
        item_places = self.parts.add_prose(text_start, span.end, container.needs, lead_place)
        container.item = item_places[0] if item_places else None
        if item_places:
            self.parts.need(item_places[1:], [item_places[0]])

    def _nested_marker(self, span: Span) -> int:
        """Characters of a line that belong to an item that begins on it, too: "- - b"."""
        previous_end = self.parts.units[-1].end if len(self.parts) else 0
        return max(0, previous_end - span.start)

    def _add_table(self, first: int, end: int) -> None:
        lead_place = self._lead_in_of(first)
        needed_places = (*self._needs(), *(() if lead_place is None else (lead_place,)))
        lines = [
            self.text.span(line_number, line_number + 1)
            for line_number in range(first, end)
            if not self.text.is_blank(line_number, line_number + 1)
        ]
        table_end = lines[-1].end
        header_place = self.parts.add(*lines[0], Relation(needed_places, section=Span(lines[0].end, table_end)))
        rule_place = self.parts.add(*lines[1], Relation(needed_places, section=Span(lines[1].end, table_end)))
        if header_place is None or rule_place is None:
            return
        if len(lines) == 2:  # without rows it says what it says
            self.parts.units[header_place] = self.parts.units[header_place]._replace(
                relation=Relation((*needed_places, rule_place))
            )
        name_count = 2 + further_header_rows(self._values(lines[:1])[0], self._values(lines[2:]))
        name_places = [header_place]
        for name_line in lines[2:name_count]:
            name_place = self.parts.add(*name_line, Relation(needed_places, section=Span(name_line.end, table_end)))
            name_places += [] if name_place is None else [name_place]
        self._add_rows(lines[:name_count], lines[name_count:], (*needed_places, *name_places))
        self._lead(lead_place)
        self.lead_in = None

    def _values(self, lines: Sequence[Span]) -> list[list[str]]:
        row_texts = [self.source[row_start:row_end] for row_start, row_end in lines]
        bar_edges = edges_of(row_texts)
        return [
            [row_text[cell_start:cell_end] for cell_start, cell_end in bar_cells(row_text, 0, len(row_text), bar_edges)]
            for row_text in row_texts
        ]

    def _add_rows(self, header: Sequence[Span], rows: Sequence[Span], needs: tuple[int, ...]) -> None:
        if not rows:
            return
        table = table_of_bars(self.source, header, rows, 0)
        self.tables[rows[0].start] = table
        section_ends = labels_of(self._values(rows))
        relation, section_label = Relation(needs), ""
        for row_number, (row, reading) in enumerate(zip(rows, readings_of_rows(self.source, table), strict=True)):
            if row_number in section_ends:
                section_label = f"{reading.rpartition(': ')[2].rstrip(':')}: "
                section_span = Span(rows[row_number + 1].start, rows[section_ends[row_number] - 1].end)
                label_place = self.parts.add(*row, Relation(needs, section=section_span), is_record=True)
                relation = relation if label_place is None else Relation((*needs, label_place), heading=label_place)
            else:
                self.parts.add(*row, relation, reading=(section_label + reading) or None, is_record=True)

    def _add_code(self, token: Token) -> None:
        assert token.map is not None
        first_line, end_line = token.map
        lead_place = self._lead_in_of(first_line)
        needs = (*self._needs(), *(() if lead_place is None else (lead_place,)))
        code_span = self.text.span(first_line, end_line)
        if end_line - first_line <= _MAX_CODE_LINES + 2 and code_span.end - code_span.start <= _MAX_CODE_CHARACTERS:
            self._add(*code_span, Relation(needs))
        elif token.type == "fence" and end_line - first_line > 2:
            self._add_large_fence(token.info, first_line, end_line, needs)
        else:
            self._add_lines(first_line, end_line, needs)
        self._lead(lead_place)
        self.lead_in = None

    def _add_large_fence(self, info: str, first: int, end: int, needs: tuple[int, ...]) -> None:
        """A fence whose text is chosen from; what is kept of it needs its first and its last line."""
        fence_mark = self.source[slice(*self.text.span(first, first + 1))].strip()[:3]
        is_closed = self.source[slice(*self.text.span(end - 1, end))].lstrip("> \t").startswith(fence_mark)
        last = end - 1 if is_closed else end
        inside = Span(self.text.lines[first + 1].start, self.text.span(first + 1, last).end)  # with its indentation
        opening = self.parts.add(*self.text.span(first, first + 1), Relation(needs, section=inside))
        assert opening is not None
        first_unit = len(self.parts)
        structure = None if self.quotes else self.text.structure_inside(info, inside)
        if structure is not None:
            self.forms_inside[inside] = structure.form
            self.parts.units += [moved(unit, inside.start, first_unit) for unit in structure.units]
        else:
            self._add_lines(first + 1, last, ())
        unit_places = range(first_unit, len(self.parts))
        closing = (
            self.parts.add(*self.text.span(last, end), Relation((opening,), section=inside)) if is_closed else None
        )
        self.parts.need(unit_places, [*needs, opening, *(() if closing is None else (closing,))])

    def _add_lines(self, first: int, end: int, needs: tuple[int, ...]) -> None:
        for line_number in range(first, end):
            if not self.text.is_blank(line_number, line_number + 1):
                self._add(*self.text.span(line_number, line_number + 1), Relation(needs))

    def _add_block(self, first: int, end: int) -> None:
        block_span = self.text.span(first, end)
        if block_span.end - block_span.start <= _MAX_CODE_CHARACTERS:
            self._add(*block_span, Relation(self._needs()))
        else:
            self._add_lines(first, end, self._needs())

    def _add_lines_of_block(self, first: int, end: int) -> None:
        """Front matter: a line each, which needs the rules around it."""
        inside = self.text.span(first + 1, end - 1)
        opening_place = self.parts.add(*self.text.span(first, first + 1), Relation(section=inside))
        assert opening_place is not None
        first_place = len(self.parts)
        self._add_entries(first + 1, end - 1)
        entry_places = range(first_place, len(self.parts))
        closing_place = self.parts.add(*self.text.span(end - 1, end), Relation((opening_place,), section=inside))
        assert closing_place is not None
        self.parts.need(entry_places, [opening_place, closing_place])

    def _add_entries(self, first: int, end: int) -> None:
        """The entries of front matter, with the indented lines that belong to each."""
        entry_start = first
        while entry_start < end:
            entry_end = entry_start + 1
            while entry_end < end and self.text.line(entry_end)[:1] in (" ", "\t", "-", ""):
                entry_end += 1
            self._add(*self.text.span(entry_start, entry_end), Relation())
            entry_start = entry_end

    def _add_definitions(self) -> dict[str, int]:
        """The places of footnotes and link definitions, by label."""
        place_by_label: dict[str, int] = {}
        for label, note_span in self.text.footnotes:
            definition_place = self._add(*note_span, Relation())
            if definition_place is not None:
                place_by_label.setdefault(f"^{label}", definition_place)
        for label, note_span in self.text.links:
            definition_place = self._add(*note_span, Relation(section=Span(note_span.end, note_span.end)))
            if definition_place is not None:
                place_by_label.setdefault(label, definition_place)
        return place_by_label

    def _need_definitions(self, places: dict[str, int]) -> None:
        """Let each unit need the footnotes and the definitions of links that it refers to."""
        if not places:
            return
        definitions = frozenset(places.values())
        short_labels = {
            label
            for label, unit_place in places.items()
            if len(self.source[slice(*self.parts.units[unit_place].span)].split()) <= _MAX_WORDS_OF_NEEDED_NOTE
        }
        for unit_place, unit in enumerate(self.parts.units):
            if unit_place in definitions:
                continue
            unit_text = self.source[unit.start : unit.end]
            if "[" not in unit_text:
                continue
            labels = [f"^{label}" for label in _FOOTNOTE_MARK.findall(unit_text)]
            labels += [" ".join(label.split()).upper() for label in _LINK_LABEL.findall(unit_text) if label[0] != "^"]
            self.parts.need([unit_place], [places[label] for label in labels if label in short_labels])

    def _relate_headings(self, definitions: frozenset[int]) -> None:
        """Let headings come only with units below them, which know the innermost one over them; answers need theirs."""
        units = self.parts.units
        if len(self.levels) == len(units):  # nothing but headings: they are the text
            return
        open_headings: list[int] = []
        innermost: int | None = None
        for place in range(len(units) + 1):
            level = 0 if place == len(units) else self.levels.get(place)
            if level is not None:
                while open_headings and self.levels[open_headings[-1]] >= level:
                    self._close_heading(open_headings.pop(), place)
                innermost = place if place < len(units) else None
            if place == len(units):
                break
            if open_headings and units[place].relation.heading is None:
                units[place] = units[place]._replace(relation=units[place].relation._replace(heading=open_headings[-1]))
            if level is not None:
                open_headings.append(place)
            elif innermost is None or place in definitions or units[place].relation.section is not None:
                continue
            elif self._is_question(innermost):
                head = innermost if units[place].relation.head is None else units[place].relation.head
                self.parts.need([place], [innermost])
                units[place] = units[place]._replace(relation=units[place].relation._replace(head=head))

    def _close_heading(self, heading: int, end: int) -> None:
        units = self.parts.units
        if heading + 1 < end:
            self.parts.lead(heading, units[heading + 1].start, units[end - 1].end)
        else:
            self.parts.lead(heading, units[heading].end, units[heading].end)

    def _is_question(self, heading: int) -> bool:
        return bool(_QUESTION.search(self.source[slice(*self.parts.units[heading].span)].split("\n")[0]))


def _in_order(units: Sequence[StructuredUnit]) -> tuple[StructuredUnit, ...]:
    """``units`` in the order in which they stand in the text."""
    order = sorted(range(len(units)), key=lambda number: units[number].start)
    new_places = {number: place for place, number in enumerate(order)}
    return tuple(units[number]._replace(relation=units[number].relation.moved(new_places)) for number in order)
