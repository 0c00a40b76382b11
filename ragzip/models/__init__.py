"""The files that come with ragzip: weights with their cards, and the ranks of tokenizers."""

from __future__ import annotations

from pathlib import Path

__all__ = ["shipped"]


def shipped(name: str) -> Path:
    """The file or folder that comes with ragzip under ``name``, such as "pruner"."""
    return Path(__file__).parent / name
