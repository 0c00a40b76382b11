"""The units of a text, each kept or dropped as a whole."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from ragzip.process.memory import BoundedCache, strings_bytes
from ragzip.text.languages import language_of
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.cells import header_count, is_rule
from ragzip.text.splitters.citations import with_citations
from ragzip.text.splitters.definitions import body_starts, is_one_unit
from ragzip.text.splitters.double_spacing import closed_up
from ragzip.text.splitters.elements import elements
from ragzip.text.splitters.headings.labels import ANSWER_WORDS, QUESTION_WORDS, are_times, is_initial, label_letters
from ragzip.text.splitters.headings.lead_ins import announces_list, introduces_below
from ragzip.text.splitters.headings.list_heads import with_list_heads
from ragzip.text.splitters.headings.plain import (
    labels,
    opens_text,
    plain_headings,
    stands_as_heading,
    titles_in_capitals,
)
from ragzip.text.splitters.headings.run_in import labels_inside, run_in_heading, run_in_labels
from ragzip.text.splitters.headings.sections import with_sections
from ragzip.text.splitters.prose.breaks import STOP_AT_END, ends_in_term, goes_on_below, goes_on_from, goes_on_in_list
from ragzip.text.splitters.prose.region_sentences import sentence_spans_of, sentences_of_record
from ragzip.text.splitters.scanner import MarkdownKind, blocks, line_spans, stripped_end, trim
from ragzip.text.splitters.split_unit import SplitUnit, UnitKind
from ragzip.text.splitters.wrapping import Region, joined, regions

__all__ = ["lines", "sentences", "units"]


def units(text: str, *, longest_block: int | None = None, longest_item: int | None = None) -> tuple[SplitUnit, ...]:
    """The units of ``text``, in order.

    :param longest_block: characters above which code and JSON are split into lines, and list items into sentences;
        None: never.
    :param longest_item: the same for list items alone, where it is less.
    """
    whole_units = _units_by_text.get_or_compute(text, _units)
    longest_items = [longest for longest in (longest_block, longest_item) if longest is not None]
    if not longest_items or all(unit.end - unit.start <= min(longest_items) for unit in whole_units):
        return whole_units
    return tuple(
        piece
        for unit in whole_units
        for piece in _split_large(text, unit, min(longest_items) if unit.kind == "item" else longest_block)
    )


def _split_large(text: str, unit: SplitUnit, longest: int | None) -> Iterator[SplitUnit]:
    if longest is None or unit.end - unit.start <= longest or unit.kind not in ("code", "json", "item"):
        yield unit
    elif unit.kind == "item":
        for region in regions(text, [(unit.start, unit.end)]):
            yield from (SplitUnit(*span, "item") for span in sentence_spans_of(text, region, language_of(text)))
    else:
        yield from (SplitUnit(*line, unit.kind) for line in lines(text, unit.start, unit.end))


def sentences(text: str, *, longest_block: int | None = None) -> list[Span]:
    """Spans of the units of ``text``, of all kinds.

    :param longest_block: characters above which code and JSON are split into lines, and list items into sentences;
        None: never.
    """
    return [unit.span for unit in units(text, longest_block=longest_block)]


def _units(text: str) -> tuple[SplitUnit, ...]:
    language = language_of(text)
    letters = label_letters(text)
    collected: list[SplitUnit] = []
    for kind, block_run in groupby(
        with_citations(text, with_sections(text, blocks(text))), key=lambda block: block.kind
    ):
        block_spans = [(block.start, block.end) for block in block_run]
        if kind == "prose":
            collected += _prose_units(text, block_spans, language, letters)
            continue
        for start, end in block_spans:
            _mark_lead_in(text, collected, start, kind, is_first=start == block_spans[0][0])
            collected += _block_units(text, start, end, kind, language, letters)
    _mark_title(text, collected)
    for place in titles_in_capitals(text, [unit.span for unit in collected]):
        collected[place] = collected[place]._replace(kind="heading")
    return tuple(with_list_heads(text, collected))


def _mark_title(text: str, collected: list[SplitUnit]) -> None:
    """Make the first unit a heading where it stands alone above another one, or is worded as the title of a text."""
    if len(collected) < 2 or collected[0].kind not in ("sentence", "record"):
        return
    is_above_heading = collected[1].kind == "heading"
    if (is_above_heading and stands_as_heading(text, *collected[0].span, 0, collected[1].start)) or opens_text(
        text, *collected[0].span, collected[1].start
    ):
        collected[0] = collected[0]._replace(kind="heading")


def _block_units(
    text: str, start: int, end: int, kind: MarkdownKind, language: str | None, letters: frozenset[str]
) -> Iterator[SplitUnit]:
    if kind == "table":
        yield from _table_units(text, start, end)
    elif kind == "json":
        yield from (SplitUnit(*span, "json") for span in elements(text, start, end))
    elif kind == "list":
        yield from _item_units(text, start, end, language, letters)
    elif kind == "definition":
        yield from _definition_units(text, start, end)
    elif kind == "citation":
        yield SplitUnit(start, end, "record")
    elif kind != "prose":
        yield SplitUnit(start, end, kind)


def _definition_units(text: str, start: int, end: int) -> Iterator[SplitUnit]:
    """Terms with their definitions: one unit where that is short, else each definition is led by the terms."""
    if is_one_unit(text[start:end]):
        yield SplitUnit(start, end, "definition")
        return
    entry_lines = list(line_spans(text, start, end))
    starts = [entry_lines[number][0] for number in body_starts([text[slice(*line)] for line in entry_lines])]
    yield SplitUnit(start, stripped_end(text, start, starts[0]), "lead-in")
    for first, after in pairwise([*starts, end]):
        span = trim(text, first, after)
        if span is not None:
            yield SplitUnit(*span, "item")


def _item_units(text: str, start: int, end: int, language: str | None, letters: frozenset[str]) -> Iterator[SplitUnit]:
    """The unit of a list item with its continuation lines (indented or wrapped), and the units of any text after it."""
    item_lines = lines(text, start, end)
    end_index = 1
    while end_index < len(item_lines) and text[item_lines[end_index].start - 1] in " \t":
        end_index += 1
    if end_index == len(item_lines) or joined([text[line.start : line.end] for line in item_lines]):
        yield from (SplitUnit(*item, "item") for item in _items_in_line(text, start, end))
        return
    yield SplitUnit(start, item_lines[end_index - 1].end, "item")
    yield from _prose_units(text, [(item_lines[end_index].start, end)], language, letters)


def _items_in_line(text: str, start: int, end: int) -> Iterator[Span]:
    """The items of ``text[start:end]``: several where their numbers stand in running text, "1. Open it. 2. Wait."."""
    first_number = _NUMBER_OF_ITEM.match(text, start, end)
    starts = [start]
    if first_number is not None:
        number, mark = int(first_number.group("number")), first_number.group("mark")
        for next_number in range(number + 1, number + _MAX_ITEMS_IN_LINE):
            pattern = rf"(?<=[.!?;:,)]\s)\(?{next_number}{re.escape(mark)}\s+(?=[\"'“‘«(]?[^\W\d_a-z])"
            match = re.compile(pattern).search(text, starts[-1], end)
            if match is None:
                break
            starts.append(match.start())
    for item_start, next_start in pairwise([*starts, end]):
        yield Span(item_start, stripped_end(text, item_start, next_start))


def _table_units(text: str, start: int, end: int) -> Iterator[SplitUnit]:
    table_lines = lines(text, start, end)
    header_end = header_count([text[line.start : line.end] for line in table_lines])
    if header_end:
        yield SplitUnit(table_lines[0].start, table_lines[header_end - 1].end, "header")
    for line in table_lines[header_end:]:
        yield SplitUnit(*line, "delimiter" if is_rule(text[line.start : line.end]) else "row")


def _mark_lead_in(text: str, collected: list[SplitUnit], start: int, kind: MarkdownKind, *, is_first: bool) -> None:
    """Make the last sentence a lead-in where it ends in a colon, or is on the line above the first item of a list,
    before ``start``; the last record (a clause of a contract, a label) where it ends in a colon on the line above. One
    without a stop goes on in items, also after a blank line. A line alone may be the heading of a list or table.
    """
    if not collected or kind == "heading":
        return
    last_unit = collected[-1]
    ends_in_colon = text[last_unit.end - 1] in ":："
    is_line_above = kind == "list" and text.count("\n", last_unit.end, start) == 1
    has_stop = STOP_AT_END.search(text, *last_unit.span) is not None
    goes_on = is_first and not has_stop and _LETTERED_ITEM.match(text, start) is not None
    if last_unit.kind == "record":
        line = last_unit.text_in(text)
        is_open = is_first and (goes_on_below(line) or ends_in_term(line))
        introduces = is_line_above and (ends_in_colon or goes_on or is_open)
    else:
        introduces = last_unit.kind == "sentence" and (
            ends_in_colon
            or (is_line_above and is_first)
            or goes_on
            or (kind == "list" and announces_list(text, collected))
        )
    if introduces:
        collected[-1] = last_unit._replace(kind="lead-in")
    elif kind in ("list", "table") and is_first and last_unit.kind in ("sentence", "record"):
        end_before = collected[-2].end if len(collected) > 1 else 0
        if stands_as_heading(text, last_unit.start, last_unit.end, end_before, start):
            collected[-1] = last_unit._replace(kind="heading")
        elif kind == "list" and last_unit.kind == "sentence" and goes_on_in_list(text, *last_unit.span, start):
            collected[-1] = last_unit._replace(kind="lead-in")


def _prose_units(
    text: str, spans: list[tuple[int, int]], language: str | None, letters: frozenset[str]
) -> list[SplitUnit]:
    """The units of paragraphs that follow one another.

    :param letters: single letters that label questions and answers; others are initials of names.
    """
    collected: list[SplitUnit] = []
    openings: list[int] = []  # the places of the first sentences of paragraphs with several
    paragraphs = list(regions(text, closed_up(text, spans)))
    label_ends = labels(text, paragraphs)
    is_heading = plain_headings(text, paragraphs, label_ends)
    for index, region in enumerate(paragraphs):
        if index in label_ends:
            collected.append(SplitUnit(region.start, stripped_end(text, region.start, label_ends[index]), "label"))
            below = _below(text, region, label_ends[index])
            if below is None:
                continue
            region = below
        whole_kind = _kind_of_whole(text, region, letters) or ("heading" if is_heading[index] else None)
        if whole_kind is not None:
            collected.append(SplitUnit(region.start, region.end, whole_kind))
        elif region.kind == "prose":
            sentence_units = _sentence_units(text, region, language)
            if len(sentence_units) > 1:
                openings.append(len(collected))
            collected += _with_items(text, sentence_units)
        elif region.kind == "record" and (spans_of_record := sentences_of_record(text, region, language)):
            collected += [SplitUnit(*span, "sentence") for span in spans_of_record]
        elif region.kind == "record" and collected and _goes_on(text, collected[-1], region):
            collected[-1] = collected[-1]._replace(end=region.end)
        else:
            collected.append(SplitUnit(region.start, region.end, region.kind))
        if index + 1 < len(paragraphs) and introduces_below(text, collected[-1], paragraphs[index + 1]):
            collected[-1] = collected[-1]._replace(kind="lead-in")
    _mark_run_in(text, collected, openings)
    return collected


def _kind_of_whole(text: str, region: Region, letters: frozenset[str]) -> UnitKind | None:
    """The kind of a paragraph that its first or last signs make one unit: "Q: …", "**In bold**"; None of others."""
    source = text[region.start : region.end]
    if region.kind in ("prose", "record"):
        label = _QUESTION_OR_ANSWER.match(source)
        if label and not is_initial(source, 0, letters):
            return "question" if label.group(1) else "answer"
    bold_line = _BOLD_LINE.match(source)
    if bold_line is None:
        return None
    return "question" if bold_line.group(1) in "?？" else "heading"


def _sentence_units(text: str, region: Region, language: str | None) -> list[SplitUnit]:
    """The sentences of a paragraph, those that label what follows as headings."""
    sentence_units = [
        unit
        for span in sentence_spans_of(text, region, language)
        for unit in _without_margins(text, span, region.margins)
    ]
    if len(sentence_units) > 1 and run_in_heading(text, sentence_units[0].span):
        sentence_units[0] = sentence_units[0]._replace(kind="heading")
    for place in labels_inside([unit.text_in(text) for unit in sentence_units]):
        sentence_units[place] = sentence_units[place]._replace(kind="heading")
    return sentence_units


def _mark_run_in(text: str, collected: list[SplitUnit], openings: Sequence[int]) -> None:
    """Make the first sentences of paragraphs, at the places ``openings``, headings where they label the others; times
    labels.
    """
    sentences_by_place = {place: collected[place].text_in(text) for place in openings}
    run_in = run_in_labels(list(sentences_by_place.values()))
    for place, sentence in sentences_by_place.items():
        if collected[place].kind == "sentence" and sentence in run_in:
            collected[place] = collected[place]._replace(kind="heading")
    for place, is_time in zip(openings, are_times(list(sentences_by_place.values())), strict=True):
        if is_time:
            collected[place] = collected[place]._replace(kind="label")


def _below(text: str, region: Region, label_end: int) -> Region | None:
    """The rest of a region after the label at its beginning; None without any."""
    span = trim(text, label_end, region.end)
    if span is None:
        return None
    return region._replace(
        start=span.start, end=span.end, flat=region.flat[span.start - region.start :][: span.end - span.start]
    )


def _with_items(text: str, sentence_units: list[SplitUnit]) -> list[SplitUnit]:
    """Sentences of a paragraph, the numbered ones after a colon as items of a list: "Not covered are: 1. War."."""
    lead = next(
        (
            place
            for place in range(len(sentence_units) - 1)
            if text[sentence_units[place].end - 1] in ":："
            and _NUMBER_OF_ITEM.match(text, sentence_units[place + 1].start)
        ),
        None,
    )
    if lead is None:
        return sentence_units
    last = max(
        place for place, unit in enumerate(sentence_units) if place > lead and _NUMBER_OF_ITEM.match(text, unit.start)
    )
    items = [unit._replace(kind="item") for unit in sentence_units[lead + 1 : last + 1]]
    return [
        *sentence_units[:lead],
        sentence_units[lead]._replace(kind="lead-in"),
        *items,
        *sentence_units[last + 1 :],
    ]


def _goes_on(text: str, last_unit: SplitUnit, region: Region) -> bool:
    """Whether a line goes on with the one right above it."""
    is_next_line = last_unit.kind == "record" and text.count("\n", last_unit.end, region.start) == 1
    return is_next_line and goes_on_from(last_unit.text_in(text), text[region.start : region.end])


def _without_margins(text: str, sentence: Span, margins: Sequence[tuple[int, int]]) -> Iterator[SplitUnit]:
    """The parts of a sentence between the margins of pages that stand in it, and these."""
    kind: UnitKind = "sentence"
    start = sentence.start
    first, after = (bisect_left(margins, (place, 0)) for place in sentence)
    for margin_start, margin_end in margins[first:after]:
        if part := trim(text, start, margin_start):
            yield SplitUnit(*part, kind)
            kind = "rest"
        yield SplitUnit(margin_start, margin_end, "margin")
        start = margin_end
    if part := trim(text, start, sentence.end):
        yield SplitUnit(*part, kind)


_QUESTION_OR_ANSWER = pattern_of(
    rf"(?:\*\*|__)?(?:({QUESTION_WORDS})|(?:{ANSWER_WORDS}))"
    r" ?\d{0,3}(?:\*\*|__)? ?(?:[:：]|[.)．](?=[ \u3000\u3040-\u30ff\u3400-\u9fff]))",
)
_LETTERED_ITEM = pattern_of(r"\(?[aаα]\)\s")
_NUMBER_OF_ITEM = pattern_of(r"\(?(?P<number>\d{1,3})(?P<mark>[.)])\s")
_MAX_ITEMS_IN_LINE = 100
_BOLD_LINE = pattern_of(r"(?:\*\*|__)[^*_\n]{1,99}([^*_\n.!:;,])(?:\*\*|__)$")  # a line in bold type alone

_units_by_text: BoundedCache[str, tuple[SplitUnit, ...]] = BoundedCache(  # a text is split again for every query
    2**24, lambda text, units: strings_bytes(text, units) + 72 * len(units)
)


def lines(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the lines of ``text[start:end]`` that are not blank, without white space at their ends."""
    end = len(text) if end is None else end
    return [trimmed for line in line_spans(text, start, end) if (trimmed := trim(text, *line))]
