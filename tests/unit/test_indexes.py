import threading
from collections import Counter

import numpy as np
import pytest

from ragzip.compressors.extractive.bm25 import bm25
from ragzip.errors import InputError, OptionError, StorageError
from ragzip.retrievers.base import to_passages
from ragzip.retrievers.bm25 import BM25Retriever
from ragzip.retrievers.dense import DenseRetriever
from ragzip.retrievers.hybrid import HybridRetriever, fuse
from ragzip.testing import FakeEmbedder
from ragzip.testing.data import PIECES
from ragzip.text.words import terms
from ragzip.types import Document

DOCS = [Document(f"d{i}", piece) for i, piece in enumerate(PIECES)]


def test_passages():
    short, long = Document("short", "One. Two."), Document("long", "Three words here. " * 40, title="T")
    found = to_passages([short, long, Document("empty", " ")], max_words=20)
    assert found[0].id == "short" and found[0].metadata["ragzip"] == {"source": "short", "start": 0, "end": 9}
    assert found[1].id.startswith("long#0-") and all(d.title == "T" for d in found[1:])
    assert all(len(d.text.split()) <= 20 for d in found)
    with pytest.raises(InputError, match=r"ragzip\.Document"):
        to_passages(["text"])


def test_our_bm25_is_the_library_s():
    import bm25s

    corpus = [terms(piece) for piece in PIECES]
    query = terms("Who wrote to Charles Babbage about the river?")
    index = bm25s.BM25(k1=1.5, b=0.75)
    index.index(corpus, show_progress=False)
    known = [term for term in query if term in index.vocab_dict]
    assert np.allclose(index.get_scores(known), bm25(Counter(query), corpus), atol=1e-4)


def test_fusion():
    def ranking(*ids):
        return [Document(id, id) for id in ids]

    fused = fuse([ranking("a", "b", "c"), ranking("c", "a")], k0=60)
    assert [d.id for d in fused] == ["a", "c", "b"]
    assert fused[0].score == pytest.approx(1 / 61 + 1 / 62)


def test_embeddings_are_cached_by_content(tmp_path):
    embedder = FakeEmbedder()
    DenseRetriever(DOCS, embedder=embedder, cache=tmp_path)
    seen = embedder.seen
    again = DenseRetriever(reversed(DOCS), embedder=embedder, cache=tmp_path)
    assert embedder.seen == seen and len(again) == len(DOCS)


def test_a_loaded_index_is_mapped_until_changed(tmp_path):
    DenseRetriever(DOCS, cache=False).save(tmp_path / "i")
    loaded = DenseRetriever.load(tmp_path / "i", cache=False)
    assert loaded._stored is not None
    before = loaded.retrieve("river sea", 3)
    loaded.delete(["d5"])
    assert loaded._stored is None and loaded.retrieve("river sea", 3) == before
    loaded.save(tmp_path / "i")  # over the file that was mapped
    assert DenseRetriever.load(tmp_path / "i", cache=False).retrieve("river sea", 3) == before


def test_saved_indexes_that_do_not_fit(tmp_path):
    with pytest.raises(StorageError, match="no index"):
        BM25Retriever.load(tmp_path / "nothing")
    BM25Retriever(DOCS).save(tmp_path / "bm25")
    with pytest.raises(StorageError, match="kind 'bm25'"):
        DenseRetriever.load(tmp_path / "bm25")
    DenseRetriever(DOCS, embedder=FakeEmbedder(), cache=False).save(tmp_path / "dense")
    with pytest.raises(StorageError, match="fake:64"):
        DenseRetriever.load(tmp_path / "dense", cache=False)
    next((tmp_path / "dense").glob("data-*/vectors.npy")).write_bytes(b"damaged")
    with pytest.raises(StorageError, match="Build it anew"):
        DenseRetriever.load(tmp_path / "dense", embedder=FakeEmbedder(), cache=False)
    next((tmp_path / "bm25").glob("data-*/passages.jsonl")).write_text("{")
    with pytest.raises(StorageError, match="damaged"):
        BM25Retriever.load(tmp_path / "bm25")
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        BM25Retriever(DOCS).save(tmp_path / "file" / "index")


def test_an_index_of_other_terms_is_built_from_its_passages(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("ragzip.retrievers.bm25._TERMS_VERSION", 1)
        patch.setattr("ragzip.retrievers.bm25.terms", lambda text: text.split())
        BM25Retriever([Document("a", "Le muse\u0301e est ouvert."), *DOCS]).save(tmp_path / "i")
    loaded = BM25Retriever.load(tmp_path / "i")
    assert loaded.retrieve("Musée", 1)[0].id == "a"


def test_metadata_that_is_no_json_is_refused_before_anything_is_lost(tmp_path):
    index = BM25Retriever(DOCS)
    index.save(tmp_path / "i")
    index.add([Document("odd", "Odd one.", metadata={"x": {1, 2}})])
    with pytest.raises(StorageError, match="odd"):
        index.save(tmp_path / "i")
    assert len(BM25Retriever.load(tmp_path / "i")) == len(DOCS)
    assert [path.name for path in tmp_path.iterdir()] == ["i"]


def test_own_retrievers_can_be_fused():
    class One:
        def retrieve(self, query, k=10):
            return [Document("own", "text", score=1.0)]

    hybrid = HybridRetriever(retrievers=[One(), BM25Retriever(DOCS)])
    assert "own" in [d.id for d in hybrid.retrieve("river", 5)]
    with pytest.raises(OptionError, match="made from documents"):
        hybrid.add(DOCS)
    with pytest.raises(OptionError, match="depth"):
        HybridRetriever(DOCS, depth=0)
    with pytest.raises(OptionError, match="max_words"):
        BM25Retriever(DOCS, max_words=0)


def test_changes_while_others_read():
    index = BM25Retriever(DOCS)
    errors = []

    def change():
        for i in range(30):
            index.add([Document(f"new{i % 3}", f"Quokka number {i}.")])
            index.delete([f"new{(i + 1) % 3}"])

    def read():
        try:
            for _ in range(60):
                index.retrieve("quokka river", 5)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=target) for target in (change, read, read, change)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
