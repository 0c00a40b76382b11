"""Meaning and wording together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from ragzip.budget import Fill
from ragzip.compressors.extractive.bm25 import BM25
from ragzip.compressors.extractive.embedding import Embedding
from ragzip.compressors.extractive.family import Extractive, Passage, Scores
from ragzip.errors import OptionError

if TYPE_CHECKING:
    from ragzip.backends.base import TextEmbedder

__all__ = ["Hybrid"]


class Hybrid(Extractive):
    """Convex combination of embedding and BM25 scores, each scaled to 0..1 over the call (Bruch et al. 2023 find it
    better than rank fusion). Without a query: centrality by embedding alone.

    :param weight: the share of the embedding score, 0 to 1.
    """

    name: ClassVar[str] = "extractive/hybrid.v1"

    def __init__(
        self,
        model: str | Path | TextEmbedder | None = None,
        *,
        weight: float = 0.5,
        neighbours: float = 0.2,
        fill: Fill = "units",
    ) -> None:
        super().__init__(neighbours=neighbours, fill=fill)
        if not 0 <= weight <= 1:
            raise OptionError(f"weight: received {weight!r}, expected a number from 0 to 1.")
        self.weight = weight
        self.embedding, self.bm25 = Embedding(model), BM25()

    def score(self, query: str | None, passages: Sequence[Passage]) -> list[Scores]:
        meaning = self.embedding.score(query, passages)
        if query is None:
            return meaning
        wording = self.bm25.score(query, passages)
        mixed = self.weight * _scale(meaning) + (1 - self.weight) * _scale(wording)
        return np.split(mixed, np.cumsum([len(array) for array in meaning])[:-1])

    def repeats(self, passages: Sequence[Passage], order: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
        return self.embedding.repeats(passages, order)


def _scale(scores: Sequence[Scores]) -> Scores:
    flat = np.concatenate(list(scores))
    low, high = flat.min(), flat.max()
    return np.asarray((flat - low) / (high - low) if high > low else np.zeros_like(flat))
