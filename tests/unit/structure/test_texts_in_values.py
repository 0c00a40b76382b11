"""Long texts in JSON and XML: pages and messages are read as by themselves, and what is kept still parses."""

import json
from xml.etree import ElementTree

import pytest

import ragzip

POLICY = """# Travel policy

1. Scope
This policy applies to all employees of Alder Ltd. It does not apply to contractors.

2. Hotels
Employees may book hotels up to 140 GBP per night, breakfast included. In London the limit is 210 GBP per night. \
Bookings above the limit need approval before travel.

3. Flights
Economy class is booked for flights under six hours. Business class needs "prior consent" of a director.

4. Meals
Meals are paid up to 35 GBP a day. The following are not paid:
- alcohol
- snacks at the airport

5. Mileage
Private cars are paid at 0.45 GBP per mile for the first 10,000 miles and 0.25 GBP after.
"""
HELP = """## How long do I have to return an item?
30 days from delivery.

## Who pays for the return label?
We pay for faulty items; others pay 4.50 EUR.

## Which payment methods do you accept?
- PayPal
- Bank transfer
- Visa and Mastercard

We do not accept cheques. Invoices are possible for firms, with an account that is older than a year and no open claims.

## Do you ship abroad?
To all countries of the EU; it takes five days and costs 12 EUR. Islands take a week. We do not ship to other countries.
"""
HEADINGS = ("1. Scope", "2. Hotels", "3. Flights", "4. Meals", "5. Mileage")


def kept_in(source, query, tokens, compressor="auto"):
    document = ragzip.Document("reply.json", source)
    result = ragzip.compress(document, query, target_tokens=tokens, compressor=compressor)
    assert result.stats.tokens_out <= tokens
    return result.text


def text_in(value):
    """All strings of a value of JSON, one after another."""
    if isinstance(value, str):
        return value
    return "\n".join(map(text_in, value.values() if isinstance(value, dict) else value))


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    ("query", "answer", "heading"),
    [
        ("What is the limit for a hotel in London?", "210 GBP", "2. Hotels"),
        ("Which class is booked on short flights?", "Economy class", "3. Flights"),
        ("Is alcohol paid with meals?", "- alcohol", "4. Meals"),
    ],
)
def test_a_page_in_json_has_no_heading_over_nothing(query, answer, heading, indent, compressor):
    source = json.dumps({"title": "policy", "page_content": POLICY}, indent=indent)
    for tokens in range(30, 150, 10):
        kept = kept_in(source, query, tokens, compressor)
        lines = text_in(json.loads(kept)).split("\n") if kept else []
        places = [number for number, line in enumerate(lines) if line in HEADINGS]
        assert all(number + 1 < len(lines) and lines[number + 1] not in ("", *HEADINGS) for number in places), kept
        assert answer not in kept or heading in lines or tokens < 70
        assert "- alcohol" not in lines or "The following are not paid:" in kept
    assert answer in kept


def test_an_answer_in_a_text_of_json_comes_with_its_question():
    source = json.dumps([{"source": "help", "text": HELP}, {"source": "policy", "text": POLICY}])
    for tokens in range(30, 200, 10):
        kept = kept_in(source, "Who pays for the return label?", tokens)
        assert "4.50 EUR" not in kept or "Who pays for the return label?" in kept
        assert "- PayPal" not in kept or "Which payment methods" in kept
        assert "Islands take a week" not in kept or "Do you ship abroad?" in kept
    assert "4.50 EUR" in kept


def test_quotation_marks_and_line_breaks_stay_escaped():
    kept = kept_in(json.dumps({"text": POLICY}), "Who has to consent to business class?", 60)
    assert r"\n\n3. Flights\n" in kept and r"\"prior consent\"" in kept
    assert json.loads(kept)["text"].count('"prior consent"') == 1


def test_sentences_that_nothing_parts():
    sentences = ["水泵在星期一坏了。"] * 40 + ["水泵在星期五修好了。"] + ["那天天气很好。"] * 40
    kept = kept_in(json.dumps({"note": "".join(sentences)}, ensure_ascii=False), "水泵什么时候修好的？", 40)
    assert "水泵在星期五修好了。" in json.loads(kept)["note"]


def test_a_page_in_xml():
    kept = kept_in(f"<reply><title>policy</title><body>{POLICY}</body></reply>", "hotel in London", 70)
    assert "2. Hotels" in kept and "210 GBP" in kept and ElementTree.fromstring(kept).find("body") is not None
