"""Cutting a text into the pieces that are encoded: every character is in one, sentences stay whole where they fit."""

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
    """Pieces of at most ``most`` tokens each; white space goes with the text after it.

    :param offsets: the tokens of ``text``.
    :param count: the number of tokens of a text; a piece that has too many when tokenised alone is halved.
    :param join: fill pieces with whole sentences, else each sentence is at least one piece.
    """
    if not text.strip():
        return []
    sentence_ends = [end for _, end in sentences(text)]
    sentence_bounds = [0, *sentence_ends[:-1], len(text)]
    token_starts = [start for start, _ in offsets]
    first_tokens = [bisect_left(token_starts, bound) for bound in sentence_bounds]
    spans: list[Span] = []
    for (start, end), (first_token, end_token) in zip(pairwise(sentence_bounds), pairwise(first_tokens), strict=True):
        if end_token - first_token > most:
            spans += _evenly(text, start, end, token_starts[first_token:end_token], most)
        elif join and spans and end_token - bisect_left(token_starts, spans[-1].start) <= most:
            spans[-1] = Span(spans[-1].start, end)
        elif end > start:
            spans.append(Span(start, end))
    return [piece for span in spans for piece in _halved(text, span, most, count)]


def _evenly(text: str, start: int, end: int, token_starts: Sequence[int], max_tokens: int) -> list[Span]:
    """The pieces of a long sentence, of about equal size, cut before words where possible."""
    piece_count = -(-len(token_starts) // max_tokens)
    piece_starts = [start]
    for piece_number in range(1, piece_count):
        token_number = piece_number * len(token_starts) // piece_count
        lowest_token = max(0, token_number - max_tokens // 4)
        word_token = next(
            (
                candidate
                for candidate in range(token_number, lowest_token, -1)
                if _opens_word(text, token_starts[candidate])
            ),
            token_number,
        )
        if token_starts[word_token] > piece_starts[-1]:
            piece_starts.append(token_starts[word_token])
    return [Span(*bounds) for bounds in pairwise([*piece_starts, end])]


def _opens_word(text: str, position: int) -> bool:
    return text[position : position + 1].isspace() or text[position - 1 : position].isspace()


def _halved(text: str, span: Span, max_tokens: int, count: Callable[[str], int]) -> list[Span]:
    if count(text[slice(*span)]) <= max_tokens or span.end - span.start < 2:
        return [span]
    middle = (span.start + span.end) // 2
    space_position = max(text.rfind(" ", span.start + 1, middle + 1), text.rfind("\n", span.start + 1, middle + 1))
    split_position = space_position if space_position > span.start else middle
    return [
        part
        for half in (Span(span.start, split_position), Span(split_position, span.end))
        for part in _halved(text, half, max_tokens, count)
    ]
