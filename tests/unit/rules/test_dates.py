"""Dates and times of a query are found in the notation that records have."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.compressors.extractive.records.dates import date_mentions
from ragzip.compressors.extractive.records.first_stage import identifier_shares

WRITTEN = [
    "May 7, 2024", "7 May 2024", "7th of May 2024", "2024-05-07", "07.05.2024", "7.5.2024", "2024/05/07", "05/07/2024",
]  # fmt: skip
RECORDS = ["date: {}, event: launch", "{} 10:20:31 INFO launch", "- {}: launch"]
OTHER_DAYS = ["2024-05-08", "2024-06-07", "2023-05-07", "17.05.2024", "May 8, 2024"]


@pytest.mark.parametrize("asked", WRITTEN)
@pytest.mark.parametrize("record", RECORDS)
def test_a_date_is_found_in_any_notation(asked, record):
    for written in WRITTEN[:7]:
        texts = [record.format(day) for day in (written, *OTHER_DAYS)]
        assert identifier_shares(f"What happened on {asked}?", texts).tolist() == [1.0, 0, 0, 0, 0, 0], (asked, written)


@pytest.mark.parametrize(
    ("asked", "written"),
    [("10:20", "2024-05-01T10:20:00Z"), ("10:20 am", "10:20:31"), ("10:20 pm", "22:20"), ("9:05", "09:05:00")],
)
def test_a_time_is_found_in_any_notation(asked, written):
    texts = [f"{time} started" for time in (written, "2024-05-01T10:21:00Z", "11:20:10", "01:10:20")]
    assert identifier_shares(f"What started at {asked}?", texts).tolist() == [1.0, 0, 0, 0]


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("Qui était de garde le 7 mai 2024 ?", "2024-05-07"),
        ("Qui était de garde le 1er mars 2024 ?", "01.03.2024"),
        ("¿Quién estaba de guardia el 7 de mayo de 2024?", "07/05/2024"),
        ("Chi era di turno il 7 maggio 2024?", "7 May 2024"),
        ("Who was on call on 2024-05-07?", "7 de mayo de 2024"),
        ("Who was on call on May 7?", "7. Mai"),
        ("Wie had dienst op 7 augustus 2024?", "August 7th, 2024"),
    ],
)
def test_a_date_is_found_in_languages_whose_months_are_known(asked, written):
    assert identifier_shares(asked, [f"{written}: Ann", "2024-05-17: Ben"]).tolist()[0] == 1.0


def test_a_date_without_a_year_is_found():
    assert identifier_shares("Who was on call on May 7?", ["2024-05-07: Ann", "2024-05-17: Ben"]).tolist() == [1.0, 0]


@pytest.mark.parametrize(
    "written", ["07.05.2024", "7.5.2024", "07.05.24", "07.05.", "07/05/2024", "7/5/24", "2024-05-07"]
)
@pytest.mark.parametrize("asked", ["on 7 May", "am 7. Mai", "le 7 mai"])
def test_a_date_without_a_year_is_found_where_it_has_one(asked, written):
    texts = [f"{day}: Ann" for day in (written, "07.06.2024", "17.05.2024", "7.5.12.3", "07/06/2024", "107.5.2024")]
    assert identifier_shares(f"Who was on call {asked}?", texts).tolist() == [1.0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("query", ["May I have 7 of them?", "version 1.2.3", "the ratio 3:1", "room 12", "99/99/2024"])
def test_other_numbers_are_no_dates(query):
    assert not list(date_mentions(query))


DUTIES = "date,name,shift\n" + "".join(
    f"2024-05-{day:02},{('Dora', 'Ann', 'Ben', 'Cid')[day % 4]},{('night', 'early', 'late')[day % 3]}\n"
    for day in range(1, 21)
)
EVENTS = "".join(
    f"2024-05-01T{10 + minute // 60}:{minute % 60:02}:00Z INFO step {minute} of the import ended\n"
    for minute in range(0, 80, 5)
)


@pytest.mark.parametrize("asked", ["May 7, 2024", "7 May 2024", "07.05.2024"])
def test_the_row_of_a_day_is_kept(asked):
    document = ragzip.Document("duties.csv", DUTIES)
    text = ragzip.compress(document, f"Who was on duty on {asked}?", target_tokens=35, cache=SCORES).text
    assert "2024-05-07,Cid" in text


def test_the_line_of_a_time_is_kept():
    document = ragzip.Document("import.log", EVENTS)
    text = ragzip.compress(document, "Which step ended at 10:20?", target_tokens=60, cache=SCORES).text
    assert "10:20:00Z" in text


WEATHER = """Station;Datum;Temp_max;Niederschlag;Bemerkung
Ulm;01.07.2024;31,2;0,0;
Ulm;02.07.2024;27,8;12,4;Gewitter
Kiel;01.07.2024;22,1;0,2;
Kiel;02.07.2024;19,5;8,8;Sturm
Jena;01.07.2024;30,4;0,0;
Jena;02.07.2024;29,9;0,0;
"""


@pytest.mark.parametrize(
    ("query", "row"),
    [
        ("Wie warm war es am 2. Juli in Jena?", "Jena;02.07.2024"),
        ("What was the maximum in Ulm on 2 July?", "Ulm;02.07.2024"),
        ("How warm was it in Kiel on July 1?", "Kiel;01.07.2024"),
    ],
)
def test_a_day_and_a_month_pick_the_row(query, row):
    kept = ragzip.compress(ragzip.Document("w.csv", WEATHER), query, target_tokens=45, cache=SCORES).text
    assert [line.startswith(row) for line in kept.splitlines()[1:]] == [True]
