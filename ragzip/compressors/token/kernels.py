"""The least that is kept of a sentence, where anything is: its best words, without which one of them says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nsmallest

import numpy as np
import numpy.typing as npt

from ragzip.compressors.token.clauses import Ties, is_word
from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span, places_starting_in
from ragzip.text.splitters import sentences
from ragzip.text.words import is_unspaced

__all__ = ["needs_with_kernels"]

_MIN_WORDS = 3  # "Three." of "Three of the nine members spoke against it." is no sentence
_MIN_PHRASES = 2  # in unspaced scripts
_ENDS_IN_MARK = pattern_of(r"[.!?…。！？][\"'”“’»«)\]」』]{0,3}\Z")  # as titles, items and lines of code do not


def needs_with_kernels(
    text: str, words: Sequence[Span], scores: npt.NDArray[np.float64], ties: Sequence[Ties]
) -> list[tuple[Span, ...]]:
    """The needs of each of ``words`` (sorted, disjoint) by its ``ties``, with the best words of its sentence and what
    these need. Function words need the word after them: "for" and "the" say nothing at the end of a statement.
    """
    needs = [set(word_ties.needs) for word_ties in ties]
    for number in range(len(words) - 2, -1, -1):
        if is_function_word(text[slice(*words[number])].casefold()) and is_word(text, words[number + 1]):
            needs[number] |= {words[number + 1], *needs[number + 1]} - {words[number]}
    word_starts = [word.start for word in words]
    for sentence in sentences(text):
        if not _ENDS_IN_MARK.search(text, max(sentence.start, sentence.end - 4), sentence.end):
            continue
        inside = places_starting_in(word_starts, sentence)
        sentence_words = [number for number in inside if is_word(text, words[number])]
        least_count = _MIN_PHRASES if is_unspaced(text[sentence.start]) else _MIN_WORDS
        kernel = nsmallest(least_count, sentence_words, key=lambda number: -scores[number])
        kernel_spans = {words[number] for number in kernel}.union(*(needs[number] for number in kernel))
        for number in sentence_words:
            needs[number] |= kernel_spans - {words[number]}
    return [tuple(sorted(word_needs)) for word_needs in needs]
