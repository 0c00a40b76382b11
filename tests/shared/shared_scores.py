"""Scores of models for tests that are not about them: what a text is worth to a query is the same at every budget."""

from ragzip.cache import SegmentCache
from ragzip.testing import MemoryStore

SCORES = SegmentCache(MemoryStore())
