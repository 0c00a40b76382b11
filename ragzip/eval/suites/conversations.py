"""Examples of conversations with tools, in the form of OpenAI's chat completions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ragzip.errors import InputError
from ragzip.eval.suites.example import Conversation, Example
from ragzip.messages.formats import FORMATS
from ragzip.messages.rows import ToolCall, blocks_of, field_of, row_list
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.protect import Protector
from ragzip.types import Document

__all__ = ["FINAL_ANSWER", "calls_of", "conversation_example", "decision_of", "result_texts"]

FINAL_ANSWER = "final answer"  # the decision of a turn without calls
MAX_TURN_TOKENS = 512  # of the next turn: text, or calls with their arguments
_IDENTIFIERS = Protector(["identifiers", "paths", "urls", "emails", pattern_of(r"(?<!\w)\d{4,40}(?!\w)")])
_CHAT = FORMATS["openai"]


def conversation_example(
    example_id: str,
    task: str,
    messages: Sequence[Mapping[str, Any]],
    where: str,
    *,
    tools: Sequence[Mapping[str, Any]] = (),
    next_calls: Sequence[ToolCall] | None = None,
    max_tokens: int = MAX_TURN_TOKENS,
) -> Example:
    """The example of a conversation that ends before the assistant's next turn.

    :param next_calls: the calls of the recorded next turn; empty for a final answer, None where none is recorded.
    :raises InputError: no messages, or no tool result in them.
    """
    try:
        rows = row_list(messages)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    texts_by_result = result_texts(rows)
    if not texts_by_result:
        raise InputError(f"{where}: messages has no tool result (a row with role 'tool'), expected one or more.")
    names = [result.call.name for result in _CHAT.results(rows)]
    documents = tuple(
        Document(result_id, text, title=name or None)
        for (result_id, text), name in zip(texts_by_result.items(), names, strict=True)
    )
    questions = [text for row in rows if (text := _CHAT.user_text(row)).strip()]
    identifiers = _identifiers(next_calls or (), rows, [document.text for document in documents])
    return Example(
        id=example_id,
        task=task,
        documents=documents,
        query=questions[-1] if questions else None,
        answers=() if next_calls is None else (decision_of(next_calls),),
        metrics=(),
        max_tokens=max_tokens,
        conversation=Conversation(tuple(rows), tuple(tools), identifiers),
    )


def calls_of(message: object) -> list[ToolCall]:
    """The calls of tools in an assistant's message.

    :raises TypeError: a call without the name of a function.
    """
    functions = [field_of(call, "function") for call in blocks_of(message, "tool_calls")]
    if not all(isinstance(field_of(function, "name"), str) for function in functions):
        raise TypeError("tool_calls has a call without the name of a function")
    return [ToolCall(field_of(function, "name"), field_of(function, "arguments")) for function in functions]


def decision_of(calls: Iterable[ToolCall]) -> str:
    """The decision of a turn with ``calls``: name and arguments of each in a line, or :data:`FINAL_ANSWER`.

    Equal decisions are equal texts: arguments are compared as values of JSON, whatever the order of their names, their
    white space and the writing of their numbers; calls of one turn have no order.
    """
    lines = sorted(f"{call.name} {_json(call.values())}" for call in calls)
    return "\n".join(lines) or FINAL_ANSWER


def _json(value: object) -> str:
    return json.dumps(_normal(value), ensure_ascii=False, sort_keys=True, default=str)


def _normal(value: Any) -> Any:
    """``value`` with whole numbers as such: 1.0 is 1 in JSON."""
    if isinstance(value, Mapping):
        return {str(name): _normal(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_normal(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def result_texts(messages: Sequence[Any]) -> dict[str, str]:
    """The text of each tool result by the id of its call; of several with one id, the later ones are numbered."""
    texts: dict[str, str] = {}
    for result in _CHAT.results(messages):
        call_id = str(field_of(messages[result.row], "tool_call_id"))
        occurrence = sum(known.partition("#")[0] == call_id for known in texts)
        key = f"{call_id}#{occurrence + 1}" if occurrence else call_id
        texts[key] = "\n".join(leaf.part for leaf in result.leaves)
    return texts


def _identifiers(calls: Sequence[ToolCall], rows: Sequence[Any], results: Sequence[str]) -> tuple[str, ...]:
    """The identifiers in ``calls`` that stand in ``results`` and nowhere else in the conversation."""
    texts_elsewhere = [*map(_CHAT.user_text, rows)]
    for row in rows:
        if field_of(row, "role") == "system":
            texts_elsewhere += [leaf.text for leaf in _CHAT.row_leaves(row)]
        if field_of(row, "role") == "assistant":
            texts_elsewhere += [leaf.text for leaf in _CHAT.row_leaves(row)]
            texts_elsewhere += [value for call in calls_of(row) for value in _values(call.values())]
    arguments = [value for call in calls for value in _values(call.values())]
    candidates = dict.fromkeys(value[start:end] for value in arguments for start, end, *_ in _IDENTIFIERS(value))
    return tuple(
        identifier
        for identifier in candidates
        if stands_in(identifier, results) and not stands_in(identifier, texts_elsewhere)
    )


def stands_in(identifier: str, texts: Sequence[str]) -> bool:
    """Whether ``identifier`` stands in one of ``texts``, not as a part of a longer word."""
    pattern = re.compile(rf"(?<!\w){re.escape(identifier)}(?!\w)")
    return any(pattern.search(text) for text in texts)


def _values(value: object) -> Iterator[str]:
    """The texts and numbers in arguments, as texts."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _values(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _values(item)
    elif isinstance(value, (str, int, float)):
        yield str(value)
