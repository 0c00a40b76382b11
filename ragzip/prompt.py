"""Assembling the text an LLM reads: order, separators, headers, citation marks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, NamedTuple

from ragzip.errors import OptionError
from ragzip.types import Citation, Segment, check_text

__all__ = ["Layout", "Rendered", "render"]


@dataclass(frozen=True)
class Layout:
    r"""How documents are set one after another. Everything it adds is counted against the budget.

    ``separator`` stands between documents. ``header`` is written before each document that has text left; it may use
    ``{number}`` (position among the documents given, from 1), ``{id}`` and ``{title}`` (empty if there is none), as in
    ``"[{number}] {title}\n"``. ``order`` is that in which they were given, or by score, the best document first.

    :raises OptionError: for a header with any other field, or another order.
    """

    separator: str = "\n\n"
    header: str = ""
    order: Literal["given", "score"] = "given"

    def __post_init__(self) -> None:
        check_text(self.separator, "Layout.separator")
        check_text(self.header, "Layout.header")
        if self.order not in ("given", "score"):
            raise OptionError(f"Layout.order: received {self.order!r}, expected 'given' or 'score'.")
        try:
            self.header.format(number=1, id="", title="")
        except (LookupError, ValueError, AttributeError, TypeError) as error:
            raise OptionError(
                f"Layout.header: received {self.header!r} ({error}), expected {{number}}, {{id}}, {{title}}."
            ) from None

    def opening(self, segment: Segment, *, first: bool) -> str:
        """What stands before the text of ``segment``'s document."""
        document = segment.document
        header = self.header.format(number=segment.position + 1, id=document.id, title=document.title or "")
        return header if first else self.separator + header


class Rendered(NamedTuple):
    """The text, and where each verbatim piece of it comes from."""

    text: str
    citations: tuple[Citation, ...]


def render(segments: Sequence[Segment], layout: Layout) -> Rendered:
    """Set ``segments`` (at most one a document, in order) as one text; empty ones leave no trace."""
    if layout.order == "score":
        segments = sorted(segments, key=lambda segment: math.inf if segment.score is None else -segment.score)
    parts: list[str] = []
    citations: list[Citation] = []
    length = 0
    for segment in segments:
        if not segment.text:
            continue
        opening = layout.opening(segment, first=not parts)
        parts += [opening, segment.text]
        length += len(opening)
        if segment.verbatim:
            sizes = (end - start for start, end in segment.spans)
            places = accumulate(sizes, initial=0) if segment.places is None else segment.places
            for (start, end), place in zip(segment.spans, places, strict=False):
                at = length + place
                citations.append(Citation(at, at + end - start, segment.document.id, start, end))
        length += len(segment.text)
    return Rendered("".join(parts), tuple(citations))
