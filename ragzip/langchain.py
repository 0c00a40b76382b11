"""Adapters to LangChain: documents of retrievers, retrievers, steps of chains, agents, few-shot examples."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ragzip.integrations.documents import KEY
from ragzip.integrations.langchain.documents import RagzipCompressor
from ragzip.integrations.langchain.examples import RagzipExampleSelector
from ragzip.integrations.langchain.retrievers import LangChainRetriever, RagzipRetriever
from ragzip.integrations.langchain.runnable import RagzipRunnable, as_runnable

if TYPE_CHECKING:
    from ragzip.integrations.langchain.agents import RagzipContextEdit, RagzipMiddleware, ragzip_summarizer

__all__ = [
    "KEY",
    "LangChainRetriever",
    "RagzipCompressor",
    "RagzipContextEdit",
    "RagzipExampleSelector",
    "RagzipMiddleware",
    "RagzipRetriever",
    "RagzipRunnable",
    "as_runnable",
    "ragzip_summarizer",
]
_OF_AGENTS = ("RagzipContextEdit", "RagzipMiddleware", "ragzip_summarizer")  # these need langchain itself

if not TYPE_CHECKING:  # a type checker would take every name for one of ours

    def __getattr__(name: str) -> Any:
        if name in _OF_AGENTS:
            return getattr(importlib.import_module("ragzip.integrations.langchain.agents"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
