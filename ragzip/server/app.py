"""The routes of the server, and what every request goes through: token, size, gate, deadline, figures, log."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from ragzip.errors import DeadlineError, needs_extra, reason_of

with needs_extra("serve"):
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.requests import ClientDisconnect, Request
    from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
    from starlette.routing import Route

from ragzip.api import pipeline_of
from ragzip.errors import RagzipError
from ragzip.process.deadline import CallLimit
from ragzip.server.bodies import RequestBody, read_body
from ragzip.server.calls import Calls, Reply, served_compressors
from ragzip.server.config import ServerConfig
from ragzip.server.errors import RequestError
from ragzip.server.gate import Gate
from ragzip.server.metrics import CONTENT_TYPE_LATEST, Metrics
from ragzip.server.page import page
from ragzip.types import Document

__all__ = ["Service", "create_app"]

_log = logging.getLogger(__name__)
_CLIENT_GONE = 499
Call = Callable[..., Reply]


def create_app(config: ServerConfig | None = None) -> Starlette:
    """The ASGI application of a server with these settings.

    :raises MissingExtraError: starlette or prometheus-client is not installed.
    :raises RagzipError: a compressor that is not registered.
    """
    return Service(config or ServerConfig()).app


class Service:
    """A server: its settings, calls and figures.

    :ivar app: the ASGI application.
    """

    def __init__(self, config: ServerConfig) -> None:
        self.config, self.calls, self.metrics = config, Calls(config), Metrics()
        self.gate = Gate(config.working, config.queue)
        self.is_ready = False
        self.failure: str | None = None
        self.app = Starlette(
            routes=[
                self._route("/compress", self.calls.compress),
                self._route("/v1/compress", self.calls.gateway),
                self._route("/beta/litellm_basic_guardrail_api", self.calls.guardrail),
                Route("/v1/retrieve/{handle}", self._handled("/v1/retrieve", self._retrieve), methods=["GET"]),
                Route("/compressors", self._handled("/compressors", self._compressors), methods=["GET"]),
                Route("/healthz", self._healthz, methods=["GET"]),
                Route("/readyz", self._readyz, methods=["GET"]),
                Route("/metrics", self._handled("/metrics", self._metrics), methods=["GET"]),
                Route("/", self._page, methods=["GET", "POST"]),
            ],
            lifespan=self._lifespan,
            exception_handlers={HTTPException: _not_routed},
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        loading = asyncio.create_task(self._load())
        yield
        loading.cancel()
        self.gate.close()

    async def _load(self) -> None:
        """Load the models with a first call."""
        begun = time.monotonic()
        options = {"compressor": self.config.compressor, "target_tokens": 8, "cache": False}
        text = "The pump was repaired on Friday. It rained all week."
        try:
            await self.gate.run(pipeline_of(options, "serve").run, [Document("0", text)], "When was the pump repaired?")
            self.is_ready = True
            _log.info("%s is loaded, in %.1f s", self.config.compressor, time.monotonic() - begun)
        except Exception as error:
            self.failure = reason_of(error)
            _log.error("the models could not be loaded: %s", self.failure)

    def _route(self, path: str, call: Call) -> Route:
        """A route whose body is JSON."""

        async def answer(request: Request) -> Response:
            seconds = _seconds_in(request)
            bypass = any(_is_true(request.headers.get(f"x-{name}-bypass")) for name in ("ragzip", "headroom"))
            body = await read_body(request, self.config.max_bytes)
            limit = self.calls.limit(seconds)  # the wait before the gate is a part of it
            reply: Reply = await self.gate.run(_called(call, body, limit, bypass=bypass))
            self.metrics.count(reply.tokens_in, reply.tokens_out, fallback=reply.fallback)
            request.state.figures = {
                "tokens_in": reply.tokens_in,
                "tokens_out": reply.tokens_out,
                "fallback": reply.fallback,
            }
            headers = {
                "x-ragzip-status": "bypass" if bypass else "fallback" if reply.fallback else "compressed",
                "x-ragzip-tokens-in": str(reply.tokens_in),
                "x-ragzip-tokens-out": str(reply.tokens_out),
            }
            return JSONResponse(reply.body, headers=headers)

        return Route(path, self._handled(path, answer), methods=["POST"])

    def _handled(
        self, path: str, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """``answer`` behind the token, with its errors as replies, counted and logged."""

        async def handled(request: Request) -> Response:
            begun = time.monotonic()
            request.state.figures = {}
            try:
                self._check_token(_bearer(request))
                response = await answer(request)
            except RequestError as error:
                response = JSONResponse(error.body(), error.status, error.headers)
            except ClientDisconnect:
                response = PlainTextResponse("", _CLIENT_GONE)
            except DeadlineError as error:
                response = _failed("compression_timeout", error)
            except Exception as error:
                _log.error("%s failed: %s", path, type(error).__name__, exc_info=_is_unexpected(error))
                response = _failed("compression_error", error)
            seconds = time.monotonic() - begun
            self.metrics.requests.labels(path, response.status_code).inc()
            self.metrics.seconds.labels(path).observe(seconds)
            line = {"path": path, "status": response.status_code, "ms": round(1000 * seconds), **request.state.figures}
            _log.info("%s", json.dumps(line))
            return response

        return handled

    def _check_token(self, token: str) -> None:
        known = [hmac.compare_digest(token.encode(), expected.encode()) for expected in self.config.tokens]
        if self.config.tokens and not any(known):
            raise RequestError(401, "unauthorized", "The token is missing or wrong.", {"WWW-Authenticate": "Bearer"})

    async def _retrieve(self, request: Request) -> Response:
        handle = request.path_params["handle"]
        original = await self.gate.run(self.calls.original, handle)
        return JSONResponse({"hash": handle, "original_content": original})

    async def _compressors(self, request: Request) -> Response:
        return JSONResponse({"compressors": served_compressors(), "default": self.config.compressor})

    async def _metrics(self, request: Request) -> Response:
        self.metrics.running.set(self.gate.running)
        self.metrics.waiting.set(self.gate.waiting)
        return Response(self.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    async def _healthz(self, request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def _readyz(self, request: Request) -> Response:
        if self.is_ready:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "failed" if self.failure else "loading"}, 503)

    async def _page(self, request: Request) -> Response:
        """The form, and the result of it."""
        settings: dict[str, Any] = {"needs_token": bool(self.config.tokens)}
        if request.method == "GET":
            return HTMLResponse(page(served_compressors(), self.config.compressor, **settings))
        status = 200
        try:
            values = await self._form(request)
            settings["values"] = values
            self._check_token(values.pop("token", ""))
            settings["result"] = await self.gate.run(self.calls.of_form, values, self.calls.limit())
        except RequestError as error:
            status, settings["error"] = error.status, error.message
        except Exception as error:
            status, settings["error"] = 503, reason_of(error)
        self.metrics.requests.labels("/", status).inc()
        return HTMLResponse(page(served_compressors(), self.config.compressor, **settings), status)

    async def _form(self, request: Request) -> dict[str, str]:
        """The fields of the form.

        :raises RequestError: 413, too large; 400, no form.
        """
        received = bytearray()
        async for chunk in request.stream():
            received += chunk
            if len(received) > self.config.max_bytes:
                raise RequestError(413, "too_large", "The text is too large for this server.")
        try:
            fields = parse_qs(received.decode("utf-8"), keep_blank_values=True, max_num_fields=16, errors="strict")
        except ValueError as error:
            raise RequestError(400, "invalid_form", f"The form cannot be read ({error}).") from None
        return {name: values[0].replace("\r\n", "\n") for name, values in fields.items()}


def _called(call: Call, body: RequestBody, limit: CallLimit, *, bypass: bool) -> Callable[[], Reply]:
    return lambda: call(body, limit, bypass=bypass)


def _failed(kind: str, error: Exception) -> Response:
    return JSONResponse({"error": {"type": kind, "message": reason_of(error)}}, 503)


def _not_routed(request: Request, error: Exception) -> Response:
    """The reply where there is no such path, or it does not have this method."""
    assert isinstance(error, HTTPException)
    kind = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "invalid_request")
    methods = (error.headers or {}).get("Allow")
    expected = f"expected {methods}" if methods else "expected one of those in the guide, such as POST /compress"
    message = f"{request.method} {request.url.path}: {error.detail}, {expected}."
    return JSONResponse({"error": {"type": kind, "message": message}}, error.status_code, error.headers)


def _is_unexpected(error: Exception) -> bool:
    return not isinstance(error, RagzipError)


def _is_true(value: str | None) -> bool:
    return (value or "").strip().casefold() in ("true", "1")


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else ""


def _seconds_in(request: Request) -> float | None:
    """The seconds that a request allows itself.

    :raises RequestError: 400, no number above 0.
    """
    value = request.headers.get("x-ragzip-deadline")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise RequestError(400, "invalid_request", "x-ragzip-deadline: expected seconds, a number above 0.")
    return seconds
