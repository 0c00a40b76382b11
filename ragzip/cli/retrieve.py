"""Retrieval before compression, on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragzip.cache import CacheOption
from ragzip.types import Document

if TYPE_CHECKING:
    from ragzip.retrievers.base import Retriever

__all__ = ["RETRIEVERS", "retrieved"]

RETRIEVERS = ("bm25", "dense", "hybrid")


def retrieved(
    documents: list[Document], query: str, k: int, retriever_name: str, *, feedback: bool, cache: CacheOption
) -> list[Document]:
    """At most ``k`` passages of ``documents``, best first.

    :param retriever_name: one of RETRIEVERS.
    :param feedback: search a second time with the first passages.
    :param cache: where vectors are kept, and taken from.
    :raises MissingExtraError: "dense" or "hybrid" without ``ragzip[dense]``.
    """
    return _retriever(documents, retriever_name, feedback=feedback, cache=cache).retrieve(query, k)


def _retriever(documents: list[Document], name: str, *, feedback: bool, cache: CacheOption) -> Retriever:
    from ragzip.retrievers.feedback import RM3, VectorFeedback

    if name == "bm25":
        from ragzip.retrievers.bm25 import BM25Retriever

        return BM25Retriever(documents, feedback=RM3() if feedback else None)
    vector_feedback = VectorFeedback() if feedback else None
    if name == "dense":
        from ragzip.retrievers.dense import DenseRetriever

        return DenseRetriever(documents, feedback=vector_feedback, cache=cache)
    from ragzip.retrievers.hybrid import HybridRetriever

    return HybridRetriever(documents, feedback=vector_feedback, cache=cache)
