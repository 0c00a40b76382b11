"""Invoices, timetables and findings in text from PDF pages: a row comes with the names of its columns."""

import pytest

import ragzip

INVOICE = """INVOICE No. 2024-118
Meridian Rigging Ltd.
Date
14 May 2024
Customer
Ravi Menon
Description
Qty
Unit price
Amount
Halyard 10 mm, 30 m
1
61.00
61.00
Shackle 8 mm
3
4.50
13.50
Splicing, hours
0.5
30.00
15.00
Total due
89.50
"""
TIMETABLE = """Timetable of line 12, Mondays to Fridays
Stop
Run 1
Run 2
Run 3
Station
06:12
07:12
08:12
Mill Lane
06:19
07:19
08:19
Hospital
06:31
07:31
08:31
On school holidays run 1 does not go. Tickets are sold by the driver.
"""
FINDINGS = """LABORATORY REPORT
Patient: J. Doe, born 3 March 1961
Test
Result
Reference
Hemoglobin
13.1 g/dl
13.5-17.5
Leukocytes
6.2
4.0-10.0
Potassium
5.9 mmol/l
3.5-5.1
"""


@pytest.mark.parametrize(
    ("text", "query", "right"),
    [
        (INVOICE, "How much are the shackles?", "Qty\nUnit price\nAmount\nShackle 8 mm\n3\n4.50\n13.50"),
        (TIMETABLE, "When is the second bus at the hospital?", "Run 1\nRun 2\nRun 3\nHospital\n06:31\n07:31\n08:31"),
        (FINDINGS, "potassium", "Test\nResult\nReference\nPotassium\n5.9 mmol/l\n3.5-5.1"),
    ],
)
def test_values_with_units_times_and_names_of_columns(text, query, right):
    assert right in ragzip.compress(text, query, target_tokens=50).text
