"""What is a repeat, and what only looks like one."""

import numpy as np
import pytest

import ragzip
from ragzip.compressors.extractive.family import Passage
from ragzip.compressors.extractive.repeats import repeats, restated
from ragzip.types import Span

DIFFERENT = [
    ("Nordin drops are approved for children under six.", "Nordin drops are not approved for children under six."),
    ("Anna must pay the rent to Ben.", "Ben must pay the rent to Anna."),
    ("The maximum is 15 mg a day.", "The maximum is 120 mg a day."),
    ("Die Tropfen sind für Kinder zugelassen.", "Die Tropfen sind für Kinder nicht zugelassen."),
    ("The trip takes two hours by train.", "The trip takes three hours by train."),
    ("You may park here overnight.", "You must park here overnight."),
    ("Le musée est ouvert le lundi.", "Le musée n'est pas ouvert le lundi."),
    ("At least 3 people came to the hall.", "At most 3 people came to the hall."),
    ("Oslo has a library with many old books and maps.", "Rome has a library with many old books and maps."),
    ("The shop is open on Monday until six.", "The shop is open on Sunday until six."),
    ("All visitors get a badge at the gate.", "Few visitors get a badge at the gate."),
    ("Die Brücke ist höher als der Turm.", "Die Brücke ist niedriger als der Turm."),
]


def passage(*texts, headings=()):
    spans, start = [], 0
    for text in texts:
        spans.append(Span(start, start + len(text)))
        start += len(text) + 1
    return Passage(None, " ".join(texts), tuple(spans), tuple(headings))


@pytest.mark.parametrize("pair", DIFFERENT, ids=[first[:30] for first, _ in DIFFERENT])
def test_statements_that_differ_are_no_repeats(pair):
    order = np.array([0, 1])
    alike = np.array([[1.0, 0.0], [1.0, 0.0]], np.float32)  # as if no model told them apart
    for texts in (pair, pair[::-1]):
        assert not restated(texts, order, ()).any()
        assert not repeats([passage(*texts)], order, alike).any()


def test_the_same_in_other_words_is_a_repeat():
    texts = "The mill burned down in 1902.", "The mill was burned down in 1902."
    order = np.array([0, 1])
    alike = np.array([[1.0, 0.0], [1.0, 0.0]], np.float32)
    assert restated(texts, order, ())[1] and repeats([passage(*texts)], order, alike)[1]
    assert repeats([passage("It rained.", "It rained.")], order, None).tolist() == [False, True]


def test_the_same_under_two_headings_is_none():
    texts = "The maximum is 15 mg a day.", "The maximum is 15 mg a day."
    order, headings = np.array([0, 1]), ("Adults", "Children")
    assert not repeats([passage(*texts, headings=headings)], order, None).any()
    assert not restated(texts, order, (), headings).any()


def test_what_is_left_out_as_a_repeat_is_said():
    texts = ["The mill of Inverbervie burned down in 1902. " + "It rained on the hills. " * 3] * 2
    result = ragzip.compress(texts, "When did the mill burn?", target_tokens=30, cache=False)
    assert result.text.count("1902") == 1
    assert any("repeat" in note for note in result.stats.notes)
