"""Provence and OpenProvence: published rerankers with a pruning head."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ragzip.backends.cached import CachedPassageScorer
from ragzip.backends.load import load_provence
from ragzip.checks import real_number
from ragzip.compressors.extractive.family import Analysis, Extractive
from ragzip.compressors.extractive.texts.passages import Passage
from ragzip.compressors.fingerprints import Fingerprinted
from ragzip.fitting.choose import Fill

if TYPE_CHECKING:
    from ragzip.backends.protocols import PassageScorer

__all__ = ["Provence"]


class Provence(Extractive):
    """Provence (Chirkova et al. 2025, arXiv 2501.16214) and OpenProvence: the mean P(keep) over a sentence's tokens.

    Checkpoints are read by their layout; no code of theirs runs. What differs from OpenProvence's code: sentences are
    ragzip's; a passage longer than the window is cut at sentence ends into even windows; text and spans of the source
    stay; a token budget is met exactly. Without a query the model is asked an empty one.

    :param model: a folder or a hub id, or any :class:`~ragzip.backends.protocols.PassageScorer`. There is no default:
        no such weights are shipped.
    :param threshold: for calls without a budget; OpenProvence's own default is 0.1, its cards name 0.05 to 0.5.
    :param device: for torch; default: CUDA where there is one, else the CPU.
    """

    name: ClassVar[str] = "extractive/provence.v1"
    scores_are_probabilities: ClassVar[bool] = True

    def __init__(
        self,
        model: str | Path | PassageScorer | None = None,
        *,
        threshold: float = 0.1,
        device: str | None = None,
        fill: Fill = "relevant",
    ) -> None:
        super().__init__(fill=fill)
        self.default_threshold = real_number(threshold, "threshold")
        self.scorer = CachedPassageScorer(load_provence(model, device=device))

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        return (self.scorer,)

    def analyse(self, query: str | None, passages: Sequence[Passage]) -> Analysis:
        read_passages = self.scorer.score_passages(query, [(passage.title, passage.text) for passage in passages])
        scores_by_passage = [
            np.maximum(passage_scores.sentence_scores(passage.spans), 0.0)
            for passage_scores, passage in zip(read_passages, passages, strict=True)
        ]
        relevance = [float(1 / (1 + np.exp(-passage_scores.relevance))) for passage_scores in read_passages]
        return Analysis(scores_by_passage, relevance=relevance)
