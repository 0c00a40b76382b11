"""Places in a text, and how a text is written that is not plain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

__all__ = ["Form", "Span"]


class Span(NamedTuple):
    """Character offsets into a document's text (code points; end exclusive)."""

    start: int
    end: int


class Form(Protocol):
    """How the kept part of a document is written that is no plain text (a web page)."""

    def write(self, spans: Sequence[tuple[int, int]]) -> tuple[str, tuple[Span, ...], tuple[int, ...]]:
        """The text for ``spans`` (sorted, disjoint) of the source, with what they cannot be read without; the pieces of
        the source that it holds, and where in the text each of them begins.
        """

    def alone(self, span: tuple[int, int]) -> str:
        """The text for one span by itself, as a stand-in for its cost in place."""

    def words(self, span: tuple[int, int]) -> list[Span]:
        """The visible words of a span of the source."""

    def protected(self, find: Callable[[str], Sequence[Span]]) -> list[Span]:
        """What ``find`` finds in the visible text, as spans of the source."""
