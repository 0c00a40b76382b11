"""Notices that a statement elsewhere in the text was wrong, or that something is called off: "Correction: ...",
"Cancelled.".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import column_of
from ragzip.text.splitters.prose.breaks import STOP_AT_END
from ragzip.text.statuses import begins_with_status
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.corrections import MAX_NOTICES, begins_with_correction, is_corrected, misstated
from ragzip.text.structure.needs.outcomes import makes_request
from ragzip.text.structure.needs.paragraphs import (
    LIST_MARKER,
    begins_paragraph,
    in_one_paragraph,
    is_next_sentence,
    is_statement,
)
from ragzip.text.words import content

__all__ = ["corrections", "statuses"]

_LABEL = pattern_of(r"[^\W\d_][^:.!?\n]{0,60}:\s")
_MAX_SENTENCES_INSIDE = 2  # of a notice in the middle of a paragraph
_MAX_UNITS_ABOVE = 8  # a status, back to the heading that it says something of


def corrections(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Pairs of units, the first of which needs the second: sentences with the notice that corrects them, and the
    sentences of the notice with each other: those up to the end of the paragraph, or the next one where the notice is
    inside of a paragraph.
    """
    notices = [number for number in range(len(units)) if _is_notice(source, units, number)]
    if not 0 < len(notices) <= MAX_NOTICES:
        return
    words_by_unit = [content(source[slice(*unit.span)]) for unit in units]
    for first, after in pairwise([*notices, len(units)]):
        max_sentences = len(units) if begins_paragraph(source, units, first) else _MAX_SENTENCES_INSIDE
        notice = [first]
        while (
            len(notice) < max_sentences
            and notice[-1] + 1 < after
            and is_next_sentence(source, units[notice[-1]], units[notice[-1] + 1])
        ):
            notice.append(notice[-1] + 1)
        notice_text = source[units[first].start : units[notice[-1]].end]
        notice_words, misstated_words = content(notice_text), misstated(notice_text)
        for number, (unit, words) in enumerate(zip(units, words_by_unit, strict=True)):
            is_outside = number not in notice and is_statement(unit)
            if is_outside and is_corrected(words, notice_words, misstated_words):
                yield from ((number, part) for part in notice)
        yield from ((part, other) for part in notice for other in notice if other != part)


def _is_notice(source: str, units: Sequence[StructuredUnit], number: int) -> bool:
    """Whether a notice of an error begins with a unit."""
    unit = units[number]
    begins_line = number == 0 or not in_one_paragraph(source, units[number - 1], unit)
    may_begin = begins_line or not begins_paragraph(source, units, number)
    return may_begin and is_statement(unit) and begins_with_correction(source, unit.start)


def statuses(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """The needs around a bare status, "Cancelled.", as pairs of a unit and one that it needs: the units above it, up to
    the heading, need it, or, right below a heading, the units below it; and it needs the unit that names its subject.
    """
    last_status = -1
    for number, unit in enumerate(units):
        may_be_status = is_statement(unit) or _is_item(source, units, number)
        if not may_be_status or not begins_with_status(source, unit.start, unit.end):
            continue
        if lines_below := _lines_headed(source, units, number):
            yield from ((place, number) for place in lines_below)
            last_status = lines_below[-1]
            continue
        if not begins_paragraph(source, units, number) and makes_request(source[slice(*units[number - 1].span)]):
            continue
        line = _entry_of(source, units, number)
        if line is not None:
            yield from ((place, number) for place in line)
            yield number, line.start
            last_status = number
            continue
        heading = unit.relation.heading
        above = _above(source, units, number, max(last_status + 1, number - _MAX_UNITS_ABOVE))
        yield from ((place, number) for place in above)
        if heading is not None and heading == above.start - 1:
            yield number, heading
        elif above:
            yield number, above.start
        for place in range(number + 1, _end_below(source, units, number)):
            if units[place].relation.section is None:
                yield place, number
        last_status = number


def _entry_of(source: str, units: Sequence[StructuredUnit], number: int) -> range | None:
    """The places before the status at ``number`` on its line, where that and the line above or below have labels:
    "Motion 4: plant trees. Withdrawn."; None elsewhere.
    """
    first = number
    while number - first <= _MAX_UNITS_ABOVE and first and not _is_parted(source, units, first):
        first -= 1
    if first == number or not _LABEL.match(source, units[first].start):
        return None
    after = number + 1
    neighbours = [units[after].start] if after < len(units) and _is_parted(source, units, after) else []
    if first > 0:
        neighbours.append(source.rfind("\n", 0, units[first - 1].end) + 1)
    return range(first, number) if any(_LABEL.match(source, start) for start in neighbours) else None


def _is_parted(source: str, units: Sequence[StructuredUnit], place: int) -> bool:
    """Whether a unit begins on another line than the one before it ends on."""
    return "\n" in source[units[place - 1].end : units[place].start]


def _above(source: str, units: Sequence[StructuredUnit], number: int, nearest: int) -> range:
    """The places from ``nearest`` on, before the status at ``number``, of the units that it is the status of."""
    unit = units[number]
    parents = [place for place in unit.relation.needs if nearest <= place < number and _is_item(source, units, place)]
    if parents:
        return range(max(parents), number)
    is_item = _is_item(source, units, number)
    first = number
    while first > nearest and units[first - 1].relation.section is None:
        if is_item and not (
            _is_item(source, units, first - 1) and units[first - 1].relation.head == unit.relation.head
        ):
            break
        if not is_item and not begins_paragraph(source, units, number) and begins_paragraph(source, units, first):
            break
        first -= 1
        is_further_in = column_of(source, unit.start) > column_of(source, units[first].start)
        if not is_item and _is_item(source, units, first) and is_further_in:
            return range(first, number)
    is_below_heading = first > 0 and units[first - 1].relation.section is not None
    if is_item or is_below_heading or not begins_paragraph(source, units, number):
        return range(first, number)
    first = number
    while first > nearest and (first == number or in_one_paragraph(source, units[first - 1], units[first])):
        first -= 1
    return range(first, number)


def _lines_headed(source: str, units: Sequence[StructuredUnit], number: int) -> range:
    """The lines right below a status that stands over them, after a blank line: "Cancelled" above "11:30 Parking"."""
    if not number or source.count("\n", units[number - 1].end, units[number].start) < 2:
        return range(0)
    end = number + 1
    while end < len(units) and source.count("\n", units[end - 1].end, units[end].start) == 1:
        end += 1
    is_head = all(unit.is_record and not STOP_AT_END.search(source[slice(*unit.span)]) for unit in units[number:end])
    return range(number + 1, end if is_head else number + 1)


def _end_below(source: str, units: Sequence[StructuredUnit], number: int) -> int:
    """The end of the units below the status at ``number`` that it holds for: the section that begins with it, or the
    paragraph.
    """
    heading = units[number].relation.heading
    is_first = number == 0 or number - 1 == heading
    end = number + 1
    while end < len(units) and not begins_with_status(source, units[end].start, units[end].end):
        if not (units[end].relation.heading == heading if is_first else not begins_paragraph(source, units, end)):
            break
        end += 1
    return end


def _is_item(source: str, units: Sequence[StructuredUnit], place: int) -> bool:
    return units[place].relation.section is None and LIST_MARKER.match(source, units[place].start) is not None
