"""Tables among other paragraphs and lines: a row needs its header, the rest is read as it is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structure_checks import EXAMPLES, PROSE, compressed, texts_and_needs, units_of, written

from ragzip.text.structure import structure_of
from ragzip.text.structure.formats import mixed

INVOICE = """\
Invoice 2024-118                         Date: 14 May 2024
Kim Ode Rigging, Dock 4, 5003 Bergen     VAT no. NO 998 111 222

Bill to: Ravi Menon, 12 Quay St, Leith

Pos  Description               Qty   Unit price     Total
1    Halyard 10 mm, 30 m        1        61.00      61.00
2    Shackle 8 mm               3         4.50      13.50
3    Splicing, hours            0.5      30.00      15.00
                                     Total          89.50

Payable by 7 June 2024 to IBAN NO93 8601 1117 947.
"""
PRICES = """Paint and varnish, prices of 2024

Article no.\tDescription\tPack\tPrice
P-100\tWhite matt emulsion\t5 l\t24.90
P-140\tMasonry paint grey\t10 l\t61.00

V-200\tYacht varnish\t1 l\t18.50
V-210\tFloor varnish\t2.5 l\t44.00

All prices include VAT. Delivery from 100 EUR is free.
"""
TWO = """\
We counted boats twice. The first count was in May:

pier,boats,guests
A,40,3
B,35,9
C,12,1

The second one was in July. It rained:

pier,boats,guests
A,51,12
B,44,20
C,30,8
"""
PSQL = """\
shop=# select id, customer, total, state from orders where placed > now() - interval '3 days' order by id;
 id  | customer     |  total  |   state
-----+--------------+---------+-----------
 101 | Amara Diallo |   45.00 | shipped
 102 | Jon Ek       |  129.90 | cancelled
 103 | Priya Nair   |   15.50 | pending
(3 rows)
"""
PAGE = """\
Table 4. Tensile strength of the alloys (MPa)
Alloy Batch Mean SD n
AX-1 2201 312 11 12
AX-1 2202 318 9 12
BX-7 2207 402 14 10
BX-7 2209 391 22 10
Note: SD, standard deviation; n, number of specimens.
"""
CONTACTS = """\
"Name","Address","Note"
"Okafor, Ada","12 Hill Rd, Leeds","Prefers ""post"", no calls
after 6 pm"
"Berg, Nils","Storgata 4, Oslo","VIP"
"Diaz, Ana","Calle Sol 9, Madrid","Allergic to nuts and to cats."
"Rossi, Ugo","Via Po 3, Torino",""
"""
STATION = """\
# station: Lerwick (03005)
# units: mm, degC
date,rain,tmax,tmin,flag
2023-11-01,4.2,9.1,5.0,
2023-11-02,18.9,8.4,4.1,E
2023-11-03,0.0,7.7,1.9,
2023-11-04,2.1,8.0,3.3,
2023-11-05,33.4,9.9,6.2,
"""
PAYROLL = """\
Payroll export 2024-05
Department: Kitchen
id,name,hours,rate
11,Ivo Maric,160,14.50
12,Lea Sand,120,13.00
13,Tom Rook,80,13.00
Department: Service
id,name,hours,rate
21,Ana Reyes,150,12.20
22,Kai Nord,152,12.20
"""
SESSION = """\
$ df -i
Filesystem       Inodes   IUsed    IFree IUse% Mounted on
/dev/sda2       6553600  512345  6041255    8% /
/dev/sdb1      61054976 61054970       6  100% /var/spool
/dev/sdc1      12345678  234567 12111111    2% /data
$ uptime
 10:01:22 up 41 days,  3:02,  2 users,  load average: 0.20, 0.31, 0.28
