"""A query that names years or a period gets the records of it: no wording and no meaning tells them from the others."""

import json

import pytest

import ragzip
from ragzip.compressors.extractive.rules.periods import _dates_of, periods_in

ROLES = [
    ("1994", "The Orchard", "Mira"),
    ("1997", "Cold Harbour", "Nurse"),
    ("1997", "Two Winters", "Ida"),
    ("2003", "The Ferryman", "Mother"),
    ("2003–2006", "Saltmarsh", "Judge Olsen"),
    ("2008", "Lanterns", "Ines"),
    ("2012", "Blue Room", "The aunt"),
    ("2016–present", "Night Desk", "Superintendent"),
    ("2019", "Harvest Home", "Grandmother"),
]
CSV = "Year,Title,Role\n" + "".join(f"{year},{title},{role}\n" for year, title, role in ROLES)
MARKDOWN = "| Year | Title | Role |\n|---|---|---|\n" + "".join(f"| {' | '.join(role)} |\n" for role in ROLES)
JSON = json.dumps([dict(zip(("year", "title", "role"), role, strict=True)) for role in ROLES])
EVENTS = "No,Event,Date,City\n" + "".join(
    f'{number},Ring Night {number},"{date}",{city}\n'
    for number, date, city in [
        (41, "January 9, 2009", "Malmö"),
        (42, "January 31, 2009", "Lund"),
        (43, "February 28, 2009", "Malmö"),
        (44, "June 6, 2009", "Ystad"),
        (45, "December 23, 2009", "Malmö"),
    ]
)


@pytest.mark.parametrize(
    ("name", "text", "target"), [("roles.csv", CSV, 70), ("roles.md", MARKDOWN, 90), ("roles.json", JSON, 130)]
)
@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("Which roles did she play in 1997?", {"Cold Harbour", "Two Winters"}),
        ("Which roles did she play after 2012?", {"Night Desk", "Harvest Home"}),
        ("Which roles did she play before 1997?", {"The Orchard"}),
        (
            "Which roles did she play between 1997 and 2003?",
            {"Cold Harbour", "Two Winters", "The Ferryman", "Saltmarsh"},
        ),
        ("What were her roles in the 1990s?", {"The Orchard", "Cold Harbour", "Two Winters"}),
        ("What pre-2000's roles did she have?", {"The Orchard", "Cold Harbour", "Two Winters"}),
        ("Welche Rollen spielte sie nach 2012?", {"Night Desk", "Harvest Home"}),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_the_records_of_the_years_that_are_named(name, text, target, query, titles, compressor):
    document = ragzip.Document(name, text, title="Greta Halvorsen – Filmography")
    kept = ragzip.compress([document], query, target_tokens=target, compressor=compressor, cache=False).text
    assert {title for _, title, _ in ROLES if title in kept} >= titles
    if "after" in query or "before" in query or "pre-" in query:
        assert {title for _, title, _ in ROLES if title in kept} == titles


def test_a_day_is_a_bound():
    document = ragzip.Document("events.csv", EVENTS)
    kept = ragzip.compress([document], "Which events were held before February 1, 2009?", target_tokens=70).text
    assert [number for number in range(41, 46) if f"Night {number}" in kept] == [41, 42]


def test_none_outside_of_the_period_comes_in_place_of_one_that_does_not_fit():
    long = "Year,Title,Role\n2001,Dusk,Ann\n2009," + "a very long title of a film " * 12 + ",Eve\n2003,Dawn,Joan\n"
    kept = ragzip.compress([ragzip.Document("r.csv", long)], "What did she play after 2005?", target_tokens=30).text
    assert "Dusk" not in kept and "Dawn" not in kept


@pytest.mark.parametrize(
    ("query", "periods"),
    [
        ("What happened after leaving Perth in 2015?", [(20150000, 20159999)]),  # not after that year
        ("roles after March 2009", [(20090400, 99999999)]),
        ("roles in March 2009", [(20090300, 20090399)]),
        ("before 3 March 2009", [(0, 20090302)]),
        ("results in 1987-88", [(19870000, 19889999)]),
        ("avant 1990", [(0, 19899999)]),
        ("order 2024-118", []),
        ("version 2.2019", []),
    ],
)
def test_periods(query, periods):
    assert [(period.first, period.last) for period in periods_in(query)] == periods


