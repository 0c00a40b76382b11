"""The HTTP server: what it answers, refuses and survives, in process."""

import asyncio
import gc
import json
import random
import re
import threading

import httpx
import pytest
from server_requests import FAST, LONG, MESSAGES, QUESTION, SHORT, post, request

from ragzip.errors import InputError, OptionError, UnknownNameError
from ragzip.server.app import Service, create_app
from ragzip.server.config import ServerConfig, read_config
from ragzip.server.run import serve


def test_documents_come_back_with_spans_and_figures():
    documents = [{"id": "a", "text": LONG, "title": "Leeds"}, "Nothing here."]
    reply = post("/compress", {"documents": documents, "query": QUESTION, "target_tokens": 15})
    assert reply.status_code == 200 and reply.headers["x-ragzip-status"] == "compressed"
    body = reply.json()
    assert body["text"] == SHORT and [document["id"] for document in body["documents"]] == ["a", "1"]
    assert body["documents"][0]["spans"] == [[0, 37]] and body["documents"][0]["title"] == "Leeds"
    assert body["stats"]["tokens_out"] <= 15 and reply.headers["x-ragzip-tokens-out"] == str(
        body["stats"]["tokens_out"]
    )
    assert post("/compress", {"context": LONG, "query": QUESTION, "target_tokens": 15}).json()["text"] == SHORT
    numbered = {"documents": documents, "query": QUESTION, "target_tokens": 25, "sources": True}
    assert post("/compress", numbered).json()["text"].startswith("[1] Leeds\n")


def test_messages_by_our_protocol_and_that_of_gateways():
    ours = post("/compress", {"messages": MESSAGES, "target_tokens": 60, "originals": True}).json()
    assert ours["messages"][:2] == MESSAGES[:2] and ours["messages"][2]["content"].startswith(SHORT)
    assert ours["report"][0]["status"] == "shortened" and "ragzip_original" in ours["messages"][2]["content"]
    app = create_app(ServerConfig(**FAST, target_tokens=60))
    theirs = post("/v1/compress", {"messages": MESSAGES, "model": "m", "config": {"mode": "ccr"}}, app=app).json()
    (handle,) = theirs["ccr_hashes"]
    assert f"hash={handle}" in theirs["messages"][2]["content"] and len(handle) == 24
    assert theirs["tokens_after"] < theirs["tokens_before"] and theirs["tokens_saved"] > 0
    assert theirs["transforms_summary"] == {"ragzip:shortened": 1} and len(theirs["messages"]) == 3
    assert request("GET", f"/v1/retrieve/{handle}", app=app).json()["original_content"] == LONG
    assert request("GET", "/v1/retrieve/" + "0" * 24, app=app).status_code == 404
    halved = post("/v1/compress", {"messages": MESSAGES, "model": "m", "config": {"target_ratio": 0.1}}).json()
    assert halved["tokens_after"] < 0.3 * halved["tokens_before"]


def test_the_guardrail_of_litellm():
    body = {"input_type": "request", "structured_messages": MESSAGES, "texts": [], "model": "m"}
    reply = post("/beta/litellm_basic_guardrail_api", body, config={"target_tokens": 40}).json()
    assert reply["action"] == "GUARDRAIL_INTERVENED"
    assert reply["structured_messages"][:2] == MESSAGES[:2]
    assert reply["structured_messages"][2]["content"].startswith(SHORT)
    for unchanged in ({**body, "input_type": "response"}, {**body, "structured_messages": MESSAGES[:2]}, {}):
        assert post("/beta/litellm_basic_guardrail_api", unchanged).json() == {"action": "NONE"}
    context = f"<context>{LONG}</context>\n{QUESTION}"
    parameters = {"context": ["<context>", "</context>"], "target_tokens": 40}
    rag = {**body, "structured_messages": [{"role": "user", "content": context}]}
    rag["additional_provider_specific_params"] = parameters
    reply = post("/beta/litellm_basic_guardrail_api", rag).json()
    assert SHORT in reply["structured_messages"][0]["content"] and len(reply["structured_messages"]) == 1


