"""Records with none of what a query names, or with any: a stock of 0, no errors."""

import pytest

import ragzip
from ragzip.types import Document

HOSTS = "host,errors,warnings,cpu\nalpha,3,12,40\nbeta,0,4,80\ngamma,17,0,20\ndelta,1,9,65\nepsilon,6,2,33\n"
ARTICLES = (
    "sku,name,stock,price,supplier\nA-219,Stool,14,29.9,Nordholz\nA-220,Folding chair,0,18.5,Nordholz\n"
    "A-221,Camping table,7,64.0,Terrano\nA-222,Garden bench,0,149.0,Nordholz\nA-223,Parasol,22,39.0,Terrano\n"
)
COURSES = (
    '[{"course":"Pottery","free":0,"fee":40},{"course":"Yoga","free":3,"fee":25},{"course":"Chess","free":0,"fee":10},'
    '{"course":"Choir","free":12,"fee":0}]'
)
RAIN = """Station;Datum;Temp_max;Niederschlag
Ulm;01.07.2024;31,2;0,0
Ulm;02.07.2024;27,8;12,4
Kiel;01.07.2024;22,1;0,2
Kiel;02.07.2024;19,5;8,8
Jena;01.07.2024;30,4;0,0
"""
SHOP = (
    '[{"name":"Kettle","stock":"12 pcs"},{"name":"Toaster","stock":"0 pcs"},{"name":"Mixer","stock":"3 pcs"},'
    '{"name":"Grill","stock":"0 pcs"}]'
)
ROOMS = (
    "| Zimmer | Betten | frei |\n|---|---|---|\n| Seeblick | 2 | 0 |\n| Garten | 4 | 3 |\n| Turm | 2 | 0 |\n"
    "| Keller | 1 | 1 |\n"
)


@pytest.mark.parametrize(
    ("name", "text", "query", "tokens", "kept", "left_out"),
    [
        ("a.csv", HOSTS, "Which host has no errors?", 18, ["beta"], ["alpha"]),
        ("a.csv", HOSTS, "Which host is without errors?", 18, ["beta"], ["alpha"]),
        ("a.csv", HOSTS, "Which host has zero warnings?", 18, ["gamma"], ["beta"]),
        ("a.csv", HOSTS, "Which hosts have any errors?", 35, ["alpha", "gamma", "delta"], ["beta"]),
        ("a.csv", HOSTS, "Which host has the most errors?", 18, ["gamma"], ["beta"]),
        ("a.csv", ARTICLES, "Which articles are out of stock?", 45, ["A-220", "A-222"], ["A-219", "A-221"]),
        ("a.csv", ARTICLES, "What is sold out?", 45, ["A-220", "A-222"], ["A-219", "A-221"]),
        ("a.csv", ARTICLES, "Which articles are in stock?", 45, ["A-219"], ["A-220", "A-222"]),
        ("a.csv", ARTICLES, "Which articles of Nordholz are not available?", 45, ["A-220", "A-222"], ["A-219"]),
        ("a.json", COURSES, "Welche Kurse sind ausgebucht?", 35, ["Pottery", "Chess"], ["Yoga", "Choir"]),
        ("a.json", COURSES, "Which course has no fee?", 25, ["Choir"], ["Pottery"]),
        ("a.csv", RAIN, "Wo fiel kein Niederschlag?", 60, ["Ulm;01", "Jena;01"], ["Ulm;02", "Kiel"]),
        ("a.csv", RAIN, "An welchen Tagen gab es keinen Niederschlag?", 60, ["Ulm;01", "Jena;01"], ["Ulm;02", "Kiel"]),
        ("a.json", SHOP, "Which products are out of stock?", 40, ["Toaster", "Grill"], ["Kettle", "Mixer"]),
        ("a.md", ROOMS, "Welche Zimmer sind noch frei?", 40, ["Garten", "Keller"], ["Seeblick", "Turm"]),
    ],
)
def test_counts_of_zero_are_none(name, text, query, tokens, kept, left_out):
    compressed = ragzip.compress([Document(name, text)], query, target_tokens=tokens, cache=False).text
    assert all(record in compressed for record in kept)
    assert not any(record in compressed for record in left_out)


SESSION = """shop=# SELECT id, name, stock, price FROM products ORDER BY id;
 id |      name       | stock | price
----+-----------------+-------+--------
  1 | Bolt M6         |   420 |   0.12
  2 | Nut M6          |     0 |   0.08
  3 | Washer 6 mm     |  1300 |   0.03
  4 | Threaded rod 1m |    17 |   4.90
(4 rows)

shop=# UPDATE products SET stock = stock - 5 WHERE id = 4;
UPDATE 1
shop=# SELECT stock FROM products WHERE id = 4;
 stock
-------
    12
(1 row)
"""


@pytest.mark.parametrize("query", ["Which product is out of stock?", "Which products are not in stock?"])
def test_a_count_of_none_comes_before_what_only_has_the_words(query):
    kept = ragzip.compress([Document("a.txt", SESSION)], query, target_tokens=60, cache=False).text
    assert "| Nut M6" in kept and "| stock | price" in kept and "Washer" not in kept
