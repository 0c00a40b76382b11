"""Servers that answer late, too much, in part or in another form, and processes that are forked or interrupted."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_server import serving

import ragzip
from ragzip.backends.parallel import at_once
from ragzip.backends.runtimes.server import MAX_ANSWER_BYTES, Server
from ragzip.errors import DeadlineError, ModelError, OptionError
from ragzip.eval.runs.readers import ServerReader, load_reader
from ragzip.process.deadline import CallLimit, limit_scope
from ragzip.testing.contract import of_profile

KEY = 'sk-"Ä/\\key %+&1234567890'
ONCE = {"wait": 0.0}


def fails(server, match="did not answer"):
    with pytest.raises(ModelError, match=match) as caught:
        server.ask(["Where?"], 5)
    return caught


def endless(request, start, piece):
    """Write ``start``, then ``piece`` again and again, until the client hangs up or the test is over."""
    request.hang_up()
    request.write(start)
    while not request.server.over.wait(0.05):
        request.write(piece)


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (HEAD + b"Content-Length: 100000\r\n\r\n", b" "),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (HEAD + b"X-Slow: ", b"x"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b""),
        (HEAD + b"Content-Length: 100000\r\n\r\n", b""),
    ],
)
def test_a_slow_server_ends_at_the_time_limit(start, piece):
    with serving(lambda request: endless(request, start, piece)) as local:
        local.over = threading.Event()
        fails(Server(local.url, "m", timeout=0.4, **ONCE), "no whole answer within 0.4 s")
        assert len(local.seen) == 1 and not local.over.is_set()
        local.over.set()


def test_retries_are_within_the_time_limit():
    with serving(lambda request: request.reply(b"busy", 503)) as local:
        fails(Server(local.url, "m", timeout=0.4, wait=100.0), "within 0.4 s; before that: 503 busy")
        assert len(local.seen) == 1
    reader = load_reader("m", url=local.url, timeout=0.3)
    assert reader.server.timeout == 0.3 and load_reader("m", url=local.url).server.timeout == 120
    assert ragzip.load("abstractive/scope", model="m", url=local.url, timeout=7).rewriter.model.timeout == 7


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), True, "5"])
def test_a_time_limit_is_a_number_of_seconds(timeout):
    with pytest.raises(OptionError, match="timeout: received"):
        Server("http://127.0.0.1:9/v1", "m", timeout=timeout)


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ({"timeout": 5}, "timeout: received one, expected none: the model is no server"),
        ({"adapter": True}, "adapter: received one for a model that is no causal language model"),
        ({"prompt": "{text}"}, "prompt: received one, expected none: the model follows no instructions"),
        ({"dtype": "int8"}, "dtype: received one, expected none: the model is no causal language model"),
        ({"device": "cpu"}, "device: received one, expected none: the model does not run in torch"),
    ],
)
def test_an_option_that_a_rewriter_does_not_have_is_refused(option, reason):
    with pytest.raises(OptionError, match=reason):
        ragzip.load("abstractive/scope", model=ragzip.testing.FakeRewriter(), **option)


@pytest.mark.parametrize("option", [{"dtype": "float32"}, {"device": "cpu"}, {"adapter": True}])
def test_a_server_has_no_options_of_local_models(option):
    with pytest.raises(OptionError, match=f"{next(iter(option))}: received one"):
        ragzip.load("abstractive/scope", model="m", url="http://127.0.0.1:9/v1", **option)


@pytest.mark.parametrize("kind", ["endless", "chunked", "declared"])
def test_an_answer_that_is_too_long_is_not_read(kind):
    piece = b" " * 2**20
    sent = []

    def answer(request):
        request.hang_up()
        if kind == "declared":
            request.write(HEAD + b"Content-Length: %d\r\n\r\n" % (MAX_ANSWER_BYTES + 1))
        else:
            request.write(HEAD + (b"Transfer-Encoding: chunked\r\n\r\n" if kind == "chunked" else b"\r\n"))
        while len(sent) < 64:
            request.write(b"100000\r\n" + piece + b"\r\n" if kind == "chunked" else piece)
            sent.append(len(piece))

    with serving(answer) as local:
        fails(Server(local.url, "m", **ONCE), "an answer of more than 16777216 bytes")
        assert len(local.seen) == 1
    assert sum(sent) < 2 * MAX_ANSWER_BYTES


def test_the_longest_answer():
    text = "a" * (MAX_ANSWER_BYTES - 100)
    with serving(lambda request: request.say(text)) as local:
        assert Server(local.url, "m").ask(["x"], 5) == [text]


@pytest.mark.parametrize(
    "part",
    [
        HEAD + b"Content-Length: 500\r\n\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        HEAD + b'\r\n{"choices": [{"mess',
        HEAD + b"Content-Le",
        b"",
        b"no HTTP at all\r\n\r\n",
    ],
)
def test_an_answer_cut_off_is_asked_for_again(part):
    def answer(request):
        if len(request.server.seen) < 3:
            request.hang_up()
            return request.write(part)
        return request.say("whole")

    with serving(answer) as local:
        assert Server(local.url, "m", **ONCE).ask(["x"], 5) == ["whole"] and len(local.seen) == 3
        local.answer = lambda request: (request.hang_up(), request.write(part))
        fails(Server(local.url, "m", **ONCE))
    assert len(local.seen) == 3 + 5


def test_a_compressed_answer_and_one_nested_too_deep():
    with serving(lambda request: request.reply(b"x", Content_Encoding="gzip")) as local:
        fails(Server(local.url, "m", **ONCE), "compressed")
        assert local.seen[0].headers["Accept-Encoding"] == "identity"
        local.answer = lambda request: request.reply(b"[" * 200_000)
        fails(Server(local.url, "m", **ONCE), "nested too deep")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\ud800"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "message", "content", "text", "type", "usage", "0"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
PARTS = st.lists(VALUES | st.fixed_dictionaries({"type": st.just("text"), "text": VALUES}), max_size=3)
CHOICE = VALUES | st.fixed_dictionaries(
    {"message": VALUES | st.fixed_dictionaries({"content": VALUES | PARTS}), "text": VALUES}
)
COUNTS = st.fixed_dictionaries({"prompt_tokens": VALUES, "completion_tokens": VALUES})
ANSWERS = VALUES | st.fixed_dictionaries(
    {"choices": VALUES | st.lists(CHOICE, max_size=2) | st.dictionaries(st.just("0"), CHOICE)},
    optional={"usage": VALUES | COUNTS},
)


@pytest.fixture(scope="module")
def answering():
    with serving() as local:
        local.reader = ServerReader(local.url, "m", **ONCE)
        yield local


@of_profile(2.5)
@given(answer=ANSWERS, plain=st.booleans())
def test_any_json_gives_a_text_or_a_typed_error(answering, answer, plain):
    answering.answer = lambda request: request.reply(answer)
    try:
        reading = answering.reader.read("Where?", max_tokens=5, plain=plain)
    except ModelError:
        return
    assert reading.text.encode().decode() == reading.text  # UTF-8 can hold it
    assert type(reading.prompt_tokens) is int and reading.prompt_tokens >= 0
    assert type(reading.output_tokens) is int and reading.output_tokens >= 0


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, ""),
        ("a\ud83d\ude00\ud83d", "a😀�"),
        (
            [
                {"type": "text", "text": "a"},
                "b",
                {"type": "image_url", "image_url": {}},
                {"type": "text", "text": None},
            ],
            "ab",
        ),
    ],
)
def test_contents_that_are_read(answering, content, text):
    answering.answer = lambda request: request.reply({"choices": [{"message": {"content": content}}], "usage": [7]})
    assert Server(answering.url, "m").answer("x", 5) == (text, {})


@pytest.mark.parametrize("content", [3, True, {"a": "b"}, [[1]], [{"text": 3}], [None, 4]])
def test_contents_that_are_none(answering, content):
    answering.answer = lambda request: request.reply({"choices": [{"message": {"content": content}}]})
    fails(Server(answering.url, "m", **ONCE), "no choice with a text")


def test_token_counts_that_are_none(answering):
    for count in ("7", -1, float("nan"), 1e400, 2.5, True, None, [3], 10**30):
        usage = {"prompt_tokens": count, "completion_tokens": 3}
        answering.answer = lambda request, usage=usage: request.reply({"choices": [{"text": "x"}], "usage": usage})
        assert Server(answering.url, "m").answer("x", 5, plain=True) == ("x", {"completion_tokens": 3})


def test_one_failure_ends_the_others():
    def answer(request):
        prompt = request.body["messages"][0]["content"]
        return request.reply(b"no", 400) if prompt == "2" else request.server.over.wait(30) and request.say("late")

    with serving(answer) as local:
        local.over = threading.Event()
        with pytest.raises(ModelError, match="400 no"):
            Server(local.url, "m", concurrency=4).ask([str(i) for i in range(50)], 5)
        assert len(local.seen) < 10 and not local.over.is_set()
        local.over.set()


def test_no_more_requests_at_a_time_than_allowed():
    running, most = [], []

    def answer(request):
        running.append(1)
        most.append(len(running))
        time.sleep(0.01)
        running.pop()
        request.say("yes")

    with serving(answer) as local:
        server = Server(local.url, "m", concurrency=3)
        assert at_once(lambda _: server.ask(list("abcdef"), 5), range(3), 3) == [["yes"] * 6] * 3
    assert max(most) <= 3 and len(local.seen) == 18


def test_at_once_cancels_what_has_not_begun():
    begun = []

    def work(i):
        begun.append(i)
        if i == 1:
            raise ValueError("first")
        time.sleep(0.05)

    with pytest.raises(ValueError, match="first"):
        at_once(work, range(100), 2)
    assert len(begun) < 10
    assert at_once(str, range(5), 3) == list("01234")


def test_a_pickled_server_asks_again():
    with serving() as local:
        server = Server(f"{local.url}?api-key=K-123456", "m", key="sk-1234567", timeout=9)
        assert server.ask(["a", "b"], 5) == ["yes", "yes"]
        copy = pickle.loads(pickle.dumps(server))
        assert copy.ask(["a"], 5) == ["yes"] and copy.fingerprint == server.fingerprint and copy.timeout == 9
    assert {request.headers["Authorization"] for request in local.seen} == {"Bearer sk-1234567"}
    assert {request.path for request in local.seen} == {"/v1/chat/completions?api-key=K-123456"}


def python(script, *arguments, **options):
    environment = {**os.environ, "PYTHONPATH": str(Path(ragzip.__file__).parent.parent), **options}
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


@pytest.mark.limits
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_after_a_fork():
    script = """