def test_bypass_and_shadow_send_back_what_came():
    body = {"documents": [LONG], "query": QUESTION, "target_tokens": 15}
    reply = post("/compress", body, headers={"x-ragzip-bypass": "true"})
    assert reply.json()["text"] == LONG
    assert reply.headers["x-ragzip-status"] == "bypass"
    orders = json.dumps([{"id": number, "note": None} for number in range(9)], indent=4)
    body_of_orders = {"documents": [{"id": "orders.json", "text": orders}], "target_tokens": 50}
    assert post("/compress", body_of_orders, headers={"x-ragzip-bypass": "1"}).json()["text"] == orders
    assert post("/compress", body_of_orders, config={"shadow": True}).json()["text"] == orders
    assert post("/compress", {**body_of_orders, "target_tokens": 500}).json()["text"] != orders
    assert post("/compress", {**body_of_orders, "target_tokens": 500, "tidy": False}).json()["text"] == orders
    shadow = post("/compress", body, config={"shadow": True}).json()
    assert shadow["documents"][0]["text"] == LONG and shadow["stats"]["shadow"] and shadow["stats"]["tokens_out"] <= 15
    messages = post("/compress", {"messages": MESSAGES, "target_tokens": 40}, config={"shadow": True}).json()
    assert messages["messages"] == MESSAGES and messages["report"][0]["status"] == "shortened"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/compress", {"documents": [LONG], "query": QUESTION, "target_tokens": 15, "shadow": True}),
        ("/compress", {"messages": MESSAGES, "target_tokens": 40, "shadow": True}),
        (
            "/beta/litellm_basic_guardrail_api",
            {
                "structured_messages": MESSAGES,
                "additional_provider_specific_params": {"target_tokens": 40, "shadow": True},
            },
        ),
    ],
)
def test_a_request_that_is_only_measured(path, body):
    reply = post(path, body)
    assert reply.json().get("action") == "NONE" or LONG in str(reply.json())
    assert reply.headers["x-ragzip-status"] == "shadow"
    assert int(reply.headers["x-ragzip-tokens-out"]) < int(reply.headers["x-ragzip-tokens-in"]) / 3


@pytest.mark.parametrize("options", [{"exclude_tools": ["look_up"]}, {"protect_recent": 1}])
def test_options_of_messages_hold_on_every_road(options):
    settings = {"target_tokens": 40}
    reply = post("/compress", {"messages": MESSAGES, **settings, **options}).json()
    assert reply["messages"] == MESSAGES
    body = {"structured_messages": MESSAGES, "additional_provider_specific_params": {**settings, **options}}
    assert post("/beta/litellm_basic_guardrail_api", body).json() == {"action": "NONE"}


def test_the_token():
    config, body = {"token": "first, second"}, {"documents": [LONG], "query": QUESTION}
    for headers in ({}, {"authorization": "Bearer third"}, {"authorization": "Basic first"}):
        reply = post("/compress", body, config=config, headers=headers)
        assert reply.status_code == 401 and reply.headers["www-authenticate"] == "Bearer"
        assert "first" not in reply.text and "third" not in reply.text
    for token in ("first", "second"):
        assert post("/compress", body, config=config, headers={"authorization": f"Bearer {token}"}).status_code == 200
    assert request("GET", "/metrics", config=config).status_code == 401
    assert request("GET", "/healthz", config=config).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("/compress", {}, 422, "context: missing"),
        ("/compress", {"documents": "text"}, 422, "documents: received 'text'"),
        ("/compress", {"documents": [{"id": "a"}]}, 422, r"documents[0]: text: missing"),
        ("/compress", {"documents": [5]}, 422, "documents[0]"),
        ("/compress", {"documents": ["a"], "target_tokens": "5"}, 422, "target_tokens"),
        ("/compress", {"documents": ["a"], "target_tokens": True}, 422, "target_tokens"),
        ("/compress", {"documents": ["a"], "rate": 7}, 422, "rate"),
        ("/compress", {"documents": ["a"], "compressor": "nonsense"}, 422, "nonsense"),
        ("/compress", {"documents": ["a"], "compressor": "soft/xrag"}, 422, "not served"),
        ("/compress", {"documents": ["a"], "compressor": "compllm"}, 422, "not served"),
        ("/compress", {"documents": ["a"], "compressor": "recomp_abstractive"}, 422, "not served"),
        ("/compress", {"documents": ["a"], "compressor": "scope.v1"}, 422, "not served"),
        ("/compress", {"documents": ["a"], "compressor": "extractive/exit"}, 422, "not served"),
        ("/compress", {"documents": ["a"], "tokenizer": "/etc/passwd"}, 422, "tokenizer"),
        ("/compress", {"documents": ["a"], "protect": ["nonsense"]}, 422, "nonsense"),
        ("/compress", {"documents": ["a"], "protect": [{}]}, 422, "list of names"),
        ("/compress", {"messages": [{}]}, 422, "messages[0]"),
        ("/compress", {"messages": MESSAGES, "total_tokens": 3}, 422, "total_tokens"),
        ("/compress", {"messages": MESSAGES, "context": ["<a>"]}, 422, "two delimiters"),
        ("/v1/compress", {"model": "m"}, 422, "messages: missing"),
        ("/v1/compress", {"messages": MESSAGES, "config": []}, 422, "config"),
        ("/beta/litellm_basic_guardrail_api", {"structured_messages": 5}, 422, "structured_messages"),
    ],
)
def test_bad_requests(path, body, status, message):
    reply = post(path, body, config={"fail": "closed"})
    assert reply.status_code == status and message in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    ("field", "guess"),
    [
        ({"question": QUESTION}, "'question' (did you mean query?), expected some of"),
        ({"target_token": 50}, "'target_token' (did you mean target_tokens?)"),
        ({"budget": 50}, "'budget' (did you mean target_tokens?)"),
        ({"reorder": True}, "'reorder'"),
        ({"cache": "off"}, "'cache'"),
        ({"model": "m"}, "'model' (did you mean compressor?)"),
        ({"protect": ["number"]}, "'number' (did you mean numbers?)"),
    ],
)
def test_misspelt_fields_of_our_endpoint_are_refused(field, guess):
    for body in ({"documents": [LONG]}, {"messages": MESSAGES}):
        reply = post("/compress", body | field)
        message = reply.json()["error"]["message"]
        assert reply.status_code == 422 and "load(" not in message and "re.compile" not in message
        assert guess in message or "messages" in body
    query_of_messages = post("/compress", {"messages": MESSAGES, "query": QUESTION})
    assert query_of_messages.status_code == 422 and "text before it" in query_of_messages.json()["error"]["message"]


