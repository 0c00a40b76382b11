"""An agent of LangChain, run with a scripted model: what reaches the model, and what the state holds."""

import asyncio

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import ContextEditingMiddleware, SummarizationMiddleware
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.types import Command

import ragzip
from ragzip.errors import OptionError, UnknownNameError
from ragzip.langchain import RagzipContextEdit, RagzipMiddleware, ragzip_summarizer
from ragzip.messages import MessageCompressor, Originals

LONG = "The mill in Leeds was opened in 1902. " + "It rained on the way to the fair. " * 40
SHORT = "The mill in Leeds was opened in 1902."
QUESTION = HumanMessage("When was the mill in Leeds opened?")
OPTIONS = {"compressor": ragzip.load("extractive/bm25", neighbours=0.0), "cache": False, "target_tokens": 60}


class Scripted(BaseChatModel):
    """A model that gives its messages in turn, and keeps the prompts."""

    script: list
    prompts: list

    @property
    def _llm_type(self):
        return "scripted"

    def bind_tools(self, tools, **options):
        return self

    def _generate(self, messages, stop=None, run_manager=None, **options):
        self.prompts.append(messages)
        answer = self.script[len(self.prompts) - 1]
        return ChatResult(generations=[ChatGeneration(message=answer)])


@tool
def look_up(city: str) -> str:
    """Look a city up."""
    if city == "Atlantis":
        raise ValueError(LONG)
    return LONG


@tool
def leave(city: str) -> Command:
    """Change the state."""
    return Command(update={"messages": [ToolMessage(LONG, tool_call_id="1")]})


def asking(name="look_up", city="Leeds", **arguments):
    return AIMessage("", tool_calls=[{"name": name, "args": {"city": city, **arguments}, "id": "1"}])


def run(middleware, *script, tools=(look_up, leave), asynchronously=False):
    """The prompts of a model that answers by ``script``, and the messages in the last state."""
    model = Scripted(script=[*script, AIMessage("In 1902.")], prompts=[])
    agent = create_agent(model, list(tools), middleware=[middleware])
    first_state = {"messages": [QUESTION]}
    state = asyncio.run(agent.ainvoke(first_state)) if asynchronously else agent.invoke(first_state)
    return model.prompts, state["messages"]


@pytest.mark.parametrize("asynchronously", [False, True])
def test_a_result_is_shortened_once_when_it_is_made(asynchronously):
    prompts, messages = run(RagzipMiddleware(**OPTIONS), asking(), asynchronously=asynchronously)
    assert messages[2].content == SHORT and prompts[1][2].content == SHORT
    assert messages[2].tool_call_id == "1" and messages[2].name == "look_up"
    figures = messages[2].response_metadata["ragzip"]
    assert figures["status"] == "shortened" and figures["tokens_in"] > 300 and figures["tokens_out"] < 60


@pytest.mark.parametrize("asynchronously", [False, True])
def test_or_in_each_prompt_and_the_state_keeps_the_whole(asynchronously):
    prompts, messages = run(RagzipMiddleware(when="model", **OPTIONS), asking(), asynchronously=asynchronously)
    assert messages[2].content == LONG and prompts[1][2].content == SHORT


def test_commands_and_excluded_tools_stay():
    _, messages = run(RagzipMiddleware(**OPTIONS), asking("leave"))
    assert messages[2].content == LONG
    for when in ("tool", "model"):
        prompts, _ = run(RagzipMiddleware(when=when, exclude_tools=["look_up"], **OPTIONS), asking())
        assert prompts[1][2].content == LONG


def test_errors_and_what_is_shortened_already_stay():
    edit = RagzipContextEdit(**OPTIONS)
    failed = ToolMessage(LONG, tool_call_id="1", status="error")
    messages = [QUESTION, asking(), failed]
    edit.apply(messages, count_tokens=len)
    assert messages[2] is failed
    messages = [QUESTION, asking(), ToolMessage(LONG, tool_call_id="1")]
    edit.apply(messages, count_tokens=len)
    once = list(messages)
    edit.apply(messages, count_tokens=len)
    assert messages == once and messages[2] is once[2]


def test_blocks_that_are_no_text_stay():
    image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    messages = [QUESTION, asking(), ToolMessage([{"type": "text", "text": LONG}, image], tool_call_id="1")]
    RagzipContextEdit(**OPTIONS).apply(messages, count_tokens=len)
    assert messages[2].content == [{"type": "text", "text": SHORT}, image]


