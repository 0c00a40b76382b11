"""The formats of message lists: where tool results, user texts and contexts stand in them.

OpenAI chat completions, OpenAI Responses and Anthropic messages, as their SDKs type them (openai 3, anthropic 2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ragzip.messages.rows import MessageText, ToolCall, blocks_of, field_of, text_leaves, text_of, word_of

__all__ = ["FORMATS", "MessageFormat", "ToolResult", "format_of"]

_CHAT_TEXTS = ("text",)
_RESPONSES_TEXTS = ("input_text", "text")
_RESPONSES_CALLS = {"function_call": "arguments", "custom_tool_call": "input"}
_RESPONSES_OUTPUTS = ("function_call_output", "custom_tool_call_output")
_RESPONSES_ITEMS = frozenset([
    "message", "reasoning", "function_call", "function_call_output", "custom_tool_call",
    "custom_tool_call_output", "item_reference", "compaction", "web_search_call", "file_search_call",
    "computer_call", "computer_call_output", "code_interpreter_call", "image_generation_call",
    "local_shell_call", "local_shell_call_output", "shell_call", "shell_call_output", "apply_patch_call",
    "apply_patch_call_output", "mcp_call", "mcp_list_tools", "mcp_approval_request", "mcp_approval_response",
])  # fmt: skip
_ANTHROPIC_BLOCKS = frozenset([
    "tool_use", "tool_result", "thinking", "redacted_thinking", "search_result", "document",
    "server_tool_use", "web_search_tool_result", "container_upload",
])  # fmt: skip
_SOURCE_FIELDS = {"text": "data", "content": "content"}  # of a document that is text, by the type of its source


class ToolResult(NamedTuple):
    """The texts of a tool result, the call that it answers and the last user text before it."""

    row: int
    leaves: tuple[MessageText, ...]
    call: ToolCall
    question: str


class MessageFormat(NamedTuple):
    """A format: its tool results, the text of a user row, and the contexts that stand in rows as blocks."""

    results: Callable[[Sequence[Any]], Iterator[ToolResult]]
    texts: tuple[str, ...]  # types of text blocks

    def user_text(self, row: object) -> str:
        """The text of a row, if it is the user's."""
        return text_of(row, self.texts) if word_of(row, "role") == "user" else ""

    def row_leaves(self, row: object) -> list[MessageText]:
        """The texts of a row."""
        return list(text_leaves(row, "content", self.texts))


def format_of(messages: Sequence[Any]) -> str:
    """The name of the format of ``messages``: one of :data:`FORMATS`. Rows that all formats share are OpenAI chat's."""
    for row in messages:
        if word_of(row, "role") in ("tool", "function") or field_of(row, "tool_calls"):
            return "openai"
        if word_of(row, "type") in _RESPONSES_ITEMS:
            return "openai-responses"
        block_types = {word_of(block, "type") for block in blocks_of(row)}
        if block_types & _ANTHROPIC_BLOCKS:
            return "anthropic"
        if block_types & {"input_text", "output_text", "input_image", "input_file"}:
            return "openai-responses"
    return "openai"


def _chat_results(messages: Sequence[Any]) -> Iterator[ToolResult]:
    calls: dict[str, ToolCall] = {}
    question = ""
    for number, row in enumerate(messages):
        role = word_of(row, "role")
        if role == "user":
            question = text_of(row, _CHAT_TEXTS) or question
        for call in blocks_of(row, "tool_calls"):
            function = field_of(call, "function") or field_of(call, "custom")
            arguments = field_of(function, "arguments") or field_of(function, "input")
            calls[str(field_of(call, "id"))] = ToolCall(str(field_of(function, "name") or ""), arguments)
        if (function_call := field_of(row, "function_call")) is not None:  # before tools there were functions
            name = str(field_of(function_call, "name") or "")
            calls[f"function {name}"] = ToolCall(name, field_of(function_call, "arguments"))
        if role in ("tool", "function") and isinstance(row, Mapping):
            key = str(field_of(row, "tool_call_id")) if role == "tool" else f"function {field_of(row, 'name')}"
            call = calls.get(key, ToolCall(str(field_of(row, "name") or "")))
            yield ToolResult(number, tuple(text_leaves(row, "content", _CHAT_TEXTS)), call, question)


def _responses_results(messages: Sequence[Any]) -> Iterator[ToolResult]:
    calls: dict[str, ToolCall] = {}
    question = ""
    for number, item in enumerate(messages):
        kind = word_of(item, "type")
        if word_of(item, "role") == "user":
            question = text_of(item, _RESPONSES_TEXTS) or question
        if kind in _RESPONSES_CALLS:
            name, arguments = str(field_of(item, "name") or ""), field_of(item, _RESPONSES_CALLS[kind])
            calls[str(field_of(item, "call_id"))] = ToolCall(name, arguments)
        if kind in _RESPONSES_OUTPUTS and isinstance(item, Mapping):
            call = calls.get(str(field_of(item, "call_id")), ToolCall())
            yield ToolResult(number, tuple(text_leaves(item, "output", _RESPONSES_TEXTS)), call, question)


def _anthropic_results(messages: Sequence[Any]) -> Iterator[ToolResult]:
    calls: dict[str, ToolCall] = {}
    question = ""
    for number, row in enumerate(messages):
        question_of_row = question
        if word_of(row, "role") == "user":
            question = text_of(row, _CHAT_TEXTS) or question
        for place, block in enumerate(blocks_of(row)):
            kind = word_of(block, "type")
            if kind == "tool_use":
                calls[str(field_of(block, "id"))] = ToolCall(
                    str(field_of(block, "name") or ""), field_of(block, "input")
                )
            elif kind == "tool_result" and not field_of(block, "is_error") and isinstance(block, Mapping):
                leaves = (leaf._replace(path=("content", place, *leaf.path)) for leaf in _anthropic_leaves(block))
                call = calls.get(str(field_of(block, "tool_use_id")), ToolCall())
                yield ToolResult(number, tuple(leaves), call, question_of_row)


def _anthropic_leaves(item: object) -> Iterator[MessageText]:
    """The texts of a tool result: blocks of text, of search results and of documents that are text."""
    yield from text_leaves(item, "content", _CHAT_TEXTS)
    for place, block in enumerate(blocks_of(item, "content")):
        for leaf in block_leaves(block):
            yield leaf._replace(path=("content", place, *leaf.path))


def block_leaves(block: object) -> Iterator[MessageText]:
    """The texts of a block that holds a retrieved document: a search result, or a document as plain text or blocks."""
    kind = word_of(block, "type")
    if not isinstance(block, Mapping):
        return
    title = field_of(block, "title")
    title = title if isinstance(title, str) and title.strip() else None
    if kind == "search_result":
        for leaf in text_leaves(block, "content", _CHAT_TEXTS):
            yield leaf._replace(title=title)
    elif kind == "document":
        source = field_of(block, "source")
        field = _SOURCE_FIELDS.get(word_of(source, "type") or "")
        for leaf in text_leaves(source, field, _CHAT_TEXTS) if field and isinstance(source, Mapping) else ():
            yield leaf._replace(path=("source", *leaf.path), title=title)


FORMATS: dict[str, MessageFormat] = {
    "openai": MessageFormat(_chat_results, _CHAT_TEXTS),
    "openai-responses": MessageFormat(_responses_results, _RESPONSES_TEXTS),
    "anthropic": MessageFormat(_anthropic_results, _CHAT_TEXTS),
}
