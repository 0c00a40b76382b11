"""Records and blocks in plain text: no line comes under the name of another block, and prose stays prose."""

import random

import pytest

import ragzip
from ragzip.text.structure import structure_of
from ragzip.text.structure.blocks import read, recognises
from ragzip.text.structure.prose import read_prose

TEXTS = {
    "people": """\
Name: Anna Berg
Age: 33
City: Leeds

Name: Ben Carr
Age: 41
City: York

Name: Cleo Dunn
Age: 29
City: Bath
""",
    "addresses": """\
Anna Berg
12 Bell Yard
London
555-2033

Ben Carr
34 Oak Street
Leeds
555-9117

Cleo Dunn
9 Rose Court
York
555-8737
""",
    "orders": """\
Order 71
  Status: sent
  Total: 19.90
Order 72
  Status: open
  Total: 240.00
Order 73
  Status: cancelled
  Total: 7.50
""",
    "versions": """\
v2.1.0 (2024-05-04)
  * Export to ODS
  * Crash on empty sheets fixed
v2.0.0 (2024-01-10)
  * Python 3.8 removed
  * load() returns a list
""",
    "votes": """\
NORTH WARD
  Berg   412
  Carr   388
SOUTH WARD
  Berg   201
  Carr   533
EAST WARD
  Berg   300
  Carr   299
""",
    "interfaces": """\
interface: eth0
  inet 192.168.1.17  netmask 255.255.255.0
  ether 00:11:22:33:44:55
interface: wlan0
  inet 10.0.0.5  netmask 255.0.0.0
  ether 66:77:88:99:aa:bb
""",
    "ifconfig": """\
eth0: flags=4163<UP,BROADCAST,RUNNING>  mtu 1500
        inet 192.168.1.17  netmask 255.255.255.0
        ether 00:11:22:33:44:55  txqueuelen 1000

lo: flags=73<UP,LOOPBACK,RUNNING>  mtu 65536
        inet 127.0.0.1  netmask 255.0.0.0
        loop  txqueuelen 1000

wlan0: flags=4163<UP>  mtu 1500
        inet 10.0.0.5  netmask 255.0.0.0
        ether 66:77:88:99:aa:bb
""",
    "git log": """\
commit 1a2b3c4d
Author: Anna Berg <a@x.org>
Date:   Mon May 6 10:00:00 2024

    Fix rounding of VAT

    Totals were off by a cent.

commit 5e6f7a8b
Author: Ben Carr <b@x.org>
Date:   Tue May 7 11:00:00 2024

    Add export to ODS

commit 9c0d1e2f
Author: Cleo Dunn <c@x.org>
Date:   Wed May 8 12:00:00 2024

    Remove Python 3.8
""",
    "vCards": """\
BEGIN:VCARD
VERSION:3.0
FN:Anna Berg
TEL:555-2033
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Ben Carr
TEL:555-9117
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Cleo Dunn
TEL:555-8737
END:VCARD
""",
    "calendar": """\
BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
DTSTART:20240506T100000Z
SUMMARY:Board meeting
LOCATION:Room 4
END:VEVENT
BEGIN:VEVENT
DTSTART:20240507T110000Z
SUMMARY:Dentist
LOCATION:Mill Lane 3
END:VEVENT
END:VCALENDAR
""",
    "BibTeX": """\
@article{berg2019,
  title = {Water under roads},
  author = {Berg, Anna},
  year = {2019}
}
@book{carr2020,
  title = {Pegs without heads},
  author = {Carr, Ben},
  year = {2020}
}
@misc{dunn2021,
  title = {On bridges},
  author = {Dunn, Cleo},
  year = {2021}
}
""",
    "PGN": """\
[Event "Leeds Open"]
[White "Berg"]
[Black "Carr"]
[Result "1-0"]

1. e4 e5 2. Nf3 Nc6 3. Bb5 a6 1-0

[Event "York Cup"]
[White "Dunn"]
[Black "Berg"]
[Result "0-1"]

1. d4 d5 2. c4 e6 3. Nc3 Nf6 0-1
""",
    "whois": """\
Tech Contact:
  Name: Ben Carr
  Phone: 555-9117

Admin Contact:
  Name: Anna Berg
  Phone: 555-2033

Billing Contact:
  Name: Cleo Dunn
  Phone: 555-8737
""",
    "labelled lists": """\
Leeds:
- mill, built 1850
- quay, built 1790
York:
- tower, built 1320
- chapel, built 1544
Bath:
- pump room, built 1795
- bridge, built 1774
""",
    "mysql": """\
*************************** 1. row ***************************
  id: 1
name: Anna Berg
city: Leeds
*************************** 2. row ***************************
  id: 2
name: Ben Carr
city: York
*************************** 3. row ***************************
  id: 3
name: Cleo Dunn
city: Bath
""",
    "kubectl": """\
Name:         web-1
Namespace:    shop
Status:       Running
IP:           10.0.0.5
Containers:
  app:
    Image:        shop:1.4
    Port:         8080/TCP
    Limits:
      memory:  512Mi
  sidecar:
    Image:        proxy:2.0
    Port:         9090/TCP
    Limits:
      memory:  128Mi
Events:         <none>
""",
    "courses": """\
HIST 210  Medieval Towns
3 credits. Prerequisite: HIST 101
Instructor: Berg
Mon 10-12, Room 4

HIST 220  Roads of Rome
4 credits. Prerequisite: HIST 110
Instructor: Carr
Tue 9-11, Room 7

HIST 230  Canals
2 credits. Prerequisite: none
Instructor: Dunn
Fri 13-15, Room 2
""",
    "films": """\
The Long Road (1999)
Director: Anna Berg
Runtime: 101 min

A Short Walk (2004)
Director: Ben Carr
Runtime: 88 min

Night Boat (2011)
Director: Cleo Dunn
Runtime: 120 min
""",
    "glossary": """\
Culvert
    A channel that carries water under a road.
Dowel
    A peg without a head.
Eave
    The lower edge of a roof.
""",
    "definitions": """\
retries
  How often to try. Default: 3.
timeout
  Seconds to wait. Default: 30.
proxy
  The address of the proxy. Default: none.
""",
    "man page": """\
OPTIONS
    -n, --dry-run
        Do not write anything.
    -q, --quiet
        Print nothing but errors.
    -f, --force
        Write over files that are there.
""",
    "options": """\
-n, --dry-run
    Do not write anything.
-q, --quiet
    Print nothing but errors.
-f, --force
    Write over files that are there.
""",
    "Terraform": """\
resource "aws_instance" "web" {
  ami = "ami-1"
  instance_type = "t3.small"
}

resource "aws_instance" "worker" {
  ami = "ami-2"
  instance_type = "m5.large"
}

variable "region" {
  default = "eu-west-1"
}
""",
    "proto": """\
syntax = "proto3";

message Order {
  int32 id = 1;
  string customer = 2;
}

message Invoice {
  int32 number = 1;
  repeated Order orders = 2;
}
""",
    "GraphQL": """\
type Order {
  id: ID!
  customer: String
}

type Invoice {
  number: Int
  orders: [Order]
}
""",
    "Makefile": """\
app: main.o util.o
\tcc -o app main.o util.o

test: app
\t./app --self-test
\tdiff out.txt expected.txt

clean:
\trm -f app *.o
""",
    "R": """\
add <- function(a, b) {
  a + b
}

scale_all <- function(x) {
  m <- mean(x)
  (x - m) / sd(x)
}
""",
}
QUESTIONS = {  # the query, the tokens, and what has to come
    "people": ("In which city does Cleo Dunn live?", 15, ("Cleo Dunn", "City: Bath")),
    "addresses": ("What is the telephone number of Cleo Dunn?", 20, ("Cleo Dunn", "555-8737")),
    "orders": ("What is the total of order 72?", 20, ("Order 72", "Total: 240.00")),
    "versions": ("In which version was Python 3.8 removed?", 30, ("v2.0.0", "Python 3.8 removed")),
    "votes": ("How many votes did Carr get in the South Ward?", 25, ("SOUTH WARD", "Carr   533")),
    "interfaces": ("What is the inet address of wlan0?", 45, ("interface: wlan0", "inet 10.0.0.5")),
    "ifconfig": ("What is the inet address of wlan0?", 60, ("wlan0:", "inet 10.0.0.5")),
    "git log": ("Who fixed the rounding of VAT?", 70, ("Anna Berg", "Fix rounding of VAT")),
    "vCards": ("What is the telephone number of Ben Carr?", 50, ("FN:Ben Carr", "TEL:555-9117")),
    "calendar": ("Where is the dentist?", 70, ("SUMMARY:Dentist", "LOCATION:Mill Lane 3")),
    "BibTeX": ("In which year did Pegs without heads come out?", 60, ("Pegs without heads", "year = {2020}")),
    "PGN": ("Who had white at the York Cup?", 70, ("York Cup", 'White "Dunn"')),
    "whois": ("What is the phone of the admin contact?", 25, ("Admin Contact:", "555-2033")),
    "labelled lists": ("When was the chapel of York built?", 30, ("York:", "chapel, built 1544")),
    "mysql": ("Which city is Ben Carr in?", 50, ("name: Ben Carr", "city: York")),
    "kubectl": ("What is the memory limit of the sidecar?", 40, ("sidecar:", "memory:  128Mi")),
    "courses": ("Who teaches Roads of Rome?", 50, ("Roads of Rome", "Instructor: Carr")),
    "films": ("Who directed A Short Walk?", 30, ("A Short Walk", "Director: Ben Carr")),
    "glossary": ("What is a dowel?", 15, ("Dowel", "A peg without a head.")),
    "man page": ("Which option prints nothing but errors?", 25, ("-q, --quiet", "Print nothing but errors.")),
    "options": ("What does -q do?", 25, ("-q, --quiet", "Print nothing but errors.")),
    "Terraform": ("What instance type is the worker?", 40, ('"worker"', "m5.large")),
    "proto": ("Which number does orders have in Invoice?", 30, ("message Invoice", "repeated Order orders = 2;")),
    "GraphQL": ("Which fields does Invoice have?", 20, ("type Invoice", "orders: [Order]")),
    "Makefile": ("What does make test run?", 30, ("test: app", "./app --self-test\n\tdiff out.txt")),
    "R": ("What does scale_all do?", 40, ("scale_all", "(x - m) / sd(x)")),
}
PROSE = {
    "poem": """\
Tyger Tyger, burning bright,
   In the forests of the night;
What immortal hand or eye,
   Could frame thy fearful symmetry?

In what distant deeps or skies,
   Burnt the fire of thine eyes?
On what wings dare he aspire?
   What the hand, dare seize the fire?
""",
    "bare poem": """\
So much depends
upon

a red wheel
barrow

glazed with rain
water

beside the white
chickens
""",
    "haiku": """\
Old pond
a frog leaps
water's sound

Autumn moon
a worm digs
into the chestnut

Winter rain
a crow calls
upon the branch
""",
    "letter": """\
Anna Berg
12 Bell Yard
London

Ben Carr
34 Oak Street
Leeds

Dear Ben,

thank you for your letter. We will come on Monday, if the road is open.

Yours,
Anna Berg
Tel. 555-2033
""",
    "signature": """\
We shipped it on Monday. The bill is below. Please pay it within ten days.

--
Anna Berg
Sales
Phone: 555-2033

Ben Carr
Support
Phone: 555-9117

All prices are without tax. The offer stands until the end of May, and not longer.
""",
    "wrapped": """\
The mill at the river was built in the year of the great flood, and it was
sold to the town when the last miller died. Nobody has lived there since, but
the wheel still turns.

The quay was built later. It was paid for by the merchants of the town, who
wanted to bring their ships closer to the market.

The bridge is new. It was opened last year by the mayor, and it carries the
road to the north.
""",
    "indented first lines": """\
   It was a dark night and the wind blew from the north. He went
out and closed the door behind him.
   The road was empty. Nobody was there, and nothing moved but
the trees.
   He came to the bridge and stopped for a while to look at the
water.
""",
    "indented later first lines": """\
It was a dark night and the wind blew from the north
and he went out.
   The road was empty. Nobody was there.
He walked on.
   He came to the bridge
and stopped.
""",
    "hanging bibliography": """\
Berg, A. (2019). Water under roads and what it does to the stones
    of the walls. Leeds: Quay Press.
Carr, B. (2020). Pegs without heads and other things that a joiner
    knows. York: Mill Books.
Dunn, C. (2021). On bridges, and on those who have built them in the
    north. Bath: Pump Room.
""",
    "chat": """\
Anna: hi are you there
Ben: yes what is it
Anna: did you see the mill
Ben: no i was at the quay
Anna: it is for sale
Ben: how much do they want
""",
    "play": """\
ANNA
  I have not seen him.
BEN
  He was here, and he went away again.

They wait for a long time, and nobody comes to the door. The light goes out. It is cold.

And then there is a noise outside, as of a cart that is drawn over stones by two horses.
""",
    "list": """\
The parts are:
- a pump, which is old
- a valve, which is new
The tools are:
- a hammer
- a saw
""",
    "nested list": """\
- pumps
  - old
  - new
- valves
  - red
  - blue
""",
    "block quote": """\
He wrote to her at once and said what he thought of it:
    I will not come. The road is closed.
She wrote back on the same day, and she was not pleased:
    You never come. I will go alone.
And that was the end of it. They never met again, and the house was sold.
""",
    "short paragraphs": """\
The mill was sold.
Nobody knows why.

The quay is new.
It was built in 1901.

The bridge is old.
It may fall down.
""",
    "verse with numbers": """\
One for sorrow
Two for joy

Three for a girl
Four for a boy

Five for silver
Six for gold
""",
    "headings": """\
Mill

The mill was built in 1850 and is the oldest one in the town.

Quay

The quay was built in 1790 by the merchants of the town.

Tower

The tower is older than both.
""",
}
METHODS = ["auto", "extractive/bm25"]


