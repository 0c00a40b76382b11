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


@pytest.mark.parametrize("options", [{}, {"situated": True}])
def test_vectors_that_another_machine_made(options):
    documents = [Document("a", "A mill. " * 40), Document("empty", ""), Document("b", "A barn burned. It was old.")]
    options = {"max_words": 20, "cache": False, **options}
    one_index = DenseRetriever(documents, **options)
    built_index = DenseRetriever(**options)
    vectors = DenseRetriever(**options).encode(documents)
    assert [len(array) for array in vectors][1] == 0
    assert built_index.add(documents, vectors=vectors) == len(one_index)
    numbers = range(len(one_index))
    assert (
        built_index.passages == one_index.passages
        and (built_index.vectors(numbers) == one_index.vectors(numbers)).all()
    )
    assert built_index.add(documents[2:], vectors=vectors[2:]) == len(vectors[2]) and len(built_index) == len(one_index)
    with pytest.raises(InputError, match="of 2 documents, expected 3"):
        built_index.add(documents, vectors=vectors[:2])
    with pytest.raises(InputError, match=r"shape .* for the document 'a'"):
        built_index.add(documents, vectors=[vectors[0][1:], *vectors[1:]])
    assert built_index.passages[0].id == one_index.passages[0].id and len(built_index) == len(one_index)
    assert DenseRetriever(**options).encode([]) == []


def test_a_loaded_index_is_mapped_until_changed(tmp_path):
    DenseRetriever(DOCS, cache=False).save(tmp_path / "i")
    loaded = DenseRetriever.load(tmp_path / "i", cache=False)
    assert loaded._vectors.is_mapped
    before = loaded.retrieve("river sea", 3)
    loaded.delete(["d5"])
    assert not loaded._vectors.is_mapped and loaded.retrieve("river sea", 3) == before
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
    with pytest.raises(StorageError, match="Rebuild it"):
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


PASSAGES = [Document("a", "The river reaches the sea."), Document("b", "The mill burned down.")]


def test_saving_never_replaces_anything_but_an_index(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "important.txt").write_text("thesis")
    (tmp_path / "file").write_text("text")
    for name, reason in (("folder", "holds important.txt"), ("file", "is a file")):
        with pytest.raises(StorageError, match=reason):
            BM25Retriever(PASSAGES).save(tmp_path / name)
    assert (tmp_path / "folder" / "important.txt").read_text() == "thesis" and (tmp_path / "file").read_text() == "text"
    (tmp_path / "empty").mkdir()
    BM25Retriever(PASSAGES).save(tmp_path / "empty")
    assert (tmp_path / "empty").stat().st_mode & 0o055, "others may read it, as far as the umask lets them"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file", "folder"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("index.json", "[]"),
        ("index.json", '{"kind": "bm25", "schema": 1}'),
        ("passages.jsonl", "[1]\n"),
        ("passages.jsonl", ""),
        ("params.index.json", "[]"),
        ("vocab.index.json", "5"),
    ],
)
def test_damaged_indexes_are_storage_errors(tmp_path, name, content):
    BM25Retriever(PASSAGES).save(tmp_path / "i")
    next((tmp_path / "i").rglob(name)).write_text(content)
    with pytest.raises(StorageError):
        BM25Retriever.load(tmp_path / "i").retrieve("river", 2)


def test_adding_and_deleting():
    index = BM25Retriever([Document("a1", "One thing."), Document("a", "Other thing."), Document("1", "Third thing.")])
    assert index.delete("a1") == 1 and len(index) == 2
    index.add([Document("a", "old words"), Document("a", "new words")])
    assert [p.text for p in index.passages if p.id == "a"] == ["new words"]
    index.add([Document("a", "")])
    assert [p.id for p in index.passages] == ["1"]
    assert len(BM25Retriever(PASSAGES[0])) == 1 and index.retrieve("third", np.int64(2))

    class Failing(FakeEmbedder):
        fail = False

        def embed(self, texts):
            if self.fail:
                raise RuntimeError("no model")
            return super().embed(texts)

    dense = DenseRetriever(PASSAGES, embedder=Failing(), cache=False)
    dense.embedder.embedder.fail = True
    with pytest.raises(RuntimeError):
        dense.add([Document("a", "new text")])
    dense.embedder.embedder.fail = False
    assert len(dense) == 2 and dense.retrieve("river", 2)


def test_saving_through_a_link(tmp_path):
    BM25Retriever(PASSAGES[:1]).save(tmp_path / "index")
    (tmp_path / "link").symlink_to(tmp_path / "index")
    BM25Retriever(PASSAGES).save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and len(BM25Retriever.load(tmp_path / "index")) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index", "link"]


def test_a_wrong_option_is_not_the_index_s_fault(tmp_path):
    BM25Retriever(PASSAGES).save(tmp_path / "i")
    with pytest.raises(OptionError, match="nonsense"):
        BM25Retriever.load(tmp_path / "i", nonsense=1)
    for name in ("indptr.csc.index.npy", "vocab.index.json"):
        file = next((tmp_path / "i").rglob(name))
        content = file.read_bytes()
        file.write_text("{}" if name.endswith("json") else "")
        with pytest.raises(StorageError):
            BM25Retriever.load(tmp_path / "i")
        file.write_bytes(content)


@pytest.mark.parametrize("options", [{"weigths": [2]}, {"max_words": 9}, {"documents": DOCS}])
def test_what_a_hybrid_of_given_retrievers_cannot_use_is_refused(options):
    with pytest.raises(OptionError, match=f"received {next(iter(options))}.*with retrievers"):
        HybridRetriever(retrievers=(BM25Retriever(DOCS),), **options)


def test_equal_texts_of_two_retrievers_are_one_document():
    own_documents = [
        Document("a", "The mill burned."),
        Document("b", "A bridge stands."),
        Document("c", "A bridge stands."),
    ]
    foreign_documents = [
        Document("3f", "A bridge stands."),
        Document("9c", "The mill burned."),
        Document("b7", "It rained."),
    ]
    fused = fuse([own_documents, foreign_documents])
    assert [document.id for document in fused] == ["a", "b", "c", "b7"]
    assert fused[0].score == pytest.approx(1 / 61 + 1 / 62) and fused[1].score == pytest.approx(1 / 62 + 1 / 61)
    titled = [Document("x", "Yes.", title="Ripon")], [Document("y", "Yes.", title="Wick")]
    assert [document.id for document in fuse(titled)] == ["x", "y"]


class ForeignDocument:
    """A document as LangChain's is."""

    page_content, metadata, id = "The mill burned down.", {}, "a"


@pytest.mark.parametrize(("item", "reason"), [
    (ForeignDocument(), r"documents\[1\]: received a LangChain document, .*ragzip\.Document\(d\.id, d\.page_content"),
    ({"text": "The mill burned down."}, r"documents\[1\]: received a dict .*ragzip\.Document"),
    ("The mill burned down.", r"documents\[1\]: received str, expected ragzip\.Documents"),
])  # fmt: skip
@pytest.mark.parametrize("index", [BM25Retriever, lambda documents: BM25Retriever().add(documents)])
def test_what_is_no_document_is_told_with_the_way_to_make_one(index, item, reason):
    with pytest.raises(InputError, match=reason):
        index([DOCS[0], item])


def test_a_store_of_langchain_in_a_hybrid_is_told_its_adapter():
    with pytest.raises(OptionError, match=r"retrievers\[1\]: received object, .*LangChainRetriever\(store\)"):
        HybridRetriever(retrievers=[BM25Retriever(DOCS), object()])
