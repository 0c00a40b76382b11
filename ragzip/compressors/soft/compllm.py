"""CompLLM: short pieces, each summed up by the language model itself."""

from __future__ import annotations

from typing import ClassVar

from ragzip.compressors.soft.adapted import Adapted

__all__ = ["CompLLM"]


class CompLLM(Adapted):
    """CompLLM (Berton et al. 2025, arXiv 2509.19228): pieces of at most 20 tokens as half or a quarter as many vectors.
    What differs from the paper: see :class:`ragzip.soft.encoders.compllm.CompLLMEncoder`. Options: see
    :class:`~ragzip.compressors.soft.adapted.Adapted`.
    """

    name: ClassVar[str] = "soft/compllm.v1"
    method = "compllm"
    default_ratio = (2, 4)
