"""The query's embedding against each sentence's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from ragzip.backends.cached import CachedEmbedder
from ragzip.backends.load import load_embedder
from ragzip.compressors.extractive.family import Extractive
from ragzip.compressors.extractive.texts.passages import Passage
from ragzip.compressors.fingerprints import Fingerprinted
from ragzip.compressors.relevance import near_best
from ragzip.fitting.choose import Fill
from ragzip.text.scores import Scores
from ragzip.text.titles import titled

if TYPE_CHECKING:
    from ragzip.backends.protocols import TextEmbedder

__all__ = ["Embedding"]

_LEAST_COSINE = 0.45  # of the best one: no support or answer is lost at 15 to 25 % of the tokens (247 dev questions)


class Embedding(Extractive):
    """Cosine of query and sentence, RECOMP's extractive shape (Xu et al. 2023) with one general embedder.

    The title is set before each sentence, as RECOMP's evaluation does. What differs: the embedder is MiniLM-L6 rather
    than a fine-tuned Contriever, vectors have unit length, sentences are chosen up to a token budget rather than top N,
    and neighbours share their score. Without a query a sentence is scored against the mean of its document, and
    sentences that say what a better one says are set back.

    :param model: "multilingual" (``ragzip[multilingual]``), the folder or hub id of an encoder, or any
        :class:`~ragzip.backends.protocols.TextEmbedder`; default: the English one that is shipped.
    :param backend: "onnx" | "torch"; default: ONNX where the folder of the model holds such a graph, else torch.
    """

    name: ClassVar[str] = "extractive/embedding.v1"
    scores_are_probabilities: ClassVar[bool] = False

    def __init__(
        self,
        model: str | Path | TextEmbedder | None = None,
        *,
        backend: str | None = None,
        neighbours: float = 0.2,
        fill: Fill = "relevant",
    ) -> None:
        super().__init__(neighbours=neighbours, fill=fill)
        self.embedder = CachedEmbedder(load_embedder(model, backend))

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        return (self.embedder,)

    def score(self, query: str | None, passages: Sequence[Passage]) -> list[Scores]:
        titled_sentences = [titled(passage.title, sentence) for passage in passages for sentence in passage.sentences]
        query_vector = None
        if query is None:
            vectors = self.embedder.embed(titled_sentences)
        else:
            vectors, query_vector = self.embedder.embed_with_query(titled_sentences, query)
        scores_by_passage: list[Scores] = []
        first_sentence = 0
        for passage in passages:
            passage_vectors = vectors[first_sentence : first_sentence + len(passage.sentences)]
            first_sentence += len(passage.sentences)
            if not len(passage_vectors):
                scores_by_passage.append(np.zeros(0))
                continue
            target_vector = passage_vectors.mean(0) if query_vector is None else query_vector
            scores_by_passage.append(np.asarray(passage_vectors @ target_vector, np.float64))
        return scores_by_passage

    def needed(self, scores: Sequence[Scores]) -> npt.NDArray[np.bool_]:
        return near_best(np.concatenate(scores), _LEAST_COSINE)
