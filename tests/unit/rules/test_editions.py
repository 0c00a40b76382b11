"""Titles and headings that name the year, version or model that a query names, and titles of like documents."""

import pytest

import ragzip
from ragzip import Document
from ragzip.compressors.extractive.pruner import Pruner
from ragzip.compressors.extractive.rules.editions import _names_in_query
from ragzip.testing import FakePassageScorer
from ragzip.text.structure import structure_of

PRUNER = Pruner(FakePassageScorer(), hops=1, similarity=False)
LEAVE = [
    Document(year, f"Staff handbook, edition {year}\n\nLeave lapses on {day} June of the next year.", title=title)
    for year, day, title in (("2022", 3, None), ("2024", 9, None), ("2023", 5, "Staff handbook, edition 2023"))
]
RELEASES = "# Notes\n\n## 4.2.0\n\n- Added: a tab.\n- Fixed: a leak.\n\n## 4.1.0\n\n- Added: a menu.\n- Fixed: a typo."


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("What is the timeout in 4.1.0?", {"version": "4.1.0"}),
        ("How many days are left according to the 2024 handbook?", {"year": "2024"}),
        ("What does the D720 cost?", {"d#": "720"}),
        ("What is the service of a NordHeat 12?", {"nordheat #": "12"}),
        ("What has changed since 4.1.0?", {}),
        ("Is the X2 better than the X3?", {}),
        ("dose for Children 4 to 6 years", {}),
    ],
)
def test_what_a_query_names(query, names):
    assert dict(_names_in_query(query)) == names


@pytest.mark.parametrize(("year", "day"), [("2022", 3), ("2024", 9), ("2023", 5)])
def test_the_edition_that_is_asked_for_comes_first(year, day):
    query = f"When does leave lapse in {year}?"
    text = ragzip.compress(LEAVE, query, target_tokens=20, compressor=PRUNER, cache=False).text
    assert f"{day} June" in text


@pytest.mark.parametrize("tokens", [20, 30, 40, None])
def test_like_documents_stand_under_their_titles(tokens):
    text = ragzip.compress(LEAVE, "When does leave lapse?", target_tokens=tokens, compressor=PRUNER, cache=False).text
    kept = [line for line in text.split("\n") if line]
    assert sum("lapses" in line for line in kept) == sum("handbook" in line for line in kept) > 0


def test_lists_of_changes_are_no_talk():
    assert structure_of(RELEASES, "text/plain", "").kind == "markdown"


SPEAKERS = (
    "The Aria 200 is a portable speaker for the home. It weighs 640 grams. The warranty is two years; the battery is "
    "covered for one year only.\n\nThe Aria 300 is its sister. It weighs 980 grams. The warranty is three years, "
    "provided that the speaker is registered within 60 days of purchase; without registration it is two years.\n\n"
    "Both speakers can be coupled, but only with a second one of the same model. The app runs on Android 11.\n"
)
PUMPS = (
    "Unsere Pumpen\n\nDie Hydra 20 fördert 40 Liter. Sie wiegt 6 Kilogramm. Die Garantie beträgt zwei Jahre.\n\n"
    "Die Hydra 50 fördert 90 Liter. Sie wiegt 11 Kilogramm. Die Garantie beträgt drei Jahre, wenn sie binnen acht "
    "Wochen angemeldet wird, sonst zwei.\n\nAlle Pumpen laufen mit 230 Volt. Ersatzteile gibt es zehn Jahre lang.\n"
)


@pytest.mark.parametrize(
    ("text", "query", "kept", "other"),
    [
        (SPEAKERS, "How long is the warranty of the Aria 300?", ("The Aria 300", "three years"), "one year only"),
        (SPEAKERS, "How long is the warranty of the Aria 200?", ("The Aria 200", "one year only"), "three years"),
        (PUMPS, "Wie lange ist die Garantie der Hydra 50?", ("Die Hydra 50", "drei Jahre"), "beträgt zwei Jahre"),
    ],
)
def test_a_model_is_named_by_the_opening_of_its_paragraph(text, query, kept, other):
    result = ragzip.compress(text, query, target_tokens=40, compressor="extractive/bm25").text
    assert all(words in result for words in kept)
    assert other not in result


CHANGES = """# Changelog

## 3.0.0 (2025-04-01)
- `connect()` no longer accepts a string; pass a `Config`.
- Python 3.8 is not supported any more.

## 2.9.0 (2024-12-10)
- `timeout` for single requests; default 30 s.
- Passing a string to `connect()`; will be removed in 3.0.
"""


@pytest.mark.parametrize(
    "query", ["Can I pass a string to connect() in 3.0?", "Does connect() take a string in 3.0.0?"]
)
def test_what_the_edition_says_comes_before_what_another_says_of_it(query):
    text = ragzip.compress([Document("c.md", CHANGES)], query, target_tokens=45, cache=False).text
    assert "no longer accepts a string" in text


def test_what_another_edition_says_of_it_comes_where_the_edition_says_nothing():
    text = CHANGES.replace("- `connect()` no longer accepts a string; pass a `Config`.\n", "")
    query = "What happens to strings in connect() in 3.0?"
    assert (
        "will be removed in 3.0" in ragzip.compress([Document("c.md", text)], query, target_tokens=45, cache=False).text
    )
