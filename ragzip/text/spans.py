"""Spans of a text, and operations on them: intersect, widen to whole words, merge, join by white space.

Functions take plain tuples: a long text that is kept word by word has tens of thousands of spans, which are joined
again at every attempt to meet a budget.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, overload

from ragzip.process.memory import BoundedCache
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.words import STOPS, ends_word, is_boundary, is_unspaced

__all__ = [
    "Span",
    "Spans",
    "column_of",
    "covers",
    "intersect",
    "join",
    "merge",
    "places_starting_in",
    "tidy",
    "without",
]


class Span(NamedTuple):
    """Character offsets into a document's text (code points; end exclusive)."""

    start: int
    end: int


class Spans(Sequence[Span]):
    """Spans in arrays, equal to a tuple of them: a page may have one for every few characters.

    :param starts: of the spans, in characters. *Shape:* (n,); ``ends`` likewise.
    """

    __slots__ = ("_ends", "_starts")

    def __init__(self, starts: array[int], ends: array[int]) -> None:
        self._starts, self._ends = starts, ends

    @classmethod
    def of(cls, spans: Iterable[tuple[int, int]]) -> Spans:
        """``spans``, in the same order."""
        starts, ends = array("i"), array("i")
        for start, end in spans:
            starts.append(start)
            ends.append(end)
        return cls(starts, ends)

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[Span]:
        return map(Span, self._starts, self._ends)

    @overload
    def __getitem__(self, number: int) -> Span: ...
    @overload
    def __getitem__(self, number: slice) -> Spans: ...
    def __getitem__(self, number: int | slice) -> Span | Spans:
        if isinstance(number, slice):
            return Spans(self._starts[number], self._ends[number])
        return Span(self._starts[number], self._ends[number])

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Spans):
            return self._starts == other._starts and self._ends == other._ends
        return tuple(self) == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


_WHITE_SPACE = pattern_of(r"\s")
_WHITE_SPACES = pattern_of(r"\s+")
_VISIBLE_CHARACTER = pattern_of(r"\S")
_MAX_SEARCHED_CHARACTERS = 1_000  # of a gap; a longer one is looked up in the offsets of the whole text


class _LineBreaks(NamedTuple):
    """Offsets in a text: line breaks, and double line breaks.

    Spans are tried one by one on both sides of the same long gaps, and searching those each time would be quadratic.
    """

    lines: array[int]
    paragraphs: array[int]


def _find_line_breaks(text: str) -> _LineBreaks:
    lines = array("i", _places_of_line_breaks(text))
    return _LineBreaks(lines, array("i", (place for place in lines if text.startswith("\n", place + 1))))


def _places_of_line_breaks(text: str) -> Iterator[int]:
    place = text.find("\n")
    while place >= 0:
        yield place
        place = text.find("\n", place + 1)


def _find_spaces(text: str) -> array[int]:
    """The offsets at which runs of white space begin."""
    return array("i", (match.start() for match in _WHITE_SPACES.finditer(text)))


def _size(text: str, *offset_lists: array[int]) -> int:
    return sys.getsizeof(text) + sum(len(offsets) * offsets.itemsize for offsets in offset_lists)


_line_breaks_by_text: BoundedCache[str, _LineBreaks] = BoundedCache(
    2**24, lambda text, line_breaks: _size(text, *line_breaks), keep_newest=True
)
_spaces_by_text: BoundedCache[str, array[int]] = BoundedCache(2**24, _size, keep_newest=True)


def column_of(text: str, place: int) -> int:
    """The characters before ``place`` on its line."""
    return place - text.rfind("\n", 0, place) - 1


def places_starting_in(starts: Sequence[int], span: Span) -> range:
    """The places of the items that begin in ``span``; ``starts`` are those of all, sorted."""
    return range(bisect_left(starts, span.start), bisect_left(starts, span.end))