def test_fields_that_are_null_or_of_another_protocol_are_accepted():
    body = {"documents": [{"text": LONG, "page": 5}], "question": None, "messages": None, "query": QUESTION}
    assert post("/compress", body).json()["stats"]["tokens_out"] > 0
    gateway = {"messages": MESSAGES, "model": "m", "stream": False, "config": {"mode": "ccr", "kind": "x"}}
    assert post("/v1/compress", gateway).status_code == 200
    guardrail = {"structured_messages": MESSAGES, "input_type": "request", "litellm_call_id": "1", "model": "m"}
    guardrail["additional_provider_specific_params"] = {"target_tokens": 40, "team": "x"}
    assert post("/beta/litellm_basic_guardrail_api", guardrail).status_code == 200


def test_bodies_that_are_no_json_or_too_large():
    for content in (b"", b"{", b"[]", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000, b'{"a":' * 200 + b"1" + b"}" * 200):
        reply = request("POST", "/compress", content=content)
        assert reply.status_code == 400 and reply.json()["error"]["type"] == "invalid_json"
    assert request("POST", "/compress", content=b"x" * (2**20 + 1), config={"max_mib": 1}).status_code == 413
    assert post("/compress", {"documents": ["a"]}, headers={"x-ragzip-deadline": "soon"}).status_code == 400
    assert request("GET", "/compress").status_code == 405 and request("GET", "/nothing").status_code == 404


def test_other_paths_and_methods_get_errors_as_json():
    for method, path, status, kind in (
        ("GET", "/compress", 405, "method_not_allowed"), ("POST", "/nothing", 404, "not_found")
    ):  # fmt: skip
        reply = request(method, path)
        error = reply.json()["error"]
        assert reply.status_code == status and error["type"] == kind and f"{method} {path}" in error["message"]
    assert request("GET", "/compress").headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("config", "warns"),
    [({"host": "0.0.0.0"}, True), ({"host": "0.0.0.0", "token": "x"}, False), ({"host": "::1"}, False),
     ({"host": "localhost"}, False), ({}, False), ({"host": "ragzip.example"}, True)],
)  # fmt: skip
def test_an_open_server_without_a_token_is_warned_of(config, warns, caplog, monkeypatch):
    monkeypatch.setattr("uvicorn.Server.run", lambda self: None)
    serve(ServerConfig(**FAST, **config))
    assert ("no token is set" in caplog.text) is warns


def test_loaded_models_are_logged(caplog):
    caplog.set_level("INFO", "ragzip.server.app")
    server = Service(ServerConfig(**FAST))
    asyncio.run(server._load())
    assert server.is_ready and "extractive/bm25 is loaded, in 0." in caplog.text


