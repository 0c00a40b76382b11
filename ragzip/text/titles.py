"""A text under its title."""

from __future__ import annotations

__all__ = ["titled"]


def titled(title: str | None, text: str) -> str:
    """``text`` with its title before it, as embedders read it; without a title the text alone."""
    return f"{title}: {text}" if title else text
