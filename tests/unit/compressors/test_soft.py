"""The soft family over a stand-in for the encoder: budgets, text beside vectors, the cache, and what reads text."""

import numpy as np
import pytest

import ragzip
from ragzip.backends.cached import from_int8, to_int8
from ragzip.cache import SegmentCache
from ragzip.compressors.extractive.bm25 import BM25
from ragzip.compressors.extractive.pruner import Pruner
from ragzip.compressors.soft.family import Soft
from ragzip.errors import BudgetError, InputError, ModelError, OptionError, SoftTextError
from ragzip.fitting.levels import DROPPED, TEXT, PieceCosts, allocate
from ragzip.langchain import RagzipCompressor
from ragzip.soft.encoders.pieces import cut
from ragzip.testing import FakePassageScorer, FakeSoftEncoder, MemoryStore
from ragzip.types import SoftSegment

TEXTS = [
    "The Analytical Engine was never built. Babbage worked on it until he died in 1871. His son kept its parts.",
    "Ada Lovelace wrote the notes on it. She was a daughter of Lord Byron.",
    "Lighthouses stand at the sea. Their lamps once burned oil.",
]
QUERY = "Who wrote the notes?"


class Fake(Soft):
    name = "soft/fake.v1"


def fake(**options):
    return Fake(FakeSoftEncoder(), **{"ratio": (2, 4), "chooser": BM25(), **options})


def soft_of(result):
    return [soft for segment in result.segments for soft in segment.soft]


def test_every_piece_as_vectors_at_the_finest_ratio_without_a_budget():
    encoder = FakeSoftEncoder()
    result = ragzip.compress(TEXTS, QUERY, compressor=Fake(encoder, ratio=(4, 2)), cache=False)
    spans = [soft.span for soft in result.segments[0].soft]
    assert "".join(TEXTS[0][slice(*span)] for span in spans) == TEXTS[0]
    assert [len(soft) for soft in result.segments[0].soft] == encoder.sizes([TEXTS[0][slice(*s)] for s in spans], 2)
    assert result.stats.tokens_out == sum(map(len, soft_of(result))) + 2 * ragzip.text.tokens.token_counter()("\n\n")


def test_documents_keep_their_scores_where_nothing_is_chosen():
    given = [ragzip.Document(str(i), text, score=i / 10) for i, text in enumerate(TEXTS)]
    result = ragzip.compress(given, QUERY, compressor=fake(), cache=False)
    assert [document.score for document in result.documents] == [0.0, 0.1, 0.2]
    result = ragzip.compress(given, QUERY, compressor=fake(), target_tokens=5, cache=False)
    assert max(result.documents, key=lambda document: document.score).id == "1"


def test_the_budget_tells_the_best_pieces_finer_and_drops_the_worst():
    finest = ragzip.compress(TEXTS, QUERY, compressor=fake(), cache=False).stats.tokens_out
    for target in range(1, finest):
        result = ragzip.compress(TEXTS, QUERY, compressor=fake(), target_tokens=target, cache=False)
        assert result.stats.tokens_out <= target
        kept = {(segment.position, soft.span): len(soft) for segment in result.segments for soft in segment.soft}
        units = [(unit.score, (s.position, unit[:2])) for s in result.segments for unit in s.units]
        if kept:
            assert max(units)[1] in {(position, tuple(span)) for position, span in kept}
    tight = ragzip.compress(TEXTS, QUERY, compressor=fake(), target_tokens=3, cache=False)
    assert [len(segment.soft) for segment in tight.segments] == [0, 1, 0]


def test_a_threshold_drops_pieces():
    chooser = Pruner(FakePassageScorer(), similarity=False)
    scored = ragzip.compress(TEXTS, QUERY, compressor=fake(chooser=chooser), target_tokens=9, cache=False)
    best = max(unit.score for segment in scored.segments for unit in segment.units)
    result = ragzip.compress(TEXTS, QUERY, compressor=fake(chooser=chooser), threshold=best, cache=False)
    assert sum(len(segment.soft) for segment in result.segments) == 1


def test_the_most_relevant_pieces_may_stay_text():
    result = ragzip.compress(TEXTS, QUERY, compressor=fake(text=0.15), cache=False)
    texts = [part for part in result.parts if isinstance(part, str)]
    assert "Ada Lovelace wrote the notes on it." in "".join(texts)
    assert "Babbage" not in "".join(texts)
    kinds = [type(part) for part in result.parts]
    assert kinds.index(str) < len(kinds) - 1 and kinds.count(SoftSegment) == len(soft_of(result))


def test_what_is_protected_stays_text_in_its_place():
    result = ragzip.compress(TEXTS[0], QUERY, compressor=fake(), protect=["numbers"], cache=False)
    assert [part if isinstance(part, str) else None for part in result.parts] == [
        None,
        "Babbage worked on it until he died in 1871.",
        None,
    ]
    with pytest.raises(BudgetError, match="protected"):
        ragzip.compress(TEXTS[0], QUERY, compressor=fake(), protect=["numbers"], target_tokens=5, cache=False)