def test_a_server_of_its_own_process_takes_what_is_loaded_out_of_collections():
    for owns_process in (False, True):
        frozen_before = gc.get_freeze_count()
        try:
            asyncio.run(Service(ServerConfig(**FAST), owns_process=owns_process)._load())
            assert (gc.get_freeze_count() > frozen_before) == owns_process
        finally:
            gc.unfreeze()


def test_malformed_bodies_get_typed_errors_and_never_5xx(at_length):
    """Whole requests with something in them replaced by a value of another kind, or left out, or cut off."""
    whole_requests = [
        ("/compress", {"documents": [{"id": "a", "text": LONG, "mime": "text/plain", "metadata": {"source": "a.txt"}}],
                       "query": QUESTION, "target_tokens": 20, "protect": ["numbers"], "sources": True}),
        ("/compress", {"messages": MESSAGES, "target_tokens": 40, "least": 5, "protect_recent": 1}),
        ("/v1/compress", {"messages": MESSAGES, "model": "m", "config": {"mode": "ccr", "target_ratio": 0.2}}),
        ("/beta/litellm_basic_guardrail_api", {"structured_messages": MESSAGES, "input_type": "request"}),
    ]  # fmt: skip
    values = [None, True, -1, 10**30, 0.5, "", "x", "\x00", "\ud800", [], [[]], {}, {"role": "tool"}, [None]]
    drawn = random.Random(27)
    app = create_app(ServerConfig(**FAST, fail="closed"))
    for _ in range(500 if at_length else 60):
        path, body = drawn.choice(whole_requests)
        reply = request("POST", path, content=_damaged(body, values, drawn), app=app)
        assert reply.status_code < 500, reply.text
        if reply.status_code != 200:
            assert reply.json()["error"]["type"] in ("invalid_json", "invalid_request", "budget_too_small")


def _damaged(body, values, drawn):
    body = json.loads(json.dumps(body))
    for _ in range(drawn.choice((1, 1, 2))):
        holders = [body]
        for holder in holders:
            inner = holder.values() if isinstance(holder, dict) else holder
            holders += [value for value in inner if isinstance(value, (dict, list)) and value]
        holder = drawn.choice([holder for holder in holders if holder] or [body])
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys:
            continue
        key = drawn.choice(keys)
        if drawn.random() < 0.2:
            del holder[key]
        else:
            holder[key] = drawn.choice(values)
    content = json.dumps(body).encode()
    return content[: drawn.randrange(len(content))] if drawn.random() < 0.1 else content


class Failing:
    name = "failing"

    def compress(self, query, segments, budget):
        raise RuntimeError("broken")


def test_failures_go_back_as_they_came_or_are_errors(monkeypatch):
    body = {"documents": [LONG], "query": QUESTION, "target_tokens": 15}
    monkeypatch.setattr("ragzip.pipeline.shared_compressor", lambda name: Failing())
    reply = post("/compress", body)
    assert reply.status_code == 200 and reply.json()["text"] == LONG
    assert reply.headers["x-ragzip-status"] == "fallback" and "broken" in reply.json()["stats"]["fallback"]
    reply = post("/compress", {"messages": MESSAGES, "target_tokens": 40})
    assert reply.json()["messages"] == MESSAGES and reply.json()["report"][0]["status"] == "failed"
    for path, asked in (("/compress", body), ("/v1/compress", {"messages": MESSAGES, "model": "m"})):
        reply = post(path, asked, config={"fail": "closed"})
        assert reply.status_code == 503 and reply.json()["error"]["type"] == "compression_error"


