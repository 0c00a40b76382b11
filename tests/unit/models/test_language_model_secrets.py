"""Servers: keys and passwords go to their own origin alone, and stand in no message, log, name, file or fingerprint."""

import json
import traceback
from base64 import b64encode
from html import escape
from urllib.parse import quote, quote_plus

import pytest
from click.testing import CliRunner
from local_server import serving

from ragzip.backends.runtimes.redaction import Redactor
from ragzip.backends.runtimes.server import Server
from ragzip.cli import app
from ragzip.errors import ModelError, OptionError
from ragzip.eval.record import NONE, Arm
from ragzip.eval.runs.readers import ServerReader, load_reader
from ragzip.eval.runs.records import read_records
from ragzip.eval.runs.runner import run
from ragzip.eval.suites.load import load_suite

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


def test_long_texts_are_read_in_part():
    redacted = Redactor(["\\\\x-1234567"])
    for text in ("\\" * 10**6, "\\\\x-123456" * 10**5, "a" * 10**7):
        assert len(redacted(text)) < 400 and "1234567" not in redacted(text)
    assert redacted("\\\\\\x-1234567 \\\\\\\\x-1234567") == "*** ***"


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


def test_files_of_a_run_hold_no_secrets(tmp_path):
    (tmp_path / "q.jsonl").write_text('{"question": "Where?", "answers": ["Oslo"], "context": "Oslo. It rained."}')
    suite = load_suite(tmp_path / "q.jsonl")
    with serving(lambda request: request.reply({"error": [request.path, *request.headers.values()]}, 401)) as local:
        place = local.url.removeprefix("http://")
        readers = [ServerReader(f"{local.url}?api-key=K-123456", "m", key="sk-1234567")]
        readers.append(load_reader("m", url=f"http://me-myself:p%40ss-word@{place}"))
        for number, reader in enumerate(readers):
            run(suite.examples, [Arm(NONE)], out=tmp_path / "runs" / str(number), suite="own", reader=reader)
            (record,) = read_records(tmp_path / "runs" / str(number))
            assert (
                "401" in record.error and "***" in record.error and record.fingerprints["reader"] == reader.fingerprint
            )
    text = "".join(path.read_text("utf-8") for path in (tmp_path / "runs").rglob("*") if path.is_file())
    for secret in (
        "K-123456",
        "sk-1234567",
        "me-myself",
        "p@ss-word",
        "p%40ss",
        b64encode(b"me-myself:p@ss-word").decode(),
    ):
        assert secret not in text


def test_the_command_line_shows_no_secrets(tmp_path):
    (tmp_path / "a.txt").write_text("The mill burned down in 1902. It rained. " * 20)
    arguments = ["compress", str(tmp_path / "a.txt"), "-q", "When did the mill burn?", "-c", "abstractive/recomp"]
    with serving(lambda request: request.reply({"error": [request.path, *request.headers.values()]}, 401)) as local:
        for url, key in ((f"{local.url}?k=K-123456", "sk-1234567\n"), (f"{local.site}:K-123456/v1", "sk-1234567"),
                         (local.url, "sk-12\n34567")):  # fmt: skip
            done = CliRunner().invoke(app, [*arguments, "-m", "m", "--url", url, "--key", key, "--timeout", "30"])
            assert done.exit_code == 1 and done.output.startswith("ragzip: ") and done.output.count("\n") == 1
            assert "K-123456" not in done.output and "34567" not in done.output and "Traceback" not in done.output
    assert len(local.seen) == 1


def test_a_proxy_of_the_environment(monkeypatch):
    monkeypatch.setenv("no_proxy", "")
    with serving(lambda request: request.say("by proxy")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.site.removeprefix("http://"))
        assert Server("http://model.invalid/v1", "m").ask(["a"], 5) == ["by proxy"]
        assert proxy.seen[0].path == "http://model.invalid/v1/chat/completions"
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        with serving() as direct:
            assert Server(direct.url, "m").ask(["a"], 5) == ["yes"]
    for address in ("http://me:pr-secret@h:port", "gopher://me:pr-secret@h"):
        monkeypatch.setenv("http_proxy", address)
        error = fails(Server("http://model.invalid/v1", "m", **ONCE), "proxy")
        assert "pr-secret" not in str(error.value)
