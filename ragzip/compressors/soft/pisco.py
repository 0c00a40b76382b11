"""PISCO: checkpoints of its authors, with a compressor of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ragzip.compressors.soft.family import Soft
from ragzip.errors import ModelError, needs_extra

if TYPE_CHECKING:
    from ragzip.soft.language import Dtype, LanguageModel

__all__ = ["Pisco"]


class Pisco(Soft):
    """PISCO (Louis et al. 2025, arXiv 2501.16075): passages of at most 128 tokens, one vector for each 16 tokens and
    one more. Its vectors are for the checkpoint's own language model: ``SoftReader(compressor.encoder.lm)``.

    :param model: folder of a checkpoint as naver/pisco saves it.
    :param decoder: its base model; default: the one that the checkpoint names (a hub id).
    Other options are those of :class:`~ragzip.compressors.soft.family.Soft`.
    :raises ModelError: something else in the folder.
    """

    name: ClassVar[str] = "soft/pisco.v1"

    def __init__(
        self,
        model: str | Path | None = None,
        *,
        decoder: str | Path | LanguageModel | None = None,
        device: str | None = None,
        dtype: Dtype = "float32",
        **options: Any,
    ) -> None:
        with needs_extra("torch"):
            from ragzip.soft.encoders.pisco import PiscoEncoder, pisco_decoder
            from ragzip.soft.language import LanguageModel
        if model is None:
            raise ModelError("model: received None, expected the folder of a PISCO checkpoint.")
        if not isinstance(decoder, LanguageModel):
            decoder = pisco_decoder(model, decoder, device=device, dtype=dtype)
        encoder = PiscoEncoder(model, decoder)
        super().__init__(encoder, ratio=encoder.ratios, **options)