def test_over_its_queue_it_refuses_and_never_hangs(monkeypatch):
    release, begun = threading.Event(), threading.Semaphore(0)

    class Waiting:
        name = "waiting"

        def compress(self, query, segments, budget):
            begun.release()
            release.wait(20)
            return list(segments)

    monkeypatch.setattr("ragzip.pipeline.shared_compressor", lambda name: Waiting())
    server = Service(ServerConfig(**FAST, workers=1, queue=2))
    body = {"documents": [LONG], "query": QUESTION, "target_tokens": 15}

    async def flood():
        transport = httpx.ASGITransport(server.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://ragzip", timeout=30) as client:
            calls = [asyncio.create_task(client.post("/compress", json=body)) for _ in range(6)]
            while sum(call.done() for call in calls) < 3:
                await asyncio.sleep(0.01)
            assert server.gate.running == 1 and server.gate.waiting == 2
            release.set()
            return await asyncio.gather(*calls)

    replies = asyncio.run(flood())
    assert sorted(reply.status_code for reply in replies) == [200, 200, 200, 429, 429, 429]
    assert all(reply.headers["retry-after"] == "1" for reply in replies if reply.status_code == 429)
    assert server.gate.running == server.gate.waiting == 0


def test_metrics_health_and_names():
    app = create_app(ServerConfig(**FAST))
    post("/compress", {"documents": [LONG], "query": QUESTION, "target_tokens": 15}, app=app)
    post("/compress", {}, app=app)
    figures = request("GET", "/metrics", app=app).text
    assert 'ragzip_requests_total{path="/compress",status="200"} 1.0' in figures
    assert 'ragzip_requests_total{path="/compress",status="422"} 1.0' in figures
    assert 'ragzip_tokens_total{side="out"}' in figures and "ragzip_request_seconds_bucket" in figures
    assert request("GET", "/healthz", app=app).json() == {"status": "alive"}
    assert request("GET", "/readyz", app=app).status_code == 503, "models are loaded when it starts"
    names = request("GET", "/compressors", app=app).json()["compressors"]
    assert "auto" in names and not [name for name in names if name.startswith(("soft/", "abstractive/"))]
    assert "extractive/bm25" in names and "extractive/exit" not in names


def test_nothing_of_a_text_or_a_token_is_logged(caplog):
    caplog.set_level("DEBUG")
    headers = {"authorization": "Bearer s3cret"}
    body = {"documents": [LONG], "query": QUESTION, "target_tokens": 15}
    assert post("/compress", body, config={"token": "s3cret"}, headers=headers).status_code == 200
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert '"path": "/compress"' in logged and '"status": 200' in logged
    assert "mill" not in logged and "s3cret" not in logged


def test_the_page():
    assert "<form" in request("GET", "/").text
    form = {"context": LONG, "query": QUESTION, "target_tokens": "15", "compressor": "extractive/bm25"}
    shown = request("POST", "/", data=form).text
    assert f'<pre dir="auto">{SHORT}</pre>' in shown and "srcdoc=" in shown
    assert re.search(r"→ \d+ tokens \(", shown) and QUESTION in shown.partition("srcdoc=")[2], "figures are in view"
    bad = request("POST", "/", data={**form, "target_tokens": "<b>"})
    assert bad.status_code == 422 and "&lt;b&gt;" in bad.text and "<b>&" not in bad.text
    assert request("POST", "/", data=form, config={"token": "x"}).status_code == 401
    assert request("POST", "/", data={**form, "token": "x"}, config={"token": "x"}).status_code == 200
    large = request("POST", "/", data={"context": "x" * 2**20}, config={"max_mib": 1})
    assert large.status_code == 413 and "<form" in large.text and "raise max_mib" in large.text


def test_settings_from_a_file_the_environment_and_the_command_line(tmp_path):
    for name, content in (("a.toml", 'port = 1\nhost = "a"\nrate = 0.5'), ("a.yaml", "port: 1\nhost: a\nrate: 0.5"),
                          ("a.json", '{"port": 1, "host": "a", "rate": 0.5}')):  # fmt: skip
        (tmp_path / name).write_text(content)
        config = read_config(tmp_path / name, {"RAGZIP_PORT": "2", "RAGZIP_SHADOW": "true", "OTHER": "x"}, host="b")
        assert (config.host, config.port, config.rate, config.shadow) == ("b", 2, 0.5, True)
    (tmp_path / "bad.toml").write_text("port = ")
    (tmp_path / "list.yaml").write_text("- 1")
    (tmp_path / "typo.toml").write_text("prot = 1")
    for file, error, message in (("bad.toml", InputError, "could not be read"), ("list.yaml", InputError, "by name"),
                                 ("none.toml", InputError, "could not be read"),
                                 ("typo.toml", OptionError, "did you mean port")):  # fmt: skip
        with pytest.raises(error, match=message):
            read_config(tmp_path / file, {})
    with pytest.raises(OptionError, match="RAGZIP_PORT"):
        read_config(environment={"RAGZIP_PORT": "x"})
    for bad in ({"port": 70_000}, {"fail": "maybe"}, {"deadline": 0}, {"rate": 2}, {"token": " "}, {"queue": -1}):
        with pytest.raises(OptionError, match=next(iter(bad))):
            ServerConfig(**bad)
    with pytest.raises(UnknownNameError):
        create_app(ServerConfig(compressor="nonsense"))
    assert ServerConfig().working >= 1 == ServerConfig(workers=1).working
