"""Pseudo-relevance feedback against its formulas, written out here; and where hybrid retrieval fuses around it."""

import json
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from ragzip.errors import InputError, OptionError, StorageError
from ragzip.retrievers.bm25 import BM25Retriever
from ragzip.retrievers.dense import DenseRetriever
from ragzip.retrievers.feedback import RM3, VectorFeedback
from ragzip.retrievers.hybrid import HybridRetriever, fuse, fuse_scores
from ragzip.testing import FakeEmbedder
from ragzip.text.words import terms
from ragzip.types import Document

TEXTS = [
    "The Bervie is a river that reaches the sea at Inverbervie.",
    "Salmon climb the Bervie each autumn, past the mill of Arbuthnott.",
    "The mill of Arbuthnott burned down in 1902.",
    "The Dee rises in the Cairngorms and meets the sea at Aberdeen.",
    "Aberdeen is a harbour city of granite houses.",
    "Which granite is quarried there was decided by a committee.",
    "The committee met in a house by the harbour.",
    "Salmon is smoked in the harbour houses.",
    "Wheat was ground into flour by a miller.",
    "The miller moved to Montrose with his flour and his wheat.",
    "Montrose lies between a basin and the sea.",
    "Geese winter in the basin.",
]
DOCS = [Document(f"d{i}", text) for i, text in enumerate(TEXTS)]
DENSE = {"embedder": FakeEmbedder(), "cache": False}
QUERY = "Which river reaches the sea?"


def ids(documents):
    return [document.id for document in documents]


def unit(vector):
    return vector / np.linalg.norm(vector)


def vectors_of(documents):
    return np.stack([DENSE["embedder"].embed([document.text])[0] for document in documents]).astype(np.float16)


@pytest.mark.parametrize("method", ["rocchio", "average"])
def test_a_dense_query_moves_towards_the_mean_of_its_first_passages(method):
    plain = DenseRetriever(DOCS, **DENSE)
    first = vectors_of(plain.retrieve(QUERY, 3)).astype(float)
    query = DENSE["embedder"].embed([QUERY])[0].astype(np.float16).astype(float)
    moved = unit((query + first.sum(0)) / 4 if method == "average" else 0.7 * query + 0.3 * first.mean(0))
    scores = vectors_of(DOCS).astype(float) @ moved
    weight = None if method == "average" else 0.7
    index = DenseRetriever(DOCS, feedback=VectorFeedback(method, 3, weight), **DENSE)
    ranked = index.retrieve(QUERY, len(DOCS))
    assert {document.id: document.score for document in ranked} == pytest.approx(
        {document.id: score for document, score in zip(DOCS, scores, strict=True)}, abs=1e-5
    )
    assert ids(ranked) != ids(plain.retrieve(QUERY, len(DOCS)))


def test_no_model_runs_for_indexed_passages():
    class Counting(FakeEmbedder):
        texts = ()

        def embed(self, texts):
            self.texts = (*self.texts, *texts)
            return super().embed(texts)

    embedder = Counting()
    index = DenseRetriever(DOCS, embedder=embedder, cache=False, feedback=VectorFeedback())
    embedder.texts = ()
    index.retrieve(QUERY, 3)
    assert embedder.texts == (QUERY,)
    elsewhere = Document("d0", "A passage of another store with an id that is taken here.")
    index.retrieve_with_feedback(QUERY, [elsewhere, DOCS[1]], 3)
    assert embedder.texts == (QUERY, QUERY, elsewhere.text)


