"""Few-shot examples: which of them a prompt shows, and how much of each."""

from __future__ import annotations

from ragzip.compressors.demonstrations.compressor import Demonstrations
from ragzip.compressors.demonstrations.marks import Marks, marks_of, marks_of_text

__all__ = ["Demonstrations", "Marks", "marks_of", "marks_of_text"]