def compressed(name, method, query=None, tokens=None):
    query, tokens = query or QUESTIONS[name][0], tokens or QUESTIONS[name][1]
    return ragzip.compress(TEXTS[name], query, target_tokens=tokens, compressor=method, cache=False)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", QUESTIONS)
def test_the_asked_value_comes_with_its_name(name, method):
    result = compressed(name, method)
    assert result.stats.tokens_out <= QUESTIONS[name][1]
    assert all(part in result.text for part in QUESTIONS[name][2])


@pytest.mark.parametrize("name", sorted(set(TEXTS) - {"kubectl", "labelled lists"}))
def test_blocks_are_known(name):
    assert structure_of(TEXTS[name], "text/plain", "0").kind == "blocks"
    assert structure_of(TEXTS[name].replace("\n", "\r\n"), "text/plain", "0").kind == "blocks"


@pytest.mark.parametrize("name", PROSE)
def test_prose_stays_prose(name):
    for text in (PROSE[name], PROSE[name].replace("\n", "\r\n"), "The first line of all.\n\n" + PROSE[name]):
        assert structure_of(text, "text/plain", "0").kind == "prose"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("tokens", [8, 10, 13, 16, 20, 26, 34, 50])
@pytest.mark.parametrize("name", ["people", "addresses", "orders", "votes", "whois", "films", "courses", "glossary"])
def test_no_value_comes_without_its_name(name, tokens, method):
    """Whatever the budget: the lines that are kept are those of records whose first line is kept."""
    result = compressed(name, method, tokens=tokens)
    assert result.stats.tokens_out <= tokens
    text = TEXTS[name]
    starts = [start for start, end in result.documents[0].spans for start in line_starts(text, start, end)]
    firsts = [unit.start for unit in read(text).units]
    for start in starts:
        assert max(first for first in firsts if first <= start) in starts


