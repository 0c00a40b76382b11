"""TCRA's semantic compression: drop the words that change the meaning least."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ragzip.backends.cached import CachedWordScorer
from ragzip.backends.load import load_embedder
from ragzip.backends.scorers.leave_one_out import LeaveOneOut
from ragzip.compressors.fingerprints import Fingerprinted
from ragzip.compressors.token.family import Token

if TYPE_CHECKING:
    from ragzip.backends.protocols import TextEmbedder
    from ragzip.text.scores import Pieces

__all__ = ["Semantic"]


class Semantic(Token):
    """Semantic compression of TCRA-LLM (Liu et al. 2023, arXiv 2310.15556).

    What differs: the paper removes one word after another and embeds again each time; here every word is left out once,
    of its sentence, which can be batched and does not depend on the budget. It still embeds each sentence once a word.

    :param model: the folder or hub id of an encoder, or any :class:`~ragzip.backends.protocols.TextEmbedder`;
        default: the one that is shipped.
    :param backend: "onnx" | "torch"; default: ONNX where the folder of the model holds such a graph, else torch.

    Other parameters: see :class:`~ragzip.compressors.token.family.Token`.
    """

    name: ClassVar[str] = "token/semantic.v1"
    scores_are_probabilities: ClassVar[bool] = False

    def __init__(
        self, model: str | Path | TextEmbedder | None = None, *, backend: str | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.scorer = CachedWordScorer(LeaveOneOut(load_embedder(model, backend)))

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        return (self.scorer,)

    def score_words(self, texts: Sequence[str], query: str | None) -> list[Pieces]:
        return self.scorer.score_words(texts)
