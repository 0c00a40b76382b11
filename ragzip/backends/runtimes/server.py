"""Requests to a server with OpenAI's chat completions, over HTTP with httpx.

httpx's transport is used by itself: no URL is logged, no cookie is kept, and a redirect is followed only where
:meth:`Server._redirected` says so.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import ssl
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from functools import cache
from typing import Any, TypeVar

import httpx
from tenacity import AsyncRetrying

from ragzip.backends.parallel import in_background, together
from ragzip.backends.runtimes.address import Address, origin, without_secrets
from ragzip.backends.runtimes.redaction import Redactor
from ragzip.backends.runtimes.replies import calls_of_message, count_of, text_of_content
from ragzip.backends.runtimes.retrying import (
    RETRYABLE_STATUSES,
    TIMEOUT_SECONDS,
    WAIT_SECONDS,
    retries,
)
from ragzip.checks import seconds, whole_number
from ragzip.errors import ModelError, reason_of

__all__ = ["MAX_ANSWER_BYTES", "Server"]

Value = TypeVar("Value")
MAX_ANSWER_BYTES = 16 * 2**20
_MAX_ERROR_BYTES = 8 * 2**10  # of an error message, or of an invalid answer
_CONNECT_TIMEOUT_SECONDS = 10.0
_MAX_REDIRECTS = 5
_HEADERS = [
    (b"Content-Type", b"application/json"),
    (b"Accept", b"application/json"),
    (b"Accept-Encoding", b"identity"),
    (b"User-Agent", b"ragzip"),
]
_FOLLOWED_STATUSES = {307, 308}
_REFUSED_STATUSES = {301, 302, 303}  # they turn what is sent into a GET without it

_asking: ContextVar[bool] = ContextVar("ragzip_asking", default=False)
# at DEBUG it logs the headers of answers, where a server may repeat secrets; other users' requests are still logged
logging.getLogger("httpcore.http11").addFilter(lambda record: not _asking.get())


class _FailedRequest(Exception):
    """A failed request, with a reason that may hold secrets.

    :param is_transient: whether the same request may succeed later.
    :param cut_off: the reason is the beginning of a longer text.
    """

    def __init__(self, reason: str, *, is_transient: bool, cut_off: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.is_transient, self.cut_off = reason, is_transient, cut_off


@cache
def _tls() -> ssl.SSLContext:
    """The certificates that this system trusts; reading them takes long."""
    return ssl.create_default_context()


class _Connections:
    """The connections of one server in one event loop, with a limit on concurrent requests."""

    def __init__(self, address: Address, concurrency: int) -> None:
        self.loop = asyncio.get_running_loop()
        self.free = asyncio.Semaphore(concurrency)
        self.process = os.getpid()
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=concurrency)
        try:
            self.transport: httpx.AsyncHTTPTransport | None = httpx.AsyncHTTPTransport(
                verify=_tls(), limits=limits, proxy=address.proxy()
            )
        except (ImportError, ValueError, httpx.InvalidURL):  # its message may hold the proxy's password
            self.transport = None

    def close(self) -> None:
        """Close the connections, from any thread, but not those of a parent process."""
        if self.transport is not None and self.process == os.getpid() and not self.loop.is_closed():
            asyncio.run_coroutine_threadsafe(self.transport.aclose(), self.loop)


class Server:
    """A server with OpenAI's protocol: vLLM, llama.cpp, Ollama, a gateway, OpenAI.

    Requests that fail for a transient reason (429, 5xx, a lost connection, a truncated answer) are retried four times,
    within the time limit. The temperature is 0. The key, the user and password in the URL and the values of its query
    are sent with each request, and are in no message, name or fingerprint; a pickle holds them, since an unpickled
    server needs them. Redirects to another scheme, host or port are refused. Another account at the same address has
    the same fingerprint: it is the same model.

    :param url: up to the version, such as "http://localhost:8000/v1", maybe with ``user:password@`` (Basic auth) and a
        query. ``self.url`` is its public part.
    :param model: its name on the server.
    :param key: sent as the bearer token.
    :param wait: seconds before the first retry.
    :param timeout: seconds for one whole answer, retries and waits included. A connection may take 10 of them.
    :param concurrency: the largest number of prompts at the same time.
    :raises OptionError: no address, an invalid key, or a number outside its range.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        key: str | None = None,
        wait: float = WAIT_SECONDS,
        timeout: float = TIMEOUT_SECONDS,
        concurrency: int = 16,
    ) -> None:
        self.address = Address.read(url, key)
        self.url, self.model, self.wait = self.address.shown, model, wait
        self.timeout, self.concurrency = seconds(timeout, "timeout"), whole_number(concurrency, "concurrency", least=1)
        self.name = model
        self.fingerprint = f"server:{self.address.fingerprint}:{model}"
        self._redacted = Redactor(self.address.secrets)
        self._connections: _Connections | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_connections": None}

    def ask(self, prompts: Sequence[str], max_tokens: int) -> list[str]:
        """The answer to each prompt, at most ``max_tokens`` tokens long; prompts are sent concurrently.

        :raises ModelError: no answer to a prompt; the other requests are cancelled.
        """
        answers = in_background(together([self._answer(prompt, max_tokens, plain=False) for prompt in prompts]))
        return [text for text, _ in answers]

    def answer(self, prompt: str, max_tokens: int, *, plain: bool = False) -> tuple[str, dict[str, int]]:
        """The likeliest answer, and the token counts of the server ("prompt_tokens", "completion_tokens").

        :param plain: continue the prompt as it is; else it is a message in the chat format.
        :raises ModelError: no answer within the time limit, or an invalid one.
        """
        return in_background(self._answer(prompt, max_tokens, plain=plain))

    def turn(
        self, messages: Sequence[Any], tools: Sequence[Any], max_tokens: int
    ) -> tuple[tuple[str, tuple[tuple[str, Any], ...]], dict[str, int]]:
        """The likeliest next turn of a conversation, its text and its calls of tools as (name, arguments), and the
        token counts of the server.

        :param messages: of OpenAI's chat completions, as ``tools`` are.
        :raises ModelError: no answer within the time limit, or an invalid one.
        """
        fields = {"messages": list(messages)} | ({"tools": list(tools)} if tools else {})
        return in_background(self._first_choice("chat/completions", self._request(max_tokens, fields), _turn_of))

    async def _answer(self, prompt: str, max_tokens: int, *, plain: bool) -> tuple[str, dict[str, int]]:
        fields = {"prompt": prompt} if plain else {"messages": [{"role": "user", "content": prompt}]}
        path = "completions" if plain else "chat/completions"
        return await self._first_choice(path, self._request(max_tokens, fields), _plain_text_of if plain else _text_of)

    async def _first_choice(
        self, path: str, content: bytes, value_of: Callable[[Any], Value]
    ) -> tuple[Value, dict[str, int]]:
        """The value that ``value_of`` reads from the first choice of the answer, and the token counts."""
        failures: list[_FailedRequest] = []
        _asking.set(True)  # of this task alone

        async def attempt() -> tuple[Value, dict[str, int]]:
            try:
                return _read(await self._body(self.address.below(path), content), value_of)
            except _FailedRequest as failure:
                failures.append(failure)
                raise

        try:
            async with self._open().free, asyncio.timeout(self.timeout):
                return await AsyncRetrying(**retries(_is_transient, self.wait))(attempt)
        except (_FailedRequest, TimeoutError) as error:
            is_late = isinstance(error, TimeoutError)
        raise self._no_answer(failures, f"no whole answer within {self.timeout:g} s" if is_late else "")

    def _request(self, max_tokens: int, fields: Mapping[str, Any]) -> bytes:
        return json.dumps({"model": self.model, "max_tokens": max_tokens, "temperature": 0, **fields}).encode()

    def _no_answer(self, failures: Sequence[_FailedRequest], late: str) -> ModelError:
        """The error for failed requests: the only place that quotes a server or a library, without secrets."""
        reasons = [self._redacted(failure.reason, cut_off=failure.cut_off) for failure in failures[-1:]]
        return ModelError(
            f"model: {self.url} did not answer ({'; before that: '.join(filter(None, [late, *reasons]))})."
        )

    def _open(self) -> _Connections:
        """The connections of this process; called in the event loop."""
        connections = self._connections
        if connections is None or connections.loop is not asyncio.get_running_loop():
            self._connections = connections = _Connections(self.address, self.concurrency)
            weakref.finalize(self, connections.close).atexit = False
        return connections

    async def _body(self, url: httpx.URL, content: bytes) -> bytes:
        """The body of the answer to one request."""
        try:
            for _ in range(_MAX_REDIRECTS + 1):
                response = await self._send(url, content)
                try:
                    if response.status_code not in _FOLLOWED_STATUSES | _REFUSED_STATUSES:
                        return await _body_of(response)
                    url = self._redirected(url, response)
                finally:
                    await response.aclose()
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
            failure = _FailedRequest(_description(error), is_transient=False)
        except (httpx.TransportError, OSError) as error:
            failure = _FailedRequest(_description(error), is_transient=True)
        else:
            failure = _FailedRequest(f"more than {_MAX_REDIRECTS} redirects", is_transient=False)
        raise failure

    async def _send(self, url: httpx.URL, content: bytes) -> httpx.Response:
        transport = self._open().transport
        if transport is None:
            raise _FailedRequest(
                "the proxy that the environment names (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY) cannot be used: expected an "
                "address such as http://proxy:3128",
                is_transient=False,
            )
        timeouts = httpx.Timeout(None, connect=_CONNECT_TIMEOUT_SECONDS)  # other phases end with the time limit
        request = httpx.Request(
            "POST",
            url,
            headers=[*_HEADERS, *self.address.headers],
            content=content,
            extensions={"timeout": timeouts.as_dict()},
        )
        return await transport.handle_async_request(request)

    def _redirected(self, url: httpx.URL, response: httpx.Response) -> httpx.URL:
        """The target of a redirect within the same origin, with the query."""
        status_code = response.status_code
        try:
            target: httpx.URL | None = url.join(response.headers.get("location", ""))
        except (httpx.InvalidURL, ValueError, TypeError):
            target = None
        if target is None or not target.host or "location" not in response.headers:
            raise _FailedRequest(f"a redirect ({status_code}) to no address", is_transient=False)
        if origin(target) != origin(url):
            target_origin = without_secrets(target.copy_with(path="/")).rstrip("/")
            raise _FailedRequest(
                f"a redirect ({status_code}) to another origin, {target_origin}, where neither the key nor the text is "
                "sent. If it is to be trusted, give it as url",
                is_transient=False,
            )
        if status_code in _REFUSED_STATUSES:
            raise _FailedRequest(
                f"a redirect ({status_code}) to {without_secrets(target)} that would lose what is sent, expected 307 "
                "or 308. Give the address that it leads to as url",
                is_transient=False,
            )
        return self.address.with_query(httpx.URL(without_secrets(target), params=target.params))


