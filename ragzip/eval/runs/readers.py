"""Readers, which answer from a context: a local causal language model, a chat model, or a server.

A reader is any object with ``name``, ``fingerprint`` and :meth:`Reader.read`. One with :meth:`Decider.decide` says the
next turn of a conversation.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from ragzip.backends.runtimes.chat import Chat, text_of
from ragzip.backends.runtimes.generate import Answer
from ragzip.backends.runtimes.replies import NextTurn, count_of
from ragzip.backends.runtimes.retrying import TIMEOUT_SECONDS, WAIT_SECONDS
from ragzip.backends.runtimes.server import Server
from ragzip.errors import OptionError
from ragzip.messages.counting import RowCounter
from ragzip.soft.prompt import SoftPrompt
from ragzip.text.tokens import token_counter

if TYPE_CHECKING:
    from ragzip.soft.reader import SoftReader
    from ragzip.types import SoftSegment

__all__ = ["ChatReader", "Decider", "Reader", "Answer", "ServerReader", "VectorReader", "load_reader"]


@runtime_checkable
class Reader(Protocol):
    """See the module."""

    name: str
    fingerprint: str

    def read(
        self, prompt: Any, *, max_tokens: int, gold: Sequence[str] = (), plain: bool = False, stop: str | None = None
    ) -> Answer:
        """The greedy answer to ``prompt``, of at most ``max_tokens`` tokens.

        :param prompt: a text; for a :class:`VectorReader` also alternating texts and soft segments.
        :param gold: answers whose likelihood is returned, if the reader supports it.
        :param plain: continue the prompt as plain text, not as a chat message.
        :param stop: a text that ends the answer once it has begun, to save time.
        """


@runtime_checkable
class Decider(Protocol):
    """A reader of conversations. ``deterministic``: the same conversation gives the same turn; of others a run asks
    twice, to know how often they agree with themselves.
    """

    name: str
    fingerprint: str

    @property
    def deterministic(self) -> bool: ...

    def decide(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]], *, max_tokens: int
    ) -> NextTurn:
        """The next turn after ``messages``, of at most ``max_tokens`` tokens: a text, or calls of ``tools``; all in the
        form of OpenAI's chat completions.
        """


class ChatReader:
    """A LangChain chat model (or another object with ``invoke``), retried on transient errors.

    The number of tokens is the one that the model reports, else counted with the default tokenizer. A run resumes with
    a reader of the same fingerprint (see :class:`~ragzip.backends.runtimes.chat.Chat`). A model without a lasting
    identity, such as a RunnableLambda, needs a name; otherwise only the same object can resume its run.

    :param name: the model's identity; default: that of its settings.
    :param timeout: seconds per answer; default: no limit.
    :raises OptionError: no chat model.
    """

    deterministic: ClassVar[bool] = False

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

    def decide(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]], *, max_tokens: int
    ) -> NextTurn:
        """The model's next turn, with ``tools`` bound to it; ``max_tokens`` is that of the model's own settings.

        :raises OptionError: a model that cannot call tools.
        """
        start = time.perf_counter()
        (message,) = self.chat.with_tools(tools).messages([list(messages)])
        seconds = time.perf_counter() - start
        calls = tuple((call["name"] or "", call["args"]) for call in _calls(message))
        usage = getattr(message, "usage_metadata", None)
        counts = count_of(usage, "input_tokens"), count_of(usage, "output_tokens")
        return _turn(text_of(message), calls, messages, seconds, *counts)


class ServerReader:
    """A :class:`~ragzip.backends.runtimes.server.Server` with OpenAI's chat completions. The temperature is 0.

    :param url: the address up to the version, such as "http://localhost:8000/v1".
    :param model: the model's name on the server.
    :param key: the bearer token.
    :param wait: seconds before the first retry.
    :param timeout: seconds per answer, retries and waits included.
    """

    deterministic: ClassVar[bool] = False  # also at temperature 0, what else a server computes changes the numbers

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

    def decide(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]], *, max_tokens: int
    ) -> NextTurn:
        start = time.perf_counter()
        (text, calls), usage = self.server.turn(messages, tools, max_tokens)
        seconds = time.perf_counter() - start
        return _turn(text, calls, messages, seconds, usage.get("prompt_tokens"), usage.get("completion_tokens"))


def _calls(message: Any) -> list[Mapping[str, Any]]:
    """The calls of tools in a message of LangChain, those with arguments that are no JSON last."""
    return [*(getattr(message, "tool_calls", None) or ()), *(getattr(message, "invalid_tool_calls", None) or ())]


def _turn(
    text: str,
    calls: tuple[tuple[str, Any], ...],
    messages: Sequence[Mapping[str, Any]],
    seconds: float,
    prompt_tokens: int | None,
    output_tokens: int | None,
) -> NextTurn:
    """A turn; tokens that the model does not report are counted."""
    count = token_counter()
    if prompt_tokens is None:
        prompt_tokens = sum(map(RowCounter(count), messages))
    if output_tokens is None:
        output_tokens = count(text) + sum(count(f"{tool_name} {arguments}") for tool_name, arguments in calls)
    return NextTurn(text, calls, prompt_tokens, output_tokens, seconds)


def _reading(text: str, prompt: str, seconds: float, prompt_tokens: int | None, output_tokens: int | None) -> Answer:
    count = token_counter()
    return Answer(
        text,
        count(prompt) if prompt_tokens is None else prompt_tokens,
        count(text) if output_tokens is None else output_tokens,
        seconds,
    )


class VectorReader:
    """A :class:`~ragzip.soft.reader.SoftReader`, which reads the vectors of soft compressors, and texts.

    The time to the first token is not measured.
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
        soft_prompt = SoftPrompt((prompt,) if isinstance(prompt, str) else tuple(prompt), plain)
        start = time.perf_counter()
        (text,) = self.reader.generate([soft_prompt], max_tokens=max_tokens)
        seconds = time.perf_counter() - start
        answers = [answer for answer in gold if answer]
        likelihoods = self.reader.likelihood([soft_prompt] * len(answers), answers)
        nll, nll_tokens = min(likelihoods, key=lambda answer: answer.nll / answer.tokens, default=(None, None))
        output_tokens = len(self.reader.lm.ids(text))
        return Answer(text, self.reader.tokens(soft_prompt), output_tokens, seconds, None, nll, nll_tokens)


def load_reader(
    reader: Any,
    *,
    url: str | None = None,
    key: str | None = None,
    timeout: float | None = None,
    max_length: int | None = None,
    dtype: str | None = None,
) -> Reader | Decider | None:
    """The reader that ``reader`` names; None for none.

    :param reader: None or "none" | a folder, hub id or GGUF file of a causal language model | with ``url``, a model's
        name there | a LangChain chat model | a :class:`~ragzip.soft.reader.SoftReader` | a :class:`Reader` | a
        :class:`Decider`.
    :param url: address of a server with OpenAI's protocol; ``key`` is its bearer token.
    :param timeout: seconds per answer of a server (default: 120) or a chat model (default: no limit).
    :param max_length: maximum tokens of a prompt: a longer one loses its middle, as in LongBench. Default: the length
        that the model reads.
    :param dtype: data type of a local model: "float32" or "bfloat16"; default: bfloat16 where the processor supports
        it.
    :raises OptionError: an object of another type.
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
    if isinstance(reader, (Reader, Decider)):
        return reader
    if hasattr(reader, "likelihood"):
        return VectorReader(reader)
    return ChatReader(reader, timeout=timeout)
