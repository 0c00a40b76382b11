"""Mean pooling of token embeddings: no training, any language model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ragzip.compressors.soft.family import Soft
from ragzip.errors import MissingExtraError

if TYPE_CHECKING:
    from ragzip.soft.language import Dtype, LanguageModel

__all__ = ["MeanPool"]


class MeanPool(Soft):
    """Each group of ``ratio`` token embeddings as their mean (the untrained start of Feldman and Artzi 2025, arXiv
    2510.20797, who train what comes before it). What the trained methods are measured against.

    :param model: the language model that reads: a folder, a hub id, a GGUF file, or a
        :class:`~ragzip.soft.language.LanguageModel`.
    Other options are those of :class:`~ragzip.compressors.soft.family.Soft`.
    """

    name: ClassVar[str] = "soft/mean-pool.v1"

    def __init__(
        self,
        model: str | Path | LanguageModel | None = None,
        *,
        ratio: int | Sequence[int] = 2,
        device: str | None = None,
        dtype: Dtype = "float32",
        **options: Any,
    ) -> None:
        try:
            from ragzip.soft.encoder import MeanPooling
            from ragzip.soft.language import as_language_model
        except ModuleNotFoundError as error:
            raise MissingExtraError(error.name or "torch", "torch") from error
        super().__init__(MeanPooling(as_language_model(model, device=device, dtype=dtype)), ratio=ratio, **options)
