"""ragzip in LangChain: a document compressor for contextual-compression retrievers, and a runnable for chains.

Kept text keeps its order, id and metadata. What ragzip adds stands under one key, ``metadata["ragzip"]``:
``{"score": float | None, "spans": [[start, end], …]}``, the spans in the page content that was given.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ragzip.api import pipeline_of
from ragzip.checks import answers_misuse, flag, shown, unknown_options
from ragzip.context import Draft, context_of, read_items
from ragzip.errors import InputError, MissingExtraError, OptionError
from ragzip.pipeline import Pipeline
from ragzip.process.deadline import in_thread
from ragzip.result import CompressedDocument
from ragzip.types import Document as RagzipDocument

try:
    from langchain_core.documents import BaseDocumentCompressor, Document
    from langchain_core.runnables import Runnable, RunnableLambda
    from pydantic import ConfigDict, ValidationError
except ModuleNotFoundError as error:
    raise MissingExtraError("langchain-core", "langchain") from error

if TYPE_CHECKING:
    from langchain_core.callbacks import Callbacks

__all__ = ["KEY", "RagzipCompressor", "as_runnable"]

KEY = "ragzip"
_EXPECTED = "documents, texts, or one text"
_TYPE_KEYS = ("content_type", "mime_type", "mimetype", "Content-Type", "filetype")
_log = logging.getLogger(__name__)


class RagzipCompressor(BaseDocumentCompressor):
    """Compresses what a retriever found, for ``ContextualCompressionRetriever(base_compressor=…)``.

    :param compressor: a registry name, a Compressor, or a list of either.
    :param keep_empty: keep documents that have nothing left, with empty page content.
    :param on_error: "raise", or "passthrough": a document that cannot be read (NUL bytes, lone surrogates) comes back
        as it came, the others are compressed, and a warning in the log names it. What is no list of documents is an
        error all the same.
    Other options are those of :class:`ragzip.Pipeline`; the budget holds over all documents together.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    compressor: Any = "auto"
    target_tokens: int | None = None
    rate: float | None = None
    threshold: float | None = None
    tokenizer: Any = None
    protect: Any = ()
    tidy: bool | None = None
    cache: Any = None
    on_error: str = "raise"
    layout: Any = None
    deadline: float | None = None
    keep_empty: bool = False

    @answers_misuse
    def __init__(self, **options: Any) -> None:
        known_options = type(self).model_fields
        if unknown := set(options) - set(known_options):
            raise unknown_options("RagzipCompressor", unknown, known_options, given=options)
        try:
            super().__init__(**options)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            name = ".".join(map(str, problem["loc"]))
            raise OptionError(
                f"RagzipCompressor, {name}: received {shown(problem['input'])} ({problem['msg']}), expected the "
                f"options {', '.join(known_options)}, as ragzip.Pipeline describes them."
            ) from None

    def model_post_init(self, context: Any, /) -> None:
        if isinstance(self.protect, Iterator):  # it has to last for more than one call
            self.protect = tuple(self.protect)

    def compress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks | None = None
    ) -> Sequence[Document]:
        """The documents with less text, in the order given; those with nothing left are dropped."""
        options = {name: getattr(self, name) for name in type(self).model_fields}
        keep_empty = options.pop("keep_empty")
        pipeline = pipeline_of(options, "RagzipCompressor")
        items, broken_off = read_items(documents, "documents", expected=_EXPECTED, tolerant=pipeline.tolerant)
        return _compressed(pipeline, items, broken_off, query, keep_empty=keep_empty)

    async def acompress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks | None = None
    ) -> Sequence[Document]:
        """The same in a thread; the event loop goes on."""
        return await in_thread(self.compress_documents, documents, query)


