"""Windows ``[CLS] query [SEP] title [SEP] text [SEP]`` with labels, put together from packed token ids.

They are the windows that :func:`ragzip.backends.scorers.pairs.pair_windows` makes of the same texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ragzip.backends.scorers.windows import CutPlaces, cut_at
from ragzip.training.packed.build import KEEP, RELEVANCE, RELEVANT, SHORTEST_CUT, WORDS
from ragzip.training.packed.format import Array, Packed

__all__ = ["LONGEST", "NO_LABEL", "Labelled", "Window", "labelled", "without_support", "windows"]

LONGEST = 320  # tokens of a training window
NO_LABEL = -1
_NO_WORDS = np.zeros((0, 2), np.int64)


@dataclass(frozen=True)
class Labelled:
    """One passage with its labels, in tokens. *Shapes:* ids (n,), sentences (m, 2), keep (m,) or None for no label,
    marked (k, 2) or None for no label.
    """

    ids: Array
    title: Array
    sentences: Array
    places: CutPlaces
    keep: Array | None
    relevant: int
    marked: Array | None


@dataclass(frozen=True)
class Window:
    """One row of a batch. *Shapes:* ids, sentence (number in the window, -1 for none) and word (n,), keep (m,)."""

    ids: Array
    sentence: Array
    keep: Array
    relevant: int
    word: Array
    supporting: bool  # whether the passage is relevant, of which this is a part


def labelled(packed: Packed, link: int, passage: int) -> Labelled:
    """The passage ``passage`` with the labels of ``link``; -1: those of one that supports nothing."""
    arrays = packed.arrays
    text, title = arrays["passage"][passage].tolist()
    ids = packed.row("text.ids", text)
    sentences = packed.row("text.sentences", text)
    if len(ids) >= SHORTEST_CUT:
        words = np.unpackbits(packed.row("text.words", text), count=len(ids))
        places = CutPlaces(packed.row("text.ends", text).astype(np.int64), np.flatnonzero(words))
    else:
        places = CutPlaces(np.zeros(0, np.int64), np.zeros(0, np.int64))
    flags = KEEP | RELEVANCE | WORDS if link < 0 else int(arrays["link.flags"][link])
    keep: Array | None = None
    if flags & KEEP:
        keep = np.zeros(len(sentences), np.int8)
        if link >= 0:
            keep[packed.row("link.keep", link)] = 1
    marked = None
    if flags & WORDS:
        marked = packed.row("link.marked", link) if link >= 0 else _NO_WORDS
    relevant = int(bool(flags & RELEVANT)) if flags & RELEVANCE else NO_LABEL
    return Labelled(ids, packed.row("title.ids", title), sentences, places, keep, relevant, marked)


def without_support(passage: Labelled) -> Labelled | None:
    """``passage`` without its supporting sentences, which supports nothing; None where too little is left of it."""
    if passage.keep is None or len(passage.keep) - int(passage.keep.sum()) < 2:
        return None
    stays = np.zeros(len(passage.ids), np.bool_)
    for first, last in passage.sentences[passage.keep == 0].tolist():
        stays[first:last] = True
    moved = np.concatenate([[0], stays.cumsum()])
    sentences = moved[passage.sentences[passage.keep == 0]]
    ends, words = (np.unique(moved[place]) for place in passage.places)
    keep = np.zeros(len(sentences), np.int8)
    return replace(
        passage,
        ids=passage.ids[stays],
        sentences=sentences,
        places=CutPlaces(ends, words),
        keep=keep,
        relevant=0,
        marked=_NO_WORDS,
    )


def windows(
    passage: Labelled,
    query: Array,
    specials: tuple[Array, Array, Array],
    most: int | None,
    rng: np.random.Generator,
) -> Iterator[Window]:
    """The windows of ``passage`` behind ``query``.

    :param most: of a passage of more windows, those with kept sentences first, then any; None: all.
    """
    before, between, after = specials
    title = (passage.title, between) if len(passage.title) else ()
    head = np.concatenate([before, query, between, *title])
    n = len(passage.ids)
    ranges = cut_at(n, passage.places, LONGEST - len(head) - len(after))
    if not ranges:
        return
    sentence = _sentence_of_tokens(passage.sentences, n)
    word = np.full(n, NO_LABEL, np.int8)
    if passage.marked is not None:
        word[:] = 0
        for first, last in passage.marked.tolist():
            word[first:last] = 1
    several = len(ranges) > 1
    for start, stop in ranges if most is None or len(ranges) <= most else _chosen(passage, ranges, most, rng):
        inside = sentence[start:stop]
        present = np.unique(inside[inside >= 0])
        numbers = np.searchsorted(present, inside)
        numbers[inside < 0] = NO_LABEL
        relevant = passage.relevant
        if passage.keep is None:
            keep = np.full(len(present), NO_LABEL, np.int8)
            if several and relevant > 0:  # the part that makes it so is not known
                relevant = NO_LABEL
        else:
            keep = passage.keep[present]
            relevant = int(keep.any()) if relevant > 0 and len(keep) else relevant
        yield Window(
            np.concatenate([head, passage.ids[start:stop], after]),
            _padded(numbers, len(head), len(after)),
            keep,
            relevant,
            _padded(word[start:stop], len(head), len(after)),
            passage.relevant > 0,
        )


def _sentence_of_tokens(sentences: Array, n: int) -> Array:
    """The number of the sentence of each of ``n`` tokens, -1 for none."""
    numbers = np.full(n, NO_LABEL, np.int64)
    lengths = (sentences[:, 1].astype(np.int64) - sentences[:, 0]) if len(sentences) else np.zeros(0, np.int64)
    of_tokens = np.repeat(np.arange(len(sentences)), lengths)
    if len(of_tokens) == n:  # nearly always: no token stands between two sentences
        return of_tokens
    for number, (first, last) in enumerate(sentences.tolist()):
        numbers[first:last] = number
    return numbers


def _padded(values: Array, before: int, after: int) -> Array:
    row = np.full(before + len(values) + after, NO_LABEL, values.dtype)
    row[before : before + len(values)] = values
    return row


def _chosen(
    passage: Labelled, ranges: list[tuple[int, int]], most: int, rng: np.random.Generator
) -> list[tuple[int, int]]:
    kept = passage.sentences[passage.keep > 0] if passage.keep is not None else _NO_WORDS
    order = [float(rng.random()) - float(((kept[:, 0] < stop) & (kept[:, 1] > start)).any()) for start, stop in ranges]
    return [ranges[i] for i in sorted(np.argsort(order)[:most].tolist())]
