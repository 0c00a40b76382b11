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
