"""Haystack: a component for retrieved documents, and a compactor for the conversations of agents.

Their public path is ``haystack_integrations.components.compressors.ragzip``, under which pipelines are written, since
Haystack reads components of its own namespaces only.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence
from typing import Any

from ragzip.api import pipeline_of
from ragzip.checks import answers_misuse, flag, shown, whole_number
from ragzip.context import PendingDocument, read_items
from ragzip.errors import InputError, OptionError, needs_extra
from ragzip.integrations.documents import (
    KEY,
    check_options,
    compressed_items,
    has_budget,
    media_type,
    with_note,
)
from ragzip.integrations.rows import call_rows, compressed_rows, figures_of_report, result_row, tolerant_compressor
from ragzip.messages import MessageCompressor
from ragzip.process.deadline import in_thread
from ragzip.types import Document as RagzipDocument

with needs_extra("haystack", "haystack-ai"):
    from haystack import Document, component, default_from_dict, default_to_dict
    from haystack.dataclasses import ChatMessage, ChatRole, TextContent
    from haystack.hooks.compaction import Compactor

__all__ = ["RagzipCompactor", "RagzipDocumentCompressor"]

_PUBLIC_PATH = "haystack_integrations.components.compressors.ragzip"
_OFFLOADED = "tool_result_offloaded"  # a result that is a reference to what Haystack keeps elsewhere
_WARM_UP_TEXT = "Models are loaded. Then a call takes no longer than the next one."
_MIN_RATE = 0.05  # of a tool result, where the target asks for less
_PLAIN_TYPES = (str, int, float, bool, type(None))


@component
class RagzipDocumentCompressor:
    """Compresses retrieved documents for the query, between a retriever or ranker and the prompt builder.

    Documents keep their order, ids, scores and meta; those given are not changed. Spans stand under ``meta["ragzip"]``.
    Documents without a text pass through; documents with nothing left are dropped.

    :param keep_empty: keep documents that have nothing left, with an empty text.
    :param options: those of :func:`ragzip.compress`, as far as they are plain values, such as ``target_tokens`` for all
        documents together. ``on_error`` is "passthrough" by default: documents that cannot be processed stay as they
        are, and a warning in the log says so.
    :raises OptionError: an unknown option, a value outside its range, or one that JSON has not.
    """

    __module__ = _PUBLIC_PATH

    @answers_misuse
    def __init__(self, *, keep_empty: bool = False, **options: Any) -> None:
        _check_plain(options, "RagzipDocumentCompressor")
        self.options: dict[str, Any] = {"on_error": "passthrough", **options}
        check_options(self.options, "RagzipDocumentCompressor", besides=("keep_empty",))
        self.keep_empty = flag(keep_empty, "keep_empty")
        self._is_warm, self._lock = False, threading.Lock()

    def warm_up(self) -> None:
        """Load the models, so that the first document waits for none."""
        with self._lock:
            if not self._is_warm:
                tolerant = {**self.options, "on_error": "passthrough", "target_tokens": 8, "cache": False}
                pipeline_of(tolerant, "RagzipDocumentCompressor").run(_WARM_UP_TEXT, "What is loaded?")
                self._is_warm = True

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document], query: str | None = None) -> dict[str, Any]:
        """The documents with less text."""
        pipeline = pipeline_of(self.options, "RagzipDocumentCompressor")
        items, _ = read_items(documents, "documents", expected="a list of Haystack documents", tolerant=False)
        for position, item in enumerate(items):
            if not isinstance(item, Document):
                raise InputError(f"documents[{position}]: received {shown(item)}, expected a Haystack Document.")
        textual = [position for position, item in enumerate(items) if item.content is not None]
        kept, _ = compressed_items(pipeline, [items[position] for position in textual], query, _pending_document)
        kept_items = dict(zip(textual, kept, strict=True))
        shortened: list[Document] = []
        for position, item in enumerate(items):
            kept_item = kept_items.get(position)
            if kept_item is None:  # without a text
                shortened.append(item)
            elif kept_item.text or self.keep_empty or item.blob is not None:
                meta = with_note(item.meta, kept_item)
                shortened.append(dataclasses.replace(item, content=kept_item.text, meta=meta))
        return {"documents": shortened}

    @component.output_types(documents=list[Document])
    async def run_async(self, documents: list[Document], query: str | None = None) -> dict[str, Any]:
        """The same in a thread; the event loop goes on."""
        return await in_thread(self.run, documents, query)

    def to_dict(self) -> dict[str, Any]:
        """The component as plain values."""
        written: dict[str, Any] = default_to_dict(self, **self.options, keep_empty=self.keep_empty)
        return written

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RagzipDocumentCompressor:
        """The component that :meth:`to_dict` has written."""
        read: RagzipDocumentCompressor = default_from_dict(cls, data)
        return read

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("_lock", "_is_warm")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._is_warm, self._lock = False, threading.Lock()


class RagzipCompactor(Compactor):
    """Shortens tool results of an agent's conversation to what answers the calls that made them:
    ``CompactionHook(RagzipCompactor(), context_window=…)``.

    Messages keep their order and number; calls, errors, images, files, and what Haystack has offloaded stay. What was
    done stands under ``meta["ragzip"]``. The oldest results are shortened first, until the target is reached.

    :param options: those of :func:`ragzip.compress_messages`, as far as they are plain values; with a budget for each
        result (``target_tokens``, ``rate`` or ``threshold``) a result is shortened once, without one as far as the
        target asks for, and further when it asks again. ``on_error`` is "passthrough" by default.
    :param min_keep_steps: results of so many latest steps stay.
    :raises OptionError: an unknown option, a value outside its range, or one that JSON has not.
    """

    __module__ = _PUBLIC_PATH

    @answers_misuse
    def __init__(self, *, min_keep_steps: int = 1, **options: Any) -> None:
        self.min_keep_steps = whole_number(min_keep_steps, "min_keep_steps")
        _check_plain(options, "RagzipCompactor")
        if of_the_list := [name for name in ("total_tokens", "protect_recent", "format", "shadow") if name in options]:
            raise OptionError(
                f"RagzipCompactor: received {', '.join(of_the_list)}, expected min_keep_steps and options for each "
                "result: the hook sets the target for the conversation."
            )
        self.options = dict(options)
        self.compressor = tolerant_compressor("RagzipCompactor", options)
        self.has_budget = has_budget(options)

    def compact(self, messages: list[ChatMessage], target_tokens: int, token_counter: Any) -> list[ChatMessage] | None:
        """``messages`` with shorter tool results; None where none gets shorter, or all fits."""
        tokens = token_counter.count(messages=messages)
        if tokens <= target_tokens:
            return None
        stays = self._positions_that_stay(messages)
        rows = [_row(message, stays=position in stays) for position, message in enumerate(messages)]
        results = [message for message, row in zip(messages, rows, strict=True) if row["role"] == "tool"]
        if not results:
            return None
        compressor = self.compressor
        if not self.has_budget:
            result_tokens = max(1, token_counter.count(messages=results))
            rate = max(_MIN_RATE, 1 - (tokens - target_tokens) / result_tokens)
            compressor = tolerant_compressor("RagzipCompactor", {**self.options, "rate": rate})
        return _shortened(messages, rows, compressor, target_tokens, token_counter)

    async def compact_async(
        self, messages: list[ChatMessage], target_tokens: int, token_counter: Any
    ) -> list[ChatMessage] | None:
        """The same in a thread; the event loop goes on."""
        return await in_thread(self.compact, messages, target_tokens, token_counter)

    def to_dict(self) -> dict[str, Any]:
        """The compactor as plain values."""
        written: dict[str, Any] = default_to_dict(self, min_keep_steps=self.min_keep_steps, **self.options)
        return written

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RagzipCompactor:
        """The compactor that :meth:`to_dict` has written."""
        read: RagzipCompactor = default_from_dict(cls, data)
        return read

    def _positions_that_stay(self, messages: Sequence[ChatMessage]) -> set[int]:
        """The positions of the messages of the latest steps, and of those that are not to be shortened (again)."""
        steps = [position for position, message in enumerate(messages) if message.tool_calls]
        first_recent = steps[-self.min_keep_steps :][0] if steps and self.min_keep_steps else len(messages)
        return {
            position
            for position, message in enumerate(messages)
            if position >= first_recent or _OFFLOADED in message.meta or (self.has_budget and KEY in message.meta)
        }


def _check_plain(options: dict[str, Any], where: str) -> None:
    """Check that Haystack can write ``options`` into a file.

    :raises OptionError: a value that JSON has not.
    """
    for name, value in options.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        if not all(isinstance(item, _PLAIN_TYPES) for item in values):
            raise OptionError(
                f"{where}, {name}: received {shown(value)}, expected a text, a number, true, false, None, or a list of "
                "them, which a pipeline can be written with."
            )


def _pending_document(position: int, item: Document) -> PendingDocument:
    text = item.content or ""
    return PendingDocument(
        item.id,
        text,
        lambda: RagzipDocument(item.id, text, score=item.score, mime=media_type(item.meta), metadata=item.meta),
    )


def _row(message: ChatMessage, *, stays: bool) -> dict[str, Any]:
    """A message as a row; one with several results, or with something beside a result, stays."""
    if message.tool_call_result is not None:
        result = message.tool_call_result
        call_id = result.origin.id or result.origin.tool_name
        stays = stays or result.error or len(message) != 1
        return result_row(call_id, result.origin.tool_name, _content(result.result), stays=stays)
    if message.role is ChatRole.ASSISTANT:
        calls = [(call.id or call.tool_name, call.tool_name, call.arguments) for call in message.tool_calls]
        return {"role": "assistant", "content": "\n".join(message.texts), "tool_calls": call_rows(calls)}
    return {"role": message.role.value, "content": "\n".join(message.texts)}


def _content(result: Any) -> Any:
    if isinstance(result, str):
        return result
    return [
        {"type": "text", "text": part.text} if isinstance(part, TextContent) else {"type": "file"} for part in result
    ]


def _result(result: Any, content: Any) -> Any:
    """``result`` with the texts of ``content``."""
    if isinstance(result, str):
        return content
    return [
        TextContent(block["text"]) if isinstance(part, TextContent) else part
        for part, block in zip(result, content, strict=True)
    ]


def _shortened(
    messages: Sequence[ChatMessage],
    rows: Sequence[dict[str, Any]],
    compressor: MessageCompressor,
    target_tokens: int,
    token_counter: Any,
) -> list[ChatMessage] | None:
    """``messages`` with the oldest results shortened, until the target is reached; None where none gets shorter."""
    written = compressed_rows(compressor, rows)
    if written is None:
        return None
    tokens = token_counter.count(messages=messages)
    shortened = list(messages)
    for item in written.report:
        message = messages[item.row]
        result = message.tool_call_result
        if result is None or written[item.row] is rows[item.row] or tokens <= target_tokens:
            continue
        shorter = ChatMessage.from_tool(
            tool_result=_result(result.result, written[item.row]["content"]),
            origin=result.origin,
            error=result.error,
            meta={**message.meta, KEY: figures_of_report(item, shadow=False)},
        )
        saved = token_counter.count(messages=[message]) - token_counter.count(messages=[shorter])
        if saved > 0:
            shortened[item.row], tokens = shorter, tokens - saved
    return shortened if any(new is not old for new, old in zip(shortened, messages, strict=True)) else None
