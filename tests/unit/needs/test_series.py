"""A sentence that announces several things comes with those behind it that count them."""

import pytest

import ragzip
from ragzip.text.structure.formats.prose.reader import read_prose

LOAN = (
    "The loan is paid out once three conditions are met. First, a notary has to enter the charge. Second, the house "
    "has to be insured. Third, the buyer shows that his share was paid. The rate is fixed for years. A fee is due."
)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (LOAN, [1, 2, 3]),
        ("The mill closed for two reasons. The first was a flood. It broke the wheel. The other was the new road.",
         [1, 3]),
        ("Man braucht zwei Unterlagen. Erstens ist der Vertrag vorzulegen. Zweitens muss ein Ausweis her. Es regnet.",
         [1, 2]),
        ("Hay tres pasos. Primero, se lava el arroz. Por último, se sirve. El horno es viejo.", [1, 2]),
        ("Two ships left the port. First, the crew loaded coal. The wind was strong. The town has a tower.", []),
        ("The mill closed. The first was a flood. The other was the road.", []),
        ("He has two sons. First aid is given at the gate. Second hand books are sold there.", []),
    ],
)  # fmt: skip
def test_what_announces_comes_with_what_counts(text, parts):
    units = read_prose(text).units
    assert [place for place in units[0].relation.companions if place] == parts
    assert all(0 in units[part].relation.companions for part in parts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("There are three options. The first is to wait. The second is to sue. The third is to pay. Lawyers advise "
         "against the second.", {4: 2}),
        ("Es gibt zwei Wege. Der erste ist kurz. Der zweite ist lang. Wir raten zum Warten. Der erste ist glatt.",
         {4: 1}),
        ("There are two options. The first is to wait. The second is to sue. The team won the second round.", {}),
    ],
)  # fmt: skip
def test_one_of_several_things_comes_with_what_tells_which(text, expected):
    units = read_prose(text).units
    assert {
        place: units[place].relation.companions[-1] for place in range(3, len(units)) if place in expected
    } == expected
    assert all(not units[place].relation.companions for place in range(3, len(units)) if not expected)


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_all_conditions_come(compressor):
    text = ragzip.compress(
        LOAN, "When is the loan paid out?", target_tokens=52, compressor=compressor, cache=False
    ).text
    assert "a notary" in text and "insured" in text and "his share" in text
