"""The identities of what a compressor's output depends on: its models, by their fingerprints, and the tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from ragzip.backends.identity import function_identity
from ragzip.backends.protocols import Fingerprinted
from ragzip.backends.runtimes.onnx import files_digest
from ragzip.compressors.base import Compressor
from ragzip.text.tokens import TokenCounter, Tokenizer, token_counter

__all__ = ["Fingerprinted", "fingerprints_of", "models_of", "tokenizer_identity"]


def models_of(part: object) -> tuple[Fingerprinted, ...]:
    """The models that ``part`` declares as ``models``; ``part`` itself if it has a fingerprint."""
    if isinstance(getattr(part, "fingerprint", None), str):
        return (cast("Fingerprinted", part),)
    return tuple(getattr(part, "models", ()))


def fingerprints_of(compressor: Compressor) -> dict[str, str]:
    """The fingerprints of the models of ``compressor``, under its versioned name."""
    return {compressor.name: " ".join(sorted({model.fingerprint for model in models_of(compressor)} - {""}))}


def tokenizer_identity(tokenizer: Tokenizer) -> str:
    """The identity of a tokenizer: its name, with a digest of the content of a file; of a function, see
    :func:`~ragzip.backends.identity.function_identity`.
    """
    if callable(tokenizer) and not isinstance(tokenizer, TokenCounter):
        return function_identity(tokenizer)
    name = token_counter(tokenizer).name
    tokenizer_file = Path(name)
    return f"{name}:{files_digest(tokenizer_file)}" if tokenizer_file.is_file() else name
