"""The default: the method that does best on the development data with what is installed."""

from __future__ import annotations

from typing import ClassVar

from ragzip.compressors.extractive.hybrid import Hybrid

__all__ = ["Auto"]


class Auto(Hybrid):
    """Hybrid sentence scores, and words of the next best sentences until at least 95 % of the budget is used."""

    name: ClassVar[str] = "auto.v1"

    def __init__(self) -> None:
        super().__init__(fill="words")
