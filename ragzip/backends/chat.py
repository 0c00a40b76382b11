"""LangChain's chat models, and whatever else has their ``ainvoke`` or ``invoke``. LangChain itself is not needed."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Sequence
from typing import Any, NoReturn

from tenacity import AsyncRetrying, Retrying

from ragzip.backends.server import PASSING, WAIT, at_once, retries
from ragzip.errors import ModelError, OptionError

__all__ = ["Chat", "text_of"]

_lock = threading.Lock()
_loops: dict[int, asyncio.AbstractEventLoop] = {}  # of this process


class Chat:
    """Prompts to a chat model, several at once, asked again where it fails for a passing reason.

    The model's own ``ainvoke`` is awaited in one event loop that all calls share, since its connections belong to a
    loop; without it ``invoke`` runs in threads.

    :param model: has ``ainvoke`` or ``invoke``, which take a prompt and give a message.
    :param name: default: the model's own.
    :param concurrency: most prompts asked at the same time.
    :raises OptionError: neither of the two.
    """

    def __init__(self, model: Any, name: str | None = None, *, wait: float = WAIT, concurrency: int = 16) -> None:
        if not hasattr(model, "invoke") and not hasattr(model, "ainvoke"):
            raise OptionError(f"model: received {type(model).__name__}, expected a LangChain chat model.")
        self.model, self.wait, self.concurrency = model, wait, concurrency
        named = name or getattr(model, "model_name", None) or getattr(model, "model", None) or type(model).__name__
        self.name = str(named)
        self.fingerprint = f"chat:{self.name}"

    def ask(self, prompts: Sequence[str], max_tokens: int) -> list[str]:
        """The answer to each prompt. How long it may be is for the prompt to say: models differ in how they are told.

        :raises ModelError: what the model raised.
        """
        if not prompts:
            return []
        if not hasattr(self.model, "ainvoke"):
            return at_once(self._invoke, prompts, self.concurrency)
        return asyncio.run_coroutine_threadsafe(self._all(prompts), _loop()).result()

    async def _all(self, prompts: Sequence[str]) -> list[str]:
        free = asyncio.Semaphore(self.concurrency)

        async def one(prompt: str) -> str:
            async with free:
                try:
                    return text_of(await AsyncRetrying(**retries(_passing, self.wait))(self.model.ainvoke, prompt))
                except Exception as error:
                    self._give_up(error)

        return list(await asyncio.gather(*map(one, prompts)))

    def _invoke(self, prompt: str) -> str:
        try:
            return text_of(Retrying(**retries(_passing, self.wait))(self.model.invoke, prompt))
        except Exception as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> NoReturn:
        raise ModelError(f"model: {self.name} did not answer ({type(error).__name__}: {error}).") from error


def _passing(error: BaseException) -> bool:
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    return status in PASSING or (status is None and isinstance(error, (TimeoutError, ConnectionError)))


def text_of(message: Any) -> str:
    """The text of a message, whose content may be a list of parts."""
    content = getattr(message, "content", message)
    if isinstance(content, str):
        return content
    return "".join(part if isinstance(part, str) else str(part.get("text", "")) for part in content)


def _loop() -> asyncio.AbstractEventLoop:
    with _lock:
        pid = os.getpid()  # a forked process has the loop, but not the thread that runs it
        if pid not in _loops:
            _loops.clear()
            _loops[pid] = asyncio.new_event_loop()
            threading.Thread(target=_loops[pid].run_forever, name="ragzip-chat", daemon=True).start()
        return _loops[pid]
