"""Every registered compressor keeps every promise."""

from ragzip.registry import TABLE
from ragzip.testing import CompressorContract


class TestAuto(CompressorContract):
    name = "auto"


class TestHybrid(CompressorContract):
    name = "extractive/hybrid"


class TestEmbedding(CompressorContract):
    name = "extractive/embedding"


class TestBM25(CompressorContract):
    name = "extractive/bm25"


class TestTruncate(CompressorContract):
    name = "baseline/truncate"


class TestNone(CompressorContract):
    name = "baseline/none"


def test_every_registered_compressor_is_here():
    tested = {cls.name for cls in CompressorContract.__subclasses__() if cls.name}
    assert tested == set(TABLE)
