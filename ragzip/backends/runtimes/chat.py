"""LangChain's chat models, and whatever else has their ``ainvoke`` or ``invoke``. LangChain itself is not needed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from tenacity import AsyncRetrying

from ragzip.backends.identity import identity_of, only_this
from ragzip.backends.parallel import in_background, together
from ragzip.backends.runtimes.redaction import Redactor, secrets_of
from ragzip.backends.runtimes.replies import text_of_content
from ragzip.backends.runtimes.retrying import RETRYABLE_STATUSES, WAIT_SECONDS, checked_timeout, retries
from ragzip.errors import ModelError, OptionError

__all__ = ["Chat", "text_of"]


class Chat:
    """Prompts to a chat model, several at once, asked again where it fails for a passing reason.

    The model's own ``ainvoke`` is awaited in one event loop that all calls share, since its connections belong to a
    loop; without it ``invoke`` runs in threads.

    :param model: has ``ainvoke`` or ``invoke``, which take a prompt and give a message.
    :param name: default: the model's own. A name that you give is the model's identity: what it answered is found again
        in caches and runs by that name alone, so give another model another one. Without it the settings of LangChain's
        own models tell them apart (keys left out); what cannot be told apart, such as a RunnableLambda, an object of
        your own or a model of a class of your own, is never cached.
    :param wait: seconds before the first retry.
    :param timeout: seconds for one whole answer, retries and waits included; default: as long as the model takes.
    :param concurrency: most prompts asked at the same time.
    :raises OptionError: neither of the two methods, or a number outside its range.
    """

    def __init__(
        self,
        model: Any,
        name: str | None = None,
        *,
        wait: float = WAIT_SECONDS,
        timeout: float | None = None,
        concurrency: int = 16,
    ) -> None:
        if not hasattr(model, "invoke") and not hasattr(model, "ainvoke"):
            raise OptionError(f"model: received {type(model).__name__}, expected a LangChain chat model.")
        self.model, self.wait, self.concurrency = model, wait, max(1, concurrency)
        self.timeout = None if timeout is None else checked_timeout(timeout)
        self.identity = name
        names = (name, getattr(model, "model_name", None), getattr(model, "model", None))
        self.name = next((text for text in names if isinstance(text, str) and text), type(model).__name__)

    @property
    def fingerprint(self) -> str:
        """The name given, or a digest of the model's settings as they are now; else what is this object's alone."""
        if self.identity:
            return f"chat:{self.identity}"
        identity = identity_of(self.model)
        return only_this(self, f"chat:{self.name}") if identity is None else f"chat:{self.name}:{identity}"

    def ask(self, prompts: Sequence[str], max_tokens: int) -> list[str]:
        """The answer to each prompt. How long it may be is for the prompt to say: models differ in how they are told.

        :raises ModelError: what the model raised, without its keys; or no text.
        """
        return list(map(text_of, self.messages(prompts)))

    def messages(self, prompts: Sequence[str]) -> list[Any]:
        """The message that the model gives for each prompt.

        :raises ModelError: what the model raised, without its keys.
        """
        return in_background(self._messages(prompts))

    async def _messages(self, prompts: Sequence[str]) -> list[Any]:
        free = asyncio.Semaphore(self.concurrency)

        async def message(prompt: str) -> Any:
            async with free:
                return await self._message(prompt)

        return await together(list(map(message, prompts)))

    async def _message(self, prompt: str) -> Any:
        clock = asyncio.timeout(self.timeout)
        try:
            async with clock:
                return await AsyncRetrying(**retries(_passing, self.wait))(self._invoke, prompt)
        except Exception as error:
            reason = f"no answer within {self.timeout:g} s" if clock.expired() else f"{type(error).__name__}: {error}"
        # outside the handler, so that the traceback does not show what the model raised, with its keys
        raise ModelError(f"model: {self.name} did not answer ({Redactor(secrets_of(self.model))(reason)}).")

    async def _invoke(self, prompt: str) -> Any:
        if hasattr(self.model, "ainvoke"):
            return await self.model.ainvoke(prompt)
        return await asyncio.to_thread(self.model.invoke, prompt)


def _passing(error: BaseException) -> bool:
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    return status in RETRYABLE_STATUSES or (status is None and isinstance(error, (TimeoutError, ConnectionError)))


def text_of(message: Any) -> str:
    """The text of a message, whose content may be a list of parts.

    :raises ModelError: content that is no text.
    """
    try:
        return text_of_content(getattr(message, "content", message))
    except TypeError as error:
        raise ModelError(f"model: the content of its message cannot be read ({error}).") from None
