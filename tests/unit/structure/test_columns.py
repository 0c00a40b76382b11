"""Lists that are rows of a table, with the names of their columns in another list."""

import json

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats.table.columns import columns_of

COLUMNS = ["station", "city", "opened", "platforms"]
STATIONS = [
    ["Kings Cross", "London", 1852, 12],
    ["Leeds", "Leeds", 1938, 17],
    ["Queen Street", "Glasgow", 1842, 9],
    ["Haymarket", "Edinburgh", 1842, 5],
]
NAMED = [{"name": name, "type": "text"} for name in COLUMNS]


@pytest.mark.parametrize(
    "value",
    [
        {"columns": COLUMNS, "index": [0, 1, 2, 3], "data": STATIONS},
        {"rows": STATIONS, "total": 4, "types": ["a", "a", "b", "b"], "fields": NAMED},
        {"range": "A1:D5", "values": [COLUMNS, *([*row[:2], *map(str, row[2:])] for row in STATIONS)]},
        [COLUMNS, *STATIONS],
    ],
    ids=["split", "fields", "sheet", "list"],
)
def test_rows_come_with_the_names_of_their_columns(value):
    text = json.dumps(value)
    structure = structure_of(text, "", "")
    (row,) = [unit for unit in structure.units if "Queen" in text[unit.start : unit.end]]
    assert "station: Queen Street, city: Glasgow, opened: 1842, platforms: 9" in row.reading
    (header,) = [structure.units[need] for need in row.relation.needs]
    assert "platforms" in text[header.start : header.end] and header.relation.section is not None
    kept = ragzip.compress(text, "When was Queen Street opened?", rate=0.6, compressor="extractive/bm25").text
    assert "Queen Street" in kept and "platforms" in kept


@pytest.mark.parametrize(
    "value",
    [
        {"names": ["a b", "c d"], "pairs": [[1, 2], [3, 4], [5, 6, 7]]},
        {"names": ["a b", "a b"], "pairs": [[1, 2], [3, 4]]},
        [["Leeds", "Oban"], ["Perth", "Ayr"], ["Kyle", "Wick"], ["Leeds", "Mallaig"]],
        {"coordinates": [[1.5, 2.5], [3.5, 4.5]], "ids": [1, 2]},
    ],
)
def test_lists_without_names_of_columns_are_none(value):
    readings = [unit.reading for unit in structure_of(json.dumps(value), "application/json", "").units]
    assert not any(": 4" in reading or "Leeds: Perth" in reading for reading in readings), readings


def test_strings_beside_rows_are_no_names_of_columns():
    text = json.dumps({"authors": ["Ann Lee", "Bob Ray"], "polygon": [[0, 2], [1, 2], [3, 4]]})
    assert not any("Ann Lee: " in unit.reading for unit in structure_of(text, "", "").units)


PARTS = [
    f"SK-{number},{part},{37 * number},B{number % 3}\n"
    for number, part in enumerate(
        ["hex bolt M8", "washer 8mm", "door hinge", "LED strip 5m", "pipe clamp", "wood glue", "cable tie"], 1
    )
]
STOCK = "sku,part,qty,bin\n" + "".join(PARTS)
RAGGED = "# store: Utrecht\nsku,part,qty,bin,note\n" + 'SK-0,jar 1l,12,B0,"fragile, upright"\n' + "".join(PARTS)


@pytest.mark.parametrize("source", [STOCK, RAGGED])
@pytest.mark.parametrize(
    ("query", "row"),
    [
        ("How many LED strips are in stock and in which bin?", "SK-4,LED strip 5m,148,B1"),
        ("In which bin are washers, and how many?", "SK-2,washer 8mm,74,B2"),
    ],
)
@pytest.mark.parametrize("tokens", [45, 80])
def test_a_row_comes_whole_that_is_named_without_its_size(source, query, row, tokens):
    assert structure_of(source, "text/plain", "0").kind == "table"
    text = ragzip.compress(source, query, target_tokens=tokens, cache=SCORES).text
    assert "sku,part,qty,bin" in text and row in text


TICKETS = "ticket,opened,subject,body\n" + "".join(
    f'T-{number},2024-05-1{number},{subject},"{body}"\n'
    for number, (subject, body) in enumerate(
        [
            ("Login fails", "Nobody can log in.\nError: 403."),
            ("VPN slow", "It has 2 Mbit/s\nsince the update to 5.3."),
            ("Printer", "Paper jam on floor 2."),
            ("Phone", "The battery is swollen."),
        ]
    )
)


@pytest.mark.parametrize("source", [TICKETS, TICKETS.replace("\nsince", " since").replace("\nError", " Error")])
def test_rows_that_end_in_sentences_come_with_their_header(source):
    assert structure_of(source, "text/plain", "0").kind == "table"
    text = ragzip.compress(source, "Since which update is the VPN slow?", target_tokens=40, cache=SCORES).text
    assert "ticket,opened,subject,body" in text and "T-1,2024-05-11,VPN slow" in text


def test_lines_of_prose_with_commas_are_no_rows():
    prose = "In 1902, at dawn, it rained.\nIn 1903, at noon, it did not.\nIn 1904, at night, it froze.\n"
    assert structure_of(prose, "text/plain", "0").kind == "prose"


