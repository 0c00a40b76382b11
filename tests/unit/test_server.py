"""Servers that answer late, too much, in part, elsewhere or in another form. Every one of them runs on 127.0.0.1."""

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import traceback
from base64 import b64encode
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from local_server import serving

import ragzip
from ragzip.backends.parallel import at_once
from ragzip.backends.server import MAX_ANSWER_BYTES, Server
from ragzip.errors import ModelError, OptionError
from ragzip.eval.readers import ServerReader, load_reader

KEY = 'sk-"Ä/\\key %+&1234567890'
ONCE = {"wait": 0.0}


def fails(server, match="did not answer"):
    with pytest.raises(ModelError, match=match) as caught:
        server.ask(["Where?"], 5)
    return caught


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_origin_is_refused(status):
    with serving() as other, serving() as first:
        first.answer = lambda request: request.reply(
            b"", status, Location=f"http://u:p@127.0.0.1:{other.server_port}/?t=x"
        )
        error = fails(Server(first.url, "m", key="sk-1234567", **ONCE), "another origin")
    assert not other.seen and len(first.seen) == 1 and other.site in str(error.value)
    assert "u:p" not in str(error.value) and "t=x" not in str(error.value)


@pytest.mark.parametrize(
    "location", ["https://127.0.0.1:{port}/v1", "http://localhost:{port}/v1", "//127.0.0.1:1/", "ftp://x/"]
)
def test_another_scheme_host_or_port_is_another_origin(location):
    with serving() as server:
        server.answer = lambda request: request.reply(b"", 307, Location=location.format(port=server.server_port))
        fails(Server(server.url, "m", key="sk-1234567", **ONCE), "another origin")
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_within_the_origin_keeps_what_is_sent(status):
    def answer(request):
        if request.path.startswith("/v1/"):
            return request.reply(b"", status, Location="/v2/x?api-key=other&lang=en")
        return request.say("moved")

    with serving(answer) as server:
        assert Server(f"{server.url}?api-key=K-123456", "m", key="sk-1234567").ask(["Where?"], 5) == ["moved"]
    first, second = server.seen
    assert second.command == "POST" and second.body == first.body
    assert second.headers["Authorization"] == first.headers["Authorization"] == "Bearer sk-1234567"
    assert second.path == "/v2/x?lang=en&api-key=K-123456" and first.path == "/v1/chat/completions?api-key=K-123456"


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_that_loses_the_question_is_refused(status):
    with serving(lambda request: request.reply(b"", status, Location="/v2/x?t=secret")) as server:
        error = fails(Server(server.url, "m", **ONCE), "expected 307 or 308")
    assert len(server.seen) == 1 and "/v2/x" in str(error.value) and "secret" not in str(error.value)


def test_redirects_come_to_an_end():
    with serving(lambda request: request.reply(b"", 307, Location=request.path)) as server:
        fails(Server(server.url, "m", **ONCE), "redirects")
        server.answer = lambda request: request.reply(b"", 307)
        fails(Server(server.url, "m", **ONCE), "to no address")
        server.answer = lambda request: request.reply(b"", 307, Location="http://h:port/")
        fails(Server(server.url, "m", **ONCE), "to no address")
    assert len(server.seen) == 8


def writings(secret):
    """A secret as servers write it back."""
    as_json = json.dumps(secret)[1:-1]
    yield from (secret, quote(secret), quote(secret, safe=""), quote_plus(secret), quote(quote(secret, safe="")))
    yield from (as_json, json.dumps(as_json)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1])
    yield from (escape(secret), "".join(f"&#{ord(c)};" for c in secret), "".join(f"\\u{ord(c):04X}" for c in secret))
    yield "".join(f"%{ord(c):02x}" if c.isascii() and c.isalpha() else quote(c) for c in secret)


SECRETS = {
    KEY: ("{url}", KEY),
    "p@ss/w:rd": ("http://me-myself:p%40ss%2Fw%3Ard@{place}", None),
    "me-myself": ("http://me-myself:p%40ss%2Fw%3Ard@{place}", None),
    "q+u&ery": ("{url}?api-key=q%2Bu%26ery&x=1", "sk-1234567"),
    b64encode(b"me-myself:p@ss/w:rd").decode(): ("http://me-myself:p%40ss%2Fw%3Ard@{place}", None),
}


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_are_in_no_message(secret, caplog):
    caplog.set_level("DEBUG")
    echoes = list(writings(secret))
    with serving() as local:
        url, key = SECRETS[secret]
        address = url.format(url=local.url, place=local.url.removeprefix("http://"))
        server = Server(address, "m", key=key, **ONCE)
        shown = [repr(server), repr(vars(server)), server.fingerprint, server.name, server.url]
        for echo in echoes:
            for status in (401, 200):
                local.answer = lambda request, echo=echo, status=status: request.reply(
                    f"{{'error': 'Incorrect: {echo}. {echo}x'}}".encode(), status
                )
                error = fails(server)
                assert "Incorrect" in str(error.value) or secret == "me-myself"
                shown += traceback.format_exception(error.value), repr(error.value)
                assert error.value.__cause__ is None and error.value.__context__ is None
    text = f"{shown} {caplog.text}"
    left = [echo for echo in echoes if echo in text or echo[:-1] in text]
    assert not left and server.url == local.url and "***" in text


