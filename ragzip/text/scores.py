"""Scored pieces of a text (what a model reads: sub-words, words), and from them to scores of words and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Pieces", "align", "pool", "sigmoid"]

_LOWEST = -10.0  # the logit of a sentence of which nothing was read
_STEEPEST = 8.0  # of a weight's logit


class Pieces(NamedTuple):
    """The pieces of a text that have a score, in order.

    ``spans`` are character offsets, without white space at their ends. *Shape:* (n, 2), int32. ``scores``: higher
    means keep; of a classifier, probabilities. *Shape:* (n,), float32.
    """

    spans: npt.NDArray[np.int32]
    scores: npt.NDArray[np.float32]


def align(
    found: Sequence[tuple[int, int]], spans: npt.NDArray[np.int32], keep: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """The mean score of the pieces that each unit is read in. *Shape:* (len(found),).

    A piece that runs across several units counts for each; a unit that no piece covers (what the tokenizer drops) has
    the score of the one before it.

    :param found: disjoint units, in order.
    :param spans: offsets of the pieces, in order; empty ones are passed over. *Shape:* (n, 2).
    """
    if not found:
        return np.zeros(0)
    edges = np.array(found, np.int64)
    solid = spans[:, 1] > spans[:, 0]
    spans, keep = spans[solid], keep[solid]
    first = np.searchsorted(edges[:, 1], spans[:, 0], "right")
    last = np.searchsorted(edges[:, 0], spans[:, 1], "left") - 1
    total, count = np.zeros(len(found)), np.zeros(len(found))
    one = first == last
    np.add.at(total, first[one], keep[one].astype(np.float64))
    np.add.at(count, first[one], 1)
    for i in np.flatnonzero(first < last).tolist():
        total[first[i] : last[i] + 1] += keep[i]
        count[first[i] : last[i] + 1] += 1
    known = np.flatnonzero(count)
    if not len(known):
        return np.zeros(len(found))
    scores = total / np.maximum(count, 1)
    nearest = np.maximum(np.searchsorted(known, np.arange(len(found)), "right") - 1, 0)
    return np.asarray(scores[known[nearest]])


def pool(
    spans: npt.NDArray[np.int32],
    values: npt.NDArray[np.float32],
    weight_logits: npt.NDArray[np.float32],
    sentences: Sequence[tuple[int, int]],
) -> npt.NDArray[np.float64]:
    """The logit of each sentence: the weighted mean of its tokens' values. *Shape:* (len(sentences),).

    A sentence without a token that the model has read gets the lowest logit of the passage.

    :param spans: of the tokens, in order. *Shape:* (n, 2).
    :param values: of the tokens. *Shape:* (n,).
    :param weight_logits: the logarithms of the tokens' weights. *Shape:* (n,).
    """
    if not len(sentences):
        return np.zeros(0)
    edges = np.array(sentences, np.int64)
    middle = (spans[:, 0].astype(np.int64) + spans[:, 1]) // 2
    inside = np.searchsorted(edges[:, 0], middle, "right") - 1
    valid = (inside >= 0) & (middle < edges[np.maximum(inside, 0), 1])
    weight = np.exp(np.clip(weight_logits[valid].astype(np.float64), -_STEEPEST, _STEEPEST))
    total, mass = np.zeros(len(edges)), np.zeros(len(edges))
    np.add.at(total, inside[valid], weight * values[valid])
    np.add.at(mass, inside[valid], weight)
    found = mass > 0
    out = np.divide(total, mass, out=np.zeros(len(edges)), where=found)
    out[~found] = out[found].min() if found.any() else _LOWEST
    return out


def sigmoid(logits: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """1 / (1 + e^-x), for any x."""
    return np.asarray(1 / (1 + np.exp(-np.asarray(logits, np.float64).clip(-30, 30))))
