"""Retrievers: from a query to the passages worth compressing."""

from __future__ import annotations

from ragzip.retrievers.base import Retriever, to_passages
from ragzip.retrievers.bm25 import BM25Retriever
from ragzip.retrievers.dense import DenseRetriever
from ragzip.retrievers.feedback import RM3, VectorFeedback
from ragzip.retrievers.hybrid import HybridRetriever

__all__ = ["RM3", "BM25Retriever", "DenseRetriever", "HybridRetriever", "Retriever", "VectorFeedback", "to_passages"]
