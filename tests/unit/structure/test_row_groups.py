"""Rows that are read with another one: under a label, or with cells left empty for "as above"."""

import pytest

import ragzip
from ragzip.text.structure import structure_of

TOWNS = """\
country,city,people
France,Lyon,522
,Lille,236
,Nantes,320
Italy,Turin,848
,Bari,316
Spain,Seville,684
,Malaga,578
,Murcia,460
"""
NESTED = """\
country,region,city,people
France,North,Lille,236
,,Roubaix,98
,South,Nice,342
,,Toulon,171
Italy,South,Bari,316
,,Lecce,95
"""
ALIGNED = """\
Country   City      People
France    Lyon         522
          Lille        236
Spain     Seville      684
          Malaga       578
          Murcia       460
"""
SECTIONS = """\
item,price
Section: Fruit,
Apple,1.20
Pear,1.50
Section: Vegetables,
Leek,0.90
Carrot,0.70
"""
MANY_SECTIONS = "item,price,stock\nFruit,,\nApple,1.20,4\nPear,2,6\nRoots,,\nCarrot,0.70,9\nNuts,,\nHazelnut,8.10,2\n"

BOLD_LABELS = """\
| Item | Price (EUR) |
| --- | --- |
| **Adults** | |
| Day ticket | 12 |
| Year ticket | 60 |
| **Children** | |
| Day ticket | 5 |
| **Total** | 77 |
"""
PLAIN_LABELS = BOLD_LABELS.replace("**", "")
GAPS = "| Item | Price |\n| --- | --- |\n| **Tea** | |\n| **Rice** | 2 |\n| **Milk** | 1 |\n"


def needed_by(text, row, name="a.csv"):
    units = structure_of(text, "text/plain", name).units
    unit = next(unit for unit in units if row in text[unit.start : unit.end])
    return [text[units[need].start : units[need].end] for need in unit.relation.needs][1:], unit.reading


def compressed(text, query, tokens):
    return ragzip.compress(ragzip.Document("a.csv", text), query, target_tokens=tokens, cache=False).text


def test_a_row_needs_the_one_that_fills_its_empty_cells():
    assert needed_by(TOWNS, "Malaga") == (["Spain,Seville,684"], "country: Spain, city: Malaga, people: 578")
    rows = compressed(TOWNS, "How many people live in Malaga?", 25).split("\n")
    assert rows == ["country,city,people", "Spain,Seville,684", ",Malaga,578"]
    assert needed_by(ALIGNED, "Malaga", "0")[0] == ["Spain     Seville      684"]


def test_groups_may_stand_in_groups():
    needed, reading = needed_by(NESTED, "Toulon")
    assert needed == ["France,North,Lille,236", ",South,Nice,342"]
    assert reading == "country: France, region: South, city: Toulon, people: 171"
    assert needed_by(NESTED, "Lecce")[0] == ["Italy,South,Bari,316"]


@pytest.mark.parametrize("row", ["Leek,0.90", "Carrot,0.70"])
def test_rows_stand_under_the_label_of_their_section(row):
    assert needed_by(SECTIONS, row) == (
        ["Section: Vegetables,"],
        f"Section: Vegetables: item: {row.split(',')[0]}, price: {row.split(',')[1]}",
    )
    assert needed_by(MANY_SECTIONS, "Hazelnut")[0] == ["Nuts,,"]


@pytest.mark.parametrize(
    "text",
    [
        "name,phone,town\nAnn,123,Ayr\n,456,Oban\nBen,789,\n,,Wick\n",  # gaps
        "code,town,people\n7,Ayr,40\n,Oban,50\n,Wick,60\n8,Elgin,70\n",  # numbers name no groups
        "name,note\nAnn,\nBen,late\nCid,\n",
    ],
)
def test_gaps_are_no_groups(text):
    structure = structure_of(text, "text/plain", "a.csv")
    assert all(len(unit.relation.needs) <= 1 for unit in structure.units)


HOURS = """\
Week 24                Mon   Tue   Wed   Thu   Fri   Sum
Anna Berg              8.0   7.5   8.0   4.0   -     27.5
  of it project Orion  6.0   7.5   2.0   -     -     15.5
Ben Carlsen            8.0   8.0   8.0   8.0   6.0   38.0
  of it project Orion  -     -     4.0   8.0   -     12.0
Cleo Dahl              -     -     8.0   8.0   8.0   24.0
  of it project Orion  -     -     1.0   -     2.0   3.0
"""
EXPORTS = """\
item,2022,2023
Steel,120,130
  of which abroad,40,55
Wood,310,290
  of which abroad,15,12
Paper,80,95
  of which abroad,60,70
"""


