"""JSON below headers, or in the answer of a model: what is kept of it parses, and what stands around it is prose."""

import json

import pytest
from structured import assert_structure

import ragzip
from ragzip.text.structure.readers import structure_of

REPLY = (
    "HTTP/2 200\nserver: envoy\nx-request-id: 71f0\nretry-after: 30\n\n"
    '{\n  "items": [\n    {"sku": "A-1", "title": "Rope ladder", "stock": 4, "shelf": "north 2"},\n'
    '    {"sku": "A-2", "title": "Storm lamp", "stock": 0, "shelf": "north 3"},\n'
    '    {"sku": "A-3", "title": "Canvas tent", "stock": 9, "shelf": "south 1"}\n  ],\n  "page": 1\n}\n'
)
ANSWER = (
    "I asked the booking service for all rooms.\nThis is what it says:\n"
    '[\n  {"room": "Birch", "seats": 12, "projector": "broken since May"},\n'
    '  {"room": "Maple", "seats": 30, "projector": "works"},\n  {"room": "Cedar", "seats": 8, "projector": "none"}\n]\n'
    "The lift is out of order until Friday. Shall I book one of them?\n"
)
TWO = (
    "First call:\n\n"
    '{"station": {"name": "Ostbahnhof", "platforms": 6, "lifts": ["A", "B"], "kiosk": "open until 22:00"}}\n\n'
    "Second call:\n\n"
    '{"station": {"name": "Nordring", "platforms": 2, "lifts": [], "kiosk": "closed on Sundays"}}\n'
)


def lines_outside(text):
    """The lines of a text that are in no value of JSON; each value ends its line."""
    decoder, place, outside = json.JSONDecoder(), 0, []
    while place < len(text):
        line_end = text.find("\n", place) % (len(text) + 1)
        line = text[place:line_end].strip()
        if line[:1] in ("{", "["):
            _, end = decoder.raw_decode(text, text.index(line, place))
            line_end = text.find("\n", end) % (len(text) + 1)
            assert not text[end:line_end].strip()
        elif line:
            outside.append(line)
        place = line_end + 1
    return outside


@pytest.mark.parametrize("source", [REPLY, ANSWER, TWO])
def test_a_text_with_json_is_recognised_and_read(source):
    structure = structure_of(source, "text/plain", "0")
    assert structure.kind == "mixed"
    assert_structure(structure, source)


@pytest.mark.parametrize(
    ("source", "query", "answer"),
    [
        (REPLY, "On which shelf is the storm lamp?", "north 3"),
        (ANSWER, "What about the projector of Birch?", "broken since May"),
        (TWO, "When is the kiosk of Nordring closed?", "closed on Sundays"),
    ],
)
@pytest.mark.parametrize("tokens", [12, 25, 40, 60, 90])
def test_what_is_kept_of_json_parses(source, query, answer, tokens):
    result = ragzip.compress(source, query, target_tokens=tokens, compressor="extractive/bm25")
    assert all(line in "\n".join(lines_outside(source)) for line in lines_outside(result.text))
    assert result.stats.tokens_out <= tokens
    if tokens >= 60:
        assert answer in result.text


def test_what_stands_around_json_is_kept_without_it():
    kept = ragzip.compress(ANSWER, "Until when is the lift out of order?", target_tokens=20).text
    assert kept.startswith("The lift is out of order until Friday.") and "{" not in kept
    kept = ragzip.compress(REPLY, "retry-after", target_tokens=12, compressor="extractive/bm25").text
    assert kept.strip() == "retry-after: 30"


def test_values_need_the_line_that_leads_to_them():
    structure = structure_of(ANSWER, "text/plain", "0")
    texts = [ANSWER[slice(*unit.span)] for unit in structure.units]
    (room,) = [unit for unit, text in zip(structure.units, texts, strict=True) if "Maple" in text]
    assert "This is what it says:" in [texts[needed] for needed in room.relation.needs]


TOLD = (
    "The north gate is shut at night. Keys are kept by the warden, who lives beside the chapel and may be called at "
    "any hour. Visitors ring twice. Dogs are kept on a lead in the park, and horses are led."
)
HITS = {
    "hits": [
        {
            "_id": f"h{number}",
            "_score": 1.5,
            "_source": {"title": title, "body": TOLD.replace("north", side), "lang": "en"},
        }
        for number, (title, side) in enumerate([("Lower park", "west"), ("Upper park", "north"), ("Zoo", "east")])
    ]
}
PAGE = {"status": 200, "page": {"url": "https://example.org/park", "text": TOLD * 3, "links": ["a", "b"]}}


@pytest.mark.parametrize(
    ("value", "named"), [(HITS, '"title": "Upper park"'), (PAGE, '"url": "https://example.org/park"')]
)
def test_a_text_in_a_member_comes_with_the_title_beside_it(value, named):
    kept = ragzip.compress(json.dumps(value), "Is the north gate shut at night?", target_tokens=55).text
    assert named in kept
    assert "The north gate is shut at night." in kept
    json.loads(kept)


def test_a_text_is_opened_where_its_title_and_it_are_larger_than_the_budget():
    for tokens in range(40, 90):
        kept = ragzip.compress(
            json.dumps(HITS), "Is the north gate shut at night?", target_tokens=tokens, compressor="extractive/bm25"
        ).text
        assert "The north gate is shut at night." in kept
