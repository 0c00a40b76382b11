import asyncio

import pytest
from langchain_classic.retrievers import ContextualCompressionRetriever
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import InMemoryVectorStore

import ragzip
from ragzip.errors import InputError, OptionError
from ragzip.langchain import KEY, LangChainRetriever, RagzipCompressor, RagzipRetriever
from ragzip.retrievers.bm25 import BM25Retriever
from ragzip.retrievers.feedback import RM3
from ragzip.retrievers.hybrid import HybridRetriever
from ragzip.testing import FakeEmbedder

TEXTS = {
    "paris": "Paris is the capital of France.",
    "berlin": "Berlin is the capital of Germany.",
    "rain": "It rained on Monday in the hills.",
    "mill": "The mill burned down in 1902.",
}
QUERY = "Is Paris the capital of France."


class Hashed(Embeddings):
    def embed_documents(self, texts):
        return FakeEmbedder().embed(texts).tolist()

    def embed_query(self, text):
        return self.embed_documents([text])[0]


@pytest.fixture
def store():
    store = InMemoryVectorStore(Hashed())
    store.add_documents([Document(page_content=text, id=id, metadata={"page": 3}) for id, text in TEXTS.items()])
    return store


def index(**options):
    return BM25Retriever([ragzip.Document(id, text, title=id.title()) for id, text in TEXTS.items()], **options)


def ids(documents):
    return [document.id for document in documents]


def test_a_vector_store_is_a_retriever(store):
    retriever = LangChainRetriever(store)
    expected = ids(store.similarity_search(QUERY, k=4))
    for k in (1, 3, 4, 9):
        documents = retriever.retrieve(QUERY, k)
        assert ids(documents) == expected[:k]
        assert [document.score for document in documents] == [1 / rank for rank in range(1, len(documents) + 1)]
    assert documents[0].text == TEXTS["paris"] and documents[0].metadata == {"page": 3}
    assert ids(LangChainRetriever(store.as_retriever()).retrieve(QUERY, 4)) == expected, "asked for k, not for its 4"
    assert len(LangChainRetriever(store.as_retriever(search_kwargs={"k": 1})).retrieve(QUERY, 3)) == 3
    only = store.as_retriever(search_kwargs={"filter": lambda document: document.id == "mill"})
    assert ids(LangChainRetriever(only).retrieve(QUERY, 3)) == ["mill"]


def test_a_store_is_a_first_stage(store):
    documents = LangChainRetriever(store).retrieve(QUERY, 3)
    assert "Paris" in ragzip.compress(documents, QUERY, target_tokens=8, cache=False).text
    hybrid = HybridRetriever(retrievers=[LangChainRetriever(store), index(feedback=RM3())])
    assert hybrid.retrieve(QUERY, 2)[0].id == "paris"
    first = LangChainRetriever(store).retrieve("zyzzyva capital", 1)
    assert index(feedback=RM3()).retrieve_with_feedback("zyzzyva", first, 1)[0].id == first[0].id


def test_documents_without_ids_have_the_same_one_in_every_answer():
    class Fixed(BaseRetriever):
        def _get_relevant_documents(self, query, *, run_manager):
            return [Document(page_content="One.", metadata={"title": "T"}), Document(page_content="<p>Two.")][
                :: self.step
            ]

        step: int = 1

    forward, backward = (LangChainRetriever(Fixed(step=step)).retrieve("x", 5) for step in (1, -1))
    assert ids(forward) == ids(backward)[::-1] and len(set(ids(forward))) == 2
    assert forward[0].title == "T" and len(LangChainRetriever(Fixed()).retrieve("x", 1)) == 1


def test_an_index_is_a_retriever_of_langchain():
    retriever = RagzipRetriever(retriever=index(), k=2)
    documents = retriever.invoke(QUERY)
    expected = index().retrieve(QUERY, 2)
    assert ids(documents) == ids(expected) == ["paris", "berlin"]
    note = documents[0].metadata[KEY]
    assert note == {"source": "paris", "start": 0, "end": len(TEXTS["paris"]), "score": expected[0].score}
    assert documents[0].metadata["title"] == "Paris"
    assert asyncio.run(retriever.ainvoke(QUERY)) == documents
    compressor = RagzipCompressor(compressor="bm25", target_tokens=8, cache=False)
    chain = ContextualCompressionRetriever(base_compressor=compressor, base_retriever=retriever)
    assert chain.invoke(QUERY)[0].page_content == TEXTS["paris"]


def test_there_and_back_is_the_same():
    documents = LangChainRetriever(RagzipRetriever(retriever=index(), k=4)).retrieve(QUERY, 4)
    expected = index().retrieve(QUERY, 4)
    assert [(d.id, d.text, d.title) for d in documents] == [(d.id, d.text, d.title) for d in expected]


@pytest.mark.parametrize(
    "make",
    [
        lambda: LangChainRetriever("store"),
        lambda: LangChainRetriever(index()),
        lambda: RagzipRetriever(retriever="index"),
        lambda: RagzipRetriever(retriever=index(), k=0),
        lambda: RagzipRetriever(retriever=index(), count=3),
        lambda: LangChainRetriever(InMemoryVectorStore(Hashed())).retrieve("x", 0),
    ],
)
def test_bad_options(make):
    with pytest.raises(OptionError, match=r"received .*expected"):
        make()


def test_bad_queries_and_answers(store):
    class Texts(BaseRetriever):
        def _get_relevant_documents(self, query, *, run_manager):
            return ["a text"]

    for query in ("", 5, None):
        with pytest.raises(InputError, match="query"):
            LangChainRetriever(store).retrieve(query)
    with pytest.raises(InputError, match="LangChain Document"):
        LangChainRetriever(Texts()).retrieve("x")
