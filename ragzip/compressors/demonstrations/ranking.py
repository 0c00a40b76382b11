"""The demonstrations that suit an input: near to it, and not all alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ragzip.backends.protocols import Fingerprinted, TextEmbedder, Vectors
from ragzip.compressors.extractive.bm25 import bm25, index_terms
from ragzip.compressors.extractive.pruning.multilingual import MULTILINGUAL_IF_INSTALLED, multilingual_embedder
from ragzip.compressors.reading import unread_language, unread_note
from ragzip.compressors.soft.family import Soft
from ragzip.models import MULTILINGUAL, is_installed
from ragzip.text.scores import Scores, grouped
from ragzip.types import Note

__all__ = ["Meaning", "Nearest", "Similarity", "SoftSpace", "Wording", "marginal_ranking", "ranked"]

_SHORTLIST = 4  # times as many as are wanted are compared with each other
_DECIMALS = 6  # of a similarity: products of matrices differ beyond that with the number of rows


class Nearest(NamedTuple):
    """The texts nearest to a query, best first.

    :param numbers: of the texts. *Shape:* (m,).
    :param relevance: similarity to the query. *Shape:* (m,).
    :param likeness: similarity to each other. *Shape:* (m, m).
    """

    numbers: npt.NDArray[np.int64]
    relevance: Scores
    likeness: Scores


class Similarity(Protocol):
    """A measure of how similar texts are."""

    @property
    def models(self) -> tuple[Fingerprinted, ...]: ...

    def notes(self, query: str | None, texts: Sequence[str]) -> tuple[Note, ...]:
        """The notes for the caller on a ranking of these texts by :meth:`nearest`."""
        ...

    def nearest(self, query: str | None, texts: Sequence[str], most: int) -> Nearest:
        """At most ``most`` of ``texts``; without a query, those nearest to all the others."""
        ...


class Meaning:
    """Cosine of embeddings.

    :param centred: take the mean of the texts' vectors off, which all of them share.
    :param languages: (ISO 639-1) that the embedder reads; None: not known. Texts in another one are compared by the
        multilingual embedder where it is installed, else by their wording.
    """

    def __init__(
        self, embedder: TextEmbedder, *, centred: bool = False, languages: frozenset[str] | None = None
    ) -> None:
        self.embedder, self.centred, self.languages = embedder, centred, languages

    def with_embedder(self, embedder: TextEmbedder) -> Meaning:
        """The same with another embedder for what is read."""
        return Meaning(embedder, centred=self.centred, languages=self.languages)

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        return (self.embedder,) if self.languages is None else (self.embedder, MULTILINGUAL_IF_INSTALLED)

    def notes(self, query: str | None, texts: Sequence[str]) -> tuple[Note, ...]:
        """See :class:`Similarity`."""
        language = unread_language(query, texts, self.languages)
        return () if language is None else (unread_note(language, is_read=is_installed(MULTILINGUAL)),)

    def nearest(self, query: str | None, texts: Sequence[str], most: int) -> Nearest:
        """See :class:`Similarity`."""
        if unread_language(query, texts, self.languages) is not None:
            embedder = multilingual_embedder()
            similarity = Wording() if embedder is None else Meaning(embedder)
            return similarity.nearest(query, texts, most)
        vectors = self.embedder.embed(texts)
        query_vector = vectors.mean(0) if query is None else self.embedder.embed([query])[0]
        if self.centred and query is not None:
            mean_vector = vectors.mean(0)
            vectors, query_vector = _unit(vectors - mean_vector), _unit((query_vector - mean_vector)[None])[0]
        relevance = _rounded(vectors @ query_vector)
        numbers = _best(relevance, most)
        return Nearest(numbers, relevance[numbers], _rounded(vectors[numbers] @ vectors[numbers].T))


class Wording:
    """BM25, as a share of the best score; between two texts, as a share of the score of a text for itself."""

    models: tuple[Fingerprinted, ...] = ()

    def notes(self, query: str | None, texts: Sequence[str]) -> tuple[Note, ...]:
        """See :class:`Similarity`."""
        return ()

    def nearest(self, query: str | None, texts: Sequence[str], most: int) -> Nearest:
        """See :class:`Similarity`."""
        terms_by_text = [index_terms(text) for text in texts]
        query_terms = [term for terms in terms_by_text for term in terms] if query is None else index_terms(query)
        scores = bm25(Counter(query_terms), terms_by_text)
        relevance = scores / (scores.max(initial=0.0) or 1.0)
        numbers = _best(relevance, most)
        near_terms = [terms_by_text[number] for number in numbers]
        likeness = [_share_of_own(bm25(Counter(terms), near_terms), row) for row, terms in enumerate(near_terms)]
        return Nearest(numbers, relevance[numbers], np.array(likeness).reshape(len(numbers), len(numbers)))


def _share_of_own(scores: Scores, own_number: int) -> Scores:
    return np.minimum(scores / (scores[own_number] or 1.0), 1.0)


class SoftSpace:
    """The mean of the vectors that a soft compressor makes of a text, as its embedding: what is compared is what a
    language model will read (after UniICL, 2024, arXiv 2405.17062).
    """

    def __init__(self, compressor: Soft) -> None:
        self.compressor, self.ratio = compressor, compressor.ratios[0]
        self.dimension = compressor.encoder.hidden

    @property
    def fingerprint(self) -> str:
        """The identity of the encoder and the ratio."""
        return f"soft-space:{self.compressor.encoder.fingerprint}:{self.ratio}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors. *Shape:* (n, hidden)."""
        encoder = self.compressor.encoder
        pieces_by_text = [[text[slice(*span)] for span in encoder.pieces(text)] for text in texts]
        encoded = self.compressor.cached.encode([piece for pieces in pieces_by_text for piece in pieces], self.ratio)
        means = np.zeros((len(texts), self.dimension), np.float32)
        for text_number, vectors in enumerate(grouped(encoded, pieces_by_text)):
            if vectors:
                means[text_number] = np.concatenate(vectors).astype(np.float32).mean(0)
        return _unit(means)


