"""Word scores from a causal language model: the self-information of each token."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ragzip.backends.windows import run_ranges, tokenize
from ragzip.errors import ModelError
from ragzip.text.scores import Pieces
from ragzip.text.splitters import sentences

if TYPE_CHECKING:
    from ragzip.backends.runtimes.torch import TorchModel

__all__ = ["SelfInformation"]


class SelfInformation:
    """A :class:`~ragzip.backends.protocols.WordScorer` over a causal language model; scores are nats.

    Each sentence is a window of its own after the model's begin-of-text token, as in Selective Context, so that its
    scores do not depend on its position.
    """

    def __init__(self, model: TorchModel) -> None:
        self.model = model
        begin_id, end_id = model.hf_tokenizer.bos_token_id, model.hf_tokenizer.eos_token_id
        if begin_id is None and end_id is None:
            raise ModelError(f"model: {model.source} has no begin- or end-of-text token: it is not a language model.")
        self._begin = [end_id if begin_id is None else begin_id]

    @property
    def fingerprint(self) -> str:
        return f"{self.model.fingerprint}:sentences"

    def score_words(self, texts: Sequence[str], query: str | None = None) -> list[Pieces]:
        """The tokens of each text with their self-information."""
        tokens_by_text = tokenize(self.model.tokenizer, texts)
        payload_tokens = self.model.longest - len(self._begin)
        ranges_by_text = []
        for text, tokens in zip(texts, tokens_by_text, strict=True):
            sentence_starts = np.searchsorted(tokens.spans[:, 1], [start for start, _ in sentences(text)], "right")
            sentence_bounds = sorted({0, *sentence_starts.tolist(), len(tokens.ids)})
            ranges_by_text.append(
                [
                    (window_start, min(window_start + payload_tokens, stop))
                    for start, stop in pairwise(sentence_bounds)
                    for window_start in range(start, stop, payload_tokens)
                ]
            )
        outputs_by_text = run_ranges(self.model, tokens_by_text, ranges_by_text, self._begin)
        return [
            Pieces(tokens.spans, outputs[:, 0]) for tokens, outputs in zip(tokens_by_text, outputs_by_text, strict=True)
        ]
