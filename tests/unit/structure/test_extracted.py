"""Tables whose cells stand below each other: a row comes with its values, its columns and the label over it."""

from collections.abc import Sequence

import pytest

import ragzip
from ragzip.text.structure import structure_of

STATEMENT = """Table of Contents
HARBOUR FOODS, INC.
CONSOLIDATED STATEMENTS OF INCOME
(In millions, except per share data)
Years Ended December 31,
2022
2021
2020
Revenue:
Subscription
$
388
$
373
$
326
Product
532
555
507
Total revenue
920
928
833
Cost of revenue:
Subscription
146
137
108
Product
35
41
36
Total cost of revenue
181
178
144
Gross profit
739
750
689
Gain on sale of a plant

34

Interest expense
(112)
(113)
(116)
See accompanying notes to the consolidated statements.
54
"""
BALANCE = """Balance Sheets
(Dollars in thousands)
June 30,
2023
2022
Current assets:
Cash
$ 689
$ 775
Inventories, net
Raw materials
992
1,114
Finished goods
1,221
1,325
Prepaid expenses
531
512
Total current assets
3,433
3,726
Goodwill
5,366
5,285
Commitments (Note 18)
Long-term debt
3,464
3,468
"""
VOTES = """The board held its annual meeting on 3 May. Four proposals were put to a vote of the shareholders there.
(1) The proposal on an independent chair was defeated:
For
250,838,697
Against
746,982,272
Abstain
22,326,920
(2) The proposal on a report on sugar was approved:
For
585,034,699
Against
314,416,953
Abstain
20,696,237
"""
SEGMENTS = """Sales by segment follow. They are stated in the currency of the parent company throughout.
(Millions)
United States
Europe
Asia
2022
Revenue
41,396
4,871
3,835
Pretax income
10,383
550
376
2021
Revenue
33,103
3,643
3,418
Pretax income
10,325
460
420
"""
IN_LINES = """The group has two plants in the north. It follows the rules of the country for all that it states, as
before.
Consolidated Balance Sheets
(Dollars in thousands)
June 30, 2023 2022
Current assets:
Cash $ 689 $ 775
Inventories, net
Raw materials 992 1,114
Finished goods 1,221 1,325
Prepaid expenses 531 512
Total current assets 3,433 3,726
Goodwill 5,366 5,285
Gain on sale of the plant in Leeds, net of costs of
removal 34 —
"""
PUMPS = """Pumps of the R series
Model
Voltage
Power
Weight
R100
230 V
450 W
6.2 kg
R200
230 V
750 W
8.1 kg
R300
400 V
1100 W
12.5 kg
All pumps come with a cable of two metres. The warranty is three years on all models.
"""
OUTLOOK = """The company opened 47 shops in the year. It plans more of them for the year to come.
Outlook for fiscal 2023
Net sales

$10.95 billion to $11.05 billion
New shops, net

25-30
Operating margin

14.7% to 15.0%
Share repurchases

approximately $900 million
"""
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
ADDRESSES = """The shop has moved. Its telephone number is new, too, and so are the hours.
Leeds
12 Mill Lane
0113 496-0000
York
3 Fishergate
01904 496-0001
Hull
9 Spring Bank
01482 496-0002
"""


def has_letters(line: str) -> bool:
    return any(map(str.isalpha, line))


def name_above(lines: Sequence[str], number: int) -> str | None:
    return next((line for line in reversed(lines[:number]) if has_letters(line)), None)


