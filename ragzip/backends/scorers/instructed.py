"""Rewriters that follow instructions: a local causal language model, a chat model, a server."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ragzip.backends.protocols import Fingerprinted
from ragzip.errors import OptionError, reason_of
from ragzip.text.lazy_patterns import pattern_of

if TYPE_CHECKING:
    from ragzip.backends.runtimes.generate import Generator

__all__ = ["NOTHING", "ChatBackend", "Instructed", "LocalModel", "checked_prompt", "instruction"]

NOTHING = "NONE"  # the answer where the text does not help

_WORDS_PER_TOKEN = 0.7  # in English

_TASK = """Write the text below again in at most {words} words{aim}. Keep names, numbers, dates, quotations and \
negations exactly as they stand. Write nothing that is not in the text, and nothing about it.{nothing}
{question}
Text:
{text}"""
_AIM_CLAUSE = ", so that it still answers the question"
_NOTHING_RULE = f" If nothing in it helps to answer the question, write {NOTHING}."
_QUESTION_PART = "\nQuestion: {query}\n"
_NOTHING_ANSWER = pattern_of(r"[\s\"'*(]*(?:none|n/a)[\s\"'*).]*", re.IGNORECASE)
_OPENING = pattern_of(
    r"\s*(?:(?:sure|certainly|okay)[,!.:]*\s*)?(?:here(?: is|'s) (?:the|a|your) [^\n:]{0,80}:|"
    r"(?:rewritten|shortened|summary|text)[^\n:]{0,30}:)\s*",
    re.IGNORECASE,
)


class ChatBackend(Fingerprinted, Protocol):
    """A model that answers prompts: :class:`LocalModel`, :class:`~ragzip.backends.runtimes.chat.Chat`,
    :class:`~ragzip.backends.runtimes.server.Server`.
    """

    def ask(self, prompts: Sequence[str], max_tokens: int) -> list[str]:
        """The answer to each prompt, of at most ``max_tokens`` tokens where the model has such a limit."""
        ...


class Instructed:
    """A :class:`~ragzip.backends.protocols.Rewriter` over a model that follows instructions.

    :param prompt: an instruction of your own, with {text} and maybe {query} and {words}.
    :raises OptionError: a prompt without {text}, or with other braces.
    """

    def __init__(self, model: ChatBackend, *, prompt: str | None = None) -> None:
        self.model, self.prompt = model, None if prompt is None else checked_prompt(prompt)
        template = prompt or _TASK + _AIM_CLAUSE + _NOTHING_RULE + _QUESTION_PART
        self._template_digest = hashlib.sha256(template.encode()).hexdigest()[:12]

    @property
    def fingerprint(self) -> str:
        """The identity of model and prompt."""
        return f"{self.model.fingerprint}:{self._template_digest}"

    def rewrite(self, query: str | None, texts: Sequence[str], max_tokens: int) -> list[str]:
        """Each of ``texts`` in at most ``max_tokens`` tokens; empty where the text does not help."""
        prompts = [self._prompt(query, text, max_tokens) for text in texts]
        return [_rewritten_text(answer) for answer in self.model.ask(prompts, max_tokens)]

    def _prompt(self, query: str | None, text: str, max_tokens: int) -> str:
        if self.prompt is None:
            return instruction(query, text, max_tokens)
        return self.prompt.format(text=text, query=query or "", words=_word_limit(max_tokens))


def checked_prompt(prompt: str) -> str:
    """``prompt``, if it is a template that can be filled in.

    :raises OptionError: without {text}, or with other braces.
    """
    problem = ""
    if isinstance(prompt, str) and "{text}" in prompt:
        try:
            prompt.format(text="", query="", words=0)
            return prompt
        except (LookupError, ValueError, AttributeError, TypeError) as error:
            problem = f" that cannot be filled in ({reason_of(error)})"
    raise OptionError(
        f"prompt: received {prompt!r}{problem}, expected an instruction with {{text}} in it, and maybe {{query}} and "
        "{words}. Other braces are written twice: {{ }}."
    )


def instruction(query: str | None, text: str, max_tokens: int) -> str:
    """The prompt to rewrite ``text`` in at most ``max_tokens`` tokens, for the question if there is one."""
    words = _word_limit(max_tokens)
    if query is None:
        return _TASK.format(words=words, aim="", nothing="", question="", text=text)
    return _TASK.format(
        words=words, aim=_AIM_CLAUSE, nothing=_NOTHING_RULE, question=_QUESTION_PART.format(query=query), text=text
    )


def _word_limit(tokens: int) -> int:
    return max(3, round(_WORDS_PER_TOKEN * tokens))


class LocalModel:
    """A causal language model of transformers, or a GGUF file: greedy, one prompt after another.

    :param model: a folder, a hub id or a GGUF file.
    :param adapter: folder of a LoRA adapter made for it (``ragzip train rewriter``).
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


def _rewritten_text(text: str) -> str:
    """The rewritten text, without remarks about it; empty where the answer is :data:`NOTHING`."""
    opening = _OPENING.match(text)
    text = (text[opening.end() :] if opening else text).strip()
    return "" if _NOTHING_ANSWER.fullmatch(text) else text
