"""Lines that say of the list or the lines below them that these are not so, and their opposites, though they end in no
colon: "NOT COVERED" and "COVERED", "Who must not take it" and "Who can take it". An item without its head, or beside
the opposite one, says something else than the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.splitters.breaks import SENTENCE_STOPS
from ragzip.text.splitters.split_unit import SplitUnit
from ragzip.text.statuses import denies, governs
from ragzip.text.words import terms

__all__ = ["with_list_heads"]

_LINES = frozenset(["record", "heading", "sentence", "lead-in"])
_HEAD = pattern_of(
    rf"[^\W\d_](?>(?:[^\n{SENTENCE_STOPS}:：;,|\t\d]|(?:1[5-9]|20)\d\d(?!\d))*)"
    r"(?<!\bif)(?<!\bunless)(?<!\bwhen)(?<!\bwenn)(?<!\bfalls)(?<!\bsi)(?<!\bquand)(?<!\bcuando)(?<!\band)(?<!\bor)"
)
_LINE = pattern_of(rf"[^\n|\t]*[^\n|\t{SENTENCE_STOPS}:：;,，、]")
_MAX_HEAD_CHARACTERS, _MAX_HEAD_WORDS = 70, 9
_MAX_WORDS_OF_LINE = 5  # below a head without an opposite: longer ones are rather verse or prose


class _Head(NamedTuple):
    """The places of a head and of the lines or items that it stands over, ``place + 1`` up to ``end``."""

    place: int
    end: int
    are_items: bool
    is_apart: bool  # whether a blank line parts them


def with_list_heads(text: str, parts: Sequence[SplitUnit]) -> list[SplitUnit]:
    """``parts``, the heads of lists and of lines that deny what stands below as lead-ins, and so the lines like them
    that share a word with one.
    """
    led = list(parts)
    for head in _list_heads(text, parts):
        led[head.place] = led[head.place]._replace(kind="lead-in")
        if not head.are_items:
            led[head.place + 1 : head.end] = [part._replace(kind="record") for part in led[head.place + 1 : head.end]]
    return led


def _list_heads(text: str, parts: Sequence[SplitUnit]) -> list[_Head]:
    candidates = list(_candidates(text, parts))
    texts = [text[slice(*parts[candidate.place][:2])] for candidate in candidates]
    denying = [number for number, head in enumerate(texts) if governs(head)]
    words = [_own_words(text, parts, candidate) for candidate in candidates] if denying else []
    heads: set[int] = set()
    for number in denying:
        opposites = [
            other
            for other, candidate in enumerate(candidates)
            if texts[other] != texts[number]
            and candidate.is_apart == candidates[number].is_apart
            and words[other] & words[number]
        ]
        if opposites or _denies_alone(text, parts, candidates[number]):
            heads |= {number, *opposites}
    return [candidates[number] for number in sorted(heads)]


def _own_words(text: str, parts: Sequence[SplitUnit], candidate: _Head) -> frozenset[str]:
    """The words of a head that no line below it has: "filer" in lines of a form is no word of a head."""
    head, below = (
        terms(text[parts[first].start : parts[end - 1].end])
        for first, end in ((candidate.place, candidate.place + 1), (candidate.place + 1, candidate.end))
    )
    return frozenset(word for word in head if not is_function_word(word)).difference(below)


def _candidates(text: str, parts: Sequence[SplitUnit]) -> Iterator[_Head]:
    """Lines at the beginning of a paragraph of lines, or alone above one or a list."""
    for (first, end), (_, end_below) in pairwise([*_paragraphs(text, parts), (len(parts), len(parts))]):
        if not _is_head(text, parts[first]):
            continue
        if end > first + 1 and _are_lines(text, parts[first + 1 : end]):
            yield _Head(first, end, are_items=False, is_apart=False)
        elif end == first + 1 < len(parts):
            are_items = all(part.kind == "item" for part in parts[end:end_below])
            if are_items or _are_lines(text, parts[end:end_below]):
                yield _Head(first, end_below, are_items, is_apart=True)


def _paragraphs(text: str, parts: Sequence[SplitUnit]) -> list[tuple[int, int]]:
    """The first place of each paragraph, and the place after its last."""
    starts = [
        place
        for place, part in enumerate(parts)
        if place == 0 or text.count("\n", parts[place - 1].end, part.start) > 1
    ]
    return list(pairwise([*starts, len(parts)]))


def _is_head(text: str, part: SplitUnit) -> bool:
    return (
        part.kind in _LINES
        and part.end - part.start <= _MAX_HEAD_CHARACTERS
        and _HEAD.fullmatch(text, part.start, part.end) is not None
        and len(text[part.start : part.end].split()) <= _MAX_HEAD_WORDS
    )


def _are_lines(text: str, parts: Sequence[SplitUnit]) -> bool:
    """Whether some units are lines that are no statements."""
    return all(part.kind in _LINES and _LINE.fullmatch(text, part.start, part.end) for part in parts)


def _denies_alone(text: str, parts: Sequence[SplitUnit], candidate: _Head) -> bool:
    """Whether a head without an opposite denies what stands below: it does so in so many words, and stands apart from
    a list or from several short lines, or in capital letters over others.
    """
    head = text[slice(*parts[candidate.place][:2])]
    if candidate.are_items or not denies(head):
        return candidate.are_items and denies(head)
    lines_below = [text[part.start : part.end] for part in parts[candidate.place + 1 : candidate.end]]
    is_set_off = candidate.is_apart or (head.isupper() and not any(map(str.isupper, lines_below)))
    are_short = all(len(line.split()) <= _MAX_WORDS_OF_LINE for line in lines_below)
    return is_set_off and are_short and len(lines_below) > 1
