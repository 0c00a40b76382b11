"""Questions over FAQs and short statements that are worded otherwise than what answers them: meaning decides."""

import json

import numpy as np
import pytest
from shared_scores import SCORES

import ragzip
from ragzip.compressors.extractive.pruner import Pruner
from ragzip.compressors.extractive.pruning.evidence import LEAST_SURE
from ragzip.testing import FakePassageScorer

# of fields that the weights were not fitted on: questions with answers, and other questions with the place of theirs
TOPICS = {
    "library": (
        [
            ("How many books may I borrow?", "Ten books and five films at a time."),
            ("How long is the loan period?", "Four weeks for books, one week for films."),
            ("What does it cost if I return late?", "20 cents a day for each item."),
            ("Can I renew online?", "Yes, twice, unless somebody has reserved the item."),
            ("How do I become a member?", "With an ID at the counter; it costs 15 EUR a year."),
            ("Do you have quiet rooms?", "Yes, on the second floor; book them at the desk."),
            ("Is there internet for guests?", "The WLAN is free; the password changes daily."),
            ("What if I lost a book?", "You replace it, or pay the price of a new one."),
        ],
        [
            ("maximum number of items", 0),
            ("fine for overdue", 2),
            ("extend my loan", 3),
            ("joining fee", 4),
            ("place to study without noise", 5),
            ("wifi access", 6),
            ("a novel went missing at my home", 7),
            ("when must a DVD come back", 1),
        ],
    ),
    "hr": (
        [
            ("How much leave do I have?", "28 days a year, 30 from the fifth year on."),
            ("What do I do when I am ill?", "Call your manager before nine, and send a note from the third day on."),
            ("May I work from home?", "Up to two days a week, with the consent of the team."),
            ("When is salary paid?", "On the 25th of each month."),
            ("Is there a pension scheme?", "The company adds 4 % of your gross pay."),
            ("How do I report an expense?", "In the portal within 30 days, with the receipt."),
            ("What is the notice period?", "Three months to the end of a quarter."),
            ("Can I take unpaid time off?", "Up to six months, after two years of service."),
        ],
        [
            ("number of vacation days", 0),
            ("I have the flu", 1),
            ("remote work rules", 2),
            ("pay day", 3),
            ("money for retirement", 4),
            ("get the train ticket reimbursed", 5),
            ("I want to quit, how long must I stay", 6),
            ("sabbatical", 7),
        ],
    ),
    "router": (
        [
            ("Why is the red light on?", "There is no signal on the line; check the grey cable."),
            ("How do I change the wireless name?", "Open 192.168.1.1, Wireless, Network name."),
            ("How do I restore factory settings?", "Hold the button on the back for ten seconds."),
            ("Does it work with a mesh?", "Yes, with up to four repeaters of the same maker."),
            ("How do I open a port?", "Under Internet, Permit access, New rule."),
            ("Why is it slow in the evening?", "Channels are crowded then; choose channel 13 or 5 GHz."),
            ("How do I block a device at night?", "Under Family, Times, choose the device."),
            ("Where is the serial number?", "On the label below the device."),
        ],
        [
            ("no connection, lamp glows red", 0),
            ("rename my wifi", 1),
            ("reset the box", 2),
            ("extend the range upstairs", 3),
            ("host a game server", 4),
            ("poor speed after dinner", 5),
            ("stop my kid's tablet after 9 pm", 6),
            ("find the id of my unit", 7),
        ],
    ),
}


def faq(entries):
    return "\n\n".join(f"## {question}\n{answer}" for question, answer in entries)


def table(entries):
    return "question,answer\n" + "\n".join(f'"{question}","{answer}"' for question, answer in entries)


def records(entries):
    return json.dumps([{"topic": question, "text": answer} for question, answer in entries], indent=1)


def page(entries):
    blocks = "".join(f"<h3>{question}</h3><p>{answer}</p>" for question, answer in entries)
    return f"<!doctype html><html><body><h1>Help</h1>{blocks}</body></html>"


def one_faq(_):
    """All topics in one text: longer than what is always compared by meaning."""
    return faq([entry for entries, _ in TOPICS.values() for entry in entries])


@pytest.mark.parametrize(("form", "least_found"), [(faq, 21), (table, 20), (records, 20), (one_faq, 20), (page, 19)])
def test_the_entry_is_found_by_its_meaning(form, least_found):
    found = [
        entries[place][1] in ragzip.compress(form(entries), question, target_tokens=75).text
        for entries, questions in TOPICS.values()
        for question, place in questions
    ]
    assert len(found) == 24 and sum(found) >= least_found


def test_other_weights_decide_only_where_the_reading_is_sure_of_nothing():
    entries, questions = TOPICS["library"]
    pruner = Pruner()
    reader = pruner.reader
    for question, _ in [*questions, ("How many books may I borrow?", 0)]:
        text = faq(entries)
        (segment,) = ragzip.compress(text, question, rate=0.9, compressor=pruner, cache=SCORES).segments
        best = max(unit.score for unit in segment.units)
        weights, reader._unsure = reader._unsure, None
        (usual,) = ragzip.compress(text, question, rate=0.9, compressor=pruner, cache=SCORES).segments
        reader._unsure = weights
        best_as_usual = max(unit.score for unit in usual.units)
        assert (best == best_as_usual) == (best_as_usual >= LEAST_SURE)


def test_a_scorer_of_ones_own_has_no_such_weights():
    assert Pruner(FakePassageScorer()).reader._unsure is None
    assert np.isfinite(Pruner().reader._unsure[0]).all()
