import asyncio
import pickle

import pytest
from langchain_classic.retrievers import ContextualCompressionRetriever
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda

from ragzip.errors import InputError, OptionError
from ragzip.langchain import KEY, RagzipCompressor, as_runnable

DOCS = [
    Document(page_content="It rained on Monday. Nobody came.", metadata={"page": 1}, id="rain"),
    Document(page_content="Paris is the capital of France. It is large.", metadata={"title": "Paris"}, id="paris"),
    Document(page_content="Berlin is in Germany.", metadata={}),
]
QUERY = "What is the capital of France?"
OPTIONS = {"compressor": "bm25", "target_tokens": 8, "cache": False}


class Fixed(BaseRetriever):
    def _get_relevant_documents(self, query, *, run_manager):
        return DOCS


def test_in_a_contextual_compression_retriever():
    retriever = ContextualCompressionRetriever(base_compressor=RagzipCompressor(**OPTIONS), base_retriever=Fixed())
    (document,) = retriever.invoke(QUERY)
    assert document.page_content == "Paris is the capital of France." and document.id == "paris"
    assert document.metadata["title"] == "Paris" and document.metadata[KEY]["spans"] == [[0, 31]]
    assert document.metadata[KEY]["score"] > 0
    assert asyncio.run(retriever.ainvoke(QUERY)) == [document]
    assert DOCS[1].metadata == {"title": "Paris"}, "the documents given are not changed"


def test_keep_empty_keeps_order_and_number():
    kept = RagzipCompressor(**OPTIONS, keep_empty=True).compress_documents(DOCS, QUERY)
    assert [d.page_content for d in kept] == ["", "Paris is the capital of France.", ""]
    assert [d.id for d in kept] == ["rain", "paris", None] and kept[0].metadata["page"] == 1


def test_options_are_checked():
    with pytest.raises(ValueError, match="nonsense"):
        RagzipCompressor(nonsense=1)
    with pytest.raises(OptionError):
        RagzipCompressor(rate=3).compress_documents(DOCS, QUERY)
    with pytest.raises(OptionError, match="nonsense"):
        as_runnable(nonsense=1)
    with pytest.raises(InputError, match="LangChain Document"):
        RagzipCompressor(rate=0.5).compress_documents(["text"], QUERY)


def test_the_compressor_pickles():
    clone = pickle.loads(pickle.dumps(RagzipCompressor(**OPTIONS)))
    assert clone.compress_documents(DOCS, QUERY)[0].id == "paris"


def test_runnable_in_a_chain():
    options = {"target_tokens": 8, "cache": False}
    chain = RunnableLambda(lambda q: {"documents": DOCS, "query": q}) | as_runnable("bm25", **options)
    result = chain.invoke(QUERY)
    assert [d.id for d in result["documents"]] == ["paris"] and result["query"] == QUERY
    assert chain.batch([QUERY, QUERY]) == [result, result]
    assert list(chain.stream(QUERY)) == [result]
    assert asyncio.run(chain.ainvoke(QUERY)) == result
    assert asyncio.run(chain.abatch([QUERY])) == [result]


def test_runnable_keeps_the_kind_and_other_keys():
    run = as_runnable("bm25", target_tokens=8, cache=False).invoke
    text = " ".join(d.page_content for d in DOCS)
    assert run({"context": text, "question": QUERY, "k": 1}) == {
        "context": "Paris is the capital of France.",
        "question": QUERY,
        "k": 1,
    }
    texts = [d.page_content for d in DOCS]
    assert run({"context": texts, "query": QUERY})["context"] == ["Paris is the capital of France."]
    assert run({"documents": [], "query": QUERY})["documents"] == []
    kept = as_runnable("bm25", target_tokens=8, cache=False, keep_empty=True).invoke({"context": texts, "query": QUERY})
    assert kept["context"] == ["", "Paris is the capital of France.", ""]


@pytest.mark.parametrize(
    "bad", ["text", {"query": "q"}, {"context": 5}, {"context": "a", "documents": []}, {"documents": [1]}]
)
def test_runnable_bad_input(bad):
    with pytest.raises(InputError):
        as_runnable(rate=0.5).invoke(bad)


def test_callbacks_and_config():
    class Seen(BaseCallbackHandler):
        names = ()

        def on_chain_start(self, serialized, inputs, *, run_id, **kwargs):
            self.names = (*self.names, kwargs.get("name"))

    seen = Seen()
    as_runnable("bm25", rate=0.5, cache=False).invoke(
        {"context": "One. Two.", "query": "two"}, config={"callbacks": [seen], "tags": ["x"]}
    )
    assert seen.names == ("ragzip",)