def test_headers_with_secrets_are_not_logged(caplog):
    caplog.set_level("DEBUG")

    def answer(request):
        request.hang_up()
        request.write(b"HTTP/1.1 401 Not sk-1234567\r\nX-Key: sk-1234567\r\nSet-Cookie: k=sk-1234567\r\n\r\n")

    with serving(answer) as local:
        error = fails(Server(f"{local.url}?k=K-123456", "m", key="sk-1234567", **ONCE), "401")
    assert "sk-1234567" not in f"{error.value} {caplog.text}" and "K-123456" not in caplog.text


def test_a_secret_cut_in_two_is_not_shown():
    def answer(request):
        request.reply(("x" * 200 + KEY * 2000).encode(), 500)

    with serving(answer) as local:
        text = str(fails(Server(local.url, "m", key=KEY, **ONCE)).value)
    assert "***" in text and "sk-" not in text and "1234" not in text and len(text) < 500
    with serving(lambda request: request.reply((KEY * 2000).encode(), 500)) as local:
        text = str(fails(Server(local.url, "m", key=KEY, **ONCE)).value)
    assert "sk-" not in text and "1234" not in text


def test_what_belongs_to_an_account_is_sent():
    with serving() as local:
        place = local.url.removeprefix("http://")
        Server(f"http://me:p%40ss@{place}?api-version=2&api-key=K", "m").ask(["a"], 1)
        Server(local.url, "m", key=f" \t{KEY}\r\n").ask(["a"], 1)
        Server(local.url, "m", key="  ").ask(["a"], 1)
    basic, bearer, none = (request.headers["Authorization"] for request in local.seen)
    assert basic == "Basic bWU6cEBzcw==" and bearer == f"Bearer {KEY}" and none is None
    assert local.seen[0].path == "/v1/chat/completions?api-version=2&api-key=K"


@pytest.mark.parametrize("key", ["sk-12\n34567", "sk-12\0", "sk-日本", "sk\x7f", "sk\x85k", b"sk-bytes", 17])
def test_a_key_that_no_header_holds(key):
    with pytest.raises(OptionError, match="key: received") as caught:
        Server("http://127.0.0.1:9/v1", "m", key=key)
    assert "sk" not in str(caught.value) and "17" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "user:pw-secret@host/v1",
        "http://user:pw/secret@host",
        "http://user:12/secret@host/v1",
        "http://u:pw-secret@/v1",
        "http://u:pw-secret@h:99999/",
        "http://u:pw-secret@h\n/",
        "http://?k=secret",
        "ftp://u:pw-secret@h",
        5,
        None,
    ],
)
def test_an_address_that_cannot_be_read_is_not_shown(url):
    for use in (Server, lambda url, model: load_reader(3, url=url), lambda url, model: ServerReader(url, model)):
        if url is not None or use is Server:
            with pytest.raises(OptionError, match="received") as caught:
                use(url, "m")
            assert "secret" not in str(caught.value) and "pw" not in str(caught.value)
            assert caught.value.__context__ is None


def test_one_account_at_a_time():
    with pytest.raises(OptionError, match="expected one of the two") as caught:
        Server("http://me:p4ss@127.0.0.1/v1", "m", key="sk-1234567")
    assert "p4ss" not in str(caught.value) and "sk-" not in str(caught.value)


def test_what_tells_servers_apart():
    def mark(url, model="m", key=None):
        return Server(url, model, key=key).fingerprint

    same = mark("http://h/v1")
    assert same == "server:http://h/v1:m" == mark("http://me:pw@h/v1") == mark("http://h:80/v1/", key="k")
    assert same == mark("HTTP://H/v1?api-key=1") == mark("http://h/v1?sig=2&code=3")
    others = ["https://h/v1", "http://h:8080/v1", "http://h/v2", "http://h/v1?deployment=a", "http://h/v1?deployment=b"]
    marks = [same, *map(mark, others), mark("http://h/v1", "n"), mark("http://h/v1:a", "b"), mark("http://h/v1", "a:b")]
    assert len(set(marks)) == len(marks) and "=a" not in "".join(marks)


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
    with pytest.raises(OptionError, match="timeout: received one for a model that"):
        ragzip.load("abstractive/scope", model=ragzip.testing.FakeRewriter(), timeout=5)


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


@settings(max_examples=400, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(answer=ANSWERS, plain=st.booleans())
def test_any_json_gives_a_text_or_a_typed_error(answering, answer, plain):
    answering.answer = lambda request: request.reply(answer)
    try:
        reading = answering.reader.read("Where?", max_tokens=5, plain=plain)
    except ModelError:
        return
    assert reading.text.encode() is not None
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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_after_a_fork():
    script = """
import os, sys, threading
from ragzip.backends.server import Server
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
