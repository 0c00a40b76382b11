"""Reading the replies of models: texts, lists of parts, calls of tools, and token counts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["NextTurn", "calls_in_text", "calls_of_message", "count_of", "text_of_content", "with_argument_objects"]

_MAX_COUNT = 2**53
_TAGGED_CALL = pattern_of(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)  # Hermes, Qwen
_CALL_MARKS = ("[TOOL_CALLS]", "<|python_tag|>")  # Mistral, Llama 3
_ARGUMENT_KEYS = ("arguments", "parameters")


class NextTurn(NamedTuple):
    """The next turn of a model in a conversation: a text, or calls of tools as (name, arguments), with its costs.

    Arguments are as the model wrote them: a JSON text, or an object.
    """

    text: str
    calls: tuple[tuple[str, Any], ...]
    prompt_tokens: int
    output_tokens: int
    seconds: float


def calls_of_message(message: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """The calls of tools, as (name, arguments), in an assistant's message of OpenAI's chat completions.

    :raises TypeError: a call of another form.
    """
    calls = message.get("tool_calls") or ()
    functions = [call["function"] if isinstance(call, Mapping) and "function" in call else None for call in calls]
    if not all(isinstance(function, Mapping) and isinstance(function.get("name"), str) for function in functions):
        raise TypeError("received a call of a tool without the name of a function")
    return tuple((function["name"], function.get("arguments")) for function in functions if function is not None)


def with_argument_objects(message: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of ``message`` whose calls have their arguments as objects, which the chat formats of models write as JSON
    themselves; arguments that are no JSON stay texts.
    """
    calls = []
    for call in message.get("tool_calls") or ():
        function = dict(call["function"])
        try:
            function["arguments"] = json.loads(function["arguments"])
        except (KeyError, TypeError, ValueError, RecursionError):
            function.setdefault("arguments", {})
        calls.append({**call, "function": function})
    return {**message, "content": message.get("content") or ""} | ({"tool_calls": calls} if calls else {})


def calls_in_text(text: str) -> tuple[tuple[str, Any], ...]:
    """The calls of tools, as (name, arguments), that a local model wrote into its text: JSON objects with a name and
    arguments (or parameters), in <tool_call> tags or as the whole text. A tagged call that is no such object has the
    name "" and its text for arguments.
    """
    tagged_parts = _TAGGED_CALL.findall(text)
    if tagged_parts:
        return tuple(call for part in tagged_parts for call in list(_calls_of_json(part)) or [("", part.strip())])
    bare_text = text.strip()
    for mark in _CALL_MARKS:
        bare_text = bare_text.removeprefix(mark).lstrip()
    return tuple(_calls_of_json(bare_text)) if bare_text.startswith(("{", "[")) else ()


def _calls_of_json(text: str) -> Iterator[tuple[str, Any]]:
    """The calls in the JSON values at the beginning of ``text``."""
    decoder = json.JSONDecoder()
    text, position = text.strip(), 0
    while position < len(text):
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return
        for item in value if isinstance(value, list) else [value]:
            keys = [key for key in _ARGUMENT_KEYS if isinstance(item, Mapping) and key in item]
            if keys and isinstance(item.get("name"), str):
                yield item["name"], item[keys[0]]
        separator = re.compile(r"[\s;,]*").match(text, end)
        position = separator.end() if separator else end


def text_of_content(content: Any) -> str:
    """The text of a message's content: a text, a list of parts (parts without a text are empty), or None.

    A lone surrogate, which no file can hold, is replaced.

    :raises TypeError: of another type.
    """
    if content is None:
        return ""
    if isinstance(content, (list, tuple)):
        content = "".join(map(_text_of_part, content))
    if not isinstance(content, str):
        raise TypeError(f"received {type(content).__name__}, expected a text or a list of parts")
    return content.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _text_of_part(part: Any) -> str:
    text = part if isinstance(part, str) else part.get("text") if isinstance(part, Mapping) else part
    if text is None:
        return ""
    if not isinstance(text, str):
        raise TypeError(f"received a part with {type(text).__name__}, expected a text")
    return text


def count_of(usage: Any, name: str) -> int | None:
    """The number of tokens that ``usage`` reports under ``name``; None where it is no whole number, 0 or more."""
    count = usage.get(name) if isinstance(usage, Mapping) else None
    if isinstance(count, bool) or not isinstance(count, int):
        return None
    return count if 0 <= count < _MAX_COUNT else None
