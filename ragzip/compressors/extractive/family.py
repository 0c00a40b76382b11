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
from ragzip.compressors.extractive.repeats import repeats
from ragzip.compressors.outline import outline
from ragzip.compressors.relevance import THRESHOLD_OF_WORDING, relevant, worded
from ragzip.fitting.choose import DEFAULT_RATE, Fill, select
from ragzip.text.questions import readings_of
from ragzip.text.spans import Span
from ragzip.types import Budget, Segment, Tier

__all__ = ["Analysis", "Extractive", "Passage", "Scores", "best_of", "smoothed"]

Scores = npt.NDArray[np.float64]

_LONGEST_BLOCK = 1000  # characters, about an embedder's window: longer tables and code are chosen from line by line


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
    the query's wording a sentence has; ``notes`` are for the caller.
    """

    scores: list[Scores]
    relevance: Sequence[float] | None = None
    by_wording: bool = False
    notes: tuple[str, ...] = ()


def best_of(analyses: Sequence[Analysis]) -> Analysis:
    """For each sentence the best that is said of it."""
    first = analyses[0]
    if len(analyses) == 1:
        return first
    scores = [np.max(arrays, axis=0) for arrays in zip(*(each.scores for each in analyses), strict=True)]
    relevances = [each.relevance for each in analyses if each.relevance is not None]
    return first._replace(
        scores=scores,
        relevance=np.max(relevances, axis=0).tolist() if relevances else None,
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
        outlines = [outline(segment, budget, longest_block=_LONGEST_BLOCK) for segment in segments]
        passages = [
            Passage(
                segment.document.title,
                segment.text,
                tuple(_within(segment, each.spans)),
                each.headings,
                each.records,
            )
            for segment, each in zip(segments, outlines, strict=True)
        ]
        if not any(each.spans for each in outlines):
            return [segment.keep([]) for segment in segments]
        readings = readings_of(query) if query is not None else ()
        analysis = best_of([self.analyse(reading, passages) for reading in readings or (None,)])
        scores = [
            each.related_scores(smoothed(array, self.neighbours))
            for each, array in zip(outlines, analysis.scores, strict=True)
        ]
        flat = np.concatenate(scores)
        repeated = repeats(passages, np.argsort(-flat, kind="stable"))
        counting = scores
        if without_repeats := bool(readings) and self.fill == "relevant":
            ends = np.cumsum([len(array) for array in scores])
            counting = np.split(np.where(repeated, 0.0, flat), ends[:-1])
        may_be_kept = relevant(
            counting,
            bool(readings),
            budget,
            fill=self.fill,
            threshold=THRESHOLD_OF_WORDING if analysis.by_wording else self.default_threshold,
            needed=worded if analysis.by_wording else self.needed,
        )
        if without_repeats:
            may_be_kept &= ~repeated
        tiers = (Tier.REPEAT if is_repeat else Tier.NORMAL for is_repeat in repeated.tolist())
        ranks = zip(tiers, may_be_kept.tolist(), strict=True)
        scored = []
        for i, (segment, each, array) in enumerate(zip(segments, outlines, scores, strict=True)):
            best = float(array.max()) if len(array) else segment.score
            relevance = analysis.relevance[i] if analysis.relevance else best
            scored.append(replace(segment, score=relevance, units=each.units(array, ranks), notes=analysis.notes))
        return scored

    def needed(self, scores: Sequence[Scores]) -> npt.NDArray[np.bool_]:
        """Which sentences a query may need, by their scores; all, where a method cannot say.

        *Shape:* one array (n_i,) for each passage to (n,).
        """
        return np.ones(sum(map(len, scores)), bool)


def _within(segment: Segment, spans: Sequence[Span]) -> list[Span]:
    """Offsets in the document, which ``segment`` still has, as offsets in its text."""
    if segment.text == segment.document.text:
        return list(spans)
    moved: list[Span] = []
    pieces, offsets = segment.spans, segment.offsets
    at = 0
    for start, end in spans:
        while pieces[at].end <= start:
            at += 1
        shift = offsets[at] - pieces[at].start
        moved.append(Span(start + shift, end + shift))
    return moved


def smoothed(scores: Scores, share: float) -> Scores:
    """Each score plus ``share`` of its better neighbour's: a sentence beside a good one is often needed with it."""
    if share == 0 or len(scores) < 2:
        return scores
    low = float(scores.min())
    padded = np.concatenate(([low], scores, [low]))
    return np.asarray((scores + share * np.maximum(padded[:-2], padded[2:])) / (1 + share))
