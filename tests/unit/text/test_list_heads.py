"""Lines without a colon that deny what stands below them, and their opposites: what is below needs its own."""

import pytest

import ragzip
from ragzip.text.splitters import units
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats.prose.reader import read_prose

PROSE = "\n\nThe hall is grey and old. It rained all day. We left early. Coffee was cold in the kitchen."
OPPOSITES = [
    ("Not included in the price\nFlights\nVisa fees", "Included in the price\nBreakfast\nWi-Fi"),
    (
        "Who must not take this medicine\n\nPeople with asthma\nPregnant women",
        "Who can take it\n\nAdults\nTeenagers",
    ),
    ("NOT COVERED\nFrost\nWar", "COVERED\nStorm\nHail"),
    ("Candidates rejected in 2023\nAnna Low\nBen Fox", "Candidates admitted in 2023\nCara May\nDan Ray"),
    ("Things we no longer sell\n\n- Fax machines\n- Pagers", "Things we sell\n\n- Laptops\n- Phones"),
    ("Ne sont pas remboursés\n\n- les frais de port", "Sont remboursés\n\n- les articles neufs"),
    ("Cons\nHeavy\nSlow\nLoud", "Pros\nCheap\nFast"),
    ("Closed in winter\nZoo\nLake hut", "Open in winter\nMuseum\nSauna"),
    ("Rejected\nAnna Low\nBen Fox", "Admitted\nCara May\nDan Ray"),
    ("Nicht im Preis enthalten\nFlüge\nGetränke", "Im Preis enthalten\nFrühstück\nTransfer"),
    ("不予退款的情况\n\n- 已拆封商品\n- 定制商品", "可以退款的情况\n\n- 损坏商品"),
]


@pytest.mark.parametrize(("first", "second"), OPPOSITES)
@pytest.mark.parametrize("turned", [False, True])
def test_lines_need_the_head_that_stands_over_them(first: str, second: str, turned: bool) -> None:
    upper, lower = (second, first) if turned else (first, second)
    text = f"{upper}\n\n{lower}{PROSE}"
    text_units = read_prose(text).units
    heads = [place for place, unit in enumerate(text_units) if unit.relation.section is not None]
    assert [text[slice(*text_units[head].span)] for head in heads] == [
        part.split("\n", 1)[0] for part in (upper, lower)
    ]
    first_of_prose = next(place for place, unit in enumerate(text_units) if text.startswith("The hall", unit.start))
    for place, unit in enumerate(text_units[:first_of_prose]):
        if place not in heads:
            assert unit.relation.needs == (max(head for head in heads if head < place),)
    assert not any(unit.relation.needs for unit in text_units[first_of_prose:])


@pytest.mark.parametrize(
    "lead",
    [
        "None of the following is tax-deductible.",
        "Under no circumstances may you bring these on board.",
        "The insurance does not pay for the following damage.",
        "Folgende Schäden sind nicht versichert.",
        "Not covered.",
    ],
)
def test_items_need_the_whole_sentence_that_announces_them(lead: str) -> None:
    text = f"{lead}\n\n- Gym fees\n- Pet food\n\nWork clothes are fine.{PROSE}"
    assert [unit.relation.needs for unit in read_prose(text).units[:4]] == [(), (0,), (0,), ()]


@pytest.mark.parametrize(
    "text",
    [
        "I can't forget\nThe night in Rome\nYou never came\n\nThe train had left\nAt half past nine",
        "Large accelerated filer\nAccelerated filer\n\nNon-accelerated filer\nSmaller reporting company",
        "Ann Lee\n12 Long Road\n\nNo Name Ltd\n14 Short Road",
        "The board did not meet in May.\n\n- Ann calls the bank.\n- Bo writes the report.",
    ],
)
def test_other_lines_head_nothing(text: str) -> None:
    assert "lead-in" not in [unit.kind for unit in units(text)]


@pytest.mark.parametrize(("one", "two"), [("2019:", "2020:"), ("May 2019:", "June 2019:"), ("3 May:", "14 June:")])
def test_statements_need_the_year_or_day_right_above_them(one: str, two: str) -> None:
    text = f"{one}\nSales rose by 4 %.\n\n{two}\nSales rose by 4 %. Costs fell.{PROSE}"
    assert [unit.relation.needs for unit in read_prose(text).units[:6]] == [(), (0,), (), (2,), (2,), ()]


