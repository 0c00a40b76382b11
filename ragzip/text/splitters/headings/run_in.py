"""Headings on the line of their paragraph: "Item 2. Hedge.", "Meals.", in front of it or, where line breaks are lost,
of its parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.headings.plain import has_statement_word
from ragzip.text.statuses import is_status

__all__ = ["is_run_in_label", "labels_inside", "run_in_heading", "run_in_labels"]

_RUN_IN = pattern_of(r"(?:[^\W\d_]{1,20}\s)(?:\d{1,3}|[IVX]{1,4})[.:]\s+(\S[^.:!?]{0,60})[.:]$")  # "Item 2. Hedge."
_MAX_RUN_IN_WORDS = 4
_RUN_IN_LABEL = pattern_of(r"[^\W\d_][^.!?:;,\d]{2,48}\.")
_NUMBER_OF_LABEL = pattern_of(r"(?:§\s?)?\d{1,4}(?:[./]\d{1,4}){0,3}[.)]?\s+")
_MIN_RUN_IN_LABELS, _MIN_RUN_IN_WORDS = 3, 2  # paragraphs of a text that begin with one, and with one of one word
_MAX_WORDS_INSIDE = 2  # of a label within a paragraph: "Cats pay half price." is a statement
_MIN_LABELLED_SHARE = 0.6  # of the paragraphs with several lines


def run_in_labels(openings: Sequence[str]) -> frozenset[str]:
    """The labels among the first sentences of paragraphs of several sentences, "Meals.", "Lost keys.": where most of
    these paragraphs begin with a few words that say nothing.
    """
    candidates = [opening for opening in openings if is_run_in_label(opening)]
    least = _MIN_RUN_IN_WORDS if all(" " not in label for label in candidates) else _MIN_RUN_IN_LABELS
    are_labels = (
        len(candidates) >= least
        and len(candidates) >= _MIN_LABELLED_SHARE * len(openings)
        and len(set(candidates)) == len(candidates)
    )
    return frozenset(candidates if are_labels else ())


def labels_inside(sentences: Sequence[str]) -> list[int]:
    """The places of the sentences of one paragraph that label those after them, as where line breaks are lost:
    "Warranty. The frame is covered for ten years. Delivery. …". The paragraph begins with one.
    """
    places = [
        place
        for place, sentence in enumerate(sentences)
        if is_run_in_label(sentence) and len(sentence.split()) <= _MAX_WORDS_INSIDE
    ]
    if 0 not in places:
        return []
    are_apart = all(after - before > 1 for before, after in pairwise([*places, len(sentences)]))
    are_unlike = len({sentences[place] for place in places}) == len(places)
    return places if len(places) >= _MIN_RUN_IN_LABELS and are_apart and are_unlike else []


def is_run_in_label(sentence: str) -> bool:
    """Whether a sentence is a few words that say nothing, also with a number: "Meals.", "42/25 Street lights."."""
    number = _NUMBER_OF_LABEL.match(sentence)
    sentence = sentence if number is None else sentence[number.end() :]
    label_words = sentence[:-1].split()
    return (
        sentence[-1:] == "."
        and 0 < len(label_words) <= _MAX_RUN_IN_WORDS
        and sentence[0].isupper()
        and _RUN_IN_LABEL.fullmatch(sentence) is not None
        and not is_function_word(label_words[0].lower())
        and not has_statement_word(label_words)
        and not is_status(sentence[:-1])
    )


def run_in_heading(text: str, sentence: Span) -> bool:
    """Whether a sentence at the beginning of a paragraph is its heading: "Item 2. Hedge."."""
    match = _RUN_IN.match(text, sentence.start, sentence.end)
    if match is None or match.end() != sentence.end:
        return False
    title_words = match.group(1).split()
    return len(title_words) <= _MAX_RUN_IN_WORDS and not has_statement_word(title_words)
