"""Functions that the adapters for documents share.

Kept text keeps its order, id and metadata. What ragzip adds stands under one key, ``metadata["ragzip"]``:
``{"score": float | None, "spans": [[start, end], …]}``, the spans in the text that was given; and ``"fallback"``, the
reason, where it stays as it was given because of a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ragzip.api import pipeline_of
from ragzip.context import PendingDocument, context_of
from ragzip.pipeline import Pipeline
from ragzip.result import CompressedDocument, Stats

__all__ = [
    "KEY",
    "check_options",
    "compressed_items",
    "figures_of",
    "has_budget",
    "media_type",
    "with_note",
]

KEY = "ragzip"
_TYPE_KEYS = ("content_type", "mime_type", "mimetype", "Content-Type", "filetype")


def check_options(options: Mapping[str, Any], where: str, *, besides: Sequence[str] = ()) -> None:
    """Check what can be checked of the options of a pipeline before its first call.

    :raises RagzipError: an unknown option or compressor, or a value outside its range.
    """
    pipeline_of(options, where, besides=besides).check()


def has_budget(options: Mapping[str, Any]) -> bool:
    """Whether ``options`` of a pipeline say how much may be kept."""
    return any(options.get(name) is not None for name in ("target_tokens", "rate", "threshold"))


def compressed_items(
    pipeline: Pipeline,
    items: Sequence[Any],
    query: str | None,
    pending_document_of: Callable[[int, Any], PendingDocument],
    *,
    broken_off: str | None = None,
) -> tuple[tuple[CompressedDocument, ...], Stats]:
    """The kept part of each item, and the figures of the call.

    :param pending_document_of: what the document of an item is made of, from the position of an item and the item.
    :param broken_off: why there are no more items.
    """
    pending_documents = [pending_document_of(*numbered_item) for numbered_item in enumerate(items)]
    context = context_of(pending_documents, broken_off, tolerant=pipeline.tolerant)
    result = pipeline.run(context, query)
    return result.documents, result.stats


def figures_of(stats: Stats) -> dict[str, Any]:
    """The figures of a call that a trace shows."""
    return {
        "tokens_in": stats.tokens_in,
        "tokens_out": stats.tokens_out,
        "notes": list(stats.notes),
        "fallback": stats.fallback,
    }


def media_type(metadata: Mapping[str, Any]) -> str:
    """The type that a loader noted, as those of web pages do under one name or another.

    Without one it is plain text, and the file that the metadata name tells the kind, see
    :func:`ragzip.text.structure.names.name_of`.
    """
    noted_types = (metadata.get(key) for key in _TYPE_KEYS)
    media_types = (value.split(";")[0].strip().lower() for value in noted_types if isinstance(value, str))
    return next((value for value in media_types if "/" in value), "text/plain")  # loaders of code note other things


def with_note(metadata: Mapping[str, Any], kept: CompressedDocument) -> dict[str, Any]:
    """The metadata with the score and the spans of the kept text under :data:`KEY`, or why all of it is kept; earlier
    notes of ragzip there (a passage's place in its source) are kept.
    """
    earlier = metadata.get(KEY)
    earlier = dict(earlier) if isinstance(earlier, Mapping) else {}
    earlier.pop("fallback", None)
    score = kept.score if kept.score is not None else earlier.get("score")
    note = {**earlier, "score": score, "spans": [list(span) for span in kept.spans]}
    return {**metadata, KEY: note if kept.fallback is None else {**note, "fallback": kept.fallback}}
