"""xRAG's encoder: one vector a passage, from the vector in a retriever's index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from ragzip.backends.runtimes.torch import to_device
from ragzip.checks import whole_number
from ragzip.errors import ModelError, OptionError
from ragzip.process.lazy_property import lazy_property
from ragzip.soft.encoders.base import Encoder, digest, fill
from ragzip.soft.language import LanguageModel
from ragzip.text.spans import Span
from ragzip.text.splitters import passages

if TYPE_CHECKING:
    from ragzip.backends.protocols import TextEmbedder

__all__ = ["XragEncoder"]

_MAX_WORDS_PER_PASSAGE = 150  # as in an index


class XragEncoder(Encoder):
    """Cheng et al. 2024 (xRAG, arXiv 2405.13792): a sentence embedding, through two linear layers with a GELU between
    them, is read by the language model in place of the passage.

    :param embedder: any; vectors in an index are reused by :meth:`ragzip.retrievers.dense.DenseRetriever.as_embedder`.
    :param embedded_by: fingerprint of the embedder that the projector was trained with (None: not known).
    :raises ModelError: a projector that was trained with another embedder.
    """

    method = "xrag"

    def __init__(
        self,
        lm: LanguageModel,
        embedder: TextEmbedder,
        *,
        embedded_by: str | None = None,
    ) -> None:
        if embedded_by not in (None, embedder.fingerprint):
            raise ModelError(
                f"xrag: the projector was trained with the embedder {embedded_by!r}, this one is "
                f"{embedder.fingerprint!r}. A new embedder needs a new training."
            )
        super().__init__(lm)
        self.embedder, self.embedded_by = embedder, embedded_by
        self.head = torch.nn.Sequential(
            torch.nn.Linear(embedder.dimension, lm.hidden), torch.nn.GELU(), torch.nn.Linear(lm.hidden, lm.hidden)
        )
        self.head = self.head.to(lm.device).float()

    @lazy_property
    def fingerprint(self) -> str:
        """The identity of everything that changes the vectors; computed on first use, so not during training."""
        return f"{self.lm.fingerprint}:xrag:{self.embedder.fingerprint}:{digest(self.tensors())}"

    def tensors(self) -> dict[str, Any]:
        """The trained tensors by name."""
        return {f"head.{name}": tensor for name, tensor in self.head.state_dict().items()}

    def settings(self) -> dict[str, Any]:
        """The arguments that make it again, besides the tensors."""
        return {"embedded_by": self.embedder.fingerprint}

    def __reduce__(self) -> tuple[Any, ...]:
        arrays = {name: tensor.detach().cpu().numpy() for name, tensor in self.tensors().items()}
        return _remake, (self.lm, self.embedder, self.embedded_by, arrays)

    def check(self, ratio: int) -> int:
        """``ratio``, which has to be 1: one vector a piece.

        :raises OptionError: another ratio.
        """
        if whole_number(ratio, "ratio", least=1, expected="1: a passage is one vector") != 1:
            raise OptionError(f"ratio: received {ratio!r}; xrag makes one vector of a passage, whatever its length.")
        return 1

    def pieces(self, text: str) -> list[Span]:
        """Passages of at most 150 words, as indexes have them."""
        return passages(text, max_words=_MAX_WORDS_PER_PASSAGE)

    def sizes(self, texts: Sequence[str], ratio: int) -> list[int]:
        """One vector for each text."""
        return [1] * len(texts)

    def encode(self, texts: Sequence[str], ratio: int = 1) -> list[npt.NDArray[np.float16]]:
        """The vector of each text. *Shape:* (1, hidden) each."""
        self.check(ratio)
        if not texts:
            return []
        with torch.no_grad():
            return [vector.cpu().numpy().astype(np.float16) for vector in self.vectors(texts, ratio)]

    def vectors(self, texts: Sequence[str], ratio: int) -> list[Any]:
        """The vectors of each text as tensors with gradients, for training."""
        return list(self.head(to_device(self.embedder.embed(texts), self.lm.device))[:, None])


def _remake(
    lm: LanguageModel, embedder: TextEmbedder, embedded_by: str | None, arrays: dict[str, npt.NDArray[Any]]
) -> XragEncoder:
    encoder = XragEncoder(lm, embedder, embedded_by=embedded_by)
    filled_encoder: XragEncoder = fill(encoder, {name: torch.from_numpy(array) for name, array in arrays.items()})
    return filled_encoder
