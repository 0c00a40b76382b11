"""Vectors as short codes: product quantisation with FAISS.

Each vector is rotated (OPQ, Ge et al. 2013), cut into ``code_bytes`` pieces, and each piece is stored as the number of
the nearest of 256 centroids (PQ, Jégou et al. 2011). A query is not quantised: its inner product with a passage is a
sum of ``code_bytes`` numbers from a table. With ``cells`` above 1, passages are grouped by the nearest of so many
coarse centroids (IVF), and only the ``probes`` groups nearest to the query are read. Codes are of the vector itself and
not of its difference to the coarse centroid, so that scores are the same with and without cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ragzip.checks import whole_number
from ragzip.errors import InputError, OptionError
from ragzip.retrievers.vectors import Nearest, import_faiss, nearest

if TYPE_CHECKING:
    from ragzip.backends.protocols import Vectors

__all__ = ["CENTROIDS", "CODE_FILES", "Codebook", "ProductCodes"]

CENTROIDS = 256  # of each piece: as many as a byte can number
BITS = 8
MAX_TRAINING_VECTORS = 64 * CENTROIDS  # more make the codebook hardly better
MAX_CELLS = 2**16
ROTATION_STEPS = 8
SEED = 20261128
CODES_NAME, ROTATION_NAME, CENTROIDS_NAME = "codes.npy", "rotation.npy", "centroids.npy"
SCORING_NAME, COARSE_NAME, CELLS_NAME = "scoring.npy", "coarse.npy", "cells.npy"
CODE_FILES = (CODES_NAME, ROTATION_NAME, CENTROIDS_NAME, SCORING_NAME, COARSE_NAME, CELLS_NAME)


class Codebook:
    """A product quantizer: it turns a vector into a code.

    :ivar rotation: *Shape:* (dimension, dimension).
    :ivar centroids: that codes are assigned by. *Shape:* (code_bytes, 256, dimension ÷ code_bytes).
    :ivar scoring: that codes are read with: ``centroids``, or those that were trained for ranking (JPQ). *Shape:* as
        centroids.
    :ivar coarse: centroids of the cells, of rotated vectors. *Shape:* (cells, dimension).
    """

    def __init__(self, rotation: Vectors, centroids: Vectors, coarse: Vectors, scoring: Vectors | None = None) -> None:
        self.rotation, self.centroids, self.coarse = rotation, centroids, coarse
        self.scoring = centroids if scoring is None else scoring

    @classmethod
    def trained(cls, vectors: Vectors, code_bytes: int, cells: int) -> Codebook:
        """The codebook of ``vectors``, at least 256 and one for each cell: the same for the same vectors. *Shape:*
        (n, dimension).
        """
        faiss = import_faiss()
        if len(vectors) > MAX_TRAINING_VECTORS:
            sample = np.random.default_rng(SEED).choice(len(vectors), MAX_TRAINING_VECTORS, replace=False)
            vectors = vectors[np.sort(sample)]
        vectors = np.ascontiguousarray(vectors, np.float32)
        rotation = _rotation_of(vectors, code_bytes)
        rotated = np.ascontiguousarray(vectors @ rotation.T)
        quantizer = _quantizer(vectors.shape[1], code_bytes)
        quantizer.train(rotated)
        clustering = faiss.Kmeans(vectors.shape[1], cells, seed=SEED, min_points_per_centroid=1, spherical=True)
        if cells > 1:
            clustering.train(rotated)
        coarse = clustering.centroids if cells > 1 else np.zeros((1, vectors.shape[1]), np.float32)
        return cls(rotation, _centroids_of(quantizer), np.array(coarse, np.float32))

    def codes(self, vectors: Vectors) -> npt.NDArray[np.uint8]:
        """*Shape:* (n, dimension) to (n, code_bytes)."""
        quantizer = _quantizer(self.rotation.shape[0], len(self.centroids))
        _set_centroids(quantizer, self.centroids)
        codes: npt.NDArray[np.uint8] = quantizer.compute_codes(self.rotated(vectors))
        return codes

    def cells_of(self, vectors: Vectors) -> npt.NDArray[np.int32]:
        """The number of the cell of each vector. *Shape:* (n, dimension) to (n,)."""
        return np.asarray((self.rotated(vectors) @ self.coarse.T).argmax(1), np.int32)

    def rotated(self, vectors: Vectors) -> Vectors:
        """*Shape:* (n, dimension) to the same."""
        return np.ascontiguousarray(vectors @ self.rotation.T, np.float32)

    def decoded(self, codes: npt.NDArray[np.uint8]) -> Vectors:
        """The vectors that ``codes`` are scored as, not rotated back. *Shape:* (n, code_bytes) to (n, dimension)."""
        pieces = self.scoring[np.arange(len(self.scoring)), codes]
        return np.asarray(pieces.reshape(len(codes), -1), np.float32)


class ProductCodes:
    """A :class:`~ragzip.retrievers.vectors.VectorIndex` that keeps codes of ``code_bytes`` bytes instead of vectors.

    The first passages that are added train the codebook; later ones are encoded with it.

    :param code_bytes: of a passage; a divisor of the dimension. Default: the dimension ÷ 8, 32 times less than float32.
    :param cells: groups of passages; 1 reads every passage.
    :param probes: groups that a search reads.
    :raises OptionError: an option outside its range.
    """

    kind = "pq"
    is_mapped = False

    def __init__(self, dimension: int, code_bytes: int | None = None, cells: int = 1, probes: int = 8) -> None:
        self._faiss = import_faiss()
        self.dimension = dimension
        self.code_bytes = _code_bytes_of(code_bytes, dimension)
        self.cells = whole_number(cells, "cells", least=1, most=MAX_CELLS)
        self.probes = whole_number(probes, "probes", least=1)
        self.codebook: Codebook | None = None
        self.codes = np.zeros((0, self.code_bytes), np.uint8)
        self._cell_numbers = np.zeros(0, np.int32)
        self._index: Any = None  # of FAISS, made of the above for the first search after a change

    @property
    def settings(self) -> dict[str, Any]:
        return {"code_bytes": self.code_bytes, "cells": self.cells, "probes": self.probes}

    def add(self, vectors: Vectors) -> None:
        if self.codebook is None:
            fewest = max(CENTROIDS, self.cells)
            if len(vectors) < fewest:
                raise InputError(
                    f"index: received {len(vectors):,} passages to train a PQ index on, expected {fewest:,} or more "
                    "in the first call (10,000 make a good one). Add them together, or take index='flat', which is "
                    "exact and small for so few."
                )
            self.codebook = Codebook.trained(vectors, self.code_bytes, self.cells)
        codes, cell_numbers = self.codebook.codes(vectors), self.codebook.cells_of(vectors)
        self.codes = np.concatenate([self.codes, codes])
        self._cell_numbers = np.concatenate([self._cell_numbers, cell_numbers])
        self._index = None

    def remove(self, rows: npt.NDArray[np.int64]) -> None:
        self.codes, self._cell_numbers = np.delete(self.codes, rows, 0), np.delete(self._cell_numbers, rows)
        self._index = None

    def search(self, vector: Vectors, k: int) -> Nearest:
        if self.codebook is None or not len(self.codes):
            return []
        if self._index is None:
            self._index = self._built(self.codebook)
        scores, rows = self._index.search(self.codebook.rotated(vector[None]), k)
        return nearest(rows[0], scores[0])

    def vectors(self, rows: Sequence[int]) -> Vectors:
        """The vectors that the codes at ``rows`` stand for: near those that were added. *Shape:* (len(rows),
        dimension).
        """
        if self.codebook is None:
            return np.zeros((0, self.dimension), np.float32)
        return np.asarray(self.codebook.decoded(self.codes[list(rows)]) @ self.codebook.rotation, np.float32)

    def score_with(self, centroids: Vectors) -> None:
        """Read the codes with other ``centroids`` from now on; new passages get their codes by the former ones, as
        these passages did. *Shape:* (code_bytes, 256, dimension ÷ code_bytes).

        :raises InputError: the index has no codebook yet, or one of another shape.
        """
        received = None if self.codebook is None else self.codebook.centroids.shape
        if self.codebook is None or centroids.shape != received:
            raise InputError(
                f"centroids: received the shape {centroids.shape}, expected that of the index, {received}."
            )
        self.codebook.scoring = np.ascontiguousarray(centroids, np.float32)
        self._index = None

    def save(self, folder: Path) -> None:
        if self.codebook is None:
            return
        np.save(folder / CODES_NAME, self.codes)
        np.save(folder / CELLS_NAME, self._cell_numbers)
        np.save(folder / ROTATION_NAME, self.codebook.rotation)
        np.save(folder / CENTROIDS_NAME, self.codebook.centroids)
        np.save(folder / SCORING_NAME, self.codebook.scoring)
        np.save(folder / COARSE_NAME, self.codebook.coarse)

    def load(self, folder: Path, count: int) -> None:
        centroids_shape = (self.code_bytes, CENTROIDS, self.dimension // self.code_bytes)
        rotation = _array(folder / ROTATION_NAME, np.float32, (self.dimension, self.dimension))
        centroids = _array(folder / CENTROIDS_NAME, np.float32, centroids_shape)
        scoring = _array(folder / SCORING_NAME, np.float32, centroids_shape)
        coarse = _array(folder / COARSE_NAME, np.float32, (self.cells, self.dimension))
        self.codes = _array(folder / CODES_NAME, np.uint8, (count, self.code_bytes))
        self._cell_numbers = _array(folder / CELLS_NAME, np.int32, (count,))
        if count and not 0 <= self._cell_numbers.min() <= self._cell_numbers.max() < self.cells:
            raise ValueError(f"numbers of cells that are not from 0 to {self.cells - 1}")
        self.codebook = Codebook(rotation, centroids, coarse, scoring)
        self._index = None

    def _built(self, codebook: Codebook) -> Any:
        """FAISS's index over the codes."""
        faiss, metric = self._faiss, self._faiss.METRIC_INNER_PRODUCT
        if self.cells == 1:
            index = faiss.IndexPQ(self.dimension, self.code_bytes, BITS, metric)
            faiss.copy_array_to_vector(self.codes.ravel(), index.codes)
        else:
            coarse = faiss.IndexFlatIP(self.dimension)
            coarse.add(codebook.coarse)
            index = faiss.IndexIVFPQ(coarse, self.dimension, self.cells, self.code_bytes, BITS, metric)
            index.by_residual, index.nprobe = False, min(self.probes, self.cells)
            for cell in np.unique(self._cell_numbers):
                rows = np.flatnonzero(self._cell_numbers == cell)
                cell_codes = np.ascontiguousarray(self.codes[rows])
                index.invlists.add_entries(int(cell), len(rows), faiss.swig_ptr(rows), faiss.swig_ptr(cell_codes))
        _set_centroids(index.pq, codebook.scoring)
        index.ntotal, index.is_trained = len(self.codes), True
        return index


