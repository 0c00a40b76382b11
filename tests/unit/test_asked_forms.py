"""Questions that ask for something by their form get it, though other sentences repeat their words."""

import numpy as np
import pytest

import ragzip
from ragzip.compressors.extractive.asked_forms import with_asked_forms
from ragzip.compressors.outline import Outline
from ragzip.text.structure.prose import read_prose

KETTLE = (
    "How to descale the Pavo kettle\n\nMany owners ask how to descale the Pavo kettle. Descaling the Pavo kettle is "
    "not difficult, and descaling is needed twice a year. The warranty of the Pavo kettle ends when it is not "
    "descaled.\n\nFill it with vinegar to the brim.\n\nThe lid closes with a click. The cord is long."
)
GATE = KETTLE.replace("descale the Pavo kettle", "open the side gate").replace(
    "Fill it with vinegar to the brim.", "Push the green lever down."
)
LEASE = (
    "Rent is 740. The flat has a balcony. The kitchen is new. {} The last guests had a parrot. The house has no lift. "
    "The roof was done in 2017. The stairs are cleaned by turns."
)


@pytest.mark.parametrize(
    ("text", "query", "instruction"),
    [
        (KETTLE, "How do I descale the Pavo kettle?", "Fill it with vinegar"),
        (GATE, "How can I open the side gate?", "Push the green lever"),
    ],
)
def test_a_question_how_gets_the_instruction_below_what_repeats_it(text, query, instruction):
    for tokens in range(26, 90, 8):
        assert instruction in ragzip.compress(text, query, target_tokens=tokens).text


def asked(text, query, scores):
    units = read_prose(text).units
    nothing = (None,) * len(units)
    spans, relations = tuple(unit.span for unit in units), tuple(unit.relation for unit in units)
    outline = Outline(spans, relations, ("",) * len(units), (False,) * len(units), nothing, nothing, nothing)
    return with_asked_forms(query, outline, text, np.array(scores))


@pytest.mark.parametrize("query", ["How do I move the Pavo server?", "How to move the Pavo server? Give me all steps."])
def test_a_question_how_gets_all_steps(query):
    verbs = ["Stop it", "Pack it", "Drive", "Oil it", "Rest", "Go"]
    steps = [f"{number}. {verb}" for number, verb in enumerate(verbs, 1)]
    text = "The Pavo server is heavy. The Pavo server moved.\n\nMove the Pavo server\n\n" + "\n".join(steps)
    assert min(asked(text, query, np.linspace(0.9, 0.1, 9))[-len(steps) :]) > 0.8


@pytest.mark.parametrize("best", [1, 2, 4])
def test_a_question_how_gets_all_steps_with_the_best_one(best):
    text = "It is sweet.\n\nMethod\n1. Beat butter.\n2. Add the eggs.\n3. Bake.\n\nServe it with tea. Freeze it."
    scores = np.full(7, 0.1)
    scores[best] = 0.9
    assert (asked(text, "How do I make the apple cake?", scores) > 0.8).tolist()[2:] == [True] * 3 + [False] * 2
    rules = text.replace("Beat butter", "Dogs are free").replace("Add the", "Dogs may not eat")
    assert (asked(rules, "How do I make the apple cake?", scores) > 0.8).sum() == 1


@pytest.mark.parametrize(
    ("facts", "query", "permission"),
    [
        ("The lease runs until March 2026. It may be handed on if Mr Osei agrees.", "Can I pass on the lease?",
         "It may be handed on"),
        ("The cellar is below the hall. It must not be used for bikes.", "May I use the cellar?", "It must not be"),
    ],
)  # fmt: skip
def test_a_question_for_permission_gets_the_sentence_that_gives_it(facts, query, permission):
    assert permission in ragzip.compress(LEASE.format(facts), query).text


def test_other_questions_and_sentences_keep_their_scores():
    text = LEASE.format("The lease runs until March. It may be handed on.")
    units = read_prose(text).units
    nothing = (None,) * len(units)
    spans, relations = tuple(unit.span for unit in units), tuple(unit.relation for unit in units)
    outline = Outline(spans, relations, ("",) * len(units), (False,) * len(units), nothing, nothing, nothing)
    scores = np.linspace(0.1, 0.9, len(units))
    for query in (None, "When does the lease end?", "Can I keep a parrot?", "How do I clean the stairs?"):
        assert with_asked_forms(query, outline, text, scores) is scores
