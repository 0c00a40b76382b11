"""LangChain messages as rows, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from ragzip.integrations.documents import KEY
from ragzip.integrations.rows import call_rows, figures_of_report, is_worth_noting, result_row
from ragzip.messages.result import CompressedMessages

__all__ = ["last_human_text", "rows_of", "with_contents"]


def last_human_text(messages: Sequence[BaseMessage]) -> str | None:
    """The text of the last human message; None without one."""
    return next((text for message in reversed(messages) if _is_human(message) and (text := message.text.strip())), None)


def rows_of(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """Messages as rows of OpenAI chat, for :class:`~ragzip.messages.MessageCompressor`. Tool messages that are errors,
    or were shortened before, are rows that stay.
    """
    return [_row(message) for message in messages]


def with_contents(
    messages: Sequence[BaseMessage], written: CompressedMessages, *, shadow: bool = False
) -> list[BaseMessage]:
    """``messages`` with the contents of ``written``; and in the metadata of those that changed, that failed or that
    were measured what was done.
    """
    figures = {item.row: figures_of_report(item, shadow=shadow) for item in written.report if is_worth_noting(item)}
    return [
        _noted(message, row["content"], figures[number]) if number in figures else message
        for number, (message, row) in enumerate(zip(messages, written, strict=True))
    ]


def _is_human(message: BaseMessage) -> bool:
    return isinstance(message, HumanMessage)


def _row(message: BaseMessage) -> dict[str, Any]:
    if isinstance(message, ToolMessage):
        stays = message.status == "error" or KEY in message.response_metadata
        return result_row(message.tool_call_id, message.name, message.content, stays=stays)
    if isinstance(message, AIMessage):
        calls = call_rows([(str(call["id"]), call["name"], call["args"]) for call in message.tool_calls])
        return {"role": "assistant", "content": message.content, "tool_calls": calls}
    role = "user" if _is_human(message) else "system" if message.type == "system" else message.type
    return {"role": role, "content": message.content}


def _noted(message: BaseMessage, content: Any, figures: dict[str, Any]) -> BaseMessage:
    metadata = {**message.response_metadata, KEY: figures}
    return message.model_copy(update={"content": content, "response_metadata": metadata})
