"""A unit of a text and the kinds of units."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["SplitUnit", "UnitKind"]

UnitKind = Literal[
    "sentence",
    "rest",  # of a sentence, behind a margin of a page that stands in it
    "heading",  # of what follows, up to the next heading
    "label",  # of the other lines of its paragraph
    "title",  # of the sentences behind it in its paragraph
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
