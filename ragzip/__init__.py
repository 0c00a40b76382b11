"""Prompt and context compression for RAG: fewer tokens, with the answer still in them.

import ragzip

result = ragzip.compress(documents, "Who wrote it?", target_tokens=500)
result.text, result.stats.tokens_out, result.citations()
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragzip import errors as errors
    from ragzip import langchain as langchain
    from ragzip import messages as messages
    from ragzip import retrievers as retrievers
    from ragzip import testing as testing
    from ragzip.api import acompress, compress, compress_batch, wrap
    from ragzip.cache import SegmentCache
    from ragzip.compressors.base import Compressor
    from ragzip.compressors.registry import load
    from ragzip.errors import RagzipError
    from ragzip.files.documents import read_documents
    from ragzip.integrations import batches as batches
    from ragzip.integrations import demonstrations as demonstrations
    from ragzip.integrations import ray as ray
    from ragzip.integrations.batches import batch as batch
    from ragzip.messages import compress_messages
    from ragzip.output.layout import Layout
    from ragzip.pipeline import Pipeline
    from ragzip.result import Result, Stats
    from ragzip.types import Budget, Document, Part, Segment, Unit

__version__ = "0.1.0"

_HOME = {
    "Budget": "types",
    "Compressor": "compressors.base",
    "Document": "types",
    "Layout": "output.layout",
    "Part": "types",
    "Pipeline": "pipeline",
    "RagzipError": "errors",
    "Result": "result",
    "Segment": "types",
    "SegmentCache": "cache",
    "Stats": "result",
    "Unit": "types",
    "acompress": "api",
    "batch": "integrations.batches",
    "compress": "api",
    "compress_batch": "api",
    "compress_messages": "messages",
    "load": "compressors.registry",
    "read_documents": "files.documents",
    "wrap": "api",
}

_MODULES = {  # ragzip.langchain.as_runnable(…) with no second import
    "batches": "integrations.batches",
    "demonstrations": "integrations.demonstrations",
    "errors": "errors",
    "langchain": "langchain",
    "messages": "messages",
    "ray": "integrations.ray",
    "retrievers": "retrievers",
    "testing": "testing",
}

__all__ = [
    "Budget",
    "Compressor",
    "Document",
    "Layout",
    "Part",
    "Pipeline",
    "RagzipError",
    "Result",
    "Segment",
    "SegmentCache",
    "Stats",
    "Unit",
    "acompress",
    "compress",
    "compress_batch",
    "compress_messages",
    "load",
    "read_documents",
    "wrap",
]


if not TYPE_CHECKING:  # a type checker would take every name for one of ours

    def __getattr__(name: str) -> Any:
        if name in _MODULES:
            return importlib.import_module(f"ragzip.{_MODULES[name]}")
        if name not in _HOME:
            raise AttributeError(f"module 'ragzip' has no attribute {name!r}")
        from ragzip.process.forking import guarded

        with guarded():  # a child that is forked during an import would wait for it for ever
            value = getattr(importlib.import_module(f"ragzip.{_HOME[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME, *_MODULES])
