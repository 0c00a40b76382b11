"""Word scores from a token classifier, whatever runtime it runs in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ragzip.backends.protocols import TokenModel
from ragzip.backends.windows import cut, run_ranges, specials, tokenize
from ragzip.checks import whole_number
from ragzip.text.scores import Pieces

__all__ = ["TokenClassifier"]

_MIN_WINDOW_TOKENS = 16  # special ones included


class TokenClassifier:
    """A :class:`~ragzip.backends.protocols.WordScorer` over a token classifier: label 1 is "keep", as in LLMLingua-2.

    :param window: the largest number of tokens in a window, special ones included. Default: a text
        that fits the model is one window, a longer text is cut into windows of half the size.
    :raises OptionError: a window under 16, or longer than the model can read.
    """

    def __init__(self, model: TokenModel, *, window: int | None = None) -> None:
        expected = f"a number of tokens, {_MIN_WINDOW_TOKENS} to {model.longest}"
        self.window = (
            None
            if window is None
            else whole_number(window, "window", least=_MIN_WINDOW_TOKENS, most=model.longest, expected=expected)
        )
        self.model = model

    @property
    def fingerprint(self) -> str:
        return f"{self.model.fingerprint}:window={self.window or 'auto'}"

    def score_words(self, texts: Sequence[str], query: str | None = None) -> list[Pieces]:
        """The tokens of each text, each with the probability to be kept."""
        before, after = specials(self.model.tokenizer)
        max_tokens = (self.window or self.model.longest) - len(before) - len(after)
        tokens_by_text = tokenize(self.model.tokenizer, texts)
        ranges_by_text = [
            cut(text, tokens.spans, max_tokens, size=self.window and max_tokens)
            for text, tokens in zip(texts, tokens_by_text, strict=True)
        ]
        logits_by_text = run_ranges(self.model, tokens_by_text, ranges_by_text, before, after)
        return [
            Pieces(tokens.spans, keep_probability(logits))
            for tokens, logits in zip(tokens_by_text, logits_by_text, strict=True)
        ]

    def __reduce__(self) -> tuple[Any, ...]:
        return _make, (self.model, self.window)


def _make(model: TokenModel, window: int | None) -> TokenClassifier:
    return TokenClassifier(model, window=window)


def keep_probability(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Softmax over the labels, at label 1; sigmoid where there is one output. *Shape:* (n, labels) to (n,)."""
    logits = logits.astype(np.float64)
    if logits.shape[1] == 1:
        return np.asarray(1 / (1 + np.exp(-logits[:, 0])), np.float32)
    exponentials = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(exponentials[:, 1] / exponentials.sum(1), np.float32)
