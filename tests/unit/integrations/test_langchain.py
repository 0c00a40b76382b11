import asyncio
import json
import pickle
import re
from typing import Any

import pytest
from langchain_classic.retrievers import ContextualCompressionRetriever
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import ConfigurableField, RunnableLambda

from ragzip.errors import InputError, OptionError, UnknownNameError
from ragzip.integrations.langchain.runnable import RagzipRunnable
from ragzip.langchain import KEY, RagzipCompressor, as_runnable
from ragzip.output.layout import Layout

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
    with pytest.raises(OptionError, match="rate"):
        RagzipCompressor(rate=3)
    with pytest.raises(UnknownNameError, match="did you mean 'extractive/bm25'"):
        RagzipCompressor(compressor="extractive/bm52")
    with pytest.raises(OptionError, match="rate"):
        as_runnable(rate=3)
    with pytest.raises(OptionError, match="nonsense"):
        as_runnable(nonsense=1)
    with pytest.raises(InputError, match="LangChain Document"):
        RagzipCompressor(rate=0.5).compress_documents(["text"], QUERY)


def test_the_compressor_pickles():
    clone = pickle.loads(pickle.dumps(RagzipCompressor(**OPTIONS)))
    assert clone.compress_documents(DOCS, QUERY)[0].id == "paris"


def test_a_compressor_is_the_same_after_json():
    compressor = RagzipCompressor(**OPTIONS)
    assert RagzipCompressor(**json.loads(compressor.model_dump_json())) == compressor


@pytest.mark.parametrize(
    "options",
    [
        {"layout": Layout.sources()},
        {"protect": [re.compile(r"INV-\d+", re.IGNORECASE), "numbers"]},
        {"protect": re.compile("a"), "layout": Layout(separator="\n")},
        {"protect": "numbers", "least": 50},
    ],
)
def test_layouts_and_patterns_are_the_same_after_json(options):
    compressor = RagzipCompressor(**OPTIONS, **options)
    assert RagzipCompressor(**json.loads(compressor.model_dump_json())) == compressor
    assert RagzipCompressor.model_validate_json(compressor.model_dump_json()) == compressor
    runnable = as_runnable(**OPTIONS, **options)
    again = RagzipRunnable.model_validate_json(runnable.model_dump_json())
    assert again == runnable and again.invoke({"documents": DOCS, "query": QUERY})
    with pytest.raises(OptionError, match="did you mean header"):
        RagzipCompressor(layout={"heade": "x"})


def test_the_input_of_a_runnable_has_a_type():
    runnable = as_runnable(**OPTIONS)
    schema = json.dumps(runnable.get_input_jsonschema())
    assert '"documents"' in schema and '"query"' in schema and '"array"' in schema
    assert runnable.InputType is not Any


def test_a_compressor_shows_its_runs_to_callbacks():
    ends, errors = [], []

    class Runs(BaseCallbackHandler):
        def on_chain_end(self, outputs, **kwargs):
            ends.append(outputs)

        def on_chain_error(self, error, **kwargs):
            errors.append(error)

    RagzipCompressor(**OPTIONS).compress_documents(DOCS, QUERY, callbacks=[Runs()])
    (figures,) = ends
    assert figures["tokens_out"] == 7 < figures["tokens_in"] and figures["fallback"] is None
    with pytest.raises(InputError):
        RagzipCompressor(**OPTIONS).compress_documents(["text"], QUERY, callbacks=[Runs()])
    assert len(errors) == 1


def test_a_runnable_shows_its_figures_to_callbacks():
    events = []

    class Events(BaseCallbackHandler):
        def on_custom_event(self, name, data, **kwargs):
            events.append((name, data["tokens_out"]))

    step = as_runnable("bm25", target_tokens=8, cache=False)
    step.invoke({"documents": DOCS, "query": QUERY}, {"callbacks": [Events()]})
    asyncio.run(step.ainvoke({"documents": DOCS, "query": QUERY}, {"callbacks": [Events()]}))
    assert events == [("ragzip", 7)] * 2


def test_a_runnable_pickles_and_can_be_configured():
    step = as_runnable("bm25", target_tokens=8, cache=False)
    value = {"documents": DOCS, "query": QUERY}
    assert pickle.loads(pickle.dumps(step)).invoke(value) == step.invoke(value)
    configurable = step.configurable_fields(keep_empty=ConfigurableField(id="keep_empty"))
    kept = configurable.with_config(configurable={"keep_empty": True}).invoke(value)["documents"]
    assert [document.id for document in kept] == ["rain", "paris", None]


def test_messages_are_a_query_and_documents_may_come_alone():
    step = as_runnable("bm25", target_tokens=8, cache=False)
    history = [HumanMessage("Hello"), AIMessage("Hi"), HumanMessage(QUERY), AIMessage("Let me see.")]
    assert step.invoke({"input_documents": DOCS, "messages": history})["input_documents"][0].id == "paris"
    assert as_runnable("baseline/truncate", target_tokens=5, cache=False).invoke(DOCS)[0].id == "rain"


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


def documents_with(bad, at=1):
    documents = [Document(page_content=d.page_content, metadata=d.metadata, id=d.id) for d in DOCS]
    return [*documents[:at], Document(page_content=bad, metadata={"page": 7}, id="bad"), *documents[at:]]


