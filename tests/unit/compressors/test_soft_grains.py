"""Vectors of several grains under one budget: pieces expanded to text, and trees of passages."""

from itertools import pairwise

import numpy as np
import pytest

import ragzip
from ragzip.compressors.extractive.bm25 import BM25
from ragzip.compressors.soft.family import Soft
from ragzip.compressors.soft.refrag import Refrag
from ragzip.compressors.soft.tree import SoftTree
from ragzip.errors import BudgetError, ModelError, OptionError
from ragzip.fitting.descent import Subtree, Trees, descend
from ragzip.fitting.levels import DROPPED, TEXT, PieceCosts, expand
from ragzip.soft.encoders.grained import GrainedEncoder
from ragzip.testing import FakeSoftEncoder

TEXTS = [
    "The Analytical Engine was never built. Babbage worked on it until he died in 1871. His son kept its parts.",
    "Ada Lovelace wrote the notes on it. She was a daughter of Lord Byron.",
    "Lighthouses stand at the sea. Their lamps once burned oil.",
]
QUERY = "Ada Lovelace wrote notes"
LONG = " ".join(f"Lighthouse {number} stands at the sea and burned oil." for number in range(40))
LONG = LONG.replace("Lighthouse 9 stands at the sea", "Ada Lovelace wrote the notes there")


class FakeRefrag(Refrag):
    def __init__(self, ratio=4, text=1.0):
        Soft.__init__(self, FakeSoftEncoder(), ratio=ratio, text=text, chooser=BM25())


class FakeTree(SoftTree):
    def __init__(self, text=0.0):
        encoder = GrainedEncoder(FakeSoftEncoder(), FakeSoftEncoder(most=256, join=True), (8,))
        Soft.__init__(self, encoder, ratio=(2, 4, 8), text=text, chooser=BM25())


def soft_of(result):
    return [soft for segment in result.segments for soft in segment.soft]


def text_of(result):
    return "".join(part for part in result.parts if isinstance(part, str))