"""


@pytest.mark.parametrize(
    ("text", "query", "row", "header"),
    [
        (INVOICE, "What does one shackle cost?", "2    Shackle 8 mm               3", "Pos  Description"),
        (PRICES, "What does floor varnish cost?", "V-210\tFloor varnish\t2.5 l\t44.00", "Article no.\tDescription"),
        (PRICES, "What does yacht varnish cost?", "V-200\tYacht varnish\t1 l\t18.50", "Article no.\tDescription"),
        (PSQL, "What is the state of the order of Priya Nair?", "103 | Priya Nair", "id  | customer"),
        (PAGE, "How strong was batch 2209?", "BX-7 2209 391 22 10", "Alloy Batch Mean SD n"),
        (CONTACTS, "What is Ana Diaz allergic to?", '"Diaz, Ana",', '"Name","Address","Note"'),
        (STATION, "What was the rain on 2023-11-05?", "2023-11-05,33.4,9.9,6.2", "date,rain,tmax,tmin,flag"),
        (PAYROLL, "What is the rate of Kai Nord?", "22,Kai Nord,152,12.20", "id,name,hours,rate"),
        (SESSION, "How many inodes does /var/spool have?", "/dev/sdb1      61054976", "Filesystem       Inodes"),
    ],
    ids=["invoice", "prices", "further prices", "psql", "page", "quoted", "comments", "labels", "session"],
)
@pytest.mark.parametrize("tokens", [50, 65, 80])
def test_a_row_comes_with_its_header(text, query, row, header, tokens):
    kept = compressed(text, query, tokens)
    assert row in kept and header in kept


def test_what_stands_around_a_table_is_prose():
    assert "Delivery from 100 EUR is free." in compressed(PRICES, "Is delivery free?", 20)
    assert "Payable by 7 June 2024" in compressed(INVOICE, "By when is it payable?", 30)
    assert compressed(SESSION, "uptime: how many users?", 50).startswith("$ uptime\n")


def test_each_table_has_its_own_header_and_lead():
    units = dict(texts_and_needs("mixed", TWO))
    assert units["B,44,20"] == ["It rained:", "pier,boats,guests"]
    assert units["B,35,9"] == ["The first count was in May:", "pier,boats,guests"]
    structure = units_of("mixed", TWO)
    place = next(place for place, unit in enumerate(structure.units) if TWO[slice(*unit.span)] == "B,44,20")
    assert written(structure, [place]) == "It rained:\n\npier,boats,guests\nB,44,20"
    assert structure.units[place].reading == "pier: B, boats: 44, guests: 20"


def test_the_tables_of_a_text_can_be_kept_by_columns():
    structure = structure_of(TWO, "text/plain", "0")
    table = structure.tables[1]
    assert table.columns == ("pier", "boats", "guests") and len(table.cells) == 3
    assert [TWO[slice(*cell)] for cell in table.cells[1]] == ["B", "44", "20"]


@pytest.mark.parametrize("text", [*PROSE, "A list:\n\n- one\n- two\n- three\n", "x = 1\ny = 2\n\nz = 3\n"])
def test_prose_has_no_tables(text):
    assert not mixed.recognises(text)


@settings(max_examples=EXAMPLES)
@given(
    st.lists(
        st.one_of(
            st.sampled_from([*PROSE, "a,b,c\n1,2,3\n4,5,6\n", "n  m\n1  2\n3  4\n", "x\ty\tz\n1\t2\t3\n2\t3\t4"]),
            st.text(alphabet="ab1,; \t|-\n", max_size=60),
        ),
        max_size=6,
    )
)
def test_units_are_in_order_whatever_the_text(texts):
    text = "\n\n".join(texts)
    structure = mixed.read(text)
    if structure is not None:
        assert units_of("mixed", text).units == structure.units
        for place in range(len(structure.units)):
            written(structure, [place])


LEDGER = """\
Statement of account                       Bank of the Fjord
Account 4417 2210          Sheet 2/2       Currency NOK

Date    Valuta  Text                                  Out         In       Balance
03.06.  04.06.  Direct debit NORD POWER AS          412.00                9,588.00
                Ref 118-20 May
