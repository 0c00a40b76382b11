"""Haystack: pipelines with the component, written and read, and an agent whose conversation is compacted."""

import asyncio
import copy
import json
import logging
import pickle

import pytest
from haystack import Document, Pipeline
from haystack.components.agents import Agent
from haystack.components.builders import PromptBuilder
from haystack.components.generators.chat import MockChatGenerator
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever
from haystack.dataclasses import ByteStream, ChatMessage, ImageContent, TextContent, ToolCall
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.hooks.compaction import CompactionHook
from haystack.token_counters import ApproximateTokenCounter
from haystack.tools import Tool

from haystack_integrations.components.compressors.ragzip import (
    RagzipCompactor,
    RagzipCompressor,
    RagzipDocumentCompressor,
)
from ragzip.errors import InputError, OptionError, UnknownNameError

pytestmark = pytest.mark.filterwarnings("ignore:'CompactionHook' is an experimental component")
QUERY = "When was the mill in Leeds opened?"
ANSWER = "The mill in Leeds was opened in 1902."
LONG = f"{ANSWER} " + "It rained on the way to the fair. " * 40
OPTIONS = {"compressor": "extractive/bm25", "cache": False}
COUNTER = ApproximateTokenCounter()


def documents():
    return [
        Document(id="mill", content=f"{ANSWER} It rained. Nobody came.", meta={"page": 3}, score=0.9, embedding=[1.0]),
        Document(id="rain", content="It rained on the way to the fair.", meta={"page": 4}),
    ]


def run(inputs, **options):
    return RagzipDocumentCompressor(**{**OPTIONS, "target_tokens": 12, **options}).run(inputs, QUERY)["documents"]


def test_a_document_keeps_all_but_text():
    inputs = documents()
    before = copy.deepcopy(inputs)
    (kept,) = run(inputs)
    assert kept.content == ANSWER and kept.id == "mill" and kept.score == 0.9 and kept.embedding == [1.0]
    assert kept.meta["page"] == 3 and kept.meta["ragzip"]["spans"] == [[0, len(ANSWER)]]
    assert inputs == before
    assert [item.content for item in run(inputs, keep_empty=True)] == [ANSWER, ""]
    assert run(inputs, target_tokens=0) == [] == run([])


def test_what_is_no_text_passes():
    image = Document(blob=ByteStream(b"abc", mime_type="image/png"))
    captioned = Document(content="It rained. " * 30, blob=ByteStream(b"abc"))
    shortened = run([image, captioned, *documents()])
    assert shortened[0] is image and shortened[1].blob == captioned.blob and shortened[1].content == ""
    assert [item.id for item in shortened[2:]] == ["mill"]


def test_a_bad_document_stays_and_the_log_says_so(caplog):
    bad = Document(id="bad", content="It rained.\0")
    with caplog.at_level(logging.WARNING):
        shortened = run([bad, *documents()], target_tokens=40)
    assert shortened[0].content == bad.content and shortened[1].content.startswith(ANSWER) and "NUL" in caplog.text
    assert "NUL" in shortened[0].meta["ragzip"]["fallback"] and "fallback" not in shortened[1].meta["ragzip"]
    with pytest.raises(InputError, match="NUL"):
        run([bad], on_error="raise")
    with pytest.raises(InputError, match="Haystack Document"):
        run(["text"])


def pipeline():
    store = InMemoryDocumentStore()
    store.write_documents(documents())
    original = Pipeline()
    original.add_component("retriever", InMemoryBM25Retriever(store))
    original.add_component("compressor", RagzipDocumentCompressor(**OPTIONS, target_tokens=12, protect=["numbers"]))
    template = "{% for document in documents %}{{ document.content }}\n{% endfor %}{{ query }}"
    original.add_component("prompt", PromptBuilder(template, required_variables=["documents", "query"]))
    original.connect("retriever", "compressor.documents")
    original.connect("compressor.documents", "prompt.documents")
    return original


INPUTS = {"retriever": {"query": QUERY}, "compressor": {"query": QUERY}, "prompt": {"query": QUERY}}


def test_in_a_pipeline():
    assert pipeline().run(INPUTS)["prompt"]["prompt"] == f"{ANSWER}\n{QUERY}"
    assert asyncio.run(pipeline().run_async(INPUTS))["prompt"]["prompt"] == f"{ANSWER}\n{QUERY}"


def test_a_pipeline_is_written_and_read():
    original = pipeline()
    read = Pipeline.loads(original.dumps())  # without allowed_modules
    assert read.to_dict()["components"] == original.to_dict()["components"]
    kept = read.get_component("compressor")
    assert type(kept) is RagzipDocumentCompressor and kept.options == original.get_component("compressor").options
    kept.warm_up()
    assert [item.content for item in kept.run(documents(), QUERY)["documents"]] == [ANSWER]


def test_round_trips():
    component = RagzipDocumentCompressor(**OPTIONS, target_tokens=12)
    written = json.loads(json.dumps(component.to_dict()))
    assert RagzipDocumentCompressor.from_dict(written).to_dict() == written
    assert pickle.loads(pickle.dumps(component)).run(documents(), QUERY)["documents"][0].content == ANSWER
    compactor = RagzipCompactor(**OPTIONS, rate=0.3, exclude_tools=["leave"])
    hook = CompactionHook(compactor, context_window=1000)
    read = CompactionHook.from_dict(json.loads(json.dumps(hook.to_dict())))
    assert type(read.compactor) is RagzipCompactor and read.compactor.to_dict() == compactor.to_dict()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"rate": 3}, OptionError),
        ({"nonsense": 1}, OptionError),
        ({"compressor": "extractive/bm52"}, UnknownNameError),
        ({"tokenizer": len}, OptionError),
        ({"protect": {"numbers": 1}}, OptionError),
        ({"on_error": "ignore"}, OptionError),
    ],
)
def test_options_are_checked_when_it_is_made(options, error):
    with pytest.raises(error):
        RagzipDocumentCompressor(**options)
    if "compressor" not in options:
        with pytest.raises(error):
            RagzipCompactor(**options)


