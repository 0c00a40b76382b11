"""Conversations whose next action a reader chooses: JSON Lines with ``messages``, ``tools`` and maybe ``next``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ragzip.checks import whole_number
from ragzip.errors import InputError, OptionError
from ragzip.eval.suites.conversations import MAX_TURN_TOKENS, calls_of, conversation_example
from ragzip.eval.suites.example import Example
from ragzip.eval.suites.format import SuiteFormat, SuiteRequest, has_keys
from ragzip.eval.suites.questions import question_files
from ragzip.files.rows import DataRow, rows, stem
from ragzip.messages.rows import ToolCall, field_of

__all__ = ["SUITE"]


def _examples(request: SuiteRequest) -> Iterator[Example]:
    """The examples of the files of a request.

    A record has ``messages`` of OpenAI's chat completions that end before the assistant's next turn, and ``tools``;
    optional are ``next`` (the assistant's message that was recorded next), ``id`` and ``max_tokens``.

    :raises InputError: another form.
    """
    assert request.path is not None
    for file in question_files(request.path, request.tasks):
        for record_number, (where, record) in enumerate(rows(file), 1):
            yield _example(record, where, str(record.get("id") or f"{stem(file)}-{record_number}"), stem(file))


def _example(record: DataRow, where: str, example_id: str, task: str) -> Example:
    messages, tools = _objects(record, "messages", where), _objects(record, "tools", where)
    if field_of(messages[-1], "role") == "assistant":
        raise InputError(
            f"{where}: messages ends with a turn of the assistant, expected an end before it. That turn goes to 'next'."
        )
    try:
        max_tokens = whole_number(record.get("max_tokens") or MAX_TURN_TOKENS, "max_tokens", least=1)
    except OptionError as error:
        raise InputError(f"{where}: {error}") from None
    next_calls = _next_calls(record.get("next"), where)
    return conversation_example(
        example_id, task, messages, where, tools=tools, next_calls=next_calls, max_tokens=max_tokens
    )


def _objects(record: DataRow, name: str, where: str) -> list[Mapping[str, Any]]:
    """The objects in the field ``name`` of a record.

    :raises InputError: none, or of another form.
    """
    items = record.get(name)
    if not isinstance(items, list) or not items or not all(isinstance(item, Mapping) for item in items):
        raise InputError(
            f"{where}: {name} is {type(items).__name__}, expected a list of objects of OpenAI's chat completions."
        )
    return items


def _next_calls(message: object, where: str) -> list[ToolCall] | None:
    """The calls of the recorded next turn; None where there is none.

    :raises InputError: no message of an assistant.
    """
    if message is None:
        return None
    if not isinstance(message, Mapping) or field_of(message, "role") != "assistant":
        raise InputError(f"{where}: next is {type(message).__name__}, expected a message with the role 'assistant'.")
    try:
        return calls_of(message)
    except TypeError as error:
        raise InputError(f"{where}: next cannot be read ({error}).") from None


SUITE = SuiteFormat(
    name="decisions",
    about="conversations with tools: does a model choose the same next action (messages, tools, next)",
    examples=_examples,
    matches_record=has_keys(["messages", "tools"]),
)
