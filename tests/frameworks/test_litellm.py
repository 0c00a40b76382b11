"""LiteLLM: what reaches the model through the guardrail, in the library and as the handlers of the proxy call it."""

import asyncio
import copy
import logging

import litellm
import pytest
from litellm.llms import load_guardrail_translation_mappings
from litellm.types.utils import CallTypes
from local_server import serving

from ragzip.errors import BudgetError, OptionError
from ragzip.integrations.litellm import RagzipGuardrail

pytestmark = pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")  # of LiteLLM's types
QUESTION = "When was the mill in Leeds opened?"
ANSWER = "The mill in Leeds was opened in 1902."
LONG = f"{ANSWER} " + "It rained on the way to the fair. " * 40
OPTIONS = {"compressor": "extractive/bm25", "cache": False, "target_tokens": 12}
TAGS = ("<context>", "</context>")
RAG = [
    {"role": "system", "content": f"Answer from the context.\n<context>{LONG}</context>"},
    {"role": "user", "content": QUESTION},
]
CALL = {"id": "1", "type": "function", "function": {"name": "look_up", "arguments": '{"city": "Leeds"}'}}
TOOLS = [
    {"role": "user", "content": QUESTION},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "1", "content": LONG},
]


@pytest.fixture(autouse=True)
def no_callbacks():
    yield
    litellm.callbacks = []


def guardrail(**options):
    return RagzipGuardrail(**{**OPTIONS, **options})


def applied(inputs, input_type="request", **options):
    return asyncio.run(guardrail(**options).apply_guardrail(inputs, {}, input_type))


def test_a_context_gets_shorter_and_its_delimiters_stay():
    before = copy.deepcopy(RAG)
    inputs = {"texts": [QUESTION], "structured_messages": RAG, "model": "reader"}
    shortened = applied(inputs, context=TAGS)
    system, user = shortened["structured_messages"]
    assert system["content"] == f"Answer from the context.\n<context>{ANSWER}</context>"
    assert user is RAG[1] and shortened["texts"] == [QUESTION] and shortened["model"] == "reader" and before == RAG


def test_the_same_object_comes_back_where_nothing_changes():
    for inputs, options in (
        ({"structured_messages": RAG}, {}),
        ({"structured_messages": RAG}, {"context": ("<documents>", "</documents>")}),
        ({"structured_messages": RAG}, {"context": TAGS, "shadow": True}),
        ({"structured_messages": TOOLS}, {"exclude_tools": ["look_up"]}),
        ({"texts": [LONG]}, {}),
        ({"structured_messages": []}, {}),
    ):
        assert applied(inputs, **options) is inputs
    inputs = {"structured_messages": TOOLS}
    assert applied(inputs, "response") is inputs


def test_figures_stand_in_the_logs_of_guardrails_and_texts_do_not():
    request = {"metadata": {}}
    asyncio.run(guardrail().apply_guardrail({"structured_messages": TOOLS}, request, "request"))
    (entry,) = request["metadata"]["standard_logging_guardrail_information"]
    assert entry["guardrail_provider"] == "ragzip" and entry["guardrail_status"] == "success"
    assert entry["guardrail_response"]["tokens_out"] < entry["guardrail_response"]["tokens_in"] / 5
    assert "mill" not in str(entry)


@pytest.mark.parametrize(
    ("options", "status", "of_litellm"),
    [({"shadow": True}, "shortened", "success"), ({"deadline": 1e-9}, "failed", "guardrail_failed_to_respond")],
)
def test_what_was_only_measured_or_failed_stands_in_the_logs_of_guardrails(options, status, of_litellm):
    request = {"metadata": {}}
    inputs = {"structured_messages": TOOLS}
    assert asyncio.run(guardrail(**options).apply_guardrail(inputs, request, "request")) is inputs
    (entry,) = request["metadata"]["standard_logging_guardrail_information"]
    ((figures,), received) = entry["guardrail_response"]["texts"], entry["guardrail_status"]
    assert (figures["status"], received) == (status, of_litellm) and "mill" not in str(entry)