def test_options_that_the_hook_decides_are_refused():
    with pytest.raises(OptionError, match="total_tokens"):
        RagzipCompactor(total_tokens=100)
    with pytest.raises(OptionError, match="image_tokens"):
        RagzipCompactor(image_tokens=len)


def conversation(*results, error=False):
    """A user's question, and for each result the call that made it."""
    messages = [ChatMessage.from_system("Be short."), ChatMessage.from_user(QUERY)]
    for number, result in enumerate(results):
        call = ToolCall("look_up", {"city": "Leeds"}, id=str(number))
        messages.append(ChatMessage.from_assistant(tool_calls=[call]))
        messages.append(ChatMessage.from_tool(result, origin=call, error=error, meta={"seen": True}))
    return messages


def compact(messages, target_tokens=120, **options):
    return RagzipCompactor(**{**OPTIONS, **options}).compact(messages, target_tokens, COUNTER)


def texts(messages):
    return [message.tool_call_result.result for message in messages if message.tool_call_result]


def test_old_results_get_shorter_until_the_target_is_reached():
    inputs = conversation(LONG, LONG, LONG)
    before = copy.deepcopy(inputs)
    shortened = compact(inputs, target_tokens=100, min_keep_steps=0)
    assert inputs == before and len(shortened) == len(inputs)
    assert all(ANSWER in text for text in texts(shortened))
    assert COUNTER.count(shortened) < COUNTER.count(inputs) / 4
    for new, old in zip(shortened, inputs, strict=True):
        assert new is old or (new.tool_call_result.origin == old.tool_call_result.origin and new.meta["seen"])
    assert shortened[3].meta["ragzip"]["status"] == "shortened"
    assert asyncio.run(RagzipCompactor(**OPTIONS, min_keep_steps=0).compact_async(inputs, 100, COUNTER)) == shortened


def test_the_latest_step_stays_and_so_does_what_fits():
    shortened = compact(conversation(LONG, LONG), target_tokens=50)
    assert texts(shortened)[1] == LONG and ANSWER in texts(shortened)[0] != LONG
    inputs = conversation(LONG, LONG, LONG)
    shortened = compact(inputs, target_tokens=COUNTER.count(inputs) - 100, rate=0.2)
    assert [text == LONG for text in texts(shortened)] == [False, True, True], (
        "the oldest first, and no more than asked"
    )
    assert compact(inputs, target_tokens=10_000) is None


def test_none_where_nothing_gets_shorter():
    assert compact(conversation(LONG), target_tokens=10) is None, "the latest step"
    assert compact(conversation(LONG, error=True), target_tokens=10, min_keep_steps=0) is None
    assert compact(conversation(LONG), target_tokens=10, min_keep_steps=0, exclude_tools=["look_up"]) is None
    assert compact(conversation(LONG + "\0"), target_tokens=10, min_keep_steps=0) is None
    assert compact([ChatMessage.from_user(LONG)], target_tokens=10) is None


def test_with_a_budget_a_result_is_shortened_once():
    truncating = {"target_tokens": 10, "compressor": "baseline/truncate"}
    shortened = compact(conversation(LONG, LONG), rate=0.7, **truncating)
    assert compact(shortened, rate=0.7, **truncating) is None
    again = compact(shortened, **truncating)
    assert again is not None and len(texts(again)[0]) < len(texts(shortened)[0])


def test_images_in_a_result_stay():
    image = ImageContent(base64_image="iVBORw0KGgo=", mime_type="image/png", validation=False)
    shortened = compact(conversation([TextContent(LONG), image]), target_tokens=10, min_keep_steps=0)
    text, kept_image = texts(shortened)[0]
    assert ANSWER in text.text and len(text.text) < len(LONG) / 2 and kept_image is image


def test_in_an_agent():
    prompts, calls = [], []

    def answer(messages):
        prompts.append(messages)
        results = [message for message in messages if message.tool_call_result]
        if len(results) == 3:
            return ChatMessage.from_assistant("In 1902.")
        return ChatMessage.from_assistant(tool_calls=[ToolCall("look_up", {"city": "Leeds"}, id=str(len(results)))])

    def look_up(city):
        calls.append(city)
        return LONG

    parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tool = Tool("look_up", "Look a city up.", parameters, look_up)
    hook = CompactionHook(RagzipCompactor(**OPTIONS), context_window=600, compact_at=0.5, compact_to=0.3)
    agent = Agent(chat_generator=MockChatGenerator(response_fn=answer), tools=[tool], hooks={"before_llm": [hook]})
    result = agent.run(messages=[ChatMessage.from_user(QUERY)])
    assert result["last_message"].text == "In 1902." and calls == ["Leeds"] * 3
    assert texts(prompts[1]) == [LONG]
    assert ANSWER in texts(prompts[-1])[0] and len(texts(prompts[-1])[0]) < len(LONG) and texts(prompts[-1])[-1] == LONG


def test_the_name_that_it_has_at_other_frameworks():
    assert RagzipCompressor is RagzipDocumentCompressor
    assert RagzipCompressor(**OPTIONS).to_dict()["type"].endswith(".RagzipDocumentCompressor")
