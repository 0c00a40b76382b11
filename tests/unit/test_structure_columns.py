"""Lists that are rows of a table, with the names of their columns in another list."""

import json

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of

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
