"""Statements that a sentence further down overtakes come with it."""

import pytest

import ragzip
from ragzip.text.structure.needs.updates import overtaken
from ragzip.text.structure.parts import prose_part

MAIL = (
    "Dear all,\n\nthe offsite is on 14 and 15 October. The workshop starts at 9 am in the Linden room.\n\n"
    "The team dinner is on the 14th at 7 pm in the Ratskeller. Partners are welcome.\n\n"
    "On the second day we walk to the reservoir. Wear proper shoes, since the path may be wet.\n\n"
    "Change of plan: the Ratskeller has a wedding that evening, so we go to the Osteria at 7:30 pm. "
    "And the workshop moves to 10 am.\n\nBest,\nPaula\n"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A fire broke out. A firefighter was taken to hospital.\n\nIt is out.\n\nThe service has now denied that a "
         "firefighter was hurt.", {(1, 3)}),
        ("Police said the suspect was armed with a rifle. He fled.\n\nOfficers now say that the suspect had no rifle.",
         {(0, 2)}),
        ("Der Brand begann in der Werkstatt. Es gab Verletzte.\n\nDie Polizei geht nun davon aus, dass der Brand "
         "nicht in der Werkstatt begann.", {(0, 2)}),
        ("Das Essen ist im Ratskeller. Wir wandern.\n\nÄnderung: Der Ratskeller ist belegt.", {(0, 2)}),
        ("La cena es a las nueve. Nos vemos en la biblioteca.\n\nCambio de planes: la biblioteca cierra.", {(1, 2)}),
        ("Owners of the Pilot 5 report heat. The Pilot 4 is not affected.\n\nIt now admits that Pilot 4 phones built "
         "after May are.", {(1, 2)}),
        ("A patient fell ill. The hospital is new.\n\nHe was later admitted to hospital.", set()),
        ("In 2023 it had 81,400 visitors. A hall was closed.\n\nThe figure was later corrected to 83,150.", {(0, 2)}),
        ("In 2023 it had 81,400 visitors.\n\nThe figure of a bear stands in the hall.", set()),
        ("The plant employs 300 people. Sales rose.\n\nThe firm now says it will not close the plant.", set()),
        ("She was born in Rome. Rome was poor.\n\nShe later said that she did not miss her brothers.", set()),
    ],
)  # fmt: skip
def test_what_a_later_sentence_overtakes(text, expected):
    assert set(overtaken(text, list(prose_part(text, 0, len(text), 0)))) == expected


@pytest.mark.parametrize(
    ("query", "old", "new"),
    [
        ("When and where is the team dinner?", "in the Ratskeller.", "Osteria at 7:30"),
        ("what time does the workshop start", "at 9 am", "moves to 10 am"),
    ],
)
def test_a_plan_comes_with_its_change(query, old, new):
    kept = ragzip.compress(MAIL, query, target_tokens=60, compressor="extractive/bm25").text
    assert old in kept
    assert new in kept
