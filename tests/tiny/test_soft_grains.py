"""REFRAG and trees of soft pieces over a small Llama and its adapters."""

import pickle

import numpy as np
import pytest

import ragzip
from ragzip.cache import SegmentCache
from ragzip.compressors.extractive.bm25 import BM25
from ragzip.compressors.soft.refrag import Refrag
from ragzip.compressors.soft.tree import SoftTree
from ragzip.errors import ModelError, OptionError
from ragzip.soft.adapters import load_adapter, save_adapter
from ragzip.soft.encoders.compllm import CompLLMEncoder
from ragzip.soft.encoders.gmsa import GMSAEncoder
from ragzip.soft.language import LanguageModel
from ragzip.soft.prompt import SoftPrompt
from ragzip.soft.reader import SoftReader
from ragzip.testing import MemoryStore

from .checkpoints import corpus, llama
from .test_soft import stirred

QUERY = "Which rocks are made of basalt?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A language model with an adapter of each kind beside it."""
    path = tmp_path_factory.mktemp("grains")
    lm = LanguageModel(llama(path, name="model"))
    save_adapter(stirred(CompLLMEncoder(lm)), path / "compllm")
    save_adapter(stirred(GMSAEncoder(lm)), path / "gmsa")
    return path


@pytest.fixture(scope="module")
def documents():
    return [text[:700] for text in corpus()[:3]]


def tree(folder, **options):
    adapters = {"adapter": folder / "compllm", "passage_adapter": folder / "gmsa"}
    return ragzip.load("soft/tree", model=folder / "model", **adapters, **{"chooser": BM25(), **options})


@pytest.fixture(scope="module")
def compressor(folder):
    return tree(folder)


def test_refrag_by_name(folder, documents):
    compressor = ragzip.load("refrag", model=folder / "model", adapter=folder / "compllm", chooser=BM25())
    assert isinstance(compressor, Refrag) and compressor.ratios == (4,)
    shares = []
    for rate in (0.4, 0.8):
        result = ragzip.compress(documents, QUERY, compressor=compressor, rate=rate, cache=False)
        assert 0 < result.stats.tokens_out <= rate * result.stats.tokens_in
        shares.append(sum(len(part) for part in result.parts if isinstance(part, str)))
    assert shares == sorted(shares) and shares[0] < shares[-1]
    assert SoftReader(compressor.encoder.lm).generate([SoftPrompt.of(result, QUERY)], max_tokens=3)


def test_a_tree_by_name_is_read_by_its_model(compressor, documents):
    assert isinstance(compressor, SoftTree) and compressor.ratios == (2, 4, 8)
    result = ragzip.compress(documents, QUERY, compressor=compressor, rate=0.25, cache=False)
    assert 0 < result.stats.tokens_out <= 0.25 * result.stats.tokens_in
    assert SoftReader(compressor.encoder.lm).generate([SoftPrompt.of(result, QUERY)], max_tokens=3)
    finest = ragzip.compress(documents[0], QUERY, compressor=compressor, cache=False)
    pieces = compressor.encoder.pieces(documents[0])
    assert [soft.span for soft in finest.segments[0].soft] == pieces


def test_each_grain_has_the_vectors_of_its_encoder(folder, compressor, documents):
    result = ragzip.compress(documents, QUERY, compressor=compressor, rate=0.3, cache=False)
    lm = compressor.encoder.lm
    encoders = {kind: load_adapter(kind, lm, folder / kind) for kind in ("compllm", "gmsa")}
    ratios = set()
    for document, segment in zip(documents, result.segments, strict=True):
        pieces = set(encoders["compllm"].pieces(document))
        for soft in segment.soft:
            text = document[slice(*soft.span)]
            options = [("gmsa", 8), *([("compllm", 2), ("compllm", 4)] if soft.span in pieces else [])]
            told = {ratio: encoders[kind].encode([text], ratio)[0] for kind, ratio in options}
            same = [ratio for ratio, vectors in told.items() if vectors.shape == soft.vectors.shape]
            near = [ratio for ratio in same if np.allclose(told[ratio], soft.vectors, atol=2e-2)]
            assert near, (len(soft), soft.span)
            ratios.update(near)
    assert ratios == {2, 4, 8}


def test_another_query_encodes_only_other_nodes(compressor, documents):
    cache = SegmentCache(MemoryStore())
    first = ragzip.compress(documents, QUERY, compressor=compressor, rate=0.3, cache=cache)
    again = ragzip.compress(documents, QUERY, compressor=compressor, rate=0.3, cache=cache)
    assert first.stats.cache_misses and not again.stats.cache_misses and again.parts == first.parts
    other = ragzip.compress(documents, "What do volcanoes do?", compressor=compressor, rate=0.3, cache=cache)
    assert other.stats.cache_hits > 0 and other.stats.cache_misses < first.stats.cache_misses


def test_a_tree_can_be_sent_to_workers(folder, documents):
    compressor = tree(folder, text=0.1)
    clone = pickle.loads(pickle.dumps(compressor))
    first, second = (
        ragzip.compress(documents, QUERY, compressor=each, rate=0.3, cache=False) for each in (compressor, clone)
    )
    assert first.parts == second.parts and clone.encoder.fingerprint == compressor.encoder.fingerprint


def test_ratios_that_do_not_go_together(folder):
    with pytest.raises(OptionError, match="more tokens to a vector of passages"):
        tree(folder, ratio=4, passage_ratio=3)
    with pytest.raises(OptionError, match="2 or 4"):
        tree(folder, ratio=3)
    with pytest.raises(OptionError, match="passage_ratio: received 0"):
        tree(folder, passage_ratio=0)
    with pytest.raises(ModelError, match="of the size"):
        ragzip.load("soft/tree", model=folder / "model")  # the shipped adapters are for SmolLM2-135M