def test_the_last_of_several_lines_heads_no_paragraph() -> None:
    text = f"The following are banned:\n\nKnives\nGuns{PROSE}"
    assert [unit.relation.needs for unit in read_prose(text).units[:4]] == [(), (0,), (0,), ()]


@pytest.mark.parametrize("headings", [["OPENING HOURS", "GETTING HERE", "TICKETS"], ["ZEITEN", "ANFAHRT", "EINTRITT"]])
def test_a_word_in_capitals_over_entries_is_a_heading_where_others_are(headings):
    sections = [
        "Monday: 9 to 6\nSunday: closed",
        "Bus 4 stops at the door. There is no car park.",
        "Adults: 12\nPupils: 7",
    ]
    text = "\n\n".join(part for pair in zip(headings, sections, strict=True) for part in pair)
    parts = structure_of(text, "", "sheet.txt").units
    last = parts[-1]
    assert last.relation.heading is not None
    heading = parts[last.relation.heading]
    assert text[heading.start : heading.end] == headings[-1]


def test_a_heading_that_is_asked_for_brings_the_lines_below_it():
    query, kept = "What are the disadvantages?", "Disadvantages\nLoud\nNot durable"
    halls = "\n\n".join(
        f"Hall {number} is grey and was swept by the night shift before the fair." for number in range(20)
    )
    text = f"Figures\nCheap\nQuick to build\n\n{kept}\n\n{halls}"
    assert ragzip.compress(text, query, compressor="extractive/bm25", target_tokens=40).text == kept


@pytest.mark.parametrize(
    ("status", "line"), [("Cancelled", "11:30 Parking (Dora)"), ("Sold out", "Row 5"), ("Abgesagt", "12:00 Chor")]
)
def test_a_status_over_lines_says_nothing_of_those_above_the_blank_line(status, line):
    text = f"09:00 Welcome (Kim)\n09:30 Budgets (Bob)\n10:00 Break\n\n{status}\n{line}\n" + PROSE
    kept = ragzip.compress(text, "Who speaks about budgets?", compressor="extractive/bm25", target_tokens=30).text
    assert "Budgets" in kept and status not in kept
    kept = ragzip.compress(text, line, compressor="extractive/bm25", target_tokens=12).text
    assert f"{status}\n{line}" in kept


LEASE = """1. The Landlord shall keep in repair:
(a) the roof;
(b) the parts named below, which are:
(i) the pipes;
(ii) the boiler;
(c) the walls.
2. The Tenant shall not:
(a) keep animals;
(b) sublet the flat.
3. The Tenant pays the rent."""
LAW = """(1) Shops may be open on working days.
(2) On Sundays shops shall be closed.
(3) Paragraph 2 does not apply to:
(a) pharmacies;
(b) bakeries, for three hours.
(4) The municipality may allow others to open. It shall not do so in December."""
PACKING = "• Forbidden on the site:\n– glass\n– drones\n• Allowed:\n– bikes"


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        (LEASE, {1: (0,), 2: (0,), 3: (0, 2), 4: (0, 2), 5: (0,), 7: (6,), 8: (6,)}),
        (LAW, {2: (1,), 3: (2, 1), 4: (2, 1)}),
        (PACKING, {1: (0,), 2: (0,), 4: (3,)}),
        ("1) Pears\n- soft\n2) Plums\n- blue", {1: (0,), 3: (2,)}),
        ("1. Open the lid.\n- Take care.\n2. Close it.", {}),
        ("- Red:\n- Green:\n- Blue", {}),
    ],
)
def test_items_in_the_column_of_an_item_that_leads_to_them_stand_under_it(text, needs):
    text_units = read_prose(text).units
    assert {number: unit.relation.needs for number, unit in enumerate(text_units) if unit.relation.needs} == needs


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_no_item_comes_without_the_one_that_leads_to_it_nor_that_alone(compressor):
    for text, query in ((LEASE, "May the tenant keep animals?"), (LAW, "May shops open on a Sunday in December?")):
        for target_tokens in range(12, 80, 6):
            kept = ragzip.compress(text, query, target_tokens=target_tokens, compressor=compressor, cache=False).text
            assert "keep animals" not in kept or "The Tenant shall not:" in kept
            assert ("does not apply to:" in kept) == ("pharmacies" in kept or "bakeries" in kept)
