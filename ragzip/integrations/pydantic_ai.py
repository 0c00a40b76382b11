"""Pydantic AI: a processor of the message history."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

from ragzip.checks import answers_misuse
from ragzip.errors import needs_extra
from ragzip.integrations.documents import KEY
from ragzip.integrations.rows import call_rows, compressed_rows, figures_of_report, result_row, tolerant_compressor
from ragzip.messages import Originals
from ragzip.messages.result import MessageReport
from ragzip.process.deadline import in_thread

with needs_extra("pydantic-ai", "pydantic-ai-slim"):
    from pydantic_ai import Tool
    from pydantic_ai.messages import (
        CachePoint,
        ModelMessage,
        ModelRequest,
        ModelResponse,
        SystemPromptPart,
        TextContent,
        ToolCallPart,
        ToolReturnPart,
        UserPromptPart,
    )

__all__ = ["RagzipHistoryProcessor"]

_CACHE_POINT = {"type": "cache point", "cache_control": True}  # what stands before it does not change


class _Row(NamedTuple):
    """A row, and the part that it shows: of ``messages[message].parts[part]``; no part for a whole response."""

    row: dict[str, Any]
    message: int
    part: int | None = None


class RagzipHistoryProcessor:
    """Shortens tool returns before each model request:
    ``Agent(model, capabilities=[ProcessHistory(RagzipHistoryProcessor(target_tokens=400))])``.

    Pydantic AI keeps the processed history, so a return is shortened once, and all later requests hold the short one.
    Only texts of successful tool returns change, in copies of their messages; prompts, responses, retries, errors,
    images, files and structured values are the same objects. What was done stands in ``ModelRequest.metadata`` under
    "ragzip", by the id of the call.

    :param originals: whole texts are kept there; give the agent :attr:`tools` to fetch them.
    :param options: those of :func:`ragzip.compress_messages`; ``on_error`` is "passthrough" by default.
    :raises OptionError: an unknown option, or a value outside its range.
    """

    @answers_misuse
    def __init__(self, *, originals: Originals | None = None, **options: Any) -> None:
        self.compressor = tolerant_compressor(
            "RagzipHistoryProcessor", {"format": "openai", "originals": originals, **options}
        )
        self.originals = originals

    @property
    def tools(self) -> list[Tool[Any]]:
        """The tool that fetches originals, for ``Agent(tools=[…, *processor.tools])``; none without originals."""
        return [] if self.originals is None else [_tool_for(self.originals)]

    async def __call__(self, messages: list[ModelMessage]) -> list[ModelMessage]:
        """``messages`` with shorter tool returns; the event loop goes on."""
        return await in_thread(self.process, messages)

    def process(self, messages: Sequence[ModelMessage]) -> list[ModelMessage]:
        """The same for a caller that does not await."""
        message_rows = [
            message_row for number, message in enumerate(messages) for message_row in _rows(number, message)
        ]
        written = compressed_rows(self.compressor, [message_row.row for message_row in message_rows])
        new_messages = list(messages)
        if written is None:
            return new_messages
        for row_report in written.report:
            message_row, content = message_rows[row_report.row], written[row_report.row]["content"]
            if message_row.part is not None and content is not message_row.row["content"]:
                new_messages[message_row.message] = _shortened(
                    new_messages[message_row.message], message_row.part, content, row_report
                )
        return new_messages


def _rows(number: int, message: ModelMessage) -> list[_Row]:
    """The rows of a message: one of a response, one of each part of a request."""
    if isinstance(message, ModelResponse):
        call_parts = [part for part in message.parts if isinstance(part, ToolCallPart)]
        called = call_rows([(part.tool_call_id, part.tool_name, part.args) for part in call_parts])
        return [_Row({"role": "assistant", "content": message.text or "", "tool_calls": called}, number)]
    shortened_before = _done(message)
    return [_Row(_row(part, shortened_before), number, part_number) for part_number, part in enumerate(message.parts)]


def _row(part: Any, done: dict[str, Any]) -> dict[str, Any]:
    """The row of a part of a request.

    :param done: what was shortened before, by the id of the call.
    """
    if isinstance(part, ToolReturnPart):
        must_stay = part.outcome != "success" or part.tool_kind is not None or part.tool_call_id in done
        return result_row(part.tool_call_id, part.tool_name, _content(part.content), stays=must_stay)
    if isinstance(part, UserPromptPart):
        return {"role": "user", "content": _content(part.content)}
    if isinstance(part, SystemPromptPart):
        return {"role": "system", "content": part.content}
    return {"role": "part that stays", "content": ""}


def _done(message: ModelRequest) -> dict[str, Any]:
    shortened_calls = (message.metadata or {}).get(KEY)
    return shortened_calls if isinstance(shortened_calls, dict) else {}


def _content(content: Any) -> Any:
    """The content of a part as that of a row: texts, and blocks for what is no text."""
    if isinstance(content, str):
        return content
    return [_block(item) for item in (content if isinstance(content, (list, tuple)) else [content])]


def _block(item: Any) -> dict[str, Any]:
    if isinstance(item, CachePoint):
        return _CACHE_POINT
    block_text = _text_of(item)
    return {"type": "file"} if block_text is None else {"type": "text", "text": block_text}


def _text_of(item: Any) -> str | None:
    if isinstance(item, TextContent):
        return str(item.content)
    return item if isinstance(item, str) else None


def _shortened(message: ModelMessage, place: int, content: Any, item: MessageReport) -> ModelMessage:
    """A copy of a request with ``content`` in the tool return at ``place``; and what was done, in its metadata."""
    new_parts = list(message.parts)
    tool_return = new_parts[place]
    new_parts[place] = dataclasses.replace(tool_return, content=_with_texts(tool_return.content, content))
    shortened_calls = {**_done(message), tool_return.tool_call_id: figures_of_report(item, shadow=False)}
    return dataclasses.replace(message, parts=new_parts, metadata={**(message.metadata or {}), KEY: shortened_calls})


def _with_texts(original: Any, content: Any) -> Any:
    """The ``original`` content with the texts of the row's ``content``."""
    if isinstance(original, str):
        return content
    new_items = [
        item
        if (text := _text_of(item)) is None or block["text"] == text
        else dataclasses.replace(item, content=block["text"])
        if isinstance(item, TextContent)
        else block["text"]
        for item, block in zip(original if isinstance(original, (list, tuple)) else [original], content, strict=True)
    ]
    return new_items if isinstance(original, (list, tuple)) else new_items[0]


def _tool_for(originals: Originals) -> Tool[Any]:
    definition = originals.tool("openai")["function"]

    async def fetch(handle: str) -> str:
        return await in_thread(originals.answer, {"handle": handle})

    return Tool.from_schema(
        fetch,
        name=definition["name"],
        description=definition["description"],
        json_schema=definition["parameters"],
    )
