"""Rows of figures of a page that an extractor wrote with single blanks come with the line that names their columns."""

import pytest

import ragzip

WASTE = """3.2 Volumes
The volume of organic waste rose because 4,200 households received a bin for the first time in that year.
Table 7: Volumes by type (tonnes)
Type 2021 2022 2023
Residual waste 43,905 42,601 41,280
Organic waste 16,120 17,204 18,950
Paper 11,050 10,312 9,730
Source: own data.
3.3 Fees
The fee for a bin that is emptied every two weeks was raised by the council in December."""
ACCOUNTS = """Consolidated statement
(in million euros) 2023 2022
Revenue from sales 1,234.5 1,180.2
Cost of materials (612.0) (590.4)
Staff costs (301.7) –
Operating result 220.8 198.1
Notes
The group sold its shares in the port in May, and the price was paid in June of that year."""
LEAGUE = """Final standings
Pos Team P W D L Pts
1 Halden FC 26 18 5 3 59
2 Port United 26 16 6 4 54
3 Old Mill 26 12 7 7 43
4 Rovers 26 9 8 9 35
The first two teams are promoted, and the last one plays two matches against the third of the division below."""


@pytest.mark.parametrize(
    ("text", "query", "header", "row"),
    [
        (WASTE, "How much organic waste was there in 2022?", "Type 2021 2022 2023", "Organic waste 16,120"),
        (WASTE, "paper tonnes", "Table 7: Volumes by type (tonnes)", "Paper 11,050"),
        (ACCOUNTS, "cost of materials in 2022", "(in million euros) 2023 2022", "Cost of materials"),
        (LEAGUE, "How many points has Port United?", "Pos Team P W D L Pts", "Port United"),
    ],
)
def test_a_row_comes_with_the_names_of_its_columns(text, query, header, row):
    result = ragzip.compress(text, query, target_tokens=60, compressor="extractive/bm25", cache=False)
    assert row in result.text and header in result.text


def test_lines_that_end_in_figures_without_names_over_them_are_no_rows():
    text = """The list of dates is this one.
We met on 3 May 4 5 and then again.
Room 12 14
Room 13 15
Room 14 16
It closed."""
    result = ragzip.compress(text, "Room 13", target_tokens=8, compressor="extractive/bm25", cache=False)
    assert result.text.strip() == "Room 13 15"
