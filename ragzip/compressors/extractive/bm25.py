"""BM25 of the query against sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ragzip.compressors.extractive.family import Analysis, Extractive, smoothed
from ragzip.compressors.extractive.texts.passages import Passage
from ragzip.compressors.relevance import units_sharing_words
from ragzip.fitting.choose import Fill
from ragzip.process.memory import BoundedCache, strings_bytes
from ragzip.text.queries.questions import telling_terms
from ragzip.text.scores import Scores
from ragzip.text.spellings import counts_of_variants
from ragzip.text.words import terms
from ragzip.types import Note

__all__ = ["BM25", "bm25", "bm25_of_query", "by_wording", "index_terms"]


class BM25(Extractive):
    """Okapi BM25 (Robertson and Zaragoza 2009) with Lucene's idf, over the sentences of the call as the collection.

    Title and heading count as part of each sentence below them. Without a query, a sentence is scored by the terms of
    its own document, weighted by how often they stand there. Scores depend on the other sentences: they are not cached.
    """

    name: ClassVar[str] = "extractive/bm25.v1"
    scores_are_probabilities: ClassVar[bool] = False

    def __init__(self, *, neighbours: float = 0.2, fill: Fill = "relevant") -> None:
        super().__init__(neighbours=neighbours, fill=fill)

    def score(self, query: str | None, passages: Sequence[Passage]) -> list[Scores]:
        sentence_terms = [
            index_terms(context) + index_terms(sentence)
            for passage in passages
            for context, sentence in zip(passage.contexts, passage.sentences, strict=True)
        ]
        all_scores = np.zeros(len(sentence_terms)) if query is None else bm25_of_query(query, sentence_terms)
        scores_by_passage: list[Scores] = []
        first_sentence = 0
        for passage in passages:
            sentence_count = len(passage.sentences)
            if query is None and sentence_count:
                own_terms = sentence_terms[first_sentence : first_sentence + sentence_count]
                document_terms = Counter(term for text in own_terms for term in text)
                all_scores[first_sentence : first_sentence + sentence_count] = bm25(document_terms, own_terms) / max(
                    1, document_terms.total()
                )
            scores_by_passage.append(all_scores[first_sentence : first_sentence + sentence_count])
            first_sentence += sentence_count
        return scores_by_passage

    def needed(self, scores: Sequence[Scores]) -> npt.NDArray[np.bool_]:
        return units_sharing_words(scores)


def by_wording(query: str | None, passages: Sequence[Passage], notes: tuple[Note, ...]) -> Analysis:
    """The scores of :class:`BM25`, as shares of the best score: for models that do not read a language."""
    method = BM25()
    passage_scores = [smoothed(sentence_scores, method.neighbours) for sentence_scores in method.score(query, passages)]
    best_score = (
        max((float(sentence_scores.max(initial=0.0)) for sentence_scores in passage_scores), default=0.0) or 1.0
    )
    return Analysis([sentence_scores / best_score for sentence_scores in passage_scores], by_wording=True, notes=notes)


_terms_by_text: BoundedCache[str, tuple[str, ...]] = BoundedCache(2**24, strings_bytes)


def index_terms(text: str) -> tuple[str, ...]:
    """The terms of ``text``; those of the sentences met last are remembered."""
    return _terms_by_text.get_or_compute(text, lambda text: tuple(terms(text)))


def bm25_of_query(query: str, texts: Sequence[Sequence[str]]) -> Scores:
    """:func:`bm25` of the telling terms of ``query``; of all its terms where no text has one of these."""
    scores = bm25(telling_terms(query), texts)
    return scores if scores.any() else bm25(Counter(index_terms(query)), texts)


def bm25(query: Counter[str], texts: Sequence[Sequence[str]], *, k1: float = 1.5, b: float = 0.75) -> Scores:
    """Score of each text (a list of terms) for ``query``, whose counts are weights. *Shape:* (len(texts),).

    A term that no text has stands for its other spellings.
    """
    text_scores = np.zeros(len(texts))
    if not query or not texts:
        return text_scores
    lengths = np.array([len(text) for text in texts], np.float64)
    length_norms = k1 * (1 - b + b * lengths / max(lengths.mean(), 1e-9))
    postings: dict[str, list[tuple[int, int]]] = {term: [] for term in query}
    for text_number, text in enumerate(texts):
        for term, term_counts in Counter(term for term in text if term in postings).items():
            postings[term].append((text_number, term_counts))
    missing = [term for term, numbers_and_counts in postings.items() if not numbers_and_counts]
    for term, text_number, count in counts_of_variants(list(query), missing, texts) if missing else ():
        postings[term].append((text_number, count))
    for term, weight in query.items():
        if not postings[term]:
            continue
        text_numbers, term_counts = np.array(postings[term]).T
        rarity = np.log(1 + (len(texts) - len(text_numbers) + 0.5) / (len(text_numbers) + 0.5))
        text_scores[text_numbers] += weight * rarity * term_counts / (term_counts + length_norms[text_numbers])
    return text_scores
