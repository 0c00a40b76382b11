"""Word scores from a sentence embedder: how far the sentence moves when the word is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ragzip.text.scores import Pieces
from ragzip.text.splitters import sentences
from ragzip.text.words import word_units

if TYPE_CHECKING:
    from ragzip.backends.protocols import TextEmbedder

__all__ = ["LeaveOneOut"]

_MAX_BLOCK_CHARS = 400  # of code about the embedder's window
_MAX_WORD_CHARS = 100  # read of a word


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
        """The words of each text (and the punctuation at their ends) with the change that leaving each out makes."""
        sentences_by_text = [
            [(span, _wording(text, *span)) for span in sentences(text, longest_block=_MAX_BLOCK_CHARS)]
            for text in texts
        ]
        distinct_wordings = list(
            dict.fromkeys(wording for text_sentences in sentences_by_text for _, wording in text_sentences)
        )
        scores_by_wording = dict(zip(distinct_wordings, self._changes(distinct_wordings), strict=True))
        scored_texts = []
        for text, text_sentences in zip(texts, sentences_by_text, strict=True):
            word_spans = [word_span for span, _ in text_sentences for word_span in word_units(text, *span)]
            sentence_scores = [scores_by_wording[wording] for _, wording in text_sentences]
            scored_texts.append(
                Pieces(
                    np.array(word_spans, np.int32).reshape(-1, 2),
                    np.concatenate(sentence_scores) if sentence_scores else np.zeros(0, np.float32),
                )
            )
        return scored_texts

    def _changes(self, wordings: Sequence[tuple[str, ...]]) -> list[npt.NDArray[np.float32]]:
        variants = [
            "".join(wording[:left_out] + wording[left_out + 1 :])
            for wording in wordings
            for left_out in range(len(wording) + 1)  # the last variant is the whole sentence
        ]
        vectors = self.embedder.embed(variants)
        changes = []
        first_variant = 0
        for wording in wordings:
            variant_vectors = vectors[first_variant : first_variant + len(wording)]
            sentence_vector = vectors[first_variant + len(wording)]
            changes.append(np.asarray(1 - variant_vectors @ sentence_vector, np.float32))
            first_variant += len(wording) + 1
        return changes


def _wording(text: str, start: int, end: int) -> tuple[str, ...]:
    """The words of a sentence, each with the white space after it."""
    word_spans = list(word_units(text, start, end))
    word_ends = [word_start for word_start, _ in word_spans[1:]] + [end]
    return tuple(
        text[word_start : min(word_end, word_start + _MAX_WORD_CHARS)]
        for (word_start, _), word_end in zip(word_spans, word_ends, strict=True)
    )
