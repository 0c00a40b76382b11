"""Checks of model outputs and cache entries, and the packed form of entries: a wrong output is an error, a wrong entry
a miss.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ragzip.backends.protocols import PassageScores
from ragzip.errors import ModelError
from ragzip.text.scores import Pieces

__all__ = [
    "are_numbers",
    "are_offsets",
    "are_words",
    "is_array_of",
    "is_passage",
    "is_score",
    "is_utf8",
    "numbers_of",
    "one_each",
    "packed_passage",
    "packed_text",
    "packed_words",
    "unpacked_passage",
    "unpacked_text",
    "unpacked_words",
]


def is_array_of(array: npt.NDArray[Any], dtype: type[np.generic], shape: tuple[int | None, ...]) -> bool:
    """Whether ``array`` has that type and shape; None: any size."""
    return (
        array.dtype == dtype
        and array.ndim == len(shape)
        and all(size is None or size == length for size, length in zip(shape, array.shape, strict=True))
    )


def are_numbers(array: npt.NDArray[Any], dtype: type[np.floating[Any]], shape: tuple[int | None, ...]) -> bool:
    """Whether ``array`` has that type and shape, and is finite."""
    return is_array_of(array, dtype, shape) and bool(np.isfinite(array).all())


def are_offsets(text: str, spans: npt.NDArray[np.int32]) -> bool:
    """Whether ``spans`` are offsets in ``text``, in order. *Shape:* (n, 2)."""
    if not len(spans):
        return True
    starts, ends = spans[:, 0], spans[:, 1]
    inside = bool((starts >= 0).all() and (ends <= len(text)).all() and (starts <= ends).all())
    return inside and bool((np.diff(starts) >= 0).all())


def are_words(text: str, array: npt.NDArray[Any]) -> bool:
    """Whether ``array`` can be an entry of :class:`~ragzip.backends.cached.CachedWordScorer`."""
    if not is_array_of(array, np.int32, (None, 3)):
        return False
    return are_offsets(text, array[:, :2]) and bool(np.isfinite(array[:, 2].copy().view(np.float32)).all())


def is_passage(text: str, array: npt.NDArray[Any]) -> bool:
    """Whether ``array`` can be an entry of :class:`~ragzip.backends.cached.CachedPassageScorer`. A passage without
    tokens has the relevance -inf.
    """
    if not is_array_of(array, np.int32, (None, 5)) or not len(array):
        return False
    scores = unpacked_passage(array)
    finite = all(np.isfinite(field).all() for field in (scores.sentence, scores.weight, scores.word))
    return finite and not math.isnan(scores.relevance) and are_offsets(text, scores.spans)


def is_score(text: str, array: npt.NDArray[Any]) -> bool:
    """Whether ``array`` can be the stored score of a text."""
    return are_numbers(array, np.float32, (1,))


def is_utf8(text: str, array: npt.NDArray[Any]) -> bool:
    """Whether ``array`` can be a stored text."""
    if not is_array_of(array, np.uint8, (None,)):
        return False
    try:
        array.tobytes().decode()
    except UnicodeDecodeError:
        return False
    return True


def packed_words(pieces: Pieces) -> npt.NDArray[np.int32]:
    """The array that holds ``pieces``: a row of its offsets and the bits of its score for each. *Shape:* (n, 3)."""
    spans, scores = pieces
    return np.column_stack([spans, scores.view(np.int32)]).astype(np.int32)


def unpacked_words(array: npt.NDArray[np.int32]) -> Pieces:
    """The pieces of which :func:`packed_words` made ``array``."""
    return Pieces(array[:, :2], array[:, 2].copy().view(np.float32))


def packed_text(text: str) -> npt.NDArray[np.uint8]:
    """``text`` in UTF-8; lone surrogates become "?". *Shape:* (bytes,)."""
    return np.frombuffer(text.encode("utf-8", "replace"), np.uint8)


def unpacked_text(array: npt.NDArray[np.uint8]) -> str:
    """The text of which :func:`packed_text` made ``array``, without null characters."""
    return array.tobytes().decode("utf-8", "replace").replace("\0", "")


def packed_passage(scores: PassageScores) -> npt.NDArray[np.int32]:
    """The array that holds ``scores``: for each token a row of its offsets and of the bits of its three scores, then a
    row of zeros with the bits of the relevance in the last column. *Shape:* (tokens + 1, 5).
    """
    token_scores = np.column_stack([scores.sentence, scores.weight, scores.word]).astype(np.float32)
    token_rows = np.column_stack([scores.spans, token_scores.view(np.int32)]).astype(np.int32)
    relevance_row = np.zeros((1, 5), np.int32)
    relevance_row[0, 4] = np.array([scores.relevance], np.float32).view(np.int32)[0]
    return np.concatenate([token_rows, relevance_row])


def unpacked_passage(array: npt.NDArray[np.int32]) -> PassageScores:
    """The scores of which :func:`packed_passage` made ``array``."""
    values = np.ascontiguousarray(array[:, 2:]).view(np.float32)
    sentence, weight, word = values[:-1].T
    return PassageScores(array[:-1, :2], sentence, weight, word, float(values[-1, 2]))


def one_each(results: Any, texts: Sequence[Any], model: str, kind: type) -> list[Any]:
    """The results of ``model``, one of ``kind`` for each of ``texts``.

    :raises ModelError: another result.
    """
    if not isinstance(results, (list, tuple)):
        raise ModelError(f"model: {model} gave {type(results).__name__} for {len(texts)} texts, expected a list.")
    if len(results) != len(texts) or not all(isinstance(result, kind) for result in results):
        type_names = ", ".join(sorted({type(result).__name__ for result in results}))
        raise ModelError(
            f"model: {model} gave {len(results)} results ({type_names}) for {len(texts)} texts, expected one "
            f"{kind.__name__} for each."
        )
    return list(results)


def numbers_of(scores: Any, size: int, model: str) -> npt.NDArray[np.float32]:
    """The scores that ``model`` gave. *Shape:* (size,).

    :raises ModelError: another result.
    """
    array = np.asarray(scores)
    if array.shape != (size,) or array.dtype.kind not in "fiu":
        raise ModelError(f"model: {model} gave {array.dtype} in the shape {array.shape}, expected {size} numbers.")
    return np.asarray(array, np.float32)
