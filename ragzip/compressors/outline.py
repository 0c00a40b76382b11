"""The units of a document with what they cannot be read without.

A list item needs its lead-in, a row its header, a question its answer. Headings, lead-ins and headers say something
about a section: they come only with a unit of it. The margins of a page (headers, footers, numbers) never come.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.fitting.choose import whole_protected
from ragzip.text.spans import Span
from ragzip.text.splitters import SplitUnit, units
from ragzip.types import Budget, Segment, Tier, Unit

__all__ = ["Outline", "Relation", "outline", "relations"]

_HANGING = frozenset(["item", "header", "delimiter", "row", "record", "code", "json"])  # what a lead-in leads to
_RECORDS = frozenset(["row", "record", "json"])
_HASHES = re.compile(r"\s{0,3}(#{1,6})(?:\s|$)")
_UNDERLINED_TWICE = re.compile(r"\n\s{0,3}=+\s*$")
_COLONS = ":：—"
_SHARE_OF_HEADING = 0.2


class Relation(NamedTuple):
    """Of one unit to others, by their place: ``needs``, those without which it cannot be read; ``head``, the question
    or lead-in that it belongs to; ``heading``, the innermost one over it. ``section``: see :class:`ragzip.types.Unit`.
    """

    needs: tuple[int, ...] = ()
    head: int | None = None
    section: Span | None = None
    heading: int | None = None

    def moved(self, places: Mapping[int, int]) -> Relation:
        """The same with other places; what has none is no longer there."""
        needs = tuple(places[needed_unit] for needed_unit in self.needs if needed_unit in places)
        head = None if self.head is None else places.get(self.head)
        return Relation(needs, head, self.section, None if self.heading is None else places.get(self.heading))


@dataclass(frozen=True)
class Outline:
    """The units that a segment still has of its document, in order: where they stand, how they are related, and the
    heading over each ("" where there is none), and which are records: rows, log lines, JSON values.
    """

    spans: tuple[Span, ...]
    relations: tuple[Relation, ...]
    headings: tuple[str, ...]
    records: tuple[bool, ...]

    def related_scores(self, scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """``scores`` of the units, each at least that of the question or lead-in it belongs to, and less where the
        heading over it is worse than the best one: equal sentences under two headings answer different queries.
        *Shape:* (n,) both.
        """
        if not len(scores):
            return scores
        head_of_unit = [
            number if relation.head is None else relation.head for number, relation in enumerate(self.relations)
        ]
        scores = np.maximum(scores, scores[head_of_unit])
        headings = [relation.heading for relation in self.relations]
        best_heading_score = max((scores[heading] for heading in headings if heading is not None), default=0.0)
        if best_heading_score <= 0:
            return scores
        heading_shares = [1.0 if heading is None else scores[heading] / best_heading_score for heading in headings]
        return scores * (1 - _SHARE_OF_HEADING + _SHARE_OF_HEADING * np.array(heading_shares))

    def units(self, scores: npt.NDArray[np.float64], ranks: Iterator[tuple[Tier, bool]]) -> tuple[Unit, ...]:
        """The units with their scores; ``ranks`` has the tier of each, and whether it is relevant."""
        return tuple(
            Unit(*span, score, *next(ranks), tuple(self.spans[needed] for needed in relation.needs), relation.section)
            for span, score, relation in zip(self.spans, scores.tolist(), self.relations, strict=True)
        )


def outline(segment: Segment, budget: Budget, *, longest_block: int | None = None) -> Outline:
    """The outline of what ``segment`` has of its document; what ``budget`` protects is in one unit.

    :param longest_block: characters from which code and JSON are chosen from line by line.
    """
    source = segment.document.text
    split_units = _joined(_paired(units(source, longest_block=longest_block)), budget.protect(source))
    unit_relations = relations(source, split_units)
    heading_texts = [_named(source, split_units, relation.heading) for relation in unit_relations]
    if segment.text == source:
        unit_spans = tuple(Span(split_unit.start, split_unit.end) for split_unit in split_units)
        return Outline(
            unit_spans,
            tuple(unit_relations),
            tuple(heading_texts),
            tuple(split_unit.kind in _RECORDS for split_unit in split_units),
        )
    return _held(segment, split_units, unit_relations, heading_texts)


def _held(
    segment: Segment, parts: Sequence[SplitUnit], related: Sequence[Relation], headings: Sequence[str]
) -> Outline:
    """The outline of the pieces that ``segment`` has: a unit may be in several, or without what it needs."""
    held_pieces: list[tuple[int, Span]] = []
    first_span = 0
    for unit_number, (start, end, _) in enumerate(parts):
        while first_span < len(segment.spans) and segment.spans[first_span].end <= start:
            first_span += 1
        span_number = first_span
        while span_number < len(segment.spans) and segment.spans[span_number].start < end:
            held_piece = Span(max(start, segment.spans[span_number].start), min(end, segment.spans[span_number].end))
            if not segment.document.text[held_piece.start : held_piece.end].isspace():
                held_pieces.append((unit_number, held_piece))
            span_number += 1
    first_place_of_unit: dict[int, int] = {}
    for piece_number, (unit_number, _) in enumerate(held_pieces):
        first_place_of_unit.setdefault(unit_number, piece_number)
    moved_relations = [related[unit_number].moved(first_place_of_unit) for unit_number, _ in held_pieces]
    unit_numbers = [unit_number for unit_number, _ in held_pieces]
    return Outline(
        tuple(span for _, span in held_pieces),
        tuple(moved_relations),
        tuple(headings[unit_number] for unit_number in unit_numbers),
        tuple(parts[unit_number].kind in _RECORDS for unit_number in unit_numbers),
    )


def _paired(apart: Sequence[SplitUnit]) -> list[SplitUnit]:
    """The units, each question and the first unit of its answer as one: they are read, and kept, together."""
    paired_units: list[SplitUnit] = []
    for unit_before, unit in pairwise([None, *apart]):
        if unit is not None and unit_before is not None and (unit_before.kind, unit.kind) == ("question", "answer"):
            paired_units[-1] = unit_before._replace(end=unit.end)
        elif unit is not None:
            paired_units.append(unit)
    return paired_units


def _joined(apart: Sequence[SplitUnit], protected: Sequence[Span]) -> Sequence[SplitUnit]:
    """The units, those that a protected span runs across joined into one."""
    joined_spans = whole_protected([Span(unit.start, unit.end) for unit in apart], protected)
    if len(joined_spans) == len(apart):
        return apart
    joined_units: list[SplitUnit] = []
    first_unit = 0
    for start, end in joined_spans:
        unit_after = first_unit
        while unit_after < len(apart) and apart[unit_after].end <= end:
            unit_after += 1
        joined_units.append(
            SplitUnit(start, end, apart[first_unit].kind if unit_after == first_unit + 1 else "sentence")
        )
        first_unit = unit_after
    return joined_units


def _named(text: str, parts: Sequence[SplitUnit], heading: int | None) -> str:
    return "" if heading is None else text[parts[heading].start : parts[heading].end].strip("#=- \t\r\n")


def relations(text: str, parts: Sequence[SplitUnit]) -> list[Relation]:
    """The relations between the units of a text, one for each."""
    unit_relations = [Relation()] * len(parts)
    _relate_headings(text, parts, unit_relations)
    unit_number = 0
    while unit_number < len(parts):
        unit_kind = parts[unit_number].kind
        if unit_kind == "lead-in":
            unit_number = _relate_group(
                text, parts, unit_relations, unit_number, _end_of(parts, unit_number + 1, _HANGING)
            )
        elif unit_kind == "header":
            unit_number = _relate_group(
                text, parts, unit_relations, unit_number, _end_of(parts, unit_number + 1, {"delimiter", "row"})
            )
        elif unit_kind == "question":
            unit_number = _relate_answers(parts, unit_relations, unit_number)
        else:
            if unit_kind == "margin":
                unit_relations[unit_number] = Relation(section=_span(parts, unit_number + 1, unit_number + 1))
            unit_number += 1
    return unit_relations


def _end_of(parts: Sequence[SplitUnit], first: int, kinds: frozenset[str] | set[str]) -> int:
    """The first place from ``first`` on of a unit of another kind."""
    while first < len(parts) and parts[first].kind in kinds:
        first += 1
    return first


def _relate_group(text: str, parts: Sequence[SplitUnit], unit_relations: list[Relation], lead: int, end: int) -> int:
    """Relate the units after ``lead``, up to ``end``, to it and to the header rows among them; the place after them."""
    if end == lead + 1:
        return end
    leads_only = parts[lead].kind == "header" or text[parts[lead].end - 1] in _COLONS
    unit_relations[lead] = unit_relations[lead]._replace(section=_span(parts, lead + 1, end) if leads_only else None)
    units_above = [lead]
    for unit_number in range(lead + 1, end):
        if parts[unit_number].kind == "header":
            rows_end = _end_of(parts, unit_number + 1, {"delimiter", "row"})
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
            unit_relations[unit_number] = unit_relations[unit_number]._replace(
                needs=tuple(units_above), head=lead if is_item else None
            )
    return end


def _relate_answers(parts: Sequence[SplitUnit], unit_relations: list[Relation], question: int) -> int:
    """Relate the rest of an answer to its question and its beginning; the place after it."""
    last_answer = _end_of(parts, question + 1, {"answer"})
    for answer_number in range(question + 1, last_answer):
        unit_relations[answer_number] = unit_relations[answer_number]._replace(needs=(question,), head=question)
    return last_answer


def _relate_headings(text: str, parts: Sequence[SplitUnit], unit_relations: list[Relation]) -> None:
    heading_levels = {
        unit_number: _level(text[unit.start : unit.end])
        for unit_number, unit in enumerate(parts)
        if unit.kind == "heading"
    }
    if len(heading_levels) == len(parts):  # nothing but headings: they are the text
        return
    open_headings: list[int] = []
    for unit_number in [*heading_levels, len(parts)]:
        while open_headings and (
            unit_number == len(parts) or heading_levels[open_headings[-1]] >= heading_levels[unit_number]
        ):
            open_heading = open_headings.pop()
            unit_relations[open_heading] = unit_relations[open_heading]._replace(
                section=_span(parts, open_heading + 1, unit_number)
            )
            for unit_below in range(open_heading + 1, unit_number):
                if unit_relations[unit_below].heading is None:
                    unit_relations[unit_below] = unit_relations[unit_below]._replace(heading=open_heading)
        open_headings.append(unit_number)


def _level(heading: str) -> int:
    if hashes := _HASHES.match(heading):
        return len(hashes.group(1))
    return 1 if _UNDERLINED_TWICE.search(heading) else 2


def _span(parts: Sequence[SplitUnit], first: int, end: int) -> Span:
    """The text of the units from ``first`` up to ``end``; an empty span after the one before where there are none."""
    return (
        Span(parts[first].start, parts[end - 1].end)
        if first < end
        else Span(parts[first - 1].end, parts[first - 1].end)
    )
