"""A runnable for chains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForChainRun,
    CallbackManagerForChainRun,
    dispatch_custom_event,
)
from langchain_core.documents import Document
from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableConfig, RunnableSerializable
from pydantic import BeforeValidator, ConfigDict, PlainSerializer
from typing_extensions import TypedDict

from ragzip.api import pipeline_of
from ragzip.checks import answers_misuse, flag
from ragzip.context import read_items
from ragzip.errors import InputError
from ragzip.files.rows import QUERY_FIELDS
from ragzip.integrations.documents import KEY, check_options, figures_of
from ragzip.integrations.langchain.documents import EXPECTED, compressed_documents
from ragzip.integrations.langchain.messages import last_human_text
from ragzip.integrations.langchain.options import read_options, written_options
from ragzip.pipeline import Pipeline
from ragzip.process.deadline import in_thread
from ragzip.result import Stats

__all__ = ["RagzipRunnable", "as_runnable"]

_CONTEXT_KEYS = ("documents", "context", "input_documents")
_QUERY_KEYS = (*QUERY_FIELDS, "messages")


class RunnableInput(TypedDict, total=False):
    """The input of the runnable, apart from lists: one of the first three keys, one of the others, and more keys."""

    documents: list[Document | str] | str
    context: list[Document | str] | str
    input_documents: list[Document | str] | str
    query: str | list[Any] | None
    question: str | list[Any] | None
    input: str | list[Any] | None
    messages: list[Any]


class RagzipRunnable(RunnableSerializable[Any, Any]):
    """A step of a chain: the same value with less text; see :func:`as_runnable`, which makes it.

    It can be pickled, configured (``configurable_fields``) and written as JSON where its options can be. Each run
    dispatches the custom event "ragzip" with tokens before and after and the notes.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    options: Annotated[
        dict[str, Any], BeforeValidator(read_options), PlainSerializer(written_options, when_used="json")
    ]
    keep_empty: bool = False
    name: str | None = KEY

    @property
    def InputType(self) -> Any:
        """The type of the input, for schemas: a dict, or a list of documents or texts."""
        return RunnableInput | list[Document | str]

    def model_post_init(self, context: Any, /) -> None:
        check_options(self.options, "as_runnable")

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """The value with less text."""
        return self._call_with_config(self._compressed, input, config)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """The same in a thread; the event loop goes on."""

        async def compressed(value: Any, run_manager: AsyncCallbackManagerForChainRun, config: RunnableConfig) -> Any:
            return await in_thread(self._compressed, value, run_manager.get_sync(), config)

        return await self._acall_with_config(compressed, input, config)

    def _compressed(self, value: Any, run_manager: CallbackManagerForChainRun, config: RunnableConfig) -> Any:
        pipeline = pipeline_of(self.options, "as_runnable")
        if isinstance(value, (list, tuple)):
            value, stats = _compressed_value(pipeline, value, None, "documents", keep_empty=self.keep_empty)
            return _dispatched(value, stats, config)
        if not isinstance(value, Mapping):
            raise InputError(
                f"as_runnable: received {type(value).__name__}, expected a dict with 'documents' or 'context', and "
                "'query', or a list of documents."
            )
        context_keys = [key for key in _CONTEXT_KEYS if key in value]
        if len(context_keys) != 1:
            expected = " and ".join([", ".join(map(repr, _CONTEXT_KEYS[:-1])), repr(_CONTEXT_KEYS[-1])])
            raise InputError(f"as_runnable: received the keys {list(value)}, expected one of {expected}.")
        (key,) = context_keys
        kept, stats = _compressed_value(pipeline, value[key], _query_of(value), key, keep_empty=self.keep_empty)
        return _dispatched({**value, key: kept}, stats, config)


@answers_misuse
def as_runnable(compressor: Any = "auto", *, keep_empty: bool = False, **options: Any) -> RagzipRunnable:
    """A runnable from ``{"documents" | "context" | "input_documents", "query" | "question" | "input" | "messages", …}``
    to the same with less text.

    Documents may be LangChain documents, texts, or one text; what comes back is of the same kind. The query may be a
    text or messages, of which the last human one is taken. A list of documents by itself is compressed without a query.
    Other keys pass through. In a chain: ``retrieval | as_runnable(target_tokens=500) | prompt | model``.

    :raises OptionError: an unknown option.
    """
    options = {"compressor": compressor, **options}
    check_options(options, "as_runnable", besides=("keep_empty",))
    return RagzipRunnable(options=options, keep_empty=flag(keep_empty, "keep_empty"))


def _query_of(value: Mapping[str, Any]) -> Any:
    query = next((value[key] for key in _QUERY_KEYS if key in value), None)
    if isinstance(query, (list, tuple)) and query and isinstance(query[-1], BaseMessage):
        return last_human_text(query)
    return query


def _compressed_value(
    pipeline: Pipeline, context: Any, query: str | None, key: str, *, keep_empty: bool
) -> tuple[Any, Stats]:
    """Documents, texts or one text with less text, and figures."""
    if isinstance(context, str):
        result = pipeline.run(context, query)
        return result.text, result.stats
    items, broken_off = read_items(context, key, expected=EXPECTED, tolerant=pipeline.tolerant)
    if items and all(isinstance(item, str) for item in items):
        result = pipeline.run(items, query)
        kept_texts = [document.text for document in result.documents]
        return kept_texts if keep_empty else [text for text in kept_texts if text], result.stats
    kept_documents: list[Document]
    kept_documents, stats = compressed_documents(pipeline, items, broken_off, query, keep_empty=keep_empty)
    return kept_documents, stats


def _dispatched(value: Any, stats: Stats, config: RunnableConfig) -> Any:
    """``value``, once its figures are with the callbacks of the run."""
    if config.get("callbacks"):
        dispatch_custom_event(KEY, figures_of(stats), config=config)
    return value
