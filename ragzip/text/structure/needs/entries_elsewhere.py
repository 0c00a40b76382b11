"""Entries of an index or a directory that say only where to look: "Lost property: see Registry"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.base import StructuredUnit

__all__ = ["entries_elsewhere"]

_SEE = pattern_of(
    r"\W{0,3}[^:\n]{2,60}?(?::|\s[–—-])\s(?:see|siehe|s\.|voir|véase|ver|vedi|veja|zie|se|zob\.|см\.)\s(?:also\s|under\s|auch\s|unter\s)?"
    r"[\"“„«]?(?P<name>[^.;:\n]{2,60}?)[\"”“»]?\.?",
    re.IGNORECASE,
)
_NAME_OF_ENTRY = pattern_of(r"\W{0,3}(?P<name>[^:\n]{2,60}?)(?::|\s[–—-])\s")


def entries_elsewhere(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Entries that say only where to look, each with the entry that has this name."""
    pointers = [(number, match) for number, unit in enumerate(units) if (match := _SEE.fullmatch(source, *unit.span))]
    if not pointers:
        return
    entries: dict[str, int] = {}
    for number, unit in enumerate(units):
        name = _NAME_OF_ENTRY.match(source, *unit.span)
        if name is not None:
            entries.setdefault(name["name"].casefold(), number)
    for number, match in pointers:
        entry = entries.get(match["name"].casefold())
        if entry is not None and entry != number:
            yield number, entry
