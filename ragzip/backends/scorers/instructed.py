"""Models that rewrite when they are told to: a causal language model here, a chat model, a server."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ragzip.errors import OptionError

if TYPE_CHECKING:
    from ragzip.backends.runtimes.generate import Generator

__all__ = ["NOTHING", "ChatBackend", "Instructed", "LocalModel", "checked_prompt", "instruction"]

NOTHING = "NONE"  # what is written where nothing helps

_WORDS = 0.7  # of a token, in English

_TASK = """Write the text below again in at most {words} words{aim}. Keep names, numbers, dates, quotations and \
negations exactly as they stand. Write nothing that is not in the text, and nothing about it.{nothing}
{question}
Text:
{text}"""
_AIM = ", so that it still answers the question"
_NOTHING = f" If nothing in it helps to answer the question, write {NOTHING}."
_QUESTION = "\nQuestion: {query}\n"
_EMPTY = re.compile(r"[\s\"'*(]*(?:none|n/a)[\s\"'*).]*", re.IGNORECASE)
_OPENING = re.compile(
    r"\s*(?:(?:sure|certainly|okay)[,!.:]*\s*)?(?:here(?: is|'s) (?:the|a|your) [^\n:]{0,80}:|"
    r"(?:rewritten|shortened|summary|text)[^\n:]{0,30}:)\s*",
    re.IGNORECASE,
)


class ChatBackend(Protocol):
    """What answers prompts: :class:`LocalModel`, :class:`~ragzip.backends.runtimes.chat.Chat`,
    :class:`~ragzip.backends.runtimes.server.Server`.
    """

    @property
    def fingerprint(self) -> str: ...

    def ask(self, prompts: Sequence[str], max_tokens: int) -> list[str]: ...


class Instructed:
    """A :class:`~ragzip.backends.protocols.Rewriter` over a model that follows instructions.

    :param prompt: an instruction of your own, with {text} and, if it likes, {query} and {words}.
    :raises OptionError: a prompt without {text}, or with other braces.
    """

    def __init__(self, model: ChatBackend, *, prompt: str | None = None) -> None:
        self.model, self.prompt = model, None if prompt is None else checked_prompt(prompt)
        template = prompt or _TASK + _AIM + _NOTHING + _QUESTION
        self._template_digest = hashlib.sha256(template.encode()).hexdigest()[:12]

    @property
    def fingerprint(self) -> str:
        """Model and prompt."""
        return f"{self.model.fingerprint}:{self._template_digest}"

    def rewrite(self, query: str | None, texts: Sequence[str], max_tokens: int) -> list[str]:
        """Each of ``texts`` in at most ``max_tokens`` tokens; empty where nothing of it helps."""
        prompts = [self._told(query, text, max_tokens) for text in texts]
        return [_answer(one) for one in self.model.ask(prompts, max_tokens)]

    def _told(self, query: str | None, text: str, max_tokens: int) -> str:
        if self.prompt is None:
            return instruction(query, text, max_tokens)
        return self.prompt.format(text=text, query=query or "", words=_words(max_tokens))


def checked_prompt(prompt: str) -> str:
    """``prompt``, if it can be filled in.

    :raises OptionError: without {text}, or with other braces.
    """
    problem = ""
    if isinstance(prompt, str) and "{text}" in prompt:
        try:
            prompt.format(text="", query="", words=0)
            return prompt
        except (LookupError, ValueError, AttributeError, TypeError) as error:
            problem = f" that cannot be filled in ({type(error).__name__}: {error})"
    raise OptionError(
        f"prompt: received {prompt!r}{problem}, expected an instruction with {{text}} in it, and maybe {{query}} and "
        "{words}. Other braces are written twice: {{ }}."
    )


def instruction(query: str | None, text: str, max_tokens: int) -> str:
    """What a model is told: to write ``text`` again in at most ``max_tokens`` tokens, for the question if there is
    one.
    """
    words = _words(max_tokens)
    if query is None:
        return _TASK.format(words=words, aim="", nothing="", question="", text=text)
    return _TASK.format(words=words, aim=_AIM, nothing=_NOTHING, question=_QUESTION.format(query=query), text=text)


def _words(tokens: int) -> int:
    return max(3, round(_WORDS * tokens))


class LocalModel:
    """A causal language model of transformers, or a GGUF file: greedy, one prompt after another.

    :param model: a folder, a hub id or a GGUF file.
    :param adapter: folder of a LoRA adapter made for it (``python -m ragzip.training.rewriter``).
    """

    def __init__(
        self,
        model: str | Path,
        *,
        adapter: str | Path | None = None,
        dtype: str | None = None,
        device: str | None = None,
    ) -> None:
        from ragzip.backends.runtimes.generate import Generator

        self.generator: Generator = Generator(model, adapter=adapter, dtype=dtype, device=device)
        self.name, self.fingerprint = self.generator.name, self.generator.fingerprint

    def ask(self, prompts: Sequence[str], max_tokens: int) -> list[str]:
        """The answer to each prompt in the model's chat format."""
        return [self.generator.read(prompt, max_tokens=max_tokens).text for prompt in prompts]


def _answer(text: str) -> str:
    """What was written, without what was said about it."""
    found: Any = _OPENING.match(text)
    text = (text[found.end() :] if found else text).strip()
    return "" if _EMPTY.fullmatch(text) else text
