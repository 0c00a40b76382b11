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


def test_rows_of_years_are_no_header():
    rows = "".join(f"Crane {n},{1960 + n},{1990 + 2 * n},Crane {n + 1}\n" for n in range(9))
    table = structure_of("Type,Introduced,Retired,Replacement\n" + rows, "text/csv", "t.csv").tables[0]
    assert len(table.header) == 1 and len(table.cells) == 9


@pytest.mark.parametrize("header", ["Item,2022,2023,2024", "Item,2024,2023,2022", ",2022,2023,2024"])
def test_years_in_order_over_numbers_like_years_are_a_header(header):
    table = structure_of(
        f"{header}\nCoal,1650,1720,1890\nOil,1750,1820,1840\nGas,1710,1730,1740\n", "text/csv", "t.csv"
    ).tables[0]
    assert len(table.header) == 1


SPANNING = """Year,Meeting,Place,Event
Representing Norland,Representing Norland,Representing Norland,Representing Norland
1978,City Run,Osby,Marathon
1979,World Cup,Lund,3000 m
Representing Sudland,Representing Sudland,Representing Sudland,Representing Sudland
1984,City Run,Osby,Marathon
Source: the federation,Source: the federation,Source: the federation,Source: the federation
"""


def test_a_text_that_spans_all_columns_is_a_label_and_stands_once():
    document = Document("runs.csv", SPANNING)
    kept = ragzip.compress([document], "Where was the City Run of 1984?", target_tokens=40, cache=False).text
    assert kept.splitlines() == ["Year,Meeting,Place,Event", "Representing Sudland,,,", "1984,City Run,Osby,Marathon"]


def test_a_group_below_the_names_of_the_columns_is_no_header():
    rows = """Club,Club,League,League,Cup,Cup
Season,Club,Apps,Goals,Apps,Goals
Norland,Norland,League,League,Cup,Cup
1989,Osby,4,0,2,0
1990,Osby,25,4,3,1
Sudland,Sudland,League,League,King's Cup,King's Cup
1992,Lund,22,5,1,0
1993,Lund,30,10,2,2
"""
    assert len(structure_of(rows, "text/csv", "t.csv").tables[0].header) == 2
