"""Tables among other paragraphs and lines: a row needs its header, the rest is read as it is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structure_checks import EXAMPLES, PROSE, compressed, texts_and_needs, units_of, written

from ragzip.text.structure import mixed, structure_of

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
PRICES = """\
Paint and varnish, prices of 2024

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
