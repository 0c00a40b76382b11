"""Lists that are rows of a table, with the names of their columns in another list."""

import json

import pytest

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
