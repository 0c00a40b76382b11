"""xRAG: one vector a passage, from the vector that the retriever has of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ragzip.compressors.soft.family import Soft
from ragzip.errors import MissingExtraError

if TYPE_CHECKING:
    from ragzip.backends.base import TextEmbedder
    from ragzip.soft.language import Dtype, LanguageModel

__all__ = ["Xrag"]


class Xrag(Soft):
    """xRAG (Cheng et al. 2024, arXiv 2405.13792): a passage of at most 150 words as one vector. What is embedded is
    "title: text", as :class:`~ragzip.retrievers.dense.DenseRetriever` has it: give its :meth:`as_embedder` here, and
    the index is the cache.

    :param model: the language model that reads: a folder, a hub id, a GGUF file, or a
        :class:`~ragzip.soft.language.LanguageModel`.
    :param adapter: a folder made by ``ragzip train soft xrag``, or a checkpoint of xRAG's authors.
    :param embedder: what the projector was trained with; default: the shipped one.
    Other options are those of :class:`~ragzip.compressors.soft.family.Soft`.
    :raises ModelError: no such model or adapter, or one made for another model or embedder.
    """

    name: ClassVar[str] = "soft/xrag.v1"

    def __init__(
        self,
        model: str | Path | LanguageModel | None = None,
        *,
        adapter: str | Path | None = None,
        embedder: TextEmbedder | None = None,
        device: str | None = None,
        dtype: Dtype = "float32",
        **options: Any,
    ) -> None:
        try:
            from ragzip.soft.adapters import load_adapter
            from ragzip.soft.language import as_language_model
        except ModuleNotFoundError as error:
            raise MissingExtraError(error.name or "torch", "torch") from error
        lm = as_language_model(model, device=device, dtype=dtype)
        super().__init__(load_adapter("xrag", lm, adapter, embedder=embedder), ratio=1, **options)

    def prepared(self, title: str | None, text: str) -> str:
        """With the title before it, as indexes embed it."""
        return f"{title}: {text}" if title else text