@pytest.mark.parametrize("bad", ["a\0b", "a\ud800b"])
@pytest.mark.parametrize("at", [0, 1, 3])
def test_one_bad_document_does_not_cost_the_others_their_compression(bad, at, caplog):
    documents = documents_with(bad, at)
    with pytest.raises(InputError, match="bad"):
        RagzipCompressor(**OPTIONS).compress_documents(documents, QUERY)
    options = {**OPTIONS, "on_error": "passthrough", "target_tokens": 16}  # it counts, like every other one
    kept = RagzipCompressor(**options, keep_empty=True).compress_documents(documents, QUERY)
    others = [document.page_content for i, document in enumerate(kept) if i != at]
    assert (kept[at].id, kept[at].page_content, kept[at].metadata["page"]) == ("bad", bad, 7)
    assert [number for number, d in enumerate(kept) if "InputError" in d.metadata["ragzip"].get("fallback", "")] == [at]
    assert "Paris is the capital of France." in " ".join(others)
    assert sum(map(len, others)) < sum(len(document.page_content) for document in DOCS)
    assert "'bad' as given: InputError" in caplog.text
    without_empty = RagzipCompressor(**options).compress_documents(documents, QUERY)
    assert [d.id for d in without_empty] == [d.id for d in kept if d.page_content]


def test_only_bad_documents_come_back_as_they_are():
    documents = [Document(page_content="a\0b"), Document(page_content="\ud800")]
    kept = RagzipCompressor(**OPTIONS, on_error="passthrough").compress_documents(documents, QUERY)
    assert [document.page_content for document in kept] == ["a\0b", "\ud800"]


def test_metadata_say_why_documents_stay_and_once_they_do_not_no_longer():
    late = RagzipCompressor(**OPTIONS, deadline=1e-9).compress_documents(DOCS, QUERY)
    assert [document.page_content for document in late] == [document.page_content for document in DOCS]
    assert all("DeadlineError" in document.metadata["ragzip"]["fallback"] for document in late)
    again = RagzipCompressor(**OPTIONS).compress_documents(late, QUERY)
    assert not any("fallback" in document.metadata["ragzip"] for document in again)


@pytest.mark.parametrize("on_error", ["raise", "passthrough"])
@pytest.mark.parametrize("context", [{"a": 1}, {"text"}, frozenset(), b"text", 7, None, [{"a": 1}], ["text", 3]])
def test_what_is_no_context_is_an_error_whatever_is_let_through(context, on_error):
    options = {"compressor": "bm25", "target_tokens": 8, "cache": False, "on_error": on_error}
    with pytest.raises(InputError, match=r"received.*expected"):
        as_runnable(**options).invoke({"context": context, "query": QUERY})
    with pytest.raises(InputError, match=r"received.*expected"):
        RagzipCompressor(**options).compress_documents(context, QUERY)


def failing(items):
    yield from items
    raise ConnectionError("the store is gone")


def test_an_iterator_that_fails_on_the_way():
    with pytest.raises(InputError, match="gone"):
        RagzipCompressor(**OPTIONS).compress_documents(failing(DOCS), QUERY)
    lenient = RagzipCompressor(**OPTIONS, on_error="passthrough")
    assert lenient.compress_documents(failing(DOCS), QUERY) == lenient.compress_documents(DOCS, QUERY)
    with pytest.raises(InputError, match="gone"):
        lenient.compress_documents(failing([]), QUERY)
    texts = [d.page_content for d in DOCS]
    runnable = as_runnable(**OPTIONS, on_error="passthrough")
    expected = runnable.invoke({"context": texts, "query": QUERY})
    assert runnable.invoke({"context": failing(texts), "query": QUERY}) == expected
    assert as_runnable(**OPTIONS).invoke({"context": iter(texts), "query": QUERY}) == expected


def test_options_of_another_type_are_errors_of_ours():
    for options in ({"target_tokens": "many"}, {"rate": [1]}, {"keep_empty": "perhaps"}, {"least": True}):
        with pytest.raises(OptionError, match=rf"{next(iter(options))}: received .* expected"):
            RagzipCompressor(**options)
    for options in ({"least": -1}, {"protect": 5}, {"layout": "x"}):
        with pytest.raises(OptionError, match=rf"^{next(iter(options))}: received .* expected"):
            RagzipCompressor(**options)
    with pytest.raises(OptionError, match="received the option 'nonsense', expected"):
        RagzipCompressor(nonsense=1)


def test_langchain_metadata_of_passages_stays():
    place = {"source": "book", "start": 5, "end": 40}
    value = Document(page_content="Paris is the capital. It rained.", metadata={"ragzip": place})
    (kept,) = RagzipCompressor(target_tokens=5, cache=False).compress_documents([value], "capital")
    assert kept.metadata["ragzip"].items() >= place.items() and kept.metadata["ragzip"]["spans"] == [[0, 21]]
    (again,) = RagzipCompressor(target_tokens=50, cache=False).compress_documents([kept], "capital")
    assert again.metadata["ragzip"]["score"] == kept.metadata["ragzip"]["score"]


def test_langchain_options_can_be_changed():
    text = [Document(page_content="Paris is the capital of France. It rained. Dogs bark. Cats do not.")]
    compressor = RagzipCompressor(target_tokens=5, cache=False)
    for changed in (compressor.model_copy(update={"target_tokens": 1000}), RagzipCompressor(target_tokens=1000)):
        assert changed.compress_documents(text, "capital")[0].page_content == text[0].page_content
    compressor.target_tokens = 1000
    assert compressor.compress_documents(iter(text), "capital")[0].page_content == text[0].page_content


def test_langchain_s_own_key_for_the_question():
    context = "It rained all day in London town. Berlin has many clubs and bars."
    step = as_runnable("bm25", target_tokens=8, cache=False)
    assert "clubs" in step.invoke({"context": context, "input": "Berlin clubs"})["context"]
