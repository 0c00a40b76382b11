"""The reader of Markdown."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ragzip.text.forms import Form
from ragzip.text.spans import Span
from ragzip.text.splitters.cells import cells_of, further_header_rows, labels_of, rows_to_names
from ragzip.text.splitters.definitions import Definition, definition_reading, is_one_unit
from ragzip.text.splitters.headings.plain import opens_text
from ragzip.text.splitters.prose.breaks import goes_on_in_list
from ragzip.text.splitters.scanner import trim
from ragzip.text.structure.base import Relation, Structure, StructuredTable, StructuredUnit
from ragzip.text.structure.formats.markdown.details import Details
from ragzip.text.structure.formats.markdown.headings import relate_headings
from ragzip.text.structure.formats.markdown.notes import need_definitions
from ragzip.text.structure.formats.markdown.outputs import with_code_above
from ragzip.text.structure.formats.markdown.signs import recognises
from ragzip.text.structure.formats.markdown.source import MarkdownSource, markdown_source
from ragzip.text.structure.formats.prose.items import OpenItem, is_bare_label, is_entry, nested_reading
from ragzip.text.structure.formats.prose.leads import ENDS_OF_LEADS, leads_only
from ragzip.text.structure.formats.prose.surroundings import with_references_aside
from ragzip.text.structure.formats.table.naming import names_table, readings_of_rows, table_of_bars
from ragzip.text.structure.forms import tidy_form
from ragzip.text.structure.needs.exceptions import begins_with_exception
from ragzip.text.structure.needs.governed import governed
from ragzip.text.structure.nested import NestedForm
from ragzip.text.structure.parts import Parts, in_order, moved

if TYPE_CHECKING:
    from markdown_it.token import Token

__all__ = ["read", "recognises"]

_MAX_WORDS_OF_WHOLE_ITEM = 60
_MAX_WORDS_OF_WHOLE_QUOTE = 40
_MAX_CODE_LINES, _MAX_CODE_CHARACTERS = 40, 3000
_LOWEST_LEVEL = 7  # below all headings: questions in bold, headings inside other blocks
_LEVEL_OF_OPENING = 0  # of a title without hashes over the whole text


def read(source: str) -> Structure | None:
    """The structure of a text in Markdown; None of a text without text."""
    reader = _Reader(markdown_source(source))
    units = with_references_aside(source, reader.units())
    if not units:
        return None
    starts = [unit.start for unit in units]
    tables = [
        table._replace(first_row=place, end_row=place + len(table.cells))
        for start, table in reader.tables.items()
        if (place := bisect_left(starts, start)) < len(units)
    ]
    noise = reader.text.noise
    form = NestedForm(source, noise, reader.forms_inside) if reader.forms_inside else tidy_form(source, noise)
    return Structure("markdown", governed(source, with_code_above(source, units)), form, tuple(tables))


class _Reader:
    """The units of Markdown, by its tokens."""

    def __init__(self, text: MarkdownSource) -> None:
        self.text = text
        self.source = text.source
        self.parts = Parts(text.source)
        self.levels: dict[int, int] = {}  # of headings, by place
        self.containers: list[OpenItem] = []
        self.lead_in: tuple[int, int] | None = None  # the last sentence of the paragraph just above, and the line after
        self.lists: list[int | None] = []  # the lead-in of each open list
        self.quotes = 0
        self.tables: dict[int, StructuredTable] = {}  # by where its rows begin
        self.forms_inside: dict[Span, Form] = {}  # of fences
        self.details = Details(self.parts)

    def units(self) -> tuple[StructuredUnit, ...]:
        """The units, in order."""
        if self.text.front_matter is not None:
            self._add_lines_of_block(*self.text.front_matter)
        for token in self.text.tokens:
            self._take(token)
        notes = self._add_definitions()
        relate_headings(self.parts, self.levels, frozenset(notes.values()))
        need_definitions(self.parts, notes)
        return in_order(self.parts.closed())

    def _take(self, token: Token) -> None:
        kind = token.type
        if kind.endswith("_close"):
            self._close(kind)
        elif token.map is None:
            return
        elif kind == "heading_open" and token.markup in ("-", "=") and self.text.is_over_rule(*token.map):
            self._add_paragraph(token.map[0], token.map[1] - 1)
        elif kind == "heading_open":
            self._add_heading(self.text.span(*token.map), int(token.tag[1:]))
        elif kind == "paragraph_open":
            self._add_paragraph(*token.map)
        elif kind in ("bullet_list_open", "ordered_list_open"):
            self.lists.append(self._lead_in_of(token.map[0], is_list=True))
        elif kind == "list_item_open":
            lead, needs = self.lists[-1], self._needs()
            self.containers.append(OpenItem(needs if lead is None else (*needs, lead), token.map[0]))
        elif kind == "blockquote_open":
            self.quotes += 1
        elif kind == "table_open":
            self._add_table(*token.map)
        elif kind in ("fence", "code_block"):
            self._add_code(token)
        elif kind == "html_block":
            self._add_block(*token.map)

    def _close(self, kind: str) -> None:
        if kind in ("bullet_list_close", "ordered_list_close"):
            self._lead(self.lists.pop())
        elif kind == "list_item_close":
            self._close_item(self.containers.pop())
        elif kind == "blockquote_close":
            self.quotes -= 1

    def _close_item(self, container: OpenItem) -> None:
        """Let an item that only names those under it be kept only with one of them."""
        item = container.item
        if item is not None and container.is_label:
            self.parts.lead(item, self.parts.units[item + 1].start, self.parts.units[-1].end)

    def _needs(self) -> tuple[int, ...]:
        return self.containers[-1].needs_inside if self.containers else ()

    def _ends_in_colon(self, place: int) -> bool:
        return self.source[self.parts.units[place].end - 1] in ENDS_OF_LEADS

    def _lead(self, lead: int | None) -> None:
        """Let a lead-in that says nothing alone be kept only with a unit after it."""
        if lead is not None and lead + 1 < len(self.parts):
            below = self.parts.units[lead + 1].start
            if leads_only(self.source, self.parts.units[lead].span, below):
                self.parts.lead(lead, below, self.parts.units[-1].end)

    def _lead_in_of(self, line: int, *, is_list: bool = False) -> int | None:
        """The place of the sentence that introduces what begins at a line."""
        if self.lead_in is None:
            return None
        place, line_after = self.lead_in
        is_above_list = is_list and not self.containers and (line == line_after or self._goes_on_in(place, line))
        is_lead_in = self.text.is_blank(line_after, line) and (is_above_list or self._ends_in_colon(place))
        return place if is_lead_in else None

    def _goes_on_in(self, place: int, line: int) -> bool:
        """Whether the statement at ``place`` goes on in the list that begins at a line."""
        return goes_on_in_list(self.source, *self.parts.units[place].span, self.text.lines[line].start)

    def _add_heading(self, span: Span, level: int) -> None:
        place = self._add(*span, Relation())
        if place is not None:
            self.levels[place] = level if not self.containers and not self.quotes else _LOWEST_LEVEL
        self.lead_in = None

    def _add(self, start: int, end: int, relation: Relation) -> int | None:
        """The place of a new unit; None where nothing of it is visible."""
        return self.parts.add(start, end, relation) if self.text.is_visible(start, end) else None

    def _add_paragraph(self, first: int, end: int) -> None:
        container = self.containers[-1] if self.containers else None
        if first in self.text.definitions:
            self._add_definition(self.text.definitions[first])
            return
        while container is None and not self.quotes and first < end and self.text.is_bold_heading(first):
            self._add_heading(self.text.span(first, first + 1), _LOWEST_LEVEL)
            first += 1
        span = self.text.span(first, end)
        if first == end or not self.text.is_visible(*span):
            return
        if not self.parts.units and container is None and not self.quotes and self._opens_text(span):
            self._add_heading(span, _LEVEL_OF_OPENING)
            return
        place_before = len(self.parts)
        lead = None if container is not None else self._lead_in_of(first)
        needs = self._needs() if lead is None else (*self._needs(), lead)
        is_short_quote = self.quotes and len(self.source[slice(*span)].split()) <= _MAX_WORDS_OF_WHOLE_QUOTE
        if container is not None and container.marker_line is not None:
            self._begin_item(container, Span(self.text.lines[container.marker_line].start, span.end))
        elif is_short_quote:
            self._add(*span, Relation(needs))
        else:
            self.parts.add_prose(*span, needs=needs)
        self._lead(lead)
        if place_before < len(self.parts):
            self.lead_in = len(self.parts) - 1, end

    def _opens_text(self, span: Span) -> bool:
        below = trim(self.source, span.end, len(self.source))
        return below is not None and opens_text(self.source, *span, below.start)

    def _add_definition(self, entry: Definition) -> None:
        """The units of terms with what defines them: one where that is short, else each definition needs the terms."""
        span, needs = self.text.span(entry.first, entry.end), self._needs()
        self.lead_in = None
        entry_text = self.source[slice(*span)]
        if is_one_unit(entry_text):
            self.parts.add(*span, Relation(needs), reading=definition_reading(entry_text))
            return
        terms = self.parts.add(*self.text.span(entry.first, entry.body), Relation(needs))
        assert terms is not None
        body = self.text.span(entry.body, entry.end)
        self.parts.add_prose(*body, needs=(*needs, terms), head=terms)
        self.parts.lead(terms, *body)

    def _begin_item(self, container: OpenItem, span: Span) -> None:
        """The units of the first paragraph of an item: one where it is short; else all others need the first."""
        lead = self.lists[-1] if self.lists else None
        container.marker_line = None
        start = span.start + self._nested_marker(span)
        if len(self.source[start : span.end].split()) <= _MAX_WORDS_OF_WHOLE_ITEM:
            container.item = self.parts.add(start, span.end, Relation(container.needs, lead))
            self._read_with_parents(container.item)
            self._need_exception(container.item)
            return
        places = self.parts.add_prose(start, span.end, container.needs, lead)
        container.item = places[0] if places else None
        if places:
            self.parts.need(places[1:], [places[0]])
            for place in places:
                self._read_with_parents(place)
            self._need_exception(places[0])

    def _read_with_parents(self, place: int | None) -> None:
        """Let a model read an item with its parents."""
        parents = [container for container in self.containers[:-1] if container.item is not None]
        if place is None or not parents:
            return
        spans = [self.parts.units[parent.item or 0].span for parent in parents]
        unit = self.parts.units[place]
        texts = [self.text.visible_text(*span) for span in [*spans, unit.span]]
        parents[-1].is_label = is_bare_label(texts[-2])
        self.parts.units[place] = unit._replace(
            reading=nested_reading(texts[:-1], texts[-1]), is_record=is_entry(texts[-2], texts[-1])
        )

    def _need_exception(self, item: int | None) -> None:
        """Let the item above need one below it that takes something back: "except …"."""
        above = self.containers[-2].item if len(self.containers) > 1 else None
        if item is not None and above is not None and begins_with_exception(self.source, self.parts.units[item].start):
            self.parts.need([above], [item])

    def _nested_marker(self, span: Span) -> int:
        """Characters of a line that belong to an item that begins on it, too: "- - b"."""
        before = self.parts.units[-1].end if len(self.parts) else 0
        return max(0, before - span.start)

    def _add_table(self, first: int, end: int) -> None:
        title = self._title_of_table(first)
        lead = self._lead_in_of(first) if title is None else title
        above = (*self._needs(), *(() if lead is None else (lead,)))
        lines = [self.text.span(line, line + 1) for line in range(first, end) if not self.text.is_blank(line, line + 1)]
        table_end = lines[-1].end
        header = self.parts.add(*lines[0], Relation(above, section=Span(lines[0].end, table_end)))
        delimiter = self.parts.add(*lines[1], Relation(above, section=Span(lines[1].end, table_end)))
        if header is None or delimiter is None:
            return
        if len(lines) == 2:  # without rows it says what it says
            self.parts.units[header] = self.parts.units[header]._replace(relation=Relation((*above, delimiter)))
        values = self._values(lines)
        names_row = rows_to_names(values[0], values[2:])
        names = 2 + (names_row or further_header_rows(values[0], values[2:]))
        headers = [header]
        for line in lines[2:names]:
            place = self.parts.add(*line, Relation(above, section=Span(line.end, table_end)))
            headers += [] if place is None else [place]
        if names_row:  # the lines above it name nothing
            self.parts.never_keep(range(delimiter, headers[-1]))
            headers, lines, names = headers[-1:], lines[names - 1 :], 1
        self._add_rows(lines[:names], lines[names:], (*above, *headers), title)
        if title is None:
            self._lead(lead)
        else:
            self.parts.lead(title, lines[0].start, table_end)
        self.lead_in = None

    def _title_of_table(self, line: int) -> int | None:
        """The place of the paragraph of one sentence that is the title of the table that begins at a line."""
        if self.lead_in is None or self.containers or self.quotes:
            return None
        place, line_after = self.lead_in
        unit = self.parts.units[place]
        is_alone = not self.source[self.source.rfind("\n", 0, unit.start) + 1 : unit.start].strip()
        is_title_of_table = is_alone and names_table(self.source[slice(*unit.span)])
        return place if is_title_of_table and self.text.is_blank(line_after, line) else None

    def _values(self, lines: Sequence[Span]) -> list[list[str]]:
        return cells_of([self.source[start:end] for start, end in lines])

    def _add_rows(
        self, header: Sequence[Span], rows: Sequence[Span], needs: tuple[int, ...], title: int | None
    ) -> None:
        if not rows:
            return
        self.tables[rows[0].start] = table = table_of_bars(self.source, header, rows, 0)
        labels = labels_of(self._values(rows))
        title_words = self.text.visible_text(*self.parts.units[title].span).strip("*_:. ") if title is not None else ""
        title_text = title_words and f"{title_words}: "
        relation, label, first_row = Relation(needs), title_text, len(self.parts)
        readings = readings_of_rows(self.source, table, labels)
        for number, (row, (reading, rows_above)) in enumerate(zip(rows, readings, strict=True)):
            if number in labels:
                outer, outer_needs = (label, relation.needs) if number - 1 in labels else (title_text, needs)
                label = f"{outer}{reading.rpartition(': ')[2].strip('*_').rstrip(':')}: "
                section = Span(rows[number + 1].start, rows[labels[number] - 1].end)
                place = self.parts.add(*row, Relation(outer_needs, section=section), is_record=True)
                relation = relation if place is None else Relation((*outer_needs, place), heading=place)
            else:
                row_relation = relation._replace(needs=(*relation.needs, *(first_row + above for above in rows_above)))
                self.parts.add(*row, row_relation, reading=(label + reading) or None, is_record=True)

    def _add_code(self, token: Token) -> None:
        assert token.map is not None
        first, end = token.map
        lead = self._lead_in_of(first)
        needs = (*self._needs(), *(() if lead is None else (lead,)))
        span = self.text.span(first, end)
        if end - first <= _MAX_CODE_LINES + 2 and span.end - span.start <= _MAX_CODE_CHARACTERS:
            self._add(*span, Relation(needs))
        elif token.type == "fence" and end - first > 2:
            self._add_large_fence(token.info, first, end, needs)
        else:
            self._add_lines(first, end, needs)
        self._lead(lead)
        self.lead_in = None

    def _add_large_fence(self, info: str, first: int, end: int, needs: tuple[int, ...]) -> None:
        """A fence whose text is chosen from; what is kept of it needs its first and its last line."""
        mark = self.source[slice(*self.text.span(first, first + 1))].strip()[:3]
        is_closed = self.source[slice(*self.text.span(end - 1, end))].lstrip("> \t").startswith(mark)
        last = end - 1 if is_closed else end
        inside = Span(self.text.lines[first + 1].start, self.text.span(first + 1, last).end)  # with its indentation
        opening = self.parts.add(*self.text.span(first, first + 1), Relation(needs, section=inside))
        assert opening is not None
        first_place = len(self.parts)
        structure = None if self.quotes else self.text.structure_inside(info, inside)
        if structure is not None:
            self.forms_inside[inside] = structure.form
            self.parts.units += [moved(unit, inside.start, first_place) for unit in structure.units]
        else:
            self._add_lines(first + 1, last, ())
        places = range(first_place, len(self.parts))
        closing = (
            self.parts.add(*self.text.span(last, end), Relation((opening,), section=inside)) if is_closed else None
        )
        self.parts.need(places, [*needs, opening, *(() if closing is None else (closing,))])

    def _add_lines(self, first: int, end: int, needs: tuple[int, ...]) -> None:
        for line in range(first, end):
            if not self.text.is_blank(line, line + 1):
                self._add(*self.text.span(line, line + 1), Relation(needs))

    def _add_block(self, first: int, end: int) -> None:
        span = self.text.span(first, end)
        if self.details.take(span, self._needs()):
            return
        if span.end - span.start <= _MAX_CODE_CHARACTERS:
            self._add(*span, Relation(self._needs()))
        else:
            self._add_lines(first, end, self._needs())

    def _add_lines_of_block(self, first: int, end: int) -> None:
        """Front matter: a line each, which needs the rules around it."""
        inside = self.text.span(first + 1, end - 1)
        opening = self.parts.add(*self.text.span(first, first + 1), Relation(section=inside))
        assert opening is not None
        place = len(self.parts)
        self._add_entries(first + 1, end - 1)
        places = range(place, len(self.parts))
        closing = self.parts.add(*self.text.span(end - 1, end), Relation((opening,), section=inside))
        assert closing is not None
        self.parts.need(places, [opening, closing])

    def _add_entries(self, first: int, end: int) -> None:
        """The entries of front matter, with the indented lines that belong to each."""
        line = first
        while line < end:
            entry_end = line + 1
            while entry_end < end and self.text.line(entry_end)[:1] in (" ", "\t", "-", ""):
                entry_end += 1
            self._add(*self.text.span(line, entry_end), Relation())
            line = entry_end

    def _add_definitions(self) -> dict[str, int]:
        """The places of footnotes and link definitions, by label."""
        places: dict[str, int] = {}
        for label, span in self.text.footnotes:
            place = self._add(*span, Relation())
            if place is not None:
                places.setdefault(f"^{label}", place)
        for label, span in self.text.links:
            place = self._add(*span, Relation(section=Span(span.end, span.end)))
            if place is not None:
                places.setdefault(label, place)
        return places
