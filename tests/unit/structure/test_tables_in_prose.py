"""Tables with prose right above or below them."""

import pytest
from structure_checks import compressed

WITH_TERMS = """\
Invoice no. 2025-0417            Date: 14 October 2025

Pos  Description            Qty   Unit price   Amount
1    Site inspection          2       140.00   280.00
2    Replacement of pump      1       910.00   910.00
3    Travel (km)             64         0.45    28.80
     Total                                   1,218.80
Please pay within 30 days. For payment within 10 days we grant a discount of 2 %.
Bank: Yorkshire Bank, IBAN GB29 NWBK 6016 1331 9268 19
No warranty is given on used parts.
"""
TIMETABLE = """Ferries in winter

Pier        Leaves   Arrives   Fare
Oban        08:10    08:55     4.20
Craignure   09:30    10:15     4.20
Lochaline   11:00    11:20     2.80
All boats: subject to weather
Bicycles travel free
"""


@pytest.mark.parametrize(
    ("text", "header", "row", "query"),
    [
        (WITH_TERMS, "Pos  Description", "3    Travel (km)", "How many kilometres were travelled?"),
        (WITH_TERMS, "Pos  Description", "2    Replacement of pump", "How much is the pump?"),
        (TIMETABLE, "Pier        Leaves", "Lochaline   11:00", "When does the boat from Lochaline leave?"),
    ],
)
def test_rows_come_under_their_header_where_prose_stands_right_below_them(text, header, row, query):
    kept = compressed(text, query, 45)
    assert header in kept and row in kept and kept.index(header) < kept.index(row)


@pytest.mark.parametrize("query", ["What is the IBAN?", "Is there a discount for early payment?"])
def test_prose_right_below_a_table_comes_without_it(query):
    assert "Unit price" not in compressed(WITH_TERMS, query, 45)
