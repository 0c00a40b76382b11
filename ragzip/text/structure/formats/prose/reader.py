"""Prose, with the headings, lists, tables, questions and code that stand in it.

A list item needs its lead-in, a row its header, a question its answer. Headings, lead-ins and headers say something
about a section: they come only with a unit of it. The margins of a page (headers, footers, numbers) never come.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from ragzip.text.escaped_breaks import with_line_breaks
from ragzip.text.forms import PlainForm
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters import SplitUnit, lines, units
from ragzip.text.splitters.definitions import definition_reading
from ragzip.text.splitters.page_margins import parted_sentences
from ragzip.text.structure.base import Relation, Structure, StructuredTable, StructuredUnit
from ragzip.text.structure.formats.prose.commands import with_commands
from ragzip.text.structure.formats.prose.days import lines_over
from ragzip.text.structure.formats.prose.headings import relate_headings
from ragzip.text.structure.formats.prose.indented import relate_indented
from ragzip.text.structure.formats.prose.items import (
    is_bare_label,
    is_entry,
    is_wrapped_value,
    items_over_items,
    keys_over,
    nested_reading,
    titles_over,
    with_labels,
)
from ragzip.text.structure.formats.prose.leads import (
    end_of,
    end_of_led,
    is_exception,
    names_of_lines,
    says_nothing_alone,
    span_of,
    titles_of_lines,
    with_records,
)
from ragzip.text.structure.formats.prose.surroundings import with_asides
from ragzip.text.structure.formats.prose.surveys import end_of_figures, figure_readings, relate_figures
from ragzip.text.structure.formats.prose.titles import relate_titled, with_titles
from ragzip.text.structure.formats.table.naming import readings_of_rows, table_of_bars
from ragzip.text.structure.keys import key_readings, lead_reading
from ragzip.text.structure.needs.exceptions import begins_with_exception
from ragzip.text.structure.needs.governed import governed

__all__ = ["read_prose", "related"]

_RECORDS = frozenset(["row", "record", "json"])
_CONDITION = pattern_of(  # at the end of a lead-in: what follows holds together, or not at all
    r"\b(?:provided that|unless|if|only if|when|except where|all of the following|sofern|wenn|falls|vorausgesetzt"
    r"|es sei denn|à condition que|sauf si|siempre que|a menos que|a condizione che|purché|mits|tenzij)\W{0,3}$",
    re.IGNORECASE,
)
_SUFFICIENT = pattern_of(  # the same, where any one of what follows is enough
    r"(?<!only )(?<!nur )\b(?:if|when|sofern|wenn|falls)\W{0,3}$", re.IGNORECASE
)
_OR_AT_END = pattern_of(r"[,;]\s(?:or|oder|ou|of|o)$")
_MAX_CONDITIONS = 20
_SHORTEST_OPENED = 80  # characters of an item that may be split into sentences
_MAX_LABEL_WORDS = 6  # of a lead-in over records
_RULE = pattern_of(r"(?=(?:[-=_*~#+—–─━═·•][ \t]*+){3})(?>(?:[-=_*~#+—–─━═·•]++[ \t]*+)+)")  # a line of signs alone


def read_prose(source: str, *, longest_block: int | None = None, longest_item: int | None = None) -> Structure:
    """The structure of a text of no other kind.

    :param longest_block: characters from which code and JSON are split into lines, and list items into sentences;
        None: never.
    :param longest_item: the same for list items alone, where it is less.
    """
    text = with_line_breaks(source)
    parts = with_titles(
        text,
        _paired(
            with_commands(text, units(text, longest_block=longest_block, longest_item=longest_item), longest_block)
        ),
    )
    text_units = with_asides(text, governed(text, with_labels(text, parts, related(text, parts))))
    has_long_items = any(part.kind == "item" and part.end - part.start > _SHORTEST_OPENED for part in parts)
    return Structure(
        "prose",
        text_units,
        PlainForm(source, text),
        tuple(tables_of(text, parts)),
        opened=partial(_opened, source, longest_block) if has_long_items else None,
    )


def _opened(source: str, longest_block: int | None, longest_item: int) -> Structure:
    """The structure of a text with the items of more characters than ``longest_item`` in sentences."""
    return read_prose(source, longest_block=longest_block, longest_item=max(longest_item, _SHORTEST_OPENED))


def related(source: str, parts: Sequence[SplitUnit]) -> list[StructuredUnit]:
    """The units of ``parts`` with their relations, and rows with the names of their columns."""
    relating = _Relating(source, parts)
    relating.rows()
    relating.lines_below_lines()
    relate_indented(source, parts, relating.relations)
    relating.parted_sentences()
    relating.titled_lines()
    relating.below_numbered_titles()
    return relating.units()


class _Relating:
    """The relations between parts of a text, and what a model reads in the place of single ones, step by step."""

    def __init__(self, source: str, parts: Sequence[SplitUnit]) -> None:
        self.source, self.parts = source, parts
        self.relations = _relations(source, parts)
        self.readings: dict[int, str] = {}
        self.names = names_of_lines(source, parts)
        days = lines_over(source, parts)
        self.lines_over_lines = self.names | days
        self.items_over = self.lines_over_lines | keys_over(source, parts) | items_over_items(source, parts) | days

    def _relate(self, number: int, **changes: Any) -> None:
        self.relations[number] = self.relations[number]._replace(**changes)

    def rows(self) -> None:
        """Let rows need the rows that group them; they are read with the names of their columns."""
        for table in tables_of(self.source, self.parts):
            for number, (reading, rows_above) in enumerate(readings_of_rows(self.source, table), table.first_row):
                self.readings[number] = reading
                groups = (table.first_row + above for above in rows_above)
                self._relate(number, needs=(*self.relations[number].needs, *groups))

    def lines_below_lines(self) -> None:
        """Let items and lines need those that they stand under."""
        labels = {line for over in self.lines_over_lines.values() for line in over}
        _relate_nested(self.source, self.parts, self.relations, self.items_over, labels)

    def parted_sentences(self) -> None:
        """Let the parts of a sentence that a margin divides need each other; they are read as one."""
        for numbers in parted_sentences([part.kind for part in self.parts]):
            reading = " ".join(self._text(number) for number in numbers)
            for number in numbers:
                further_parts = (part_number for part_number in numbers if part_number != number)
                self._relate(number, needs=(*self.relations[number].needs, *further_parts))
                self.readings[number] = reading

    def titled_lines(self) -> None:
        """Let lines under a title belong to it; what stands under a label or after a short lead-in is read with it."""
        titles = titles_of_lines(self.source, self.parts)
        for number, relation in enumerate(self.relations):
            if number in titles and relation.head is None:
                self._relate(number, head=titles[number])
            if relation.heading is not None and (number in titles or self.parts[relation.heading].kind == "label"):
                label = self._text(relation.heading).rstrip(".:")
                self.readings.setdefault(number, f"{label}: {self._text(number)}")
            if (
                self.parts[number].kind == "record"
                and relation.needs
                and self.parts[relation.needs[0]].kind == "lead-in"
            ):
                lead = self._text(relation.needs[0])
                if lead[-1] in ":：" and len(lead.split()) <= _MAX_LABEL_WORDS:
                    self.readings.setdefault(number, f"{lead_reading(lead)} {self._text(number)}")

    def below_numbered_titles(self) -> None:
        """Let the text right below a numbered title need it; the title comes only with some of that."""
        for number, title in titles_over(self.source, self.parts).items():
            title_end = self.parts[title].end
            self._relate(title, section=Span(title_end, self.parts[number].end))
            self._relate(number, needs=(*self.relations[number].needs, title), heading=title)
            self.readings.setdefault(number, nested_reading([self._text(title)], "") + self._text(number))

    def units(self) -> list[StructuredUnit]:
        """The parts as units."""
        readings = key_readings(self.source, self.parts)
        readings |= figure_readings(self.source, self.parts, self.relations) | self.readings
        for number, part in enumerate(self.parts):
            if part.kind == "definition":
                readings[number] = definition_reading(self._text(number))
        entries: set[int] = set()
        for number, over in self.items_over.items():
            texts = [self._text(item) for item in (*over, number)]
            readings[number] = nested_reading(texts[:-1], texts[-1])
            if is_entry(texts[-2], texts[-1]):
                entries.add(number)
                self._relate(number, head=None)  # the lead-in tells no entry from others
        text_units = [
            StructuredUnit(
                *part.span, relation, readings.get(number) or None, part.kind in _RECORDS or number in entries
            )
            for number, (part, relation) in enumerate(zip(self.parts, self.relations, strict=True))
        ]
        return with_records(text_units, self.names)

    def _text(self, number: int) -> str:
        return self.parts[number].text_in(self.source)


def _relate_nested(
    text: str,
    parts: Sequence[SplitUnit],
    unit_relations: list[Relation],
    items_over: Mapping[int, tuple[int, ...]],
    labels: Container[int],
) -> None:
    """Let items need their parents; parents that are bare labels are kept only with one of their items.

    :param labels: the lines that are such.
    """
    last_below = {parent: number for number, over in items_over.items() for parent in over}
    for number, over in items_over.items():
        relation = unit_relations[number]
        unit_relations[number] = relation._replace(needs=tuple(dict.fromkeys([*relation.needs, *over])))
        above, below = (parts[place].text_in(text) for place in (over[-1], number))
        if begins_with_exception(below) or is_wrapped_value(above, below):
            parent_relation = unit_relations[over[-1]]
            unit_relations[over[-1]] = parent_relation._replace(needs=(*parent_relation.needs, number))
    for parent, last in last_below.items():
        parent_text = parts[parent].text_in(text)
        is_bare_item = parts[parent].kind == "item" and (is_bare_label(parent_text) or parent_text[-1] in ":：")
        if is_bare_item or parent in labels:
            section = span_of(parts, parent + 1, last + 1)
            unit_relations[parent] = unit_relations[parent]._replace(section=section)


def tables_of(source: str, parts: Sequence[SplitUnit]) -> Iterator[StructuredTable]:
    """The tables of ``parts`` whose columns have names."""
    for header, part in enumerate(parts):
        if part.kind == "header":
            first_row = end_of(parts, header + 1, {"delimiter"})
            end_row = end_of(parts, first_row, {"row"})
            if first_row < end_row:
                header_lines = [
                    line for unit in parts[header:first_row] for line in lines(source, unit.start, unit.end)
                ]
                rows = [Span(unit.start, unit.end) for unit in parts[first_row:end_row]]
                yield table_of_bars(source, header_lines, rows, first_row)


def _paired(apart: Sequence[SplitUnit]) -> list[SplitUnit]:
    """The units, each question and the first unit of its answer as one: they are read, and kept, together."""
    paired_units: list[SplitUnit] = []
    for unit_before, unit in pairwise([None, *apart]):
        if unit is not None and unit_before is not None and (unit_before.kind, unit.kind) == ("question", "answer"):
            paired_units[-1] = unit_before._replace(end=unit.end)
        elif unit is not None:
            paired_units.append(unit)
    return paired_units


def _relations(text: str, parts: Sequence[SplitUnit]) -> list[Relation]:
    """The relations between the units of a text, one for each."""
    unit_relations = [Relation()] * len(parts)
    relate_headings(text, parts, unit_relations)
    unit_number = 0
    while unit_number < len(parts):
        unit_kind = parts[unit_number].kind
        if unit_kind == "lead-in" and not is_exception(text, parts[unit_number]):
            unit_number = _relate_group(text, parts, unit_relations, unit_number, end_of_led(text, parts, unit_number))
        elif unit_kind == "header":
            unit_number = _relate_group(
                text, parts, unit_relations, unit_number, end_of(parts, unit_number + 1, {"delimiter", "row"})
            )
        elif (figures_end := end_of_figures(text, parts, unit_number)) > unit_number + 1:
            unit_number = relate_figures(parts, unit_relations, unit_number, figures_end)
        elif unit_kind == "question":
            unit_number = _relate_answers(parts, unit_relations, unit_number)
        elif unit_kind == "title":
            unit_number = relate_titled(text, parts, unit_relations, unit_number)
        elif unit_kind == "label":
            unit_number = _relate_labelled(text, parts, unit_relations, unit_number)
        else:
            if unit_kind == "margin" or _RULE.fullmatch(text, *parts[unit_number].span):
                unit_relations[unit_number] = Relation(section=span_of(parts, unit_number + 1, unit_number + 1))
            unit_number += 1
    return unit_relations


def _relate_group(text: str, parts: Sequence[SplitUnit], unit_relations: list[Relation], lead: int, end: int) -> int:
    """Relate the units after ``lead``, up to ``end``, to it and to the header rows among them; the place after them."""
    if end == lead + 1:
        return end
    leads_only = parts[lead].kind == "header" or says_nothing_alone(text, parts[lead], parts[lead + 1])
    unit_relations[lead] = unit_relations[lead]._replace(section=span_of(parts, lead + 1, end) if leads_only else None)
    units_above = [lead]
    is_condition = (
        parts[lead].kind == "lead-in"
        and end - lead <= _MAX_CONDITIONS
        and _CONDITION.search(text, *parts[lead].span) is not None
        and not _leads_to_alternatives(text, parts, lead, end)
    )
    for unit_number in range(lead + 1, end):
        if parts[unit_number].kind == "header":
            rows_end = end_of(parts, unit_number + 1, {"delimiter", "row"})
            units_above = [lead, unit_number]
            unit_relations[unit_number] = unit_relations[unit_number]._replace(
                needs=(lead,), section=span_of(parts, unit_number + 1, rows_end)
            )
        elif parts[unit_number].kind == "delimiter":
            unit_relations[unit_number] = unit_relations[unit_number]._replace(
                needs=tuple(units_above), section=span_of(parts, unit_number + 1, end)
            )
        else:
            is_item = parts[unit_number].kind == "item"
            siblings = [other for other in range(lead + 1, end) if other != unit_number] if is_condition else []
            unit_relations[unit_number] = unit_relations[unit_number]._replace(
                needs=tuple(dict.fromkeys([*units_above, *siblings])), head=lead if is_item else None
            )
    return end


def _leads_to_alternatives(text: str, parts: Sequence[SplitUnit], lead: int, end: int) -> bool:
    """Whether any one of the conditions below ``lead`` is enough: "if: (a) …; or (b) …". Of "only if" and "unless"
    none is left out: what holds then depends on all of them.
    """
    if end - lead < 3 or _SUFFICIENT.search(text, *parts[lead].span) is None:
        return False
    return _OR_AT_END.search(text, *parts[end - 2].span) is not None


def _relate_labelled(text: str, parts: Sequence[SplitUnit], unit_relations: list[Relation], label: int) -> int:
    """Relate the units of a paragraph to its label, without which they are about anything; the place after them."""
    end = label + 1
    while end < len(parts) and text.count("\n", parts[end - 1].end, parts[end].start) < 2:
        end += 1
    unit_relations[label] = unit_relations[label]._replace(section=span_of(parts, label + 1, end))
    for number in range(label + 1, end):
        unit_relations[number] = unit_relations[number]._replace(needs=(label,), heading=label)
    return end


def _relate_answers(parts: Sequence[SplitUnit], unit_relations: list[Relation], question: int) -> int:
    """Relate the rest of an answer to its question and its beginning; the place after it."""
    last_answer = end_of(parts, question + 1, {"answer"})
    for answer_number in range(question + 1, last_answer):
        unit_relations[answer_number] = unit_relations[answer_number]._replace(needs=(question,), head=question)
    return last_answer
