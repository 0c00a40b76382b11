"""RECOMP's abstractive compressor: one summary of all documents for the query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ragzip.compressors.abstractive.family import Abstractive, Piece, Reading
from ragzip.text.spans import Span
from ragzip.text.splitters import passages

__all__ = ["RecompAbstractive"]

_WINDOW = 8000  # tokens read at once by models that do not say how many they read
_ROOM = 64  # tokens for the query and what is said around it
_WORDS = 400  # of a piece of a document


class RecompAbstractive(Abstractive):
    """RECOMP, abstractive (Xu et al. 2023, arXiv 2310.04408): a query-focused summary of the documents, empty where
    nothing in them helps.

    What differs from the paper: a budget in tokens of the target tokenizer is kept exactly; what is more than the model
    reads at once is read in several parts; each sentence is checked, and stands with the document that speaks of it
    most, so that there are as many documents as before. Any model that rewrites will do.
    """

    name: ClassVar[str] = "abstractive/recomp.v1"

    def cut(self, text: str) -> list[Span]:
        return passages(text, max_words=min(_WORDS, self._window() // 2))

    def plan(self, pieces: Sequence[Piece], limit: int) -> list[Reading]:
        """The readings: as many pieces in each as fit the model's window, each reading with its share of the budget."""
        window = self._window()
        groups: list[list[Piece]] = []
        group_tokens = 0
        for piece in pieces:
            if not groups or group_tokens + piece.tokens > window:
                groups.append([])
                group_tokens = 0
            groups[-1].append(piece)
            group_tokens += piece.tokens
        group_worths = [sum(piece.tokens * max(piece.relevance, 1e-3) for piece in group) for group in groups]
        total_worth = sum(group_worths)
        return [
            Reading(tuple(group), round(limit * group_worth / total_worth))
            for group, group_worth in zip(groups, group_worths, strict=True)
        ]

    def _window(self) -> int:
        return max(64, int(getattr(self.rewriter, "longest", _WINDOW)) - _ROOM)
