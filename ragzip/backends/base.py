"""What a model offers to compressors: one method each, scores or vectors free of any budget.

``fingerprint`` names model, revision, runtime, dtype and window: whatever changes the numbers changes it. The same text
gets the same numbers whatever else is in the call, so that a cached score equals a fresh one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["TextEmbedder"]

Vectors = npt.NDArray[np.float32]


class TextEmbedder(Protocol):
    """Sentence embedder."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of ``texts``. *Shape:* (n, dimension)."""
        ...
