"""GMSA: states of the language model's first layers, merged in groups of any size."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ragzip.compressors.soft.family import Soft
from ragzip.errors import MissingExtraError

if TYPE_CHECKING:
    from ragzip.soft.language import Dtype, LanguageModel

__all__ = ["GMSA"]


class GMSA(Soft):
    """GMSA (Tang et al. 2025, arXiv 2505.12215): passages of at most 256 tokens, ``ratio`` tokens to a vector, whatever
    the ratio. What differs from the paper's code: see :class:`ragzip.soft.gmsa.GMSAEncoder`.

    :param model: the language model that reads: a folder, a hub id, a GGUF file, or a
        :class:`~ragzip.soft.language.LanguageModel`.
    :param adapter: a folder made by ``ragzip train soft gmsa`` for that language model.
    Other options are those of :class:`~ragzip.compressors.soft.family.Soft`.
    :raises ModelError: no such model or adapter, or one made for the other.
    """

    name: ClassVar[str] = "soft/gmsa.v1"

    def __init__(
        self,
        model: str | Path | LanguageModel | None = None,
        *,
        adapter: str | Path | None = None,
        ratio: int | Sequence[int] = (8, 16),
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
        super().__init__(load_adapter("gmsa", lm, adapter), ratio=ratio, **options)
