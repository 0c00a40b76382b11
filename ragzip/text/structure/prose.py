"""Prose, with the headings, lists, tables, questions and code that stand in it.

A list item needs its lead-in, a row its header, a question its answer. Headings, lead-ins and headers say something
about a section: they come only with a unit of it. The margins of a page (headers, footers, numbers) never come.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise

from ragzip.text.forms import PlainForm
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters import SplitUnit, lines, units
from ragzip.text.splitters.breaks import SENTENCE_STOPS
from ragzip.text.splitters.definitions import definition_reading
from ragzip.text.splitters.headings import heads_whole_text
from ragzip.text.splitters.page_margins import parted_sentences
from ragzip.text.splitters.sections import is_wide_section
from ragzip.text.structure.base import Relation, Structure, StructuredTable, StructuredUnit
from ragzip.text.structure.days import lines_over
from ragzip.text.structure.indented import relate_indented
from ragzip.text.structure.items import (
    is_bare_label,
    is_entry,
    is_wrapped_value,
    items_over_items,
    keys_over,
    nested_reading,
    with_labels,
)
from ragzip.text.structure.keys import key_readings, lead_reading
from ragzip.text.structure.leads import (
    closing_title,
    end_of,
    end_of_led,
    is_exception,
    names_of_lines,
    says_nothing_alone,
    titles_of_lines,
    with_records,
)
from ragzip.text.structure.needs.exceptions import begins_with_exception
from ragzip.text.structure.needs.governed import governed
from ragzip.text.structure.surroundings import with_asides
from ragzip.text.structure.surveys import end_of_figures, figure_readings, relate_figures
from ragzip.text.structure.table.naming import readings_of_rows, table_of_bars
from ragzip.text.structure.titles import relate_titled, with_titles

__all__ = ["heading_level", "read_prose", "related", "tables_of"]

_RECORDS = frozenset(["row", "record", "json"])
_HASHES = pattern_of(r"\s{0,3}(#{1,6})(?:\s|$)")
_CONDITION = pattern_of(  # at the end of a lead-in: what follows holds together, or not at all
    r"\b(?:provided that|unless|if|only if|when|except where|all of the following|sofern|wenn|falls|vorausgesetzt"
    r"|es sei denn|à condition que|sauf si|siempre que|a menos que|a condizione che|purché|mits|tenzij)\W{0,3}$",
    re.IGNORECASE,
)
_MAX_CONDITIONS = 20
_SHORTEST_OPENED = 80  # characters of an item that may be split into sentences
_MAX_LABEL_WORDS = 6  # of a lead-in over records
_ENDS_AS_STATEMENT = pattern_of(rf"[{SENTENCE_STOPS}:：,;]\W{{0,3}}$")
_RULE = pattern_of(r"(?=(?:[-=_*~#+—–─━═·•][ \t]*+){3})(?>(?:[-=_*~#+—–─━═·•]++[ \t]*+)+)")  # a line of signs alone
_OUTLINE_NUMBER = pattern_of(r"\d{1,2}(?:\.\d{1,2}){0,3}(?=\.?[ \t]+[^\W\d_])")
_UNDERLINED_TWICE = pattern_of(r"\n\s{0,3}=+\s*$")


def read_prose(source: str, *, longest_block: int | None = None, longest_item: int | None = None) -> Structure:
    """The structure of a text of no other kind.

    :param longest_block: characters from which code and JSON are split into lines, and list items into sentences;
        None: never.
    :param longest_item: the same for list items alone, where it is less.
    """
    parts = with_titles(source, _paired(units(source, longest_block=longest_block, longest_item=longest_item)))
    text_units = with_asides(source, governed(source, with_labels(source, parts, related(source, parts))))
    has_long_items = any(part.kind == "item" and part.end - part.start > _SHORTEST_OPENED for part in parts)
    return Structure(
        "prose",
        text_units,
        PlainForm(source),
        tuple(tables_of(source, parts)),
        opened=partial(_opened, source, longest_block) if has_long_items else None,
    )


def _opened(source: str, longest_block: int | None, longest_item: int) -> Structure:
    """The structure of a text with the items of more characters than ``longest_item`` in sentences."""
    return read_prose(source, longest_block=longest_block, longest_item=max(longest_item, _SHORTEST_OPENED))


def related(source: str, parts: Sequence[SplitUnit]) -> list[StructuredUnit]:
    """The units of ``parts`` with their relations, and rows with the names of their columns."""
    readings: dict[int, str] = {}
    unit_relations = _relations(source, parts)
    for table in tables_of(source, parts):
        for number, (reading, rows_above) in enumerate(readings_of_rows(source, table), table.first_row):
            readings[number] = reading
            row_needs = (*unit_relations[number].needs, *(table.first_row + above for above in rows_above))
            unit_relations[number] = unit_relations[number]._replace(needs=row_needs)
    lines_over_days = lines_over(source, parts)
    names = names_of_lines(source, parts)
    lines_over_lines = names | lines_over_days
    items_over = lines_over_lines | keys_over(source, parts) | items_over_items(source, parts) | lines_over_days
    labels = {line for over in lines_over_lines.values() for line in over}
    _relate_nested(source, parts, unit_relations, items_over, labels)
    relate_indented(source, parts, unit_relations)
    for numbers in parted_sentences([part.kind for part in parts]):
        reading = " ".join(parts[number].text_in(source) for number in numbers)
        for number in numbers:
            further_parts = (part_number for part_number in numbers if part_number != number)
            needs = (*unit_relations[number].needs, *further_parts)
            unit_relations[number] = unit_relations[number]._replace(needs=needs)
            readings[number] = reading
    titles = titles_of_lines(source, parts)
    for number, relation in enumerate(unit_relations):
        if number in titles and relation.head is None:
            unit_relations[number] = relation._replace(head=titles[number])
        if relation.heading is not None and (number in titles or parts[relation.heading].kind == "label"):
            label = parts[relation.heading].text_in(source).rstrip(".:")
            readings.setdefault(number, f"{label}: {parts[number].text_in(source)}")
        if parts[number].kind == "record" and relation.needs and parts[relation.needs[0]].kind == "lead-in":
            lead = parts[relation.needs[0]].text_in(source)
            if lead[-1] in ":：" and len(lead.split()) <= _MAX_LABEL_WORDS:
                readings.setdefault(number, f"{lead_reading(lead)} {parts[number].text_in(source)}")
    readings = key_readings(source, parts) | figure_readings(source, parts, unit_relations) | readings
    for number, part in enumerate(parts):
        if part.kind == "definition":
            readings[number] = definition_reading(source[part.start : part.end])
    entries: set[int] = set()
    for number, over in items_over.items():
        texts = [parts[item].text_in(source) for item in (*over, number)]
        readings[number] = nested_reading(texts[:-1], texts[-1])
        if is_entry(texts[-2], texts[-1]):
            entries.add(number)
            # the lead-in tells no entry from others
            unit_relations[number] = unit_relations[number]._replace(head=None)
    text_units = [
        StructuredUnit(*part.span, relation, readings.get(number) or None, part.kind in _RECORDS or number in entries)
        for number, (part, relation) in enumerate(zip(parts, unit_relations, strict=True))
    ]
    return with_records(text_units, names)


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
            section = _span(parts, parent + 1, last + 1)
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
    _relate_headings(text, parts, unit_relations)
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
                unit_relations[unit_number] = Relation(section=_span(parts, unit_number + 1, unit_number + 1))
            unit_number += 1
    return unit_relations


def _relate_group(text: str, parts: Sequence[SplitUnit], unit_relations: list[Relation], lead: int, end: int) -> int:
    """Relate the units after ``lead``, up to ``end``, to it and to the header rows among them; the place after them."""
    if end == lead + 1:
        return end
    leads_only = parts[lead].kind == "header" or says_nothing_alone(text, parts[lead], parts[lead + 1])
    unit_relations[lead] = unit_relations[lead]._replace(section=_span(parts, lead + 1, end) if leads_only else None)
    units_above = [lead]
    is_condition = (
        parts[lead].kind == "lead-in"
        and end - lead <= _MAX_CONDITIONS
        and _CONDITION.search(text, *parts[lead].span) is not None
    )
    for unit_number in range(lead + 1, end):
        if parts[unit_number].kind == "header":
            rows_end = end_of(parts, unit_number + 1, {"delimiter", "row"})
            units_above = [lead, unit_number]
            unit_relations[unit_number] = unit_relations[unit_number]._replace(
                needs=(lead,), section=_span(parts, unit_number + 1, rows_end)
            )
        elif parts[unit_number].kind == "delimiter":
            unit_relations[unit_number] = unit_relations[unit_number]._replace(
                needs=tuple(units_above), section=_span(parts, unit_number + 1, end)
            )
        else:
            is_item = parts[unit_number].kind == "item"
            siblings = [other for other in range(lead + 1, end) if other != unit_number] if is_condition else []
            unit_relations[unit_number] = unit_relations[unit_number]._replace(
                needs=tuple(dict.fromkeys([*units_above, *siblings])), head=lead if is_item else None
            )
    return end


def _relate_labelled(text: str, parts: Sequence[SplitUnit], unit_relations: list[Relation], label: int) -> int:
    """Relate the units of a paragraph to its label, without which they are about anything; the place after them."""
    end = label + 1
    while end < len(parts) and text.count("\n", parts[end - 1].end, parts[end].start) < 2:
        end += 1
    unit_relations[label] = unit_relations[label]._replace(section=_span(parts, label + 1, end))
    for number in range(label + 1, end):
        unit_relations[number] = unit_relations[number]._replace(needs=(label,), heading=label)
    return end


def _relate_answers(parts: Sequence[SplitUnit], unit_relations: list[Relation], question: int) -> int:
    """Relate the rest of an answer to its question and its beginning; the place after it."""
    last_answer = end_of(parts, question + 1, {"answer"})
    for answer_number in range(question + 1, last_answer):
        unit_relations[answer_number] = unit_relations[answer_number]._replace(needs=(question,), head=question)
    return last_answer


def _relate_headings(text: str, parts: Sequence[SplitUnit], unit_relations: list[Relation]) -> None:
    heading_levels = {
        unit_number: heading_level(text[unit.start : unit.end]) + _runs_in(text, parts, unit_number)
        for unit_number, unit in enumerate(parts)
        if unit.kind == "heading"
    }
    if len(heading_levels) == len(parts):  # nothing but headings: they are the text
        return
    if 0 in heading_levels and 1 in heading_levels:  # the first is the title of the whole
        has_hashes = _HASHES.match(text, *parts[1].span) is not None
        heading_levels[0] = min(heading_levels[0], 1 if has_hashes else heading_levels[1] - 1)
    elif 0 in heading_levels and heads_whole_text([parts[number].text_in(text) for number in heading_levels]):
        heading_levels[0] = min(heading_levels.values()) - 1
    level_below_labels = max(heading_levels.values(), default=0) + 1
    closing = closing_title(text, parts)
    open_headings: list[int] = []
    for unit_number in sorted({*heading_levels, *_further_labels(text, parts), closing, len(parts)}):
        level = heading_levels.get(unit_number, level_below_labels)
        while open_headings and (
            unit_number == len(parts)
            or heading_levels[open_headings[-1]] >= level
            or (level == level_below_labels and _is_label_alike(text, parts, open_headings[-1]))
            or (unit_number == closing and _is_numbered(text, parts[open_headings[-1]]))
        ):
            open_heading = open_headings.pop()
            unit_relations[open_heading] = unit_relations[open_heading]._replace(
                section=_span(parts, open_heading + 1, unit_number)
            )
            for unit_below in range(open_heading + 1, unit_number):
                if unit_relations[unit_below].heading is None:
                    unit_relations[unit_below] = unit_relations[unit_below]._replace(heading=open_heading)
        if unit_number in heading_levels:
            open_headings.append(unit_number)


def _further_labels(text: str, parts: Sequence[SplitUnit]) -> Iterator[int]:
    """The places of the titles, parted from what is above them, that the splitter calls labels or lead-ins."""
    for number, part in enumerate(parts):
        is_title = part.kind == "label" or (part.kind == "lead-in" and not _ENDS_AS_STATEMENT.search(text, *part.span))
        if is_title and number and text.count("\n", parts[number - 1].end, part.start) > 1:
            yield number


def _is_label_alike(text: str, parts: Sequence[SplitUnit], heading: int) -> bool:
    """Whether a heading stands right above its text, as labels do, with no number, in small letters, and not first."""
    title = parts[heading].text_in(text)
    return (
        heading > 0
        and text.count("\n", parts[heading].end, parts[heading + 1].start) == 1
        and title[0].isalpha()
        and not title.isupper()
        and not any(character.isdigit() or character == "\n" for character in title)
    )


def _is_numbered(text: str, heading: SplitUnit) -> bool:
    return _OUTLINE_NUMBER.match(heading.text_in(text).lstrip("# ")) is not None


def _runs_in(text: str, parts: Sequence[SplitUnit], number: int) -> bool:
    """Whether the text under a heading begins on its line."""
    return number + 1 < len(parts) and "\n" not in text[parts[number].end : parts[number + 1].start]


def heading_level(heading: str) -> int:
    """The level of a heading of plain text: 1 for the highest."""
    if hashes := _HASHES.match(heading):
        return len(hashes.group(1))
    number = _OUTLINE_NUMBER.match(heading)
    depth = number.group().count(".") if number else 0
    return 1 if _UNDERLINED_TWICE.search(heading) or is_wide_section(heading) else 2 + depth


def _span(parts: Sequence[SplitUnit], first: int, end: int) -> Span:
    """The text of the units from ``first`` up to ``end``; an empty span after the one before where there are none."""
    return (
        Span(parts[first].start, parts[end - 1].end)
        if first < end
        else Span(parts[first - 1].end, parts[first - 1].end)
    )