def test_expansion_drops_nothing_that_fits_and_never_passes_the_limit():
    rng = np.random.default_rng(2)
    for _ in range(200):
        count = int(rng.integers(1, 12))
        words = rng.integers(1, 30, count)
        sizes = np.stack([-(-words // 8), -(-words // 2)])
        scores, may_be_text = rng.random(count), rng.random(count) < 0.5
        limit, around = int(rng.integers(1, 120)), int(rng.integers(0, 3))

        def measure(levels):
            texts = int((levels == TEXT).sum())
            return around * texts + sum(  # noqa: B023
                int(words[piece] if level == TEXT else sizes[level, piece])  # noqa: B023
                for piece, level in enumerate(levels)
                if level != DROPPED
            )

        levels = expand(PieceCosts(sizes, words, scores, may_be_text, np.zeros(count, bool)), limit, None, measure)
        taken = measure(levels)
        assert taken <= limit and not (levels[~may_be_text] == TEXT).any()
        if sizes[0].sum() <= limit:
            assert (levels != DROPPED).all()
        for piece in np.flatnonzero(levels == DROPPED) if not around else ():
            assert taken + sizes[0, piece] > limit
        for piece in np.flatnonzero(may_be_text & (levels >= 0)) if not around else ():
            assert taken - sizes[levels[piece], piece] + words[piece] > limit


def test_what_the_query_needs_is_text_and_all_else_stays_vectors():
    result = ragzip.compress(TEXTS, QUERY, compressor=FakeRefrag(), cache=False)
    assert text_of(result).replace("\n", "") == "Ada Lovelace wrote the notes on it."
    assert len(soft_of(result)) == 6
    without_query = ragzip.compress(TEXTS, compressor=FakeRefrag(), cache=False)
    assert not text_of(without_query).strip() and len(soft_of(without_query)) == 7


def test_the_share_that_is_text_follows_from_the_budget():
    counts = []
    for target in range(18, 60, 4):
        result = ragzip.compress(TEXTS, None, compressor=FakeRefrag(), target_tokens=target, cache=False)
        assert result.stats.tokens_out <= target and len(soft_of(result)) + _texts(result) == 7
        counts.append(_texts(result))
    assert counts == sorted(counts) and counts[0] <= 1 and counts[-1] > 3
    few = ragzip.compress(TEXTS, None, compressor=FakeRefrag(text=0.15), target_tokens=56, cache=False)
    assert _texts(few) == 1


def _texts(result):
    """The number of pieces that are text."""
    kept_text = text_of(result)
    return sum(
        segment.document.text[slice(*unit[:2])].strip() in kept_text
        for segment in result.segments
        for unit in segment.units
    )


def trees(count, scores, *, text=(), roots=None, documents=None):
    """Pieces of 16 tokens, at 8, 4 and 2 to a vector."""
    may_be_text = np.zeros(count, bool)
    may_be_text[list(text)] = True

    def size(node):
        return (node.end - node.first) * (16 if node.level == TEXT else (2, 4, 8)[node.level])

    return Trees(
        roots=roots or [(0, count)],
        documents=np.zeros(count, int) if documents is None else np.array(documents),
        scores=np.array(scores, float),
        weights=np.full(count, 16),
        may_be_text=may_be_text,
        finest=2,
        size=size,
    )


def test_the_better_half_is_told_more_finely_and_the_other_stays_coarse():
    grove = trees(16, [number == 5 for number in range(16)], text=[5])

    def told(limit):
        return descend(grove, limit, lambda nodes: sum(map(grove.size, nodes)))

    assert told(32) == [Subtree(0, 16, 0)]
    assert told(48) == [Subtree(0, 8, 1), Subtree(8, 16, 0)]
    assert told(64) == [Subtree(0, 4, 1), Subtree(4, 8, 2), Subtree(8, 16, 0)]
    singles = [Subtree(4, 5, 2), Subtree(5, 6, TEXT), Subtree(6, 7, 2), Subtree(7, 8, 2)]
    assert told(72) == [Subtree(0, 4, 1), *singles, Subtree(8, 16, 0)]
    assert told(None) == [Subtree(n, n + 1, TEXT if n == 5 else 2) for n in range(16)] == told(136)
    assert told(9) == [Subtree(4, 8, 0)] and told(3) == [Subtree(5, 6, 0)] and told(1) == []


def test_a_descent_never_passes_the_limit():
    rng = np.random.default_rng(3)
    for _ in range(200):
        bounds = np.cumsum(rng.integers(1, 9, int(rng.integers(1, 5)))).tolist()
        roots = list(zip([0, *bounds], bounds, strict=False))
        documents = [number for number, (first, end) in enumerate(roots) for _ in range(first, end)]
        count, limit, separator = bounds[-1], int(rng.integers(0, 200)), int(rng.integers(0, 4))
        text = np.flatnonzero(rng.random(count) < 0.3)
        grove = trees(count, rng.integers(0, 5, count), text=text, roots=roots, documents=documents)

        def measure(nodes):
            runs = sum(1 for node in nodes if node.level == TEXT)
            return sum(map(grove.size, nodes)) + separator * len(nodes) + runs  # noqa: B023

        nodes = descend(grove, limit, measure)
        assert measure(nodes) <= limit
        assert all(node.end <= after.first for node, after in pairwise(nodes))
        assert not any(node.level == TEXT and not grove.may_be_text[node.first] for node in nodes)
        if separator == 0 and 2 * count <= limit and not len(text):
            assert sum(node.end - node.first for node in nodes) == count


def test_a_tree_tells_the_answer_finely_and_everything_else_coarsely():
    compressor = FakeTree()
    result = ragzip.compress(LONG, QUERY, compressor=compressor, rate=0.2, cache=False)
    told = soft_of(result)
    assert "".join(LONG[slice(*soft.span)] for soft in told) == LONG
    place = LONG.index("Ada Lovelace")
    (answer,) = [soft for soft in told if soft.span.start <= place < soft.span.end]
    assert len(answer) == compressor.encoder.sizes([LONG[slice(*answer.span)]], 2)[0]
    longest = max(told, key=lambda soft: soft.span.end - soft.span.start)
    passage = LONG[slice(*longest.span)]
    assert np.array_equal(longest.vectors, compressor.encoder.passage_encoder.encode([passage], 8)[0])


def test_a_tree_may_end_at_text():
    result = ragzip.compress(LONG, QUERY, compressor=FakeTree(text=0.05), rate=0.3, cache=False)
    assert "Ada Lovelace wrote the notes there" in text_of(result)
    assert result.stats.tokens_out <= 0.3 * result.stats.tokens_in


def test_a_tree_stands_over_what_an_earlier_compressor_left():
    first = ragzip.compress(LONG, "Lighthouse 3, lighthouse 20, notes", compressor="bm25", rate=0.3, cache=False)
    chain = [BM25(), FakeTree()]
    result = ragzip.compress(LONG, "Lighthouse 3, lighthouse 20, notes", compressor=chain, rate=0.1, cache=False)
    assert soft_of(result) and first.documents[0].spans
    kept = np.zeros(len(LONG), bool)
    for unit in result.segments[0].units:
        kept[slice(*unit[:2])] = True
    for soft in soft_of(result):
        assert kept[slice(*soft.span)].all()


def test_what_is_protected_stays_text_beside_a_tree():
    result = ragzip.compress(TEXTS, QUERY, compressor=FakeTree(), protect=["numbers"], target_tokens=30, cache=False)
    assert "Babbage worked on it until he died in 1871." in text_of(result)
    with pytest.raises(BudgetError, match="protected"):
        ragzip.compress(TEXTS, QUERY, compressor=FakeTree(), protect=["numbers"], target_tokens=5, cache=False)


def test_encoders_that_do_not_go_together():
    other = FakeSoftEncoder()
    other.space = "fake:other"
    with pytest.raises(ModelError, match="both for the same"):
        GrainedEncoder(FakeSoftEncoder(), other, (8,))
    encoder = GrainedEncoder(FakeSoftEncoder(), FakeSoftEncoder(), (8, 16))
    assert [encoder.check(ratio) for ratio in (2, 8, 16)] == [2, 8, 16]
    for ratio in (9, 0, "8", True):
        with pytest.raises(OptionError, match="ratio: received"):
            encoder.check(ratio)
    with pytest.raises(OptionError, match="passage_ratio: received"):
        SoftTree("no-model", passage_ratio=[])
