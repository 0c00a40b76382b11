"""Spans of a text: cut to size, widened to whole words, joined so that nothing is cut, glued or invented.

Plain tuples: a long text kept word by word makes tens of thousands of pieces, and is kept again at every try.
"""

from __future__ import annotations

import re
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ragzip.process.memory import BoundedCache
from ragzip.text.words import STOPS, ends_word, is_boundary, is_unspaced

__all__ = ["Span", "covers", "intersect", "join", "merge", "tidy"]


class Span(NamedTuple):
    """Character offsets into a document's text (code points; end exclusive)."""

    start: int
    end: int


_SPACE = re.compile(r"\s")
_VISIBLE = re.compile(r"\S")
_SHORT_GAP = 1_000  # characters, up to which a gap is searched as it is


class _Breaks(NamedTuple):
    """Where in a text white space begins, its line breaks, and its double line breaks: pieces are tried one by one
    on both sides of the same long gaps, each of which would be gone through every time.
    """

    spaces: array[int]
    lines: array[int]
    paragraphs: array[int]


def _breaks(text: str) -> _Breaks:
    return _Breaks(
        array("i", (match.start() for match in re.finditer(r"\s+", text))),
        array("i", (match.start() for match in re.finditer("\n", text))),
        array("i", (match.start() for match in re.finditer("\n(?=\n)", text))),
    )


_breaks_by_text: BoundedCache[str, _Breaks] = BoundedCache(
    2**24,
    lambda text, breaks: sys.getsizeof(text) + sum(len(places) * places.itemsize for places in breaks),
    keep_newest=True,
)


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
        lost = intersect([(at, start)], available) if _VISIBLE.search(text, at, start) else ()
        if any(_VISIBLE.search(text, low, high) for low, high in lost):
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
    at = _last_break(text, left, right)
    if at < 0 and text[right] in STOPS and ends_word(text, right) and text[left - 1] not in STOPS:
        return None
    if at < 0 and text[right - 1].isspace():
        at = right - 1
    if at < 0 and not text[left].isspace() and is_unspaced(text[left - 1]) and is_unspaced(text[right]):
        return None
    if at < 0:
        at = _first_space(text, left, right)
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


def _last_break(text: str, left: int, right: int) -> int:
    """The place of the last double line break of ``text[left:right]``, else of the last line break, else -1."""
    if right - left <= _SHORT_GAP:
        at = text.rfind("\n\n", left, right)
        return at if at >= 0 else text.rfind("\n", left, right)
    breaks = _breaks_by_text.get_or_compute(text, _breaks)
    for places, size in ((breaks.paragraphs, 2), (breaks.lines, 1)):
        number = bisect_right(places, right - size) - 1
        if number >= 0 and places[number] >= left:
            return places[number]
    return -1


def _first_space(text: str, left: int, right: int) -> int:
    """The place of the first white space of ``text[left:right]``, -1 for none."""
    if right - left <= _SHORT_GAP or text[left].isspace():
        inside = _SPACE.search(text, left, right)
        return inside.start() if inside else -1
    spaces = _breaks_by_text.get_or_compute(text, _breaks).spaces
    number = bisect_left(spaces, left)
    return spaces[number] if number < len(spaces) and spaces[number] < right else -1
