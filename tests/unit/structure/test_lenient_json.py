"""JSON as people write it, with comments and commas before brackets, and JSON Lines of which the last one is cut."""

import json

import pytest
from structure_checks import compressed

from ragzip.text.structure import structure_of
from ragzip.text.structure.formats import json as json_reader

SETTINGS = (
    '// settings of it\n{\n  "name": "billing", /* or bill */\n  "hosts": [\n'
    '    {"host": "a.example", "port": 8443, "zone": "eu",},\n    {"host": "b.example", "port": 9443, "zone": "us",},\n'
    '    {"host": "c.example", "port": 7443, "zone": "ap",}, // the new one\n  ],\n  "url": "http://x.example/,]",\n}\n'
)
RECORDS = [
    {"day": 1, "user": "anna", "event": "login"},
    {"day": 2, "user": "ben", "event": "password reset"},
    {"day": 3, "user": "clara", "event": "account locked"},
]
LINES = "\n".join(map(json.dumps, RECORDS))


@pytest.mark.parametrize("target_tokens", [20, 30, 45, 60, 80, 100])
def test_what_is_kept_is_json_without_comments(target_tokens):
    kept = compressed(SETTINGS, "Which port has the host in zone us?", target_tokens)
    value = json.loads(kept)
    assert "settings of" not in kept and "new one" not in kept
    assert target_tokens < 30 or {"host": "b.example", "port": 9443, "zone": "us"} in value["hosts"]


def test_what_looks_like_a_comment_in_a_string_stays():
    assert json.loads(compressed(SETTINGS, "What is the url?", 20)) == {"url": "http://x.example/,]"}


def test_a_text_that_is_mostly_comments_is_not_read_as_json():
    text = (
        "{\n"
        + "".join(f"  /* option {n}: whether the compiler does it */\n" for n in range(20))
        + '  "strict": true,\n}'
    )
    assert not json_reader.recognises(text) and json_reader.read(text) is None


@pytest.mark.parametrize("cut", ['{"day": 4, "us', '{"day": 4, "user": "dan", "event": "log\n', "{"])
def test_the_lines_above_one_that_is_cut_are_json(cut):
    text = f"{LINES}\n{cut}"
    assert structure_of(text, "text/plain", "").kind == "json"
    assert json.loads(compressed(text, "Whose account was locked?", 24)) == RECORDS[2]


@pytest.mark.parametrize("text", [f"{LINES}\nthe end", f'{json.dumps(RECORDS[0])}\n{{"day', f'{LINES}\n{{"day\n{{"day'])
def test_other_texts_are_not(text):
    assert not json_reader.recognises(text)
