"""Template of the extractive family: split into sentences, score, smooth over neighbours, mark repeats, select."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.checks import choice, flag, number_in
from ragzip.compressors.extractive.asides import unasked
from ragzip.compressors.extractive.extremes import with_extremes
from ragzip.compressors.extractive.projection import with_columns
from ragzip.compressors.extractive.questions import with_equal_questions_first
from ragzip.compressors.extractive.ranges import with_ranges
from ragzip.compressors.extractive.records import units_to_read
from ragzip.compressors.extractive.repeats import repeats
from ragzip.compressors.outline import Outline, outline, structured
from ragzip.compressors.relevance import THRESHOLD_OF_WORDING, relevant, worded
from ragzip.fitting.choose import DEFAULT_RATE, Fill, select
from ragzip.text.forms import Form
from ragzip.text.questions import readings_of
from ragzip.text.spans import Span
from ragzip.text.structure.tree_form import TreeForm
from ragzip.types import Budget, Note, Segment, Tier

__all__ = ["Analysis", "Extractive", "Passage", "Scores", "smoothed"]

Scores = npt.NDArray[np.float64]

_LEAST_ROOM = 150  # tokens in which each record that is a unit fits; with fewer a longer one is opened
_MOST_CHARACTERS_PER_TOKEN = 2.5  # of records, which have many signs
_LATITUDE = 1.05  # in this guess
_MAX_COUNTED_CHARACTERS = 4000  # of a text, by which the tokens of its records are guessed
_SHORTEST_RECORD = 25  # characters
_MAX_BLOCK_CHARACTERS = 1000  # about an embedder's window: longer tables and code are chosen from line by line


@dataclass(frozen=True)
class Passage:
    """What is left of one document: its title, its text, where the sentences stand in it, in order, the heading over
    each ("" where there is none), and which are records, no sentences.
    """

    title: str | None
    text: str
    spans: tuple[Span, ...]
    headings: tuple[str, ...] = ()
    records: tuple[bool, ...] = ()

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """The texts of the sentences."""
        return tuple(self.text[start:end] for start, end in self.spans)

    @cached_property
    def contexts(self) -> tuple[str, ...]:
        """What each sentence stands under: the title, and the heading over it."""
        headings = self.headings or ("",) * len(self.spans)
        return tuple(": ".join(filter(None, (self.title, heading))) for heading in headings)


class Analysis(NamedTuple):
    """What a method says of passages, whatever the budget.

    ``scores`` of the sentences, one array (n_i,) for each passage; ``relevance`` of each passage, where the method has
    it (default: the score of its best sentence). ``by_wording``: the scores are no probabilities, but say how much of
    the query's wording a sentence has; ``notes`` are for the caller. ``nothing_answers``: whether the method is sure of
    that; None where it decides nothing of the kind.
    """

    scores: list[Scores]
    relevance: Sequence[float] | None = None
    by_wording: bool = False
    notes: tuple[Note, ...] = ()
    nothing_answers: bool | None = None


def _best_of(analyses: Sequence[Analysis]) -> Analysis:
    """For each sentence the best that is said of it."""
    first_analysis = analyses[0]
    if len(analyses) == 1:
        return first_analysis
    scores = [
        np.max(scores_by_analysis, axis=0)
        for scores_by_analysis in zip(*(analysis.scores for analysis in analyses), strict=True)
    ]
    relevances = [analysis.relevance for analysis in analyses if analysis.relevance is not None]
    return first_analysis._replace(
        scores=scores,
        relevance=np.max(relevances, axis=0).tolist() if relevances else None,
        nothing_answers=None
        if first_analysis.nothing_answers is None
        else all(analysis.nothing_answers for analysis in analyses),
    )


class Extractive(ABC):
    """Keeps the best-scored sentences over all documents. A method writes :meth:`score` (or :meth:`analyse`).

    :param neighbours: share of a neighbour's score that a sentence gets on top of its own, 0 to 1.
    :param fill: ``"relevant"`` keeps what the query may need, and at most the budget; ``"units"`` uses the budget up
        with the next best sentences.
    :param reorder: set the documents in the text by relevance, the best one first. ``Result.documents`` keeps the order
        given.
    """

    name: ClassVar[str]
    default_rate: ClassVar[float | None] = DEFAULT_RATE
    default_threshold: float | None = None

    def __init__(self, *, neighbours: float = 0.0, fill: Fill = "relevant", reorder: bool = False) -> None:
        self.neighbours = number_in(neighbours, "neighbours")
        self.fill: Fill = choice(fill, "fill", ("relevant", "units"))
        self.reorder = flag(reorder, "reorder")

    @abstractmethod
    def score(self, query: str | None, passages: Sequence[Passage]) -> list[Scores]:
        """The score of each sentence, higher is better, whatever the budget. Without a query: how central it is.

        *Shape:* one array (n_i,) for each passage.
        """

    def analyse(self, query: str | None, passages: Sequence[Passage]) -> Analysis:
        """The scores, and what else the method has."""
        return Analysis(self.score(query, passages))

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        return select(self.scored(query, segments, budget), budget)

    def scored(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        """``segments`` with their sentences as units; nothing is chosen yet."""
        segments = [
            structured(
                segment, longest_block=_MAX_BLOCK_CHARACTERS, longest_unit=_longest_unit(budget, segment.document.text)
            )
            for segment in segments
        ]
        outlines = [outline(segment, budget, longest_block=_MAX_BLOCK_CHARACTERS) for segment in segments]
        read_units = [
            units_to_read(query, segment_outline, segment.document.text)
            for segment, segment_outline in zip(segments, outlines, strict=True)
        ]
        passages = [
            _passage(segment, segment_outline, numbers)
            for segment, segment_outline, numbers in zip(segments, outlines, read_units, strict=True)
        ]
        if not any(segment_outline.spans for segment_outline in outlines):
            return [segment.keep([]) for segment in segments]
        readings = readings_of(query) if query is not None else ()
        analysis = _best_of([self.analyse(reading, passages) for reading in readings or (None,)])
        scores_of_units = [
            _of_all(_smoothed_prose(passage, sentence_scores, self.neighbours), numbers, segment_outline)
            for segment_outline, passage, sentence_scores, numbers in zip(
                outlines, passages, analysis.scores, read_units, strict=True
            )
        ]
        sources = [segment.document.text for segment in segments]
        scores_of_units = with_equal_questions_first(query, scores_of_units, outlines, sources)
        scores_by_segment = [
            with_ranges(
                query,
                segment_outline,
                source,
                with_extremes(query, segment_outline, source, segment_outline.related_scores(unit_scores)),
            )
            for segment_outline, source, unit_scores in zip(outlines, sources, scores_of_units, strict=True)
        ]
        all_scores = np.concatenate(scores_by_segment)
        repeated = _repeated(passages, scores_by_segment, read_units)
        counting = scores_by_segment
        segment_ends = np.cumsum(list(map(len, scores_by_segment)))[:-1]
        without_repeats = bool(readings) and self.fill == "relevant"
        is_unasked = unasked(query, outlines, sources)
        if without_repeats or is_unasked.any():
            is_left_out = repeated | is_unasked if without_repeats else is_unasked
            counting = np.split(np.where(is_left_out, 0.0, all_scores), segment_ends)
        may_be_kept = relevant(
            counting,
            bool(readings),
            budget,
            fill=self.fill,
            threshold=THRESHOLD_OF_WORDING if analysis.by_wording else self.default_threshold,
            needed=worded if analysis.by_wording else self.needed,
            nothing_answers=analysis.nothing_answers,
        )
        if without_repeats:
            may_be_kept &= ~repeated
        may_be_kept &= ~is_unasked
        outlines = [
            _holding(budget, segment_outline, segment, is_relevant if readings else None)
            for segment_outline, segment, is_relevant in zip(
                outlines, segments, np.split(may_be_kept, segment_ends), strict=True
            )
        ]
        may_be_kept &= ~_beside_orphans(outlines, sources, np.where(may_be_kept, all_scores, -np.inf), budget)
        tiers = (Tier.REPEAT if is_repeat else Tier.NORMAL for is_repeat in repeated.tolist())
        ranks = zip(tiers, may_be_kept.tolist(), strict=True)
        scored_segments = []
        for segment_number, (segment, segment_outline, sentence_scores) in enumerate(
            zip(segments, outlines, scores_by_segment, strict=True)
        ):
            best_score = float(sentence_scores.max()) if len(sentence_scores) else segment.score
            relevance = analysis.relevance[segment_number] if analysis.relevance else best_score
            units = segment_outline.units(sentence_scores, ranks, _signs(segment.form))
            scored_segments.append(replace(segment, score=relevance, units=units, notes=analysis.notes))
        return with_columns(query, scored_segments, budget)

    def needed(self, scores: Sequence[Scores]) -> npt.NDArray[np.bool_]:
        """Which sentences a query may need, by their scores; all, where a method cannot say.

        *Shape:* one array (n_i,) for each passage to (n,).
        """
        return np.ones(sum(map(len, scores)), bool)


def _signs(form: Form) -> frozenset[Span]:
    """The places of ``form`` that can say that items were left out."""
    return form.signs if isinstance(form, TreeForm) else frozenset()


def _holding(
    budget: Budget, segment_outline: Outline, segment: Segment, is_relevant: npt.NDArray[np.bool_] | None
) -> Outline:
    """The outline with units as ``budget`` holds them; ``is_relevant`` only with a query. *Shape:* (n,)."""
    source = segment.document.text
    if is_relevant is not None and segment.form.is_plain:
        segment_outline = segment_outline.within(budget, source, is_relevant)
    return segment_outline if budget.threshold is not None else segment_outline.with_companions(budget, source)


def _beside_orphans(
    outlines: Sequence[Outline], sources: Sequence[str], scores: Scores, budget: Budget
) -> npt.NDArray[np.bool_]:
    """Which units would be misread: those that speak of what does not fit, but for the best unit of all that fits;
    where that is one, all others of its document. *Shape:* (n,) both.
    """
    is_orphan = np.concatenate(
        [segment_outline.orphans(source) for segment_outline, source in zip(outlines, sources, strict=True)]
    )
    if not is_orphan.any():
        return is_orphan
    places = [
        (segment_outline, number, source)
        for segment_outline, source in zip(outlines, sources, strict=True)
        for number in range(len(segment_outline.spans))
    ]
    for best in np.argsort(-scores, kind="stable").tolist():
        best_outline, number, source = places[best]
        if best_outline.relations[number].section is None and best_outline.fits(number, budget, source):
            if is_orphan[best]:
                is_orphan[best - number : best - number + len(best_outline.spans)] = True
                is_orphan[best] = False
            break
    return is_orphan


def _longest_unit(budget: Budget, text: str) -> int | None:
    """The characters from which a record of ``text`` does not fit into ``budget``; None where any that is one does."""
    limit = budget.max_tokens
    if limit is None or limit > _LEAST_ROOM or not text:
        return None
    sample = text[:_MAX_COUNTED_CHARACTERS]
    characters_per_token = min(_MOST_CHARACTERS_PER_TOKEN, len(sample) / max(1, budget.count(sample)))
    return max(_SHORTEST_RECORD, int(_LATITUDE * characters_per_token * limit))


def _smoothed_prose(passage: Passage, scores: Scores, share: float) -> Scores:
    """``scores`` of the sentences smoothed over their neighbours, those of records as they are. *Shape:* (n,)."""
    if share == 0 or not any(passage.records):
        return smoothed(scores, share)
    return np.where(passage.records, scores, smoothed(scores, share))


def _of_all(scores: Scores, numbers: Sequence[int], outline: Outline) -> Scores:
    """The scores of all units of ``outline``, 0 of those that were not read; ``numbers`` are those of ``scores``.
    *Shape:* (n,).
    """
    if len(numbers) == len(outline.spans):
        return scores
    all_scores = np.zeros(len(outline.spans))
    all_scores[list(numbers)] = scores
    return all_scores


def _repeated(
    passages: Sequence[Passage], scores: Sequence[Scores], read_units: Sequence[Sequence[int]]
) -> npt.NDArray[np.bool_]:
    """Which units repeat a better one, of all documents; units that were not read do. *Shape:* (n,)."""
    read_scores = np.concatenate(
        [unit_scores[list(numbers)] for unit_scores, numbers in zip(scores, read_units, strict=True)]
    )
    read_repeated = repeats(passages, np.argsort(-read_scores, kind="stable"))
    if len(read_scores) == sum(map(len, scores)):
        return read_repeated
    repeated = np.ones(sum(map(len, scores)), bool)
    first_units = np.cumsum([0, *map(len, scores)])[:-1]
    repeated[[first + number for first, numbers in zip(first_units, read_units, strict=True) for number in numbers]] = (
        read_repeated
    )
    return repeated


def _passage(segment: Segment, outline: Outline, numbers: Sequence[int]) -> Passage:
    """What a model reads of ``segment``: its text, or, where the structure says more or it is too long, the units with
    these numbers as they are to be read.
    """
    title = segment.document.title
    if segment.form.is_plain and not any(outline.readings) and len(numbers) == len(outline.spans):
        return Passage(title, segment.text, tuple(_within(segment, outline.spans)), outline.headings, outline.records)
    source = segment.document.text
    readings = [outline.text_of(number, source) for number in numbers]
    texts: list[str] = []
    spans: list[Span] = []
    length = 0
    for place, (number, reading) in enumerate(zip(numbers, readings, strict=True)):
        if place:
            texts.append(_space_between(outline, numbers[place - 1], number, source))
            length += len(texts[-1])
        spans.append(Span(length, length + len(reading)))
        texts.append(reading)
        length += len(reading)
    return Passage(
        title,
        "".join(texts),
        tuple(spans),
        tuple(outline.headings[number] for number in numbers),
        tuple(outline.records[number] for number in numbers),
    )


def _space_between(outline: Outline, before: int, after: int, source: str) -> str:
    """What stands between two units as a model reads them: the white space of the source between two of prose."""
    space = source[outline.spans[before].end : outline.spans[after].start]
    is_prose = outline.readings[before] is None and outline.readings[after] is None
    return space if is_prose and space.isspace() else "\n"


def _within(segment: Segment, spans: Sequence[Span]) -> list[Span]:
    """Offsets in the document, which ``segment`` still has, as offsets in its text."""
    if segment.text == segment.document.text:
        return list(spans)
    moved_spans: list[Span] = []
    pieces, offsets = segment.spans, segment.offsets
    piece_number = 0
    for start, end in spans:
        while pieces[piece_number].end <= start:
            piece_number += 1
        shift = offsets[piece_number] - pieces[piece_number].start
        moved_spans.append(Span(start + shift, end + shift))
    return moved_spans


def smoothed(scores: Scores, share: float) -> Scores:
    """Each score plus ``share`` of its better neighbour's: a sentence beside a good one is often needed with it."""
    if share == 0 or len(scores) < 2:
        return scores
    lowest_score = float(scores.min())
    padded_scores = np.concatenate(([lowest_score], scores, [lowest_score]))
    return np.asarray((scores + share * np.maximum(padded_scores[:-2], padded_scores[2:])) / (1 + share))
