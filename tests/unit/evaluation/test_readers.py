import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import MappingProxyType

import pytest
from decisions import Agent, conversation
from local_server import serving

from ragzip.errors import ModelError, OptionError
from ragzip.eval.runs.readers import ChatReader, Decider, Reader, ServerReader, load_reader


@contextmanager
def server(*statuses):
    """A server with OpenAI's protocol that answers with ``statuses`` in turn, then with 200."""
    seen, left = [], list(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.append((self.path, body, self.headers.get("Authorization")))
            status = left.pop(0) if left else 200
            prompt = body.get("prompt") or body["messages"][0]["content"]
            choice = {"text": f"on: {prompt}"} if "prompt" in body else {"message": {"content": f"re: {prompt}"}}
            usage = {"prompt_tokens": 7, "completion_tokens": 3}
            data = json.dumps({"choices": [choice], "usage": usage} if status == 200 else {"error": "busy"}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as found:
        threading.Thread(target=found.serve_forever, args=[0.02], daemon=True).start()
        try:
            yield f"http://127.0.0.1:{found.server_port}/v1", seen
        finally:
            found.shutdown()


def test_a_server():
    with server() as (url, seen):
        reader = load_reader("small", url=url, key="secret")
        reading = reader.read("Where?", max_tokens=9)
        assert reading.text == "re: Where?" and reading[1:3] == (7, 3) and reading.seconds > 0
        assert reader.read("Go on", max_tokens=9, plain=True).text == "on: Go on"
    (path, body, key), (plain, *_) = seen
    assert path == "/v1/chat/completions" and plain == "/v1/completions" and key == "Bearer secret"
    assert body["model"] == "small" and body["max_tokens"] == 9 and body["temperature"] == 0


def test_what_passes_is_asked_again():
    with server(429, 503) as (url, seen):
        assert ServerReader(url, "m", wait=0.01).read("x", max_tokens=1).text == "re: x" and len(seen) == 3
    with server(*[500] * 9) as (url, seen), pytest.raises(ModelError, match="500"):
        ServerReader(url, "m", wait=0.01).read("x", max_tokens=1)
    assert len(seen) == 5
    with server(400) as (url, seen), pytest.raises(ModelError, match="400"):
        ServerReader(url, "m", wait=0.01).read("x", max_tokens=1)
    assert len(seen) == 1


def test_no_server():
    with pytest.raises(ModelError, match="did not answer"):
        ServerReader("http://127.0.0.1:9/v1", "m", wait=0.0).read("x", max_tokens=1)
    with pytest.raises(OptionError, match="localhost:8000"):
        ServerReader("localhost:8000", "m")


def test_a_chat_model():
    fakes = pytest.importorskip("langchain_core.language_models.fake_chat_models")
    reader = load_reader(fakes.FakeListChatModel(responses=["Norway", "France"]))
    assert isinstance(reader, ChatReader) and isinstance(reader, Reader)
    first, second = reader.read("Where is Oslo?", max_tokens=5), reader.read("Where is Paris?", max_tokens=5)
    assert (first.text, second.text) == ("Norway", "France") and first.prompt_tokens > 3 and first.output_tokens >= 1


def test_a_chat_model_that_answers_in_parts():
    class Message:
        content = ("Nor", {"type": "text", "text": "way"})
        usage_metadata = MappingProxyType({"input_tokens": 11, "output_tokens": 2})

    class Model:
        model_name = "parts"

        def invoke(self, prompt):
            return Message

    reading = ChatReader(Model()).read("?", max_tokens=5)
    assert reading.text == "Norway" and reading[1:3] == (11, 2) and ChatReader(Model()).name == "parts"


def test_no_reader_and_no_reader_at_all():
    assert load_reader(None) is None and load_reader("none") is None
    with pytest.raises(OptionError, match="chat model"):
        load_reader(3)
    with pytest.raises(OptionError, match="name of a model"):
        load_reader(None, url="http://127.0.0.1:9/v1")


def test_the_next_turn_of_a_conversation_from_a_server():
    calls = [{"id": "2", "type": "function", "function": {"name": "retry_batch", "arguments": '{"id": 4100.0}'}}]
    usage = {"prompt_tokens": 900, "completion_tokens": 12}
    answers = [{"content": None, "tool_calls": calls}, {"content": "Done."}, {"content": "", "tool_calls": [{"id": 1}]}]

    def answer(request):
        request.reply({"choices": [{"message": answers[len(local.seen) - 1]}], "usage": usage})

    messages, tools = (conversation(4100)[name] for name in ("messages", "tools"))
    with serving(answer) as local:
        reader = load_reader("small", url=local.url)
        assert isinstance(reader, Decider) and not reader.deterministic
        turn = reader.decide(messages, tools, max_tokens=99)
        assert turn.text == "" and turn.calls == (("retry_batch", '{"id": 4100.0}'),) and turn[2:4] == (900, 12)
        assert reader.decide(messages, tools, max_tokens=99).text == "Done."
        with pytest.raises(ModelError, match="no choice with a text"):
            reader.decide(messages, tools, max_tokens=99)
    body = local.seen[0].body
    assert body["messages"] == messages and body["tools"] == tools and body["max_tokens"] == 99


def test_the_next_turn_of_a_chat_model():
    agent = Agent()
    reader = load_reader(agent)
    messages, tools = (conversation(4100)[name] for name in ("messages", "tools"))
    turn = reader.decide(messages, tools, max_tokens=99)
    assert turn.calls == (("retry_batch", {"id": 4100.0}),) and turn.prompt_tokens > 700 and turn.output_tokens > 3
    assert [message.type for message in agent.prompts[0]] == ["human", "ai", "tool"]
    assert agent.prompts[0][1].tool_calls[0]["args"] == {"path": "import.log"}
    fakes = pytest.importorskip("langchain_core.language_models.fake_chat_models")
    with pytest.raises(OptionError, match="cannot call tools"):
        load_reader(fakes.FakeListChatModel(responses=["x"])).decide(messages, tools, max_tokens=9)
