"""Retrieval by meaning: FAISS over the shipped sentence embedder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ragzip.backends.cached import CachedEmbedder
from ragzip.backends.load import load_embedder
from ragzip.cache import SegmentCache, open_cache, use_cache
from ragzip.checks import with_methods
from ragzip.errors import MissingExtraError, StorageError
from ragzip.retrievers.base import PASSAGES_NAME, PassageIndex, readable
from ragzip.text.titles import titled
from ragzip.types import Document

if TYPE_CHECKING:
    from ragzip.backends.protocols import TextEmbedder, Vectors

__all__ = ["DenseRetriever"]

VECTORS_NAME = "vectors.npy"


class DenseRetriever(PassageIndex):
    """Exact inner product over unit vectors (FAISS, flat). A loaded index stays on disk, mapped into memory, until it
    is changed. Vectors are cached by content: an unchanged passage is not embedded again.

    :param embedder: "multilingual" (``ragzip[multilingual]``), the folder of an ONNX embedder, or any
        :class:`~ragzip.backends.protocols.TextEmbedder`; default: the English one that is shipped. An index is bound to
        it by its fingerprint.
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
        embedder: str | Path | TextEmbedder | None = None,
        cache: SegmentCache | str | Path | bool | None = None,
        max_words: int = 150,
        overlap: int = 0,
    ) -> None:
        self._faiss = _import_faiss()
        if embedder is not None and not isinstance(embedder, (str, Path)):
            with_methods(embedder, "embedder", ("embed", "dimension", "fingerprint"), expected="a TextEmbedder")
        self.embedder = CachedEmbedder(load_embedder(embedder, None))
        self._cache = open_cache(cache)
        self._index: Any = self._faiss.IndexFlatIP(self.embedder.dimension)
        super().__init__(documents, max_words=max_words, overlap=overlap)

    def as_embedder(self) -> TextEmbedder:
        """An embedder that reads the vectors of indexed passages from the index, and embeds other texts."""
        return _FromIndex(self)

    def vectors(self, rows: Sequence[int]) -> Vectors:
        """The vectors of passages by their row in ``self.passages``. *Shape:* (len(rows), dimension)."""
        if self._stored is not None:
            return np.array(self._stored[list(rows)])
        return np.stack([self._index.reconstruct(row) for row in rows]).astype(np.float32)

    def _added(self, passages: Sequence[Document]) -> None:
        self._in_memory().add(self._embed([_embedded_text(passage) for passage in passages]))

    def _deleted(self, is_kept: Sequence[bool]) -> None:
        deleted_rows = np.flatnonzero(~np.array(is_kept, bool)).astype(np.int64)
        self._in_memory().remove_ids(deleted_rows)

    def _search(self, query: str, k: int) -> list[tuple[int, float]]:
        with use_cache(self._cache):
            vectors = self.embedder.for_queries().embed([query])
        if self._stored is None:
            scores, best_passages = self._index.search(vectors, k)
        else:
            scores, best_passages = self._faiss.knn(vectors, self._stored, k, metric=self._faiss.METRIC_INNER_PRODUCT)
        scored_passages = zip(best_passages[0], scores[0], strict=True)
        return [
            (int(passage_number), float(score))
            for passage_number, score in scored_passages
            if passage_number >= 0 and np.isfinite(score)
        ]

    def _settings(self) -> dict[str, Any]:
        return {"embedder": self.embedder.fingerprint, "dimension": self.embedder.dimension}

    def _save(self, folder: Path) -> None:
        vectors = self._index.reconstruct_n(0, self._index.ntotal) if self._stored is None else self._stored
        np.save(folder / VECTORS_NAME, vectors)  # reading a damaged file of FAISS's ends the process

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


def _embedded_text(passage: Document) -> str:
    """The text of a passage that is embedded."""
    return titled(passage.title, readable(passage))


class _FromIndex:
    """A :class:`~ragzip.backends.protocols.TextEmbedder` that gives the vectors of the index's embedder."""

    def __init__(self, index: DenseRetriever) -> None:
        self.index = index
        self.fingerprint, self.dimension = index.embedder.fingerprint, index.embedder.dimension
        self._rows: dict[str, int] = {}
        self._known: list[Document] | None = None

    def for_queries(self) -> TextEmbedder:
        """The embedder of queries; see :class:`~ragzip.backends.protocols.TwoSidedEmbedder`."""
        return self.index.embedder.for_queries()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors. *Shape:* (n, dimension)."""
        with self.index._lock:
            if self._known is not self.index.passages:  # every change makes a new list
                self._known = self.index.passages
                self._rows = {_embedded_text(passage): row for row, passage in enumerate(self._known)}
            indexed_texts = [text for text in texts if text in self._rows]
            vectors = self.index.vectors([self._rows[text] for text in indexed_texts]) if indexed_texts else ()
        missing_texts = [text for text in texts if text not in self._rows]
        vector_by_text = dict(zip(indexed_texts, vectors, strict=True))
        vector_by_text |= dict(zip(missing_texts, self.index.embedder.embed(missing_texts), strict=True))
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        return np.stack([vector_by_text[text] for text in texts])


def _import_faiss() -> Any:
    try:
        import faiss
    except ModuleNotFoundError as error:
        raise MissingExtraError("faiss", "dense") from error
    return faiss
