"""Retrieval by meaning: FAISS over the shipped sentence embedder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ragzip.backends.cached import CachedEmbedder
from ragzip.backends.runtimes.onnx import OnnxEmbedder
from ragzip.cache import SegmentCache, open_cache, use_cache
from ragzip.checks import with_methods
from ragzip.errors import MissingExtraError, StorageError
from ragzip.retrievers.base import PASSAGES_NAME, PassageIndex, readable
from ragzip.types import Document

if TYPE_CHECKING:
    from ragzip.backends.protocols import TextEmbedder, Vectors

__all__ = ["DenseRetriever"]

VECTORS_NAME = "vectors.npy"


class DenseRetriever(PassageIndex):
    """Exact inner product over unit vectors (FAISS, flat). A loaded index stays on disk, mapped into memory, until it
    is changed. Vectors are cached by content: a passage that comes back is not embedded again.

    :param embedder: default: the shipped one. An index is bound to it by its fingerprint.
    :param cache: None (the default cache) | False (off) | a path | a SegmentCache.
    :raises MissingExtraError: without ``ragzip[dense]``.
    """

    kind = "dense"
    files = (PASSAGES_NAME, VECTORS_NAME)
    _stored: Vectors | None = None  # of a saved index, on disk; *shape:* (passages, dimension)

    def __init__(
        self,
        documents: Iterable[Document] = (),
        *,
        embedder: TextEmbedder | None = None,
        cache: SegmentCache | str | Path | bool | None = None,
        max_words: int = 150,
        overlap: int = 0,
    ) -> None:
        self._faiss = _import_faiss()
        if embedder is not None:
            with_methods(embedder, "embedder", ("embed", "dimension", "fingerprint"), expected="a TextEmbedder")
        self.embedder = CachedEmbedder(embedder if embedder is not None else OnnxEmbedder())
        self._cache = open_cache(cache)
        self._index: Any = self._faiss.IndexFlatIP(self.embedder.dimension)
        super().__init__(documents, max_words=max_words, overlap=overlap)

    def as_embedder(self) -> TextEmbedder:
        """An embedder that takes what the index holds already out of it, and embeds only the rest."""
        return _FromIndex(self)

    def vectors(self, rows: Sequence[int]) -> Vectors:
        """Those of passages by their place in ``self.passages``. *Shape:* (len(rows), dimension)."""
        if self._stored is not None:
            return np.array(self._stored[list(rows)])
        return np.stack([self._index.reconstruct(row) for row in rows]).astype(np.float32)

    def _added(self, passages: Sequence[Document]) -> None:
        self._in_memory().add(self._embed([_embedded(passage) for passage in passages]))

    def _deleted(self, stays: Sequence[bool]) -> None:
        gone = np.flatnonzero(~np.array(stays, bool)).astype(np.int64)
        self._in_memory().remove_ids(gone)

    def _search(self, query: str, k: int) -> list[tuple[int, float]]:
        vectors = self._embed([query])
        if self._stored is None:
            scores, found = self._index.search(vectors, k)
        else:
            scores, found = self._faiss.knn(vectors, self._stored, k, metric=self._faiss.METRIC_INNER_PRODUCT)
        rows = zip(found[0], scores[0], strict=True)
        return [(int(i), float(score)) for i, score in rows if i >= 0 and np.isfinite(score)]

    def _settings(self) -> dict[str, Any]:
        return {"embedder": self.embedder.fingerprint, "dimension": self.embedder.dimension}

    def _save(self, folder: Path) -> None:
        everything = self._index.reconstruct_n(0, self._index.ntotal) if self._stored is None else self._stored
        np.save(folder / VECTORS_NAME, everything)  # not as FAISS does: a damaged file of its own ends the process

    def _load(self, folder: Path, settings: dict[str, Any]) -> None:
        if settings.get("embedder") != self.embedder.fingerprint:
            raise StorageError(
                f"index: {folder} was made with the embedder {settings.get('embedder')!r:.200}, this one is "
                f"{self.embedder.fingerprint!r}. Pass the same embedder, or build the index anew."
            )
        if self.passages:
            vectors = np.load(folder / VECTORS_NAME, mmap_mode="r", allow_pickle=False)
            shape = (len(self.passages), self.embedder.dimension)
            if vectors.shape != shape or vectors.dtype != np.float32 or not vectors.flags.c_contiguous:
                raise ValueError(f"vectors of {vectors.dtype} {vectors.shape}, expected float32 {shape}")
            self._stored = vectors

    def _embed(self, texts: list[str]) -> Vectors:
        with use_cache(self._cache):
            return self.embedder.embed(texts)

    def _in_memory(self) -> Any:
        """The index, copied out of its file before the first change."""
        if self._stored is not None:
            self._index.add(np.ascontiguousarray(self._stored))
            self._stored = self._origin = None
        return self._index


def _embedded(passage: Document) -> str:
    """What is embedded of a passage."""
    text = readable(passage)
    return f"{passage.title}: {text}" if passage.title else text


class _FromIndex:
    """A :class:`~ragzip.backends.protocols.TextEmbedder` with the numbers of the index's own embedder."""

    def __init__(self, index: DenseRetriever) -> None:
        self.index = index
        self.fingerprint, self.dimension = index.embedder.fingerprint, index.embedder.dimension
        self._rows: dict[str, int] = {}
        self._known: list[Document] | None = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors. *Shape:* (n, dimension)."""
        with self.index._lock:
            if self._known is not self.index.passages:  # every change makes a new list
                self._known = self.index.passages
                self._rows = {_embedded(passage): row for row, passage in enumerate(self._known)}
            found = [text for text in texts if text in self._rows]
            vectors = self.index.vectors([self._rows[text] for text in found]) if found else ()
        missing = [text for text in texts if text not in self._rows]
        by_text = dict(zip(found, vectors, strict=True))
        by_text |= dict(zip(missing, self.index.embedder.embed(missing), strict=True))
        return np.stack([by_text[text] for text in texts]) if texts else np.zeros((0, self.dimension), np.float32)


def _import_faiss() -> Any:
    try:
        import faiss
    except ModuleNotFoundError as error:
        raise MissingExtraError("faiss", "dense") from error
    return faiss
