"""Functions that the adapters for messages share: their messages as rows of OpenAI chat, and reports as metadata."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from ragzip.errors import reason_of
from ragzip.messages import CompressedMessages, MessageCompressor
from ragzip.messages.compress import check_message_options
from ragzip.messages.result import MessageReport

__all__ = [
    "call_rows",
    "compressed_rows",
    "figures_of_report",
    "is_worth_noting",
    "result_row",
    "tolerant_compressor",
]

_RESULT_THAT_STAYS = "tool result that stays"
_log = logging.getLogger(__name__)


def result_row(call_id: str, name: str | None, content: Any, *, stays: bool) -> dict[str, Any]:
    """The row of a tool result.

    :param stays: it is an error, or was shortened before.
    """
    role = _RESULT_THAT_STAYS if stays else "tool"
    return {"role": role, "tool_call_id": call_id, "name": name, "content": content}


def call_rows(calls: list[tuple[str, str, Any]]) -> list[dict[str, Any]]:
    """The calls of an assistant's row, from their ids, names and arguments."""
    return [
        {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
        for call_id, name, arguments in calls
    ]


def is_worth_noting(item: MessageReport) -> bool:
    """Whether a text got shorter (with ``shadow``: would get), or stayed because of a failure."""
    return item.status in ("shortened", "emptied", "failed")


def figures_of_report(item: MessageReport, *, shadow: bool) -> dict[str, Any]:
    """The figures in the metadata of a message.

    :param shadow: the text was only measured.
    """
    figures = {"status": item.status, "tokens_in": item.tokens_in, "tokens_out": item.tokens_out, "handle": item.handle}
    reason = {} if item.reason is None else {"reason": item.reason}
    return {**figures, **reason, **({"shadow": True} if shadow else {})}


def tolerant_compressor(where: str, options: Mapping[str, Any]) -> MessageCompressor:
    """A compressor that leaves texts that fail unchanged, unless ``options`` say otherwise: an agent must not stop.

    :raises OptionError: an unknown option of ``where``, or a value outside its range.
    """
    check_message_options(options, where)
    return MessageCompressor(**{"on_error": "passthrough", **options})


def compressed_rows(compressor: MessageCompressor, rows: Sequence[Any]) -> CompressedMessages | None:
    """``rows`` with shorter texts; None, and a warning is logged, where they are no messages, or a total cannot hold
    them.

    :raises RagzipError: the latter, where ``compressor`` is not tolerant.
    """
    try:
        written = compressor.compress(rows)
    except Exception as error:
        if not compressor.tolerant:
            raise
        _log.warning("messages as given: %s", reason_of(error))
        return None
    if compressor.shadow and written.stats.shortened:
        stats = written.stats
        _log.info(
            "shadow: %d of %d texts would be sent with %d of %d tokens",
            stats.shortened,
            stats.texts,
            stats.tokens_out,
            stats.tokens_in,
        )
    return written