def test_citations_are_those_of_the_text():
    result = ragzip.compress(TEXTS[0], QUERY, compressor=fake(), protect=["numbers"], cache=False)
    (citation,) = result.citations()
    text = "".join(part for part in result.parts if isinstance(part, str))
    assert text[citation.start : citation.end] == TEXTS[0][citation.source_start : citation.source_end]


def test_vectors_that_reach_what_reads_text():
    result = ragzip.compress(TEXTS, QUERY, compressor=fake(), cache=False)
    for read in (lambda: result.text, lambda: result.documents[0].text, result.diff):
        with pytest.raises(SoftTextError, match="SoftReader"):
            read()
    with pytest.raises(SoftTextError, match="baseline/truncate"):
        ragzip.compress(TEXTS, QUERY, compressor=[fake(), "baseline/truncate"], rate=0.3, cache=False)
    from langchain_core.documents import Document

    with pytest.raises(SoftTextError):
        RagzipCompressor(compressor=fake(), rate=0.3, cache=False).compress_documents(
            [Document(page_content=text) for text in TEXTS], QUERY
        )


def test_after_a_compressor_that_leaves_text():
    chain = ["extractive/bm25", fake()]
    result = ragzip.compress(TEXTS, QUERY, compressor=chain, rate=0.2, cache=False)
    assert result.stats.tokens_out <= 0.2 * result.stats.tokens_in
    assert result.segments[1].soft


@pytest.mark.parametrize("stored", ["float16", "int8"])
def test_a_piece_is_encoded_once(stored):
    encoder, cache = FakeSoftEncoder(), SegmentCache(MemoryStore())
    compressor = Fake(encoder, ratio=2, stored=stored)
    first = ragzip.compress(TEXTS, QUERY, compressor=compressor, cache=cache)
    seen = encoder.seen
    assert seen == len(soft_of(first)) == first.stats.cache_misses
    second = ragzip.compress(list(reversed(TEXTS)), "Where are lighthouses?", compressor=compressor, cache=cache)
    assert encoder.seen == seen and second.stats.cache_misses == 0
    assert set(soft_of(first)) == set(soft_of(second))
    changed = [TEXTS[0], TEXTS[1].replace("She was", "She had been"), TEXTS[2]]
    ragzip.compress(changed, QUERY, compressor=compressor, cache=cache)
    assert encoder.seen == seen + 1
    other = Fake(encoder, ratio=4, stored=stored)
    ragzip.compress(TEXTS, QUERY, compressor=other, cache=cache)
    assert encoder.seen > seen + 1


def test_int8_holds_a_vector_in_255_steps():
    vectors = np.random.default_rng(0).normal(size=(7, 64)).astype(np.float16)
    vectors[3] = 0
    packed = to_int8(vectors)
    assert packed.nbytes < 0.55 * vectors.nbytes
    step = np.abs(vectors).max(1, keepdims=True).astype(np.float32) / 127
    assert (np.abs(from_int8(packed).astype(np.float32) - vectors) <= 0.51 * step + 1e-3).all()


def test_options_outside_their_range():
    for options in ({"ratio": 0}, {"ratio": []}, {"text": 2}, {"text": True}, {"stored": "int4"}, {"chooser": "bm25"}):
        with pytest.raises(OptionError, match="received"):
            fake(**options)
    with pytest.raises(InputError, match="shape"):
        SoftSegment(np.zeros(3, np.float16), "lm")
    with pytest.raises(ModelError, match="language model"):
        ragzip.load("soft/mean-pool")


@pytest.mark.parametrize("join", [False, True])
def test_pieces_are_all_of_the_text_and_not_too_long(join):
    text = "One two three. Four five six seven eight nine ten eleven twelve.\n\nThirteen!  Fourteen fifteen. " * 3
    offsets = [(m, m + 1) for m, c in enumerate(text) if not c.isspace()]

    def count(piece):
        return sum(not c.isspace() for c in piece)

    spans = cut(text, offsets, 20, count, join=join)
    assert "".join(text[slice(*span)] for span in spans) == text
    assert max(count(text[slice(*span)]) for span in spans) <= 20
    inner = [start for start, _ in spans[1:]]
    assert all(text[start].isspace() or text[start - 1].isspace() for start in inner)
    assert cut("  \n", [], 20, count) == []
    assert len(cut("x" * 100, [(i, i + 1) for i in range(100)], 20, count)) == 5


def test_allocation_prefers_what_is_better_and_never_passes_the_limit():
    rng = np.random.default_rng(1)
    for _ in range(200):
        n = int(rng.integers(1, 12))
        whole = rng.integers(1, 30, n)
        sizes = np.stack([-(-whole // 8), -(-whole // 2)])
        scores, text = rng.random(n), rng.random(n) < 0.2
        limit = int(rng.integers(1, 80))

        def measure(levels):
            return int(sum(whole[i] if v == TEXT else sizes[v, i] for i, v in enumerate(levels) if v != DROPPED))  # noqa: B023

        levels = allocate(PieceCosts(sizes, whole, scores, text, np.zeros(n, bool)), limit, None, measure)
        taken = measure(levels)
        assert taken <= limit
        for i in np.flatnonzero(levels == DROPPED):
            assert taken + sizes[0, i] > limit
        for i in np.flatnonzero(levels == 0):
            assert taken - sizes[0, i] + sizes[1, i] > limit
