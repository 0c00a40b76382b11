"""The tokens of rows, and where a provider's cache ends."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ragzip.checks import whole_number
from ragzip.errors import OptionError, reason_of
from ragzip.messages.rows import blocks_of, field_of, word_of
from ragzip.text.tokens import TokenCounter

__all__ = ["TOKENS_PER_ROW", "RowCounter", "has_breakpoint"]

_log = logging.getLogger(__name__)
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
    :param tolerant: a block of which it cannot tell counts nothing, and a warning is logged.
    """

    def __init__(
        self, count: TokenCounter, image_tokens: Callable[[Any], int] | None = None, *, tolerant: bool = False
    ) -> None:
        self.count, self.image_tokens, self.tolerant = count, image_tokens, tolerant

    def __call__(self, row: object) -> int:
        tokens = TOKENS_PER_ROW + sum(self.count.many(list(_texts(row))))
        return tokens if self.image_tokens is None else tokens + sum(map(self._media_tokens, _media(row)))

    def _media_tokens(self, block: Any) -> int:
        """The tokens of a block that is no text.

        :raises OptionError: the function of the caller raises an error, or returns no number of tokens.
        """
        assert self.image_tokens is not None
        try:
            tokens = _called(self.image_tokens, block)
        except OptionError as error:
            if not self.tolerant:
                raise
            _log.warning("a block counts 0 tokens: %s", error)
            return 0
        return tokens


def _called(image_tokens: Callable[[Any], int], block: Any) -> int:
    try:
        tokens = image_tokens(block)
    except Exception as error:
        raise OptionError(
            f"image_tokens: the function raised {reason_of(error)}, expected the tokens of a block."
        ) from error
    return whole_number(tokens, "image_tokens: returned", expected="the tokens of a block, 0 or more")


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
