"""ragzip in Haystack: ``from haystack_integrations.components.compressors.ragzip import RagzipDocumentCompressor``."""

from ragzip.integrations.haystack import RagzipCompactor, RagzipDocumentCompressor

__all__ = ["RagzipCompactor", "RagzipCompressor", "RagzipDocumentCompressor"]

RagzipCompressor = RagzipDocumentCompressor  # the name that it has at other frameworks