ELECTION = """\
Party,Colour,Candidate,Votes,%,Since,Office,Remarks
Yellow,y,Ann Lee,"7,110",58.1,1998,North,first time
Blue,b,Rear-Admiral Kenneth Dewar,"5,127",40.8,2004,South,stood before
Grey,g,Cy Dole,139,1.1,2010,West,by post
"""
CAREER = """\
Club,Season,Apps,Goals,Trainer,Town,Colours
Stoke,1962-63,22,6,Lee,Stoke,red and white
Stoke,1963-64,49,9,Lee,Stoke,red and white
Oldham,1966-67,42,7,Roy,Oldham,blue
Oldham,1967-68,39,4,Roy,Oldham,blue
Oldham,1968-69,44,13,Max,Oldham,blue
Rochdale,1972-73,40,3,Roy,Rochdale,blue and black
"""
TOWNS = "Arms,Town,Inhabitants (31 December 2017),Area in km²,Code\n" + "".join(
    f"x,{town},{number},{area},{code}\n"
    for town, number, area, code in [("Berg", 823, 3.7, 3211), ("Goldach", 9048, 4.7, 3213), ("Thal", 6480, 9.6, 3237)]
)


@pytest.mark.parametrize(
    ("source", "query", "columns"),
    [
        (TOWNS, "What are the two towns with the most inhabitants?", "Town Inhabitants"),
        (ELECTION, "Who were the top two candidates, and their results?", "Candidate Votes %"),
        (ELECTION, "What was Dewar's total of votes?", "Candidate Votes"),
        (ELECTION, "What share of the total had the party of Dole?", "Party Candidate %"),
        (CAREER, "How many goals and matches did he have with his first club?", "Club Season Apps Goals"),
        (CAREER, "How many years did he play for each club?", "Club Season"),
        (CAREER, "Which club had the most appearances in total?", "Club Apps"),
    ],
)
def test_the_columns_that_are_compared_are_those_of_the_question(source, query, columns):
    (table,) = structure_of(source, "text/csv", "t.csv").tables
    names = {table.columns[column].split(" (")[0] for column in columns_of(query, source, table)}
    assert names >= set(columns.split()) and len(names) < len(table.columns)


@pytest.mark.parametrize("query", ["Which is the largest?", "Which town is best?"])
def test_where_any_column_may_be_meant_rows_stay_whole(query):
    (table,) = structure_of(TOWNS, "text/csv", "t.csv").tables
    assert columns_of(query, TOWNS, table) == ()


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_columns_are_left_out_only_where_that_saves_a_third(compressor):
    def kept(source):
        other = "Ferries run hourly from a pier below churches. " * 5
        return ragzip.compress(
            [source, other], "Which town has the most visitors?", compressor=compressor, target_tokens=150
        )

    rows = [(town, 900 + 70 * number) for number, town in enumerate(["Berg", "Goldach", "Thal", "Mels", "Egg", "Au"])]
    rows += [(f"{town} am See", visitors + 30) for town, visitors in rows]
    short = kept("town,code,visitors\n" + "".join(f"{town} upon the lake,A,{number}\n" for town, number in rows))
    assert "town,code,visitors" in short.text and any("all 12 rows" in note for note in short.stats.notes)
    long = kept("town,about,visitors\n" + "".join(f"{town},a long remark on it,{number}\n" for town, number in rows))
    assert "town,visitors" in long.text and "remark" not in long.text


PEOPLE = ["Anna Weber", "Ben Alvarez", "Chloe Martin", "David Kim", "Eva Novak", "Farid Aziz", "Greta Lind", "Hugo Ray"]
TOWNS_OF_STAFF = ["Berlin-Charlottenburg", "Madrid", "Paris", "Seoul", "Prague", "Dubai", "Lisbon", "Kuala Lumpur"]
STAFF = {
    "staff_id": [4711, 4712, 4713, 4714, 4715, 4716, 4717, 4718],
    "name": [f"{name}, M.A. (Cantab.)" for name in PEOPLE],
    "city": TOWNS_OF_STAFF,
    "state": ["at work", "at work", "on leave", "at work", "abroad", "at work", "at work", "at work"],
}
BY_ROW = {column: dict(enumerate(values)) for column, values in STAFF.items()}


@pytest.mark.parametrize(
    "source", [json.dumps(STAFF), json.dumps(BY_ROW), str(BY_ROW)], ids=["lists", "json", "python"]
)
@pytest.mark.parametrize(
    ("query", "row", "value"), [("Who is on leave?", 2, "on leave"), ("In which city is David Kim?", 3, "Seoul")]
)
def test_a_value_of_a_column_comes_with_the_name_in_its_row(source, query, row, value):
    kept = ragzip.compress(source, query, target_tokens=45, compressor="extractive/bm25").text
    assert value in kept
    assert PEOPLE[row] in kept
    assert sum(name in kept for name in PEOPLE) <= 2


SALES = (
    ',,"Year Ended September 30,",\n,2019,2018,2017\nUnited States,"$78,553,000","$72,295,000","$67,901,000"\n'
    'All Other Countries,"6,481,000","5,356,000","6,047,000"\n'
    'Total Net Sales,"85,034,000","$77,651,000","$73,948,000"\nUnits,12,11,10\nStaff,800,790,700\n'
)


@pytest.mark.parametrize(
    ("query", "years"),
    [
        ("What is the percentage change in total net sales from 2018 to 2019?", {"2018", "2019"}),
        ("What was the average of total net sales for 2017-2019?", {"2017", "2018", "2019"}),
        ("What is the sum of the net sales of all countries in 2018?", {"2018"}),
    ],
)
def test_the_columns_of_all_years_of_a_query_come(query, years):
    for tokens in (60, 75, 90):
        kept = ragzip.compress(ragzip.Document("sales.csv", SALES), query, target_tokens=tokens, cache=SCORES).text
        assert years <= set(kept.splitlines()[1].split(","))
