"""Chunks of one meaning: text is cut where the sentences before and behind are least alike."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ragzip.backends.protocols import TextEmbedder
from ragzip.text.spans import Span
from ragzip.text.splitters import sentences

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
    """``cuts``, and those within chunks that are too long, until none is or only sentences are left."""
    words_before = [0, *np.cumsum(sizes).tolist()]
    ends = set(cuts)
    for start, end in pairwise(cuts):
        lowest, before, behind = _tree(alike[start : end - 1].tolist())
        parts = [(start, end, lowest)]
        while parts:
            left, right, gap = parts.pop()
            if right - left > 1 and words_before[right] - words_before[left] > _LONGEST:
                cut = start + gap + 1
                ends.add(cut)
                parts += [(left, cut, before[gap]), (cut, right, behind[gap])]
    return sorted(ends)


def _tree(values: Sequence[float]) -> tuple[int, list[int], list[int]]:
    """The Cartesian tree of ``values``: the place of the lowest, and for each place that of the lowest value before
    and behind it, up to the next lower ones; -1 for none. Of equal values the first is the lower one.
    """
    before, behind = [-1] * len(values), [-1] * len(values)
    open_places: list[int] = []
    for place, value in enumerate(values):
        while open_places and values[open_places[-1]] > value:
            before[place] = open_places.pop()
        if open_places:
            behind[open_places[-1]] = place
        open_places.append(place)
    return open_places[0] if open_places else -1, before, behind


def _merged(
    cuts: list[int],
    sizes: npt.NDArray[np.int64],
    alike: npt.NDArray[np.float64],
) -> list[int]:
    """``cuts``, without those between a chunk that is too short, the shortest first, and its more like neighbour."""
    words_before = [0, *np.cumsum(sizes).tolist()]
    end_of = dict(pairwise(cuts))
    start_of = {end: start for start, end in end_of.items()}

    def words(start: int) -> int:
        return int(words_before[end_of[start]] - words_before[start])

    waiting = [(words(start), start) for start in end_of]
    heapify(waiting)
    while waiting and len(end_of) > 1:
        count, start = heappop(waiting)
        if start not in end_of or count != words(start):
            continue  # it has been merged since
        if count >= _SHORTEST:
            break
        end = end_of[start]
        left = alike[start - 1] if start in start_of else -np.inf
        right = alike[end - 1] if end in end_of else -np.inf
        cut = start if left >= right else end
        first = start_of.pop(cut)
        end_of[first] = end_of.pop(cut)
        start_of[end_of[first]] = first
        heappush(waiting, (words(first), first))
    return [*end_of, cuts[-1]]
