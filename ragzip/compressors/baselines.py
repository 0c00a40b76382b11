"""The baselines that every method must beat: everything, the beginning, and sentences drawn at random.

The first two score nothing. A budget cuts the end off, in :func:`ragzip.fitting.leading.leading_words`, which knows how
the documents are laid out; they differ in what happens without one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from ragzip.checks import whole_number
from ragzip.compressors.extractive.family import Extractive
from ragzip.compressors.extractive.texts.passages import Passage
from ragzip.fitting.limits import DEFAULT_RATE
from ragzip.text.scores import Scores
from ragzip.types import Budget, Segment

__all__ = ["KeepAll", "Random", "Truncate"]


class KeepAll:
    """No compression: everything, as far as a budget (if one is set) lets it."""

    name = "baseline/none.v1"
    scores_are_probabilities: ClassVar[bool] = False
    tidies: ClassVar[bool] = False

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        return [replace(segment, units=()) for segment in segments]


class Truncate(KeepAll):
    """The first words of the documents in order, up to the budget (half, if none is set)."""

    name = "baseline/truncate.v1"
    default_rate = DEFAULT_RATE
    tidies: ClassVar[bool] = True


class Random(Extractive):
    """Sentences by lot, the same ones for the same text.

    :param seed: of the draw.
    """

    name: ClassVar[str] = "baseline/random.v1"
    scores_are_probabilities: ClassVar[bool] = False

    def __init__(self, *, seed: int = 0) -> None:
        super().__init__(neighbours=0.0)
        self.seed = whole_number(seed, "seed")

    def score(self, query: str | None, passages: Sequence[Passage]) -> list[Scores]:
        scores_by_passage = []
        for passage in passages:
            digest = hashlib.blake2b(f"{self.seed}\n{passage.text}".encode(), digest_size=8).digest()
            scores_by_passage.append(
                np.random.default_rng(int.from_bytes(digest, "big")).random(len(passage.sentences))
            )
        return scores_by_passage
