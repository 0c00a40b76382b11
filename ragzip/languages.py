"""The language of a text."""

from __future__ import annotations

__all__ = ["language_of"]


def language_of(text: str) -> str | None:
    """The ISO 639-1 code of the language of ``text``; None where it is too short, mixed, or none that is known."""
    return None
