"""Template of the extractive family: split into sentences, score, smooth over neighbours, mark repeats, select."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.backends.base import Vectors
from ragzip.budget import DEFAULT_RATE, Fill, select, whole_protected
from ragzip.checks import choice, flag, number_in
from ragzip.compressors.extractive.repeats import repeats
from ragzip.compressors.relevance import relevant
from ragzip.splitters import sentences
from ragzip.types import Budget, Segment, Span, Unit

__all__ = ["Analysis", "Extractive", "Passage", "Scores"]

Scores = npt.NDArray[np.float64]

_LONGEST_BLOCK = 1000  # characters, about an embedder's window: longer tables and code are chosen from line by line


@dataclass(frozen=True)
class Passage:
    """What is left of one document: its title, its text, and where the sentences stand in it, in order."""

    title: str | None
    text: str
    spans: tuple[Span, ...]

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """The texts of the sentences."""
        return tuple(self.text[start:end] for start, end in self.spans)


class Analysis(NamedTuple):
    """What a method says of passages, whatever the budget.

    ``scores`` of the sentences, one array (n_i,) for each passage. Where the method has them: ``vectors``, unit vectors
    of all sentences (n, dimension), for telling repeats; ``relevance`` of each passage (default: the score of its best
    sentence); ``repeated``, sentences that say nothing new (n,).
    """

    scores: list[Scores]
    vectors: Vectors | None = None
    relevance: Sequence[float] | None = None
    repeated: npt.NDArray[np.bool_] | None = None


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
        spans = [whole_protected(_pieces(segment), budget.protect(segment.document.text)) for segment in segments]
        passages = [
            Passage(segment.document.title, segment.text, tuple(_within(segment, pieces)))
            for segment, pieces in zip(segments, spans, strict=True)
        ]
        if not any(spans):
            return [segment.keep([]) for segment in segments]
        found = self.analyse(query, passages)
        scores = [_smooth(array, self.neighbours) for array in found.scores]
        order = np.argsort(-np.concatenate(scores), kind="stable")
        marks = repeats(passages, order, found.vectors)
        repeated = iter((marks if found.repeated is None else marks | found.repeated).tolist())
        may_be_kept = iter(
            relevant(
                np.concatenate(scores),
                query,
                budget,
                fill=self.fill,
                threshold=self.default_threshold,
                needed=self.needed,
            ).tolist()
        )
        scored = []
        for i, (segment, pieces, array) in enumerate(zip(segments, spans, scores, strict=True)):
            units = tuple(
                Unit(*span, value, next(repeated), next(may_be_kept))
                for span, value in zip(pieces, array.tolist(), strict=True)
            )
            relevance = found.relevance[i] if found.relevance else float(array.max()) if len(array) else segment.score
            scored.append(replace(segment, score=relevance, units=units))
        return scored

    def needed(self, scores: Scores) -> npt.NDArray[np.bool_]:
        """Which sentences a query may need, by their scores; all, where a method cannot say. *Shape:* (n,)."""
        return np.ones(len(scores), bool)


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


def _pieces(segment: Segment) -> list[Span]:
    """The sentences of the document, as far as ``segment`` still has them."""
    found = sentences(segment.document.text, longest_block=_LONGEST_BLOCK)
    if segment.text == segment.document.text:
        return found
    out: list[Span] = []
    at = 0
    for start, end in found:
        while at < len(segment.spans) and segment.spans[at].end <= start:
            at += 1
        index = at
        while index < len(segment.spans) and segment.spans[index].start < end:
            piece = segment.spans[index]
            low, high = max(start, piece.start), min(end, piece.end)
            if not segment.document.text[low:high].isspace():
                out.append(Span(low, high))
            index += 1
    return out


def _smooth(scores: Scores, share: float) -> Scores:
    """Each score plus ``share`` of its better neighbour's: a sentence beside a good one is often needed with it."""
    if share == 0 or len(scores) < 2:
        return scores
    low = float(scores.min())
    padded = np.concatenate(([low], scores, [low]))
    return np.asarray((scores + share * np.maximum(padded[:-2], padded[2:])) / (1 + share))
