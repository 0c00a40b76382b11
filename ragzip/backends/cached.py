"""The only place where models meet the cache: wrappers that ask a model only for what is not stored yet."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

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
    packed_text,
    packed_words,
    unpacked_passage,
    unpacked_text,
    unpacked_words,
)
from ragzip.backends.identity import lasts
from ragzip.backends.protocols import (
    Fingerprinted,
    PairScorer,
    PartEmbedder,
    PassageScorer,
    PassageScores,
    PathScorer,
    Rewriter,
    SoftEncoder,
    TextEmbedder,
    TwoSidedEmbedder,
    Vectors,
    WordScorer,
)
from ragzip.cache import ModelTask, Valid, fetch
from ragzip.errors import ModelError
from ragzip.text.scores import Pieces

__all__ = [
    "CachedEmbedder",
    "CachedPairScorer",
    "CachedPartEmbedder",
    "CachedPassageScorer",
    "CachedPathScorer",
    "CachedRewriter",
    "CachedSoftEncoder",
    "CachedWordScorer",
    "Codec",
    "Stored",
    "through_cache",
]

Stored = Literal["float16", "int8"]
MAX_REWRITE_CHARS = 1_000_000  # of one rewritten text
_Scorer = TypeVar("_Scorer", bound=Fingerprinted)


class Codec(NamedTuple):
    """The form in which the results of a task are held as arrays.

    :param valid: whether a stored array can be the result of a text; any other counts as missing.
    :param pack: the array that holds a result; ``unpack`` is its inverse.
    """

    valid: Valid
    pack: Callable[[Any], npt.NDArray[Any]] = np.asarray
    unpack: Callable[[npt.NDArray[Any]], Any] = np.asarray


_WORDS = Codec(are_words, packed_words, unpacked_words)
_SCORE = Codec(is_score)
_REWRITTEN = Codec(is_utf8, packed_text, unpacked_text)


def through_cache(
    task: ModelTask,
    texts: Sequence[str],
    compute: Callable[[Sequence[str]], Sequence[Any]],
    codec: Codec,
    *,
    stored: bool = True,
) -> list[Any]:
    """The result of each text, from the cache of the call (see :func:`ragzip.cache.use_cache`) or from ``compute``.

    A hit and a miss give the same: fresh results are packed and unpacked too. Equal texts are computed once, also
    without a cache.

    :param compute: the results of the distinct texts that are not stored.
    :param stored: False where nothing may be stored.
    """

    def compute_packed(missing: Sequence[str]) -> list[npt.NDArray[Any]]:
        return [codec.pack(result) for result in compute(missing)]

    arrays = fetch(task, texts, compute_packed, valid=codec.valid, stored=stored)
    return [codec.unpack(array) for array in arrays]


class CachedEmbedder:
    """A :class:`TextEmbedder` whose vectors go through the cache, as float16."""

    def __init__(self, embedder: TextEmbedder) -> None:
        self.embedder = embedder

    @property
    def fingerprint(self) -> str:
        return self.embedder.fingerprint

    @property
    def dimension(self) -> int:
        return self.embedder.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of ``texts``, rounded to float16. *Shape:* (n, dimension)."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        task = ModelTask("embed", self.fingerprint)
        vectors = through_cache(task, texts, self._float16_vectors, Codec(self._is_vector))
        return np.stack(vectors).astype(np.float32)

    def embed_with_query(self, texts: Sequence[str], query: str) -> tuple[Vectors, Vectors]:
        """The vectors of ``texts``, and that of ``query``. *Shapes:* (n, dimension), (dimension,)."""
        if not isinstance(self.embedder, TwoSidedEmbedder):
            vectors = self.embed([*texts, query])
            return vectors[:-1], vectors[-1]
        return self.embed(texts), self.for_queries().embed([query])[0]

    def for_queries(self) -> CachedEmbedder:
        """The embedder of queries, where queries are read otherwise than texts; else this one."""
        return CachedEmbedder(self.embedder.for_queries()) if isinstance(self.embedder, TwoSidedEmbedder) else self

    def _is_vector(self, text: str, array: npt.NDArray[Any]) -> bool:
        return are_numbers(array, np.float16, (self.dimension,))

    def _float16_vectors(self, texts: Sequence[str]) -> list[npt.NDArray[np.float16]]:
        return list(_float16(self.embedder.embed(texts), len(texts), self.embedder))


class CachedPartEmbedder(CachedEmbedder):
    """A :class:`PartEmbedder` whose vectors go through the cache, as float16. An entry holds all parts of one text,
    whose vectors depend on each other. *Shape:* (parts, dimension).
    """

    def __init__(self, embedder: PartEmbedder) -> None:
        super().__init__(embedder)
        self.part_embedder = embedder

    def embed_parts(self, parts: Sequence[str], title: str | None = None) -> Vectors:
        """Unit vectors of consecutive parts of one text, rounded to float16. *Shape:* (len(parts), dimension)."""
        if not parts:
            return np.zeros((0, self.dimension), np.float32)

        def compute(missing: Sequence[str]) -> list[npt.NDArray[np.float16]]:
            return [_float16(self.part_embedder.embed_parts(parts, title), len(parts), self.embedder)]

        def valid(key: str, array: npt.NDArray[Any]) -> bool:
            return are_numbers(array, np.float16, (len(parts), self.dimension))

        key = json.dumps([title, *parts])
        [vectors] = through_cache(ModelTask("embed parts", self.fingerprint), [key], compute, Codec(valid))
        return np.asarray(vectors, np.float32)


def _float16(vectors: Any, count: int, embedder: TextEmbedder) -> npt.NDArray[np.float16]:
    """``vectors`` that ``embedder`` gave for ``count`` texts, as float16.

    :raises ModelError: they do not fit.
    """
    array = np.asarray(vectors)
    if array.shape != (count, embedder.dimension) or array.dtype.kind != "f":
        raise ModelError(
            f"model: {embedder.fingerprint} gave {array.dtype} in the shape {array.shape} for {count} texts, "
            f"expected vectors in the shape ({count}, {embedder.dimension})."
        )
    return array.astype(np.float16)


class _CachedScorer(Generic[_Scorer]):
    def __init__(self, scorer: _Scorer) -> None:
        self.scorer = scorer

    @property
    def fingerprint(self) -> str:
        return self.scorer.fingerprint


class CachedWordScorer(_CachedScorer[WordScorer]):
    """A :class:`WordScorer` whose scores go through the cache. An entry holds the pieces of one text, see
    :func:`~ragzip.backends.entries.packed_words`.
    """

    def score_words(self, texts: Sequence[str], query: str | None = None) -> list[Pieces]:
        """The scored pieces of each text; equal texts are scored once."""

        def compute(missing: Sequence[str]) -> list[Any]:
            return one_each(self.scorer.score_words(missing, query), missing, self.fingerprint, tuple)

        return through_cache(ModelTask("words", self.fingerprint, query), texts, compute, _WORDS)


class CachedPassageScorer(_CachedScorer[PassageScorer]):
    """A :class:`PassageScorer` whose scores go through the cache. An entry holds one passage, see
    :func:`~ragzip.backends.entries.packed_passage`.
    """

    def score_passages(self, query: str | None, passages: Sequence[tuple[str | None, str]]) -> list[PassageScores]:
        """The scores of each (title, text); equal passages are scored once."""
        keys = [_passage_key(title, text) for title, text in passages]
        passage_by_key = dict(zip(keys, passages, strict=True))

        def compute(missing: Sequence[str]) -> list[Any]:
            missing_passages = [passage_by_key[key] for key in missing]
            scores = self.scorer.score_passages(query, missing_passages)
            return one_each(scores, missing_passages, self.fingerprint, PassageScores)

        def valid(key: str, array: npt.NDArray[Any]) -> bool:
            return is_passage(passage_by_key[key][1], array)

        codec = Codec(valid, packed_passage, unpacked_passage)
        return through_cache(ModelTask("passages", self.fingerprint, query), keys, compute, codec)


def _passage_key(title: str | None, text: str) -> str:
    return text if title is None else f"{len(title)}\0{title}\0{text}"


class CachedPairScorer(_CachedScorer[PairScorer]):
    """A :class:`PairScorer` whose scores go through the cache. An entry is one score. *Shape:* (1,)."""

    def score_pairs(self, query: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """*Shape:* (len(texts),)."""
        if not texts:
            return np.zeros(0, np.float32)

        def compute(missing: Sequence[str]) -> list[npt.NDArray[np.float32]]:
            scores = numbers_of(self.scorer.score_pairs(query, missing), len(missing), self.fingerprint)
            return list(scores[:, None])

        return np.concatenate(through_cache(ModelTask("pairs", self.fingerprint, query), texts, compute, _SCORE))


class CachedPathScorer(_CachedScorer[PathScorer]):
    """A :class:`PathScorer` whose scores go through the cache. An entry holds all paths of one page, whose scores
    depend on each other. *Shape:* (n,).
    """

    def score_paths(self, prompt: str, paths: Sequence[Sequence[str]]) -> npt.NDArray[np.float32]:
        """*Shape:* (len(paths),)."""
        page = "\n".join("/".join(path) for path in paths)

        def compute(missing: Sequence[str]) -> list[npt.NDArray[np.float32]]:
            return [numbers_of(self.scorer.score_paths(prompt, paths), len(paths), self.fingerprint)]

        def valid(page: str, array: npt.NDArray[Any]) -> bool:
            return are_numbers(array, np.float32, (len(paths),))

        [scores] = through_cache(ModelTask("paths", self.fingerprint, prompt), [page], compute, Codec(valid))
        return np.asarray(scores)


class CachedRewriter:
    """A :class:`Rewriter` whose texts go through the cache. An entry is a rewritten text in UTF-8.

    Nothing is stored for a model that has no lasting identity (see :mod:`ragzip.backends.identity`).
    """

    def __init__(self, rewriter: Rewriter) -> None:
        self.rewriter = rewriter

    @property
    def fingerprint(self) -> str:
        return self.rewriter.fingerprint

    def rewrite(self, query: str | None, texts: Sequence[str], max_tokens: int) -> list[str]:
        """Each of ``texts`` in at most ``max_tokens`` tokens; equal texts are rewritten once."""

        def compute(missing: Sequence[str]) -> Sequence[str]:
            return self._checked(self.rewriter.rewrite(query, missing, max_tokens), len(missing))

        task = ModelTask("rewrite", f"{self.fingerprint}:{max_tokens}", query)
        return through_cache(task, texts, compute, _REWRITTEN, stored=lasts(self.fingerprint))

    def _checked(self, rewritten: Any, count: int) -> Sequence[str]:
        """``rewritten``, if it is a list of ``count`` texts.

        :raises ModelError: it is not, or a text has more than a million characters.
        """
        name = getattr(self.rewriter, "name", None) or type(self.rewriter).__name__
        is_list = isinstance(rewritten, (list, tuple))
        if not is_list or not all(isinstance(text, str) for text in rewritten):
            type_names = sorted({type(text).__name__ for text in rewritten}) if is_list else []
            received = type(rewritten).__name__ + (f" of {', '.join(type_names)}" if type_names else "")
            raise ModelError(f"model: {name} gave back {received} for {count} texts, expected a list of str, one each.")
        if len(rewritten) != count:
            raise ModelError(
                f"model: {name} gave back {len(rewritten)} texts for {count}, expected one each, in order."
            )
        max_chars = max(map(len, rewritten), default=0)
        if max_chars > MAX_REWRITE_CHARS:
            raise ModelError(
                f"model: {name} wrote {max_chars:,} characters of one text, expected a shorter text, of at most "
                f"{MAX_REWRITE_CHARS:,}. Limit the length of its answers."
            )
        checked: Sequence[str] = rewritten
        return checked


class CachedSoftEncoder:
    """The vectors of a :class:`SoftEncoder` through the cache. An entry holds the vectors of one piece: in float16,
    *shape:* (k, hidden), or in int8, each with its scale at the end, *shape:* (k, hidden + 4).
    """

    def __init__(self, encoder: SoftEncoder, stored: Stored = "float16") -> None:
        self.encoder, self.stored = encoder, stored

    def encode(self, texts: Sequence[str], ratio: int) -> list[npt.NDArray[np.float16]]:
        """The vectors of each text, rounded to ``stored``; equal texts are encoded once. *Shape:* (k, hidden) each."""
        fingerprint = self.encoder.fingerprint

        def compute(missing: Sequence[str]) -> list[Any]:
            return one_each(self.encoder.encode(missing, ratio), missing, fingerprint, np.ndarray)

        def valid(text: str, array: npt.NDArray[Any]) -> bool:
            return self._is_packed(array, *self.encoder.sizes([text], ratio))

        codec = Codec(valid, to_int8, from_int8) if self.stored == "int8" else Codec(valid)
        return through_cache(ModelTask("soft", f"{fingerprint}:{ratio}:{self.stored}"), texts, compute, codec)

    def _is_packed(self, array: npt.NDArray[Any], size: int) -> bool:
        if self.stored == "float16":
            return are_numbers(array, np.float16, (size, self.encoder.hidden))
        if not is_array_of(array, np.int8, (size, self.encoder.hidden + 4)):
            return False
        scales = _scales_of(array)
        return bool((np.isfinite(scales) & (scales >= 0)).all())


def to_int8(vectors: npt.NDArray[np.float16]) -> npt.NDArray[np.int8]:
    """Vectors in steps of their largest number ÷ 127, each with the four bytes of its step at the end.

    *Shape:* (k, hidden) to (k, hidden + 4).
    """
    scales = (np.abs(vectors).max(1, initial=0).astype(np.float32) / 127)[:, None]
    steps = np.rint(vectors / np.where(scales == 0, 1, scales)).astype(np.int8)
    return np.concatenate([steps, np.ascontiguousarray(scales, "<f4").view(np.int8)], 1)


def from_int8(packed: npt.NDArray[np.int8]) -> npt.NDArray[np.float16]:
    """The vectors that :func:`to_int8` packed, to half a step. *Shape:* (k, hidden + 4) to (k, hidden)."""
    return np.asarray(packed[:, :-4] * _scales_of(packed), np.float16)


def _scales_of(packed: npt.NDArray[np.int8]) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(packed[:, -4:]).view("<f4")
