"""The units that a segment still has of its document, with what they cannot be read without."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.compressors.companions import needs_with_companions
from ragzip.compressors.opening import structure_within
from ragzip.fitting.choose import whole_protected
from ragzip.pages.form import PageForm
from ragzip.pages.units import units_of_page
from ragzip.process.lazy_property import lazy_property
from ragzip.text.forms import Form
from ragzip.text.languages import language_of
from ragzip.text.references.sentences import says_of_what_it_speaks, seems_to_refer
from ragzip.text.scores import Scores
from ragzip.text.spans import Span
from ragzip.text.splitters.prose.statements import main_statement
from ragzip.text.structure import (
    Aside,
    Item,
    NamedSource,
    Relation,
    StructuredUnit,
    joined,
    structure_of_document,
)
from ragzip.text.structure.formats.prose.reader import read_prose
from ragzip.types import Budget, Document, Segment, Tier, Unit

__all__ = ["ChunkUnits", "Outline", "outline", "reopened", "structured"]

_SHARE_OF_HEADING = 0.2
_SHARE_OF_LACKING = 0.01  # of what a unit lacks to the score of its question or lead-in


class ChunkUnits(NamedTuple):
    """A text that was cut off a longer one, perhaps: a document, or a source in one. ``units`` are the numbers of its
    units, ``span`` is its place in the document.
    """

    title: str | None
    span: Span
    units: range


@dataclass(frozen=True)
class Outline:
    """The units that a segment still has of its document, in order: where they stand, how they are related, and the
    heading over each ("" where there is none); which are records: rows, log lines, JSON values; what a model reads in
    the place of each (None: its text); and the group of each, what it is beside the text proper, and the records that
    it is in, see :class:`~ragzip.text.structure.base.StructuredUnit`.

    :param parts: the numbers of the units that are a part of one that another document of the call has whole.
    :param halves: those of the units that make a sentence together with one of another document.
    :param sources: those in the text, each of which is read as a text by itself.
    """

    spans: tuple[Span, ...]
    relations: tuple[Relation, ...]
    headings: tuple[str, ...]
    records: tuple[bool, ...]
    readings: tuple[str | None, ...]
    groups: tuple[int | None, ...]
    asides: tuple[Aside | None, ...]
    items: tuple[tuple[Item, ...], ...] = ()
    parts: frozenset[int] = frozenset()
    halves: frozenset[int] = frozenset()
    sources: tuple[NamedSource, ...] = ()

    @lazy_property
    def around_sources(self) -> frozenset[int]:
        """The numbers of the units that name a source, or close it."""
        starts = [source.span.start for source in self.sources]
        around: set[int] = set()
        for number, (start, _) in enumerate(self.spans):
            source = self.sources[bisect_right(starts, start) - 1] if starts and starts[0] <= start else None
            if source is not None and start < source.span.end and start not in range(*source.text):
                around.add(number)
        return frozenset(around)

    def chunks(self, source: str) -> list[ChunkUnits]:
        """The chunks in ``source``, which is the text of the document: its sources, or itself."""
        if not self.sources:
            return [ChunkUnits(None, Span(0, len(source)), range(len(self.spans)))]
        starts = [span.start for span in self.spans]
        return [
            ChunkUnits(title, text, range(bisect_left(starts, text.start), bisect_left(starts, text.end)))
            for _, text, title in self.sources
        ]

    def text_of(self, number: int, source: str) -> str:
        """The text that a model reads in place of a unit of ``source``."""
        reading = self.readings[number]
        return source[slice(*self.spans[number])] if reading is None else reading

    def related_scores(self, scores: Scores, titles: Set[int] = frozenset()) -> Scores:
        """The scores of the units, combined with those of the units that each is read with. *Shape:* (n,) both.

        - A unit is about as good as the question or lead-in it belongs to, if not better; those of one list keep the
          order of their own scores.
        - A unit under a heading that is worse than the best one is worse: equal sentences under two headings answer
          different queries. Not under ``titles``, with which a model reads all that is below.
        - A question of a conversation has the mean of its own score and that of its answer, with which it comes.
        - The best unit below a heading that all need is as good as it, records in proportion; not below ``titles``.

        :param titles: headings that are titles of the document, or of a source in it.
        """
        if not len(scores):
            return scores
        scores = self._with_needed_headings(scores, titles)
        answers = {number: list(relation.answers) for number, relation in enumerate(self.relations) if relation.answers}
        if answers:
            answer_scores = [scores[numbers].max() for numbers in answers.values()]
            scores = scores.copy()
            scores[list(answers)] = (scores[list(answers)] + answer_scores) / 2
        head_of_unit = [
            number if relation.head is None else relation.head for number, relation in enumerate(self.relations)
        ]
        lacking = np.maximum(scores[head_of_unit] - scores, 0.0)
        scores = np.maximum(scores, scores[head_of_unit] - _SHARE_OF_LACKING * lacking)
        headings = [None if relation.heading in titles else relation.heading for relation in self.relations]
        best_heading_score = max((scores[heading] for heading in headings if heading is not None), default=0.0)
        if best_heading_score <= 0:
            return scores
        heading_shares = [1.0 if heading is None else scores[heading] / best_heading_score for heading in headings]
        return scores * (1 - _SHARE_OF_HEADING + _SHARE_OF_HEADING * np.array(heading_shares))

    def _with_needed_headings(self, scores: Scores, titles: Set[int]) -> Scores:
        below: dict[int, list[int]] = {}
        for number, relation in enumerate(self.relations):
            if relation.heading is not None and relation.heading in relation.needs and relation.section is None:
                below.setdefault(relation.heading, []).append(number)
        scores = scores.copy() if below else scores
        for heading in below.keys() - titles:
            numbers = below[heading]
            best = max(numbers, key=scores.__getitem__)
            if 0 < scores[best] < scores[heading] and all(map(self.records.__getitem__, numbers)):
                scores[numbers] *= scores[heading] / scores[best]
            scores[best] = max(scores[best], scores[heading])
        return scores

    def within(self, budget: Budget, source: str, is_relevant: npt.NDArray[np.bool_]) -> Outline:
        """The outline with the main statement of each relevant sentence that is larger than the whole ``budget``, where
        it has one that is not.
        """
        limit = budget.max_tokens
        if limit is None or budget.protect(source):
            return self
        spans = list(self.spans)
        for number, span in enumerate(self.spans):
            if not is_relevant[number] or self.records[number] or span.end - span.start <= limit:
                continue
            statement = main_statement(source, *span)
            if statement is None:
                continue
            without_stop = Span(statement.start, statement.end - 1)
            pieces = [source[slice(*piece)] for piece in (statement, without_stop, span)]
            statement_tokens, bare_tokens, sentence_tokens = budget.count.many(pieces)
            if statement_tokens <= limit < sentence_tokens:
                spans[number] = statement
            elif pieces[0][-1] == "." and bare_tokens <= limit < sentence_tokens:
                spans[number] = without_stop
        return replace(self, spans=tuple(spans))

    def with_companions(
        self, budget: Budget, source: str, is_relevant: npt.NDArray[np.bool_], scores: Scores
    ) -> Outline:
        """The outline with the companions of relevant units among what they need, where ``budget`` holds them together:
        all, those before them, or the nearest one, if it can be read; where it does not, none. Those after a unit that
        it does not need stay its companions. *Shape:* (n,) both.
        """
        language = language_of(source)
        best_first = np.argsort(-scores, kind="stable")
        needs_by_unit = needs_with_companions(
            self.relations,
            best_first[is_relevant[best_first]].tolist(),
            lambda number: says_of_what_it_speaks(source[slice(*self.spans[number])], language),
            lambda groups: self._fit(groups, budget, source),
        )
        relations = list(self.relations)
        for number, needs in needs_by_unit.items():
            limits = sorted(set(self.relations[number].companions).difference(needs, range(number)))
            relations[number] = self.relations[number]._replace(needs=needs, companions=tuple(limits))
        return replace(self, relations=tuple(relations))

    def orphans(self, source: str) -> npt.NDArray[np.bool_]:
        """A mask of the units that seem to refer to whatever precedes them, as their antecedent is not kept with them.
        *Shape:* (n,).
        """
        language = language_of(source)
        return np.array(
            [
                min(relation.companions, default=number) < number
                and seems_to_refer(source[slice(*self.spans[number])], language)
                for number, relation in enumerate(self.relations)
            ],
            bool,
        )

    def fits(self, number: int, budget: Budget, source: str) -> bool:
        """Whether a unit, with what it needs, may fit into ``budget``."""
        return self._fit([[number, *self.relations[number].needs]], budget, source)[0]

    def _fit(self, groups: Sequence[Sequence[int]], budget: Budget, source: str) -> list[bool]:
        """Whether the units of each group may fit into ``budget`` together."""
        return budget.may_hold(
            ["\n".join(source[slice(*self.spans[number])] for number in sorted(group)) for group in groups]
        )

    def units(
        self,
        scores: npt.NDArray[np.float64],
        ranks: Sequence[tuple[Tier, bool]],
        signs: frozenset[Span] = frozenset(),
        *,
        has_best: bool = True,
    ) -> tuple[Unit, ...]:
        """The units with their scores; ``ranks`` has the tier of each, and whether it is relevant.

        :param signs: which of them say that others of their section were left out. Units come only with the signs of
            what they and the best one are in, as less of a list that says so is worth more.
        :param has_best: whether the best unit of all texts is one of them: where nothing else fits, it comes by itself.
        """
        signs_of_unit = self._signs_of_units(scores, signs, has_best=has_best) if signs else {}
        return tuple(
            Unit(
                *span,
                score,
                *rank,
                tuple(self.spans[needed] for needed in (*relation.needs, *signs_of_unit.get(number, ()))),
                relation.section,
                tuple(self.spans[limit] for limit in relation.companions if limit > number),
            )
            for number, (span, score, rank, relation) in enumerate(
                zip(self.spans, scores.tolist(), ranks, self.relations, strict=True)
            )
        )

    def _signs_of_units(
        self, scores: npt.NDArray[np.float64], signs: frozenset[Span], *, has_best: bool
    ) -> dict[int, list[int]]:
        """The signs, by number, that units come with."""
        signs_over: dict[int, list[int]] = {}
        starts = [span.start for span in self.spans]
        for sign, (span, relation) in enumerate(zip(self.spans, self.relations, strict=True)):
            if relation.section is None or span not in signs:
                continue
            for number in range(bisect_left(starts, relation.section.start), bisect_left(starts, relation.section.end)):
                if self.relations[number].section is None:
                    signs_over.setdefault(number, []).append(sign)
        with_needs = {
            number: [sign for unit in (number, *self.relations[number].needs) for sign in signs_over.get(unit, ())]
            for number, relation in enumerate(self.relations)
            if relation.section is None
        }
        best = max(with_needs, key=lambda number: scores[number], default=None) if has_best else None
        signs_of_best = [] if best is None else with_needs[best]
        return {
            number: list(dict.fromkeys([*own_signs, *signs_of_best]))
            for number, own_signs in with_needs.items()
            if number != best and (own_signs or signs_of_best)
        }


def structured(segment: Segment, budget: Budget, *, longest_block: int | None = None) -> Segment:
    """``segment`` with the form of its kind of text, by which it is written where units are left out. What ``budget``
    does not hold is opened, where that can be.

    A text that a compressor before has cut by words stays what it is.

    :param longest_block: as of :func:`outline`.
    """
    document = segment.document
    if segment.form.kind_form is not None and segment.is_whole:
        opened_form = _opened(segment.form.kind_form, document, budget, longest_block)
        return Segment.whole(document, segment.position, opened_form)
    if segment.form.manner != "source" or segment.text != document.text:
        return segment
    return replace(segment, form=structure_within(document, budget, longest_block).form)


def _opened(form: Form, document: Document, budget: Budget, longest_block: int | None) -> Form:
    """The form of a whole text that writes units that ``budget`` holds, where its kind has such."""
    if form.manner != "built":
        return form
    opened_form = structure_within(document, budget, longest_block).form
    return opened_form if form.is_tidy else opened_form.untidy


def reopened(segment: Segment, unit: Unit, budget: Budget) -> tuple[Form, list[Span]]:
    """The form of a text as ``budget`` has it opened, and the spans of the unit there that holds ``unit``, and of what
    it needs: with more room, records are opened less far.
    """
    if isinstance(segment.form, PageForm):
        return segment.form, unit.spans
    structure = structure_within(segment.document, budget, None)
    form = _opened(segment.form, segment.document, budget, None)
    number = bisect_right(structure.units, unit.start, key=lambda other: other.start) - 1
    if number < 0 or structure.units[number].end < unit.end:
        return segment.form, unit.spans
    holder = structure.units[number]
    return form, sorted({*(structure.units[needed].span for needed in holder.relation.needs), holder.span})


def outline(segment: Segment, budget: Budget, *, longest_block: int | None = None) -> Outline:
    """The outline of the part of the document that ``segment`` has; text that ``budget`` protects is in one unit.

    :param longest_block: characters from which code and JSON in prose are chosen from line by line.
    """
    source = segment.document.text
    units, sources = _units(segment, budget, longest_block)
    protected_spans = segment.form.protected(budget.protect)
    units = joined(units, whole_protected([unit.span for unit in units], protected_spans))
    units = [_without_noise(unit, source, segment.form) for unit in units]
    headings = [_named(source, units, unit.relation.heading) for unit in units]
    if segment.text == source:
        whole_outline = _outline(units, [unit.span for unit in units], [unit.relation for unit in units], headings)
        return replace(whole_outline, sources=sources)
    return replace(_held(segment, units, headings), sources=sources)


def _units(
    segment: Segment, budget: Budget, longest_block: int | None
) -> tuple[Sequence[StructuredUnit], tuple[NamedSource, ...]]:
    """The units of a document, and the sources in it."""
    form, document = segment.form, segment.document
    if isinstance(form, PageForm):
        return units_of_page(form), ()
    if form.manner == "built":
        structure = structure_of_document(document, longest_block=longest_block, longest_unit=form.longest_unit)
    else:
        structure = structure_within(document, budget, longest_block)
    if structure.kind != "prose" and form.manner == "source" and structure.form.manner != "source":
        structure = read_prose(document.text, longest_block=longest_block)
    is_tidy_prose = form.manner == "tidy" and structure.kind == "prose"
    units = [unit._replace(reading=None) for unit in structure.units] if is_tidy_prose else structure.units
    return units, structure.sources


def _outline(
    units: Sequence[StructuredUnit], spans: Sequence[Span], relations: Sequence[Relation], headings: Sequence[str]
) -> Outline:
    return Outline(
        tuple(spans),
        tuple(relations),
        tuple(headings),
        tuple(unit.is_record for unit in units),
        tuple(unit.reading for unit in units),
        tuple(unit.group for unit in units),
        tuple(unit.aside for unit in units),
        tuple(unit.items for unit in units),
    )


def _held(segment: Segment, units: Sequence[StructuredUnit], headings: Sequence[str]) -> Outline:
    """The outline of the pieces that ``segment`` has: a unit may be in several, or without what it needs."""
    pieces = segment.spans if segment.form.is_plain else segment.held
    held_pieces: list[tuple[int, Span]] = []
    first_span = 0
    for unit_number, unit in enumerate(units):
        while first_span < len(pieces) and pieces[first_span].end <= unit.start:
            first_span += 1
        span_number = first_span
        while span_number < len(pieces) and pieces[span_number].start < unit.end:
            held_piece = Span(max(unit.start, pieces[span_number].start), min(unit.end, pieces[span_number].end))
            if not segment.document.text[held_piece.start : held_piece.end].isspace():
                held_pieces.append((unit_number, held_piece))
            span_number += 1
    first_place_of_unit: dict[int, int] = {}
    for piece_number, (unit_number, _) in enumerate(held_pieces):
        first_place_of_unit.setdefault(unit_number, piece_number)
    unit_numbers = [unit_number for unit_number, _ in held_pieces]
    return _outline(
        [units[unit_number] for unit_number in unit_numbers],
        [span for _, span in held_pieces],
        [units[unit_number].relation.moved(first_place_of_unit) for unit_number in unit_numbers],
        [headings[unit_number] for unit_number in unit_numbers],
    )


def _without_noise(unit: StructuredUnit, source: str, form: Form) -> StructuredUnit:
    """``unit`` as a model is to read it."""
    if unit.reading is not None or (text := form.reading(unit.span)) == source[unit.start : unit.end]:
        return unit
    return unit._replace(reading=text)


def _named(text: str, units: Sequence[StructuredUnit], heading: int | None) -> str:
    return "" if heading is None else (units[heading].reading or text[slice(*units[heading].span)]).strip("#=- \t\r\n")
