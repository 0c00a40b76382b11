"""Rows of tables with each cell on a line of its own are whole, under the dates of their columns."""

import pytest

import ragzip
from ragzip.text.splitters import units

SHEET = (
    "CONSOLIDATED BALANCE SHEETS\n(In thousands)\n \n\nDecember 31,\n\n2018\n\n2017\n\n"
    "Cash and cash equivalents\n $\n1,526,762 \n $\n1,499,995 \nAccounts receivable, net\n \n657,206 \n \n542,273 \n"
    "Inventories\n \n110,831 \n \n102,292 \nAccounts payable\n $\n302,578 \n $\n255,028 \n"
    "Construction payable\n \n311,793 \n \n474,807 \nAccumulated loss\n \n(8,556)\n \n(3,610)\n"
    "The accompanying notes are part of these statements. They are on page 70.\n"
)
DEBT = (
    "The table has the debt of the company.\nFair value level\nJune 30, 2023\nDecember 31, 2022\n(In thousands)\n"
    "Government securities\nLevel 1\n57,696 \n56,835 \nAgency securities\nLevel 2\n29,049 \n9,530 \n"
    "Commercial paper and\ncertificates of deposit\nLevel 2\n4,561 \n4,466 \n"
    "Corporate bonds\nLevel 2\n416,420 \n213,875 \nTotal investments\n$\n507,726 \n$\n284,706 \n"
)
PROSE = (
    "Opening hours\n\n9\n\nWe sell\n12\nkinds of bread and\n7\nkinds of cake.\nThe shop\n1\nopens at\n8\n"
    "in the\n4\nstreets."
)


@pytest.mark.parametrize("tokens", [45, 60, 90])
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    ("text", "query", "row"),
    [
        (
            SHEET,
            "How much were the accounts payable in 2018?",
            ("2018", "2017", "Accounts payable", "302,578", "255,028"),
        ),
        (DEBT, "How much are the corporate bonds?", ("June 30, 2023", "Corporate bonds", "416,420", "213,875")),
    ],
)
def test_a_row_is_whole_and_under_its_dates(text, query, row, compressor, tokens):
    kept = ragzip.compress(text, query, target_tokens=tokens, compressor=compressor).text
    places = [kept.index(cell) for cell in row]
    assert places == sorted(places)


def test_labels_of_two_lines_and_prose():
    texts = [DEBT[unit.start : unit.end] for unit in units(DEBT)]
    assert "Commercial paper and\ncertificates of deposit\nLevel 2\n4,561 \n4,466" in texts
    assert all("\n" not in PROSE[unit.start : unit.end] or unit.kind != "record" for unit in units(PROSE))
