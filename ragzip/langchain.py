"""Adapters to LangChain, at their public path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragzip.integrations import langchain as _adapters
from ragzip.integrations.langchain import KEY, RagzipCompressor, RagzipRunnable, as_runnable

if TYPE_CHECKING:
    from ragzip.integrations.langchain import RagzipContextEdit, RagzipMiddleware, ragzip_summarizer

__all__ = [
    "KEY",
    "RagzipCompressor",
    "RagzipContextEdit",
    "RagzipMiddleware",
    "RagzipRunnable",
    "as_runnable",
    "ragzip_summarizer",
]


def __getattr__(name: str) -> Any:
    return getattr(_adapters, name)
