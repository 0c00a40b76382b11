"""The only place the cache sits: backends that ask the model for misses alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ragzip.backends.entries import (
    are_numbers,
    are_words,
    is_array_of,
    is_passage,
    is_score,
    is_utf8,
    numbers_of,
    one_each,
    packed_passage,
    unpacked_passage,
)
from ragzip.backends.identity import lasts
from ragzip.backends.protocols import PassageScores
from ragzip.cache import fetch
from ragzip.errors import ModelError
from ragzip.text.scores import Pieces

if TYPE_CHECKING:
    import numpy.typing as npt

    from ragzip.backends.protocols import (
        PairScorer,
        PassageScorer,
        PassageScores,
        PathScorer,
        Rewriter,
        SoftEncoder,
        TextEmbedder,
        Vectors,
        WordScorer,
    )

__all__ = [
    "CachedEmbedder",
    "CachedPairScorer",
    "CachedPassageScorer",
    "CachedPathScorer",
    "CachedRewriter",
    "CachedSoftEncoder",
    "CachedWordScorer",
    "MAX_REWRITE_CHARS",
    "Stored",
]

Stored = Literal["float16", "int8"]
MAX_REWRITE_CHARS = 1_000_000  # of one text that is written again


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
        vectors = fetch("embed", self.fingerprint, texts, self._half, valid=self._is_vector)
        return np.stack(vectors).astype(np.float32)

    def _is_vector(self, text: str, array: npt.NDArray[Any]) -> bool:
        return are_numbers(array, np.float16, (self.dimension,))

    def _half(self, texts: Sequence[str]) -> Sequence[np.ndarray[tuple[int, ...], np.dtype[np.float16]]]:
        vectors = np.asarray(self.embedder.embed(texts))
        if vectors.shape != (len(texts), self.dimension) or vectors.dtype.kind != "f":
            raise ModelError(
                f"model: {self.fingerprint} gave {vectors.dtype} in the shape {vectors.shape} for {len(texts)} texts, "
                f"expected vectors in the shape ({len(texts)}, {self.dimension})."
            )
        return list(vectors.astype(np.float16))


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

        def compute(missing: Sequence[str]) -> list[npt.NDArray[np.int32]]:
            scored = one_each(self.scorer.score_words(missing, query), missing, self.fingerprint, tuple)
            return [np.column_stack([spans, keep.view(np.int32)]).astype(np.int32) for spans, keep in scored]

        packed = fetch("words", self.fingerprint, texts, compute, query=query, valid=are_words)
        return [Pieces(array[:, :2], array[:, 2].copy().view(np.float32)) for array in packed]


class CachedPassageScorer:
    """A :class:`PassageScorer` over another one and the cache of the call. An entry holds one passage: a row for each
    token (offsets, and the bits of its values), and a last row with the relevance. *Shape:* (n + 1, 5), int32.
    """

    def __init__(self, scorer: PassageScorer) -> None:
        self.scorer = scorer

    @property
    def fingerprint(self) -> str:
        return self.scorer.fingerprint

    def score_passages(self, query: str | None, passages: Sequence[tuple[str | None, str]]) -> list[PassageScores]:
        """The scores of each (title, text); equal ones are scored once."""
        keys = [_key(title, text) for title, text in passages]
        by_key = dict(zip(keys, passages, strict=True))

        def compute(missing: Sequence[str]) -> list[npt.NDArray[np.int32]]:
            given = [by_key[key] for key in missing]
            scored = one_each(self.scorer.score_passages(query, given), given, self.fingerprint, PassageScores)
            return [packed_passage(scores) for scores in scored]

        def valid(key: str, array: npt.NDArray[Any]) -> bool:
            return is_passage(by_key[key][1], array)

        packed = fetch("passages", self.fingerprint, keys, compute, query=query, valid=valid)
        return [unpacked_passage(array) for array in packed]


def _key(title: str | None, text: str) -> str:
    return text if title is None else f"{len(title)}\0{title}\0{text}"


class CachedPairScorer:
    """A :class:`PairScorer` over another one and the cache of the call. An entry is one score. *Shape:* (1,)."""

    def __init__(self, scorer: PairScorer) -> None:
        self.scorer = scorer

    @property
    def fingerprint(self) -> str:
        return self.scorer.fingerprint

    def score_pairs(self, query: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """*Shape:* (len(texts),)."""
        if not texts:
            return np.zeros(0, np.float32)

        def compute(missing: Sequence[str]) -> list[npt.NDArray[np.float32]]:
            scores = numbers_of(self.scorer.score_pairs(query, missing), len(missing), self.fingerprint)
            return list(scores[:, None])

        return np.concatenate(fetch("pairs", self.fingerprint, texts, compute, query=query, valid=is_score))


class CachedPathScorer:
    """A :class:`PathScorer` over another one and the cache of the call. An entry holds all paths of one page, whose
    scores depend on each other. *Shape:* (n,).
    """

    def __init__(self, scorer: PathScorer) -> None:
        self.scorer = scorer

    @property
    def fingerprint(self) -> str:
        return self.scorer.fingerprint

    def score_paths(self, prompt: str, paths: Sequence[Sequence[str]]) -> npt.NDArray[np.float32]:
        """*Shape:* (len(paths),)."""
        page = "\n".join("/".join(path) for path in paths)

        def compute(missing: Sequence[str]) -> list[npt.NDArray[np.float32]]:
            return [numbers_of(self.scorer.score_paths(prompt, paths), len(paths), self.fingerprint)]

        def valid(page: str, array: npt.NDArray[Any]) -> bool:
            return are_numbers(array, np.float32, (len(paths),))

        return fetch("paths", self.fingerprint, [page], compute, query=prompt, valid=valid)[0]


class CachedRewriter:
    """A :class:`Rewriter` over another one and the cache of the call. An entry is what was written, in UTF-8.

    Nothing is stored of a model that cannot be told from others (see :mod:`ragzip.backends.identity`).
    """

    def __init__(self, rewriter: Rewriter) -> None:
        self.rewriter = rewriter

    @property
    def fingerprint(self) -> str:
        return self.rewriter.fingerprint

    def rewrite(self, query: str | None, texts: Sequence[str], max_tokens: int) -> list[str]:
        """Each of ``texts`` in at most ``max_tokens`` tokens; equal ones are written once."""

        def compute(missing: Sequence[str]) -> list[npt.NDArray[np.uint8]]:
            written = self._checked(self.rewriter.rewrite(query, missing, max_tokens), len(missing))
            return [np.frombuffer(one.encode("utf-8", "replace"), np.uint8) for one in written]

        model = f"{self.fingerprint}:{max_tokens}"
        encoded = fetch("rewrite", model, texts, compute, query=query, valid=is_utf8, stored=lasts(self.fingerprint))
        return [_text(array) for array in encoded]

    def _checked(self, written: Any, count: int) -> Sequence[str]:
        """What the model wrote, if it is a text for each of ``count``.

        :raises ModelError: it is not, or one has more than a million characters.
        """
        name = getattr(self.rewriter, "name", None) or type(self.rewriter).__name__
        if not isinstance(written, (list, tuple)) or not all(isinstance(text, str) for text in written):
            kinds = sorted({type(text).__name__ for text in written}) if isinstance(written, (list, tuple)) else []
            received = type(written).__name__ + (f" of {', '.join(kinds)}" if kinds else "")
            raise ModelError(f"model: {name} gave back {received} for {count} texts, expected a list of str, one each.")
        if len(written) != count:
            raise ModelError(f"model: {name} gave back {len(written)} texts for {count}, expected one each, in order.")
        longest = max(map(len, written), default=0)
        if longest > MAX_REWRITE_CHARS:
            raise ModelError(
                f"model: {name} wrote {longest:,} characters of one text, expected a shorter text, of at most "
                f"{MAX_REWRITE_CHARS:,}. Limit the length of its answers."
            )
        return written


def _text(array: npt.NDArray[Any]) -> str:
    return array.tobytes().decode("utf-8", "replace").replace("\0", "")


class CachedSoftEncoder:
    """The vectors of a :class:`SoftEncoder` through the cache of the call. An entry holds those of one piece: in
    float16, *shape:* (k, hidden), or in int8 with a scale for each vector behind it, *shape:* (k, hidden + 4).

    A hit and a miss give the same numbers: what is not found is rounded as it is stored.
    """

    def __init__(self, encoder: SoftEncoder, stored: Stored = "float16") -> None:
        self.encoder, self.stored = encoder, stored

    def encode(self, texts: Sequence[str], ratio: int) -> list[npt.NDArray[np.float16]]:
        """*Shape:* (k, hidden) each; equal texts are encoded once."""

        def compute(missing: Sequence[str]) -> list[npt.NDArray[Any]]:
            encoded = one_each(self.encoder.encode(missing, ratio), missing, self.encoder.fingerprint, np.ndarray)
            return [to_int8(vectors) for vectors in encoded] if self.stored == "int8" else list(encoded)

        def valid(text: str, array: npt.NDArray[Any]) -> bool:
            return self._is_packed(array, *self.encoder.sizes([text], ratio))

        packed = fetch("soft", f"{self.encoder.fingerprint}:{ratio}:{self.stored}", texts, compute, valid=valid)
        return [from_int8(vectors) if self.stored == "int8" else vectors for vectors in packed]

    def _is_packed(self, array: npt.NDArray[Any], size: int) -> bool:
        if self.stored == "float16":
            return are_numbers(array, np.float16, (size, self.encoder.hidden))
        if not is_array_of(array, np.int8, (size, self.encoder.hidden + 4)):
            return False
        scale = _scale_of(array)
        return bool((np.isfinite(scale) & (scale >= 0)).all())


def to_int8(vectors: npt.NDArray[np.float16]) -> npt.NDArray[np.int8]:
    """Each vector in steps of its largest number ÷ 127, and that step's four bytes. *Shape:* (k, h) to (k, h + 4)."""
    scale = (np.abs(vectors).max(1, initial=0).astype(np.float32) / 127)[:, None]
    steps = np.rint(vectors / np.where(scale == 0, 1, scale)).astype(np.int8)
    return np.concatenate([steps, np.ascontiguousarray(scale, "<f4").view(np.int8)], 1)


def from_int8(packed: npt.NDArray[np.int8]) -> npt.NDArray[np.float16]:
    """What :func:`to_int8` packed, to half a step. *Shape:* (k, h + 4) to (k, h)."""
    return np.asarray(packed[:, :-4] * _scale_of(packed), np.float16)


def _scale_of(packed: npt.NDArray[np.int8]) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(packed[:, -4:]).view("<f4")
