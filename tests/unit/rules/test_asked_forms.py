"""Questions that ask for something by their form get it, though other sentences repeat their words."""

import numpy as np
import pytest
from shared_scores import SCORES

import ragzip
from ragzip.compressors.extractive.rules.asked_forms import _name_of_defined, _prices, with_asked_forms
from ragzip.compressors.extractive.rules.text_units import TextUnits
from ragzip.compressors.outline import Outline
from ragzip.text.structure.formats.prose.reader import read_prose

KETTLE = (
    "How to descale the Pavo kettle\n\nMany owners ask how to descale the Pavo kettle. Descaling the Pavo kettle is "
    "not difficult, and descaling is needed twice a year. The warranty of the Pavo kettle ends when it is not "
    "descaled.\n\nFill it with vinegar to the brim.\n\nThe lid closes with a click. The cord is long."
)
GATE = KETTLE.replace("descale the Pavo kettle", "open the side gate").replace(
    "Fill it with vinegar to the brim.", "Push the green lever down."
)
DRYER = (
    "Trouble with your dryer\n\nThe dryer does not start. Check that the door is closed and that the plug fits.\n\n"
    "Error E14: the water container is full. Empty it and push it in until it clicks. If the error E14 comes back, "
    "the float is stuck.\n\nError E41: the motor is too hot. Let it cool down for 30 minutes. Should the error E41 "
    "come up three times, call our service.\n\nClean the heat exchanger every three months; that is no error.\n"
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


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    ("query", "instruction"),
    [("How do I fix error E14?", "Empty it and push"), ("How can I clear the error E41?", "Let it cool down")],
)
def test_a_question_how_gets_the_instruction_behind_a_label_that_repeats_it(query, instruction, compressor):
    for tokens in range(40, 90, 10):
        assert instruction in ragzip.compress(DRYER, query, target_tokens=tokens, compressor=compressor).text


WEIR = (
    "In 1874 a weir was built for the paper mill. It had a ladder for fish. From then on no salmon reached Holt.\n\n"
    "The tannery discharged its waste into the brook until 1963. For the salmon it made no difference.\n\n"
    "The weir was removed in 2004. Two years later the first salmon were counted at Holt. Trout came back sooner.\n"
)
BOILER = (
    "Turn the thermostat to the lowest setting. Then set the selector to OFF and wait five minutes. Open the gas valve "
    "by a quarter turn.\n\nPush the red button until the pilot light is on. Keep the selector pressed for thirty "
    "seconds. The pilot light is blue. A yellow light means that a fitter is needed.\n"
)
BRUNNEN = (
    "Der Brunnen war beliebt. Gäste kamen im Sommer. Der Brunnen wurde 1901 gebohrt. Danach fiel der Pegel um zwei "
    "Meter. Das Dorf hat 300 Einwohner, eine Mühle und eine Kirche mit zwei Türmen.\n"
)


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    ("text", "query", "sentence"),
    [
        (WEIR, "What happened after the weir was removed?", "Two years later"),
        (BOILER, "What do I do after the pilot light is on?", "Keep the selector pressed"),
        (BOILER, "What should I do before I open the gas valve?", "wait five minutes"),
        (BRUNNEN, "Was passierte, nachdem der Brunnen gebohrt wurde?", "Danach fiel der Pegel"),
    ],
)
def test_what_happens_after_or_before_an_event_is_beside_it(text, query, sentence, compressor):
    for tokens in (40, 50, 60):
        assert sentence in ragzip.compress(text, query, target_tokens=tokens, compressor=compressor).text


def asked(text, query, scores):
    units = read_prose(text).units
    nothing = (None,) * len(units)
    spans, relations = tuple(unit.span for unit in units), tuple(unit.relation for unit in units)
    outline = Outline(spans, relations, ("",) * len(units), (False,) * len(units), nothing, nothing, nothing)
    return with_asked_forms(query, TextUnits(outline, text), np.array(scores))


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
    ("heading", "query"),
    [
        ("Root cause", "Why did the lift stop on 3 May?"),
        ("Ursache", "Warum hielt der Aufzug am 3. Mai?"),
        ("2.1 Probable cause", "What caused the lift to stop on 3 May?"),
    ],
)
def test_a_question_why_gets_what_stands_under_causes(heading, query):
    text = (
        "Report: the lift stopped on 3 May\n\nSummary\nThe lift stopped on 3 May. Nobody was hurt.\n\n"
        f"{heading}\nA fuse had melted. It was old.\n\nActions\nFuses are now changed each year."
    )
    result = ragzip.compress(text, query, target_tokens=48, compressor="bm25", cache=False)
    assert "A fuse had melted." in result.text


