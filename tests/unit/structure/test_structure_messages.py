"""Messages in JSON: questions come with their replies."""

import json

import ragzip
from ragzip.text.structure import structure_of

HISTORY = [
    {"role": "user", "content": "Which plan has SSO?"},
    {"role": "assistant", "content": "The Business plan, from 20 seats."},
    {"role": "user", "content": "Is there a discount for schools?"},
    {"role": "assistant", "content": "Yes, 40 percent on every plan."},
    {"role": "user", "content": "How do I cancel?"},
    {"role": "assistant", "content": "Under Settings, Billing, at the end of the page."},
]
CHANNEL = [
    {"user": "U1", "ts": "1700000000.1", "text": "The deploy of billing failed again: it locks invoices."},
    {"user": "U2", "ts": "1700000300.1", "text": "Can we run it at night?"},
    {"user": "U1", "ts": "1700000400.1", "text": "Yes, tonight at 02:00 UTC."},
    {"user": "U3", "ts": "1700000900.1", "text": "Lunch anyone?"},
]


def needs_of(values):
    """The texts that each unit needs, by its own text."""
    text = json.dumps(values)
    units = structure_of(text, "application/json", "").units
    spans = [text[slice(*unit.span)] for unit in units]
    return {span: [spans[need] for need in unit.relation.needs] for span, unit in zip(spans, units, strict=True)}


def test_a_question_and_its_reply_come_together():
    needs = needs_of(CHANNEL)
    question, reply = json.dumps(CHANNEL[1]), json.dumps(CHANNEL[2])
    assert needs[question] == [reply] and needs[reply] == [question]
    assert needs[json.dumps(CHANNEL[0])] == []
    kept = ragzip.compress(json.dumps(HISTORY), "How much is the discount for schools?", target_tokens=50).text
    assert "Is there a discount for schools?" in kept and "Yes, 40 percent" in kept
    json.loads(kept)


def test_what_is_no_talk_stays_as_it_is():
    newest_first = needs_of(CHANNEL[::-1])
    assert not any(newest_first.values())
    assert not any(needs_of([{"text": message["text"], "size": 3} for message in CHANNEL]).values())
    assert not any(needs_of(CHANNEL[:2]).values())
