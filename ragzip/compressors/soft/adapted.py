"""Soft compressors with an adapter for the language model that reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ragzip.compressors.soft.family import Soft
from ragzip.errors import needs_extra

if TYPE_CHECKING:
    from ragzip.backends.protocols import SoftEncoder
    from ragzip.soft.language import Dtype, LanguageModel

__all__ = ["Adapted"]


class Adapted(Soft):
    """A language model, and what was trained for it in a folder.

    :param model: the language model that reads: a folder, a hub id, a GGUF file, or a
        :class:`~ragzip.soft.language.LanguageModel`.
    :param adapter: a folder made by ``ragzip train soft`` for that language model; default: the shipped one.
    :param ratio: tokens to a vector; of several, the budget chooses piece by piece.
    :param device: as for the language model, as is ``dtype``.
    Other options are those of :class:`~ragzip.compressors.soft.family.Soft`.
    :raises ModelError: no such model or adapter, or one made for another model.
    :raises MissingExtraError: without ``ragzip[torch]``.
    """

    method: ClassVar[str]
    default_ratio: ClassVar[int | Sequence[int]]

    def __init__(
        self,
        model: str | Path | LanguageModel | None = None,
        *,
        adapter: str | Path | None = None,
        ratio: int | Sequence[int] | None = None,
        device: str | None = None,
        dtype: Dtype = "float32",
        **options: Any,
    ) -> None:
        with needs_extra("torch"):
            from ragzip.soft.language import as_language_model

            language_model = as_language_model(model, device=device, dtype=dtype)
            encoder = self._encoder(language_model, adapter)
        super().__init__(encoder, ratio=self.default_ratio if ratio is None else ratio, **options)

    def _encoder(self, lm: LanguageModel, adapter: str | Path | None) -> SoftEncoder:
        from ragzip.soft.adapters import load_adapter

        encoder: SoftEncoder = load_adapter(self.method, lm, adapter)
        return encoder
