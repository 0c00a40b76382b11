"""Word scores from a sentence embedder: how far the sentence moves when the word is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ragzip.text.scores import Pieces
from ragzip.text.splitters import sentences
from ragzip.text.words import units

if TYPE_CHECKING:
    from ragzip.backends.protocols import TextEmbedder

__all__ = ["LeaveOneOut"]

_LONGEST_BLOCK = 400  # characters, about the embedder's window in code
_LONGEST_WORD = 100  # characters that are read of a word


class LeaveOneOut:
    """A :class:`~ragzip.backends.protocols.WordScorer`: 1 - cosine of a sentence with and without the word.

    All variants of all sentences go to the embedder at once; equal sentences are scored once.
    """

    def __init__(self, embedder: TextEmbedder) -> None:
        self.embedder = embedder

    @property
    def fingerprint(self) -> str:
        return f"leave-one-out:{self.embedder.fingerprint}"

    def score_words(self, texts: Sequence[str], query: str | None = None) -> list[Pieces]:
        """The words of each text (and the punctuation at their ends) with what leaving each out changes."""
        found = [[(span, tuple(_read(text, *span))) for span in _sentences(text)] for text in texts]
        distinct = list(dict.fromkeys(wording for pieces in found for _, wording in pieces))
        scores = dict(zip(distinct, self._changes(distinct), strict=True))
        out = []
        for text, pieces in zip(texts, found, strict=True):
            spans = [unit for span, _ in pieces for unit in units(text, *span)]
            keep = [scores[wording] for _, wording in pieces]
            out.append(
                Pieces(
                    np.array(spans, np.int32).reshape(-1, 2),
                    np.concatenate(keep) if keep else np.zeros(0, np.float32),
                )
            )
        return out

    def _changes(self, wordings: Sequence[tuple[str, ...]]) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
        variants = [
            "".join(wording[:i] + wording[i + 1 :]) if i < len(wording) else "".join(wording)
            for wording in wordings
            for i in range(len(wording) + 1)
        ]
        vectors = self.embedder.embed(variants)
        out = []
        at = 0
        for wording in wordings:
            without, whole = vectors[at : at + len(wording)], vectors[at + len(wording)]
            out.append(np.asarray(1 - without @ whole, np.float32))
            at += len(wording) + 1
        return out


def _sentences(text: str) -> list[tuple[int, int]]:
    return [(start, end) for start, end in sentences(text, longest_block=_LONGEST_BLOCK)]


def _read(text: str, start: int, end: int) -> list[str]:
    """The units of a sentence, each with the white space after it."""
    found = list(units(text, start, end))
    edges = [left for left, _ in found[1:]] + [end]
    return [text[left : min(edge, left + _LONGEST_WORD)] for (left, _), edge in zip(found, edges, strict=True)]
