"""The options of a call: one table for every function, adapter, command and request that takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, TypedDict

from ragzip.cache import CacheOption
from ragzip.compressors.base import Compressor
from ragzip.output.layout import Layout
from ragzip.text.tokens import Tokenizer

__all__ = ["OnError", "Options"]

OnError: TypeAlias = Literal["raise", "passthrough"]


class Options(TypedDict, total=False):
    """The options of a call, as :func:`ragzip.compress` describes them."""

    target_tokens: int | None
    rate: float | None
    threshold: float | None
    compressor: str | Compressor | Sequence[str | Compressor]
    tokenizer: Tokenizer
    protect: Any
    tidy: bool | None
    layout: Layout | None
    cache: CacheOption
    on_error: OnError
    deadline: float | None
    least: int | None
