"""xRAG: one vector a passage, from the vector that the retriever has of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ragzip.checks import with_methods
from ragzip.compressors.fingerprints import Fingerprinted, models_of
from ragzip.compressors.soft.adapted import Adapted
from ragzip.text.titles import titled

if TYPE_CHECKING:
    from ragzip.backends.protocols import SoftEncoder, TextEmbedder
    from ragzip.soft.language import LanguageModel

__all__ = ["Xrag"]


class Xrag(Adapted):
    """xRAG (Cheng et al. 2024, arXiv 2405.13792): a passage of at most 150 words as one vector. What is embedded is
    "title: text", as :class:`~ragzip.retrievers.dense.DenseRetriever` has it: give its :meth:`as_embedder` here, and
    the index is the cache.

    :param adapter: a folder made by ``ragzip train soft xrag``, or a checkpoint of xRAG's authors.
    :param embedder: what the projector was trained with; default: the shipped one.
    Other options: see :class:`~ragzip.compressors.soft.adapted.Adapted`; the ratio is one vector a passage.
    """

    name: ClassVar[str] = "soft/xrag.v1"
    method = "xrag"
    default_ratio = 1

    def __init__(
        self, model: str | Path | LanguageModel | None = None, *, embedder: TextEmbedder | None = None, **options: Any
    ) -> None:
        if embedder is not None:
            with_methods(embedder, "embedder", ("embed", "dimension", "fingerprint"), expected="a TextEmbedder")
        self._embedder = embedder
        super().__init__(model, **options)

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        return (*super().models, *models_of(self._embedder))

    def _encoder(self, lm: LanguageModel, adapter: str | Path | None) -> SoftEncoder:
        from ragzip.soft.adapters import load_adapter

        encoder: SoftEncoder = load_adapter(self.method, lm, adapter, embedder=self._embedder)
        return encoder

    def prepared(self, title: str | None, text: str) -> str:
        """The text with its title before it, as indexes embed it."""
        return titled(title, text)
