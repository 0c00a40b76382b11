"""A unit of a text, kept or dropped as a whole, and its kinds."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ragzip.text.spans import Span

__all__ = ["SplitUnit", "UnitKind"]

UnitKind = Literal[
    "sentence",
    "rest",  # of a sentence, after a page margin in the middle of it
    "heading",  # of what follows, up to the next heading
    "label",  # of the other lines of its paragraph
    "title",  # of the sentences after it in its paragraph
    "lead-in",  # a sentence that introduces the items, rows or code after it; it may be a statement of its own
    "item",  # of a list, with its continuation lines
    "header",  # the first row of a table or CSV, which names its columns
    "delimiter",  # the row of dashes below it
    "row",
    "record",  # a line that is a unit by itself: log, phone list, key and value, verse
    "definition",  # terms with what defines them
    "code",
    "json",
    "question",  # of the answers that follow
    "answer",
    "margin",  # a page's header, footer or number
]


class SplitUnit(NamedTuple):
    """One unit, ``text[start:end]``, without white space at its ends."""

    start: int
    end: int
    kind: UnitKind

    @property
    def span(self) -> Span:
        """The place of the unit in its text."""
        return Span(self.start, self.end)

    def text_in(self, source: str) -> str:
        """The text of the unit, a part of ``source``."""
        return source[self.start : self.end]
