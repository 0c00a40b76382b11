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
        needs = tuple(places[need] for need in self.needs if need in places)
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
        heads = [i if relation.head is None else relation.head for i, relation in enumerate(self.relations)]
        scores = np.maximum(scores, scores[heads])
        headings = [relation.heading for relation in self.relations]
        best = max((scores[heading] for heading in headings if heading is not None), default=0.0)
        if best <= 0:
            return scores
        shares = [1.0 if heading is None else scores[heading] / best for heading in headings]
        return scores * (1 - _SHARE_OF_HEADING + _SHARE_OF_HEADING * np.array(shares))

    def units(self, scores: npt.NDArray[np.float64], ranks: Iterator[tuple[Tier, bool]]) -> tuple[Unit, ...]:
        """The units with their scores; ``ranks`` has the tier of each, and whether it is relevant."""
        return tuple(
            Unit(*span, score, *next(ranks), tuple(self.spans[i] for i in relation.needs), relation.section)
            for span, score, relation in zip(self.spans, scores.tolist(), self.relations, strict=True)
        )


def outline(segment: Segment, budget: Budget, *, longest_block: int | None = None) -> Outline:
    """The outline of what ``segment`` has of its document; what ``budget`` protects is in one unit.

    :param longest_block: characters from which code and JSON are chosen from line by line.
    """
    text = segment.document.text
    parts = _joined(_paired(units(text, longest_block=longest_block)), budget.protect(text))
    related = relations(text, parts)
    headings = [_named(text, parts, relation.heading) for relation in related]
    if segment.text == text:
        spans = tuple(Span(part.start, part.end) for part in parts)
        return Outline(spans, tuple(related), tuple(headings), tuple(part.kind in _RECORDS for part in parts))
    return _held(segment, parts, related, headings)


def _held(
    segment: Segment, parts: Sequence[SplitUnit], related: Sequence[Relation], headings: Sequence[str]
) -> Outline:
    """The outline of the pieces that ``segment`` has: a unit may be in several, or without what it needs."""
    pieces: list[tuple[int, Span]] = []
    first = 0
    for number, (start, end, _) in enumerate(parts):
        while first < len(segment.spans) and segment.spans[first].end <= start:
            first += 1
        index = first
        while index < len(segment.spans) and segment.spans[index].start < end:
            piece = Span(max(start, segment.spans[index].start), min(end, segment.spans[index].end))
            if not segment.document.text[piece.start : piece.end].isspace():
                pieces.append((number, piece))
            index += 1
    places: dict[int, int] = {}
    for place, (number, _) in enumerate(pieces):
        places.setdefault(number, place)
    moved = [related[number].moved(places) for number, _ in pieces]
    numbers = [number for number, _ in pieces]
    return Outline(
        tuple(span for _, span in pieces),
        tuple(moved),
        tuple(headings[number] for number in numbers),
        tuple(parts[number].kind in _RECORDS for number in numbers),
    )


def _paired(apart: Sequence[SplitUnit]) -> list[SplitUnit]:
    """The units, each question and the first unit of its answer as one: they are read, and kept, together."""
    paired: list[SplitUnit] = []
    for before, unit in pairwise([None, *apart]):
        if unit is not None and before is not None and (before.kind, unit.kind) == ("question", "answer"):
            paired[-1] = before._replace(end=unit.end)
        elif unit is not None:
            paired.append(unit)
    return paired


def _joined(apart: Sequence[SplitUnit], protected: Sequence[Span]) -> Sequence[SplitUnit]:
    """The units, those that a protected span runs across joined into one."""
    spans = whole_protected([Span(unit.start, unit.end) for unit in apart], protected)
    if len(spans) == len(apart):
        return apart
    joined: list[SplitUnit] = []
    first = 0
    for start, end in spans:
        after = first
        while after < len(apart) and apart[after].end <= end:
            after += 1
        joined.append(SplitUnit(start, end, apart[first].kind if after == first + 1 else "sentence"))
        first = after
    return joined


def _named(text: str, parts: Sequence[SplitUnit], heading: int | None) -> str:
    return "" if heading is None else text[parts[heading].start : parts[heading].end].strip("#=- \t\r\n")


def relations(text: str, parts: Sequence[SplitUnit]) -> list[Relation]:
    """The relations between the units of a text, one for each."""
    found = [Relation()] * len(parts)
    _relate_headings(text, parts, found)
    i = 0
    while i < len(parts):
        kind = parts[i].kind
        if kind == "lead-in":
            i = _relate_group(text, parts, found, i, _end_of(parts, i + 1, _HANGING))
        elif kind == "header":
            i = _relate_group(text, parts, found, i, _end_of(parts, i + 1, {"delimiter", "row"}))
        elif kind == "question":
            i = _relate_answers(parts, found, i)
        else:
            if kind == "margin":
                found[i] = Relation(section=_span(parts, i + 1, i + 1))
            i += 1
    return found


def _end_of(parts: Sequence[SplitUnit], first: int, kinds: frozenset[str] | set[str]) -> int:
    """The first place from ``first`` on of a unit of another kind."""
    while first < len(parts) and parts[first].kind in kinds:
        first += 1
    return first


def _relate_group(text: str, parts: Sequence[SplitUnit], found: list[Relation], lead: int, end: int) -> int:
    """Relate the units after ``lead``, up to ``end``, to it and to the header rows among them; the place after them."""
    if end == lead + 1:
        return end
    leads_only = parts[lead].kind == "header" or text[parts[lead].end - 1] in _COLONS
    found[lead] = found[lead]._replace(section=_span(parts, lead + 1, end) if leads_only else None)
    above = [lead]
    for i in range(lead + 1, end):
        if parts[i].kind == "header":
            rows_end = _end_of(parts, i + 1, {"delimiter", "row"})
            above = [lead, i]
            found[i] = found[i]._replace(needs=(lead,), section=_span(parts, i + 1, rows_end))
        elif parts[i].kind == "delimiter":
            found[i] = found[i]._replace(needs=tuple(above), section=_span(parts, i + 1, end))
        else:
            is_item = parts[i].kind == "item"
            found[i] = found[i]._replace(needs=tuple(above), head=lead if is_item else None)
    return end


def _relate_answers(parts: Sequence[SplitUnit], found: list[Relation], question: int) -> int:
    """Relate the rest of an answer to its question and its beginning; the place after it."""
    end = _end_of(parts, question + 1, {"answer"})
    for i in range(question + 1, end):
        found[i] = found[i]._replace(needs=(question,), head=question)
    return end


def _relate_headings(text: str, parts: Sequence[SplitUnit], found: list[Relation]) -> None:
    levels = {i: _level(text[unit.start : unit.end]) for i, unit in enumerate(parts) if unit.kind == "heading"}
    if len(levels) == len(parts):  # nothing but headings: they are the text
        return
    open_headings: list[int] = []
    for i in [*levels, len(parts)]:
        while open_headings and (i == len(parts) or levels[open_headings[-1]] >= levels[i]):
            heading = open_headings.pop()
            found[heading] = found[heading]._replace(section=_span(parts, heading + 1, i))
            for below in range(heading + 1, i):
                if found[below].heading is None:
                    found[below] = found[below]._replace(heading=heading)
        open_headings.append(i)


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
