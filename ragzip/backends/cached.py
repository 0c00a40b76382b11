"""The only place the cache sits: a backend that asks the model for misses alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ragzip.cache import active_cache

if TYPE_CHECKING:
    from ragzip.backends.base import TextEmbedder, Vectors

__all__ = ["CachedEmbedder"]


class CachedEmbedder:
    """A :class:`TextEmbedder` over another one and the cache of the call (see :func:`ragzip.cache.use_cache`).

    Vectors are stored and returned as float16 rounds them, so that a hit and a miss give the same numbers.
    """

    def __init__(self, embedder: TextEmbedder) -> None:
        self.embedder = embedder

    @property
    def fingerprint(self) -> str:
        return self.embedder.fingerprint

    @property
    def dimension(self) -> int:
        return self.embedder.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of ``texts``. *Shape:* (n, dimension)."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        cache = active_cache()
        if cache is None:
            return self.embedder.embed(texts).astype(np.float16).astype(np.float32)
        found = cache.fetch("embed", self.fingerprint, texts, self._half, shape=(self.dimension,))
        return np.stack(found).astype(np.float32)

    def _half(self, texts: Sequence[str]) -> Sequence[np.ndarray[tuple[int, ...], np.dtype[np.float16]]]:
        return list(self.embedder.embed(texts).astype(np.float16))
