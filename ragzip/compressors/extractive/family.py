"""Template of the extractive family: split into sentences, score, smooth over neighbours, mark repeats, select."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ragzip.backends.base import Vectors
from ragzip.budget import DEFAULT_RATE, Fill, select, whole_protected
from ragzip.errors import OptionError
from ragzip.splitters import sentences
from ragzip.types import Budget, Segment, Span, Unit

__all__ = ["Extractive", "Passage", "Scores"]

Scores = npt.NDArray[np.float64]

_SAME = 0.93  # cosine from which two sentences count as saying the same
_LONGEST_BLOCK = 1000  # characters, about an embedder's window: longer tables and code are chosen from line by line
_ALL_PAIRS = 8192  # sentences up to which every pair is compared; beyond, only equal wording counts as a repeat


@dataclass(frozen=True)
class Passage:
    """What is left of one document: its title and the texts of its sentences, in order."""

    title: str | None
    sentences: tuple[str, ...]


class Extractive(ABC):
    """Keeps the best-scored sentences over all documents. A method writes :meth:`score`, and inherits the rest.

    :param neighbours: share of a neighbour's score that a sentence gets on top of its own, 0 to 1.
    :param fill: ``"units"`` keeps whole sentences; ``"words"`` lets single words use up the rest of the budget.
    """

    name: ClassVar[str]
    default_rate: ClassVar[float | None] = DEFAULT_RATE

    def __init__(self, *, neighbours: float = 0.0, fill: Fill = "units") -> None:
        if not 0 <= neighbours <= 1:
            raise OptionError(f"neighbours: received {neighbours!r}, expected a number from 0 to 1.")
        if fill not in ("units", "words"):
            raise OptionError(f"fill: received {fill!r}, expected 'units' or 'words'.")
        self.neighbours, self.fill = neighbours, fill

    @abstractmethod
    def score(self, query: str | None, passages: Sequence[Passage]) -> list[Scores]:
        """The score of each sentence, higher is better, whatever the budget. Without a query: how central it is.

        *Shape:* one array (n_i,) for each passage.
        """

    def analyse(self, query: str | None, passages: Sequence[Passage]) -> tuple[list[Scores], Vectors | None]:
        """Scores, and the sentences' unit vectors where the method has them. *Shape:* (all sentences, dimension)."""
        return self.score(query, passages), None

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        spans = [whole_protected(_pieces(segment), budget.protect(segment.document.text)) for segment in segments]
        passages = [
            Passage(segment.document.title, tuple(segment.document.text[start:end] for start, end in pieces))
            for segment, pieces in zip(segments, spans, strict=True)
        ]
        if not any(spans):
            return [segment.keep([]) for segment in segments]
        raw, vectors = self.analyse(query, passages)
        scores = [_smooth(array, self.neighbours) for array in raw]
        order = np.argsort(-np.concatenate(scores), kind="stable")
        repeated = iter(_repeats(passages, order, vectors).tolist())
        scored = [
            replace(
                segment,
                score=float(array.max()) if len(array) else segment.score,
                units=tuple(
                    Unit(start, end, value, next(repeated))
                    for (start, end), value in zip(pieces, array.tolist(), strict=True)
                ),
            )
            for segment, pieces, array in zip(segments, spans, scores, strict=True)
        ]
        return select(scored, budget)


def _repeats(
    passages: Sequence[Passage], order: npt.NDArray[np.intp], vectors: Vectors | None
) -> npt.NDArray[np.bool_]:
    """Which sentences say what a better one says, in the same words or (by cosine) in others. *Shape:* (n,).

    A heading that is the document's title repeats it. ``order`` lists all sentences, best first.
    """
    seen = {_wording(passage.title) for passage in passages if passage.title}
    texts = [sentence for passage in passages for sentence in passage.sentences]
    out = np.zeros(len(texts), bool)
    for i in order.tolist():
        wording = _wording(texts[i])
        out[i] = wording in seen
        seen.add(wording)
    if vectors is None or len(order) > _ALL_PAIRS:
        return out
    ordered = vectors[order]
    for start in range(0, len(order), 1024):
        block = ordered[start : start + 1024]
        similar = np.tril(block @ ordered[: start + len(block)].T > _SAME, start - 1)
        out[order[start : start + len(block)]] |= similar.any(1)
    return out


def _wording(text: str) -> str:
    return " ".join(text.casefold().lstrip("# ").split())


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
