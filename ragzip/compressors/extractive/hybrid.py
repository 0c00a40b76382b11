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
from ragzip.compressors.extractive.family import Extractive
from ragzip.compressors.extractive.texts.passages import Passage
from ragzip.compressors.fingerprints import Fingerprinted
from ragzip.compressors.relevance import near_best
from ragzip.fitting.choose import Fill
from ragzip.text.scores import Scores

if TYPE_CHECKING:
    from ragzip.backends.protocols import TextEmbedder

__all__ = ["Hybrid"]

_LEAST_SCORE = 0.4  # of the best one: no support or answer is lost at 15 to 25 % of the tokens (247 dev questions)


class Hybrid(Extractive):
    """Convex combination of embedding and BM25 scores, each scaled to 0..1 over the call (Bruch et al. 2023 find it
    better than rank fusion). Without a query: centrality by embedding alone.

    :param model: see :class:`~ragzip.compressors.extractive.embedding.Embedding`.
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
    ) -> None:
        super().__init__(neighbours=neighbours, fill=fill)
        self.weight = number_in(weight, "weight")
        self.most_embedded = whole_number(most_embedded, "most_embedded", least=1)
        self.embedding, self.bm25 = Embedding(model, backend=backend), BM25()

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        return self.embedding.models

    def score(self, query: str | None, passages: Sequence[Passage]) -> list[Scores]:
        sentence_counts = [len(passage.sentences) for passage in passages]
        is_embedded_whole = sum(sentence_counts) <= self.most_embedded
        if query is None and is_embedded_whole:
            return self.embedding.score(query, passages)
        wording_scores = np.concatenate(self.bm25.score(query, passages))
        is_embedded = np.ones(len(wording_scores), bool)
        if not is_embedded_whole:
            is_embedded[np.argsort(-wording_scores, kind="stable")[self.most_embedded :]] = False
            embedded_by_passage = np.split(is_embedded, np.cumsum(sentence_counts)[:-1])
            passages = [
                _only(*passage_and_choice) for passage_and_choice in zip(passages, embedded_by_passage, strict=True)
            ]
        meaning_scores = self.embedding.score(query, passages)
        mixed_scores = (1 - self.weight) * _scale(wording_scores)
        mixed_scores[is_embedded] += self.weight * _scale(np.concatenate(meaning_scores))
        return np.split(mixed_scores, np.cumsum(sentence_counts)[:-1])

    def needed(self, scores: Sequence[Scores]) -> npt.NDArray[np.bool_]:
        return near_best(np.concatenate(scores), _LEAST_SCORE)


def _only(passage: Passage, chosen: npt.NDArray[np.bool_]) -> Passage:
    chosen_spans = tuple(span for span, is_chosen in zip(passage.spans, chosen, strict=True) if is_chosen)
    return Passage(passage.title, passage.text, chosen_spans)


def _scale(scores: Scores) -> Scores:
    lowest, highest = scores.min(), scores.max()
    return np.asarray((scores - lowest) / (highest - lowest) if highest > lowest else np.zeros_like(scores))
