"""Windows ``[CLS] query [SEP] title [SEP] text [SEP]`` with labels, assembled from packed token ids.

They are the windows that :func:`ragzip.backends.scorers.pairs.pair_windows` makes of the same texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ragzip.backends.windows import CutPlaces, cut_at
from ragzip.training.packed.build import KEEP, RELEVANCE, RELEVANT, SHORTEST_CUT, WORDS
from ragzip.training.packed.format import Array, Packed

__all__ = ["LONGEST", "NO_LABEL", "PackedPassage", "Window", "labelled", "without_support", "windows"]

LONGEST = 320  # tokens of a training window
NO_LABEL = -1
_NO_WORDS = np.zeros((0, 2), np.int64)


@dataclass(frozen=True)
class PackedPassage:
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


def labelled(packed: Packed, link: int, passage: int) -> PackedPassage:
    """The passage ``passage`` with the labels of ``link``; -1: those of an irrelevant one."""
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
    sentence_labels: Array | None = None
    if flags & KEEP:
        sentence_labels = np.zeros(len(sentences), np.int8)
        if link >= 0:
            sentence_labels[packed.row("link.keep", link)] = 1
    word_ranges = None
    if flags & WORDS:
        word_ranges = packed.row("link.marked", link) if link >= 0 else _NO_WORDS
    relevant = int(bool(flags & RELEVANT)) if flags & RELEVANCE else NO_LABEL
    return PackedPassage(ids, packed.row("title.ids", title), sentences, places, sentence_labels, relevant, word_ranges)


def without_support(passage: PackedPassage) -> PackedPassage | None:
    """``passage`` without its supporting sentences; None where fewer than two sentences would remain."""
    if passage.keep is None or len(passage.keep) - int(passage.keep.sum()) < 2:
        return None
    kept_tokens = np.zeros(len(passage.ids), np.bool_)
    for first, last in passage.sentences[passage.keep == 0].tolist():
        kept_tokens[first:last] = True
    new_positions = np.concatenate([[0], kept_tokens.cumsum()])
    sentences = new_positions[passage.sentences[passage.keep == 0]]
    ends, words = (np.unique(new_positions[place]) for place in passage.places)
    sentence_labels = np.zeros(len(sentences), np.int8)
    return replace(
        passage,
        ids=passage.ids[kept_tokens],
        sentences=sentences,
        places=CutPlaces(ends, words),
        keep=sentence_labels,
        relevant=0,
        marked=_NO_WORDS,
    )


def windows(
    passage: PackedPassage,
    query: Array,
    specials: tuple[Array, Array, Array],
    most: int | None,
    rng: np.random.Generator,
) -> Iterator[Window]:
    """The windows of ``passage`` after ``query``.

    :param most: of a passage of more windows, those with kept sentences first, then any; None: all.
    """
    before, between, after = specials
    title_parts = (passage.title, between) if len(passage.title) else ()
    head = np.concatenate([before, query, between, *title_parts])
    token_count = len(passage.ids)
    ranges = cut_at(token_count, passage.places, LONGEST - len(head) - len(after))
    if not ranges:
        return
    sentence = _sentence_of_tokens(passage.sentences, token_count)
    token_labels = np.full(token_count, NO_LABEL, np.int8)
    if passage.marked is not None:
        token_labels[:] = 0
        for first, last in passage.marked.tolist():
            token_labels[first:last] = 1
    many_windows = len(ranges) > 1
    for window_start, window_end in (
        ranges if most is None or len(ranges) <= most else _chosen(passage, ranges, most, rng)
    ):
        token_sentences = sentence[window_start:window_end]
        window_sentences = np.unique(token_sentences[token_sentences >= 0])
        window_numbers = np.searchsorted(window_sentences, token_sentences)
        window_numbers[token_sentences < 0] = NO_LABEL
        relevant = passage.relevant
        if passage.keep is None:
            sentence_labels = np.full(len(window_sentences), NO_LABEL, np.int8)
            if many_windows and relevant > 0:  # the relevant part is unknown
                relevant = NO_LABEL
        else:
            sentence_labels = passage.keep[window_sentences]
            relevant = int(sentence_labels.any()) if relevant > 0 and len(sentence_labels) else relevant
        yield Window(
            np.concatenate([head, passage.ids[window_start:window_end], after]),
            _padded(window_numbers, len(head), len(after)),
            sentence_labels,
            relevant,
            _padded(token_labels[window_start:window_end], len(head), len(after)),
            passage.relevant > 0,
        )


def _sentence_of_tokens(sentences: Array, token_count: int) -> Array:
    """The number of the sentence of each of ``n`` tokens, -1 for none."""
    numbers = np.full(token_count, NO_LABEL, np.int64)
    lengths = (sentences[:, 1].astype(np.int64) - sentences[:, 0]) if len(sentences) else np.zeros(0, np.int64)
    of_tokens = np.repeat(np.arange(len(sentences)), lengths)
    if len(of_tokens) == token_count:  # nearly always: no token lies between two sentences
        return of_tokens
    for number, (first, last) in enumerate(sentences.tolist()):
        numbers[first:last] = number
    return numbers


def _padded(values: Array, before: int, after: int) -> Array:
    row = np.full(before + len(values) + after, NO_LABEL, values.dtype)
    row[before : before + len(values)] = values
    return row


def _chosen(
    passage: PackedPassage, ranges: list[tuple[int, int]], most: int, rng: np.random.Generator
) -> list[tuple[int, int]]:
    kept_sentences = passage.sentences[passage.keep > 0] if passage.keep is not None else _NO_WORDS
    order = [
        float(rng.random()) - float(((kept_sentences[:, 0] < stop) & (kept_sentences[:, 1] > start)).any())
        for start, stop in ranges
    ]
    return [ranges[range_number] for range_number in sorted(np.argsort(order)[:most].tolist())]
