"""Chunks of one meaning: text is cut where the sentences before and after are least similar."""

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

_SENTENCES_AROUND = 2  # sentences on each side of a cut that are compared
_DROP = 0.5  # standard deviations under the mean similarity at which text is cut
_SHORTEST, _LONGEST = 40, 250  # words of a chunk


def chunks(text: str, embedder: TextEmbedder) -> list[Span]:
    """The chunks of ``text``, in order; each begins and ends with a sentence.

    A chunk of less than 40 words is an outlier, and goes to the neighbour that it is more like; one of more than 250 is
    cut where its sentences are least alike.
    """
    sentence_spans = sentences(text)
    if not sentence_spans:
        return []
    word_counts = np.array([len(text[start:end].split()) or 1 for start, end in sentence_spans])
    if len(sentence_spans) < 3 or word_counts.sum() <= _SHORTEST:
        return [Span(sentence_spans[0].start, sentence_spans[-1].end)]
    vectors = embedder.embed([text[start:end] for start, end in sentence_spans])
    similarities = np.array([_alike(vectors, border) for border in range(1, len(sentence_spans))])
    first_sentences = [
        0,
        *(np.flatnonzero(similarities < similarities.mean() - _DROP * similarities.std()) + 1).tolist(),
        len(sentence_spans),
    ]
    first_sentences = _merged(_split(first_sentences, word_counts, similarities), word_counts, similarities)
    return [
        Span(sentence_spans[first].start, sentence_spans[after_last - 1].end)
        for first, after_last in pairwise(first_sentences)
    ]


def _alike(vectors: npt.NDArray[np.float32], place: int) -> float:
    """The cosine similarity of the sentences before ``place`` and those from ``place`` on."""
    vector_before, vector_after = (
        vectors[max(0, place - _SENTENCES_AROUND) : place].mean(0),
        vectors[place : place + _SENTENCES_AROUND].mean(0),
    )
    return float(vector_before @ vector_after / max(1e-9, np.linalg.norm(vector_before) * np.linalg.norm(vector_after)))


def _split(
    cuts: list[int],
    sizes: npt.NDArray[np.int64],
    alike: npt.NDArray[np.float64],
) -> list[int]:
    """``cuts``, and those within chunks that are too long, until none is or only sentences are left."""
    words_before = [0, *np.cumsum(sizes).tolist()]
    chunk_borders = set(cuts)
    for start, end in pairwise(cuts):
        lowest, left_child, right_child = _tree(alike[start : end - 1].tolist())
        open_parts = [(start, end, lowest)]
        while open_parts:
            left, right, gap = open_parts.pop()
            if right - left > 1 and words_before[right] - words_before[left] > _LONGEST:
                border = start + gap + 1
                chunk_borders.add(border)
                open_parts += [(left, border, left_child[gap]), (border, right, right_child[gap])]
    return sorted(chunk_borders)


def _tree(values: Sequence[float]) -> tuple[int, list[int], list[int]]:
    """The Cartesian tree of ``values``: the place of the lowest, and for each place that of the lowest value before and
    after it, up to the next lower ones; -1 for none. Of equal values the first is the lower one.
    """
    left_child, right_child = [-1] * len(values), [-1] * len(values)
    open_places: list[int] = []
    for position, value in enumerate(values):
        while open_places and values[open_places[-1]] > value:
            left_child[position] = open_places.pop()
        if open_places:
            right_child[open_places[-1]] = position
        open_places.append(position)
    return open_places[0] if open_places else -1, left_child, right_child


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

    smallest_first = [(words(start), start) for start in end_of]
    heapify(smallest_first)
    while smallest_first and len(end_of) > 1:
        word_count, start = heappop(smallest_first)
        if start not in end_of or word_count != words(start):
            continue  # it has been merged since
        if word_count >= _SHORTEST:
            break
        end = end_of[start]
        similarity_before = alike[start - 1] if start in start_of else -np.inf
        similarity_after = alike[end - 1] if end in end_of else -np.inf
        merged_border = start if similarity_before >= similarity_after else end
        chunk_start = start_of.pop(merged_border)
        end_of[chunk_start] = end_of.pop(merged_border)
        start_of[end_of[chunk_start]] = chunk_start
        heappush(smallest_first, (words(chunk_start), chunk_start))
    return [*end_of, cuts[-1]]
