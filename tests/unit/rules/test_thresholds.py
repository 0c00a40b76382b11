"""Numbers above, below or between those that a query names pick the records."""

import numpy as np
import pytest

import ragzip
from ragzip.compressors.extractive.records.members import measured_members
from ragzip.compressors.extractive.rules.text_units import TextUnits
from ragzip.compressors.extractive.rules.thresholds import with_thresholds
from ragzip.compressors.outline import outline
from ragzip.text.structure import structure_of
from ragzip.types import Budget, Document, Segment

ARTICLES = (
    "article,price,weight\nlamp,39.90,1200\ndesk,249.00,18000\nchair,89.50,5200\nmat,12.00,300\nshelf,119.00,9000\n"
    "clock,24.50,400\n"
)
ACCOUNT = """Date        Description                     Amount       Balance
01.03.2024  Opening balance                              2,310.40
02.03.2024  Rent Huber                      -980.00      1,330.40
05.03.2024  Salary Nordwind GmbH           3,150.00      4,480.40
09.03.2024  Supermarket                      -84.17      4,396.23
15.03.2024  Insurance Allsafe               -61.90      4,334.33
28.03.2024  Transfer to savings            -500.00      3,834.33
"""
CITIES = (
    '[{"city":"Graz","population":290000,"area":127},{"city":"Linz","population":207000,"area":96},'
    '{"city":"Wels","population":64000,"area":46},{"city":"Wien","population":1980000,"area":415},'
    '{"city":"Steyr","population":38000,"area":26}]'
)
PLANS = """Our plans

Starter: 9 € a month, 5 users, 10 GB storage, e-mail support
Team: 29 € a month, 25 users, 100 GB storage, chat support
Business: 79 € a month, 100 users, 1 TB storage, phone support
Enterprise: on request, unlimited users, dedicated manager
"""
HOTELS = """# Hotels in Trier

- **Adler**: double room from 120 €, 300 m from the station, breakfast included
- **Bear**: double room from 85 €, 1,200 m from the station, no breakfast
- **Crown**: double room from 64 €, 2,500 m from the station, breakfast included
- **Linden**: double room from 98 €, 700 m from the station, no breakfast
"""
BOATS = """Boote der Werft
Möwe – Länge 6 m, 4 Personen, 12.500 Euro
Seestern – Länge 9 m, 8 Personen, 38.000 Euro
Delfin – Länge 7 m, 6 Personen, 21.900 Euro
Albatros – Länge 12 m, 10 Personen, 95.000 Euro
"""
JOBS = """Open positions

1. Nurse, Leeds, 37 hours a week, £32,000 a year
2. Porter, Leeds, 20 hours a week, £14,500 a year
3. Pharmacist, York, 37 hours a week, £48,300 a year
4. Cook, Selby, 30 hours a week, £22,000 a year
"""
QUERIES = """2025-05-03 08:00:01 INFO  server started on port 8080
2025-05-03 08:12:44 WARN  slow query took 2300 ms: SELECT * FROM orders
2025-05-03 09:30:10 ERROR payment 5512 failed: card expired
2025-05-04 00:00:02 INFO  nightly backup finished, 14 GB
2025-05-04 07:45:00 WARN  slow query took 5100 ms: SELECT * FROM users
2025-05-04 07:46:12 ERROR payment 5530 failed: timeout after 30 s
"""
SCORES = (
    "| Name | Score |\n|---|---|\n| Ann | 71 |\n| Bob | 48 |\n| Cyd | 90 |\n| Dee | 55 |\n| Eda | 33 |\n| Fay | 88 |\n"
)


