"""Few-shot examples in a bank: chosen for an input and compressed together, labels whole. ``ragzip.demonstrations``."""

from __future__ import annotations

from ragzip.compressors.demonstrations.compressor import Demonstrations
from ragzip.integrations.demonstrations.bank import DemonstrationBank, Selection
from ragzip.integrations.demonstrations.template import Demonstration, Template, cut

__all__ = ["Demonstration", "DemonstrationBank", "Demonstrations", "Selection", "Template", "cut"]
