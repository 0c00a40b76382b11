"""Rows with a value that the query names come, whatever other numbers and names it has."""

import pytest

import ragzip
from ragzip.compressors.extractive.records.named_cells import have_named_value

SEATS = """Party,Votes,%,Seats,Change
Green Union,"1,471,728",56.2,278,+113
Liberal Alliance,"715,500",27.5,110,-11
National People's League,"140,397",5.4,29,-6
Others,"311,444",11.0,47,-13
Total,"2,639,069",100,464,+83
"""
BIRDS = """State,Bird,Adopted
North Fenland,Marsh harrier,1979
South Fenland,Bittern,1988
Westmark,Curlew,1995
Ostrow,Barn owl,1979
Pinewood,Crossbill,2003
"""
PLAYS = """Year,Title,Role
1995,The Tempest,Prospero
1997,Glass Houses,Stewart
2000,The Ride,Lyman Felt
2006,The Tempest,Prospero
2009,Hillary,Self
2011,Northern Lights,Hillary Marsh
"""


@pytest.mark.parametrize(
    ("text", "title", "query", "rows"),
    [
        (SEATS, None, "How many out of 464 seats did the Green Union win?", ["Green Union", "Total"]),
        (SEATS, None, "How many of the 464 seats did the NPL win?", ["National People's League"]),
        (BIRDS, None, "What are the state birds of South Fenland and Ostrow?", ["South Fenland", "Ostrow"]),
        (PLAYS, "Patrick Stewart – Theatre", "When has Stewart appeared in The Tempest?", ["1995", "2006"]),
        (PLAYS, "Ann Gray", "In what was Ann Gray cast as Hillary Marsh?", ["Northern Lights"]),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/pruner"])
def test_rows_that_the_query_names(text, title, query, rows, compressor):
    document = ragzip.Document("t.csv", text, title=title)
    kept = ragzip.compress([document], query, target_tokens=56, compressor=compressor, cache=False).text
    assert all(row in kept for row in rows), kept


ROWS = [
    "name: Anna Schmidt, city: Berlin, no: 4106",
    "name: Anna Schmidt, city: Ulm, no: 4107",
    "name: Bo Lind, city: Berlin, no: 4108",
]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("Where does Anna Schmidt live?", [True, True, False]),
        ("Which number has Anna Schmidt in Berlin?", [True, False, False]),  # with both names
        ("Which number has Anna Schmidt-Kaya?", [False, False, False]),
        ("Which number has Maria Anna Schmidt?", [False, False, False]),  # a longer name
        ("who is anna?", [False, False, False]),
    ],
)
def test_named_values(query, named):
    assert have_named_value(query, ROWS).tolist() == named


def test_a_number_decides_among_rows_with_the_name():
    lines = ["no,name,city,due"] + [
        f"{4100 + n},{'Anna Schmidt' if n in (3, 6) else f'Guest {n}'},Ulm,2024-05-{n + 1:02}" for n in range(9)
    ]
    document = ragzip.Document("t.csv", "\n".join(lines))
    kept = ragzip.compress([document], "When is order 4106 of Anna Schmidt due?", target_tokens=40).text
    assert "4106,Anna Schmidt" in kept and "4103" not in kept


def test_a_status_decides_among_rows_with_the_name():
    invoices = (
        "No,Client,Amount,Status\n9001,Orion Labs,1200,Paid\n9002,Orion Labs,800,Open\n9003,Vega Foods,450,Open\n"
    )
    for query, row in [
        ("Which invoices of Orion Labs are open?", "9002"),
        ("Which Orion Labs invoice is paid?", "9001"),
    ]:
        kept = ragzip.compress([ragzip.Document("t.csv", invoices)], query, target_tokens=24, cache=False).text
        assert kept.splitlines()[1].startswith(row)
