"""A server that speaks OpenAI's chat completions, asked over HTTP with the standard library."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from ragzip.errors import ModelError, OptionError

__all__ = ["PASSING", "WAIT", "Server", "at_once", "retries"]

_RETRIES = 4
WAIT = 1.0  # seconds before the first retry
PASSING = {408, 409, 425, 429, 500, 502, 503, 504}
_TIMEOUT = 120.0  # seconds for one answer
_T = TypeVar("_T")
_A = TypeVar("_A")


class Server:
    """vLLM, llama.cpp, Ollama, a gateway, OpenAI.

    Answers that fail for a passing reason (429, 5xx, a lost connection) are asked for again, four times.

    :param url: up to the version, such as "http://localhost:8000/v1".
    :param model: as the server calls it.
    :param key: sent as the bearer token.
    :param concurrency: most prompts asked at the same time.
    :raises OptionError: no address.
    """

    def __init__(
        self, url: str, model: str, *, key: str | None = None, wait: float = WAIT, concurrency: int = 16
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise OptionError(f"url: received {url!r}, expected an address such as 'http://localhost:8000/v1'.")
        self.url, self.model, self.key, self.wait = url.rstrip("/"), model, key, wait
        self.concurrency = concurrency
        self.name = model
        self.fingerprint = f"server:{self.url}:{model}"

    def ask(self, prompts: Sequence[str], max_tokens: int) -> list[str]:
        """The answer to each prompt, at most ``max_tokens`` tokens long; several are asked at once."""
        return at_once(lambda prompt: self.answer(prompt, max_tokens)[0], prompts, self.concurrency)

    def answer(self, prompt: str, max_tokens: int, *, plain: bool = False) -> tuple[str, dict[str, Any]]:
        """The likeliest answer, and the tokens that the server counted.

        :param plain: go on with the prompt as it is, instead of taking it for a message.
        :raises ModelError: no answer, or one of another form.
        """
        body: dict[str, Any] = {"model": self.model, "max_tokens": max_tokens, "temperature": 0}
        body |= {"prompt": prompt} if plain else {"messages": [{"role": "user", "content": prompt}]}
        found = self._post("completions" if plain else "chat/completions", body)
        try:
            choice = found["choices"][0]
            text = choice["text"] if plain else choice["message"]["content"]
        except (KeyError, IndexError, TypeError) as error:
            raise ModelError(f"model: {self.url} sent no choice ({str(found)[:200]}).") from error
        return text or "", found.get("usage") or {}

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.key}"} if self.key else {})
        request = urllib.request.Request(f"{self.url}/{path}", json.dumps(body).encode(), headers)
        try:
            return Retrying(**retries(_passing, self.wait))(_sent, request)
        except urllib.error.HTTPError as error:
            reason = f"{error.code} {error.read(300).decode('utf-8', 'replace')}"
        except (OSError, ValueError) as error:
            reason = str(error)
        raise ModelError(f"model: {self.url} did not answer ({reason}).")


def _sent(request: urllib.request.Request) -> Any:
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
        return json.load(response)


def _passing(error: BaseException) -> bool:
    if isinstance(error, urllib.error.HTTPError):
        return error.code in PASSING
    return isinstance(error, (urllib.error.URLError, TimeoutError, ConnectionError, ValueError))


def retries(passing: Callable[[BaseException], bool], wait: float) -> dict[str, Any]:
    """How often and when what fails is tried again: options of tenacity.

    :param passing: whether an error may pass.
    :param wait: seconds before the first retry; doubled each time.
    """
    return {
        "retry": retry_if_exception(passing),
        "stop": stop_after_attempt(_RETRIES + 1),
        "wait": wait_exponential(multiplier=wait),
        "reraise": True,
    }


def at_once(function: Callable[[_A], _T], items: Sequence[_A], concurrency: int) -> list[_T]:
    """``function`` of each item, ``concurrency`` of them at the same time, each with the context of the caller."""
    if len(items) < 2 or concurrency < 2:
        return [function(item) for item in items]
    contexts = [copy_context() for _ in items]
    with ThreadPoolExecutor(min(concurrency, len(items))) as pool:
        return list(pool.map(lambda context, item: context.run(function, item), contexts, items))
