"""From the name of a runtime to a backend."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ragzip.backends.onnx import OnnxEmbedder
from ragzip.errors import OptionError

if TYPE_CHECKING:
    from ragzip.backends.base import TextEmbedder

__all__ = ["load_embedder"]


def load_embedder(model: str | Path | TextEmbedder | None, backend: str | None) -> TextEmbedder:
    """The embedder in a folder (None: the shipped one), or ``model`` itself where it is one already.

    :raises OptionError: a runtime that embedders do not have.
    """
    if backend not in (None, "onnx"):
        raise OptionError(f"backend: received {backend!r}, expected 'onnx' for an embedder.")
    return OnnxEmbedder(model) if model is None or isinstance(model, (str, Path)) else model
