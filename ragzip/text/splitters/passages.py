"""Passages of a text: runs of whole units, as long as a reader of passages takes."""

from __future__ import annotations

from ragzip.text.spans import Span
from ragzip.text.splitters.split_unit import SplitUnit
from ragzip.text.splitters.splitting import units
from ragzip.text.words import words

__all__ = ["passages"]

# Of no use without the units that follow.
_OPENING_KINDS = ("heading", "label", "lead-in", "header", "delimiter", "question")


def passages(text: str, *, max_words: int = 150, overlap: int = 0) -> list[Span]:
    """Spans of passages: runs of whole units of at most ``max_words`` words; one longer unit is a passage of its own.

    A heading, lead-in, header row or question is in the same passage as the next unit, where there is room.

    :param overlap: units shared by neighbouring passages.
    """
    all_units = units(text)
    word_counts = [sum(1 for _ in words(text, unit.start, unit.end)) for unit in all_units]
    spans: list[Span] = []
    first_index = 0
    while first_index < len(all_units):
        last_index, passage_words = first_index, word_counts[first_index]
        while last_index + 1 < len(all_units) and passage_words + word_counts[last_index + 1] <= max_words:
            last_index += 1
            passage_words += word_counts[last_index]
        if last_index + 1 < len(all_units):
            last_index = _before_openers(all_units, first_index, last_index)
        spans.append(Span(all_units[first_index].start, all_units[last_index].end))
        next_index = last_index + 1
        first_index = next_index if next_index >= len(all_units) else max(first_index + 1, next_index - overlap)
    return spans


def _before_openers(all_units: tuple[SplitUnit, ...], first_index: int, last_index: int) -> int:
    """The index of the last unit of ``first_index`` to ``last_index`` that is no opener; ``last_index`` if none is."""
    index = last_index
    while index >= first_index and all_units[index].kind in _OPENING_KINDS:
        index -= 1
    return index if index >= first_index else last_index
