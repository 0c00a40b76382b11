"""GMSA: states of the language model's first layers, merged in groups of any size."""

from __future__ import annotations

from typing import ClassVar

from ragzip.compressors.soft.adapted import Adapted

__all__ = ["GMSA"]


class GMSA(Adapted):
    """GMSA (Tang et al. 2025, arXiv 2505.12215): passages of at most 256 tokens, ``ratio`` tokens to a vector, whatever
    the ratio. What differs from the paper's code: see :class:`ragzip.soft.encoders.gmsa.GMSAEncoder`. Options: see
    :class:`~ragzip.compressors.soft.adapted.Adapted`.
    """

    name: ClassVar[str] = "soft/gmsa.v1"
    method = "gmsa"
    default_ratio = (8, 16)
