"""Pieces of JSON, as splitters cut them: values come with the keys over them, records one by one."""

import json
from itertools import pairwise

import pytest

import ragzip
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats.trees.pieces import piece_of
from ragzip.types import Document

WAREHOUSE = """{"site": "Kiel", "articles": [
  {"sku": "A-219", "name": "Stool \\"Oslo\\"", "stock": 14, "price": 29.9},
  {"sku": "A-220", "name": "Folding chair", "stock": 0, "price": -18.5, "supplier": {"name": "Nordholz", "town": "A"}},
  {"sku": "A-221", "name": "Camping table", "stock": 7, "price": 64.0, "tags": ["new", "tent"], "sale": true},
  {"sku": "A-222", "name": "Garden bench", "stock": 3, "price": null, "supplier": {"name": "Terrano", "city": "Graz"}}
], "open": {"mon": "9-18", "sat": "10-14"}}"""
SETTINGS = """      "timeout": 30,
      "retries": 3
    },
    "payments": {
      "host": "pay.internal",
      "port": 8443,
      "retries": 0
    },
    "mail": {
      "host": "smtp.internal",
      "port": 587,
      "retries": 5
    }
  },
  "features": {
    "beta": false,
    "darkMode": tru"""
RECORDS = WAREHOUSE[WAREHOUSE.index('"stock": 14') : WAREHOUSE.index('ll, "supplier"')]
CUT_STRING = 'g chair", "stock": 0},\n  {"name": "Bench", "stock": 3},\n  {"name": "Parasol with a fo'


def _kept(source, query, tokens):
    document = Document("piece.json", source)
    return ragzip.compress([document], query, target_tokens=tokens, cache=False).text


@pytest.mark.parametrize(
    ("source", "query", "tokens", "kept", "left_out"),
    [
        (SETTINGS, "How many retries does payments have?", 50, '"payments": {', "smtp"),
        (SETTINGS, "On which port does the mail service listen?", 50, '"port":587', "8443"),
        (RECORDS, "Who supplies the folding chair?", 60, '"Nordholz"', "A-221"),
        (RECORDS, "Which article is out of stock?", 60, "Folding chair", "A-221"),
        (CUT_STRING, "How many benches are in stock?", 26, '{"name": "Bench", "stock":3}', "Parasol"),
    ],
)
def test_a_value_of_a_piece_comes_with_its_keys_and_its_record(source, query, tokens, kept, left_out):
    assert structure_of(source, "text/plain", "").kind == "json"
    text = _kept(source, query, tokens)
    assert kept in text and left_out not in text


@pytest.mark.parametrize("length", [90, 200, len(WAREHOUSE)])
def test_pieces_cut_anywhere_are_read_and_written_as_they_stand(length):
    read = 0
    for start in range(1, len(WAREHOUSE)):
        source = WAREHOUSE[start : start + length]
        piece = piece_of(source)
        assert piece is None or len(piece.text) == len(source)
        structure = structure_of(source, "application/json", "")
        spans = [unit.span for unit in structure.units]
        assert all(0 <= span.start <= span.end <= len(source) for span in spans)
        assert all(span.end <= following.start for span, following in pairwise(spans))
        if piece is None or structure.kind != "json":
            continue
        read += 1
        assert isinstance(json.loads(piece.completed), dict | list)
        written = structure.form.keep(spans, [(0, len(source))]).text
        assert "".join(written.split()) in "".join(source.split())
    assert read > 100


@pytest.mark.parametrize(
    "source",
    [
        'She said "yes": that was all. He said "no": that was it.',
        '{"a": 1, "b": 2}',
        '"a": 1, "b": [2, 3}',
        '"key": value, "other": word',
        "a,b\n1,2",
        '"only": 1}',
    ],
)
def test_other_texts_are_no_pieces(source):
    assert piece_of(source) is None