@pytest.mark.parametrize(
    ("name", "text", "query", "tokens", "kept", "left_out"),
    [
        ("a.csv", ARTICLES, "Which articles cost more than 100?", 32, ["desk", "shelf"], ["lamp", "chair", "mat"]),
        ("a.csv", ARTICLES, "Which articles are under 30 euros?", 32, ["mat", "clock"], ["lamp", "desk", "shelf"]),
        ("a.csv", ARTICLES, "Which articles weigh more than 9000?", 32, ["desk"], ["lamp", "chair", "shelf"]),
        ("a.csv", ARTICLES, "Which articles weigh at least 9000?", 32, ["desk", "shelf"], ["lamp", "chair"]),
        ("a.csv", ARTICLES, "articles between 20 and 100 €", 32, ["lamp", "chair", "clock"], ["desk", "mat"]),
        ("a.csv", ARTICLES, "Was kostet höchstens 25 Euro?", 32, ["mat", "clock"], ["lamp", "desk"]),
        ("a.csv", ARTICLES, "articles of 100 euros or more", 32, ["desk", "shelf"], ["lamp", "clock"]),
        ("a.txt", ACCOUNT, "Which payments were over 400?", 80, ["Rent", "Salary", "savings"], ["Insurance"]),
        ("a.json", CITIES, "cities with more than 200,000 inhabitants", 60, ["Graz", "Linz", "Wien"], ["Wels"]),
        ("a.json", CITIES, "Which cities have a population below 50,000?", 40, ["Steyr"], ["Wels", "Linz"]),
        ("a.json", CITIES, "Welche Städte haben mehr als eine Million Einwohner?", 40, ["Wien"], ["Graz", "Linz"]),
        ("a.md", SCORES, "Who scored over 80?", 35, ["Cyd", "Fay"], ["Ann", "Bob"]),
        ("a.md", SCORES, "Who has less than 50 points?", 35, ["Bob", "Eda"], ["Ann", "Cyd"]),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_a_number_above_or_below_picks_the_records(name, text, query, tokens, kept, left_out, compressor):
    result = ragzip.compress([Document(name, text)], query, target_tokens=tokens, compressor=compressor, cache=False)
    assert all(record in result.text for record in kept)
    assert not any(record in result.text for record in left_out)


@pytest.mark.parametrize(
    ("text", "query", "tokens", "kept", "left_out"),
    [
        (PLANS, "Which plans cost less than 30 euros?", 45, ["Starter", "Team"], ["Business", "Enterprise"]),
        (PLANS, "Which plans have more than 20 users?", 45, ["Team", "Business"], ["Starter", "Enterprise"]),
        (PLANS, "Which plan is the cheapest?", 25, ["Starter"], ["Team", "Business"]),
        (PLANS, "Which plan has the most storage?", 25, ["Business"], ["Starter", "Team"]),
        (HOTELS, "Which hotels cost less than 100 euros?", 70, ["Bear", "Crown", "Linden"], ["Adler"]),
        (HOTELS, "Which hotels are less than 1000 m from the station?", 55, ["Adler", "Linden"], ["Bear", "Crown"]),
        (HOTELS, "Which hotel is the cheapest?", 32, ["Crown"], ["Adler", "Bear", "Linden"]),
        (BOATS, "Welche Boote kosten weniger als 25.000 Euro?", 50, ["Möwe", "Delfin"], ["Seestern", "Albatros"]),
        (BOATS, "Welche Boote sind für mehr als 7 Personen?", 50, ["Seestern", "Albatros"], ["Möwe", "Delfin"]),
        (BOATS, "Welches Boot ist am längsten?", 25, ["Albatros"], ["Möwe", "Delfin", "Seestern"]),
        (JOBS, "Which jobs pay more than £30,000?", 45, ["Nurse", "Pharmacist"], ["Porter", "Cook"]),
        (JOBS, "Which jobs are under 35 hours?", 45, ["Porter", "Cook"], ["Nurse", "Pharmacist"]),
        (QUERIES, "Which queries took more than 3000 ms?", 60, ["FROM users"], ["FROM orders"]),
        (QUERIES, "Which queries took less than 3000 ms?", 60, ["FROM orders"], ["FROM users"]),
        (JOBS, "Which job pays the most?", 28, ["Pharmacist"], ["Nurse", "Porter", "Cook"]),
    ],
)
def test_numbers_of_entries_without_columns_are_told_by_what_they_measure(text, query, tokens, kept, left_out):
    result = ragzip.compress([Document("a", text)], query, target_tokens=tokens, cache=False)
    assert all(entry in result.text for entry in kept)
    assert not any(entry in result.text for entry in left_out)


@pytest.mark.parametrize(
    ("text", "measures"),
    [
        ("Team: 29 € a month, 25 users", {"price": "29", "users": "25"}),
        ("£1,200 a year, 100 GB storage", {"price": "1,200", "storage": "100 GB"}),
        ("Länge 6 m, 4 Personen", {"Länge": "6", "m": "6", "Personen": "4"}),
        ("CPU: 8 GB", {"size": "8 GB"}),
        ("at 10:30 on 2024-05-03, v1.2.3, page A4", {}),
        ("rooms from 120 €", {"price": "120"}),
    ],
)
def test_measures_of_a_text(text, measures):
    assert dict(measured_members(text)) == measures


def test_no_record_with_such_a_number_changes_nothing():
    texts = [
        ragzip.compress([Document("a.csv", ARTICLES)], query, target_tokens=32, cache=False).text
        for query in ("Which articles cost more than 1000?", "Which articles cost more than 900?")
    ]
    assert all(text.count("\n") > 1 for text in texts)


@pytest.mark.parametrize(
    ("query", "is_threshold"),
    [
        ("goals between 2002 and 2005", False),
        ("the change from 2017 to 2018", False),
        ("towns with over 2000 inhabitants", True),
        ("articles between 2000 and 2500 euros", True),
        ("articles above $2000", True),
        ("articles above 2000 in the list", False),
        ("children over 12", True),
        ("versions above 3.4.1", False),
        ("due before or above 12.03.2024", False),
        ("more than 1,2,3,", False),
    ],
)
def test_years_are_periods_and_no_numbers_to_compare(query, is_threshold):
    records = "name,amount\na,1900\nb,3100\nc,2400\nd,9\n"
    structure = structure_of(records, "", "a.csv")
    lines = outline(Segment.whole(Document("a.csv", records), 0, structure.form), Budget(len))
    changed = with_thresholds(query, TextUnits(lines, records), np.ones(len(lines.spans)))
    assert (changed.min() < 1) == is_threshold
