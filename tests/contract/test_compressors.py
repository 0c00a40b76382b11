"""Every registered compressor keeps every promise.

Models are real where they ship and score in their own way (auto, the embedder, both heads of the pruner).
"""

import pytest

import ragzip
from ragzip.compressors.abstractive.recomp import RecompAbstractive
from ragzip.compressors.abstractive.scope import Scope
from ragzip.compressors.demonstrations import Demonstrations
from ragzip.compressors.extractive.bm25 import BM25
from ragzip.compressors.extractive.exit import Exit
from ragzip.compressors.extractive.hybrid import Hybrid
from ragzip.compressors.extractive.provence import Provence
from ragzip.compressors.extractive.recomp import Recomp
from ragzip.compressors.html.embedding import HtmlEmbedding
from ragzip.compressors.html.paths import HtmlPaths
from ragzip.compressors.html.pruner import HtmlPruner
from ragzip.compressors.registry import TABLE
from ragzip.compressors.soft.family import Soft
from ragzip.compressors.soft.refrag import Refrag
from ragzip.compressors.soft.tree import SoftTree
from ragzip.compressors.token.gemfilter import GemFilter
from ragzip.compressors.token.llmlingua2 import LLMLingua2
from ragzip.compressors.token.selective_context import SelectiveContext
from ragzip.compressors.token.semantic import Semantic
from ragzip.soft.encoders.grained import GrainedEncoder
from ragzip.testing import (
    CompressorContract,
    FakeChecker,
    FakeEmbedder,
    FakePairScorer,
    FakePassageScorer,
    FakePathScorer,
    FakeRewriter,
    FakeSoftEncoder,
    FakeWordScorer,
    SoftContract,
)


class TestAuto(CompressorContract):
    name = "auto"


class TestPruner(CompressorContract):
    name = "extractive/pruner"


class TestPrunerWords(CompressorContract):
    name = "token/pruner-words"


class TestRecomp(CompressorContract):
    """Over a stand-in, as the next ones: it is the embedding method with other options."""

    name = "extractive/recomp"

    def make(self):
        return Recomp(FakeEmbedder())


class TestExit(CompressorContract):
    """Over a stand-in for the model, as the next one: real ones are in tests/tiny."""

    name = "extractive/exit"

    def make(self):
        return Exit(FakePairScorer())


class TestProvence(CompressorContract):
    name = "extractive/provence"

    def make(self):
        return Provence(FakePassageScorer())


class TestHybrid(CompressorContract):
    name = "extractive/hybrid"

    def make(self):
        return Hybrid(FakeEmbedder())


class TestEmbedding(CompressorContract):
    name = "extractive/embedding"


class TestBM25(CompressorContract):
    name = "extractive/bm25"


class TestLLMLingua2(CompressorContract):
    """The family over a stand-in for the model: real ones are in tests/tiny."""

    name = "token/llmlingua2"

    def make(self):
        return LLMLingua2(FakeWordScorer())


class TestLLMLingua2WithForceTokens(CompressorContract):
    def make(self):
        return LLMLingua2(FakeWordScorer(), force_tokens=[".", "?"], drop_consecutive=True, context_filter=True)


class TestSelectiveContext(CompressorContract):
    name = "token/selective-context"

    def make(self):
        return SelectiveContext(FakeWordScorer(), level="sentence")


class TestGemFilter(CompressorContract):
    name = "token/gemfilter"

    def make(self):
        return GemFilter(FakeWordScorer(), level="sentence")


class TestSemantic(CompressorContract):
    name = "token/semantic"

    def make(self):
        return Semantic(FakeEmbedder())  # the shipped one embeds every word's absence: minutes


class TestHtmlBM25(CompressorContract):
    """On documents that are no pages; pages are in tests/unit/pages/test_html_compressors.py."""

    name = "html/bm25"


class TestHtmlEmbedding(CompressorContract):
    name = "html/embedding"

    def make(self):
        return HtmlEmbedding(FakeEmbedder())


class TestHtmlPruner(CompressorContract):
    name = "html/pruner"

    def make(self):
        return HtmlPruner(FakePassageScorer())


class TestHtmlPaths(CompressorContract):
    name = "html/paths"

    def make(self):
        return HtmlPaths(FakePathScorer())


class TestDemonstrations(CompressorContract):
    """Of documents that are not marked as demonstrations, all is input."""

    name = "extractive/demonstrations"

    def make(self):
        return Demonstrations(compressor="bm25", similarity=FakeEmbedder())


class TestRecompAbstractive(CompressorContract):
    """The family over stand-ins for the models. Real ones: tests/unit/compressors/test_abstractive.py, tests/tiny."""

    name = "abstractive/recomp"
    verbatim = False

    def make(self):
        return RecompAbstractive(FakeRewriter(), chooser=BM25(), checker=FakeChecker())


class TestScope(CompressorContract):
    name = "abstractive/scope"
    verbatim = False

    def make(self):
        return Scope(FakeRewriter(), chooser=BM25(), checker=FakeChecker(), embedder=FakeEmbedder())


class SoftOverFake(Soft):
    name = "soft/fake.v1"


class TestCompLLM(SoftContract):
    """The soft family over a stand-in for the encoder; real ones are in tests/tiny/test_soft.py."""

    name = "soft/compllm"

    def make(self):
        return SoftOverFake(FakeSoftEncoder(), ratio=(2, 4))


class RefragOverFake(Refrag):
    def __init__(self):
        Soft.__init__(self, FakeSoftEncoder(), ratio=(4, 8), text=1.0, chooser=BM25())


class TestRefrag(SoftContract):
    name = "soft/refrag"

    def make(self):
        return RefragOverFake()


class TreeOverFake(SoftTree):
    def __init__(self):
        encoder = GrainedEncoder(FakeSoftEncoder(), FakeSoftEncoder(most=256, join=True), (8,))
        Soft.__init__(self, encoder, ratio=(2, 4, 8), text=0.1, chooser=BM25())


class TestTree(SoftContract):
    name = "soft/tree"

    def make(self):
        return TreeOverFake()


class TestTruncate(CompressorContract):
    name = "baseline/truncate"


class TestRandom(CompressorContract):
    name = "baseline/random"


class TestNone(CompressorContract):
    name = "baseline/none"


CLASSES = [*CompressorContract.__subclasses__(), *SoftContract.__subclasses__()]


@pytest.mark.full
@pytest.mark.parametrize("suite", CLASSES, ids=lambda suite: suite.__name__)
def test_five_megabytes_on_one_line(suite):
    line = "word and more, " * 5_000 + "x" * 5_000_000
    assert 0 < suite().run(line, "more", target_tokens=100).stats.tokens_out <= 100


@pytest.mark.limits
@pytest.mark.parametrize("name", ["auto", "baseline/none"])
def test_a_very_long_line(name):
    line = "word and more, " * 1_000 + "x" * 185_000
    assert 0 < ragzip.compress(line, "more", target_tokens=100, compressor=name).stats.tokens_out <= 100


def test_every_registered_compressor_is_here():
    tested = {cls.name for cls in CLASSES if cls.name}
    same_family = {"soft/gmsa", "soft/xrag", "soft/pisco", "soft/mean-pool"}
    assert tested | same_family == set(TABLE)
