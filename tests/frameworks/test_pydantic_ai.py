"""Pydantic AI: agents with its function and test models, and what reaches the model and the history."""

import asyncio
import copy
import logging
import pickle

import pytest
from pydantic_ai import Agent, BinaryContent, ModelRetry
from pydantic_ai.capabilities import ProcessHistory
from pydantic_ai.messages import (
    CachePoint,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models.function import FunctionModel
from pydantic_ai.models.test import TestModel

from ragzip.errors import OptionError
from ragzip.integrations.pydantic_ai import RagzipHistoryProcessor
from ragzip.messages import Originals

QUESTION = "When was the mill in Leeds opened?"
ANSWER = "The mill in Leeds was opened in 1902."
LONG = f"{ANSWER} " + "It rained on the way to the fair. " * 40
OPTIONS = {"compressor": "extractive/bm25", "cache": False, "target_tokens": 12}
IMAGE = BinaryContent(b"\x89PNG", media_type="image/png")
LOOK_UP = ("look_up", {"city": "Leeds"})


def look_up(city: str) -> str:
    """Look a city up."""
    return LONG


def run(processor, *calls, tools=(look_up,)):
    """The requests of a model that makes ``calls`` in turn, and the messages in the result."""
    seen = []

    def answer(messages, info):
        seen.append(copy.deepcopy(messages))
        if len(seen) <= len(calls):
            name, arguments = calls[len(seen) - 1]
            return ModelResponse(parts=[ToolCallPart(name, arguments, tool_call_id=str(len(seen)))])
        return ModelResponse(parts=[TextPart("In 1902.")])

    agent = Agent(FunctionModel(answer), tools=list(tools), capabilities=[ProcessHistory(processor)])
    result = asyncio.run(agent.run(QUESTION))
    assert result.output == "In 1902."
    return seen, result.all_messages()


def returns(messages):
    return [part.content for message in messages for part in message.parts if isinstance(part, ToolReturnPart)]


def history(content, **more):
    """A question, a call, and what the tool returned."""
    part = ToolReturnPart("look_up", content, tool_call_id="1", **more)
    return [
        ModelRequest(parts=[UserPromptPart(QUESTION)]),
        ModelResponse(parts=[ToolCallPart("look_up", {"city": "Leeds"}, tool_call_id="1")]),
        ModelRequest(parts=[part], metadata={"seen": True}),
    ]


def processed(messages, **options):
    return asyncio.run(RagzipHistoryProcessor(**{**OPTIONS, **options})(messages))


def test_a_return_is_shortened_once_and_the_history_keeps_it():
    seen, messages = run(RagzipHistoryProcessor(**OPTIONS), LOOK_UP, LOOK_UP)
    assert [returns(request) for request in seen] == [[], [ANSWER], [ANSWER, ANSWER]]
    assert returns(messages) == [ANSWER, ANSWER]
    figures = messages[2].metadata["ragzip"]["1"]
    assert figures["status"] == "shortened" and figures["tokens_out"] < figures["tokens_in"] / 5
    read = ModelMessagesTypeAdapter.validate_json(ModelMessagesTypeAdapter.dump_json(messages))
    assert returns(read) == [ANSWER, ANSWER] and read[2].metadata == messages[2].metadata


def test_a_share_is_taken_once():
    processor = RagzipHistoryProcessor(compressor="baseline/truncate", cache=False, rate=0.8, least=10)
    seen, _ = run(processor, LOOK_UP, LOOK_UP, LOOK_UP)
    assert returns(seen[1])[0] == returns(seen[3])[0] != LONG
    assert seen[3][: len(seen[1]) - 1] == seen[1][:-1]


def test_all_else_is_the_same_object():
    inputs = history(LONG)
    before = copy.deepcopy(inputs)
    shortened = processed(inputs)
    assert (
        shortened[0] is inputs[0] and shortened[1] is inputs[1] and shortened[2] is not inputs[2] and inputs == before
    )
    part = shortened[2].parts[0]
    assert part.content == ANSWER and part.tool_call_id == "1" and part.timestamp == inputs[2].parts[0].timestamp
    assert shortened[2].metadata["seen"]
    for options in ({"exclude_tools": ["look_up"]}, {"shadow": True}, {"least": 1000}, {"total_tokens": 1}):
        assert all(new is old for new, old in zip(processed(inputs, **options), inputs, strict=True)), options


def test_errors_retries_and_structured_values_stay(caplog):
    for inputs in (
        history(LONG, outcome="failed"),
        history({"text": LONG}),
        history([{"text": LONG}]),
        history(LONG + "\0"),
    ):
        shortened = processed(inputs)
        assert all(new is old for new, old in zip(shortened, inputs, strict=True)), inputs

    def fail(city: str) -> str:
        raise ModelRetry(LONG)

    seen, _ = run(RagzipHistoryProcessor(**OPTIONS), ("fail", {"city": "Leeds"}), tools=[fail])
    assert LONG in str(seen[1][-1].parts[0].content)


def test_what_stands_before_a_cache_point_stays():
    inputs = [*history(LONG), ModelRequest(parts=[UserPromptPart(["And the fair?", CachePoint()])])]
    assert all(new is old for new, old in zip(processed(inputs), inputs, strict=True))
    inputs = [ModelRequest(parts=[UserPromptPart(["Be short.", CachePoint()])]), *history(LONG)]
    assert returns(processed(inputs)) == [ANSWER]


def test_images_stay():
    shortened = processed(history([LONG, IMAGE, {"page": 3}]))
    assert returns(shortened) == [[ANSWER, IMAGE, {"page": 3}]]

    def picture(city: str) -> list:
        return [LONG, IMAGE]

    seen, _ = run(RagzipHistoryProcessor(**OPTIONS), ("picture", {"city": "Leeds"}), tools=[picture])
    assert ANSWER in str(returns(seen[1])) and LONG not in str(returns(seen[1]))
    assert IMAGE in [item for content in returns(seen[1]) for item in content] or IMAGE in seen[1][-1].parts[-1].content


def test_the_agent_fetches_an_original():
    originals = Originals()
    processor = RagzipHistoryProcessor(**{**OPTIONS, "target_tokens": 60}, originals=originals)
    handle = originals.put(LONG)
    seen, _ = run(processor, LOOK_UP, ("ragzip_original", {"handle": handle}), tools=[look_up, *processor.tools])
    short, fetched = returns(seen[2])
    assert f'ragzip_original("{handle}")' in short and fetched == LONG
    assert RagzipHistoryProcessor(**OPTIONS).tools == []


def test_with_the_test_model_in_a_synchronous_run():
    agent = Agent(TestModel(), tools=[look_up], capabilities=[ProcessHistory(RagzipHistoryProcessor(**OPTIONS))])
    result = asyncio.run(agent.run("When was a mill opened, in Leeds?"))
    assert returns(result.all_messages()) == [ANSWER]
    assert returns(RagzipHistoryProcessor(**OPTIONS).process(history(LONG))) == [ANSWER]


def test_what_fails_as_a_whole_is_in_the_log(caplog):
    with caplog.at_level(logging.WARNING, logger="ragzip"):
        processed(history(LONG), total_tokens=1)
    assert "messages as given" in caplog.text and ANSWER not in caplog.text


def test_it_pickles_and_its_options_are_checked():
    clone = pickle.loads(pickle.dumps(RagzipHistoryProcessor(**OPTIONS)))
    assert returns(clone.process(history(LONG))) == [ANSWER]
    for options in ({"nonsense": 1}, {"rate": 7}, {"exclude_tools": "look_up"}):
        with pytest.raises(OptionError, match=next(iter(options))):
            RagzipHistoryProcessor(**options)
