"""LiteLLM's proxy as a process, before a server that plays the model: both roads to ragzip, and what fails.

Needs what ``litellm[proxy]`` installs; without it the tests skip.
"""

import json
import os
import secrets
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import pytest
from local_server import serving
from server_process import free_port, started
from test_litellm import ANSWER, CALL, LONG, QUESTION, RAG, TOOLS

pytest.importorskip("fastapi", reason="needs litellm[proxy]")
pytest.importorskip("apscheduler", reason="needs litellm[proxy]")
pytest.importorskip("prometheus_client", reason="needs ragzip[serve]")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
SECONDS = 180  # for the proxy to start
SHORT_SYSTEM = f"Answer from the context.\n<context>{ANSWER}</context>"
KEY = f"sk-{secrets.token_hex(32)}"
PIECES = ["It was opened ", "in ", "1902."]


def answer(request):
    """A model that says :data:`PIECES`, at once or in a stream."""
    kind = "chat.completion.chunk" if request.body.get("stream") else "chat.completion"
    base = {"id": "1", "object": kind, "created": 1, "model": "reader"}
    if not request.body.get("stream"):
        message = {"role": "assistant", "content": "".join(PIECES)}
        choices = [{"index": 0, "finish_reason": "stop", "message": message}]
        request.reply({**base, "choices": choices}, Content_Type="application/json")
        return
    request.send_response(200)
    request.send_header("Content-Type", "text/event-stream")
    request.send_header("Connection", "close")
    request.end_headers()
    for piece in PIECES:
        choices = [{"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": None}]
        request.write(f"data: {json.dumps({**base, 'choices': choices})}\n\n".encode())
    choices = [{"index": 0, "delta": {}, "finish_reason": "stop"}]
    request.write(f"data: {json.dumps({**base, 'choices': choices})}\n\ndata: [DONE]\n\n".encode())
    request.hang_up()


@contextmanager
def proxy(folder, upstream, guardrails):
    """The address of a proxy with these guardrails, by name."""
    listed = [{"guardrail_name": name, "litellm_params": parameters} for name, parameters in guardrails.items()]
    model = {"model": "openai/reader", "api_base": upstream.url, "api_key": "none"}
    config = {"model_list": [{"model_name": "reader", "litellm_params": model}], "guardrails": listed}
    path = folder / "config.yaml"
    path.write_text(json.dumps(config))
    port = free_port()
    command = [sys.executable, "-c", "from litellm.proxy.proxy_cli import run_server; run_server()"]
    command += ["--config", str(path), "--host", "127.0.0.1", "--port", str(port), "--telemetry", "False"]
    environment = {**os.environ, "LITELLM_MASTER_KEY": KEY}
    with (folder / "proxy.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=environment)
    address, end = f"http://127.0.0.1:{port}", time.monotonic() + SECONDS
    try:
        while True:
            try:
                if httpx.get(f"{address}/health/liveliness").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            assert process.poll() is None and time.monotonic() < end, (folder / "proxy.log").read_text()[-3000:]
            time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(60)


def in_process(**more):
    return {
        "guardrail": "ragzip.integrations.litellm.RagzipGuardrail",
        "mode": "pre_call",
        "context": ["<context>", "</context>"],
        "target_tokens": 12,
        "compressor": "extractive/bm25",
        "cache": False,
        **more,
    }


def gateway(address, fallback):
    """The road of ``/v1/compress``, on which LiteLLM holds back the newest exchange and the last question."""
    return {"guardrail": "headroom", "mode": "pre_call", "api_base": address, "unreachable_fallback": fallback}


def over_http(address, fallback):
    parameters = {"context": ["<context>", "</context>"], "target_tokens": 12}
    return {
        "guardrail": "generic_guardrail_api",
        "mode": "pre_call",
        "api_base": address,
        "unreachable_fallback": fallback,
        "additional_provider_specific_params": parameters,
    }


def ask(address, guardrail, messages=RAG, **more):
    body = {"model": "reader", "messages": messages, "guardrails": [guardrail], **more}
    return httpx.post(
        f"{address}/v1/chat/completions", json=body, headers={"Authorization": f"Bearer {KEY}"}, timeout=60
    )


SECOND_CALL = {**CALL, "id": "2"}
CONVERSATION = [
    *TOOLS,
    {"role": "assistant", "content": "In 1902."},
    {"role": "user", "content": "And the fair?"},
    {"role": "assistant", "content": None, "tool_calls": [SECOND_CALL]},
    {"role": "tool", "tool_call_id": "2", "content": "It rained."},
]


def test_all_roads_live(tmp_path):
    process, address = started("-c", "extractive/bm25", "--target-tokens", "100")
    guardrails = {
        "in process": in_process(),
        "open": over_http(address, "fail_open"),
        "closed": over_http(address, "fail_closed"),
        "gateway open": gateway(address, "fail_open"),
        "gateway closed": gateway(address, "fail_closed"),
    }
    try:
        with serving(answer) as upstream, proxy(tmp_path, upstream, guardrails) as door:
            for guardrail in ("in process", "open", "closed"):
                check_a_context_gets_shorter(door, upstream, guardrail)
            reply = ask(door, "gateway closed", CONVERSATION)
            assert reply.status_code == 200, reply.text
            sent = upstream.seen[-1].body["messages"]
            assert len(sent) == len(CONVERSATION) and sent[3:5] == CONVERSATION[3:5]
            assert len(sent[2]["content"]) < len(LONG) / 2
            process.terminate()
            process.communicate(timeout=60)
            check_a_server_that_is_down(door, upstream)
    finally:
        process.kill()
        process.communicate()


def check_a_context_gets_shorter(door, upstream, guardrail):
    reply = ask(door, guardrail)
    assert reply.status_code == 200, reply.text
    assert reply.json()["choices"][0]["message"]["content"] == "".join(PIECES)
    system, user = upstream.seen[-1].body["messages"]
    assert system["content"] == SHORT_SYSTEM and user["content"] == QUESTION, guardrail
    reply = ask(door, guardrail, stream=True)
    events = [line[6:] for line in reply.text.splitlines() if line.startswith("data: ")]
    deltas = [json.loads(event)["choices"][0]["delta"].get("content") for event in events[:-1]]
    assert [piece for piece in deltas if piece] == PIECES and events[-1] == "[DONE]"
    assert upstream.seen[-1].body["messages"][0]["content"] == SHORT_SYSTEM


def check_a_server_that_is_down(door, upstream):
    assert ask(door, "in process").status_code == 200, "it needs no server"
    for guardrail, messages in (("open", RAG), ("gateway open", CONVERSATION)):
        assert ask(door, guardrail, messages).status_code == 200
        sent = [message.get("content") for message in upstream.seen[-1].body["messages"]]
        assert sent == [message["content"] for message in messages], guardrail
    seen = len(upstream.seen)
    for guardrail, messages, status in (("closed", RAG, 500), ("gateway closed", CONVERSATION, 502)):
        reply = ask(door, guardrail, messages)  # LiteLLM's own status for each of its guardrails
        assert reply.status_code == status, (guardrail, reply.text)
        assert len(upstream.seen) == seen and LONG not in reply.text
