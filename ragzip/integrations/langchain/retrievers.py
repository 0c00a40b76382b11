"""LangChain's vector stores and retrievers as retrievers of ragzip, and the other way round."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore, VectorStoreRetriever
from pydantic import ConfigDict

from ragzip.checks import answers_misuse, check_text, shown, whole_number, with_methods
from ragzip.errors import InputError, OptionError
from ragzip.integrations.documents import KEY, media_type
from ragzip.process.deadline import in_thread
from ragzip.retrievers.base import Retriever, check_k
from ragzip.types import Document as RagzipDocument

__all__ = ["LangChainRetriever", "RagzipRetriever"]

ID_CHARACTERS = 16  # of the digest that stands for the id of a document without one


class LangChainRetriever:
    """A :class:`~ragzip.retrievers.base.Retriever` that asks a vector store or a retriever of LangChain: a first stage
    for :class:`~ragzip.retrievers.hybrid.HybridRetriever`, or for ``retrieve_with_feedback`` of an index.

    LangChain's scores are similarities, distances or missing, so a document's score is 1 ÷ its rank. One without an id
    gets a digest of its text, so that it has the same id in every answer.

    :param source: a vector store is asked for ``k`` documents, and so is a retriever made by its ``as_retriever``;
        another retriever gives as many as it was set to, of which the first ``k`` are taken.
    :raises OptionError: something else.
    """

    def __init__(self, source: VectorStore | BaseRetriever) -> None:
        if not isinstance(source, (VectorStore, BaseRetriever)):
            raise OptionError(
                f"LangChainRetriever: received {type(source).__name__}, expected a VectorStore or a BaseRetriever of "
                "LangChain."
            )
        self.source = source

    def retrieve(self, query: str, k: int = 10) -> list[RagzipDocument]:
        """At most ``k`` documents, best first.

        :raises InputError: an empty query, or a document whose text cannot be processed.
        :raises OptionError: k under 1.
        """
        if not check_text(query, "query").strip():
            raise InputError("query: received an empty text, expected what to look for.")
        documents = self._first_documents(query, check_k(k))[:k]
        return [_ragzip_document(document, rank) for rank, document in enumerate(documents, 1)]

    def _first_documents(self, query: str, k: int) -> list[Document]:
        if isinstance(self.source, VectorStore):
            return self.source.similarity_search(query, k=k)
        if isinstance(self.source, VectorStoreRetriever):
            search_options = {**self.source.search_kwargs, "k": k}
            return self.source.model_copy(update={"search_kwargs": search_options}).invoke(query)
        return self.source.invoke(query)


class RagzipRetriever(BaseRetriever):
    """A retriever of ragzip (or any object with ``retrieve(query, k)``) as one of LangChain.

    A document's score and its place in its source are under ``metadata["ragzip"]``, its title under
    ``metadata["title"]``.

    :param retriever: an index, a hybrid retriever, or one of your own.
    :param k: the number of documents.
    :param name: with ``tags`` and ``metadata``, for traces, as any retriever of LangChain has them.
    :raises OptionError: no retriever, or k under 1.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    retriever: Any
    k: int = 10

    @answers_misuse
    def __init__(
        self,
        *,
        retriever: Any,
        k: int = 10,
        name: str | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        with_methods(retriever, "retriever", ("retrieve",), expected="an object with retrieve(query, k)")
        fields: dict[str, Any] = {"retriever": retriever, "k": whole_number(k, "k", least=1)}
        super().__init__(**fields, name=name, tags=tags, metadata=metadata)

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return self._documents(query)

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        return await in_thread(self._documents, query)

    def _documents(self, query: str) -> list[Document]:
        retriever: Retriever = self.retriever
        return [_langchain_document(document) for document in retriever.retrieve(query, self.k)]


def _ragzip_document(document: Any, rank: int) -> RagzipDocument:
    if not isinstance(document, Document):
        raise InputError(f"documents[{rank - 1}]: received {shown(document)}, expected a LangChain Document.")
    text, metadata = document.page_content, document.metadata
    document_id = document.id or sha256(text.encode("utf-8", "replace")).hexdigest()[:ID_CHARACTERS]
    return RagzipDocument(document_id, text, score=1 / rank, mime=media_type(metadata), metadata=metadata)


def _langchain_document(document: RagzipDocument) -> Document:
    earlier_note = document.metadata.get(KEY)
    note = {**(earlier_note if isinstance(earlier_note, dict) else {}), "score": document.score}
    metadata = {**document.metadata, KEY: note}
    if document.title is not None:
        metadata["title"] = document.title
    if document.mime != "text/plain":
        metadata["content_type"] = document.mime
    return Document(page_content=document.text, metadata=metadata, id=document.id)
