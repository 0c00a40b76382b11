"""The routes of the server, and what every request goes through: token, size, gate, deadline, figures, log."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

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
from ragzip.result import Result
from ragzip.server.bodies import RequestBody, read_body, read_form
from ragzip.server.calls import Calls, Reply, served_compressors
from ragzip.server.config import ServerConfig
from ragzip.server.errors import RequestError
from ragzip.server.gate import Gate
from ragzip.server.metrics import CONTENT_TYPE_LATEST, Metrics
from ragzip.server.page import PageState, page
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

    :param owns_process: nothing else runs in this process: what is loaded there stays.
    :ivar app: the ASGI application.
    """

    def __init__(self, config: ServerConfig, *, owns_process: bool = False) -> None:
        self._owns_process = owns_process
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
                Route("/", self._logged("/", self._page, self._failed_page), methods=["GET", "POST"]),
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
            if self._owns_process:
                gc.collect()
                gc.freeze()  # no later collection walks through what is loaded while a request waits
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
                "x-ragzip-status": "bypass" if bypass else reply.status,
                "x-ragzip-tokens-in": str(reply.tokens_in),
                "x-ragzip-tokens-out": str(reply.tokens_out),
            }
            return JSONResponse(reply.body, headers=headers)

        return Route(path, self._handled(path, answer), methods=["POST"])

    def _handled(
        self, path: str, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """``answer`` after a check of the token, with its errors as JSON, counted and logged."""

        async def checked(request: Request) -> Response:
            self._check_token(_bearer(request))
            return await answer(request)

        return self._logged(path, checked, _failed)

    def _logged(
        self,
        path: str,
        answer: Callable[[Request], Awaitable[Response]],
        failed: Callable[[Request, RequestError], Response],
    ) -> Callable[[Request], Awaitable[Response]]:
        """``answer``, with the replies that ``failed`` gives to its errors, counted and logged."""

        async def logged(request: Request) -> Response:
            begun = time.monotonic()
            request.state.figures, request.state.form = {}, {}
            try:
                response = await answer(request)
            except RequestError as error:
                response = failed(request, error)
            except ClientDisconnect:
                response = PlainTextResponse("", _CLIENT_GONE)
            except DeadlineError as error:
                response = failed(request, RequestError(503, "compression_timeout", reason_of(error)))
            except Exception as error:
                _log.error("%s failed: %s", path, type(error).__name__, exc_info=_is_unexpected(error))
                response = failed(request, RequestError(503, "compression_error", reason_of(error)))
            seconds = time.monotonic() - begun
            self.metrics.requests.labels(path, response.status_code).inc()
            self.metrics.seconds.labels(path).observe(seconds)
            line = {"path": path, "status": response.status_code, "ms": round(1000 * seconds), **request.state.figures}
            _log.info("%s", json.dumps(line))
            return response

        return logged

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
        if request.method != "POST":
            return HTMLResponse(page(self._page_state({})))
        values = request.state.form = await read_form(request, self.config.max_bytes)
        self._check_token(values.pop("token", ""))
        result = await self.gate.run(self.calls.of_form, values, self.calls.limit())
        return HTMLResponse(page(self._page_state(values, result=result)))

    def _failed_page(self, request: Request, error: RequestError) -> Response:
        """The form as far as it was read, and why there is no result."""
        return HTMLResponse(
            page(self._page_state(request.state.form, error=error.message)), error.status, error.headers
        )

    def _page_state(
        self, values: Mapping[str, str], *, result: Result | None = None, error: str | None = None
    ) -> PageState:
        return PageState(
            served_compressors(), self.config.compressor, bool(self.config.tokens), values, result=result, error=error
        )


def _called(call: Call, body: RequestBody, limit: CallLimit, *, bypass: bool) -> Callable[[], Reply]:
    return lambda: call(body, limit, bypass=bypass)


def _failed(request: Request, error: RequestError) -> Response:
    return JSONResponse(error.body(), error.status, error.headers)


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