@pytest.mark.parametrize("rate", [0.5, 0.65])
@pytest.mark.parametrize(
    ("source", "query", "owner", "row"),
    [
        (HOURS, "How many hours did Ben work on Orion?", "Ben Carlsen", "  of it project Orion  -     -     4.0"),
        (HOURS, "What are the Orion hours of Cleo Dahl?", "Cleo Dahl", "  of it project Orion  -     -     1.0"),
        (EXPORTS, "How much paper went abroad in 2023?", "Paper,80,95", "  of which abroad,60,70"),
    ],
)
def test_a_row_that_stands_further_in_comes_with_the_one_that_it_is_of(source, query, owner, row, rate):
    lines = ragzip.compress(source, query, rate=rate, cache=False).text.split("\n")
    place = next(place for place, line in enumerate(lines) if line.startswith(row))
    assert lines[place - 1].startswith(owner)
    rows = [place for place, line in enumerate(lines) if line.startswith("  of")]
    assert all(not lines[place - 1].startswith("  of") for place in rows)


@pytest.mark.parametrize("table", [BOLD_LABELS, PLAIN_LABELS, f"# Tickets\n\n{BOLD_LABELS}"])
def test_labels_over_two_columns(table):
    row = "| Day ticket | 5 |"
    needed, reading = needed_by(table, row, "a.md")
    assert needed[-1].strip("|* ") == "Children" and reading == "Children: Item: Day ticket, Price (EUR): 5"
    text = ragzip.compress(table, "How much is a day ticket for children?", target_tokens=34, cache=False).text
    assert row in text and "Children" in text and "12" not in text
    for target_tokens in range(10, 50, 3):  # no label over nothing
        text = ragzip.compress(table, "tickets for children", target_tokens=target_tokens, cache=False).text
        assert "Children" not in text.rpartition("\n")[2]


def test_a_cell_left_empty_is_no_label():
    assert needed_by(GAPS, "Rice", "a.md") == ([], "Item: **Rice**, Price: 2")


TITLED = """\
Table 2: Revenue in thousand EUR

| Year | North | South |
| --- | --- | --- |
| 2021 | 410 | 388 |
| 2022 | 455 | 402 |

{title}

| Year | North | South |
| --- | --- | --- |
| 2021 | 14 | 12 |
| 2022 | 16 | 12 |
"""


@pytest.mark.parametrize("title", ["Table 3: Staff", "**Table 3.** Staff, at the end of the year.", "Staff by town"])
def test_a_row_comes_with_the_title_of_its_table(title):
    table = TITLED.format(title=title)
    needed, reading = needed_by(table, "| 2022 | 16 | 12 |", "a.md")
    units = structure_of(table, "text/plain", "a.md").units
    row = next(unit for unit in units if "| 2022 | 16 |" in table[unit.start : unit.end])
    assert table[slice(*units[row.relation.needs[0]].span)] == title and "Staff" in reading and len(needed) == 1
    for target_tokens in range(12, 75, 4):
        text = ragzip.compress(
            table, "How many staff in the North in 2022?", target_tokens=target_tokens, cache=False
        ).text
        assert ("| 2022 | 16 |" in text or "| 2021 | 14 |" in text) == (title in text)
        assert ("455" in text or "410" in text) == ("Table 2" in text)


@pytest.mark.parametrize(
    "above", ["It grew. All are paid in EUR.", "- an item", "2. Open it", "this is so: see below.", "word " * 20]
)
def test_a_statement_above_a_table_is_no_title(above):
    needed, reading = needed_by(TITLED.format(title=above), "| 2022 | 16 | 12 |", "a.md")
    assert needed == [] and reading == "Year: 2022, North: 16, South: 12"


METER = """\
# meter 4471, Haus 3
# consumption in kWh, cost in EUR
month,consumption,cost
2024-01,355,106.50
2024-02,310,93.00
2024-03,287,86.10
"""
WELLS = """\
# wells of the district, north
# depth in m, yield in l/s
well;depth;yield
A1;41,5;2,2
A2;38,0;1,9
B1;52,3;3,4
"""


@pytest.mark.parametrize(("source", "row"), [(METER, "2024-02"), (WELLS, "A2")])
def test_a_row_needs_the_comments_with_the_units(source, row):
    units = structure_of(source, "", "").units
    texts = [source[slice(*unit.span)] for unit in units]
    place = next(place for place, text in enumerate(texts) if text.startswith(row))
    needed_texts = [texts[needed] for needed in units[place].relation.needs]
    assert any(" in " in text for text in needed_texts)
    assert all(unit.relation.section is not None for unit, text in zip(units, texts, strict=True) if text[0] == "#")


SURVEY = """\
Q7. How satisfied are you with the canteen?

very    12 %
rather  40 %
hardly  30 %
not     18 %

Q8. How satisfied are you with the parking?

very    5 %
rather  20 %
hardly  35 %
not     40 %
"""


@pytest.mark.parametrize("survey", [SURVEY, SURVEY.replace("?\n\n", "?\n"), SURVEY.replace(" %", "")])
def test_figures_of_a_survey_come_with_their_question(survey):
    for target_tokens in range(14, 60, 6):
        text = ragzip.compress(survey, "How many are not satisfied with the parking?", target_tokens=target_tokens).text
        question = ""
        for line in filter(None, text.split("\n")):
            if line.endswith("?"):
                question = line
            else:
                place = survey.index(question) if question else len(survey)
                assert line in survey[place:].split("?")[1]
        assert not text.rstrip().endswith("?")


