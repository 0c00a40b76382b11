"""LlamaIndex: a node postprocessor for query engines, chat engines and retrievers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ragzip.api import pipeline_of
from ragzip.checks import answers_misuse, flag, shown, unknown_options
from ragzip.context import PendingDocument, read_items
from ragzip.errors import InputError, needs_extra
from ragzip.fitting.limits import limit_of
from ragzip.integrations.documents import KEY, check_options, compressed_items, media_type, with_note
from ragzip.process.deadline import CallLimit, in_thread
from ragzip.result import CompressedDocument
from ragzip.text.tokens import TokenCounter, token_counter
from ragzip.types import Document as RagzipDocument

with needs_extra("llamaindex", "llama-index-core"):
    from llama_index.core.bridge.pydantic import ConfigDict
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.schema import BaseNode, ImageNode, MetadataMode, NodeWithScore, QueryBundle

__all__ = ["RagzipPostprocessor"]

_NOT_OF_THE_PIPELINE = ("keep_empty", "callback_manager")
_MEDIA = ("image_resource", "audio_resource", "video_resource")
_SEPARATOR = "\n\n"  # which response synthesizers set between nodes
_ATTEMPTS = 4  # to fit what an LLM reads of the metadata; the last one takes all of it off the budget


class RagzipPostprocessor(BaseNodePostprocessor):
    """Compresses what was retrieved: ``index.as_query_engine(node_postprocessors=[RagzipPostprocessor(rate=0.3)])``.

    Nodes keep their order, ids, scores, relationships and metadata; those given are not changed. Spans stand under
    ``metadata["ragzip"]``, which neither the LLM nor the embedding model is shown. Nodes without text and image nodes
    pass through and are not counted; nodes with nothing left are dropped.

    :param target_tokens: most tokens of all nodes together as an LLM reads them: their metadata counts too.
    :param keep_empty: keep nodes that have nothing left, with an empty text.
    :param on_error: "passthrough": nodes that cannot be processed stay as they are, and a warning in the log says so;
        or "raise".

    Other options are those of :func:`ragzip.compress`, apart from ``layout``.

    :raises OptionError: an unknown option, or a value outside its range.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    compressor: Any = "auto"
    target_tokens: Any = None
    rate: Any = None
    threshold: Any = None
    tokenizer: Any = None
    protect: Any = ()
    cache: Any = None
    on_error: Any = "passthrough"
    deadline: Any = None
    tidy: Any = None
    least: Any = None
    keep_empty: Any = False

    @answers_misuse
    def __init__(self, **options: Any) -> None:
        known_options = list(type(self).model_fields)
        if unknown := set(options) - set(known_options):
            raise unknown_options("RagzipPostprocessor", unknown, known_options, used_names=options)
        if isinstance(options.get("protect"), (Iterator, list)):  # it has to last, and is a list in JSON
            options["protect"] = tuple(options["protect"])
        flag(options.get("keep_empty", False), "keep_empty")
        super().__init__(**options)
        check_options(self._pipeline_options(), "RagzipPostprocessor")

    def _pipeline_options(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in type(self).model_fields if name not in _NOT_OF_THE_PIPELINE}

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex writes it."""
        return "RagzipPostprocessor"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        query = query_bundle.query_str if query_bundle is not None else None
        items, _ = read_items(nodes, "nodes", expected="a list of NodeWithScore", tolerant=False)
        for position, item in enumerate(items):
            if not isinstance(item, NodeWithScore):
                raise InputError(f"nodes[{position}]: received {shown(item)}, expected a NodeWithScore.")
        textual = [position for position, item in enumerate(items) if _has_text(item.node)]
        kept_items = dict(zip(textual, self._kept([items[position] for position in textual], query), strict=True))
        return [
            item if (kept := kept_items.get(position)) is None else _shortened(item, kept)
            for position, item in enumerate(items)
            if self._stays(item, kept_items.get(position))
        ]

    async def _apostprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        """The same in a thread; the event loop goes on."""
        return await in_thread(self._postprocess_nodes, nodes, query_bundle)

    def _stays(self, item: NodeWithScore, kept: CompressedDocument | None) -> bool:
        """Whether a node is handed on; one without text always is."""
        return kept is None or bool(kept.text) or self.keep_empty or _has_media(item.node)

    def _kept(self, items: Sequence[NodeWithScore], query: str | None) -> Sequence[CompressedDocument]:
        """The kept part of each node.

        An LLM reads the metadata of the nodes that are left, and which these are is known only then: the budget is
        lowered by what is over, until all fits.
        """
        options, call_limit = self._pipeline_options(), CallLimit(self.deadline)
        pipeline = pipeline_of(options, "RagzipPostprocessor")
        kept_items, _ = compressed_items(pipeline, items, query, _pending_document)
        if pipeline.target_tokens is None and pipeline.rate is None:
            return kept_items
        count = token_counter(pipeline.tokenizer)
        readable = [item for item, kept in zip(items, kept_items, strict=True) if kept.fallback is None]
        limit = limit_of(_tokens_of(readable, count), pipeline.target_tokens, pipeline.rate) or 0
        target = limit
        for attempt in range(1, _ATTEMPTS + 1):
            kept_nodes = [
                _shortened(item, kept)
                for item, kept in zip(items, kept_items, strict=True)
                if kept.fallback is None and kept.text
            ]
            excess = _tokens_of(kept_nodes, count) - limit
            if excess <= 0 or not target or call_limit.is_over:
                break
            target = max(0, target - excess if attempt < _ATTEMPTS else limit - _metadata_tokens(readable, count))
            lower = {**options, "target_tokens": target, "rate": None, "deadline": call_limit.remaining()}
            kept_items, _ = compressed_items(pipeline_of(lower, "RagzipPostprocessor"), items, query, _pending_document)
        return kept_items


def _text_of(node: BaseNode) -> str:
    text: str = node.get_content(metadata_mode=MetadataMode.NONE)
    return text


def _has_text(node: BaseNode) -> bool:
    return not isinstance(node, ImageNode) and bool(_text_of(node).strip())


def _has_media(node: BaseNode) -> bool:
    """Whether a node holds more than text, which must not be lost with it."""
    return any(getattr(node, name, None) is not None for name in _MEDIA)


def _tokens_of(items: Sequence[NodeWithScore], count: TokenCounter) -> int:
    """The tokens of nodes as an LLM reads them."""
    return count(_SEPARATOR.join(item.node.get_content(metadata_mode=MetadataMode.LLM) for item in items))


def _metadata_tokens(items: Sequence[NodeWithScore], count: TokenCounter) -> int:
    """The tokens that nodes have beside their texts."""
    return _tokens_of(items, count) - sum(count(_text_of(item.node)) for item in items)


def _pending_document(position: int, item: NodeWithScore) -> PendingDocument:
    node, text = item.node, _text_of(item.node)
    mime = getattr(node, "mimetype", None) or getattr(getattr(node, "text_resource", None), "mimetype", None)
    if mime in (None, "text/plain"):
        mime = media_type(node.metadata)
    return PendingDocument(
        node.node_id,
        text,
        lambda: RagzipDocument(node.node_id, text, score=item.score, mime=mime, metadata=node.metadata),
    )


def _shortened(item: NodeWithScore, kept: CompressedDocument) -> NodeWithScore:
    """A copy with the text that is left; the score stays the retriever's."""
    node = item.node
    noted: dict[str, Any] = {"metadata": with_note(node.metadata, kept)}
    for name in ("excluded_llm_metadata_keys", "excluded_embed_metadata_keys"):
        keys = getattr(node, name)
        noted[name] = keys if KEY in keys else [*keys, KEY]
    copied = node.model_copy(update=noted)
    if kept.text != _text_of(node):
        copied.set_content(kept.text)
    return item.model_copy(update={"node": copied})
