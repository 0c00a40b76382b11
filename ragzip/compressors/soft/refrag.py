"""REFRAG: all pieces as vectors, those that the query needs as text again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ragzip.compressors.soft.adapted import Adapted
from ragzip.compressors.soft.family import SoftPiece
from ragzip.fitting.levels import Levels, PieceCosts, expand
from ragzip.text.scores import Scores
from ragzip.types import Budget

if TYPE_CHECKING:
    from ragzip.soft.language import LanguageModel

__all__ = ["Refrag"]


class Refrag(Adapted):
    """REFRAG (Lin et al. 2025, arXiv 2509.01092): compress, sense, expand. Every piece is a few vectors; those that the
    query needs are expanded to text, the most relevant one first, as far as the budget reaches. So the share that is
    text follows from the budget and from what the pieces say, and no piece is dropped so that another one can be text
    (``soft/compllm`` with ``text`` set does that).

    Without a budget, all pieces that the chooser finds needed are text. Without a query, all may be, as far as a budget
    reaches.

    What differs from the paper: pieces and vectors are those of CompLLM, five of a piece of 20 tokens, in place of one
    of 8 to 32 tokens from an encoder of another kind; the policy is the relevance that the pruner gives, in place of a
    network trained by reinforcement with the reader's perplexity, so it knows nothing of the reader.

    :param text: largest share of the pieces that is expanded, 0 to 1; the paper expands a quarter or less.
    Other options: see :class:`~ragzip.compressors.soft.adapted.Adapted`.
    """

    name: ClassVar[str] = "soft/refrag.v1"
    method = "compllm"
    default_ratio = 4

    def __init__(self, model: str | Path | LanguageModel | None = None, *, text: float = 1.0, **options: Any) -> None:
        super().__init__(model, text=text, **options)

    def _as_text(
        self, query: str | None, pieces: Sequence[SoftPiece], scores: Scores, budget: Budget
    ) -> npt.NDArray[np.bool_]:
        if query is None:
            is_needed = np.full(len(pieces), budget.max_tokens is not None)
        else:
            piece_counts = [len(list(group)) for _, group in groupby(pieces, key=lambda piece: piece.segment)]
            is_needed = self.chooser.needed(np.split(scores, np.cumsum(piece_counts)[:-1]))
        return is_needed & super()._as_text(query, pieces, scores, budget)

    def _allocated(self, costs: PieceCosts, budget: Budget, measure: Callable[[Levels], int]) -> Levels:
        return expand(costs, budget.max_tokens, budget.threshold, measure)
