"""The reader of wikitext."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from ragzip.text.forms import PlainForm
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import COLONS
from ragzip.text.spans import Span
from ragzip.text.structure.base import Relation, Structure
from ragzip.text.structure.formats.wikitext.markup import arguments, hidden_markup, plain, template_ends
from ragzip.text.structure.formats.wikitext.tables import WikiTable, table_ends, wiki_table
from ragzip.text.structure.keys import worded
from ragzip.text.structure.needs.governed import governed
from ragzip.text.structure.parts import Parts
from ragzip.text.structure.visible import read_visible

__all__ = ["read", "recognises"]

_SAMPLED_CHARACTERS = 60_000
_TABLE = pattern_of(r"^[ \t:]*+\{\|[^\n]*+\n(?>(?!\|\})[^\n]*+\n)*?\|-", re.MULTILINE)
_INFOBOX = pattern_of(r"^\{\{[ \t]*+(?:infobox|taxobox)\b", re.MULTILINE | re.IGNORECASE)
_HEADING = pattern_of(r"^(={1,6})[ \t]*+[^=\s](?>[^\n=]*+)(?>(?:=(?!=)[^\n=]++)*)\1[ \t]*+$", re.MULTILINE)
_LINK = pattern_of(r"\[\[(?>[^\W\d_][^\[\]|{}\n]{0,200})(?:\|[^\[\]{}\n]{1,300})?\]\]")
_BOLD = pattern_of(r"'''[^'\n]{1,200}'''")
_TEMPLATE = pattern_of(r"^\{\{[^\W\d_][^{}|\n]{0,100}(?:\||\}\}[ \t]*+$|\n[ \t]*+\|)", re.MULTILINE)
_MIN_LINKS = 2
_BLOCK = pattern_of(  # the beginning of a line that is no prose
    r"^(?:(?P<table>[ \t:]*+\{\|)|(?P<template>\{\{(?!\{))|(?P<heading>={1,6}(?=[ \t]*+[^=\s]))"
    r"|(?P<item>[*#:;]++[ \t]*+\S)|<(?P<code>pre|syntaxhighlight|source|math|poem)\b[^<>\n]{0,200}>"
    r"|(?P<rule>-{4,}[ \t]*+$)|(?P<category>\[\[[^\W\d_][\w-]{0,20}:[^\]\n]*+\]\][ \t]*+$))",
    re.MULTILINE,
)
_REST_OF_LINE = pattern_of(r"[ \t]*+$", re.MULTILINE)
_KEY = pattern_of(r"\|\s*([^=|{}\[\]\n]{1,80}?)\s*=")
_MIN_VALUES = 3  # of a template that is read by its lines
_MAX_WHOLE_CHARACTERS = 200  # of an item of a list that is one unit


def recognises(source: str) -> bool:
    """Whether a text of an unknown type surely is wikitext: it has a table or an infobox, or two other signs."""
    sample = source[:_SAMPLED_CHARACTERS]
    if _TABLE.search(sample) or (_INFOBOX.search(sample) and "}}" in sample):
        return True
    links = len(_LINK.findall(sample)) if "[[" in sample else 0
    is_bold = _BOLD.search(sample) is not None
    if is_bold and links >= _MIN_LINKS:
        return True
    return _HEADING.search(sample) is not None and (links > 0 or is_bold or _TEMPLATE.search(sample) is not None)


def read(source: str) -> Structure | None:
    """The structure of wikitext, None of a text without any markup of it."""
    hidden = hidden_markup(source)
    return read_visible(source, partial(_read, has_markup=bool(hidden)), hidden)


def _read(source: str, *, has_markup: bool) -> Structure | None:
    reader = _Reader(source)
    reader.add_all()
    if not (has_markup or reader.has_blocks):
        return None
    reader.relate_headings()
    return Structure("wikitext", tuple(governed(source, reader.parts.closed())), PlainForm(source))


class _Reader:
    """The units of the visible part of wikitext."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.parts = Parts(source)
        self.table_ends = table_ends(source)
        self.template_ends = template_ends(source)
        self.levels: dict[int, int] = {}  # of headings, by place
        self.categories: list[int] = []  # the places of the categories of the page
        self.items: list[tuple[int, int]] = []  # the depths and places of the items that the next one may stand under
        self.lead: int | None = None  # the place of the prose that leads the items below it
        self.has_blocks = False

    def add_all(self) -> None:
        """Add the blocks and the prose between them."""
        prose_start = place = 0
        while block := _BLOCK.search(self.source, place):
            end = self._end_of(block)
            if end is None:  # prose after all
                place = block.end()
                continue
            self.has_blocks = True
            self._add_prose(prose_start, block.start())
            if block.lastgroup != "item":
                self.items, self.lead = [], None
            self._add(block, end)
            prose_start = place = end
        self._add_prose(prose_start, len(self.source))

    def _end_of(self, block: re.Match[str]) -> int | None:
        """The end of a block, None where it is none after all."""
        line_end = self.source.find("\n", block.end())
        line_end = len(self.source) if line_end < 0 else line_end
        if block.lastgroup == "table":
            return self.table_ends.get(block.start())
        if block.lastgroup == "template":
            end = self.template_ends.get(block.start())
            return None if end is None or not _REST_OF_LINE.match(self.source, end) else end
        if block.lastgroup == "code":
            closing = f"</{block['code']}>"
            end = self.source.find(closing, block.end())
            return None if end < 0 else end + len(closing)
        if block.lastgroup == "heading":
            return line_end if _HEADING.match(self.source, block.start()) else None
        return line_end

    def _add(self, block: re.Match[str], end: int) -> None:
        span = Span(block.start(), end)
        if block.lastgroup == "table":
            self._add_table(wiki_table(self.source, span))
        elif block.lastgroup == "template":
            self._add_template(span)
        elif block.lastgroup == "item":
            self._add_item(span)
        elif block.lastgroup == "heading":
            self.levels[len(self.parts)] = len(block["heading"])
            self.parts.add(*span)
        elif block.lastgroup == "rule":
            self.parts.add(*span)
            self.parts.never_keep([len(self.parts) - 1])
        elif block.lastgroup == "category":
            self.categories.append(len(self.parts))
            self.parts.add(*span, is_record=True)
        else:
            self.parts.add(*span)

    def relate_headings(self) -> None:
        """Let headings come only with units below them; categories are of the page and end all sections."""
        self.parts.relate_headings(self.levels | dict.fromkeys(self.categories, 0))
        for place in self.categories:
            self.parts.units[place] = self.parts.units[place].related(section=None, heading=None)

    def _add_prose(self, start: int, end: int) -> None:
        places = self.parts.add_prose(start, end)
        if not places:
            return
        for place in places:
            unit = self.parts.units[place]
            text = self.source[unit.start : unit.end]
            if unit.reading is None and ("{{" in text or "<" in text):
                self.parts.units[place] = unit._replace(reading=plain(text))
        last = self.parts.units[places[-1]]
        self.items, self.lead = [], places[-1] if self.source[last.end - 1] in COLONS else None

    def _add_item(self, span: Span) -> None:
        """Add an item of a list, which needs those that it stands under, and the prose that leads the list."""
        text = self.source[slice(*span)]
        marks = text[: len(text) - len(text.lstrip("*#:;"))]
        depth = 2 * len(marks) - marks.endswith(";")  # a term is over its definition
        while self.items and self.items[-1][0] >= depth:
            self.items.pop()
        needs = [place for _, place in self.items] + ([] if self.lead is None else [self.lead])
        first = len(self.parts)
        if len(text) <= _MAX_WHOLE_CHARACTERS:
            self.parts.add(*span, Relation(tuple(needs)), reading=plain(text) if "{{" in text else None)
        else:
            self.parts.add_prose(*span, needs)
        if first < len(self.parts):
            self.items.append((depth, first))
            if self.lead is not None:
                self.parts.lead(self.lead, self.parts.units[self.lead].end, span.end)

    def _add_template(self, template: Span) -> None:
        """Add a template: one with a value a line by its values, each with the lines that open and close it."""
        source = self.source
        name, *values = arguments(source, template)
        is_by_line = len(values) >= _MIN_VALUES and all(
            "\n" in source[slice(*before)] for before in [name, *values[:-1]]
        )
        if not values:
            place = self.parts.add(*template)
            self.parts.never_keep([] if place is None else [place])  # it says nothing of what it shows
        elif is_by_line:
            self._add_values(template, name, values)
        else:
            self._add_whole(template, [name, *values])

    def _add_whole(self, template: Span, parts: Sequence[Span]) -> None:
        texts = [plain(self.source[slice(*part)].lstrip("|")) for part in parts]
        self.parts.add(*template, reading=f"{texts[0]}: {', '.join(filter(None, texts[1:]))}", is_record=True)

    def _add_values(self, template: Span, name: Span, values: Sequence[Span]) -> None:
        section = Span(values[0].start, values[-1].end)
        opening = self.parts.add(template.start, name.end, Relation(section=section))
        closing = len(self.parts) + len(values)
        for value in values:
            text = self.source[slice(*value)]
            key = _KEY.match(text)
            label, said = "", plain(text[1:])
            if key is not None:
                label, said = f"{worded(key[1].replace('_', ' '))}: ", plain(text[key.end() :])
            needs = (closing,) if opening is None else (opening, closing)
            place = self.parts.add(*value, Relation(needs), reading=f"{label}{said}", is_record=True)
            if not said and place is not None:
                self.parts.never_keep([place])
        self.parts.add(template.end - 2, template.end, Relation(section=section))

    def _add_table(self, table: WikiTable) -> None:
        heads = table.head_count
        if not table.rows:
            self.parts.add(table.opening.start, table.closing.end)
            return
        section = Span(table.rows[min(heads, len(table.rows) - 1)].span.start, table.rows[-1].span.end)
        first = len(self.parts)
        self.parts.add(*table.opening, Relation(section=section))
        closing = first + 1 + len(table.rows)
        label: int | None = None
        for number, (row, reading) in enumerate(zip(table.rows, table.readings(), strict=True)):
            if number < heads:
                self.parts.add(*row.span, Relation(section=section))
                continue
            needs = [first, *range(first + 1, first + 1 + heads), closing]
            needs += (first + 1 + above for above in row.reaching)
            if row.is_head and len(set(row.values)) == 1:  # it is over the rows below it
                label = len(self.parts)
                self.parts.add(*row.span, Relation(tuple(needs), section=_rows_under(table, number)))
                continue
            needs += [] if label is None else [label]
            self.parts.add(*row.span, Relation(tuple(needs)), reading=reading, is_record=True)
        self.parts.add(*table.closing, Relation(section=section))


def _rows_under(table: WikiTable, label: int) -> Span:
    """The rows from below a label to the next one."""
    below: Iterator[int] = (
        number
        for number, row in enumerate(table.rows[label + 1 :], label + 1)
        if row.is_head and len(set(row.values)) == 1
    )
    end = next(below, len(table.rows))
    return Span(table.rows[label].span.end, table.rows[end - 1].span.end)
