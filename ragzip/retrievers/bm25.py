"""Lexical retrieval."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ragzip.retrievers.base import PASSAGES_NAME, PassageIndex, readable
from ragzip.text.words import terms
from ragzip.types import Document

__all__ = ["BM25Retriever"]

_TERMS_VERSION = 3  # of ragzip.text.words.terms; an index with other terms is rebuilt


class BM25Retriever(PassageIndex):
    """BM25 over passages and their titles (bm25s: sparse, scored when indexed). The index is rebuilt on first use
    after a change.
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
    _index: Any = None

    def _added(self, passages: Sequence[Document]) -> None:
        self._index = None

    def _deleted(self, is_kept: Sequence[bool]) -> None:
        self._index = None

    def _built(self) -> Any:
        if self._index is None:
            import bm25s

            index = bm25s.BM25()
            passage_terms = [terms(f"{passage.title or ''} {readable(passage)}") or [""] for passage in self.passages]
            index.index(passage_terms, show_progress=False)
            self._index, self._origin = index, None
        return self._index

    def _search(self, query: str, k: int) -> list[tuple[int, float]]:
        index = self._built()
        known_terms = [term for term in terms(query) if term in index.vocab_dict]
        if not known_terms:
            return []
        with self._reading():
            scores = index.get_scores(known_terms)
        best_passages = np.argsort(-scores, kind="stable")[:k]
        return [
            (int(passage_number), float(scores[passage_number]))
            for passage_number in best_passages
            if scores[passage_number] > 0
        ]

    def _save(self, folder: Path) -> None:
        self._built().save(str(folder), show_progress=False)

    def _settings(self) -> dict[str, Any]:
        return {"terms": _TERMS_VERSION}

    def _load(self, folder: Path, settings: dict[str, Any]) -> None:
        if self.passages and settings.get("terms") == _TERMS_VERSION:  # else it is built from the passages on first use
            import bm25s

            self._index = bm25s.BM25.load(str(folder), mmap=True, show_progress=False)
            if self._index.scores["num_docs"] != len(self.passages):
                raise ValueError(f"scores of {self._index.scores['num_docs']} passages")
            if not isinstance(self._index.vocab_dict, dict) or not self._index.vocab_dict:
                raise ValueError("no vocabulary")
            if self._index.backend != "numpy":
                raise ValueError(f"a backend {self._index.backend!r:.80}")
