"""Exact vectors of passages, searched with FAISS: the flat index."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from ragzip.errors import needs_extra

if TYPE_CHECKING:
    from ragzip.backends.protocols import Vectors

__all__ = ["VECTORS_NAME", "FlatVectors", "Nearest", "VectorIndex", "import_faiss"]

VECTORS_NAME = "vectors.npy"
Nearest = list[tuple[int, float]]  # rows and inner products, best first


class VectorIndex(Protocol):
    """Vectors by row, which can be searched, changed, saved and loaded."""

    kind: str
    dimension: int

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that :func:`~ragzip.retrievers.dense.DenseRetriever.load` has to know before the arrays are
        read.
        """
        ...

    @property
    def is_mapped(self) -> bool:
        """Whether the vectors are in a file that is mapped into memory."""
        ...

    def add(self, vectors: Vectors) -> None:
        """Append unit vectors. *Shape:* (n, dimension)."""
        ...

    def remove(self, rows: npt.NDArray[np.int64]) -> None:
        """Remove rows; later ones move up. *Shape:* (n,)."""
        ...

    def search(self, vector: Vectors, k: int) -> Nearest:
        """The ``k`` rows with the largest inner product. *Shape:* (dimension,)."""
        ...

    def vectors(self, rows: Sequence[int]) -> Vectors:
        """The vectors at ``rows``, as far as the index has kept them. *Shape:* (len(rows), dimension)."""
        ...

    def save(self, folder: Path) -> None: ...

    def load(self, folder: Path, count: int) -> None:
        """Take the ``count`` vectors that :meth:`save` wrote.

        :raises ValueError: they do not fit.
        """
        ...


class FlatVectors:
    """All vectors as they are: exact inner products. Loaded ones stay on disk, mapped into memory, until a change."""

    kind = "flat"
    settings: ClassVar[dict[str, Any]] = {}
    _stored: Vectors | None = None  # of a saved index, on disk; *shape:* (passages, dimension)

    def __init__(self, dimension: int) -> None:
        self._faiss = import_faiss()
        self.dimension = dimension
        self._index: Any = self._faiss.IndexFlatIP(dimension)

    @property
    def is_mapped(self) -> bool:
        return self._stored is not None

    def add(self, vectors: Vectors) -> None:
        self._in_memory().add(vectors)

    def remove(self, rows: npt.NDArray[np.int64]) -> None:
        self._in_memory().remove_ids(rows)

    def search(self, vector: Vectors, k: int) -> Nearest:
        queries = vector[None]
        if self._stored is None:
            scores, rows = self._index.search(queries, k)
        else:
            scores, rows = self._faiss.knn(queries, self._stored, k, metric=self._faiss.METRIC_INNER_PRODUCT)
        return nearest(rows[0], scores[0])

    def vectors(self, rows: Sequence[int]) -> Vectors:
        if self._stored is not None:
            return np.array(self._stored[list(rows)])
        arrays = [self._index.reconstruct(row) for row in rows]
        return np.asarray(arrays, np.float32).reshape(len(arrays), self.dimension)

    def save(self, folder: Path) -> None:
        vectors = self._index.reconstruct_n(0, self._index.ntotal) if self._stored is None else self._stored
        np.save(folder / VECTORS_NAME, vectors)  # reading a damaged file of FAISS's ends the process

    def load(self, folder: Path, count: int) -> None:
        vectors = np.load(folder / VECTORS_NAME, mmap_mode="r", allow_pickle=False)
        shape = (count, self.dimension)
        if vectors.shape != shape or vectors.dtype != np.float32 or not vectors.flags.c_contiguous:
            raise ValueError(f"vectors of {vectors.dtype} {vectors.shape}, expected float32 {shape}")
        self._stored = vectors

    def _in_memory(self) -> Any:
        """The index, copied out of its file before the first change."""
        if self._stored is not None:
            self._index.add(np.ascontiguousarray(self._stored))
            self._stored = None
        return self._index


def nearest(rows: npt.NDArray[np.int64], scores: Vectors) -> Nearest:
    """Rows and scores as FAISS gives them, without those that stand for no row. *Shape:* (k,), (k,)."""
    return [
        (int(row), float(score)) for row, score in zip(rows, scores, strict=True) if row >= 0 and np.isfinite(score)
    ]


def import_faiss() -> Any:
    """The library.

    :raises MissingExtraError: without ``ragzip[dense]``.
    """
    with needs_extra("dense"):
        import faiss
    return faiss
