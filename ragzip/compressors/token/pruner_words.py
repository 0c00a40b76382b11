"""Words by the shipped pruner, with or without a query."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ragzip.backends.cached import CachedPassageScorer
from ragzip.backends.load import load_pruner
from ragzip.compressors.fingerprints import Fingerprinted
from ragzip.compressors.token.family import Token
from ragzip.text.scores import Pieces, sigmoid

if TYPE_CHECKING:
    from ragzip.backends.protocols import PassageScorer

__all__ = ["PrunerWords"]


class PrunerWords(Token):
    """LLMLingua-2's task (Pan et al. 2024, arXiv 2403.12968) with weights that are in the package: the probability of
    each word to be kept, by the word head of the pruner. With a query, words of its answer and of its wording count.

    What differs from LLMLingua-2: trained on deletions and on words that questions ask about rather than on GPT-4's
    extracts; it can read a query.

    :param model: a folder made by ``ragzip train pruner``, or any :class:`~ragzip.backends.protocols.PassageScorer`;
        default: the shipped one.

    Other parameters: see :class:`~ragzip.compressors.token.family.Token`.
    """

    name: ClassVar[str] = "token/pruner-words.v1"
    scores_are_probabilities: ClassVar[bool] = True

    def __init__(
        self,
        model: str | Path | PassageScorer | None = None,
        *,
        force_tokens: Sequence[str] = (),
        force_reserve_digit: bool = False,
        drop_consecutive: bool = False,
        context_filter: bool | float = False,
    ) -> None:
        super().__init__(
            force_tokens=force_tokens,
            force_reserve_digit=force_reserve_digit,
            drop_consecutive=drop_consecutive,
            context_filter=context_filter,
        )
        scorer, fusion = load_pruner(model)
        self.scorer = CachedPassageScorer(scorer)
        self._bias = fusion.get("words", {}).get("bias", 0.0)

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        return (self.scorer,)

    def score_words(self, texts: Sequence[str], query: str | None) -> list[Pieces]:
        scored_passages = self.scorer.score_passages(query, [(None, text) for text in texts])
        query_bias = self._bias if query is None else 0.0
        return [
            Pieces(passage_scores.spans, sigmoid(passage_scores.word + query_bias).astype(np.float32))
            for passage_scores in scored_passages
        ]
