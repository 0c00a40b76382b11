"""Short lines before the heading of a box that is one among several things: the date of an event, the kind of a
product. They belong to that heading, not to the one of the box before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from ragzip.pages.parse import Node
from ragzip.pages.runs import Heading, TextRuns

__all__ = ["ItemLead", "item_leads"]

_BOXES = frozenset(["a", "article", "div", "li", "section"])
_MAX_STEPS = 4  # from a heading out to its box


class _Length(NamedTuple):
    runs: int
    characters: int


_LONGEST_LEAD, _LONGEST_ITEM = _Length(8, 60), _Length(150, 1500)


class ItemLead(NamedTuple):
    """The runs (first, last exclusive) before the heading of a box."""

    first: int
    last: int
    box: Node
    heading: Heading


def item_leads(runs: TextRuns, headings: Sequence[Heading]) -> Iterator[ItemLead]:
    """The leads of all boxes; the first heading of a page is that of the page."""
    for number, heading in enumerate(headings):
        box = _box(heading.node) if number and heading.node.first < heading.node.last else None
        if box is None or headings[number - 1].node.number > box.number:
            continue
        is_short = _is_short(runs, box.first, heading.node.first, _LONGEST_LEAD)
        headings_below = (headings[place] for place in range(number + 1, len(headings)))
        if (
            is_short
            and _is_short(runs, box.first, box.last, _LONGEST_ITEM)
            and _is_over_all(heading, headings_below, box)
        ):
            yield ItemLead(box.first, heading.node.first, box, heading)


def _box(heading: Node) -> Node | None:
    """The box that begins with something else than ``heading``, which is the next thing in it."""
    box = heading.parent
    for _ in range(_MAX_STEPS):
        if box is None or box.first < heading.first:
            break
        box = box.parent
    if box is not None and box.name == "header":
        box = box.parent
    return box if box is not None and box.name in _BOXES and box.first < heading.first < box.last else None


def _is_over_all(heading: Heading, others: Iterable[Heading], box: Node) -> bool:
    """Whether those of the ``others`` that are in a box are below ``heading``."""
    return all(other.level > heading.level for other in takewhile(lambda other: other.node.number < box.after, others))


def _is_short(runs: TextRuns, first: int, last: int, longest: _Length) -> bool:
    if last - first > longest.runs:
        return False
    return sum(runs.ends[first:last]) - sum(runs.starts[first:last]) <= longest.characters
