"""Mean pooling of token embeddings: no training, any language model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from ragzip.compressors.soft.adapted import Adapted
from ragzip.errors import OptionError

if TYPE_CHECKING:
    from ragzip.backends.protocols import SoftEncoder
    from ragzip.soft.language import LanguageModel

__all__ = ["MeanPool"]


class MeanPool(Adapted):
    """Each group of ``ratio`` token embeddings as their mean: what the trained methods begin with and are measured
    against. (Feldman and Artzi 2025, arXiv 2510.20797, train what comes before such a mean.) Options: see
    :class:`~ragzip.compressors.soft.adapted.Adapted`; there is no adapter.
    """

    name: ClassVar[str] = "soft/mean-pool.v1"
    method = "mean"
    default_ratio = 2

    def _encoder(self, lm: LanguageModel, adapter: str | Path | None) -> SoftEncoder:
        from ragzip.soft.encoders.base import MeanPooling

        if adapter is not None:
            raise OptionError(f"adapter: received {str(adapter)!r}; mean pooling has none.")
        return MeanPooling(lm)
