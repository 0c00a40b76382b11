"""The models that a compressor's output depends on, by their fingerprints."""

from __future__ import annotations

from typing import Protocol, cast

__all__ = ["Fingerprinted", "models_of"]


class Fingerprinted(Protocol):
    """A model, scorer or encoder whose fingerprint changes with whatever changes its output."""

    @property
    def fingerprint(self) -> str: ...


def models_of(part: object) -> tuple[Fingerprinted, ...]:
    """The models that ``part`` declares as ``models``; ``part`` itself if it has a fingerprint."""
    if isinstance(getattr(part, "fingerprint", None), str):
        return (cast("Fingerprinted", part),)
    return tuple(getattr(part, "models", ()))
