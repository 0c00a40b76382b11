"""Notes are sentences with a code for programs."""

import json
import pickle
from typing import get_args

import pytest

import ragzip
from ragzip.models import is_installed
from ragzip.types import Note, NoteCode

TEXT = "The pump broke on Monday. It rained all week. The pump was repaired on Friday. The paint is green."
LONG = (
    "The old pump in the yard of the mill broke on Monday of the week before last, and nobody came to repair it soon."
)
GYM = "Guests may use the gym. Except for guests under sixteen and those who have no towel with them. It is warm."
QUESTION = "When was the pump repaired?"
UNREAD = "multilingual" if is_installed("multilingual") else "unread-language"
FAST = {"compressor": "extractive/bm25", "cache": False}


@pytest.mark.parametrize(
    ("context", "query", "options", "code"),
    [
        (TEXT, QUESTION, {"target_tokens": 500}, "everything-fits"),
        (LONG, QUESTION, {"target_tokens": 5}, "best-unit-too-large"),
        ([TEXT, TEXT], QUESTION, {"target_tokens": 20}, "repeats-left-out"),
        (GYM, "Who may use the gym?", {"target_tokens": 12}, "limit-left-out"),
        ("Die Pumpe ist am Montag kaputt gegangen. " * 9, "Wann ist die Pumpe kaputt gegangen?",
         {"target_tokens": 20, "compressor": "auto"}, UNREAD),
        (TEXT, QUESTION, {"threshold": 0.5, "compressor": "auto"}, "above-threshold"),
        (TEXT, "zebra?", {"threshold": 0.999, "compressor": "auto"}, "nothing-relevant"),
        (TEXT, "Who won the world cup of 1998?", {"target_tokens": 12, "compressor": "auto"}, "nothing-likely"),
    ],
)  # fmt: skip
def test_codes(context, query, options, code):
    notes = ragzip.compress(context, query, **{**FAST, **options}).stats.notes
    assert code in [note.code for note in notes]
    assert all(isinstance(note, str) and note.code in get_args(NoteCode) for note in notes)


@pytest.mark.parametrize("query", [QUESTION, "What broke?", "Which colour has the paint?"])
def test_what_is_likely_has_no_note_of_doubt(query):
    notes = ragzip.compress(TEXT, query, target_tokens=12).stats.notes
    assert "nothing-likely" not in [note.code for note in notes]


def test_why_everything_is_kept():
    (note,) = ragzip.compress(TEXT, QUESTION).stats.notes
    assert note == "without a budget, contexts of up to 200 tokens stay whole"
    (note,) = ragzip.compress("", QUESTION, target_tokens=9).stats.notes
    assert note == "the context is empty" and note.code == "everything-fits"


def test_a_note_is_a_text_with_a_code():
    note = pickle.loads(pickle.dumps(Note("tidied", "tidied: 5 characters")))
    assert note == "tidied: 5 characters" and note.code == "tidied"
    figures = ragzip.compress(TEXT, QUESTION, target_tokens=500, **FAST).to_dict()["stats"]
    assert figures["note_codes"] == ["everything-fits"]
    assert json.loads(json.dumps(figures))["notes"] == ["everything fits: nothing was left out"]


YAML = """\
kind: Deployment
metadata:
  name: mailer
  namespace: post
spec:
  replicas: 2
  template:
    spec:
      containers:
        - name: mailer
          image: registry.example/mailer:2.1
          env:
            - name: RETRY_AFTER
              value: "90"
            - name: SENDER
              value: post@example.org
"""
CODE = """\
export class Lift {
  private floor = 0;
  private calls: number[] = [];

  constructor(private readonly name: string, private readonly floors: number) {
    this.floor = 0;
  }

  /** Goes to the next floor that called, the nearest first. */
  next(): number {
    this.calls.sort((left, right) => Math.abs(left - this.floor) - Math.abs(right - this.floor));
    const target = this.calls.shift() ?? this.floor;
    if (target < 0 || target >= this.floors) {
      throw new RangeError(`no floor ${target} in ${this.name}`);
    }
    this.floor = target;
    return target;
  }
}
"""
ITEMS = json.dumps({"shop": {"name": "Harbour", "city": "Hull"}, "orders": [
    {"id": number, "customer": {"name": f"Customer {number}", "street": f"{number} Mill Lane"}, "note": "by hand"}
    for number in range(4)]}, indent=1)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "query"),
    [
        ("mailer.yaml", YAML, "What is the value of RETRY_AFTER?"),
        ("lift.ts", CODE, "When is there no floor in the lift?"),
        ("orders.json", ITEMS, "Which street has Customer 2?"),
    ],
)
def test_the_size_that_would_hold_the_best_unit_holds_it(name, text, query):
    sizes = set()
    for tokens in range(10, 90, 3):
        notes = ragzip.compress(ragzip.Document(name, text), query, target_tokens=tokens, **FAST).stats.notes
        sizes |= {int(note.split(": ")[1].split()[0]) for note in notes if note.code == "best-unit-too-large"}
    assert sizes
    for size in sizes:
        notes = ragzip.compress(ragzip.Document(name, text), query, target_tokens=size, **FAST).stats.notes
        assert "best-unit-too-large" not in [note.code for note in notes]


@pytest.mark.parametrize("context", ["plain", "named"])
def test_what_is_tidied_is_no_count(context):
    document = ITEMS if context == "plain" else ragzip.Document("7", ITEMS)
    notes = ragzip.compress(document, target_tokens=500, **FAST).stats.notes
    (note,) = [note for note in notes if note.code == "tidied"]
    assert "characters of document " in note
