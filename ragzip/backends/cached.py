"""The only place the cache sits: backends that ask the model for misses alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ragzip.backends.base import Pieces
from ragzip.cache import active_cache

if TYPE_CHECKING:
    from ragzip.backends.base import TextEmbedder, Vectors, WordScorer

__all__ = ["CachedEmbedder", "CachedWordScorer"]


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


class CachedWordScorer:
    """A :class:`WordScorer` over another one and the cache of the call. An entry holds the pieces of one text: their
    offsets and, in the same array, the bits of their scores. *Shape:* (n, 3), int32.
    """

    def __init__(self, scorer: WordScorer) -> None:
        self.scorer = scorer

    @property
    def fingerprint(self) -> str:
        return self.scorer.fingerprint

    def score_words(self, texts: Sequence[str], query: str | None = None) -> list[Pieces]:
        """The scored pieces of each text; equal texts are scored once."""
        cache = active_cache()
        if cache is not None:
            found = cache.fetch(
                "words", self.fingerprint, texts, lambda missing: self._packed(missing, query), query=query
            )
            return [Pieces(array[:, :2], array[:, 2].copy().view(np.float32)) for array in found]
        distinct = list(dict.fromkeys(texts))
        scored = dict(zip(distinct, self.scorer.score_words(distinct, query), strict=True))
        return [scored[text] for text in texts]

    def _packed(self, texts: Sequence[str], query: str | None) -> list[np.ndarray[tuple[int, ...], np.dtype[np.int32]]]:
        scored = self.scorer.score_words(texts, query)
        return [np.column_stack([spans, keep.view(np.int32)]).astype(np.int32) for spans, keep in scored]
