"""LangChain's chat models, and other objects with ``ainvoke`` or ``invoke``. LangChain itself is not needed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from tenacity import AsyncRetrying

from ragzip.backends.identity import identity_of, only_this
from ragzip.backends.parallel import in_background, together
from ragzip.backends.runtimes.redaction import Redactor, secrets_of
from ragzip.backends.runtimes.replies import text_of_content
from ragzip.backends.runtimes.retrying import RETRYABLE_STATUSES, WAIT_SECONDS, retries
from ragzip.checks import seconds
from ragzip.errors import ModelError, OptionError, reason_of

__all__ = ["Chat", "text_of"]


class Chat:
    """Prompts to a chat model, several at once, with retries after transient failures.

    The model's own ``ainvoke`` is awaited in one event loop that all calls share, since its connections belong to a
    loop; without it ``invoke`` runs in threads.

    :param model: has ``ainvoke`` or ``invoke``, which take a prompt and give a message.
    :param name: default: the model's own. A name that you give is the model's identity: caches and runs find its
        answers by that name alone, so give each model its own. Without a name, LangChain's own models are
        identified by their settings (without keys); the answers of other models, such as a RunnableLambda or an object
        or model class of your own, are never cached.
    :param wait: seconds before the first retry.
    :param timeout: seconds for one whole answer, retries and waits included; default: no limit.
    :param concurrency: the largest number of prompts at the same time.
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
        self.timeout = None if timeout is None else seconds(timeout, "timeout")
        self.identity = name
        candidate_names = (name, getattr(model, "model_name", None), getattr(model, "model", None))
        self.name = next(
            (candidate for candidate in candidate_names if isinstance(candidate, str) and candidate),
            type(model).__name__,
        )

    @property
    def fingerprint(self) -> str:
        """The given name, or a digest of the model's current settings; else a fingerprint unique to this object."""
        if self.identity:
            return f"chat:{self.identity}"
        identity = identity_of(self.model)
        return only_this(self, f"chat:{self.name}") if identity is None else f"chat:{self.name}:{identity}"

    def ask(self, prompts: Sequence[str], max_tokens: int) -> list[str]:
        """The answer to each prompt. ``max_tokens`` is unused: models differ in how a limit is set, so the prompt has
        to state it.

        :raises ModelError: the model failed (its message is shown without keys), or gave no text.
        """
        return list(map(text_of, self.messages(prompts)))

    def with_tools(self, tools: Sequence[Any]) -> Chat:
        """The same model with ``tools`` (of OpenAI's chat completions) to call.

        :raises OptionError: no model of LangChain that can call tools.
        """
        if not hasattr(self.model, "bind_tools"):
            raise OptionError(
                f"model: received {type(self.model).__name__}, expected a LangChain chat model with bind_tools."
            )
        try:
            model = self.model.bind_tools(list(tools))
        except NotImplementedError:
            raise OptionError(f"model: {self.name} cannot call tools, expected a model that can.") from None
        return Chat(model, self.name, wait=self.wait, timeout=self.timeout, concurrency=self.concurrency)

    def messages(self, prompts: Sequence[Any]) -> list[Any]:
        """The message that the model gives for each prompt, a text or a list of messages.

        :raises ModelError: the model failed; its message is shown without keys.
        """
        return in_background(self._messages(prompts))

    async def _messages(self, prompts: Sequence[Any]) -> list[Any]:
        free_slots = asyncio.Semaphore(self.concurrency)

        async def message(prompt: Any) -> Any:
            async with free_slots:
                return await self._message(prompt)

        return await together(list(map(message, prompts)))

    async def _message(self, prompt: Any) -> Any:
        time_limit = asyncio.timeout(self.timeout)
        try:
            async with time_limit:
                return await AsyncRetrying(**retries(_is_transient, self.wait))(self._invoke, prompt)
        except Exception as error:
            reason = f"no answer within {self.timeout:g} s" if time_limit.expired() else reason_of(error)
        # outside the handler, so that the traceback does not show the model's error, with its keys
        raise ModelError(f"model: {self.name} did not answer ({Redactor(secrets_of(self.model))(reason)}).")

    async def _invoke(self, prompt: Any) -> Any:
        if hasattr(self.model, "ainvoke"):
            return await self.model.ainvoke(prompt)
        return await asyncio.to_thread(self.model.invoke, prompt)


def _is_transient(error: BaseException) -> bool:
    status_code = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    return status_code in RETRYABLE_STATUSES or (
        status_code is None and isinstance(error, (TimeoutError, ConnectionError))
    )


def text_of(message: Any) -> str:
    """The text of a message, whose content may be a list of parts.

    :raises ModelError: the content is no text.
    """
    try:
        return text_of_content(getattr(message, "content", message))
    except TypeError as error:
        raise ModelError(f"model: the content of its message cannot be read ({error}).") from None