def line_starts(text, start, end):
    yield start
    for place in range(start, end - 1):
        if text[place] == "\n" and text[place + 1 : place + 2].strip(" ") != "\n":
            yield place + 1 + len(text[place + 1 : end]) - len(text[place + 1 : end].lstrip(" \t"))


@pytest.mark.parametrize("name", ["people", "orders", "votes", "films"])
def test_a_budget_too_small_for_a_record_gets_its_name_and_the_line(name):
    query, _, (record_name, value) = QUESTIONS[name]
    for tokens in range(10, 14):
        text = compressed(name, "extractive/bm25", tokens=tokens).text
        assert not text or record_name in text
    assert value in compressed(name, "extractive/bm25", tokens=14).text


def test_lines_of_a_large_record_need_its_name_and_their_heads():
    record = "Name: {}\nAge: 33\n" + "".join(f"Note {number}: the mill at number {number}\n" for number in range(30))
    text = "\n".join(record.format(name) for name in ("Anna Berg", "Ben Carr", "Cleo Dunn"))
    structure = read(text)
    assert all(unit.relation.needs or unit.relation.section for unit in structure.units)
    result = ragzip.compress(text, "What is note 17 of Ben Carr?", target_tokens=40, compressor="bm25", cache=False)
    assert "Name: Ben Carr" in result.text and "Note 17:" in result.text


