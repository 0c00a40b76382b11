"""The only place the cache sits: backends that ask the model for misses alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ragzip import deadline
from ragzip.backends.base import PassageScores
from ragzip.backends.entries import (
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
from ragzip.cache import active_cache
from ragzip.errors import ModelError
from ragzip.pieces import Pieces

if TYPE_CHECKING:
    import numpy.typing as npt

    from ragzip.backends.base import (
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
        cache = active_cache()
        if cache is None:
            deadline.check()
            return np.stack(self._half(texts)).astype(np.float32)
        found = cache.fetch("embed", self.fingerprint, texts, self._half, valid=self._is_vector)
        return np.stack(found).astype(np.float32)

    def _is_vector(self, text: str, array: npt.NDArray[Any]) -> bool:
        return is_array_of(array, np.float16, (self.dimension,)) and bool(np.isfinite(array).all())

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
        cache = active_cache()
        if cache is not None:
            found = cache.fetch(
                "words",
                self.fingerprint,
                texts,
                lambda missing: self._packed(missing, query),
                query=query,
                valid=are_words,
            )
            return [Pieces(array[:, :2], array[:, 2].copy().view(np.float32)) for array in found]
        deadline.check()
        distinct = list(dict.fromkeys(texts))
        scored = dict(zip(distinct, self._scored(distinct, query), strict=True))
        return [scored[text] for text in texts]

    def _scored(self, texts: Sequence[str], query: str | None) -> list[Pieces]:
        return one_each(self.scorer.score_words(texts, query), texts, self.fingerprint, tuple)

    def _packed(self, texts: Sequence[str], query: str | None) -> list[np.ndarray[tuple[int, ...], np.dtype[np.int32]]]:
        scored = self._scored(texts, query)
        return [np.column_stack([spans, keep.view(np.int32)]).astype(np.int32) for spans, keep in scored]


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
        by_key = {_key(title, text): (title, text) for title, text in passages}
        keys = [_key(title, text) for title, text in passages]
        cache = active_cache()
        if cache is None:
            deadline.check()
            scored = dict(zip(by_key, self._scored(query, list(by_key.values())), strict=True))
            return [scored[key] for key in keys]

        def compute(missing: Sequence[str]) -> list[npt.NDArray[np.int32]]:
            return [packed_passage(*scores) for scores in self._scored(query, [by_key[key] for key in missing])]

        def valid(key: str, array: npt.NDArray[Any]) -> bool:
            return is_passage(by_key[key][1], array)

        found = cache.fetch("passages", self.fingerprint, keys, compute, query=query, valid=valid)
        return [unpacked_passage(array) for array in found]

    def _scored(self, query: str | None, passages: Sequence[tuple[str | None, str]]) -> list[PassageScores]:
        return one_each(self.scorer.score_passages(query, passages), passages, self.fingerprint, tuple)


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
        cache = active_cache()
        if cache is None:
            deadline.check()
            return self._scores(query, texts)

        def compute(missing: Sequence[str]) -> list[npt.NDArray[np.float32]]:
            return list(self._scores(query, missing)[:, None])

        found = cache.fetch("pairs", self.fingerprint, texts, compute, query=query, valid=is_score)
        return np.concatenate(found)

    def _scores(self, query: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return numbers_of(self.scorer.score_pairs(query, texts), len(texts), self.fingerprint)


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
        cache = active_cache()
        if cache is None or not paths:
            return self._scores(prompt, paths)
        key = "\n".join("/".join(path) for path in paths)

        def compute(missing: Sequence[str]) -> list[npt.NDArray[np.float32]]:
            return [self._scores(prompt, paths)]

        def valid(key: str, array: npt.NDArray[Any]) -> bool:
            return is_array_of(array, np.float32, (len(paths),)) and bool(np.isfinite(array).all())

        return cache.fetch("paths", self.fingerprint, [key], compute, query=prompt, valid=valid)[0]

    def _scores(self, prompt: str, paths: Sequence[Sequence[str]]) -> npt.NDArray[np.float32]:
        return numbers_of(self.scorer.score_paths(prompt, paths), len(paths), self.fingerprint)


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

        cache, fingerprint = active_cache(), self.fingerprint
        if cache is None or not lasts(fingerprint):
            deadline.check()
            distinct = list(dict.fromkeys(texts))
            arrays = dict(zip(distinct, compute(distinct), strict=True))
            return [_text(arrays[text]) for text in texts]
        found = cache.fetch("rewrite", f"{fingerprint}:{max_tokens}", texts, compute, query=query, valid=is_utf8)
        return [_text(array) for array in found]

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
            found = one_each(self.encoder.encode(missing, ratio), missing, self.encoder.fingerprint, np.ndarray)
            return [to_int8(one) for one in found] if self.stored == "int8" else list(found)

        cache = active_cache()
        if cache is None:
            deadline.check()
            distinct = list(dict.fromkeys(texts))
            arrays = dict(zip(distinct, compute(distinct), strict=True))
            got = [arrays[text] for text in texts]
        else:
            sizes = dict(zip(texts, self.encoder.sizes(texts, ratio), strict=True))

            def valid(text: str, array: npt.NDArray[Any]) -> bool:
                return self._is_packed(array, sizes[text])

            got = cache.fetch("soft", f"{self.encoder.fingerprint}:{ratio}:{self.stored}", texts, compute, valid=valid)
        return [from_int8(one) if self.stored == "int8" else one for one in got]

    def _is_packed(self, array: npt.NDArray[Any], size: int) -> bool:
        if self.stored == "float16":
            return is_array_of(array, np.float16, (size, self.encoder.hidden)) and bool(np.isfinite(array).all())
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