async def _body_of(response: httpx.Response) -> bytes:
    """The body, of at most :data:`MAX_ANSWER_BYTES`."""
    is_success = response.is_success
    if is_success and response.headers.get("content-encoding", "identity").lower() != "identity":
        raise _FailedRequest("a compressed answer, which was not asked for", is_transient=False)
    max_bytes = MAX_ANSWER_BYTES if is_success else _MAX_ERROR_BYTES
    declared_length = response.headers.get("content-length", "")
    body = bytearray()
    is_too_long = declared_length.isascii() and declared_length.isdigit() and float(declared_length) > max_bytes
    if not (is_success and is_too_long):
        async for chunk in response.aiter_raw():
            body += chunk[: max_bytes + 1 - len(body)]
            if len(body) > max_bytes:
                is_too_long = True
                break
    if is_success and is_too_long:
        raise _FailedRequest(f"an answer of more than {MAX_ANSWER_BYTES} bytes", is_transient=False)
    if not is_success:
        failure_text = f"{response.status_code} {body.decode('utf-8', 'replace')}"
        raise _FailedRequest(failure_text, is_transient=response.status_code in RETRYABLE_STATUSES, cut_off=is_too_long)
    return bytes(body)


def _plain_text_of(choice: Any) -> str:
    return text_of_content(choice["text"])


