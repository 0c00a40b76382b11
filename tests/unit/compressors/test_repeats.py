"""What is a repeat, and what only looks like one."""

import numpy as np
import pytest

import ragzip
from ragzip.compressors.extractive.texts.passages import Passage
from ragzip.compressors.extractive.texts.repeats import repeats
from ragzip.text.spans import Span

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
    ("The landlord must pay the rent to the tenant.", "The tenant must pay the rent to the landlord."),
    ("房东必须付给租客租金。", "租客必须付给房东租金。"),
    ("The maximum dose for adults is 40 mg a day.", "The maximum dose for children is 40 mg a day."),
    ("La dose maximale pour les adultes est de 40 mg.", "La dose maximale pour les enfants est de 40 mg."),
    ("The value is x < 5 in all cases.", "The value is x > 5 in all cases."),
    ("Store it at -5 °C in the dark.", "Store it at 5 °C in the dark."),
    ("The fee is $5 per visit.", "The fee is €5 per visit."),
    ("The limit is 5 mg per litre of water.", "The limit is 5 µg per litre of water."),
    ("There are 10³ cells in it.", "There are 103 cells in it."),
    ("From 3 to 5 people may enter.", "From 5 to 3 people may enter."),
    ("Препарат разрешён детям до года.", "Препарат не разрешён детям до года."),
    ("Lääke sopii lapsille hyvin aina.", "Lääke ei sopii lapsille hyvin aina."),
    ("Revenue rose sharply in the first quarter.", "Revenue fell sharply in the first quarter."),
    ("The valve is open when the lamp is red.", "The valve is closed when the lamp is red."),
    ("The tunnel was opened in 1911.", "The tunnel was opened in 1911 by the mayor of Hamburg."),
    ("Is the vaccine safe for children?", "The vaccine is safe for children."),
    ("Only Anna pays the rent.", "Anna pays only the rent."),
]


def passage(*texts, headings=()):
    spans, start = [], 0
    for text in texts:
        spans.append(Span(start, start + len(text)))
        start += len(text) + 1
    return Passage(None, " ".join(texts), tuple(spans), tuple(headings))


@pytest.mark.parametrize("pair", DIFFERENT, ids=[first[:30] for first, _ in DIFFERENT])
def test_statements_that_differ_are_no_repeats(pair):
    for texts in (pair, pair[::-1]):
        assert not repeats([passage(*texts)], np.array([0, 1])).any()


@pytest.mark.parametrize(
    "other",
    [
        "The mill of Marlow burned down in 1902.",
        "- the mill of Marlow\n  burned down in 1902",
        "In 1902 the mill of Marlow burned down!",
        "The **mill** of Mar\u00adlow burned down in 1902.",
    ],
)
def test_the_same_words_are_a_repeat(other):
    texts = "The mill of Marlow burned down in 1902.", other
    assert repeats([passage(texts[0]), passage(texts[1])], np.array([1, 0])).tolist() == [True, False]


def test_the_same_under_two_headings_or_titles_is_none():
    texts, order = ("The maximum is 15 mg a day.",) * 2, np.array([0, 1])
    assert not repeats([passage(*texts, headings=("Adults", "Children"))], order).any()
    titled = [Passage(title, texts[0], (Span(0, len(texts[0])),)) for title in ("Leaflet 2019", "Leaflet 2023")]
    assert not repeats(titled, order).any()


def test_the_same_about_something_else_is_none():
    texts = (
        "The Alpha is loud.",
        "It costs 50 euros in every shop.",
        "The Beta is quiet.",
        "It costs 50 euros in every shop.",
    )
    assert not repeats([passage(*texts)], np.arange(4)).any()
    assert repeats([passage(*texts[:2]), passage(*texts[:2])], np.arange(4)).tolist() == [False, False, True, True]
    answers = "Is it safe for adults?", "Yes.", "Is it safe for children?", "Yes."
    assert not repeats([passage(*answers)], np.arange(4)).any()


def test_what_is_left_out_as_a_repeat_is_said():
    texts = ["The mill of Inverbervie burned down in 1902. " + "It rained on the hills. " * 3] * 2
    result = ragzip.compress(texts, "When did the mill burn?", target_tokens=30, cache=False)
    assert result.text.count("1902") == 1
    assert any("repeat" in note for note in result.stats.notes)


COLUMN = ["Volume %", "(6)", "(5)", "1", "Price %", "(6)", "(5)", "4", "Growth %", "(5)", "1"]


def test_numbers_of_a_column_are_no_repeats():
    assert not repeats([passage(*COLUMN)], np.arange(len(COLUMN))).any()
    places = np.arange(2 * len(COLUMN))
    assert repeats([passage(*COLUMN)] * 2, places).tolist() == [False] * len(COLUMN) + [True] * len(COLUMN)