05.06.  05.06.  Transfer from ODE RIGGING AS                  3,150.00   12,738.00
                Inv 2024-118
09.06.  10.06.  Transfer from ODE RIGGING AS                    890.00   13,628.00
                Inv 2024-131, first half
12.06.  12.06.  Card COOP DOKKEN                    203.50               13,424.50
"""
LAB = """\
Patient: Nord, Kai        Born: 02.03.1981     Sex: M
Sample: 2024-06-02 08:10  Order: L-101         Ward: 2A

Test                 Result   Unit      Reference      Flag
BLOOD
Leukocytes           12.4     10^9/L    4.0 - 10.0     H
Sodium               141      mmol/L    135 - 145
Potassium            5.9      mmol/L    3.5 - 5.1      H
  Comment: tube was shaken, repeat it
URINE
Leukocytes           neg      /uL       <25
Protein              traces   mg/dL     <10            H

Validated: Dr. Berg, 2024-06-02 12:30
"""
PAID = (
    "05.06.  05.06.  Transfer from ODE RIGGING AS                  3,150.00   12,738.00\n" + 16 * " " + "Inv 2024-118"
)
POTASSIUM = "Potassium            5.9      mmol/L    3.5 - 5.1      H\n  Comment: tube was shaken, repeat it"
BILL = """\
FJORD CHANDLERS                                 INVOICE
Dock 4, Bergen                                  No. 2024-131

Pos  Article                     Qty  Unit    Price   Amount
------------------------------------------------------------
  1  Halyard 10 mm, 30 m           1   pc     61.00    61.00
  2  Fender 0.3 x 1.0              4   pc     38.50   154.00
     with lines and covers
  3  Anchor 12 kg                  1   pc    149.00   149.00
------------------------------------------------------------
                                   Subtotal           364.00
                                   VAT 0 % (export)     0.00

Payable by 7 July 2024.
"""


@pytest.mark.parametrize(
    ("text", "row", "needs"),
    [
        (LEDGER, PAID, []),
        (LAB, POTASSIUM, ["BLOOD"]),
        (LAB, "Leukocytes           neg      /uL       <25", ["URINE"]),
        (BILL, "2  Fender 0.3 x 1.0              4   pc     38.50   154.00\n     with lines and covers", []),
        (BILL, "3  Anchor 12 kg                  1   pc    149.00   149.00", []),
    ],
)
def test_lines_without_columns_belong_to_the_row_above_or_head_those_below(text, row, needs):
    (header,) = (line for line in text.split("\n") if line.startswith(("Date  ", "Test  ", "Pos  ")))
    kind = structure_of(text, "text/plain", "0").kind
    units = dict(texts_and_needs(kind, text))
    names, *heads = units[row]
    assert names.split("\n")[0] == header and heads == needs


def test_what_a_row_says_in_a_second_line_is_found():
    text = compressed(LEDGER, "Who paid invoice 2024-131?", 70)
    assert "890.00" in text and "Inv 2024-131" in text and "Date    Valuta" in text
    text = compressed(LAB, "Is the potassium value reliable?", 70)
    assert "Potassium            5.9" in text and "repeat it" in text and "BLOOD" in text


def test_prose_with_indented_lines_is_no_table():
    verse = (
        "The first of May  was wet\n  and the second\nwas no better  they say\n  nor was the third\nin all  the year\n"
    )
    for text in (verse, verse * 3, "Dear Ada,\n\n" + verse):
        assert not mixed.recognises(text)


SHEETS = "Bergen\npier,boats,guests\nA,40,3\nB,35,9\n\nLeith\n{}\nA,51,12\nB,44,20\n"


@pytest.mark.parametrize("names", ["pier,boats,guests", "dock,ships,crew"])
@pytest.mark.parametrize("gap", ["\n", ""])
def test_each_of_several_tables_has_its_title_and_its_header(names, gap):
    text = SHEETS.format(names).replace("\n\n", f"\n{gap}")
    units = texts_and_needs("table", text)
    assert [needs for unit, needs in units if unit == "B,44,20"] == [["Leith", names]]
    assert [needs for unit, needs in units if unit == "B,35,9"] == [["Bergen", "pier,boats,guests"]]


def test_tables_of_other_widths_have_their_titles():
    text = "Bergen\npier,boats,guests\nA,40,3\nB,35,9\n\nLeith\npier,boats,guests,fees\nA,51,12,8\nB,44,20,9\n"
    units = dict(texts_and_needs("mixed", text))
    assert units["B,44,20,9"] == ["Leith", "pier,boats,guests,fees"]
    assert "44" in compressed(text, "How many boats were at pier B in Leith?", 24)


def test_labels_without_a_header_below_them_stay_labels():
    text = "name,hours,rate\nKitchen\nIvo,160,14.5\nLea,120,13.0\nTom,80,13.0\nService\nKai,152,12.2\nAna,9,9\nJo,7,9\n"
    units = dict(texts_and_needs("table", text))
    assert units["Kai,152,12.2"] == ["name,hours,rate", "Service"]


TITLED = """Rain by month

            Jan    Feb    Mar
