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
        count = len(self.items)
        self.items.clear()
        return count


class FakeEmbedder:
    """Vectors from hashed words: equal texts get equal vectors, like texts similar ones. ``seen`` counts texts."""

    dimension = 64
    fingerprint = "fake:64"

    def __init__(self) -> None:
        self.seen = 0

    def embed(self, texts: Sequence[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """Unit vectors. *Shape:* (n, 64)."""
        self.seen += len(texts)
        out = np.zeros((len(texts), self.dimension), np.float32)
        for i, text in enumerate(texts):
            out[i, 0] = 0.1
            for start, end in words(text.casefold()):
                digest = hashlib.sha256(text[start:end].casefold().encode()).digest()
                out[i, digest[0] % self.dimension] += 1.0
        return np.asarray(out / np.linalg.norm(out, axis=1, keepdims=True), np.float32)


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
        spans: list[tuple[int, int]] = []
        keep: list[float] = []
        for start, end in words(text):
            digest = hashlib.sha256(text[start : min(end, start + 100)].encode()).digest()
            for i, left in enumerate(range(start, min(end, start + 100), 4)):
                spans.append((left, min(left + 4, end)))
                keep.append(digest[i % 32] / 255)
        return Pieces(np.array(spans, np.int32).reshape(-1, 2), np.array(keep, np.float32))


class FakePassageScorer:
    """Logits from hashed words, higher for words of the query. ``seen`` counts passages."""

    fingerprint = "fake:passages"

    def __init__(self) -> None:
        self.seen = 0
        self._words = FakeWordScorer()

    def score_passages(self, query: str | None, passages: Sequence[tuple[str | None, str]]) -> list[PassageScores]:
        """Values between -2 and 4, all of the same weight."""
        self.seen += len(passages)
        asked = {query[start:end].casefold() for start, end in words(query)} if query else set()
        out = []
        for _, text in passages:
            spans, keep = self._words.score_words([text])[0]
            found = [text[start:end].casefold() in asked for start, end in spans.tolist()]
            value = 4 * keep - 2 + 2 * np.array(found, np.float32)
            value = value.astype(np.float32)
            out.append(PassageScores(spans, value, np.zeros_like(value), value, float(sum(found))))
        return out


class FakePairScorer:
    """The share of a text's words that stand in the query. ``seen`` counts texts."""

    fingerprint = "fake:pairs"

    def __init__(self) -> None:
        self.seen = 0

    def score_pairs(self, query: str, texts: Sequence[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """Scores between 0 and 1. *Shape:* (len(texts),)."""
        self.seen += len(texts)
        asked = {query[start:end].casefold() for start, end in words(query)}
        out = []
        for text in texts:
            found = [text[start:end].casefold() in asked for start, end in words(text)]
            out.append(sum(found) / max(1, len(found)))
        return np.array(out, np.float32)


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
        found = [list(words(text))[: max_tokens // 2] for text in texts]
        return [text[: spans[-1][1]] if spans else "" for text, spans in zip(texts, found, strict=True)]


class FakeChecker:
    """Bears out what has no word that is not in the sources."""

    def check(self, said: Sequence[str], sources: Sequence[str], *, known: str = "") -> list[Checked]:
        """The first source that has the first word of a sentence speaks of it."""
        read = [{text[start:end] for start, end in words(text)} for text in sources]
        out = []
        for sentence in said:
            found = [sentence[start:end] for start, end in words(sentence)]
            strange = [word for word in found if not any(word in one for one in read)]
            source = next((i for i, one in enumerate(read) if found and found[0] in one), 0)
            reasons = tuple(f"{word!r} is not in the sources" for word in strange)
            out.append(Checked("altered" if strange else "supported", float(bool(strange)), reasons, source))
        return out


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
        return cut(text, list(words(text)), self.most, lambda one: len(list(words(one))), join=self.join)

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
