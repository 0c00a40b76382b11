"""Requests that are wrong get 4xx in every mode, whatever is wrong with them."""

import json
import random

import pytest
from server_requests import FAST, LONG, MESSAGES, QUESTION, SHORT, post, request

from ragzip.server.app import create_app
from ragzip.server.config import ServerConfig

MODES = ("open", "closed")


@pytest.mark.parametrize("fail", MODES)
@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"target_tokens": -1}, "target_tokens"),
        ({"rate": -3}, "rate"),
        ({"rate": 0}, "rate"),
        ({"threshold": 0.5}, "threshold"),
        ({"threshold": 7, "compressor": "auto"}, "threshold"),
        ({"query": "When\0?"}, "query"),
        ({"context": LONG}, "context: received beside documents"),
    ],
)
def test_wrong_options_of_documents_are_refused(options, named, fail):
    reply = post("/compress", {"documents": [LONG], "query": QUESTION, **options}, config={"fail": fail})
    assert reply.status_code == 422 and named in reply.json()["error"]["message"]


@pytest.mark.parametrize("fail", MODES)
def test_numbers_that_are_too_large_are_refused(fail):
    content = json.dumps({"documents": [LONG], "rate": 7}).replace("7}", "1e999}")
    assert request("POST", "/compress", content=content, config={"fail": fail}).status_code == 422
    messages = json.dumps({"messages": MESSAGES, "threshold": 0.5})
    assert request("POST", "/compress", content=messages, config={"fail": fail}).status_code == 422
    form = {"context": LONG, "query": QUESTION, "target_tokens": "9" * 5000, "compressor": "extractive/bm25"}
    assert request("POST", "/", data=form, config={"fail": fail}).status_code == 422


@pytest.mark.parametrize("fail", MODES)
@pytest.mark.parametrize(
    "row",
    [
        {"type": ["x"], "role": "user"},
        {"role": "user", "content": [{"type": {"a": 1}}]},
        {"role": ["tool"], "type": "message", "content": LONG},
        {"role": "tool", "tool_call_id": {"a": []}, "content": [{"type": ["text"], "text": LONG}]},
        {"role": "assistant", "tool_calls": [{"id": [], "function": {"name": {}, "arguments": [[]]}}]},
    ],
)
def test_roles_and_types_that_are_no_texts(row, fail):
    app = create_app(ServerConfig(**FAST, fail=fail))
    for path, name in (("/compress", "messages"), ("/v1/compress", "messages"),
                       ("/beta/litellm_basic_guardrail_api", "structured_messages")):  # fmt: skip
        assert post(path, {name: [row, *MESSAGES]}, app=app).status_code < 500


def _places(item):
    """The containers in a tree of JSON, and the keys in each."""
    for key, value in item.items() if isinstance(item, dict) else enumerate(item):
        yield item, key
        if isinstance(value, (dict, list)):
            yield from _places(value)


def test_values_of_other_types_anywhere_in_a_request_never_get_5xx(at_length):
    anthropic = [
        {"role": "user", "content": [{"type": "text", "text": QUESTION, "cache_control": {"type": "ephemeral"}}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "look_up", "input": {"a": "b"}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": [
            {"type": "text", "text": LONG}, {"type": "search_result", "title": "t", "content": [
                {"type": "text", "text": LONG}]},
            {"type": "document", "title": "t", "source": {"type": "text", "data": LONG}}]}]},
    ]  # fmt: skip
    responses = [
        {"role": "user", "content": [{"type": "input_text", "text": f"<c>{LONG}</c> {QUESTION}"}]},
        {"type": "function_call", "call_id": "1", "name": "look_up", "arguments": '{"a": "b"}'},
        {"type": "function_call_output", "call_id": "1", "output": [{"type": "input_text", "text": LONG}]},
    ]
    requests = []
    for messages in (MESSAGES, anthropic, responses):
        requests += [
            ("/compress", {"messages": messages, "context": ["<c>", "</c>"], "target_tokens": 40, "total_tokens": 900}),
            ("/v1/compress", {"messages": messages, "model": "m", "config": {"mode": "ccr", "target_ratio": 0.2}}),
            ("/beta/litellm_basic_guardrail_api", {"structured_messages": messages, "input_type": "request",
                "additional_provider_specific_params": {"context": True, "target_tokens": 40}}),
        ]  # fmt: skip
    values = [
        None,
        True,
        0,
        -1.5,
        10**25,
        "",
        "tool",
        ["x"],
        [[["text"]]],
        {"a": 1},
        {"type": {"a": 1}},
        [{"role": []}],
    ]
    drawn = random.Random(5)
    apps = [create_app(ServerConfig(**FAST, fail=fail)) for fail in MODES]
    for number in range(1500 if at_length else 90):
        path, body = requests[number % len(requests)]
        body = json.loads(json.dumps(body))
        for _ in range(drawn.choice((1, 2, 3))):
            container, key = drawn.choice(list(_places(body)))
            container[key] = json.loads(json.dumps(drawn.choice(values)))
        reply = post(path, body, app=apps[number % 2])
        assert reply.status_code < 500, (body, reply.text)


def test_the_least_of_the_server_holds_for_contexts_and_tool_results():
    documents = {"documents": [LONG], "query": QUESTION, "target_tokens": 15}
    form = {"context": LONG, "query": QUESTION, "target_tokens": "15", "compressor": "extractive/bm25"}
    for config, is_whole in (({}, False), ({"least": 5000}, True)):
        app = create_app(ServerConfig(**FAST, **config))
        reply = post("/compress", documents, app=app)
        assert (reply.json()["text"] == LONG) is is_whole
        assert ("least=5000" in str(reply.json()["stats"]["notes"])) is is_whole
        assert ("least=5000" in request("POST", "/", data=form, app=app).text) is is_whole
        status = post("/compress", {"messages": MESSAGES, "target_tokens": 40}, app=app).json()["report"][0]["status"]
        assert status == ("short" if is_whole else "shortened")
        assert post("/compress", {**documents, "least": 2}, app=app).json()["text"] == SHORT
    assert post("/compress", {**documents, "least": -2}).status_code == 422
