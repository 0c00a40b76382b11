"""Word scores from a causal language model: how much each token says that those before it did not."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ragzip.backends.scorers.windows import tokenize
from ragzip.errors import ModelError
from ragzip.text.scores import Pieces
from ragzip.text.splitters import sentences

if TYPE_CHECKING:
    from ragzip.backends.runtimes.torch import TorchModel

__all__ = ["SelfInformation"]


class SelfInformation:
    """A :class:`~ragzip.backends.protocols.WordScorer` over a causal language model; scores are nats.

    Each sentence is a window of its own behind the model's begin-of-text token, as in Selective Context, so that its
    scores do not depend on where it stands.
    """

    def __init__(self, model: TorchModel) -> None:
        self.model = model
        begin, end = model.hf_tokenizer.bos_token_id, model.hf_tokenizer.eos_token_id
        if begin is None and end is None:
            raise ModelError(f"model: {model.source} has no begin- or end-of-text token: it is no language model.")
        self._begin = [end if begin is None else begin]

    @property
    def fingerprint(self) -> str:
        return f"{self.model.fingerprint}:sentences"

    def score_words(self, texts: Sequence[str], query: str | None = None) -> list[Pieces]:
        """The tokens of each text with their self-information."""
        found = tokenize(self.model.tokenizer, texts)
        payload = self.model.longest - len(self._begin)
        edges = []
        for text, tokens in zip(texts, found, strict=True):
            starts = np.searchsorted(tokens.spans[:, 1], [start for start, _ in sentences(text)], "right")
            ends = sorted({0, *starts.tolist(), len(tokens.ids)})
            edges.append(
                [(a, min(a + payload, stop)) for start, stop in pairwise(ends) for a in range(start, stop, payload)]
            )
        windows = [
            [*self._begin, *tokens.ids[start:stop].tolist()]
            for tokens, ranges in zip(found, edges, strict=True)
            for start, stop in ranges
        ]
        outputs = iter(self.model.run(windows))
        scored = []
        for tokens, ranges in zip(found, edges, strict=True):
            inner = [next(outputs)[len(self._begin) :, 0] for _ in ranges]
            scored.append(Pieces(tokens.spans, np.concatenate(inner) if inner else np.zeros(0, np.float32)))
        return scored
