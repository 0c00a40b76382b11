"""What holds on a condition comes with it; the condition can be read without what holds "in that case"."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure.formats.prose.reader import read_prose

ASTHMA = "Talk to your doctor if you have asthma. You may need a lower dose. If you take aspirin, wait two hours."
KIDNEYS = "Patients with a GFR below 30 should not take it if they are over 60. In such cases, consult a specialist."


@pytest.mark.parametrize(
    ("text", "is_on_condition"),
    [
        (ASTHMA, True),
        ("Call us if the form is lost. You will also need a photo. The desk is open till six.", True),
        ("Rufen Sie an, wenn das Formular fehlt. Sie brauchen dann ein Foto. Der Schalter ist offen.", True),
        ("The form is on the web page. You may need a photo. The desk is open till six.", False),
        ("Call us if the form is lost. You can find the number on the card. The desk is open.", False),
    ],
)
def test_what_you_may_need_is_said_of_the_condition_before_it(text: str, is_on_condition: bool) -> None:
    assert (0 in read_prose(text).units[1].relation.needs) is is_on_condition


def test_a_condition_comes_with_its_consequence_only_where_both_fit() -> None:
    condition, consequence = read_prose(KIDNEYS).units
    assert (condition.relation.needs, condition.relation.companions) == ((), (1,))
    assert consequence.relation.needs == (0,)
    text = f"It is sold in packs of 60. {KIDNEYS} The tablets are white and round. They are made in Turku."
    kept = ragzip.compress(text, "Who should not take it?", target_tokens=22, cache=SCORES).text
    assert kept == KIDNEYS.split(" In such")[0]


def test_an_exception_in_a_paragraph_of_its_own_is_to_the_rule_above_it() -> None:
    text = (
        "We hope that you like it. Refunds are paid within 30 days. To ask for one, open a ticket.\n\n"
        "This does not apply to enterprise contracts."
    )
    units = read_prose(text).units
    assert units[1].relation.companions == (3,)
    assert units[3].relation.needs == (1,)


def test_sentences_come_with_the_label_of_their_line() -> None:
    text = (
        "Adults and children over 12: take one or two tablets. Take no more than six in a day.\n"
        "Children from 6 to 12 years: take half a tablet. Ask a doctor before."
    )
    units = read_prose(text).units
    assert [unit.relation.companions for unit in units] == [(), (0,), (), (2,)]


def test_sentences_come_with_the_aim_of_their_paragraph() -> None:
    text = (
        "To restart the router, pull out the plug. Your settings are kept.\n\n"
        "To reset the router, press the button. You need a pin."
    )
    units = read_prose(text).units
    assert [unit.relation.companions for unit in units] == [(), (0,), (), (2,)]


ALTERNATIVES = """\
14.2 The Landlord may end this Lease at once{condition}:
(a) rent remains unpaid for twenty-one days after it became due;
(b) the Tenant becomes insolvent; {word}
(c) the Premises are destroyed by fire.
"""


@pytest.mark.parametrize(
    ("condition", "word", "come_together"),
    [
        (" if", "or", False),
        (", namely when", "or", False),
        (" if", "and", True),
        (" only if", "or", True),
        (", unless", "or", True),
        (" provided that", "or", True),
    ],
)
def test_one_of_several_sufficient_conditions_comes_alone(condition: str, word: str, come_together: bool) -> None:
    units = read_prose(ALTERNATIVES.format(condition=condition, word=word)).units
    assert all((len(unit.relation.needs) == 3) == come_together for unit in units[1:])
    assert all(0 in unit.relation.needs for unit in units[1:])
