"""Tables that nobody wrote on purpose: each is read, or is prose, and what is kept stands in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ragzip
from ragzip.testing.contract import of_profile
from ragzip.text.structure import structure_of
from ragzip.types import Document

PIECES = ["a", "mill", "7", ",", ",", ";", "\t", "|", "\n", "\n", "\r\n", " ", '"', '""', "\x0b", "\x1c", "\u3000"]
HEADED = "name,year,rain\nmill,1902,3\n"


def compressed(text, target_tokens, mime="text/csv"):
    return ragzip.compress(
        [Document("x.csv", text, mime=mime)], "mill", target_tokens=target_tokens, compressor="bm25", cache=False
    )


@pytest.mark.parametrize("blank", ["\t", "\x0b\n", "\u3000", "\n \t\n", "\x1c\r\n"])
def test_a_row_of_white_space_is_no_row(blank):
    rows = structure_of("a,b\n1,2\n" + blank, "text/csv", "0").units
    assert [(row.start, row.end) for row in rows] == [(0, 3), (4, 7)]
    assert compressed("a,b\n1,2\n" + blank, 3).stats.tokens_out <= 3


def test_short_and_long_rows_are_read_with_the_names_that_there_are():
    rows = structure_of("a,b,c\n1,2\n1,2,3,4\n", "text/csv", "0").units
    assert [row.reading for row in rows[1:]] == ["a: 1, b: 2", "a: 1, b: 2, c: 3, 4"]


@given(st.booleans(), st.lists(st.sampled_from(PIECES), max_size=30).map("".join), st.sampled_from([1, 4, 12]))
@of_profile(5)
def test_any_table_is_compressed(is_headed, text, target_tokens):
    text = HEADED + text if is_headed else text
    result = compressed(text, target_tokens)
    assert result.stats.tokens_out <= target_tokens
    for citation in result.citations():
        assert result.text[citation.start : citation.end] == text[citation.source_start : citation.source_end]