Leith        41     38     52
Oban        129    144    140

Snow by month

            Jan    Feb    Mar
Leith         2      5      1
Oban          0      3      6
"""
GRID = """Faults
======

+------+-----------+-----------------------+
| Code | Name      | What to do            |
+======+===========+=======================+
| F1   | No water  | Open the tap and wait |
|      |           | 30 seconds.           |
+------+-----------+-----------------------+
| F2   | Too hot   | Switch it off for     |
|      |           | ten minutes           |
+------+-----------+-----------------------+
"""
RATES = """Guest rooms
===========

Prices
------

========  ======  =======
Room      Day     Night
========  ======  =======
Attic     40      55
Cellar    25      30
========  ======  =======

Children pay half.

Arrival
-------

The key is in the box."""
GROUPS = """\
+---------+--------+-------+
| Country | City   | Trips |
+---------+--------+-------+
| France  | Paris  | 3     |
|         | Lyon   | 5     |
+---------+--------+-------+
| Spain   | Madrid | 2     |
|         | Bilbao | 7     |
+---------+--------+-------+
"""


def headings_of(text):
    units = mixed.read(text).units
    texts = [text[slice(*unit.span)] for unit in units]
    return {
        own: None if unit.relation.heading is None else texts[unit.relation.heading]
        for own, unit in zip(texts, units, strict=True)
    }


@pytest.mark.parametrize(
    ("row", "title"),
    [
        ("Oban        129    144    140", "Rain by month"),
        ("Leith         2      5      1", "Snow by month"),
    ],
)
def test_rows_of_several_tables_need_the_title_apart_above_their_own(row, title):
    kept = dict(texts_and_needs("mixed", TITLED))
    assert title in kept[row]
    assert sum("by month" in need for need in kept[row]) == 1
    assert headings_of(TITLED)[row] == title


def test_a_table_stands_under_the_heading_above_it_and_so_does_what_follows():
    headings = headings_of(RATES)
    assert headings["Attic     40      55"] == "Prices\n------"
    assert headings["Children pay half."] == "Prices\n------"
    assert headings["The key is in the box."] == "Arrival\n-------"
    assert headings["Prices\n------"] == "Guest rooms\n==========="


def test_a_row_of_a_grid_is_one_unit_of_several_lines():
    texts = [GRID[slice(*unit.span)] for unit in mixed.read(GRID).units]
    (row,) = [text for text in texts if "F1" in text]
    assert row.endswith("30 seconds.           |")
    (row,) = [text for text in texts if "F2" in text]
    assert "ten minutes" in row


def test_rows_of_a_group_between_rules_stay_rows():
    texts = [GROUPS[slice(*unit.span)] for unit in structure_of(GROUPS, "text/plain", "0").units]
    assert "|         | Lyon   | 5     |" in texts