def _code_bytes_of(code_bytes: int | None, dimension: int) -> int:
    divisors = [size for size in range(1, dimension + 1) if dimension % size == 0]
    if code_bytes is None:
        return max(size for size in divisors if size <= max(1, dimension // 8))
    code_bytes = whole_number(code_bytes, "code_bytes", least=1)
    if code_bytes not in divisors:
        raise OptionError(
            f"code_bytes: received {code_bytes}, expected a divisor of the vectors' dimension, {dimension}: "
            f"{', '.join(map(str, divisors))}."
        )
    return code_bytes


def _rotation_of(vectors: Vectors, code_bytes: int) -> Vectors:
    """The rotation after which pieces of ``vectors`` lose least. *Shape:* (n, dimension) to (dimension, dimension).

    It starts from their principal components, dealt out so that the pieces have equal variance (the parametric solution
    of OPQ): eight iterations then end as low as fifty from a random rotation.
    """
    faiss, dimension = import_faiss(), vectors.shape[1]
    # FAISS lacks components, and writes past its arrays, where there are fewer vectors than numbers in one
    vectors = np.tile(vectors, (-(-dimension // len(vectors)), 1))
    components = faiss.PCAMatrix(dimension, dimension, 0, False)
    components.balanced_bins = code_bytes
    components.train(vectors)
    quantizer = _quantizer(dimension, code_bytes)  # a name, since FAISS does not keep it alive
    optimized = faiss.OPQMatrix(dimension, code_bytes)
    optimized.pq, optimized.niter = quantizer, ROTATION_STEPS
    faiss.copy_array_to_vector(faiss.vector_to_array(components.A), optimized.A)
    optimized.train(vectors)
    return np.array(faiss.vector_to_array(optimized.A), np.float32).reshape(dimension, dimension)


def _quantizer(dimension: int, code_bytes: int) -> Any:
    """An untrained product quantizer of FAISS, which does not warn of few vectors, and draws the same every time."""
    quantizer = import_faiss().ProductQuantizer(dimension, code_bytes, BITS)
    quantizer.cp.min_points_per_centroid, quantizer.cp.seed = 1, SEED
    return quantizer


def _centroids_of(quantizer: Any) -> Vectors:
    flat = import_faiss().vector_to_array(quantizer.centroids)
    return np.array(flat, np.float32).reshape(quantizer.M, CENTROIDS, quantizer.dsub)


def _set_centroids(quantizer: Any, centroids: Vectors) -> None:
    import_faiss().copy_array_to_vector(np.ascontiguousarray(centroids, np.float32).ravel(), quantizer.centroids)


def _array(path: Path, dtype: type[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """The array in ``path``.

    :raises ValueError: it has another type or shape, or numbers that are not finite.
    """
    array: npt.NDArray[Any] = np.ascontiguousarray(np.load(path, allow_pickle=False))
    if array.dtype != dtype or array.shape != shape or not np.isfinite(array).all():
        raise ValueError(f"{path.name} of {array.dtype} {array.shape}, expected {np.dtype(dtype)} {shape}")
    return array