def test_the_agent_fetches_an_original():
    originals = Originals()
    handle = originals.put(LONG)
    fetching = AIMessage("", tool_calls=[{"name": "ragzip_original", "args": {"handle": handle}, "id": "2"}])
    _, messages = run(RagzipMiddleware(originals=originals, **OPTIONS), asking(), fetching)
    assert f'ragzip_original("{handle}")' in messages[2].content
    assert messages[4].content == LONG, "what was fetched is not shortened again"


def test_a_context_edit_runs_above_its_trigger():
    for trigger, content in ((100, SHORT), (100_000, LONG)):
        edits = [RagzipContextEdit(trigger=trigger, **OPTIONS)]
        prompts, _ = run(ContextEditingMiddleware(edits=edits), asking())
        assert prompts[1][2].content == content


def test_a_summary_is_word_for_word():
    history = [HumanMessage(LONG), AIMessage("Noted."), HumanMessage("When was the mill in Leeds opened?")]
    summarizer = ragzip_summarizer(**{**OPTIONS, "target_tokens": 25})
    assert SHORT in summarizer(history) and "rained" not in summarizer(history)
    model = Scripted(script=[AIMessage("In 1902.")], prompts=[])
    middleware = SummarizationMiddleware(model, trigger=("messages", 3), keep=("messages", 1), summarizer=summarizer)
    create_agent(model, [], middleware=[middleware]).invoke({"messages": history})
    (prompt,) = model.prompts
    assert SHORT in prompt[0].content and len(prompt[0].content) < len(LONG) / 4


def test_a_result_goes_into_a_checkpoint_as_a_dict():
    result = ragzip.compress(LONG, QUESTION.content, **OPTIONS)
    serializer = JsonPlusSerializer()
    assert serializer.loads_typed(serializer.dumps_typed(result.to_dict())) == result.to_dict()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"nonsense": 1}, "^RagzipMiddleware: received the option 'nonsense'"),
        ({"total_tokens": 500}, "when='model'"),
        ({"when": "never"}, "'tool' or 'model'"),
        ({"exclude_tools": "look_up"}, "list of names"),
        ({"rate": 7}, "rate"),
    ],
)
def test_options_are_checked_when_it_is_made(options, message):
    with pytest.raises(OptionError, match=message):
        RagzipMiddleware(**options)


def test_a_result_that_cannot_be_processed_stays():
    messages = [QUESTION, asking(), ToolMessage(LONG + "\0", tool_call_id="1")]
    RagzipContextEdit(**OPTIONS).apply(messages, count_tokens=len)
    assert messages[2].content == LONG + "\0"


@pytest.mark.parametrize("when", ["tool", "model"])
@pytest.mark.parametrize(
    ("options", "status", "noted"),
    [({"shadow": True}, "shortened", ("shadow", True)), ({"deadline": 1e-9}, "failed", ("reason", "DeadlineError"))],
)
def test_what_was_only_measured_or_failed_is_to_be_seen(when, options, status, noted):
    model = Scripted(script=[asking(), AIMessage("In 1902.")], prompts=[])
    agent = create_agent(model, [look_up], middleware=[RagzipMiddleware(when=when, **OPTIONS, **options)])
    agent.invoke({"messages": [QUESTION]})
    (result,) = (message for message in model.prompts[1] if isinstance(message, ToolMessage))
    figures = result.response_metadata["ragzip"]
    assert result.content == LONG and figures["status"] == status and str(noted[1]) in str(figures[noted[0]])
    assert (figures["tokens_out"] < figures["tokens_in"]) == (status == "shortened")


@pytest.mark.parametrize("maker", [RagzipMiddleware, RagzipContextEdit, ragzip_summarizer, MessageCompressor])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"compressor": "extractive/bm52"}, "did you mean 'extractive/bm25'"),
        ({"compressor": ["nope"]}, "nope"),
        ({"compressor": 5}, "compressor: received 5"),
        ({"target_tokens": -1}, "target_tokens"),
        ({"rate": 3}, "rate"),
        ({"threshold": "high"}, "threshold"),
        ({"protect": ["number"]}, "expected one of numbers"),
        ({"target_token": 5}, "did you mean target_tokens"),
    ],
)
def test_what_is_wrong_shows_before_the_first_message(maker, options, message):
    with pytest.raises((OptionError, UnknownNameError), match=message):
        maker(**options)