import os, sys, threading
from ragzip.backends.runtimes.server import Server
server = Server(sys.argv[1], "m", timeout=20)
assert server.ask(["a", "b"], 5) == ["yes", "yes"]
busy = threading.Thread(target=lambda: [server.ask(["c", "d"], 5) for _ in range(20)])
busy.start()
for _ in range(5):
    if (child := os.fork()) == 0:
        os._exit(server.ask(["e", "f"], 5) != ["yes", "yes"])
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
busy.join()
assert server.ask(["g"], 5) == ["yes"]
print("ok")
"""
    with serving() as local:
        output, errors = python(script, local.url).communicate(timeout=60)
    assert output == "ok\n" and not errors and len(local.seen) == 2 + 40 + 10 + 1


def test_a_call_that_is_over_ends_requests():
    with serving(lambda request: request.server.over.wait(60)) as local:
        local.over = threading.Event()
        server, limit = Server(local.url, "m"), CallLimit(0.2)
        for prompts in (["a"], ["b", "c"]):
            with limit_scope(limit), pytest.raises(DeadlineError, match=r"0\.2 seconds"):
                at_once(lambda prompt: server.ask([prompt], 5), prompts, 2)
        limit = CallLimit()
        threading.Timer(0.2, limit.cancel).start()
        with limit_scope(limit), pytest.raises(DeadlineError, match="cancelled"):
            server.ask(["d"], 5)
        assert not local.over.is_set()
        local.over.set()


@pytest.mark.limits
@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_ctrl_c_ends_requests():
    script = """
import sys, ragzip
texts = ["The mill burned. " * n for n in (20, 60, 200)]
compressor = ragzip.load("abstractive/scope", model="m", url=sys.argv[1], timeout=600,
                         chooser=ragzip.load("extractive/bm25"), embedder=ragzip.testing.FakeEmbedder())
try:
    ragzip.compress(texts, "mill", rate=0.5, compressor=compressor, cache=False)
except KeyboardInterrupt:
    print("interrupted")
"""
    with serving(lambda request: request.server.over.wait(60)) as local:
        local.over = threading.Event()
        process = python(script, local.url)
        while not local.seen and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=50)
        assert not local.over.is_set() and output == "interrupted\n", errors
        local.over.set()
