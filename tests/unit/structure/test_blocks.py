"""Records and blocks in plain text: no line comes under the name of another block, and prose stays prose."""

import random

import pytest
from block_samples import QUESTIONS, TEXTS
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats.blocks import read, recognises
from ragzip.text.structure.formats.prose.reader import read_prose

PROSE = {
    "cells, a line each": """\
Net sales
Flexibles
Rigid

2,777
897
3,673

11,154
3,540
14,694
""",
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
    "list": "The parts are:\n- a pump, which is old\n- a valve, which is new\nThe tools are:\n- a hammer\n- a saw\n",
    "nested list": "- pumps\n  - old\n  - new\n- valves\n  - red\n  - blue\n",
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
    return ragzip.compress(TEXTS[name], query, target_tokens=tokens, compressor=method, cache=SCORES)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", QUESTIONS)
def test_the_asked_value_comes_with_its_name(name, method):
    result = compressed(name, method)
    assert result.stats.tokens_out <= QUESTIONS[name][1]
    assert all(part in result.text for part in QUESTIONS[name][2])


@pytest.mark.parametrize("name", sorted(set(TEXTS) - {"kubectl", "labelled lists", "git log"}))
def test_blocks_are_known(name):
    assert structure_of(TEXTS[name], "text/plain", "0").kind == "blocks"
    assert structure_of(TEXTS[name].replace("\n", "\r\n"), "text/plain", "0").kind == "blocks"


@pytest.mark.parametrize("name", PROSE)
def test_prose_stays_prose(name):
    for text in (PROSE[name], PROSE[name].replace("\n", "\r\n"), "The first line of all.\n\n" + PROSE[name]):
        assert structure_of(text, "text/plain", "0").kind == "prose"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("tokens", [8, 10, 13, 16, 20, 26, 34, 50])
@pytest.mark.parametrize(
    "name", ["people", "addresses", "services", "products", "orders", "votes", "whois", "films", "courses", "glossary"]
)
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
    _, _, (record_name, value) = QUESTIONS[name]
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


def test_what_stands_around_records_is_of_none():
    prompt = "mysql> select * from staff\\G\n" + TEXTS["mysql"] + "3 rows in set (0.00 sec)\n"
    result = ragzip.compress(prompt, "Which city is Ben Carr in?", target_tokens=40, compressor="bm25", cache=False)
    assert "name: Ben Carr\ncity: York" in result.text and "Anna" not in result.text
    log = "COMMIT LOG\n\n" + TEXTS["git log"]
    assert next(log[unit.start : unit.end] for unit in read(log).units) == "COMMIT LOG"


def test_entries_that_close_on_their_last_line():
    entry = "@book{{{0}, title={{{1}}},\nauthor={{{2}}},\nyear={{{3}}}}}\n"
    entries = [("b", "Water", "Berg", 2019), ("c", "Pegs", "Carr", 2020), ("d", "Bridges", "Dunn", 2021)]
    text = "".join(entry.format(*values) for values in entries)
    assert [text[unit.start : unit.end] for unit in read(text).units] == [
        entry.format(*values).strip() for values in entries
    ]


def test_lines_of_a_long_card_come_with_the_name_on_it():
    notes = "".join(f"X-NOTE-{number}:note {number} of the card\n" for number in range(25))
    card = "BEGIN:VCARD\nVERSION:3.0\nFN:{}\nTEL:{}\n" + notes + "END:VCARD\n"
    text = card.format("Anna Berg", "555-2033") + card.format("Ben Carr", "555-9117")
    units = read(text).units
    places = {text[unit.start : unit.end]: place for place, unit in enumerate(units)}
    telephone = units[places["TEL:555-9117"]]
    needed = [text[slice(*units[need].span)] for need in telephone.relation.needs]
    assert sorted(needed) == ["BEGIN:VCARD", "END:VCARD", "FN:Ben Carr"] and "Ben Carr" in telephone.reading


def test_a_label_ends_the_list_above_it():
    text = f"The town has a list of its works, which is below.\n\n{TEXTS['labelled lists']}\nThat is all of it."
    units = read_prose(text).units
    texts = [text[unit.start : unit.end] for unit in units]
    assert units[texts.index("- chapel, built 1544")].relation.needs == (texts.index("York:"),)
    wrapped = "1. Open it.\n2. Then press\n   OK:\n   - red\n   - green\n3. Close it."
    assert "2. Then press\n   OK:" in [wrapped[unit.start : unit.end] for unit in read_prose(wrapped).units]


def test_odd_texts_do_not_break_it(at_length):
    pillar = "".join(" " * depth + "key\n" for depth in range(1500 if at_length else 300))
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


@pytest.mark.parametrize(
    "footer", ["Ek & Lund           Small Links           [Page 7]", "Harbour rules           Page 7 of 9"]
)
def test_the_margins_of_a_page_are_no_heads_of_what_is_indented(footer):
    text = (
        "1.1.  Frames\n\n   A frame must not be sent more than five times.  It is dropped\n   then.\n\n"
        f"{footer}\n\n   A gap of more than 32 numbers is a restart of the\n   peer, unless the flag is set.\n"
    )
    kept_text = ragzip.compress(text, "What is a gap of numbers?", rate=0.5, cache=False).text
    assert "A gap of more than 32" in kept_text and footer not in kept_text


def test_a_title_with_a_line_under_it_leads_the_blocks_below():
    section = (
        "{} options\n==============\n\nlimit\n    Calls at once. Default: {}.\n\ntimeout\n    Seconds. Default: {}.\n"
    )
    source = "\n".join([section.format("Server", 100, 300), section.format("Client", 8, 60)])
    units = read(source).units
    texts = [source[unit.start : unit.end] for unit in units]
    titles = [place for place, text in enumerate(texts) if text.endswith("==")]
    assert titles == [0, 3]
    assert [unit.relation.needs for unit in units] == [(), (0,), (0,), (), (3,), (3,)]
    assert all(units[place].relation.section is not None for place in titles)


CATALOGUE = (
    'msgid "Sign in"\nmsgstr "Anmelden"\n\n#. Button below the basket\n#: shop/basket.py:44\nmsgid "Check out"\n'
    'msgstr "Zur Kasse"\n\nmsgid "%d item"\nmsgid_plural "%d items"\nmsgstr[0] "%d Artikel"\nmsgstr[1] "%d Artikel"\n\n'
    '#, fuzzy\nmsgid "Your order has been shipped."\nmsgstr "Ihre Bestellung wurde versandt."\n'
)


def test_a_message_comes_with_its_translation_and_its_comments():
    structure = structure_of(CATALOGUE, "", "de.po")
    assert structure.kind == "blocks"
    assert [CATALOGUE[slice(*unit.span)] for unit in structure.units] == CATALOGUE.strip().split("\n\n")
    kept = ragzip.compress(ragzip.Document("de.po", CATALOGUE), "How is Check out translated?", target_tokens=40).text
    assert '#. Button below the basket\n#: shop/basket.py:44\nmsgid "Check out"\nmsgstr "Zur Kasse"' in kept
