"""Every retriever keeps the contract."""

from ragzip.retrievers.bm25 import BM25Retriever
from ragzip.retrievers.dense import DenseRetriever
from ragzip.retrievers.feedback import RM3, VectorFeedback
from ragzip.retrievers.hybrid import HybridRetriever
from ragzip.testing import RetrieverContract


class TestBM25(RetrieverContract):
    def make(self, documents):
        return BM25Retriever(documents)


class TestDense(RetrieverContract):
    def make(self, documents):
        return DenseRetriever(documents, cache=False)


class TestHybrid(RetrieverContract):
    def make(self, documents):
        return HybridRetriever(documents, cache=False)


class TestHybridWithFeedback(RetrieverContract):
    def make(self, documents):
        return HybridRetriever(
            documents,
            feedback=VectorFeedback(query_weight=0.8),
            bm25_feedback=RM3(query_weight=0.8),
            fusion="scores",
            cache=False,
        )
