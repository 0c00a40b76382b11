"""Readers: what answers from a context. None, a causal language model here, a chat model, or a server.

A reader has ``name``, ``fingerprint`` and :meth:`Reader.read`; any object with these will do.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ragzip.backends.generate import Reading
from ragzip.errors import ModelError, OptionError
from ragzip.soft.prompt import SoftPrompt
from ragzip.tokens import token_counter

if TYPE_CHECKING:
    from ragzip.soft.reader import SoftReader
    from ragzip.types import SoftSegment

__all__ = ["ChatReader", "Reader", "Reading", "ServerReader", "VectorReader", "load_reader"]

_RETRIES = 4
_WAIT = 1.0  # seconds before the first retry; doubled each time
_TIMEOUT = 120.0  # seconds for one answer
_PASSING = {408, 409, 425, 429, 500, 502, 503, 504}


@runtime_checkable
class Reader(Protocol):
    """See the module."""

    name: str
    fingerprint: str

    def read(
        self, prompt: Any, *, max_tokens: int, gold: Sequence[str] = (), plain: bool = False, stop: str | None = None
    ) -> Reading:
        """Answer ``prompt`` with at most ``max_tokens`` tokens, the likeliest one each time.

        :param prompt: a text; of a :class:`VectorReader` also texts and soft segments in turn.
        :param gold: answers to give the likelihood of, if it can be told.
        :param plain: go on with the prompt as it is, instead of taking it for a message.
        :param stop: what ends the answer once it has begun, if that saves time.
        """


class ChatReader:
    """Any LangChain chat model (or another object with ``invoke``).

    The number of tokens is what the model reports, else counted with the default tokenizer.
    """

    def __init__(self, model: Any, name: str | None = None) -> None:
        if not hasattr(model, "invoke"):
            raise OptionError(f"reader: received {type(model).__name__}, expected a LangChain chat model.")
        self.model = model
        named = name or getattr(model, "model_name", None) or getattr(model, "model", None) or type(model).__name__
        self.name = str(named)
        self.fingerprint = f"chat:{self.name}"

    def read(
        self, prompt: str, *, max_tokens: int, gold: Sequence[str] = (), plain: bool = False, stop: str | None = None
    ) -> Reading:
        start = time.perf_counter()
        message = self.model.invoke(prompt)
        seconds = time.perf_counter() - start
        content = getattr(message, "content", message)
        if not isinstance(content, str):  # a list of parts
            content = "".join(part if isinstance(part, str) else str(part.get("text", "")) for part in content)
        usage = getattr(message, "usage_metadata", None) or {}
        return _reading(content, prompt, seconds, usage.get("input_tokens"), usage.get("output_tokens"))


class ServerReader:
    """A server that speaks OpenAI's chat completions (vLLM, llama.cpp, Ollama, a gateway, OpenAI).

    Answers that fail for a passing reason (429, 5xx, a lost connection) are asked for again, four times.

    :param url: up to the version, such as "http://localhost:8000/v1".
    :param model: as the server calls it.
    :param key: sent as the bearer token.
    """

    def __init__(self, url: str, model: str, *, key: str | None = None, wait: float = _WAIT) -> None:
        if not url.startswith(("http://", "https://")):
            raise OptionError(f"url: received {url!r}, expected an address such as 'http://localhost:8000/v1'.")
        self.url, self.model, self.key, self.wait = url.rstrip("/"), model, key, wait
        self.name = model
        self.fingerprint = f"server:{self.url}:{model}"

    def read(
        self, prompt: str, *, max_tokens: int, gold: Sequence[str] = (), plain: bool = False, stop: str | None = None
    ) -> Reading:
        body: dict[str, Any] = {"model": self.model, "max_tokens": max_tokens, "temperature": 0}
        body |= {"prompt": prompt} if plain else {"messages": [{"role": "user", "content": prompt}]}
        start = time.perf_counter()
        answer = self._ask("completions" if plain else "chat/completions", body)
        seconds = time.perf_counter() - start
        try:
            choice = answer["choices"][0]
            text = choice["text"] if plain else choice["message"]["content"]
        except (KeyError, IndexError, TypeError) as error:
            raise ModelError(f"reader: {self.url} sent no choice ({str(answer)[:200]}).") from error
        usage = answer.get("usage") or {}
        return _reading(text or "", prompt, seconds, usage.get("prompt_tokens"), usage.get("completion_tokens"))

    def _ask(self, path: str, body: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.key}"} if self.key else {})
        request = urllib.request.Request(f"{self.url}/{path}", json.dumps(body).encode(), headers)
        for attempt in range(_RETRIES + 1):
            try:
                with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
                    return json.load(response)
            except urllib.error.HTTPError as error:
                reason = f"{error.code} {error.read(300).decode('utf-8', 'replace')}"
                passing = error.code in _PASSING
            except (urllib.error.URLError, TimeoutError, ConnectionError, ValueError) as error:
                reason, passing = str(error), True
            if not passing or attempt == _RETRIES:
                raise ModelError(f"reader: {self.url} did not answer ({reason}).")
            time.sleep(self.wait * 2**attempt)
        raise AssertionError("unreachable")


def _reading(text: str, prompt: str, seconds: float, prompt_tokens: Any, output_tokens: Any) -> Reading:
    count = token_counter()
    return Reading(
        text,
        count(prompt) if prompt_tokens is None else int(prompt_tokens),
        count(text) if output_tokens is None else int(output_tokens),
        seconds,
    )


class VectorReader:
    """A :class:`~ragzip.soft.reader.SoftReader`: it reads what soft compressors leave, and texts.

    The first token is not timed by itself.
    """

    def __init__(self, reader: SoftReader) -> None:
        self.reader = reader
        self.name, self.fingerprint = Path(reader.lm.name).stem, f"soft:{reader.fingerprint}"

    def read(
        self,
        prompt: str | Sequence[str | SoftSegment],
        *,
        max_tokens: int,
        gold: Sequence[str] = (),
        plain: bool = False,
        stop: str | None = None,
    ) -> Reading:
        given = SoftPrompt((prompt,) if isinstance(prompt, str) else tuple(prompt), plain)
        start = time.perf_counter()
        (text,) = self.reader.generate([given], max_tokens=max_tokens)
        seconds = time.perf_counter() - start
        answers = [answer for answer in gold if answer]
        likely = self.reader.likelihood([given] * len(answers), answers)
        nll, tokens = min(likely, key=lambda one: one.nll / one.tokens, default=(None, None))
        written = len(self.reader.lm.ids(text))
        return Reading(text, self.reader.tokens(given), written, seconds, None, nll, tokens)


def load_reader(
    reader: Any,
    *,
    url: str | None = None,
    key: str | None = None,
    max_length: int | None = None,
    dtype: str | None = None,
) -> Reader | None:
    """A reader.

    :param reader: None or "none" | a folder, hub id or GGUF file of a causal language model | with ``url``, a model's
        name there | a LangChain chat model | a :class:`~ragzip.soft.reader.SoftReader` | a :class:`Reader`.
    :param url: of a server with OpenAI's protocol; ``key`` is its bearer token.
    :param max_length: most tokens of a prompt: a longer one loses its middle, as in LongBench. Default: as many as the
        model reads.
    :param dtype: of a model that runs here: "float32" or "bfloat16"; default: bfloat16 where the processor is made for
        it.
    :raises OptionError: of another type.
    :raises ModelError: a model that cannot be loaded.
    """
    if url is not None:
        if not isinstance(reader, str):
            raise OptionError(f"reader: received {type(reader).__name__}, expected the name of a model at {url}.")
        return ServerReader(url, reader, key=key)
    if reader is None or reader == "none":
        return None
    if isinstance(reader, (str, Path)):
        from ragzip.backends.generate import Generator

        return Generator(reader, max_length=max_length, dtype=dtype)
    if isinstance(reader, Reader):
        return reader
    if hasattr(reader, "likelihood"):
        return VectorReader(reader)
    return ChatReader(reader)
