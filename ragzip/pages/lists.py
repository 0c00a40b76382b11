"""Numbered lists of a page: the numbers of their items, and the sentences that name one ("After step 8 ...")."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence

from ragzip.pages.attributes import attributes, whole
from ragzip.pages.page import Page
from ragzip.pages.parse import Node
from ragzip.pages.styles import declarations
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span

__all__ = ["item_marks", "item_numbers", "named_items", "number_type"]

_NAMED_ITEM = pattern_of(
    r"\b(?:steps?|items?|points?|schritte?s?|punkte?s?|étapes?|pasos?|passos?|passi|passaggi[o]?|stap|krok[ui]?|шаг[аеу]?)"
    r"\s(\d{1,3})(?![\d.]\d)\b",
    re.IGNORECASE,
)

_TYPE_BY_STYLE = {
    "lower-alpha": "a",
    "lower-latin": "a",
    "upper-alpha": "A",
    "upper-latin": "A",
    "lower-roman": "i",
    "upper-roman": "I",
}
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_LEAST_UNSHOWN_NUMBER = 4000  # in Roman numbers


def named_items(page: Page, spans: Sequence[Span]) -> Iterator[tuple[int, Span]]:
    """The numbers of blocks (at ``spans``, in order) that name an item of a numbered list, with the block of the item:
    of the last such list before it, else of the first one after it.
    """
    listings = list(page.root.tree.named("ol"))
    names_by_block = [
        (number, int(name[1]))
        for number, span in enumerate(spans if listings else ())
        for name in _NAMED_ITEM.finditer(page.text(*span))
    ]
    starts_of_items: defaultdict[int, list[int]] = defaultdict(list)  # by the number of the item, in order
    for listing in listings if names_by_block else ():
        nodes = {item.number: item for item in listing.children}
        for node_number, item_number in item_numbers(listing, page.source).items():
            if nodes[node_number].first < nodes[node_number].last:
                starts_of_items[item_number].append(page.starts[nodes[node_number].first])
    starts_of_blocks = [span.start for span in spans] if starts_of_items else []
    for number, item_number in names_by_block:
        starts = starts_of_items.get(item_number, [])
        if starts:
            place = max(0, bisect_right(starts, spans[number].start) - 1)
            item_block = bisect_right(starts_of_blocks, starts[place]) - 1
            if item_block != number and item_block >= 0 and starts[place] < spans[item_block].end:
                yield number, spans[item_block]


def item_numbers(listing: Node, source: str) -> dict[int, int]:
    """The numbers of the items of an ``ol`` by their element, as on the whole page, whichever items are kept."""
    list_items = [child for child in listing.children if child.name == "li"]
    values = attributes(listing, source)
    step = -1 if "reversed" in values else 1
    start = whole(values.get("start"))
    next_number = start if start is not None else len(list_items) if step < 0 else 1
    numbers_by_item: dict[int, int] = {}
    for item in list_items:
        own_number = whole(attributes(item, source).get("value"))
        next_number = next_number if own_number is None else own_number
        numbers_by_item[item.number] = next_number
        next_number += step
    return numbers_by_item


def number_type(listing: Node, source: str) -> str:
    """The kind of numbers of an ``ol``: its attribute ``type``, "1" where it has none."""
    values = attributes(listing, source)
    style = dict(declarations(values["style"])).get("list-style-type", "") if "style" in values else ""
    written_type = _TYPE_BY_STYLE.get(style.strip().lower()) or values.get("type", "").strip()
    return written_type if written_type in _TYPE_BY_STYLE.values() else "1"


def item_marks(listing: Node, source: str) -> dict[int, str]:
    """The numbers of the items of an ``ol`` by their element, as a page shows them: letters, Roman numbers."""
    shown_type = number_type(listing, source)
    return {node: _shown(number, shown_type) for node, number in item_numbers(listing, source).items()}


def _shown(number: int, shown_type: str) -> str:
    if shown_type == "1" or not 0 < number < _LEAST_UNSHOWN_NUMBER:
        return str(number)
    text = _in_letters(number) if shown_type in "aA" else _in_roman(number)
    return text if shown_type in "ai" else text.upper()


def _in_letters(number: int) -> str:
    letters = ""
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("a") + letter) + letters
    return letters


def _in_roman(number: int) -> str:
    letters = ""
    for value, sign in _ROMAN:
        letters += sign * (number // value)
        number %= value
    return letters
