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
QUESTION = "When was the pump repaired?"
UNREAD = "multilingual" if is_installed("multilingual") else "unread-language"
FAST = {"compressor": "extractive/bm25", "cache": False}


@pytest.mark.parametrize(
    ("context", "query", "options", "code"),
    [
        (TEXT, QUESTION, {"target_tokens": 500}, "everything-fits"),
        (LONG, QUESTION, {"target_tokens": 5}, "best-unit-too-large"),
        ([TEXT, TEXT], QUESTION, {"target_tokens": 20}, "repeats-left-out"),
        ("Die Pumpe ist am Montag kaputt gegangen. " * 9, "Wann ist die Pumpe kaputt gegangen?",
         {"target_tokens": 20, "compressor": "auto"}, UNREAD),
        (TEXT, QUESTION, {"threshold": 0.5, "compressor": "auto"}, "above-threshold"),
        (TEXT, "zebra?", {"threshold": 0.999, "compressor": "auto"}, "nothing-relevant"),
    ],
)  # fmt: skip
def test_codes(context, query, options, code):
    notes = ragzip.compress(context, query, **{**FAST, **options}).stats.notes
    assert code in [note.code for note in notes]
    assert all(isinstance(note, str) and note.code in get_args(NoteCode) for note in notes)


def test_a_note_is_a_text_with_a_code():
    note = pickle.loads(pickle.dumps(Note("tidied", "tidied: 5 characters")))
    assert note == "tidied: 5 characters" and note.code == "tidied"
    figures = ragzip.compress(TEXT, QUESTION, target_tokens=500, **FAST).to_dict()["stats"]
    assert figures["note_codes"] == ["everything-fits"]
    assert json.loads(json.dumps(figures))["notes"] == ["everything fits: nothing was left out"]
