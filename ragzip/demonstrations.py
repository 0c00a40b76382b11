"""Few-shot examples: a bank that chooses those for an input and compresses them together, labels whole."""

from __future__ import annotations

from ragzip.integrations.demonstrations import (
    Demonstration,
    DemonstrationBank,
    Demonstrations,
    Selection,
    Template,
    cut,
)

__all__ = ["Demonstration", "DemonstrationBank", "Demonstrations", "Selection", "Template", "cut"]
