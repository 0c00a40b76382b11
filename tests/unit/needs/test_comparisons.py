"""A comparison comes with the sentence before it, where only that says with what it compares."""

import pytest

from ragzip.text.references.comparisons import compares_with_before
from ragzip.text.structure import structure_of

BEFORE = "Leeds sold 300 boats in 2015."


def companions_of_last(text):
    *others, last = structure_of(text, "text/plain", "0").units
    return [text[others[place].start : others[place].end] for place in last.relation.companions]


@pytest.mark.parametrize(
    "sentence",
    [
        "Bergen sold twice as many.",
        "Bergen sold ten times that number.",
        "Sales in Bergen were 20 % higher.",
        "Bergen sold even more, it was said.",
        "Bergen sold 40 boats more.",
        "Bergen sold more than that.",
        "Bergen did, too.",
        "Another 40 were given away.",
        "The remaining 40 were given away.",
        "By comparison, Bergen sold 40.",
        "In Bergen, by contrast, sales fell.",
        "The number rose to 400.",
        "The increase was due to tourists.",
        "Even so, the yard closed.",
        "Bergen verkaufte doppelt so viele.",
        "In Bergen waren es 20 % weniger.",
        "Weitere 40 wurden verschenkt.",
        "Im Vergleich dazu verkaufte Bergen 40.",
        "Bergen en a vendu trois fois plus.",
        "En revanche, Bergen en a vendu 40.",
        "Bergen vendió el doble.",
        "Bergen ne vendette il doppio.",
        "Bergen verkocht half zo veel.",
    ],
)
def test_a_comparison_needs_the_sentence_before_it(sentence):
    assert companions_of_last(f"Oban has two mills. {BEFORE} {sentence}") == [BEFORE]


@pytest.mark.parametrize(
    "sentence",
    [
        "Bergen sold twice as many as Oban.",
        "Sales in Bergen were 20 % higher than in Oban.",
        "Unlike Oban, Bergen sold even more.",
        "Bergen helps people of 65 or older.",
        "Bergen has more boats than Oban.",
        "The number of boats was large.",
        "Bergen sold half of its boats.",
        "Another town sold none.",
        "Bergen war um 20 % kleiner als Oban.",
        "Bergen en a vendu trois fois plus que Oban.",
    ],
)
def test_a_comparison_that_says_with_what_stands_alone(sentence):
    assert not compares_with_before(sentence)