NUMBERED_SURVEY = """\
# Customer survey 2025

We asked 611 customers in March. The answers were weighted by age.

7. How satisfied are you with our delivery?

Very satisfied: 34 %
Satisfied: 45 %
Not satisfied: 21 %

The share of very satisfied customers rose by four points.

8. Would you buy from us again?

Yes: 78 %
No: 9 %
Not sure: 13 %

Most of those who said no live abroad.
"""
SURVEY_WITH_COUNTS = """\
Question 7 (n = 611): How satisfied are you with our delivery?
Very satisfied    34
Satisfied         45
Not satisfied     21

Question 8 (n = 598): Would you buy from us again?
Yes               78
No                 9
Not sure          13
"""
SURVEY_IN_TABLES = """\
Question 7: How satisfied are you with our delivery?

| Answer | Share |
|---|---|
| Satisfied | 79 % |
| Not satisfied | 21 % |

Question 8: Would you buy from us again?

| Answer | Share |
|---|---|
| Yes | 78 % |
| No | 9 % |
"""


@pytest.mark.parametrize(
    "survey",
    [
        NUMBERED_SURVEY,
        NUMBERED_SURVEY.replace("7. ", "Q7 ").replace("8. ", "Q8 "),
        SURVEY_WITH_COUNTS,
        SURVEY_IN_TABLES,
    ],
)
def test_figures_need_the_question_above_them_however_it_is_numbered(survey):
    structure = structure_of(survey, "", "")
    texts = [survey[slice(*unit.span)] for unit in structure.units]
    for answer, question in [("Satisfied", "delivery?"), ("Yes", "again?")]:
        place = next(place for place, text in enumerate(texts) if text.lstrip("| ").startswith(answer))
        needed_texts = [texts[needed] for needed in structure.units[place].relation.needs]
        assert sum(text.endswith("?") for text in needed_texts) == 1
        assert any(text.endswith(question) for text in needed_texts)
    kept_text = ragzip.compress(survey, "How many would buy again?", target_tokens=40).text
    assert "again?" in kept_text and "78" in kept_text


def test_what_follows_a_question_without_figures_does_not_need_it():
    text = "We went home. Who knew why?\n\n- Ann left at 8\n- Ben stayed\n- Cay slept\n\nThe rest is history."
    structure = structure_of(text, "", "")
    assert not any(unit.relation.head == 1 for unit in structure.units)


def test_lines_that_are_alike_are_told_apart_by_their_questions():
    poll = (
        "The poll was taken in May among 340 members.\n\n9. Thinking about the last twelve months, how often did you\n"
        "visit the public library?\n\nNever 38 %\n1-5 times 41 %\nMore often 21 %\n\n"
        "10. And how often did you visit a museum?\n\nNever 55 %\n1-5 times 37 %\nMore often 8 %\n\nWe thank you all.\n"
    )
    for query, figure in [("How many never visited a museum?", "55"), ("How many never went to the library?", "38")]:
        kept_text = ragzip.compress(poll, query, target_tokens=38).text
        assert f"Never {figure} %" in kept_text


FAIR_VALUES = """Item,Level 1,Level 2,Total
"June 30, 2019",,,
Financial assets:,,,
Money market funds,"81,945",12,"81,957"
"June 30, 2018",,,
Financial assets:,,,
Money market funds,"14,918",7,"14,925"
"""
FAIR_VALUES_OF_MARKDOWN = """| Item | Level 1 | Level 2 | Total |
| --- | --- | --- | --- |
| June 30, 2019 | | | |
| Financial assets: | | | |
| Money market funds | 81,945 | 12 | 81,957 |
| June 30, 2018 | | | |
| Financial assets: | | | |
| Money market funds | 14,918 | 7 | 14,925 |
"""


@pytest.mark.parametrize(
    ("name", "text", "target"), [("t.csv", FAIR_VALUES, 50), ("t.md", FAIR_VALUES_OF_MARKDOWN, 78)]
)
@pytest.mark.parametrize(("year", "total", "other"), [("2019", "81,957", "14,925"), ("2018", "14,925", "81,957")])
def test_a_row_comes_with_the_date_and_the_name_of_its_group(name, text, target, year, total, other):
    query = f"What is the total of money market funds as at June 30, {year}?"
    kept = ragzip.compress([ragzip.Document(name, text)], query, target_tokens=target, cache=False).text
    assert f"June 30, {year}" in kept and "Financial assets:" in kept and total in kept and other not in kept


def test_no_date_and_no_name_of_a_group_comes_alone():
    for budget in range(20, 100, 4):
        for query in ("June 30, 2019", "financial assets", "What are they?"):
            kept = ragzip.compress(
                [ragzip.Document("t.csv", FAIR_VALUES)], query, target_tokens=budget, cache=False
            ).text
            assert not kept or "Money market funds" in kept.splitlines()[-1], (budget, query, kept)
