"""Prompt and context compression for RAG: fewer tokens, with the answer still in them.

import ragzip

result = ragzip.compress(documents, "Who wrote it?", target_tokens=500)
result.text, result.stats.tokens_out, result.citations()
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragzip.cache import SegmentCache
    from ragzip.errors import RagzipError
    from ragzip.pipeline import Pipeline, acompress, compress, compress_batch
    from ragzip.prompt import Layout
    from ragzip.registry import load
    from ragzip.types import Document, Part, Result, Segment, Stats
    from ragzip.wrapping import wrap

__version__ = "0.1.0"

_HOME = {
    "Document": "types",
    "Layout": "prompt",
    "Part": "types",
    "Pipeline": "pipeline",
    "RagzipError": "errors",
    "Result": "types",
    "Segment": "types",
    "SegmentCache": "cache",
    "Stats": "types",
    "acompress": "pipeline",
    "compress": "pipeline",
    "compress_batch": "pipeline",
    "load": "registry",
    "wrap": "wrapping",
}

__all__ = [
    "Document",
    "Layout",
    "Part",
    "Pipeline",
    "RagzipError",
    "Result",
    "Segment",
    "SegmentCache",
    "Stats",
    "acompress",
    "compress",
    "compress_batch",
    "load",
    "wrap",
]


def __getattr__(name: str) -> Any:
    if name in ("langchain", "errors", "testing", "tokens"):  # ragzip.langchain.as_runnable(…) with no second import
        return importlib.import_module(f"ragzip.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'ragzip' has no attribute {name!r}")
    from ragzip.forking import guarded

    with guarded():  # a child that is forked during an import would wait for it for ever
        value = getattr(importlib.import_module(f"ragzip.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
