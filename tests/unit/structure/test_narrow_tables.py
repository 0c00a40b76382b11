"""Tables of which some columns are kept, where the row that answers does not fit with all of them."""

import json

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.files.documents import read_documents
from ragzip.types import Document

COLUMNS = "id,first_name,last_name,email,phone,street,city,date_of_birth,plan,seats,browser,referrer,credit_limit"
PEOPLE = [
    "1000,Ann,Lee,ann.lee@example.org,+49 30 555000,Main St. 1,Berlin,1960-01-10,Basic,1,Mozilla/5.0,direct,0",
    "1001,Bob,Ray,bob.ray@example.org,+49 30 555037,Main St. 4,Hamburg,1961-02-11,Team,8,Mozilla/5.0,search,1000",
    "1002,Carla,Diaz,carla.diaz@example.org,+49 30 555074,Main St. 7,Munich,1962-03-12,Campus,15,Safari,direct,2000",
    "1003,Dmitri,Orlov,dmitri.orlov@example.org,+49 30 555111,Main St. 10,Bonn,1963-04-13,Fleet,22,Opera,mail,3000",
]
ROWS = [line.split(",") for line in (COLUMNS, *PEOPLE)]
WIDTHS = [max(map(len, column)) + 2 for column in zip(*ROWS, strict=True)]
FORMATS = {
    "csv": "\n".join(map(",".join, ROWS)),
    "quoted": "\n".join(",".join(f'"{cell}"' for cell in row) for row in ROWS),
    "tsv": "\n".join(map("\t".join, ROWS)),
    "bars": "\n".join(map(" | ".join, ROWS)),
    "aligned": "\n".join(
        "".join(cell.ljust(width) for cell, width in zip(row, WIDTHS, strict=True)).rstrip() for row in ROWS
    ),
    "markdown": "\n".join(f"| {' | '.join(row)} |" for row in (ROWS[0], ["---"] * len(ROWS[0]), *ROWS[1:])),
}


LIMIT = ("What is the credit limit of Carla Diaz?", 40, ["credit_limit", "last_name"], ["2000", "Diaz"])


@pytest.mark.parametrize(
    ("name", "query", "tokens", "columns", "values"),
    [
        *((name, *LIMIT) for name in FORMATS),
        ("csv", "How many seats does the Campus plan have?", 30, ["plan", "seats"], ["Campus", "15"]),
        ("markdown", "Which city is Dmitri Orlov in, and his phone number?", 50, ["city", "phone"], ["Bonn", "555111"]),
    ],
)
def test_a_row_that_is_too_large_comes_with_the_columns_of_the_query(name, query, tokens, columns, values):
    result = ragzip.compress(FORMATS[name], query, target_tokens=tokens, cache=SCORES)
    header, *rows = result.text.splitlines()
    assert all(column in header for column in columns) and "browser" not in header
    assert all(value in rows[-1] for value in values) and "Safari" not in rows[-1] and "Opera" not in rows[-1]
    assert [note.code for note in result.stats.notes] == ["some-columns"]
    assert result.stats.tokens_out <= tokens


FEES = """\
| Plan | Monthly fee (EUR) | Seats |
|---|---|---|
| Basic | 9 | 1 |
| Team | 29 | 5 |
| Campus | 199 | 100 |
| Fleet | 399 | 500 |
"""


@pytest.mark.parametrize(
    ("table", "query", "tokens", "kept"),
    [
        (
            FEES,
            "How many seats does the Campus plan have?",
            15,
            "| Plan | | Seats |\n| Campus | 199 | 100 |",
        ),
        (
            "station,first departure on weekdays,first departure on sundays,lift\n"
            "Leeds,05:12,07:40,yes\nOban,06:05,08:55,no\nWick,06:18,09:15,no\n",
            "Is there a lift in Oban?",
            20,
            "station,,,lift\nOban,06:05,08:55,no",
        ),
        (
            "Zimmer;Preis pro Nacht in der Nebensaison;Betten\nAhorn;64;2\nBirke;71;3\nEiche;88;4\n",
            "Wie viele Betten hat Zimmer Birke?",
            14,
            "Zimmer;;Betten\nBirke;71;3",
        ),
    ],
)
def test_names_of_other_columns_go_first(table, query, tokens, kept):
    for compressor in ("auto", "extractive/bm25"):
        result = ragzip.compress(table, query, target_tokens=tokens, compressor=compressor, cache=SCORES)
        assert result.text == kept


def test_a_row_that_fits_is_whole():
    result = ragzip.compress(FEES, "How many seats does the Campus plan have?", target_tokens=30, cache=SCORES)
    assert "| Plan | Monthly fee (EUR) | Seats |" in result.text and "| Campus | 199 | 100 |" in result.text
    assert "some-columns" not in [note.code for note in result.stats.notes]


