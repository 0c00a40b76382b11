"""Reading the replies of models: texts, lists of parts, and token counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["count_of", "text_of_content"]

_MAX_COUNT = 2**53


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
