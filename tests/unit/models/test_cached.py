"""The entries that models leave in a cache: later versions must find those of earlier ones."""

import hashlib
from types import SimpleNamespace

import numpy as np
import pytest

from ragzip.backends.cached import (
    CachedEmbedder,
    CachedPairScorer,
    CachedPassageScorer,
    CachedPathScorer,
    CachedRewriter,
    CachedSoftEncoder,
    CachedWordScorer,
)
from ragzip.backends.entries import packed_passage, unpacked_passage
from ragzip.backends.protocols import PassageScores
from ragzip.cache import SegmentCache, use_cache
from ragzip.compressors.token.selective_context import SelectiveContext
from ragzip.files.packing import pack, unpack
from ragzip.testing.fakes import (
    FakeEmbedder,
    FakePairScorer,
    FakePassageScorer,
    FakePathScorer,
    FakeRewriter,
    FakeSoftEncoder,
    FakeWordScorer,
    MemoryStore,
)

TEXT = "one text"
PATHS = [["html", "body"], ["html", "p"]]


class FakeParser:
    """A stand-in for a spaCy pipeline that finds the first word."""

    meta = {"name": "fake", "version": "1"}  # noqa: RUF012

    def pipe(self, texts):
        chunk = SimpleNamespace(start_char=0, end_char=3)
        return [SimpleNamespace(noun_chunks=[chunk]) for _ in texts]


def parse_phrases():
    compressor = SelectiveContext(FakeWordScorer(), level="word")
    compressor._spacy = FakeParser()
    return compressor._phrases(TEXT)


CALLS = {
    "embed": (lambda: CachedEmbedder(FakeEmbedder()).embed([TEXT]), ["13f050bc7521721a"]),
    "words": (lambda: CachedWordScorer(FakeWordScorer()).score_words([TEXT], "a query"), ["8f472452ff89a892"]),
    "words without a query": (lambda: CachedWordScorer(FakeWordScorer()).score_words([TEXT]), ["272483ffc1a018c4"]),
    "passages": (
        lambda: CachedPassageScorer(FakePassageScorer()).score_passages("a query", [("Title", TEXT), (None, TEXT)]),
        ["b70a36e6f1025e79", "7a3f98c8afb1583d"],
    ),
    "pairs": (lambda: CachedPairScorer(FakePairScorer()).score_pairs("a query", [TEXT]), ["f80c9cc879717be5"]),
    "paths": (lambda: CachedPathScorer(FakePathScorer()).score_paths("a prompt", PATHS), ["53be944cf9254ad7"]),
    "rewrite": (lambda: CachedRewriter(FakeRewriter()).rewrite("a query", [TEXT], 20), ["41fb50fe2c9bb2ee"]),
    "soft": (lambda: CachedSoftEncoder(FakeSoftEncoder()).encode([TEXT], 4), ["349049a2cbeb4afd"]),
    "soft in int8": (lambda: CachedSoftEncoder(FakeSoftEncoder(), "int8").encode([TEXT], 4), ["99b266afa2619d4a"]),
    "phrases": (parse_phrases, ["957c8a73e2c04a6c"]),
}


@pytest.mark.parametrize("name", CALLS)
def test_keys_are_those_of_earlier_versions(name):
    call, expected_keys = CALLS[name]
    store = MemoryStore()
    with use_cache(SegmentCache(store)):
        call()
    assert [key.hex()[:16] for key in store.items] == expected_keys


def test_bytes_of_a_passage_are_those_of_earlier_versions():
    spans = np.array([[0, 3], [4, 8]], np.int32)
    sentence, weight, word = np.array([[1.5, -2.0], [-0.25, 0.1], [3.0, -8.5]], np.float32)
    content = pack(packed_passage(PassageScores(spans, sentence, weight, word, 0.75)))
    assert content.hex() == (
        "727a3187da5c15690203000000000000000500000000000000"
        "00000000030000000000c03f000080be00004040"
        "0400000008000000000000c0cdcccc3d000008c1"
        "000000000000000000000000000000000000403f"
    )
    restored = unpacked_passage(unpack(content))
    for field, expected in zip(restored, (spans, sentence, weight, word, 0.75), strict=True):
        np.testing.assert_array_equal(field, expected)


def test_a_passage_without_tokens_is_one_row():
    nothing = np.zeros(0, np.float32)
    array = packed_passage(PassageScores(np.zeros((0, 2), np.int32), nothing, nothing, nothing, -np.inf))
    assert array.shape == (1, 5) and unpacked_passage(array).relevance == -np.inf
    assert [len(field) for field in unpacked_passage(array)[:4]] == [0, 0, 0, 0]


def test_words_are_stored_as_their_offsets_and_the_bits_of_their_scores():
    store = MemoryStore()
    with use_cache(SegmentCache(store)):
        [pieces] = CachedWordScorer(FakeWordScorer()).score_words([TEXT])
    [content] = store.items.values()
    expected = np.column_stack([pieces.spans, pieces.scores.view(np.int32)]).astype(np.int32)
    assert content == pack(expected)
    assert hashlib.sha256(content).hexdigest()[:8] == "b7474feb"
