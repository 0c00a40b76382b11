"""The tokens of rows, and where a provider's cache ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ragzip.messages.rows import blocks_of, field_of, word_of
from ragzip.text.tokens import TokenCounter

__all__ = ["TOKENS_PER_ROW", "RowCounter", "has_breakpoint"]

TOKENS_PER_ROW = 4  # for its role and the marks around it
_BREAKPOINTS = ("cache_control", "prompt_cache_breakpoint")
_BLOCK_FIELDS = ("content", "output")  # the latter in tool results of OpenAI Responses
_MAX_DEPTH = 8  # of blocks
_ARGUMENTS = ("arguments", "input")
_UNREAD_FIELDS = (
    "id", "type", "role", "status", "index", "signature", "encrypted_content", "cache_control",
    "prompt_cache_breakpoint", "call_id", "tool_call_id", "tool_use_id", "media_type", "data", "file_id", "annotations",
    "citations", "logprobs",
)  # fmt: skip
_MEDIA_TYPES = (
    "image", "image_url", "input_image", "file", "input_file", "input_audio", "audio", "video", "container_upload",
)  # fmt: skip


class RowCounter:
    """Counts the tokens of rows: of texts, names and arguments, and :data:`TOKENS_PER_ROW` for each row.

    :param count: of texts.
    :param image_tokens: of blocks that are no text; None: 0.
    """

    def __init__(self, count: TokenCounter, image_tokens: Callable[[Any], int] | None = None) -> None:
        self.count, self.image_tokens = count, image_tokens

    def __call__(self, row: object) -> int:
        tokens = TOKENS_PER_ROW + sum(self.count.many(list(_texts(row))))
        return tokens + (sum(map(self.image_tokens, _media(row))) if self.image_tokens is not None else 0)


def has_breakpoint(item: object, depth: int = 0) -> bool:
    """Whether the provider's cache ends at ``item`` or in it."""
    if any(field_of(item, name) for name in _BREAKPOINTS):
        return True
    blocks = [block for name in _BLOCK_FIELDS for block in blocks_of(item, name)]
    return depth < _MAX_DEPTH and any(has_breakpoint(block, depth + 1) for block in blocks)


def _texts(item: object, depth: int = 0) -> Iterator[str]:
    """The texts that a model reads in a row, a block or a list of blocks."""
    if isinstance(item, str):
        yield item
    elif isinstance(item, (list, tuple)):
        for block in item:
            yield from _texts(block, depth)
    elif depth < _MAX_DEPTH and word_of(item, "type") not in _MEDIA_TYPES:
        is_text_source = word_of(item, "type") == "text"
        for name, value in _fields(item):
            if name in _ARGUMENTS and isinstance(value, Mapping):
                yield json.dumps(value, ensure_ascii=False, default=str)
            elif name not in _UNREAD_FIELDS or (name == "data" and is_text_source):
                yield from _texts(value, depth + 1)


def _fields(item: object) -> Iterator[tuple[str, Any]]:
    """The fields of a mapping, or of an object of an SDK."""
    if isinstance(item, Mapping):
        yield from item.items()
    elif hasattr(item, "model_dump"):
        yield from dict(item).items()  # type: ignore[call-overload]


def _media(item: object, depth: int = 0) -> Iterator[Any]:
    """The blocks of a row that are no text."""
    for name in _BLOCK_FIELDS:
        for block in blocks_of(item, name):
            if word_of(block, "type") in _MEDIA_TYPES:
                yield block
            elif depth < _MAX_DEPTH:
                yield from _media(block, depth + 1)
