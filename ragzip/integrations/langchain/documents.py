"""LangChain documents: a document compressor for contextual-compression retrievers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, cast

from ragzip.api import pipeline_of
from ragzip.checks import answers_misuse, shown, unknown_options
from ragzip.context import PendingDocument, read_items
from ragzip.errors import InputError, OptionError, needs_extra
from ragzip.integrations.documents import check_options, compressed_items, figures_of, media_type, with_note
from ragzip.integrations.langchain.options import read_layout, read_protect, written_layout, written_protect
from ragzip.pipeline import Pipeline
from ragzip.process.deadline import in_thread
from ragzip.result import Stats
from ragzip.types import Document as RagzipDocument

with needs_extra("langchain", "langchain-core"):
    from langchain_core.callbacks import CallbackManager
    from langchain_core.documents import BaseDocumentCompressor, Document
    from pydantic import BeforeValidator, ConfigDict, PlainSerializer, ValidationError

if TYPE_CHECKING:
    from langchain_core.callbacks import Callbacks

__all__ = ["EXPECTED", "RagzipCompressor", "compressed_documents"]

EXPECTED = "documents, texts, or one text"


class RagzipCompressor(BaseDocumentCompressor):
    """Compresses what a retriever found, for ``ContextualCompressionRetriever(base_compressor=…)``.

    :param compressor: a registry name, a Compressor, or a list of either.
    :param keep_empty: keep documents that have nothing left, with empty page content.
    :param on_error: "raise", or "passthrough": a document that cannot be read (NUL bytes, lone surrogates) comes back
        with the text that it came with, the others are compressed; its metadata and a warning in the log say why. What
        is no list of documents is an error all the same.

    Other options are those of :class:`ragzip.Pipeline`; the budget holds over all documents together.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid", strict=True)

    compressor: Any = "auto"
    target_tokens: int | None = None
    rate: float | None = None
    threshold: float | None = None
    tokenizer: Any = None
    protect: Annotated[Any, BeforeValidator(read_protect), PlainSerializer(written_protect, when_used="json")] = ()
    tidy: bool | None = None
    cache: Any = None
    on_error: str = "raise"
    layout: Annotated[Any, BeforeValidator(read_layout), PlainSerializer(written_layout, when_used="json")] = None
    deadline: float | None = None
    least: int | None = None
    keep_empty: bool = False

    @answers_misuse
    def __init__(self, **options: Any) -> None:
        known_options = type(self).model_fields
        if unknown := set(options) - set(known_options):
            raise unknown_options("RagzipCompressor", unknown, known_options, used_names=options)
        try:
            super().__init__(**options)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            if isinstance(cause := problem.get("ctx", {}).get("error"), OptionError):
                raise cause from None
            name = ".".join(map(str, problem["loc"]))
            raise OptionError(
                f"RagzipCompressor, {name}: received {shown(problem['input'])} ({problem['msg']}), expected the "
                f"options {', '.join(known_options)}, as ragzip.Pipeline describes them."
            ) from None

    def model_post_init(self, context: Any, /) -> None:
        check_options(self._pipeline_options(), "RagzipCompressor")

    def _pipeline_options(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in type(self).model_fields if name != "keep_empty"}

    def compress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks | None = None
    ) -> Sequence[Document]:
        """The documents with less text, in the order given; those with nothing left are dropped.

        :param callbacks: get a run with the query, tokens before and after, and the notes.
        """
        pipeline = pipeline_of(self._pipeline_options(), "RagzipCompressor")
        with _run_of(callbacks, query) as figures:
            items, broken_off = read_items(documents, "documents", expected=EXPECTED, tolerant=pipeline.tolerant)
            kept_documents, stats = compressed_documents(pipeline, items, broken_off, query, keep_empty=self.keep_empty)
            figures.update(figures_of(stats))
        return kept_documents

    async def acompress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks | None = None
    ) -> Sequence[Document]:
        """The same in a thread; the event loop goes on."""
        return await in_thread(self.compress_documents, documents, query, callbacks)


@contextmanager
def _run_of(callbacks: Callbacks | None, query: str) -> Iterator[dict[str, Any]]:
    """A run for ``callbacks``; what is put into the dict is its output."""
    figures: dict[str, Any] = {}
    if callbacks is None:
        yield figures
        return
    manager = CallbackManager.configure(inheritable_callbacks=callbacks)
    run = manager.on_chain_start({"name": "RagzipCompressor"}, {"query": query}, name="RagzipCompressor")
    try:
        yield figures
    except BaseException as error:
        run.on_chain_error(error)
        raise
    run.on_chain_end(figures)


def compressed_documents(
    pipeline: Pipeline, items: Sequence[object], broken_off: str | None, query: str | None, *, keep_empty: bool
) -> tuple[list[Document], Stats]:
    """The documents with less text, and figures; one that cannot be read keeps its text."""
    kept_items, stats = compressed_items(pipeline, items, query, _pending_document, broken_off=broken_off)
    kept_documents = [
        Document(page_content=kept.text, metadata=with_note(item.metadata, kept), id=item.id)
        for item, kept in zip(cast(Sequence[Document], items), kept_items, strict=True)
        if kept.text or keep_empty
    ]
    return kept_documents, stats


def _pending_document(position: int, item: object) -> PendingDocument:
    if not isinstance(item, Document):
        raise InputError(f"documents[{position}]: received {shown(item)}, expected a LangChain Document.")
    document_id, page_content, metadata = item.id or str(position), item.page_content, item.metadata
    return PendingDocument(
        document_id,
        page_content,
        lambda: RagzipDocument(document_id, page_content, mime=media_type(metadata), metadata=metadata),
    )