def intersect(spans: Iterable[tuple[int, int]], available: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The parts of ``spans`` (in any order) that lie in ``available`` (sorted, disjoint), in order."""
    if len(available) == 1:  # the usual case, many times a call
        least_start, last_end = available[0]
        for start, end in sorted(spans):
            shared_start, shared_end = max(start, least_start), min(end, last_end)
            if shared_start < shared_end:
                yield shared_start, shared_end
        return
    first_index = 0
    for start, end in sorted(spans):
        while first_index < len(available) and available[first_index][1] <= start:
            first_index += 1
        index = first_index
        while index < len(available) and available[index][0] < end:
            shared_start, shared_end = max(start, available[index][0]), min(end, available[index][1])
            if shared_start < shared_end:
                yield shared_start, shared_end
            index += 1


def tidy(text: str, start: int, end: int) -> tuple[int, int]:
    """The span ``start:end``, widened to whole words, without white space at its ends."""
    if start > 0 and not text[start - 1].isspace():
        while not is_boundary(text, start):
            start -= 1
    if end < len(text) and not text[end].isspace():
        while not is_boundary(text, end):
            end += 1
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def merge(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ``spans`` sorted, without empty ones; those that overlap or touch are one."""
    merged: list[tuple[int, int]] = []
    last_end = -1
    for start, end in sorted(spans):
        if start >= end:
            continue
        if start <= last_end:
            last_end = max(end, last_end)
            merged[-1] = (merged[-1][0], last_end)
        else:
            last_end = end
            merged.append((start, end))
    return merged


def covers(text: str, kept: Sequence[tuple[int, int]], available: Sequence[tuple[int, int]]) -> bool:
    """Whether ``kept`` (sorted) holds all of ``available`` but white space."""
    covered_end = 0
    for start, end in [*kept, (len(text), len(text))]:
        left_out = (
            intersect([(covered_end, start)], available) if _VISIBLE_CHARACTER.search(text, covered_end, start) else ()
        )
        if any(_VISIBLE_CHARACTER.search(text, lost_start, lost_end) for lost_start, lost_end in left_out):
            return False
        covered_end = end
    return True


def without(spans: Iterable[Span], noise: Sequence[Span]) -> Iterator[Span]:
    """The parts of ``spans`` outside of ``noise`` (sorted, disjoint)."""
    noise_ends = [end for _, end in noise]
    for start, end in spans:
        number = bisect_right(noise_ends, start)
        while number < len(noise) and noise[number].start < end:
            if start < noise[number].start:
                yield Span(start, noise[number].start)
            start = noise[number].end
            number += 1
        if start < end:
            yield Span(start, end)


def join(text: str, kept: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans of ``kept`` (sorted, disjoint) and, between them, of the white space that separates them best."""
    joined: list[tuple[int, int]] = []
    joined_start, joined_end = kept[0]
    for start, end in kept[1:]:
        bridge = _bridge(text, joined_end, start)
        if bridge and bridge[0] > joined_end:
            joined.append((joined_start, joined_end))
            joined_start, joined_end = bridge
        elif bridge:
            joined_end = bridge[1]
        if joined_end < start:
            joined.append((joined_start, joined_end))
            joined_start = start
        joined_end = end
    return [*joined, (joined_start, joined_end)]


def _bridge(text: str, left: int, right: int) -> tuple[int, int] | None:
    """The span of ``text[left:right]`` that must stand between two kept spans; None where they need no separator.

    It is the white space with the most line breaks, else that next to them (indentation belongs to the following
    text: where it is another, the white space before that). The punctuation of a word that was left out needs no
    separator.
    """
    space = _last_break(text, left, right)
    if space < 0 and text[right] in STOPS and ends_word(text, right) and text[left - 1] not in STOPS:
        return None
    if space < 0 and text[right - 1].isspace():
        space = right - 1
    if space < 0 and not text[left].isspace() and is_unspaced(text[left - 1]) and is_unspaced(text[right]):
        return None
    if space < 0:
        space = _first_space(text, left, right)
    if space >= 0:
        start = end = space
        while start > left and text[start - 1].isspace():
            start -= 1
        while end < right and text[end].isspace():
            end += 1
        own_start = _line_break_before(text, left, right) if end < right else right
        if own_start < right and _indentation(text, own_start, right) != _indentation(text, start, end):
            return own_start, right
        return start, end
    if is_boundary(text[left - 1] + text[right : right + 10], 1):
        return None
    # There is no white space to borrow, and glued they would make a new word: all of the gap must stay.
    return left, right


def _last_break(text: str, left: int, right: int) -> int:
    """The offset of the last double line break of ``text[left:right]``, else of the last line break, else -1."""
    if right - left <= _MAX_SEARCHED_CHARACTERS:
        position = text.rfind("\n\n", left, right)
        return position if position >= 0 else text.rfind("\n", left, right)
    line_breaks = _line_breaks_by_text.get_or_compute(text, _find_line_breaks)
    for offsets, break_length in ((line_breaks.paragraphs, 2), (line_breaks.lines, 1)):
        index = bisect_right(offsets, right - break_length) - 1
        if index >= 0 and offsets[index] >= left:
            return offsets[index]
    return -1


def _line_break_before(text: str, left: int, right: int) -> int:
    """The start of the white space right before ``right``; ``right`` where that has no line break."""
    start = right
    while start > left and text[start - 1].isspace():
        start -= 1
    return start if text.find("\n", start, right) >= 0 else right


def _indentation(text: str, start: int, end: int) -> str:
    """The part of the white space ``text[start:end]`` after its last line break; "" without one."""
    return text[text.rfind("\n", start, end) + 1 : end] if text.find("\n", start, end) >= 0 else ""


def _first_space(text: str, left: int, right: int) -> int:
    """The offset of the first white space of ``text[left:right]``, -1 for none."""
    if right - left <= _MAX_SEARCHED_CHARACTERS or text[left].isspace():
        match = _WHITE_SPACE.search(text, left, right)
        return match.start() if match else -1
    spaces = _spaces_by_text.get_or_compute(text, _find_spaces)
    index = bisect_left(spaces, left)
    return spaces[index] if index < len(spaces) and spaces[index] < right else -1
