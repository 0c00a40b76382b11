"""Contract suites and fakes, for ragzip's own tests and for those of compressors and retrievers made elsewhere.

    class TestMine(CompressorContract):
        def make(self):
            return MyCompressor()

inherits a test for each promise of the contract (docs/explain/promises.md), with generated documents. The suite's tests
may not be overridden. Needs ``ragzip[testing]``.
"""

from ragzip.errors import needs_extra

with needs_extra("testing"):
    import hypothesis as _hypothesis  # noqa: F401
    import pytest as _pytest

_REWRITTEN = ("compressors", "promises", "retrievers", "soft")
_pytest.register_assert_rewrite(*(f"ragzip.testing.{name}" for name in _REWRITTEN))

from ragzip.testing.compressors import CompressorContract  # noqa: E402
from ragzip.testing.data import Call, calls, contexts, documents, texts  # noqa: E402
from ragzip.testing.fakes import (  # noqa: E402
    FakeChecker,
    FakeEmbedder,
    FakePairScorer,
    FakePassageScorer,
    FakePathScorer,
    FakeRewriter,
    FakeSoftEncoder,
    FakeWordScorer,
    MemoryStore,
)
from ragzip.testing.retrievers import RetrieverContract  # noqa: E402
from ragzip.testing.soft import SoftContract  # noqa: E402

__all__ = [
    "Call",
    "CompressorContract",
    "FakeChecker",
    "FakeEmbedder",
    "FakePairScorer",
    "FakePassageScorer",
    "FakePathScorer",
    "FakeRewriter",
    "FakeSoftEncoder",
    "FakeWordScorer",
    "MemoryStore",
    "RetrieverContract",
    "SoftContract",
    "calls",
    "contexts",
    "documents",
    "texts",
]