def _text_of(choice: Any) -> str:
    return text_of_content(choice["message"]["content"])


def _turn_of(choice: Any) -> tuple[str, tuple[tuple[str, Any], ...]]:
    """The text and the calls of tools of a choice; a message of calls may have no text."""
    message = choice["message"]
    return text_of_content(message.get("content")), calls_of_message(message)


def _read(body: bytes, value_of: Callable[[Any], Value]) -> tuple[Value, dict[str, int]]:
    """The value that ``value_of`` reads from the first choice of an answer, and the token counts."""
    answer: Any = None
    problem, is_transient = "", False
    try:
        answer = json.loads(body)
    except RecursionError:
        problem = "JSON nested too deep"
    except ValueError:  # it may be truncated
        problem, is_transient = "no JSON", True
    if not problem:
        try:
            value = value_of(answer["choices"][0])
        except (LookupError, TypeError, AttributeError):
            problem = "no choice with a text"
    if problem:
        answer_start = body[:_MAX_ERROR_BYTES].decode("utf-8", "replace")
        raise _FailedRequest(
            f"{problem} in the answer: {answer_start}", is_transient=is_transient, cut_off=len(body) > _MAX_ERROR_BYTES
        )
    usage = answer.get("usage")
    counts = {field: count_of(usage, field) for field in ("prompt_tokens", "completion_tokens")}
    return value, {field: count for field, count in counts.items() if count is not None}


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, _FailedRequest) and error.is_transient


def _description(error: Exception) -> str:
    return reason_of(error) if str(error) else type(error).__name__
