"""Cutting a text into the pieces that vectors stand for: every character in one, sentences whole if they fit."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import pairwise

from ragzip.text.spans import Span
from ragzip.text.splitters import sentences

__all__ = ["cut"]


def cut(
    text: str, offsets: Sequence[tuple[int, int]], most: int, count: Callable[[str], int], *, join: bool = False
) -> list[Span]:
    """Pieces of at most ``most`` tokens each; white space goes with what follows it.

    :param offsets: the tokens of ``text``.
    :param count: tokens of a text by itself; a piece that has more alone than in its place is halved.
    :param join: fill pieces with whole sentences, else each sentence is at least one piece.
    """
    if not text.strip():
        return []
    ends = [end for _, end in sentences(text)]
    bounds = [0, *ends[:-1], len(text)]
    starts = [start for start, _ in offsets]
    firsts: list[int] = []
    at = 0
    for place in bounds:  # the first token of each sentence
        while at < len(starts) and starts[at] < place:
            at += 1
        firsts.append(at)
    out: list[Span] = []
    for (start, end), (low, high) in zip(pairwise(bounds), pairwise(firsts), strict=True):
        if high - low > most:
            out += _evenly(text, start, end, starts[low:high], most)
        elif join and out and high - bisect_left(starts, out[-1].start) <= most:
            out[-1] = Span(out[-1].start, end)
        elif end > start:
            out.append(Span(start, end))
    return [piece for span in out for piece in _halved(text, span, most, count)]


def _evenly(text: str, start: int, end: int, starts: Sequence[int], most: int) -> list[Span]:
    """A long sentence in pieces of like size, cut before words where it has any."""
    n = -(-len(starts) // most)
    places = [start]
    for i in range(1, n):
        at = i * len(starts) // n
        low = max(0, at - most // 4)
        word = next((k for k in range(at, low, -1) if _opens_word(text, starts[k])), at)
        if starts[word] > places[-1]:
            places.append(starts[word])
    return [Span(*pair) for pair in pairwise([*places, end])]


def _opens_word(text: str, place: int) -> bool:
    return text[place : place + 1].isspace() or text[place - 1 : place].isspace()


def _halved(text: str, span: Span, most: int, count: Callable[[str], int]) -> list[Span]:
    if count(text[slice(*span)]) <= most or span.end - span.start < 2:
        return [span]
    middle = (span.start + span.end) // 2
    space = max(text.rfind(" ", span.start + 1, middle + 1), text.rfind("\n", span.start + 1, middle + 1))
    at = space if space > span.start else middle
    return [part for half in (Span(span.start, at), Span(at, span.end)) for part in _halved(text, half, most, count)]