def _rounded(similarities: npt.NDArray[np.float32]) -> Scores:
    return np.asarray(similarities, np.float64).round(_DECIMALS).astype(np.float64)


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths == 0, 1, lengths), np.float32)


def _best(scores: Scores, most: int) -> npt.NDArray[np.int64]:
    return np.argsort(-scores, kind="stable")[:most].astype(np.int64)


def ranked(
    similarity: Similarity, query: str | None, texts: Sequence[str], count: int, diversity: float
) -> list[tuple[int, float]]:
    """The numbers of at most ``count`` of ``texts`` with their relevance, in the order in which they are worth showing.

    :param diversity: from 0 (nearness alone) to 1 (only unlike those before).
    """
    if not texts:
        return []
    nearest = similarity.nearest(query, texts, max(_SHORTLIST * count, count))
    order = marginal_ranking(nearest.relevance, nearest.likeness, count, diversity)
    return [(int(nearest.numbers[row]), float(nearest.relevance[row])) for row in order]


def marginal_ranking(relevance: Scores, likeness: Scores, count: int, diversity: float) -> list[int]:
    """Maximal marginal relevance (Carbonell and Goldstein 1998): a ranking of rows, each relevant and unlike all before
    it. *Shapes:* (m,) and (m, m); at most ``count`` rows.
    """
    order: list[int] = []
    is_open = np.ones(len(relevance), bool)
    most_alike = np.zeros(len(relevance))
    while len(order) < min(count, len(relevance)):
        worth = (1 - diversity) * relevance - diversity * most_alike
        best = int(np.argmax(np.where(is_open, worth, -np.inf)))
        order.append(best)
        is_open[best] = False
        most_alike = likeness[best] if len(order) == 1 else np.maximum(most_alike, likeness[best])
    return order
