"""Chunks of one meaning: text is cut where the sentences before and behind are least alike."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ragzip.backends.base import TextEmbedder
from ragzip.splitters import sentences
from ragzip.types import Span

__all__ = ["chunks"]

_AROUND = 2  # sentences on each side of a cut that are compared
_DROP = 0.5  # standard deviations under the mean similarity at which text is cut
_SHORTEST, _LONGEST = 40, 250  # words of a chunk


def chunks(text: str, embedder: TextEmbedder) -> list[Span]:
    """The chunks of ``text``, in order; each begins and ends with a sentence.

    A chunk of less than 40 words is an outlier, and goes to the neighbour that it is more like; one of more than 250 is
    cut where its sentences are least alike.
    """
    spans = sentences(text)
    if not spans:
        return []
    sizes = np.array([len(text[start:end].split()) or 1 for start, end in spans])
    if len(spans) < 3 or sizes.sum() <= _SHORTEST:
        return [Span(spans[0].start, spans[-1].end)]
    vectors = embedder.embed([text[start:end] for start, end in spans])
    alike = np.array([_alike(vectors, i) for i in range(1, len(spans))])
    cuts = [0, *(np.flatnonzero(alike < alike.mean() - _DROP * alike.std()) + 1).tolist(), len(spans)]
    cuts = _merged(_split(cuts, sizes, alike), sizes, alike)
    return [Span(spans[a].start, spans[b - 1].end) for a, b in pairwise(cuts)]


def _alike(vectors: npt.NDArray[np.float32], i: int) -> float:
    """How alike the sentences before and behind ``i`` are."""
    before, behind = vectors[max(0, i - _AROUND) : i].mean(0), vectors[i : i + _AROUND].mean(0)
    return float(before @ behind / max(1e-9, np.linalg.norm(before) * np.linalg.norm(behind)))


def _split(
    cuts: list[int],
    sizes: npt.NDArray[np.int64],
    alike: npt.NDArray[np.float64],
) -> list[int]:
    out = list(cuts)
    at = 0
    while at < len(out) - 1:
        start, end = out[at], out[at + 1]
        if sizes[start:end].sum() > _LONGEST and end - start > 1:
            out.insert(at + 1, start + 1 + int(alike[start : end - 1].argmin()))
        else:
            at += 1
    return out


def _merged(
    cuts: list[int],
    sizes: npt.NDArray[np.int64],
    alike: npt.NDArray[np.float64],
) -> list[int]:
    out = list(cuts)
    while len(out) > 2:
        words = [int(sizes[a:b].sum()) for a, b in pairwise(out)]
        short = [i for i, n in enumerate(words) if n < _SHORTEST]
        if not short:
            break
        i = min(short, key=lambda i: words[i])
        left = alike[out[i] - 1] if i else -np.inf
        right = alike[out[i + 1] - 1] if i < len(words) - 1 else -np.inf
        del out[i if left >= right else i + 1]
    return out
