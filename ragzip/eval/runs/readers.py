"""Readers: what answers from a context. None, a causal language model here, a chat model, or a server.

A reader has ``name``, ``fingerprint`` and :meth:`Reader.read`; any object with these will do.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ragzip.backends.runtimes.chat import Chat, text_of
from ragzip.backends.runtimes.generate import Answer
from ragzip.backends.runtimes.replies import count_of
from ragzip.backends.runtimes.retrying import TIMEOUT_SECONDS, WAIT_SECONDS
from ragzip.backends.runtimes.server import Server
from ragzip.errors import OptionError
from ragzip.soft.prompt import SoftPrompt
from ragzip.text.tokens import token_counter

if TYPE_CHECKING:
    from ragzip.soft.reader import SoftReader
    from ragzip.types import SoftSegment

__all__ = ["ChatReader", "Reader", "Answer", "ServerReader", "VectorReader", "load_reader"]


@runtime_checkable
class Reader(Protocol):
    """See the module."""

    name: str
    fingerprint: str

    def read(
        self, prompt: Any, *, max_tokens: int, gold: Sequence[str] = (), plain: bool = False, stop: str | None = None
    ) -> Answer:
        """Answer ``prompt`` with at most ``max_tokens`` tokens, the likeliest one each time.

        :param prompt: a text; of a :class:`VectorReader` also texts and soft segments in turn.
        :param gold: answers to give the likelihood of, if it can be told.
        :param plain: go on with the prompt as it is, instead of taking it for a message.
        :param stop: what ends the answer once it has begun, if that saves time.
        """


class ChatReader:
    """Any LangChain chat model (or another object with ``invoke``), asked again where it fails for a passing reason.

    The number of tokens is what the model reports, else counted with the default tokenizer. Runs are gone on with by
    the reader's fingerprint (see :class:`~ragzip.backends.runtimes.chat.Chat`): with a model that cannot be told from
    others, such as a RunnableLambda, a run can only be gone on with by the same object, unless you give it a name.

    :param name: the model's identity; default: that of its settings.
    :param timeout: seconds for one whole answer; default: as long as the model takes.
    :raises OptionError: no chat model.
    """

    def __init__(
        self, model: Any, name: str | None = None, *, wait: float = WAIT_SECONDS, timeout: float | None = None
    ) -> None:
        if not hasattr(model, "invoke"):
            raise OptionError(f"reader: received {type(model).__name__}, expected a LangChain chat model.")
        self.model = model
        self.chat = Chat(model, name, wait=wait, timeout=timeout)
        self.name, self.fingerprint = self.chat.name, self.chat.fingerprint

    def read(
        self, prompt: str, *, max_tokens: int, gold: Sequence[str] = (), plain: bool = False, stop: str | None = None
    ) -> Answer:
        start = time.perf_counter()
        (message,) = self.chat.messages([prompt])
        seconds = time.perf_counter() - start
        usage = getattr(message, "usage_metadata", None)
        return _reading(
            text_of(message), prompt, seconds, count_of(usage, "input_tokens"), count_of(usage, "output_tokens")
        )


class ServerReader:
    """A :class:`~ragzip.backends.runtimes.server.Server` that speaks OpenAI's chat completions. The temperature is 0.

    :param url: up to the version, such as "http://localhost:8000/v1".
    :param model: as the server calls it.
    :param key: sent as the bearer token.
    :param wait: seconds before the first retry.
    :param timeout: seconds for one whole answer, retries and waits included.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        key: str | None = None,
        wait: float = WAIT_SECONDS,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self.server = Server(url, model, key=key, wait=wait, timeout=timeout)
        self.name, self.fingerprint = self.server.name, self.server.fingerprint

    def read(
        self, prompt: str, *, max_tokens: int, gold: Sequence[str] = (), plain: bool = False, stop: str | None = None
    ) -> Answer:
        start = time.perf_counter()
        text, usage = self.server.answer(prompt, max_tokens, plain=plain)
        seconds = time.perf_counter() - start
        return _reading(text, prompt, seconds, usage.get("prompt_tokens"), usage.get("completion_tokens"))


def _reading(text: str, prompt: str, seconds: float, prompt_tokens: int | None, output_tokens: int | None) -> Answer:
    count = token_counter()
    return Answer(
        text,
        count(prompt) if prompt_tokens is None else prompt_tokens,
        count(text) if output_tokens is None else output_tokens,
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
    ) -> Answer:
        given = SoftPrompt((prompt,) if isinstance(prompt, str) else tuple(prompt), plain)
        start = time.perf_counter()
        (text,) = self.reader.generate([given], max_tokens=max_tokens)
        seconds = time.perf_counter() - start
        answers = [answer for answer in gold if answer]
        likely = self.reader.likelihood([given] * len(answers), answers)
        nll, tokens = min(likely, key=lambda one: one.nll / one.tokens, default=(None, None))
        written = len(self.reader.lm.ids(text))
        return Answer(text, self.reader.tokens(given), written, seconds, None, nll, tokens)


def load_reader(
    reader: Any,
    *,
    url: str | None = None,
    key: str | None = None,
    timeout: float | None = None,
    max_length: int | None = None,
    dtype: str | None = None,
) -> Reader | None:
    """A reader.

    :param reader: None or "none" | a folder, hub id or GGUF file of a causal language model | with ``url``, a model's
        name there | a LangChain chat model | a :class:`~ragzip.soft.reader.SoftReader` | a :class:`Reader`.
    :param url: of a server with OpenAI's protocol; ``key`` is its bearer token.
    :param timeout: seconds for one whole answer of a server (default: 120) or a chat model (default: no limit).
    :param max_length: most tokens of a prompt: a longer one loses its middle, as in LongBench. Default: as many as the
        model reads.
    :param dtype: of a model that runs here: "float32" or "bfloat16"; default: bfloat16 where the processor is made for
        it.
    :raises OptionError: of another type.
    :raises ModelError: a model that cannot be loaded.
    """
    if url is not None:
        if not isinstance(reader, str):
            raise OptionError(f"reader: received {type(reader).__name__}, expected the name of a model at the url.")
        return ServerReader(url, reader, key=key, timeout=TIMEOUT_SECONDS if timeout is None else timeout)
    if reader is None or reader == "none":
        return None
    if isinstance(reader, (str, Path)):
        from ragzip.backends.runtimes.generate import Generator

        return Generator(reader, max_length=max_length, dtype=dtype)
    if isinstance(reader, Reader):
        return reader
    if hasattr(reader, "likelihood"):
        return VectorReader(reader)
    return ChatReader(reader, timeout=timeout)
