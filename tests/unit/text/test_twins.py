"""What says the same under different headings or titles is told apart by them, entries by their names."""

import pytest

import ragzip
from ragzip import Document

GRADES = """\
# Standard XYZ

## 5 Classification

General words about classes.

### 5.8 Grade Eight

#### 5.8.2 Clauses

1) depth is 12 mm
2) width is 30 mm

### 5.9 Grade Nine

#### 5.9.2 Clauses

1) depth is 14 mm
2) width is 44 mm
"""
DRUGS = """\
# Abrol

## Adults

The dose is 40 mg a day. Take it with water.

## Children

The dose is 10 mg a day. Take it with milk.

# Benol

## Adults

The dose is 80 mg a day. Take it with water.

## Children

The dose is 15 mg a day. Take it with milk.
"""
OPTIONS = """\
Options
-------

depth
    How deep to search. Default: 4.

width
    How wide to search. Default: 10.
"""


@pytest.mark.parametrize(
    ("source", "query", "heading", "kept", "others"),
    [
        (GRADES, "What is the width for Grade Nine?", "Grade Nine", "width is 44 mm", ("30 mm",)),
        (GRADES, "What is the depth for Grade Eight?", "Grade Eight", "depth is 12 mm", ("14 mm",)),
        (DRUGS, "What is the dose of Benol for children?", "# Benol", "15 mg", ("40 mg", "10 mg", "80 mg")),
        (DRUGS, "What is the dose of Abrol for adults?", "# Abrol", "40 mg", ("15 mg", "10 mg", "80 mg")),
    ],
)
def test_of_twins_the_one_under_the_heading_that_the_query_names(source, query, heading, kept, others):
    text = ragzip.compress(source, query, target_tokens=34 if source is GRADES else 20, cache=False).text
    assert kept in text and heading in text
    assert not any(other in text for other in others)


def test_of_twins_in_two_documents_the_one_under_the_title_that_the_query_names():
    documents = [
        Document("a", "The battery lasts 9 hours. The case is grey.", title="Heron"),
        Document("b", "The battery lasts 14 hours. The case is black.", title="Egret"),
    ]
    for query, kept in (("How long does the battery of the Heron last?", "9"), ("battery of the Egret", "14")):
        assert (
            ragzip.compress(documents, query, target_tokens=8, cache=False).text == f"The battery lasts {kept} hours."
        )


@pytest.mark.parametrize("name", ["depth", "width"])
def test_the_entry_that_the_query_names(name):
    text = ragzip.compress(OPTIONS, f"What is the default of {name}?", target_tokens=22, cache=False).text
    assert f"\n{name}\n" in text and text.count("Default") == 1


TICKETS = """\
Title: Printer offline
Status: closed
Resolution: replaced cable

Title: Scanner offline
Status: open
Resolution: none
"""


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("Is the scanner ticket closed?", "Scanner"),
        ("Is the printer ticket open?", "Printer"),
        ("What was the resolution for the scanner?", "Scanner"),
    ],
)
def test_the_record_whose_name_the_query_has(query, name):
    for target_tokens in (14, 16, 18):
        text = ragzip.compress(TICKETS, query, target_tokens=target_tokens, cache=False).text
        assert text.startswith(f"Title: {name} offline\nStatus:") and text.count("Title") == 1
