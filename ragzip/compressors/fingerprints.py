"""The models that a compressor's output depends on, by their fingerprints."""

from __future__ import annotations

from typing import cast

from ragzip.backends.protocols import Fingerprinted

__all__ = ["Fingerprinted", "models_of"]


def models_of(part: object) -> tuple[Fingerprinted, ...]:
    """The models that ``part`` declares as ``models``; ``part`` itself if it has a fingerprint."""
    if isinstance(getattr(part, "fingerprint", None), str):
        return (cast("Fingerprinted", part),)
    return tuple(getattr(part, "models", ()))