def test_what_cannot_be_processed_passes(caplog):
    bad = [{"role": "user", "content": QUESTION}, {"content": "no role"}]
    inputs = {"structured_messages": bad}
    with caplog.at_level(logging.WARNING, logger="ragzip"):
        assert applied(inputs) is inputs
    assert "messages as given" in caplog.text and QUESTION not in caplog.text
    assert applied({"structured_messages": TOOLS}, total_tokens=5)["structured_messages"] is TOOLS
    with pytest.raises(BudgetError):
        applied({"structured_messages": TOOLS}, total_tokens=5, on_error="raise")


@pytest.mark.parametrize(
    ("call_type", "data", "shortened"),
    [
        (CallTypes.acompletion, {"messages": TOOLS}, lambda data: data["messages"][2]["content"]),
        (
            CallTypes.anthropic_messages,
            {
                "max_tokens": 10,
                "messages": [
                    {"role": "user", "content": QUESTION},
                    {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "look_up", "input": {}}]},
                    {
                        "role": "user",
                        "content": [
                            {"type": "tool_result", "tool_use_id": "1", "content": LONG},
                            {"type": "text", "text": "Be short."},
                        ],
                    },
                ],
            },
            lambda data: data["messages"][2]["content"][0]["content"],
        ),
        (
            CallTypes.aresponses,
            {
                "input": [
                    {"role": "user", "content": QUESTION},
                    {"type": "function_call", "call_id": "1", "name": "look_up", "arguments": "{}"},
                    {"type": "function_call_output", "call_id": "1", "output": LONG},
                ]
            },
            lambda data: data["input"][2]["output"],
        ),
    ],
    ids=["chat", "anthropic", "responses"],
)
def test_as_the_handlers_of_the_proxy_call_it(call_type, data, shortened):
    data = {"model": "reader", **copy.deepcopy(data)}
    handler = load_guardrail_translation_mappings()[call_type]()
    data_after = asyncio.run(handler.process_input_messages(data=data, guardrail_to_apply=guardrail()))
    text = shortened(data_after)
    assert (text if isinstance(text, str) else text[0]["text"]) == ANSWER
    assert QUESTION in str(data_after)


def reply(request):
    request.reply(
        {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "reader",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "1902"}}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        },
        Content_Type="application/json",
    )


def asked(messages, **options):
    """The messages that a server gets."""
    with serving(reply) as server:
        response = asyncio.run(
            litellm.acompletion(
                model="openai/reader", messages=messages, api_base=server.url, api_key="none", **options
            )
        )
        assert response.choices[0].message.content == "1902"
        (request,) = server.seen
        return request.body["messages"]


def test_in_a_call_of_the_library():
    litellm.callbacks = [guardrail(context=TAGS)]
    before = copy.deepcopy(RAG)
    assert asked(RAG)[0]["content"] == RAG[0]["content"], "it is off until a request names it"
    sent = asked(RAG, guardrails=["ragzip"])
    assert sent[0]["content"] == f"Answer from the context.\n<context>{ANSWER}</context>"
    assert sent[1]["content"] == QUESTION and before == RAG
    litellm.callbacks = [guardrail(default_on=True)]
    assert asked(TOOLS)[2]["content"] == ANSWER


def test_with_a_mock_response():
    litellm.callbacks = [guardrail(default_on=True)]
    response = asyncio.run(litellm.acompletion(model="gpt-4o", messages=TOOLS, mock_response="In 1902."))
    assert response.choices[0].message.content == "In 1902."


def test_options_are_checked_when_it_is_made():
    first_guardrail = RagzipGuardrail(
        guardrail_name="short", default_on=True, fail_on_error=True, context=["<a>", "</a>"]
    )
    assert (
        first_guardrail.guardrail_name == "short"
        and first_guardrail.default_on
        and first_guardrail.compressor.context == ("<a>", "</a>")
    )
    for options in ({"targt_tokens": 3}, {"rate": 7}, {"context": "a"}):
        with pytest.raises(OptionError, match=next(iter(options))):
            RagzipGuardrail(**options)
    with pytest.raises(ValueError, match="post_call"):
        RagzipGuardrail(event_hook="post_call")
