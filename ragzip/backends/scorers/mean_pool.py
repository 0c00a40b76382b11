"""Text vectors from an encoder's token states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ragzip.backends.windows import specials

if TYPE_CHECKING:
    from ragzip.backends.protocols import TokenModel, Vectors

__all__ = ["MeanPoolEmbedder"]


class MeanPoolEmbedder:
    """The mean of a text's token states, special tokens included, as in RECOMP and Contriever: not normalised, so that
    the score is a dot product. Of a text longer than the window the beginning is read.
    """

    def __init__(self, model: TokenModel) -> None:
        self.model = model
        self._before, self._after = specials(model.tokenizer)
        self.dimension = int(model.run([[*self._before, *self._after]])[0].shape[1])

    @property
    def fingerprint(self) -> str:
        return f"{self.model.fingerprint}:mean"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """*Shape:* (n, dimension)."""
        payload_tokens = self.model.longest - len(self._before) - len(self._after)
        encodings = self.model.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        windows = [[*self._before, *encoding.ids[:payload_tokens], *self._after] for encoding in encodings]
        vectors = [states.mean(0) for states in self.model.run(windows)]
        return np.stack(vectors).astype(np.float32) if vectors else np.zeros((0, self.dimension), np.float32)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.model,)
