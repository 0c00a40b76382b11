"""What a model offers to compressors: one method each, scores or vectors free of any budget.

``fingerprint`` names model, revision, runtime, dtype and window: whatever changes the numbers changes it. The same text
gets the same numbers whatever else is in the call, so that a cached score equals a fresh one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["Pieces", "TextEmbedder", "TokenModel", "Vectors", "WordScorer"]

Vectors = npt.NDArray[np.float32]


class TextEmbedder(Protocol):
    """Sentence embedder."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of ``texts``. *Shape:* (n, dimension)."""
        ...


class Pieces(NamedTuple):
    """The pieces (sub-words or words) of a text that have a score, in order.

    ``spans`` are character offsets, without white space at their ends. *Shape:* (n, 2), int32. ``keep`` is what speaks
    for keeping each one, higher is better: for a classifier its probability. *Shape:* (n,), float32.
    """

    spans: npt.NDArray[np.int32]
    keep: npt.NDArray[np.float32]


class WordScorer(Protocol):
    """Scores the words of a text, in whatever pieces the model reads it."""

    @property
    def fingerprint(self) -> str: ...

    def score_words(self, texts: Sequence[str], query: str | None = None) -> list[Pieces]:
        """The scored pieces of each text. Methods that do not read the query are called without it."""
        ...


class TokenModel(Protocol):
    """A model over windows of token ids, in whatever runtime: what scorers are made of."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def tokenizer(self) -> Tokenizer: ...

    @property
    def longest(self) -> int:
        """The most token ids that a window may have, special ones included."""
        ...

    def run(self, windows: Sequence[Sequence[int]]) -> list[npt.NDArray[np.float32]]:
        """What the model says of each token. *Shape:* one array (length of the window, outputs) for each window."""
        ...