def test_heads_are_nested_to_any_depth():
    body = "".join(f"      size {number}: {number} mm\n" for number in range(7))
    text = "".join(f"{town}\n  {work}\n    gate\n{body}" for town in ("Leeds", "York") for work in ("mill", "quay"))
    structure = read(text)
    sizes = [unit for unit in structure.units if text[unit.start : unit.end].startswith("size 3")]
    paths = [
        [text[structure.units[need].start : structure.units[need].end] for need in unit.relation.needs]
        for unit in sizes
    ]
    assert ["Leeds", "mill", "gate"] in paths and ["York", "quay", "gate"] in paths


def test_a_title_leads_the_records_below_it():
    text = "Former members\n\n" + TEXTS["people"]
    result = ragzip.compress(
        text, "In which city does Ben Carr live?", target_tokens=25, compressor="bm25", cache=False
    )
    assert result.text.startswith("Former members") and "City: York" in result.text


def test_a_label_ends_the_list_above_it():
    text = f"The town has a list of its works, which is below.\n\n{TEXTS['labelled lists']}\nThat is all of it."
    units = read_prose(text).units
    texts = [text[unit.start : unit.end] for unit in units]
    assert units[texts.index("- chapel, built 1544")].relation.needs == (texts.index("York:"),)
    wrapped = "1. Open it.\n2. Then press\n   OK:\n   - red\n   - green\n3. Close it."
    assert "2. Then press\n   OK:" in [wrapped[unit.start : unit.end] for unit in read_prose(wrapped).units]


def test_odd_texts_do_not_break_it():
    pillar = "".join(" " * depth + "key\n" for depth in range(1500))
    for text in (
        "",
        "{",
        "}",
        "{\n" * 60,
        "{\n}\n" * 60,
        "END:A\nBEGIN:A\n" * 9,
        "@a{\n" * 9,
        pillar * 2,
        "a:\n b\n" * 9,
        "\n" * 9,
    ):
        structure = read(text)
        assert structure is None or all(0 <= unit.start < unit.end <= len(text) for unit in structure.units)


def test_units_of_drawn_texts_are_in_order():
    rng = random.Random(5)
    pieces = [piece for text in TEXTS.values() for piece in text.splitlines(keepends=True)] + [
        "\n",
        "}\n",
        "a {\n",
        "  b\n",
    ]
    for _ in range(200):
        text = "".join(rng.choices(pieces, k=rng.randint(1, 30)))
        structure = read(text)
        recognises(text)
        if structure is not None:
            ends = [0, *(unit.end for unit in structure.units)]
            assert all(end <= unit.start < unit.end for end, unit in zip(ends, structure.units, strict=False))
            assert "".join(text.split()) == "".join(
                "".join(text[unit.start : unit.end].split()) for unit in structure.units
            )
