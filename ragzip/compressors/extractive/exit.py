"""EXIT: a language model says of each sentence whether it is useful."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from ragzip.backends.cached import CachedPairScorer
from ragzip.backends.load import load_judge
from ragzip.checks import choice
from ragzip.compressors.extractive.family import Extractive
from ragzip.compressors.extractive.texts.passages import Passage
from ragzip.compressors.fingerprints import Fingerprinted
from ragzip.fitting.choose import Fill
from ragzip.text.scores import Scores

if TYPE_CHECKING:
    from ragzip.backends.protocols import PairScorer

__all__ = ["Exit"]


class Exit(Extractive):
    """EXIT (Hwang et al. 2024, arXiv 2412.12559): P(Yes) of a causal language model, asked of each sentence in its
    context; without a budget, those of 0.5 and more are kept.

    What differs from the paper's code: query and context go through the model once for all sentences (the scores are
    the same); spans and white space of the source stay; a token budget is met exactly. EXIT's own weights are a LoRA
    adapter; merge it into its base to load it here.

    :param model: a folder, a hub id or a GGUF file, or any :class:`~ragzip.backends.protocols.PairScorer`. There is no
        default: no such weights are shipped.
    :param context: "all" documents of the call, as in the paper's code, or the sentence's own "document".
    :param device: for torch; default: CUDA where there is one, else the CPU.
    """

    name: ClassVar[str] = "extractive/exit.v1"
    scores_are_probabilities: ClassVar[bool] = True
    default_threshold = 0.5

    def __init__(
        self,
        model: str | Path | PairScorer | None = None,
        *,
        context: Literal["all", "document"] = "all",
        device: str | None = None,
        neighbours: float = 0.0,
        fill: Fill = "relevant",
    ) -> None:
        super().__init__(neighbours=neighbours, fill=fill)
        self.context = choice(context, "context", ("all", "document"))
        self.scorer = CachedPairScorer(load_judge(model, device=device))

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        return (self.scorer,)

    def score(self, query: str | None, passages: Sequence[Passage]) -> list[Scores]:
        question = query or "What are the main points?"
        if self.context == "document":
            return [self._judged(question, _context([passage]), passage.sentences) for passage in passages]
        all_sentences = [sentence for passage in passages for sentence in passage.sentences]
        scores = self._judged(question, _context(passages), all_sentences)
        return np.split(scores, np.cumsum([len(passage.sentences) for passage in passages])[:-1])

    def _judged(self, query: str, context: str, sentences: Sequence[str]) -> Scores:
        return self.scorer.score_pairs(f"Query:\n{query}\nFull context:\n{context}", sentences).astype(np.float64)


def _context(passages: Sequence[Passage]) -> str:
    passage_texts = (" ".join(passage.sentences) for passage in passages)
    return "\n".join(
        f"{passage.title}\n{passage_text}" if passage.title else passage_text
        for passage, passage_text in zip(passages, passage_texts, strict=True)
    )
