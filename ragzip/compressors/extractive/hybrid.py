"""Meaning and wording together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from ragzip.checks import number_in, whole_number
from ragzip.compressors.extractive.bm25 import BM25
from ragzip.compressors.extractive.embedding import Embedding
from ragzip.compressors.extractive.family import Extractive, Passage, Scores
from ragzip.compressors.fingerprints import Fingerprinted
from ragzip.compressors.relevance import near_best
from ragzip.fitting.choose import Fill

if TYPE_CHECKING:
    from ragzip.backends.protocols import TextEmbedder

__all__ = ["Hybrid"]

_LEAST_SCORE = 0.4  # of the best one: no support or answer is lost at 15 to 25 % of the tokens (247 dev questions)


class Hybrid(Extractive):
    """Convex combination of embedding and BM25 scores, each scaled to 0..1 over the call (Bruch et al. 2023 find it
    better than rank fusion). Without a query: centrality by embedding alone.

    :param weight: the share of the embedding score, 0 to 1.
    :param most_embedded: of more sentences than this, only the best by BM25 are embedded (5,000 take a few seconds).
    """

    name: ClassVar[str] = "extractive/hybrid.v1"
    scores_are_probabilities: ClassVar[bool] = False

    def __init__(
        self,
        model: str | Path | TextEmbedder | None = None,
        *,
        backend: str | None = None,
        weight: float = 0.5,
        most_embedded: int = 5000,
        neighbours: float = 0.2,
        fill: Fill = "relevant",
        reorder: bool = False,
    ) -> None:
        super().__init__(neighbours=neighbours, fill=fill, reorder=reorder)
        self.weight = number_in(weight, "weight")
        self.most_embedded = whole_number(most_embedded, "most_embedded", least=1)
        self.embedding, self.bm25 = Embedding(model, backend=backend), BM25()

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        return self.embedding.models

    def score(self, query: str | None, passages: Sequence[Passage]) -> list[Scores]:
        sizes = [len(passage.sentences) for passage in passages]
        few = sum(sizes) <= self.most_embedded
        if query is None and few:
            return self.embedding.score(query, passages)
        wording = np.concatenate(self.bm25.score(query, passages))
        worth = np.ones(len(wording), bool)
        if not few:
            worth[np.argsort(-wording, kind="stable")[self.most_embedded :]] = False
            chosen = np.split(worth, np.cumsum(sizes)[:-1])
            passages = [_only(*pair) for pair in zip(passages, chosen, strict=True)]
        meaning = self.embedding.score(query, passages)
        mixed = (1 - self.weight) * _scale(wording)
        mixed[worth] += self.weight * _scale(np.concatenate(meaning))
        return np.split(mixed, np.cumsum(sizes)[:-1])

    def needed(self, scores: Sequence[Scores]) -> npt.NDArray[np.bool_]:
        return near_best(np.concatenate(scores), _LEAST_SCORE)


def _only(passage: Passage, chosen: npt.NDArray[np.bool_]) -> Passage:
    kept = tuple(span for span, keep in zip(passage.spans, chosen, strict=True) if keep)
    return Passage(passage.title, passage.text, kept)


def _scale(scores: Scores) -> Scores:
    low, high = scores.min(), scores.max()
    return np.asarray((scores - low) / (high - low) if high > low else np.zeros_like(scores))
