"""Boxes of a page that are one among several things, each under a heading of its own; descriptions and their terms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from ragzip.pages.attributes import attributes
from ragzip.pages.parse import Node
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["is_item", "term_of"]

_MAX_DESCRIPTIONS = 4  # of one term

_ITEM_LABEL = pattern_of(  # classes of boxes whose heading is theirs alone
    r"(?:^|[\s_-])(?:accordion|card|collapse|comment|faqs?|item|panel|product|qa|question|review|tab-?pane|teaser|tile"
    r"|toggle)(?=[\s_-]|$)",
    re.IGNORECASE,
)
_HEAD_LABEL = pattern_of(r"head|title|top|intro|hero|question(?!s|-?item|-?box)", re.IGNORECASE)
_QUESTION_MARKS = ("?", "？", "؟")


def is_item(node: Node, heading: Node, source: str, run_ends: Sequence[int]) -> bool:
    """Whether an element is a box of one among several things, by its class, or by the question or the control that is
    its last ``heading``.
    """
    if node.name != "div" or not node.number < heading.number < node.after or heading.first >= heading.last:
        return False
    if any(child.name == "button" for child in islice(heading.children, 4)):
        return True
    if source.endswith(_QUESTION_MARKS, heading.opened, run_ends[heading.last - 1]):
        return True
    label = attributes(node, source).get("class", "")
    return _ITEM_LABEL.search(label) is not None and _HEAD_LABEL.search(label) is None


def term_of(description: Node) -> Node | None:
    """The term (``dt``) with text that a description (``dd``) is of: the last one before it."""
    entry = description.previous
    for _ in range(_MAX_DESCRIPTIONS):
        if entry is None or entry.name != "dd":
            break
        entry = entry.previous
    return entry if entry is not None and entry.name == "dt" and entry.first < entry.last else None