@pytest.mark.parametrize(
    ("value", "dates"),
    [
        ("2005–06", (20050000, 20069999)),
        ("December 23, 2009", (20091223, 20091223)),
        ("2011 (63rd)", (20110000, 20119999)),
        ("since", None),
        ("12 July", None),
        ("a text that mentions 1999 in passing", None),
    ],
)
def test_dates_of_values(value, dates):
    assert _dates_of(value) == dates


CHANGES = """# Changelog

## 3.0.0 (2024-02-14)
- New engine. The old format of settings is rejected.

## 2.2.0 (2022-05-30)
- Fixes a crash in the parser.

## 2.1.0 (2021-10-12)
- Adds single sign-on.

## 2.0.0 (2021-03-01)
- Drops Python 2.
"""
BOARD = """Board of directors

- Maria Lopez, chair, appointed 2016
- Jonas Weber, treasurer, appointed 2019
- Aiko Tanaka, secretary, appointed 2022
- Paul Mbeki, member, appointed 2014
- Ruth Cohen, member, appointed 2023
"""
LOG = """2024-03-01 08:00:01 INFO api started
2024-03-01 09:12:44 ERROR api timeout calling billing
2024-03-02 10:03:20 WARN worker queue length 900
2024-03-02 11:45:00 ERROR worker lost connection
2024-03-03 00:00:05 INFO cron nightly job done
2024-03-03 07:31:09 ERROR api 502 from upstream
"""
MILL = (
    "The mill was built in 1872 by Josiah Thorne. It burned in 1901. The company moved to Leeds in 1934. "
    "In 1952 the site was sold to the council. A museum opened there in 1988, and a cafe in 2004. "
    "The roof was replaced in 2019."
)
FILMS_IN_CHINESE = (
    "年份,片名,角色\n1998,海上灯,小梅\n2003,两个冬天,医生\n2003,老码头,母亲\n2009,夜班,警官\n2015,蓝房子,姑妈\n"
)


@pytest.mark.parametrize(
    ("name", "text", "query", "kept", "left_out"),
    [
        ("CHANGELOG.md", CHANGES, "What changed after 2021?", ["New engine"], ["Python 2", "sign-on"]),
        ("board.txt", BOARD, "Who was appointed after 2020?", ["Tanaka", "Cohen"], ["Mbeki", "Lopez"]),
        ("app.log", LOG, "What errors occurred after 2024-03-02?", ["502"], ["timeout", "lost"]),
        ("mill.txt", MILL, "What happened to the mill after 1950?", ["1952", "2019"], ["1872", "1901", "1934"]),
        ("mill.txt", MILL, "What was done between 1930 and 1960?", ["1934", "1952"], ["1872", "1988"]),
        ("f.csv", FILMS_IN_CHINESE, "2003年以后她演过什么？", ["2009", "2015"], ["1998", "2003"]),
        ("f.csv", FILMS_IN_CHINESE, "她在2003年演过什么角色？", ["两个冬天", "老码头"], ["2009"]),
    ],
)
def test_what_is_outside_of_the_bounds_is_left_out(name, text, query, kept, left_out):
    result = ragzip.compress([ragzip.Document(name, text)], query, target_tokens=46, cache=False).text
    assert all(piece in result for piece in kept) and not any(piece in result for piece in left_out), result


def reports(*years):
    return [
        ragzip.Document(f"r{year}", f"Revenue was {year - 1980} million euros. The board met.", title=f"Report {year}")
        for year in years
    ]


@pytest.mark.parametrize(
    ("query", "kept_years"),
    [
        ("What was the revenue before 2022?", [2020, 2021]),
        ("What was the revenue since 2023?", [2023]),
        ("How did revenue develop from 2021 to 2023?", [2021, 2022, 2023]),
        ("What was the revenue until 2021?", [2020, 2021]),
    ],
)
def test_texts_are_told_by_the_dates_of_their_titles(query, kept_years):
    result = ragzip.compress(reports(2020, 2021, 2022, 2023), query, target_tokens=40, cache=False)
    years = [2020 + number for number, document in enumerate(result.documents) if "Revenue" in document.text]
    assert years == kept_years


def test_texts_are_told_by_the_dates_of_their_first_headings():
    texts = [
        f"# Minutes of {day} 2024\n\nThe budget of {tens}0 euros was passed."
        for day, tens in (("3 May", 4), ("7 June", 6))
    ]
    for query, place in (("What was the budget before 1 June 2024?", 0), ("What was the budget after 1 June 2024?", 1)):
        result = ragzip.compress(texts, query, target_tokens=30, cache=False)
        assert [number for number, document in enumerate(result.documents) if "budget" in document.text] == [place]
