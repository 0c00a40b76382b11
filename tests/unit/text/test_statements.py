"""A sentence that is larger than the whole budget comes as its main statement, where it has one."""

import pytest

import ragzip
from ragzip.text.splitters.prose.statements import main_statement

PUMPS = "Pumps at the eastern weir were\nnot\nreplaced, since the inspection found no cracks in the casing."
GARDENS = "The council decided on 3 August that gardens must not be watered from 8 in the morning to 8 at night."


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        (PUMPS, "Pumps at the eastern weir were\nnot\nreplaced"),
        (GARDENS, "gardens must not be watered from 8 in the morning to 8 at night."),
        ("The court ruled that the new tax is void, because it was never signed.", "the new tax is void"),
        (
            "The district court ruled in 2012 that the tenant must pay, which the high court reversed in 2014.",
            "the tenant must pay, which the high court reversed in 2014.",
        ),
    ],
)
def test_the_main_statement(sentence, statement):
    assert sentence[slice(*main_statement(sentence, 0, len(sentence)))] == statement


@pytest.mark.parametrize(
    "sentence",
    [
        "He denied that the pumps were replaced, since nobody had seen them.",  # it would say the opposite
        "The court has not ruled that the new tax is void.",
        "The study found that the drug works well in adults.",  # whose finding it is belongs to it
        "You may leave now if you have paid, since it is late.",  # a condition
        "The dam, which was built in 1931, is 37 metres high.",  # the rest would be a subject alone
        "Were the pumps replaced, since there were cracks?",
        "A blog post once confirmed that the vaccine causes autism, which every later study has refuted.",
        "Fees are waived for all residents, where the applicant is under eighteen.",
        "The tablets may be taken with milk, although children must never take them with milk.",
        "The ferry carries cars free of charge, as of the first of June next year.",
        "In 2015 critics asked why the state had ordered that all wolves be shot in the valley.",
        "In the novel the judge ruled that the king must die at dawn.",
        "The first expert was said to have proved that the wall is stable.",
        "Nothing to leave out of this sentence.",
        "Yes, since it is.",
        "Die Pumpen wurden nicht ersetzt, weil keine Risse da waren.",
    ],
)
def test_sentences_without_such_a_part(sentence):
    assert main_statement(sentence, 0, len(sentence)) is None


def test_it_comes_only_where_the_sentence_is_larger_than_the_budget():
    context = f"The mill burned down in 1911. {PUMPS} The weir is 12 metres wide."
    query = "Were the pumps at the eastern weir replaced?"
    at_20, at_30 = (ragzip.compress(context, query, target_tokens=tokens).text for tokens in (20, 30))
    assert at_20 == "Pumps at the eastern weir were\nnot\nreplaced"
    assert PUMPS in at_30