@pytest.mark.parametrize(
    ("labels", "query"),
    [
        (("BACKGROUND", "METHODS", "CONCLUSIONS"), "Does tea lower blood pressure?"),
        (("Objective", "Design", "Conclusion"), "Does tea lower blood pressure?"),
        (("Fragestellung", "Methoden", "Schlussfolgerungen"), "Does tea lower blood pressure?"),
    ],
)
def test_what_was_thought_before_is_no_better_than_the_conclusion(labels, query):
    before, methods, conclusion = labels
    text = (
        f"{before}: It is said that tea lowers blood pressure. Few have asked. {methods}: We gave 80 adults tea. "
        f"{conclusion}: There was no effect. More trials are needed."
    )
    for target_tokens in range(12, 40, 4):
        result = ragzip.compress(text, query, target_tokens=target_tokens, compressor="bm25", cache=False)
        assert f"{conclusion}: There was no effect." in result.text


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
        assert with_asked_forms(query, TextUnits(outline, text), scores) is scores


SEARCH = """\
README.md:88:Set MAX_RETRIES to change how often a call is repeated.
src/net/client.py:14:MAX_RETRIES = 5
src/net/client.py:61:    for attempt in range(MAX_RETRIES):
src/net/client.py:75:    if tries == MAX_RETRIES:
src/net/pool.py:9:from net.client import MAX_RETRIES
tests/test_client.py:30:    monkeypatch.setattr(client, "MAX_RETRIES", 1)
docs/config.rst:12:``MAX_RETRIES`` is read at import time.
"""
FUNCTIONS = """\
web/api.ts:3:import { fetchAll } from "./net";
web/api.ts:20:  const rows = await fetchAll(url);
web/net.ts:7:export async function fetchAll(url: string): Promise<Row[]> {
web/net.test.ts:5:  expect(await fetchAll("x")).toEqual([]);
docs/net.md:2:`fetchAll` reads all pages of an answer and gives their rows.
"""
CLASSES = """\
app/models.py-10-
app/models.py:11:class OrderLine(Base):
app/views.py:4:from app.models import OrderLine
app/views.py:31:    line = OrderLine(order, sku)
docs/models.md:9:An OrderLine is one line of an order; where it is defined says more.
"""


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    ("text", "query", "line"),
    [
        (SEARCH, "Where is MAX_RETRIES defined?", "src/net/client.py:14:MAX_RETRIES = 5"),
        (SEARCH, "In which file is the constant `MAX_RETRIES` set?", "src/net/client.py:14:MAX_RETRIES = 5"),
        (FUNCTIONS, "Where is fetchAll() implemented?", "web/net.ts:7:export async function fetchAll("),
        (CLASSES, "Which file defines the class OrderLine?", "app/models.py:11:class OrderLine(Base):"),
    ],
)
def test_the_line_that_defines_a_name_is_kept(text, query, line, compressor):
    assert line in ragzip.compress(text, query, target_tokens=40, compressor=compressor, cache=SCORES).text


@pytest.mark.parametrize(
    "query", ["Where is the term defined?", "Where is MAX_RETRIES used?", "How is MAX_RETRIES defined?", "MAX_RETRIES"]
)
def test_other_questions_ask_for_no_definition(query):
    assert _name_of_defined(query) is None


AIMS = """The router Series 3 has no reset button. After a reset of the router, the password of the router is "admin".

To restart the router, pull out the plug for 30 seconds. Your settings are kept.

To reset the router, press the small button for ten seconds. All of your settings will be deleted.

Pour changer la pile, ouvrez le couvercle. La pile est au lithium et le couvercle de la pile est bleu."""


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    ("query", "instruction"),
    [
        ("How do I reset my router?", "press the small button for ten seconds. All of your settings will be deleted."),
        ("How can I restart the router?", "pull out the plug for 30 seconds."),
        ("Comment changer la pile ?", "ouvrez le couvercle."),
    ],
)
def test_the_instruction_for_the_aim_in_the_question_is_kept_first(query, instruction, compressor):
    assert instruction in ragzip.compress(AIMS, query, target_tokens=32, compressor=compressor, cache=SCORES).text


LAMPS = (
    "The Lumo One and the Lumo Two are lamps for the bed. The Lumo One is small. It costs 39 euros. The Lumo Two is "
    "large. It costs 59 euros. Both are made in Portugal. Die Karte ist blau. Kinder zahlen 4 Euro."
)


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    ("query", "answer"),
    [("How much is the Lumo One?", "39 euros"), ("How much is the Lumo Two?", "59 euros")],
)
def test_a_price_answers_how_much_something_is(query, answer, compressor):
    assert answer in ragzip.compress(LAMPS, query, target_tokens=44, compressor=compressor, cache=SCORES).text


@pytest.mark.parametrize(
    ("query", "prices"),
    [("How much is the Lumo Two?", [4]), ("Was kostet es für Kinder?", [7]), ("How much is the ferry?", [])],
)
def test_prices_of_what_is_asked_for(query, prices):
    units = read_prose(LAMPS).units
    outline = Outline(
        tuple(unit.span for unit in units),
        tuple(unit.relation for unit in units),
        *[()] * 5,  # neither is read
    )
    assert _prices(query, outline, LAMPS) == prices