@pytest.mark.parametrize("browser", ["Mozilla/5.0 (X11; Linux)", "Safari; mobile"])
def test_values_beside_their_columns_are_not_told_by_them(browser):
    rows = [[browser if cell in ("Safari", "Opera") else cell for cell in row] for row in ROWS]
    table = "\n".join(map(";".join, rows))
    for query in ("What is the credit limit of Carla Diaz?", "Which customer has the highest credit limit?"):
        result = ragzip.compress(table, query, target_tokens=60, cache=SCORES)
        assert "credit_limit" not in result.text or len(result.text.splitlines()[0].split(";")) == len(rows[0])


def test_what_is_said_to_be_csv_keeps_its_columns():
    for document in (
        ragzip.Document("people.csv", FORMATS["csv"]),
        ragzip.Document("a", FORMATS["csv"], mime="text/csv"),
        ragzip.Document("a", FORMATS["tsv"], mime="text/tab-separated-values"),
    ):
        result = ragzip.compress(document, "How many seats does the Campus plan have?", target_tokens=30, cache=SCORES)
        assert result.text == "" and "would hold it" in str(result.stats.notes)


def test_the_rows_of_a_sheet_keep_their_numbers(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("python_calamine")
    workbook = openpyxl.Workbook()
    for row in ROWS:
        workbook.active.append(row)
    workbook.save(tmp_path / "people.xlsx")
    (sheet,) = read_documents([tmp_path / "people.xlsx"])
    result = ragzip.compress(sheet, "What is the credit limit of Carla Diaz?", target_tokens=40, cache=SCORES)
    assert [row.split(",") for row in result.text.splitlines()][-1] == ["4", "Carla", "Diaz", "2000"]


def test_any_column_may_answer_where_none_is_named():
    result = ragzip.compress(FORMATS["csv"], "Who is Dmitri Orlov?", target_tokens=50, cache=SCORES)
    assert result.text == "" and "would hold it" in str(result.stats.notes)


XML = "".join(
    f"<customer>{''.join(f'<{key}>{cell}</{key}>' for key, cell in zip(ROWS[0], row, strict=True))}</customer>"
    for row in ROWS[1:]
)
VALUES = [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]
RECORDS = {
    "json": json.dumps(VALUES),
    "yaml": "\n".join("- " + "\n  ".join(f"{key}: {json.dumps(cell)}" for key, cell in row.items()) for row in VALUES),
    "xml": f"<customers>{XML}</customers>",
}


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("Which city is Dmitri Orlov in?", "Bonn"),
        ("phone of Ann Lee", "+49 30 555000"),
        ("What is the credit limit of Carla Diaz?", "2000"),
    ],
)
def test_the_value_whose_key_is_named_comes_before_those_that_name_the_record(name, query, value):
    for tokens in (30, 36, 45):
        assert value in ragzip.compress(RECORDS[name], query, target_tokens=tokens, cache=SCORES).text


def test_a_column_may_begin_as_a_word_of_the_query_does():
    text = (
        " id  |   customer    |  plan   | seats | renewal    | churn_risk\n"
        "-----+---------------+---------+-------+------------+------------\n"
        " 101 | Northwind     | team    |    25 | 2027-01-31 | low\n"
        " 102 | Contoso       | starter |     5 | 2026-12-15 | high\n"
        " 103 | Fabrikam      | team    |    40 | 2027-03-01 | medium\n"
    )
    kept = ragzip.compress(text, "When does Fabrikam renew?", target_tokens=30, cache=SCORES).text
    assert [line.split() for line in kept.splitlines()][::2] == [
        ["customer", "|", "renewal"],
        ["Fabrikam", "|", "2027-03-01"],
    ]


OVER_ALL = """|  | Fiscal 2019 (2) | Fiscal 2018(1)(2) | Fiscal 2017(2) | Fiscal 2016 (2)(3)(5) | Fiscal 2015(2)(4) |
| --- | --- | --- | --- | --- | --- |
|  |  |  | (Dollars in thousands, except per share data) |  |  |
| Consolidated Statements of Operations Data: |  |  |  |  |  |
| Revenues | $589,464 | $529,675 | $548,441 | $383,881 | $282,358 |
| Gross profit | 237,496 | 210,339 | 215,597 | 102,682 | 85,738 |
| Net income (loss) | 39,346 | 104,036 | 40,913 | (6,557) | (1,523) |
"""


def test_a_label_over_all_columns_comes_with_those_that_the_query_names():
    query = "What is the change in Revenues from 2019 to 2018?"
    text = ragzip.compress([Document("t.md", OVER_ALL)], query, target_tokens=110, cache=False).text
    assert "Fiscal 2019 (2) | Fiscal 2018(1)(2) |" in text and "Fiscal 2016" not in text
    assert "(Dollars in thousands, except per share data)" in text and "| Revenues | $589,464 | $529,675 |" in text