@answers_misuse
def as_runnable(
    compressor: Any = "auto", *, keep_empty: bool = False, **options: Any
) -> Runnable[dict[str, Any], dict[str, Any]]:
    """A runnable from ``{"documents" | "context", "query" | "question" | "input", …}`` to the same with less text.

    ``documents`` (or ``context``) may be LangChain documents, texts, or one text; what comes back is of the same kind.
    Other keys pass through. In a chain: ``retrieval | as_runnable(target_tokens=500) | prompt | model``.

    :raises OptionError: an unknown option.
    """
    pipeline = pipeline_of({"compressor": compressor, **options}, "as_runnable", besides=("keep_empty",))
    keep_empty = flag(keep_empty, "keep_empty")

    def run(value: dict[str, Any]) -> dict[str, Any]:
        return _run(pipeline, value, keep_empty=keep_empty)

    async def arun(value: dict[str, Any]) -> dict[str, Any]:
        return await in_thread(run, value)

    return RunnableLambda(run, afunc=arun, name="ragzip")


def _run(pipeline: Pipeline, value: object, *, keep_empty: bool) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise InputError(
            f"as_runnable: received {type(value).__name__}, expected a dict with 'documents' or 'context', and 'query'."
        )
    context_keys = [key for key in ("documents", "context") if key in value]
    if len(context_keys) != 1:
        raise InputError(f"as_runnable: received the keys {list(value)}, expected one of 'documents' and 'context'.")
    query = next((value[key] for key in ("query", "question", "input") if key in value), None)
    context_value = value[context_keys[0]]
    if isinstance(context_value, str):
        return {**value, context_keys[0]: pipeline.run(context_value, query).text}
    items, broken_off = read_items(context_value, context_keys[0], expected=_EXPECTED, tolerant=pipeline.tolerant)
    if items and all(isinstance(item, str) for item in items):
        kept_texts = [document.text for document in pipeline.run(items, query).documents]
        return {**value, context_keys[0]: kept_texts if keep_empty else [text for text in kept_texts if text]}
    return {**value, context_keys[0]: _compressed(pipeline, items, broken_off, query, keep_empty=keep_empty)}


def _compressed(
    pipeline: Pipeline, items: Sequence[object], broken_off: str | None, query: str | None, *, keep_empty: bool
) -> list[Document]:
    """The documents with less text; one that cannot be read comes back as it came."""
    drafts = [_draft(*numbered_item) for numbered_item in enumerate(items)]
    context = context_of((draft for _, draft in drafts), broken_off, tolerant=pipeline.tolerant)
    result = pipeline.run(context, query)
    if result.stats.fallback:
        _log.warning("%s", result.stats.fallback)
    return [
        item
        if position in context.failures
        else Document(page_content=kept.text, metadata=_metadata(item, kept), id=item.id)
        for position, ((item, _), kept) in enumerate(zip(drafts, result.documents, strict=True))
        if kept.text or keep_empty
    ]


def _draft(position: int, item: object) -> tuple[Document, Draft]:
    if not isinstance(item, Document):
        raise InputError(f"documents[{position}]: received {shown(item)}, expected a LangChain Document.")
    document_id, page_content = item.id or str(position), item.page_content
    return item, (
        document_id,
        page_content,
        lambda: RagzipDocument(document_id, page_content, mime=_mime(item.metadata), metadata=item.metadata),
    )


def _mime(metadata: Mapping[str, Any]) -> str:
    """The type that a loader noted, as those of web pages do under one name or another.

    Without one it is plain text, and the file that the metadata name tells the kind, see
    :func:`ragzip.text.structure.names.name_of`.
    """
    noted_types = (metadata.get(key) for key in _TYPE_KEYS)
    media_types = (value.split(";")[0].strip().lower() for value in noted_types if isinstance(value, str))
    return next((value for value in media_types if "/" in value), "text/plain")  # loaders of code note other things


def _metadata(document: Document, kept: CompressedDocument) -> dict[str, Any]:
    """The document's metadata; what ragzip wrote earlier (a passage's place in its source) stays beside the new."""
    earlier = document.metadata.get(KEY)
    earlier = dict(earlier) if isinstance(earlier, Mapping) else {}
    score = kept.score if kept.score is not None else earlier.get("score")
    return {**document.metadata, KEY: {**earlier, "score": score, "spans": [list(span) for span in kept.spans]}}
