"""Blocks of a page that need another one: "Not permitted are:" and the list below it, an item and those below it, a
value with an asterisk and its note.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ragzip.pages.page import Page
from ragzip.pages.parse import Node
from ragzip.text.spans import Span
from ragzip.text.structure.exceptions import begins_with_exception

__all__ = ["BlockRelation", "relations_of_blocks"]

_LISTS = frozenset(["ul", "ol", "dl", "menu"])
_LED_TO = _LISTS | {"table", "pre", "blockquote"}
_COLONS = (":", "：")
_MAX_NEEDS = 16  # of a block: lists may stand in lists without end
_NOTE = re.compile(r"([*†‡]{1,3})\s?\w")
_REFERENCE = re.compile(r"(?<=[\w)%€$£])([*†‡]{1,3})(?![\w*†‡])")


class BlockRelation(NamedTuple):
    """What a block needs, and, of a lead-in, where the blocks stand with one of which it may come (None: it may come
    by itself).
    """

    needs: tuple[Span, ...] = ()
    section: Span | None = None


def relations_of_blocks(page: Page, spans: Sequence[Span]) -> dict[int, BlockRelation]:
    """The relations, by number, of those blocks of ``page`` (``spans``, in order) that have one: of the items of a list
    to the paragraph that leads in to it, and to the item under which they stand; of an item to what takes it back; of a
    value to its note.
    """
    needs: defaultdict[int, list[Span]] = defaultdict(list)
    sections: dict[int, Span] = {}
    for number, (span, following) in enumerate(pairwise(spans)):
        ends_in_colon = page.source[span.end - 1 : span.end] in _COLONS
        led_to = _led_to(page, span, following, ends_in_colon=ends_in_colon)
        needs_of_span = needs.get(number, [])
        if led_to is None or len(needs_of_span) >= _MAX_NEEDS:
            continue
        last = number
        while last + 1 < len(spans) and page.runs[page.within(*spans[last + 1])[0]].start < _end_of(page, led_to):
            last += 1
            needs[last] += [*needs_of_span, span] if span not in needs[last] else []
        if ends_in_colon and last > number:
            sections[number] = Span(following.start, spans[last].end)
        elif begins_with_exception(page.text(*following)):
            needs[number].append(following)
    for number, note in _notes(page, spans):
        needs[number].append(note)
    return {
        number: BlockRelation(tuple(dict.fromkeys(needs.get(number, ()))), sections.get(number))
        for number in needs.keys() | sections.keys()
    }


def _notes(page: Page, spans: Sequence[Span]) -> Iterator[tuple[int, Span]]:
    """The numbers of blocks with the notes below them to which they refer."""
    notes: dict[str, Span] = {}
    for span in spans:
        note = _NOTE.match(page.source, span.start, span.end) if page.source[span.start] in "*†‡" else None
        if note is not None:
            notes.setdefault(note.group(1), span)
    if not notes:
        return
    for number, span in enumerate(spans):
        for reference in _REFERENCE.finditer(page.text(*span)):
            note_span = notes.get(reference.group(1))
            if note_span is not None and note_span.start > span.start:
                yield number, note_span


def _end_of(page: Page, node: Node) -> int:
    """The end of the text in an element."""
    return page.runs.ends[node.last - 1]


def _led_to(page: Page, span: Span, following: Span, *, ends_in_colon: bool) -> Node | None:
    """The list that begins with the ``following`` block, and to which the one at ``span`` leads in; a paragraph does so
    by a colon, an item over a list in it by its place.
    """
    item = next((node for node in reversed(page.runs[page.within(*span)[-1]].chain) if node.name == "li"), None)
    for node in page.runs[page.within(*following)[0]].chain:
        if node.start >= span.end and node.name in (_LED_TO if ends_in_colon else _LISTS):
            is_in_item = item is not None and item.first <= node.first and node.last <= item.last
            return node if ends_in_colon or is_in_item else None
    return None
