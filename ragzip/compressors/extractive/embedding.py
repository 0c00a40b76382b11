"""The query's embedding against each sentence's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from ragzip.backends.cached import CachedEmbedder
from ragzip.backends.onnx import OnnxEmbedder
from ragzip.budget import Fill
from ragzip.compressors.extractive.family import Extractive, Passage, Scores

if TYPE_CHECKING:
    from ragzip.backends.base import TextEmbedder

__all__ = ["Embedding"]

_SAME = 0.93  # cosine from which two sentences count as saying the same
_ALL_PAIRS = 8192  # sentences up to which every pair is compared; beyond, only equal wording counts as a repeat


class Embedding(Extractive):
    """Cosine of query and sentence, RECOMP's extractive shape (Xu et al. 2023) with one general embedder.

    The title is set before each sentence, as RECOMP's evaluation does. What differs: the embedder is MiniLM-L6 rather
    than a fine-tuned Contriever, vectors have unit length, sentences are chosen up to a token budget rather than top N,
    and neighbours share their score. Without a query a sentence is scored against the mean of its document, and
    sentences that say what a better one says are set back.

    :param model: folder of an ONNX embedder, or any :class:`~ragzip.backends.base.TextEmbedder`; default: the one
        that is shipped.
    """

    name: ClassVar[str] = "extractive/embedding.v1"

    def __init__(
        self, model: str | Path | TextEmbedder | None = None, *, neighbours: float = 0.2, fill: Fill = "units"
    ) -> None:
        super().__init__(neighbours=neighbours, fill=fill)
        embedder = OnnxEmbedder(model) if model is None or isinstance(model, (str, Path)) else model
        self.embedder = CachedEmbedder(embedder)

    def score(self, query: str | None, passages: Sequence[Passage]) -> list[Scores]:
        vectors = self._vectors(passages, [] if query is None else [query])
        out: list[Scores] = []
        at = 0 if query is None else 1
        for passage in passages:
            own = vectors[at : at + len(passage.sentences)]
            at += len(passage.sentences)
            against = own.mean(0) if query is None and len(own) else vectors[0]
            out.append(np.asarray(own @ against, np.float64))
        return out

    def repeats(self, passages: Sequence[Passage], order: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
        out = super().repeats(passages, order)
        if len(order) > _ALL_PAIRS:
            return out
        vectors = self._vectors(passages, [])[order]
        for start in range(0, len(order), 1024):
            block = vectors[start : start + 1024]
            similar = np.tril(block @ vectors[: start + len(block)].T > _SAME, start - 1)
            out[order[start : start + len(block)]] |= similar.any(1)
        return out

    def _vectors(self, passages: Sequence[Passage], before: list[str]) -> npt.NDArray[np.float32]:
        texts = [
            f"{passage.title}: {sentence}" if passage.title else sentence
            for passage in passages
            for sentence in passage.sentences
        ]
        return self.embedder.embed([*before, *texts])
