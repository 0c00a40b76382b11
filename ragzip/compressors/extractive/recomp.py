"""RECOMP's extractive compressor: a dual encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from ragzip.checks import whole_number
from ragzip.compressors.extractive.embedding import Embedding
from ragzip.fitting.choose import select
from ragzip.types import Budget, Segment

if TYPE_CHECKING:
    from ragzip.backends.protocols import TextEmbedder

__all__ = ["Recomp"]


class Recomp(Embedding):
    """RECOMP, extractive (Xu et al. 2023, arXiv 2310.04408): the dot product of query and sentence, both the mean of
    their token states; the title stands before each sentence.

    What differs from the paper's code: sentences are ragzip's, their text and spans stay, and a token budget can stand
    beside (or instead of) the number of sentences.

    :param model: a checkpoint: a folder, or a hub id such as "fangyuan/hotpotqa_extractive_compressor"; default: the
        shipped embedder.
    :param top: the most sentences kept over all documents (the paper: 1 for NQ and TriviaQA, 2 for HotpotQA); None: as
        many as the budget holds.
    :raises OptionError: ``top`` under 1.
    """

    name: ClassVar[str] = "extractive/recomp.v1"
    scores_are_probabilities: ClassVar[bool] = False

    def __init__(
        self,
        model: str | Path | TextEmbedder | None = None,
        *,
        backend: str | None = None,
        top: int | None = None,
    ) -> None:
        super().__init__(model, backend=backend, neighbours=0.0)
        expected = "a number of sentences, 1 or more, or None"
        self.top = None if top is None else whole_number(top, "top", least=1, expected=expected)

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        scored_segments = super().compress(query, segments, budget)
        if self.top is None:
            return scored_segments
        best_units = sorted(
            (unit for segment in scored_segments for unit in segment.units), key=lambda unit: -unit.score
        )
        least_score = best_units[min(self.top, len(best_units)) - 1].score if best_units else 0.0
        units_left = self.top
        kept_segments = []
        for given_segment, segment in zip(segments, scored_segments, strict=True):
            kept_units = []
            for unit in segment.units:
                if unit.score >= least_score and units_left > 0:
                    kept_units.append(unit)
                    units_left -= 1
            kept_segments.append(
                replace(segment, text=given_segment.text, spans=given_segment.spans, units=tuple(kept_units))
            )
        return select(kept_segments, budget)
