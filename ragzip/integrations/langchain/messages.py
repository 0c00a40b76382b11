"""LangChain messages as rows, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from ragzip.messages.result import CompressedMessages, MessageReport

__all__ = ["last_human_text", "rows_of", "with_contents"]

_KEY = "ragzip"


def last_human_text(messages: Sequence[BaseMessage]) -> str | None:
    """The text of the last human message; None without one."""
    return next((text for message in reversed(messages) if _is_human(message) and (text := message.text.strip())), None)


def rows_of(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """Messages as rows of OpenAI chat, for :class:`~ragzip.messages.MessageCompressor`. Tool messages that are errors,
    or were shortened before, are rows that stay.
    """
    return [_row(message) for message in messages]


def with_contents(messages: Sequence[BaseMessage], written: CompressedMessages) -> list[BaseMessage]:
    """``messages`` with the contents of ``written``, and in the metadata of those that changed what was done."""
    report_by_row = {item.row: item for item in written.report}
    return [
        message if row["content"] is message.content else _changed(message, row["content"], report_by_row[number])
        for number, (message, row) in enumerate(zip(messages, written, strict=True))
    ]


def _is_human(message: BaseMessage) -> bool:
    return isinstance(message, HumanMessage)


def _row(message: BaseMessage) -> dict[str, Any]:
    if isinstance(message, ToolMessage):
        stays = message.status == "error" or _KEY in message.response_metadata
        return {
            "role": "tool result that stays" if stays else "tool",
            "tool_call_id": message.tool_call_id,
            "name": message.name,
            "content": message.content,
        }
    if isinstance(message, AIMessage):
        calls = [
            {"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": call["args"]}}
            for call in message.tool_calls
        ]
        return {"role": "assistant", "content": message.content, "tool_calls": calls}
    role = "user" if _is_human(message) else "system" if message.type == "system" else message.type
    return {"role": role, "content": message.content}


def _changed(message: BaseMessage, content: Any, item: MessageReport) -> BaseMessage:
    figures = {"status": item.status, "tokens_in": item.tokens_in, "tokens_out": item.tokens_out, "handle": item.handle}
    metadata = {**message.response_metadata, _KEY: figures}
    return message.model_copy(update={"content": content, "response_metadata": metadata})
