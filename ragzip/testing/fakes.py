"""Stand-ins that behave like the real thing, for tests of code around them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ragzip.backends.protocols import PassageScores
from ragzip.checks import whole_number
from ragzip.compressors.checking.check import Checked
from ragzip.soft.encoders.pieces import cut
from ragzip.text.scores import Pieces
from ragzip.text.spans import Span
from ragzip.text.words import words

__all__ = [
    "FakeChecker",
    "FakeEmbedder",
    "FakePairScorer",
    "FakePassageScorer",
    "FakePathScorer",
    "FakeRewriter",
    "FakeSoftEncoder",
    "FakeWordScorer",
    "MemoryStore",
]


class MemoryStore:
    """A :class:`ragzip.cache.Store` in a dict."""

    def __init__(self) -> None:
        self.items: dict[bytes, bytes] = {}

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        return {key: self.items[key] for key in keys if key in self.items}

    def set_many(self, items: Mapping[bytes, bytes]) -> None:
        self.items.update(items)

    def stats(self) -> dict[str, Any]:
        return {"entries": len(self.items), "bytes": sum(map(len, self.items.values()))}

    def clear(self) -> int:
        item_count = len(self.items)
        self.items.clear()
        return item_count


class FakeEmbedder:
    """Vectors from hashed words: equal texts get equal vectors, like texts similar ones. ``seen`` counts texts."""

    dimension = 64
    fingerprint = "fake:64"

    def __init__(self) -> None:
        self.seen = 0

    def embed(self, texts: Sequence[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """Unit vectors. *Shape:* (n, 64)."""
        self.seen += len(texts)
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for text_number, text in enumerate(texts):
            vectors[text_number, 0] = 0.1
            for word_start, word_end in words(text.casefold()):
                digest = hashlib.sha256(text[word_start:word_end].casefold().encode()).digest()
                vectors[text_number, digest[0] % self.dimension] += 1.0
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


class FakeWordScorer:
    """Scores from hashed words, in pieces of up to four characters: equal words score alike. ``seen`` counts texts."""

    fingerprint = "fake:words"

    def __init__(self) -> None:
        self.seen = 0

    def score_words(self, texts: Sequence[str], query: str | None = None) -> list[Pieces]:
        """Pieces with scores between 0 and 1."""
        self.seen += len(texts)
        return [self._pieces(text) for text in texts]

    def _pieces(self, text: str) -> Pieces:
        piece_spans: list[tuple[int, int]] = []
        keep_scores: list[float] = []
        for word_start, word_end in words(text):
            digest = hashlib.sha256(text[word_start : min(word_end, word_start + 100)].encode()).digest()
            for piece_number, piece_start in enumerate(range(word_start, min(word_end, word_start + 100), 4)):
                piece_spans.append((piece_start, min(piece_start + 4, word_end)))
                keep_scores.append(digest[piece_number % 32] / 255)
        return Pieces(np.array(piece_spans, np.int32).reshape(-1, 2), np.array(keep_scores, np.float32))


class FakePassageScorer:
    """Logits from hashed words, higher for words of the query. ``seen`` counts passages."""

    fingerprint = "fake:passages"

    def __init__(self) -> None:
        self.seen = 0
        self._words = FakeWordScorer()

    def score_passages(self, query: str | None, passages: Sequence[tuple[str | None, str]]) -> list[PassageScores]:
        """Values between -2 and 4, all of the same weight."""
        self.seen += len(passages)
        query_words = (
            {query[word_start:word_end].casefold() for word_start, word_end in words(query)} if query else set()
        )
        passage_scores = []
        for _, passage_text in passages:
            piece_spans, keep_scores = self._words.score_words([passage_text])[0]
            is_query_word = [
                passage_text[piece_start:piece_end].casefold() in query_words
                for piece_start, piece_end in piece_spans.tolist()
            ]
            token_logits = 4 * keep_scores - 2 + 2 * np.array(is_query_word, np.float32)
            token_logits = token_logits.astype(np.float32)
            passage_scores.append(
                PassageScores(
                    piece_spans, token_logits, np.zeros_like(token_logits), token_logits, float(sum(is_query_word))
                )
            )
        return passage_scores


class FakePairScorer:
    """The share of a text's words that stand in the query. ``seen`` counts texts."""

    fingerprint = "fake:pairs"

    def __init__(self) -> None:
        self.seen = 0

    def score_pairs(self, query: str, texts: Sequence[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """Scores between 0 and 1. *Shape:* (len(texts),)."""
        self.seen += len(texts)
        query_words = {query[word_start:word_end].casefold() for word_start, word_end in words(query)}
        pair_scores = []
        for text in texts:
            is_query_word = [
                text[word_start:word_end].casefold() in query_words for word_start, word_end in words(text)
            ]
            pair_scores.append(sum(is_query_word) / max(1, len(is_query_word)))
        return np.array(pair_scores, np.float32)


class FakePathScorer:
    """Scores from hashed paths. ``seen`` counts paths."""

    fingerprint = "fake:paths"

    def __init__(self) -> None:
        self.seen = 0

    def score_paths(
        self, prompt: str, paths: Sequence[Sequence[str]]
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """Scores between -1 and 0. *Shape:* (len(paths),)."""
        self.seen += len(paths)
        return np.array([-hashlib.sha256("/".join(path).encode()).digest()[0] / 255 for path in paths], np.float32)


class FakeRewriter:
    """The first words of a text, as many as may be written. ``seen`` counts texts, ``calls`` the calls."""

    fingerprint = "fake:rewriter"

    def __init__(self) -> None:
        self.seen = self.calls = 0

    def rewrite(self, query: str | None, texts: Sequence[str], max_tokens: int) -> list[str]:
        """A word is taken for two tokens."""
        self.seen += len(texts)
        self.calls += 1
        first_words = [list(words(text))[: max_tokens // 2] for text in texts]
        return [
            text[: word_spans[-1][1]] if word_spans else "" for text, word_spans in zip(texts, first_words, strict=True)
        ]


class FakeChecker:
    """Bears out what has no word that is not in the sources."""

    def check(self, said: Sequence[str], sources: Sequence[str], *, known: str = "") -> list[Checked]:
        """The first source that has the first word of a sentence speaks of it."""
        source_words = [{text[word_start:word_end] for word_start, word_end in words(text)} for text in sources]
        verdicts = []
        for sentence in said:
            sentence_words = [sentence[word_start:word_end] for word_start, word_end in words(sentence)]
            unknown_words = [
                word for word in sentence_words if not any(word in words_of_source for words_of_source in source_words)
            ]
            best_source = next(
                (
                    source_number
                    for source_number, words_of_source in enumerate(source_words)
                    if sentence_words and sentence_words[0] in words_of_source
                ),
                0,
            )
            reasons = tuple(f"{word!r} is not in the sources" for word in unknown_words)
            verdicts.append(
                Checked("altered" if unknown_words else "supported", float(bool(unknown_words)), reasons, best_source)
            )
        return verdicts


class FakeSoftEncoder:
    """Vectors from the hash of a piece, one for each ``ratio`` words begun. ``seen`` counts pieces encoded.

    :param most: most words of a piece.
    :param join: fill pieces with whole sentences, else each sentence is at least one piece.
    """

    fingerprint, space, hidden = "fake:soft", "fake:lm", 8

    def __init__(self, most: int = 20, *, join: bool = False) -> None:
        self.most, self.join, self.seen = most, join, 0

    def check(self, ratio: int) -> int:
        """Any whole number above 0."""
        return whole_number(ratio, "ratio", least=1)

    def pieces(self, text: str) -> list[Span]:
        """Pieces of at most ``most`` words."""
        return cut(text, list(words(text)), self.most, lambda piece: len(list(words(piece))), join=self.join)

    def sizes(self, texts: Sequence[str], ratio: int) -> list[int]:
        """Vectors of each text."""
        return [max(1, -(-len(list(words(text))) // ratio)) for text in texts]

    def encode(self, texts: Sequence[str], ratio: int) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float16]]]:
        """*Shape:* (size, 8) each."""
        self.seen += len(texts)
        seeds = [list(hashlib.sha256(text.encode()).digest()) for text in texts]
        return [
            np.random.default_rng(seed).normal(size=(size, self.hidden)).astype(np.float16)
            for seed, size in zip(seeds, self.sizes(texts, ratio), strict=True)
        ]
