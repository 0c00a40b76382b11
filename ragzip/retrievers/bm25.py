"""Lexical retrieval."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ragzip.retrievers.base import PASSAGES_NAME, PassageIndex, readable
from ragzip.retrievers.feedback import RM3, checked_feedback, saved_feedback, settings_of
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spellings import Vocabulary, joined_in
from ragzip.text.words import terms
from ragzip.types import Document

__all__ = ["BM25Retriever"]

_TERMS_VERSION = 4  # of ragzip.text.words.terms and of _terms_of; an index with other terms is rebuilt
_IN_PARTS = pattern_of(  # words with hyphens, and the groups of numbers
    r"(?<![^\W_])(?:\d{1,3}(?:[,.'’ \u00a0\u202f]\d{3}){1,4}(?!\d)|[^\W_]{1,30}+(?:[-\u2010\u2011][^\W_]{1,30}+){1,3})"
)


class BM25Retriever(PassageIndex):
    """BM25 over passages and their titles (bm25s: sparse, scored when indexed). The index is rebuilt on first use
    after a change.

    :param feedback: a second search with the terms of the first passages, see :class:`~ragzip.retrievers.feedback.RM3`.
        It is saved with the index.
    """

    kind = "bm25"
    files = (
        PASSAGES_NAME,
        "data.csc.index.npy",
        "indices.csc.index.npy",
        "indptr.csc.index.npy",
        "nonoccurrence_array.index.npy",
        "params.index.json",
        "vocab.index.json",
    )
    feedback: RM3 | None
    _index: Any = None
    _vocabulary: Vocabulary | None = None  # of the index, where a query has needed it

    def __init__(
        self,
        documents: Iterable[Document] = (),
        *,
        feedback: RM3 | None = None,
        max_words: int = 150,
        overlap: int = 0,
    ) -> None:
        self.feedback = checked_feedback(feedback, RM3)
        super().__init__(documents, max_words=max_words, overlap=overlap)

    def _added(self, passages: Sequence[Document]) -> None:
        self._index = None

    def _deleted(self, is_kept: Sequence[bool]) -> None:
        self._index = None

    def _built(self) -> Any:
        if self._index is None:
            import bm25s

            index = bm25s.BM25()
            index.index([_terms_of(passage) or [""] for passage in self.passages], show_progress=False)
            self._index, self._origin, self._vocabulary = index, None, None
        return self._index

    def _encoded(self, query: str) -> Mapping[str, float]:
        """The weight of each term of ``query`` that some passage has, if only in another spelling or form."""
        vocabulary = self._built().vocab_dict
        query_terms = terms(query)
        weights = Counter(term for term in query_terms if term in vocabulary)
        if len(weights) < len(set(query_terms)):
            weights.update(joined_in(query_terms, vocabulary).keys())
            missing = sorted(set(query_terms) - weights.keys())
            weights.update(variant for term in missing for variant in sorted(self._variants(term)))
        return weights

    def _variants(self, term: str) -> set[str]:
        """The words of the index that are ``term`` in another spelling or form."""
        if self._vocabulary is None:
            self._vocabulary = Vocabulary(self._built().vocab_dict)
        return self._vocabulary.variants(term)

    def _moved(self, encoded_query: Mapping[str, float], first_passages: Sequence[Document]) -> Mapping[str, float]:
        if self.feedback is None:
            return encoded_query
        passage_terms = [_terms_of(passage) for passage in first_passages]
        passage_scores = [passage.score for passage in first_passages]
        with self._reading():
            return self.feedback.expanded(
                encoded_query, passage_terms, passage_scores, self._passages_with, len(self.passages)
            )

    def _passages_with(self, term: str) -> int:
        """The number of passages that have ``term``."""
        index = self._built()
        column = index.vocab_dict.get(term)
        if column is None:
            return 0
        starts = index.scores["indptr"]
        return int(starts[column + 1] - starts[column])

    def _search(self, encoded_query: Mapping[str, float], k: int) -> list[tuple[int, float]]:
        if not encoded_query:
            return []
        with self._reading():
            scores = self._scores(encoded_query)
        best_passages = np.argsort(-scores, kind="stable")[:k]
        return [
            (int(passage_number), float(scores[passage_number]))
            for passage_number in best_passages
            if scores[passage_number] > 0
        ]

    def _scores(self, weights: Mapping[str, float]) -> npt.NDArray[np.float32]:
        """The sum of the scores of each term, times its weight. *Shape:* (passages,)."""
        terms_by_weight: defaultdict[float, list[str]] = defaultdict(list)
        for term, weight in weights.items():
            terms_by_weight[weight].append(term)
        weighted_scores = [
            weight * self._built().get_scores(equal_terms) for weight, equal_terms in terms_by_weight.items()
        ]
        return np.asarray(np.sum(weighted_scores, axis=0), np.float32)

    def _save(self, folder: Path) -> None:
        self._built().save(str(folder), show_progress=False)

    def _settings(self) -> dict[str, Any]:
        return {"terms": _TERMS_VERSION, **settings_of(self.feedback)}

    def _load(self, folder: Path, settings: dict[str, Any]) -> None:
        self.feedback = self.feedback or saved_feedback(folder, settings, RM3)
        if self.passages and settings.get("terms") == _TERMS_VERSION:  # else it is built from the passages on first use
            import bm25s

            self._vocabulary = None
            self._index = bm25s.BM25.load(str(folder), mmap=True, show_progress=False)
            if self._index.scores["num_docs"] != len(self.passages):
                raise ValueError(f"scores of {self._index.scores['num_docs']} passages")
            if not isinstance(self._index.vocab_dict, dict) or not self._index.vocab_dict:
                raise ValueError("no vocabulary")
            if self._index.backend != "numpy":
                raise ValueError(f"a backend {self._index.backend!r:.80}")


def _terms_of(passage: Document) -> list[str]:
    """The searched terms of a passage; what is written in parts also stands as one: "Wi-Fi", "12,500"."""
    text = f"{passage.title or ''} {readable(passage)}"
    joined_words = ("".join(filter(str.isalnum, match.group())) for match in _IN_PARTS.finditer(text))
    return terms(text) + terms(" ".join(joined_words))
