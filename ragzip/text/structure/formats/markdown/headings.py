"""Headings of Markdown, which are kept only with units below them; the answer to a heading that asks needs it, and so
does the text below a name in bold type: of two lists, it says to which one an item belongs.
"""

from __future__ import annotations

from collections.abc import Mapping

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.formats.markdown.signs import is_bold_name
from ragzip.text.structure.parts import Parts

__all__ = ["relate_headings"]

_QUESTION = pattern_of(r"[?？؟][*_»”\"]{0,3}[ \t]{0,3}#{0,6}$")


def relate_headings(parts: Parts, levels: Mapping[int, int], definitions: frozenset[int]) -> None:
    """Let headings come only with units below them, which know the innermost one over them; answers need theirs."""
    units = parts.units
    if len(levels) == len(units):  # nothing but headings: they are the text
        return
    last_end = max(unit.end for unit in units)  # the last units are footnotes, which stand anywhere
    open_headings: list[int] = []
    innermost: int | None = None
    for place in range(len(units) + 1):
        level = 0 if place == len(units) else levels.get(place)
        if level is not None:
            while open_headings and levels[open_headings[-1]] >= level:
                _close_heading(
                    parts, open_headings.pop(), place, units[place - 1].end if place < len(units) else last_end
                )
            innermost = place if place < len(units) else None
        if place == len(units):
            break
        is_below = open_headings and units[place].start > units[open_headings[-1]].start
        if is_below and units[place].relation.heading is None:
            units[place] = units[place].related(heading=open_headings[-1])
        if level is not None:
            open_headings.append(place)
        elif innermost is None or place in definitions or units[place].relation.section is not None:
            continue
        elif _is_question(parts, innermost) or is_bold_name(parts.source[slice(*units[innermost].span)]):
            head = innermost if units[place].relation.head is None else units[place].relation.head
            parts.need([place], [innermost])
            units[place] = units[place].related(head=head)


def _close_heading(parts: Parts, heading: int, next_place: int, end: int) -> None:
    """Let a heading lead the units between it and ``next_place``, which end at ``end``."""
    units = parts.units
    if heading + 1 < next_place:
        parts.lead(heading, max(units[heading].end, units[heading + 1].start), end)
    else:
        parts.lead(heading, units[heading].end, units[heading].end)


def _is_question(parts: Parts, heading: int) -> bool:
    return bool(_QUESTION.search(parts.source[slice(*parts.units[heading].span)].split("\n")[0]))
