"""Blocks of HTML in Markdown that fold text under a summary: the folded text is about the subject of the summary."""

from __future__ import annotations

import re

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.structure.base import Relation
from ragzip.text.structure.parts import Parts

__all__ = ["DETAILS", "Details"]

DETAILS = pattern_of(
    r"\s{0,8}<details\b[^<>]{0,200}>\s*<summary\b[^<>]{0,200}>[^\n]{1,300}</summary>\s*$", re.IGNORECASE
)
_END_OF_DETAILS = pattern_of(r"\s{0,8}</details>\s*$", re.IGNORECASE)


class Details:
    """The folded blocks that are open while Markdown is read."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._open: list[int] = []  # the places of the summaries

    def take(self, span: Span, needs: tuple[int, ...]) -> bool:
        """Whether a block of HTML begins or ends a folded one. It is added then: the text between needs the summary,
        which is kept only with some of it.
        """
        block = self._parts.source[slice(*span)]
        if DETAILS.match(block):
            place = self._parts.add(*span, Relation(needs))
            if place is not None:
                self._open.append(place)
            return True
        if not self._open or not _END_OF_DETAILS.match(block):
            return False
        place = self._open.pop()
        inside = range(place + 1, len(self._parts))
        if inside:
            self._parts.need(inside, [place])
            for number in inside:
                unit = self._parts.units[number]
                if unit.relation.heading is None:
                    self._parts.units[number] = unit.related(heading=place)
            self._parts.lead(place, self._parts.units[place].end, self._parts.units[-1].end)
        self._parts.add(*span, Relation((place,), section=Span(span.end, span.end)))  # never by itself
        return True
