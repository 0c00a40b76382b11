"""Lines that say of the list or the lines below them that these are not so, and their opposites, though they end in no
colon: "NOT COVERED" and "COVERED", "Who must not take it" and "Who can take it". An item without its head, or beside
the opposite one, says something else than the text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import NamedTuple

from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.splitters.prose.breaks import SENTENCE_STOPS
from ragzip.text.splitters.split_unit import SplitUnit
from ragzip.text.statuses import denies, governs, names_status
from ragzip.text.words import is_unspaced, terms

__all__ = ["with_list_heads"]

_LINES = frozenset(["record", "heading", "sentence", "lead-in"])
_HEAD = pattern_of(
    rf"[^\W\d_](?>(?:[^\n{SENTENCE_STOPS}:：;,|\t\d]|(?:1[5-9]|20)\d\d(?!\d))*)"
    r"(?<!\bif)(?<!\bunless)(?<!\bwhen)(?<!\bwenn)(?<!\bfalls)(?<!\bsi)(?<!\bquand)(?<!\bcuando)(?<!\band)(?<!\bor)"
)
_LINE = pattern_of(rf"[^\n|\t]*[^\n|\t{SENTENCE_STOPS}:：;,，、]")
_MAX_HEAD_CHARACTERS, _MAX_HEAD_WORDS = 70, 9
_LEAST_TO_DIFFER = 2  # texts of one key, of which one differs from any given text
_ONE_WORD = ""  # stands for the shared word of heads of one word each
_Key = tuple[bool, str]  # whether a blank line stands below a head, and a word of it
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
    texts = [parts[candidate.place].text_in(text) for candidate in candidates]
    are_denying = [governs(head) or names_status(head) for head in texts]
    if not any(are_denying):
        return []
    keys = [_keys(text, parts, candidate) for candidate in candidates]
    heads_by_key, denying_by_key = _texts_by_key(texts, keys), _texts_by_key(texts, keys, are_denying)
    return [
        candidate
        for candidate, head, own_keys, is_denying in zip(candidates, texts, keys, are_denying, strict=True)
        if any(denying_by_key[key] - {head} for key in own_keys)
        or (
            is_denying
            and (any(heads_by_key[key] - {head} for key in own_keys) or _denies_alone(text, parts, candidate))
        )
    ]


def _texts_by_key(
    texts: Sequence[str], keys: Sequence[AbstractSet[_Key]], are_wanted: Sequence[bool] | None = None
) -> defaultdict[_Key, set[str]]:
    """Two of the texts of each key: one of them is another one than a given text."""
    texts_by_key: defaultdict[_Key, set[str]] = defaultdict(set)
    for place, head in enumerate(texts):
        for key in keys[place] if are_wanted is None or are_wanted[place] else ():
            if len(texts_by_key[key]) < _LEAST_TO_DIFFER:
                texts_by_key[key].add(head)
    return texts_by_key


def _keys(text: str, parts: Sequence[SplitUnit], candidate: _Head) -> frozenset[_Key]:
    """The keys that a head shares with its opposite: whether a blank line follows, and a word that no line below it has
    ("filer" in lines of a form is no word of a head), or that it is one word: "Pros", "Cons".
    """
    head, below = (
        text[parts[first].start : parts[end - 1].end]
        for first, end in ((candidate.place, candidate.place + 1), (candidate.place + 1, candidate.end))
    )
    own_words = {word for word in terms(head) if not is_function_word(word)}.difference(terms(below))
    if " " not in head and not is_unspaced(head[0]):
        own_words.add(_ONE_WORD)
    return frozenset((candidate.is_apart, word) for word in own_words)


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
    head = parts[candidate.place].text_in(text)
    if not denies(head):
        return False
    if candidate.are_items:
        return True
    lines_below = [text[part.start : part.end] for part in parts[candidate.place + 1 : candidate.end]]
    is_set_off = candidate.is_apart or (head.isupper() and not any(map(str.isupper, lines_below)))
    are_short = all(len(line.split()) <= _MAX_WORDS_OF_LINE for line in lines_below)
    return is_set_off and are_short and len(lines_below) > 1