@pytest.mark.parametrize(
    ("text", "query", "right"),
    [
        (STATEMENT, "What was total revenue in 2021?", "2022\n2021\n2020\nRevenue:\nTotal revenue\n920\n928\n833"),
        (STATEMENT, "cost of products in 2022", "Cost of revenue:\nProduct\n35\n41\n36"),
        (STATEMENT, "interest expense 2020", "Interest expense\n(112)\n(113)\n(116)"),
        (BALANCE, "How much goodwill was there in 2023?", "June 30,\n2023\n2022\nGoodwill\n5,366\n5,285"),
        (VOTES, "How many voted against the report on sugar?", "was approved:\nFor\n585,034,699\nAgainst\n314,416,953"),
        (PUMPS, "What does the R200 weigh?", "Voltage\nPower\nWeight\nR200\n230 V\n750 W\n8.1 kg"),
        (OUTLOOK, "How many new shops are planned?", "Outlook for fiscal 2023\nNew shops, net\n25-30"),
        (OUTLOOK, "operating margin", "Operating margin\n14.7% to 15.0%"),
        (
            WASTE,
            "How much organic waste was there in 2022?",
            "Type 2021 2022 2023\nResidual waste 43,905 42,601 41,280\nOrganic waste 16,120",
        ),
        (WASTE, "paper tonnes", "Table 7: Volumes by type (tonnes)\nType 2021 2022 2023\nPaper 11,050"),
        (ACCOUNTS, "cost of materials in 2022", "(in million euros) 2023 2022\nCost of materials (612.0) (590.4)"),
        (LEAGUE, "How many points has Port United?", "Pos Team P W D L Pts\n2 Port United 26 16 6 4 54"),
        (IN_LINES, "goodwill of 2022", "June 30, 2023 2022\nGoodwill 5,366 5,285"),
        (IN_LINES, "sale of the plant", "Gain on sale of the plant in Leeds, net of costs of\nremoval 34 —"),
        (SEGMENTS, "Asia revenue 2021", "Asia\n2021\nRevenue\n33,103\n3,643\n3,418"),
    ],
)
def test_a_row_comes_with_its_values_and_what_they_are_of(text: str, query: str, right: str) -> None:
    result = ragzip.compress(text, query, target_tokens=60, compressor="extractive/bm25")
    assert right in result.text


@pytest.mark.parametrize("text", [STATEMENT, BALANCE, VOTES, SEGMENTS])
@pytest.mark.parametrize("tokens", [20, 40, 60, 90])
def test_no_value_comes_without_its_name(text: str, tokens: int) -> None:
    lines = text.splitlines()
    result = ragzip.compress(
        text, "revenue, goodwill or votes against in 2022", target_tokens=tokens, compressor="auto"
    )
    kept = result.text.splitlines()
    for number, line in enumerate(kept):
        if line and not has_letters(line):
            places = [place for place, source_line in enumerate(lines) if source_line == line]
            assert name_above(kept, number) in {name_above(lines, place) for place in places}


def test_empty_cells_stay_where_they_are() -> None:
    result = ragzip.compress(STATEMENT, "gain on the sale of a plant", target_tokens=60, compressor="extractive/bm25")
    assert "Gain on sale of a plant\n\n34" in result.text


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Raw materials", "Inventories, net"),
        ("Prepaid expenses", "Current assets:"),
        ("Total current assets", "Current assets:"),
        ("Goodwill", None),
        ("Long-term debt", "Commitments (Note 18)"),
    ],
)
def test_a_label_ends_where_its_rows_are_summed_up(name: str, label: str | None) -> None:
    units = structure_of(BALANCE, "text/plain", "notes").units
    row = next(unit for unit in units if BALANCE.startswith(f"{name}\n", unit.start))
    labels = [BALANCE[slice(*units[place].span)] for place in row.relation.needs]
    assert labels[1:] == ([] if label is None else [label])
    assert labels[0].endswith("2023\n2022")


@pytest.mark.parametrize(
    "text",
    [
        ADDRESSES,
        "Most viewed\n1.\nThe rise of a shop\n2.\nThe worst lyrics\n3.\nTen songs\n4.\nA quiz\n",
        "In 2019 the mill was sold. It had 12 looms.\n\nIn 2020 it burnt down. Three people were hurt.\n\n17\n",
        "Measles in May 3, 2019\nMumps in October 11, 2019\nA third one in June 7, 2018\nAll of 2019\n",
        "Series 1 (2012)\nSeries 2 (2013)\nSeries 3 (2014)\nBen Crompton as Keith\n",
        "Most wins\n5 wins\n*Peter Finch\n4 wins\n*Daniel Day\n3 wins\n*Marlon Brando\n2 wins\n*Jack Lemmon\n",
        "Chapter 4\nThe river rose.\n12\nThe bridge fell that night, and the town was cut off for weeks.\n13\n",
    ],
)
def test_other_lines_with_numbers_are_no_tables(text: str) -> None:
    assert structure_of(text, "text/plain", "notes").kind != "mixed"


@pytest.mark.parametrize("first_lines", ["", "2022\n", "2022\n2021\n", "a:\n", "(Note 2)\n2022\n", "12\n13\n"])
def test_tables_without_lines_above_are_read(first_lines: str) -> None:
    text = first_lines + "Revenue\n41\n48\nCosts\n10\n5\nTax\n3\n2\n"
    result = ragzip.compress(text, "costs", target_tokens=20, compressor="extractive/bm25")
    assert "Costs\n10\n5" in result.text


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
