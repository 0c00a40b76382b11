"""Scores of words and sentences, from the scores of the pieces (words, sub-words) that a model reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Sized
from itertools import accumulate, pairwise
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["Pieces", "Scores", "align", "best_mean", "grouped", "pool", "sigmoid"]

Scores = npt.NDArray[np.float64]
_Value = TypeVar("_Value")

_LOWEST_LOGIT = -10.0  # of a sentence where the model has read no token
_BEST_PIECES = 8  # of a unit, whose mean is its score
_MAX_WEIGHT_LOGIT = 8.0  # the logit of a weight is clipped to ± this


class Pieces(NamedTuple):
    """The scored pieces of a text, in order.

    ``spans`` are character offsets, without white space at their ends. *Shape:* (n, 2), int32. ``scores``: higher
    means keep; of a classifier, probabilities. *Shape:* (n,), float32.
    """

    spans: npt.NDArray[np.int32]
    scores: npt.NDArray[np.float32]


def grouped(values: Sequence[_Value], groups: Iterable[Sized]) -> list[Sequence[_Value]]:
    """``values``, one for each member of all ``groups`` in order, in a slice for each group."""
    return [values[start:end] for start, end in pairwise(accumulate(map(len, groups), initial=0))]


def align(
    units: Sequence[tuple[int, int]], spans: npt.NDArray[np.int32], keep: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """The mean score of the pieces that each unit is read in. *Shape:* (len(units),).

    A piece that runs across several units counts for each. A unit that no piece covers (the tokenizer drops some
    characters) has the score of the unit before it.

    :param units: disjoint units, in order.
    :param spans: offsets of the pieces, in order; empty ones are ignored. *Shape:* (n, 2).
    """
    if not units:
        return np.zeros(0)
    edges = np.array(units, np.int64)
    has_characters = spans[:, 1] > spans[:, 0]
    spans, keep = spans[has_characters], keep[has_characters]
    first_units = np.searchsorted(edges[:, 1], spans[:, 0], "right")
    last_units = np.searchsorted(edges[:, 0], spans[:, 1], "left") - 1
    score_sums, piece_counts = np.zeros(len(units)), np.zeros(len(units))
    in_one_unit = first_units == last_units
    np.add.at(score_sums, first_units[in_one_unit], keep[in_one_unit].astype(np.float64))
    np.add.at(piece_counts, first_units[in_one_unit], 1)
    for piece in np.flatnonzero(first_units < last_units).tolist():
        score_sums[first_units[piece] : last_units[piece] + 1] += keep[piece]
        piece_counts[first_units[piece] : last_units[piece] + 1] += 1
    scored_units = np.flatnonzero(piece_counts)
    if not len(scored_units):
        return np.zeros(len(units))
    scores = score_sums / np.maximum(piece_counts, 1)
    nearest_scored = np.maximum(np.searchsorted(scored_units, np.arange(len(units)), "right") - 1, 0)
    return np.asarray(scores[scored_units[nearest_scored]])


def best_mean(units: Sequence[tuple[int, int]], pieces: Pieces) -> npt.NDArray[np.float64]:
    """The mean of the eight best pieces of each unit, or of all, if it has fewer. *Shape:* (len(units),).

    A piece counts for the unit that its first character is in. A unit without pieces has the lowest score of all.

    :param units: disjoint units, in order.
    """
    if not units:
        return np.zeros(0)
    has_characters = pieces.spans[:, 1] > pieces.spans[:, 0]
    piece_starts, piece_scores = pieces.spans[has_characters, 0], pieces.scores[has_characters].astype(np.float64)
    if not len(piece_scores):
        return np.zeros(len(units))
    first_pieces, stops = np.searchsorted(piece_starts, np.array(units, np.int64)).T
    lowest_score = float(piece_scores.min())
    return np.array(
        [
            np.sort(piece_scores[first:stop])[-_BEST_PIECES:].mean() if first < stop else lowest_score
            for first, stop in zip(first_pieces.tolist(), stops.tolist(), strict=True)
        ]
    )


def pool(
    spans: npt.NDArray[np.int32],
    values: npt.NDArray[np.float32],
    weight_logits: npt.NDArray[np.float32],
    sentences: Sequence[tuple[int, int]],
) -> npt.NDArray[np.float64]:
    """The logits of the sentences: weighted means of the values of their tokens. *Shape:* (len(sentences),).

    A sentence without a token that the model has read gets the lowest logit of the passage.

    :param spans: of the tokens, in order. *Shape:* (n, 2).
    :param values: of the tokens. *Shape:* (n,).
    :param weight_logits: the logarithms of the tokens' weights. *Shape:* (n,).
    """
    if not len(sentences):
        return np.zeros(0)
    edges = np.array(sentences, np.int64)
    token_middles = (spans[:, 0].astype(np.int64) + spans[:, 1]) // 2
    sentence_numbers = np.searchsorted(edges[:, 0], token_middles, "right") - 1
    in_sentence = (sentence_numbers >= 0) & (token_middles < edges[np.maximum(sentence_numbers, 0), 1])
    token_weights = np.exp(
        np.clip(weight_logits[in_sentence].astype(np.float64), -_MAX_WEIGHT_LOGIT, _MAX_WEIGHT_LOGIT)
    )
    weighted_sums, weight_sums = np.zeros(len(edges)), np.zeros(len(edges))
    np.add.at(weighted_sums, sentence_numbers[in_sentence], token_weights * values[in_sentence])
    np.add.at(weight_sums, sentence_numbers[in_sentence], token_weights)
    has_tokens = weight_sums > 0
    logits = np.divide(weighted_sums, weight_sums, out=np.zeros(len(edges)), where=has_tokens)
    logits[~has_tokens] = logits[has_tokens].min() if has_tokens.any() else _LOWEST_LOGIT
    return logits


def sigmoid(logits: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """The probabilities 1 / (1 + e^-x) of ``logits``, without overflow."""
    return np.asarray(1 / (1 + np.exp(-np.asarray(logits, np.float64).clip(-30, 30))))
