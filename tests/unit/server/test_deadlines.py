"""The time limit of a request: it counts from its arrival, and where the server fails closed it is an error."""

import asyncio
import threading
import time

import httpx
import pytest
from server_requests import FAST, LONG, MESSAGES, QUESTION, post

from ragzip.process import deadline
from ragzip.server.app import Service
from ragzip.server.config import ServerConfig

RAG = [{"role": "user", "content": f"<c>{LONG}</c> {QUESTION}"}]
DOCUMENTS = {"documents": [LONG], "query": QUESTION, "target_tokens": 15}
REQUESTS = [
    ("/compress", DOCUMENTS),
    ("/compress", {"messages": MESSAGES, "target_tokens": 40}),
    ("/v1/compress", {"messages": MESSAGES, "model": "m", "config": {"target_ratio": 0.2}}),
    ("/beta/litellm_basic_guardrail_api", {"structured_messages": RAG, "input_type": "request",
        "additional_provider_specific_params": {"context": ["<c>", "</c>"], "target_tokens": 40}}),
]  # fmt: skip


class Slow:
    name = "slow"

    def compress(self, query, segments, budget):
        time.sleep(0.15)
        deadline.check()
        return [segment.keep([]) for segment in segments]


@pytest.mark.parametrize(("path", "body"), REQUESTS)
def test_a_time_limit_that_is_over_is_503_where_the_server_fails_closed(path, body, monkeypatch):
    monkeypatch.setattr("ragzip.pipeline.shared_compressor", lambda name: Slow())
    headers = {"x-ragzip-deadline": "0.1"}
    reply = post(path, body, config={"fail": "closed"}, headers=headers)
    assert reply.status_code == 503 and reply.json()["error"]["type"] == "compression_timeout"
    assert "deadline" in reply.json()["error"]["message"]
    reply = post(path, body, headers=headers)
    assert reply.status_code == 200 and reply.headers["x-ragzip-status"] == "fallback"
    headers["x-ragzip-bypass"] = "true"
    assert post(path, body, config={"fail": "closed"}, headers=headers).headers["x-ragzip-status"] == "bypass"


@pytest.mark.parametrize("workers", [1, 2])  # it waits before the gate, or for its turn behind it
@pytest.mark.parametrize("fail", ["open", "closed"])
def test_the_wait_for_its_turn_is_a_part_of_the_limit(workers, fail, monkeypatch):
    begun, release = threading.Event(), threading.Event()

    class Waiting:
        name = "waiting"

        def compress(self, query, segments, budget):
            begun.set()
            release.wait(20)
            return [segment.keep([]) for segment in segments]

    monkeypatch.setattr("ragzip.pipeline.shared_compressor", lambda name: Waiting())
    server = Service(ServerConfig(**FAST, workers=workers, fail=fail))

    async def asked():
        transport = httpx.ASGITransport(server.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://ragzip", timeout=30) as client:
            first = asyncio.create_task(client.post("/compress", json=DOCUMENTS))
            while not begun.is_set():
                await asyncio.sleep(0.01)
            headers = {"x-ragzip-deadline": "0.05"}
            second = asyncio.create_task(client.post("/compress", json=DOCUMENTS, headers=headers))
            await asyncio.sleep(0.2)
            release.set()
            return await asyncio.gather(first, second)

    first, second = asyncio.run(asked())
    assert first.headers["x-ragzip-status"] == "compressed"
    if fail == "closed":
        assert second.status_code == 503 and second.json()["error"]["type"] == "compression_timeout"
    else:
        assert second.json()["text"] == LONG and second.headers["x-ragzip-status"] == "fallback"
        assert "deadline" in second.json()["stats"]["fallback"]


def test_bypass_sends_messages_back_whatever_their_budget():
    for path, body in REQUESTS[1:3]:
        asked = {**body, "total_tokens": 3} if path == "/compress" else {**body, "token_budget": 3}
        assert post(path, asked, config={"fail": "closed"}).status_code == 422
        reply = post(path, asked, headers={"x-ragzip-bypass": "true"})
        assert reply.json()["messages"] == MESSAGES and reply.headers["x-ragzip-status"] == "bypass"