def test_rm3_adds_the_terms_that_weigh_most_in_the_first_passages():
    query = "A river, the common sea"  # "common" stands in most of the passages
    corpus = [*DOCS, *(Document(f"x{i}", f"Filler number {i} of a common kind.") for i in range(120))]
    plain = BM25Retriever(corpus)
    first = plain.retrieve(query, 2)
    everywhere = Counter(term for document in corpus for term in set(terms(document.text)))
    relevance = Counter()
    for document in first:
        kept = Counter(term for term in terms(document.text) if len(term) > 1 and everywhere[term] <= len(corpus) / 10)
        for term, count in kept.items():
            relevance[term] += document.score / sum(d.score for d in first) * count / kept.total()
    heaviest = dict(relevance.most_common(4))
    own = [term for term in terms(query) if term in everywhere]
    weights = Counter({term: 0.6 * count for term, count in Counter(own).items()})
    for term, weight in heaviest.items():
        telling = [term for term in own if len(term) > 1 and everywhere[term] <= len(corpus) / 10]
        weights[term] += 0.4 * len(telling) * weight / sum(heaviest.values())
    expected = sum(weight * plain._built().get_scores([term]) for term, weight in weights.items())
    index = BM25Retriever(corpus, feedback=RM3(passages=2, terms=4, query_weight=0.6))
    ranked = {document.id: document.score for document in index.retrieve(query, len(corpus))}
    assert ranked == pytest.approx(
        {document.id: score for document, score in zip(corpus, expected, strict=True) if score > 0}, rel=1e-4
    )
    fillers = {document.id for document in corpus if document.id.startswith("x")}
    assert len(ranked) > len(fillers | set(ids(plain.retrieve("river sea", 20)))), "new terms find new passages"


def test_the_whole_weight_on_the_query_is_no_feedback():
    for kind, feedback, options in (
        (BM25Retriever, RM3(query_weight=1), {}),
        (DenseRetriever, VectorFeedback(query_weight=1), DENSE),
    ):
        expected = kind(DOCS, **options).retrieve(QUERY, 5)
        ranked = kind(DOCS, feedback=feedback, **options).retrieve(QUERY, 5)
        assert ids(ranked) == ids(expected)
        assert [d.score for d in ranked] == pytest.approx([d.score for d in expected], rel=1e-4)
        assert kind(DOCS, feedback=feedback, **options).retrieve_with_feedback(QUERY, [], 5) == expected


def test_first_passages_of_another_search_find_what_the_query_lacks():
    index = BM25Retriever(DOCS, feedback=RM3(terms=30))
    assert index.retrieve("zyzzyva", 3) == []
    assert index.retrieve_with_feedback("zyzzyva", [DOCS[2]], 3)[0].id == "d2"
    unscored = [Document("elsewhere", DOCS[0].text), Document("further", DOCS[1].text)]
    assert {"d0", "d1"} <= set(ids(index.retrieve_with_feedback("zyzzyva", unscored, 3)))


def test_scores_are_fused_on_one_scale():
    def ranking(**scores):
        return [Document(name, name, score=score) for name, score in scores.items()]

    fused = fuse_scores([ranking(a=30, b=20, c=10), ranking(c=0.9, d=0.8, a=0.7)], weights=[3, 1])
    assert {d.id: d.score for d in fused} == pytest.approx({"a": 3, "b": 1.5, "c": 1, "d": 0.5})
    assert [d.score for d in fuse_scores([ranking(a=2, b=2), []])] == [1, 1]
    weighted = fuse([ranking(a=2, b=1), ranking(b=2, a=1)], weights=[1, 2])
    assert ids(weighted) == ["b", "a"] and weighted[0].score == pytest.approx(1 / 62 + 2 / 61)
    with pytest.raises(InputError, match="without a score"):
        fuse_scores([[Document("a", "a")]])
    for weights in ([1], [1, 0], [1, -1], [1, "x"], 5, [1, 2, 3]):
        with pytest.raises(OptionError, match="weights"):
            fuse([ranking(a=1), ranking(b=1)], weights=weights)


@pytest.mark.parametrize("fusion", ["ranks", "scores"])
@pytest.mark.parametrize("interpolate", ["before", "after", "both"])
def test_where_rankings_are_fused(fusion, interpolate):
    feedback, join = VectorFeedback(passages=2), fuse if fusion == "ranks" else fuse_scores
    hybrid = HybridRetriever(DOCS, feedback=feedback, fusion=fusion, interpolate=interpolate, **DENSE)
    bm25, dense = BM25Retriever(DOCS), DenseRetriever(DOCS, feedback=feedback, **DENSE)
    depth = len(DOCS)
    lexical = bm25.retrieve(QUERY, depth)
    first = join([lexical, dense.retrieve_with_feedback(QUERY, [], depth)])
    own = dense.retrieve(QUERY, depth)
    expected = {
        "before": join([dense.retrieve_with_feedback(QUERY, first, depth)]),
        "after": join([lexical, own]),
        "both": join([lexical, dense.retrieve_with_feedback(QUERY, first, depth)]),
    }
    assert hybrid.retrieve(QUERY, depth) == expected[interpolate]


