"""Spans of a text: cut to size, widened to whole words, joined so that nothing is cut, glued or invented.

Plain tuples: a long text kept word by word makes tens of thousands of pieces, and is kept again at every try.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ragzip.words import STOPS, ends_word, is_boundary

__all__ = ["covers", "intersect", "join", "merge", "tidy"]

_SPACE = re.compile(r"\s")


def intersect(spans: Iterable[tuple[int, int]], available: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What ``spans`` (in any order) and ``available`` (sorted, disjoint) share, in order."""
    first = 0
    for start, end in sorted(spans):
        while first < len(available) and available[first][1] <= start:
            first += 1
        index = first
        while index < len(available) and available[index][0] < end:
            low, high = max(start, available[index][0]), min(end, available[index][1])
            if low < high:
                yield low, high
            index += 1


def tidy(text: str, start: int, end: int) -> tuple[int, int]:
    """The span, widened to whole words, without white space at its ends."""
    while not is_boundary(text, start):
        start -= 1
    while not is_boundary(text, end):
        end += 1
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def merge(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sort, drop empty ones, and merge those that overlap or touch."""
    out: list[tuple[int, int]] = []
    last = -1
    for start, end in sorted(spans):
        if start >= end:
            continue
        if start <= last:
            last = max(end, last)
            out[-1] = (out[-1][0], last)
        else:
            last = end
            out.append((start, end))
    return out


def covers(text: str, kept: Sequence[tuple[int, int]], available: Sequence[tuple[int, int]]) -> bool:
    """Whether ``kept`` leaves out nothing of ``available`` but white space."""
    at = 0
    for start, end in [*kept, (len(text), len(text))]:
        lost = intersect([(at, start)], available) if text[at:start].strip() else ()
        if any(text[low:high].strip() for low, high in lost):
            return False
        at = end
    return True


def join(text: str, kept: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Add, between pieces, the white space of the source that separates them best."""
    out: list[tuple[int, int]] = []
    begin, last = kept[0]
    for start, end in kept[1:]:
        bridge = _bridge(text, last, start)
        if bridge and bridge[0] > last:
            out.append((begin, last))
            begin, last = bridge
        elif bridge:
            last = bridge[1]
        if last < start:
            out.append((begin, last))
            begin = start
        last = end
    return [*out, (begin, last)]


def _bridge(text: str, left: int, right: int) -> tuple[int, int] | None:
    """The piece of ``text[left:right]`` that must stand between two kept pieces: the white space with the most line
    breaks, else the one beside them (indentation belongs to what follows). None where no separator is needed, as
    before the punctuation of a word that was left out.
    """
    at = text.rfind("\n\n", left, right)
    if at < 0:
        at = text.rfind("\n", left, right)
    if at < 0 and text[right] in STOPS and ends_word(text, right) and text[left - 1] not in STOPS:
        return None
    if at < 0 and text[right - 1].isspace():
        at = right - 1
    if at < 0 and (inside := _SPACE.search(text, left, right)):
        at = inside.start()
    if at >= 0:
        start = end = at
        while start > left and text[start - 1].isspace():
            start -= 1
        while end < right and text[end].isspace():
            end += 1
        return start, end
    if is_boundary(text[left - 1] + text[right : right + 10], 1):
        return None
    # No white space to borrow, and gluing would make a new word: what stands between must stay.
    return left, right
