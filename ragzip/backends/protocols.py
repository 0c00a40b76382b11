"""The protocols between models and compressors: one method each, for scores or vectors that depend on no budget.

``fingerprint`` identifies model, revision, runtime, dtype and window: everything that changes the numbers. A text gets
the same numbers whatever else is in the call, so that a cached score equals a fresh one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from ragzip.text.scores import pool

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from ragzip.text.scores import Pieces
    from ragzip.text.spans import Span

__all__ = [
    "Fingerprinted",
    "PairScorer",
    "PartEmbedder",
    "PassageScorer",
    "PathScorer",
    "PassageScores",
    "Rewriter",
    "SoftEncoder",
    "TextEmbedder",
    "TokenModel",
    "TwoSidedEmbedder",
    "Vectors",
    "WordScorer",
]

Vectors = npt.NDArray[np.float32]


class Fingerprinted(Protocol):
    """A model, scorer or encoder whose fingerprint changes with whatever changes its output."""

    @property
    def fingerprint(self) -> str: ...


class TextEmbedder(Fingerprinted, Protocol):
    """Sentence embedder."""

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of ``texts``. *Shape:* (n, dimension)."""
        ...


class PartEmbedder(TextEmbedder, Protocol):
    """Sentence embedder that can encode a part of a text within the text around it."""

    def embed_parts(self, parts: Sequence[str], title: str | None = None) -> Vectors:
        """Unit vectors of consecutive parts of one text. *Shape:* (len(parts), dimension)."""
        ...


@runtime_checkable
class TwoSidedEmbedder(TextEmbedder, Protocol):
    """A sentence embedder that reads queries otherwise than texts, such as E5 with its prefixes: ``embed`` is for
    texts.
    """

    def for_queries(self) -> TextEmbedder:
        """The embedder of queries, whose vectors are compared with those of texts."""
        ...


class WordScorer(Fingerprinted, Protocol):
    """Scores the words of a text, in the pieces that the model reads."""

    def score_words(self, texts: Sequence[str], query: str | None = None) -> list[Pieces]:
        """The scored pieces of each text. Models that do not read the query are called without it."""
        ...


class PassageScores(NamedTuple):
    """The scores of one passage by a model that reads query and passage together; higher means keep.

    :param spans: character offsets of the tokens. *Shape:* (n, 2), int32.
    :param sentence: what each token says of its sentence. *Shape:* (n,), float32.
    :param weight: the logit of the token's weight in the score of its sentence. *Shape:* (n,), float32.
    :param word: the score of the token's word. *Shape:* (n,), float32.
    :param relevance: the score of the passage as a whole; -inf without tokens.
    """

    spans: npt.NDArray[np.int32]
    sentence: npt.NDArray[np.float32]
    weight: npt.NDArray[np.float32]
    word: npt.NDArray[np.float32]
    relevance: float

    def sentence_scores(self, sentence_spans: Sequence[tuple[int, int]]) -> npt.NDArray[np.float64]:
        """The score of each sentence: the weighted mean of its tokens' ``sentence`` values, see
        :func:`~ragzip.text.scores.pool`. *Shape:* (len(sentence_spans),).
        """
        return pool(self.spans, self.sentence, self.weight, sentence_spans)


class PassageScorer(Fingerprinted, Protocol):
    """Scores the sentences and words of passages for a query, and the passages themselves, in one pass."""

    def score_passages(self, query: str | None, passages: Sequence[tuple[str | None, str]]) -> list[PassageScores]:
        """The scores of each (title, text). Without a query: how informative they are."""
        ...


class PairScorer(Fingerprinted, Protocol):
    """Scores texts for a query, each as a whole."""

    def score_pairs(self, query: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Higher is better. *Shape:* (len(texts),)."""
        ...


class PathScorer(Fingerprinted, Protocol):
    """Scores the paths of a page's blocks against each other, after a prompt with page and query."""

    def score_paths(self, prompt: str, paths: Sequence[Sequence[str]]) -> npt.NDArray[np.float32]:
        """Higher is better. *Shape:* (len(paths),)."""
        ...


class SoftEncoder(Fingerprinted, Protocol):
    """Turns pieces of text into vectors that a language model reads in place of their tokens."""

    @property
    def space(self) -> str:
        """Fingerprint of the language model that reads the vectors."""
        ...

    @property
    def hidden(self) -> int: ...

    def check(self, ratio: int) -> int:
        """``ratio`` (tokens to a vector), if the encoder supports it; else an OptionError."""
        ...

    def pieces(self, text: str) -> list[Span]:
        """The spans of ``text`` that are encoded separately, in order; only white space is in no piece."""
        ...

    def sizes(self, texts: Sequence[str], ratio: int) -> list[int]:
        """The number of vectors of each text; no model runs."""
        ...

    def encode(self, texts: Sequence[str], ratio: int) -> list[npt.NDArray[np.float16]]:
        """The vectors of each text. *Shape:* (size, hidden) each."""
        ...


class Rewriter(Fingerprinted, Protocol):
    """Rewrites texts, shorter."""

    def rewrite(self, query: str | None, texts: Sequence[str], max_tokens: int) -> list[str]:
        """Each text in at most ``max_tokens`` tokens of the model, for ``query`` or as a whole; empty where the text
        does not help.
        """
        ...


class TokenModel(Fingerprinted, Protocol):
    """A model over windows of token ids, in any runtime; scorers are built on it."""

    @property
    def tokenizer(self) -> Tokenizer: ...

    @property
    def longest(self) -> int:
        """The largest number of token ids in a window, special ones included."""
        ...

    def run(self, windows: Sequence[Sequence[int]]) -> list[npt.NDArray[np.float32]]:
        """The outputs of the model for each token. *Shape:* (length of the window, outputs) for each window."""
        ...