def test_the_places_of_fusion_differ():
    answers = [
        HybridRetriever(DOCS, feedback=VectorFeedback(), interpolate=place, fusion="scores", **DENSE).retrieve(QUERY)
        for place in ("before", "after", "both")
    ]
    assert all(one != other for one, other in pairwise(answers))
    plain = [HybridRetriever(DOCS, interpolate=place, **DENSE).retrieve(QUERY) for place in ("before", "after", "both")]
    assert plain[0] == plain[1] == plain[2], "without feedback there is nothing to fuse around"


def test_bm25_in_a_hybrid_may_have_feedback_too():
    hybrid = HybridRetriever(DOCS, feedback=VectorFeedback(), bm25_feedback=RM3(), interpolate="both", **DENSE)
    bm25, dense = hybrid.retrievers
    depth = len(DOCS)
    first = fuse([retriever.retrieve_with_feedback(QUERY, [], depth) for retriever in (bm25, dense)])
    expected = fuse([retriever.retrieve_with_feedback(QUERY, first, depth) for retriever in (bm25, dense)])
    assert hybrid.retrieve(QUERY, depth) == expected
    assert hybrid.retrieve(QUERY, 1)[0].id == hybrid.retrieve(QUERY, depth)[0].id


OPTIONS = {
    "feedback": VectorFeedback("average", 2),
    "bm25_feedback": RM3(4, 5, 0.25),
    "interpolate": "before",
    "fusion": "scores",
    "weights": [1, 2],
}


def test_options_are_saved(tmp_path):
    hybrid = HybridRetriever(DOCS, **OPTIONS, **DENSE)
    hybrid.save(tmp_path / "hybrid")
    loaded = HybridRetriever.load(tmp_path / "hybrid", **DENSE)
    assert loaded.retrieve(QUERY, 4) == hybrid.retrieve(QUERY, 4)
    assert [index.feedback for index in loaded.retrievers] == [RM3(4, 5, 0.25), VectorFeedback("average", 2)]
    assert (loaded.interpolate, loaded.fusion, loaded.weights) == ("before", "scores", [1, 2])
    BM25Retriever(DOCS, feedback=RM3(np.int64(4), 5, np.float32(0.25))).save(tmp_path / "bm25")
    assert BM25Retriever.load(tmp_path / "bm25").feedback == RM3(4, 5, 0.25)
    assert BM25Retriever.load(tmp_path / "bm25", feedback=RM3(2)).feedback == RM3(2)


@pytest.mark.parametrize(
    "value", [None, 5, [], {"passages": 0}, {"nonsense": 1}, {"query_weight": 3}, {"passages": "x"}]
)
def test_damaged_settings_are_refused(tmp_path, value):
    BM25Retriever(DOCS, feedback=RM3()).save(tmp_path / "index")
    file = tmp_path / "index" / "index.json"
    content = json.loads(file.read_text())
    content["feedback"] = value
    file.write_text(json.dumps(content))
    with pytest.raises(StorageError):
        BM25Retriever.load(tmp_path / "index")


@pytest.mark.parametrize(
    "make",
    [
        lambda: VectorFeedback("mean"),
        lambda: VectorFeedback(passages=0),
        lambda: VectorFeedback(query_weight=0),
        lambda: VectorFeedback("average", query_weight=0.5),
        lambda: RM3(passages=1.5),
        lambda: RM3(terms=0),
        lambda: RM3(query_weight=2),
        lambda: fuse_scores([DOCS], weights=float("nan")),
        lambda: BM25Retriever(feedback=VectorFeedback()),
        lambda: DenseRetriever(feedback=True, **DENSE),
        lambda: HybridRetriever(DOCS, fusion="mean", **DENSE),
        lambda: HybridRetriever(DOCS, interpolate="never", **DENSE),
        lambda: HybridRetriever(DOCS, weights=[1], **DENSE),
        lambda: HybridRetriever(retrievers=[BM25Retriever(DOCS)], feedback=VectorFeedback()),
        lambda: BM25Retriever(DOCS).retrieve_with_feedback(QUERY, DOCS),
    ],
)
def test_bad_options(make):
    with pytest.raises(OptionError, match=r"received .*expected"):
        make()
