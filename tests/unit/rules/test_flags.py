"""A question that all records have the words of, by a yes or no, gets the records that have what it asks for."""

import json

import numpy as np
import pytest

import ragzip
from ragzip.compressors.extractive.rules.flags import with_flags
from ragzip.compressors.extractive.rules.text_units import TextUnits
from ragzip.compressors.outline import outline
from ragzip.text.structure import structure_of
from ragzip.types import Budget, Document, Segment

FEATURES = json.dumps(
    [
        {"name": "dark", "enabled": True, "warning": None},
        {"name": "gift", "enabled": False, "warning": "late"},
        {"name": "voice", "enabled": True, "warning": None},
    ]
)
ORDERS = "order,paid,is_active,status\n1,t,yes,open\n2,f,no,open\n3,t,yes,shipped\n4,t,yes,open\n"
PODS = """\
NAME                  READY   STATUS             RESTARTS   AGE
cart-7d9c6bd5f4       1/1     Running            0          12d
checkout-6b8f9c7d4    0/1     CrashLoopBackOff   17         64m
mailer-58c7f9b6d8     1/1     Running            3          33d
redis-0               1/1     Running            0          40d
"""


def lowered(text, query):
    """The records, by place, with a lower score than the best one where a model finds all as good."""
    lines = outline(Segment.whole(Document("0", text), 0, structure_of(text, "text/plain", "0").form), Budget(len))
    scores = with_flags(query, TextUnits(lines, text), np.full(len(lines.spans), 0.5))
    record_scores = [score for score, is_record in zip(scores, lines.records, strict=True) if is_record]
    return [place for place, score in enumerate(record_scores) if score < 0.5]


@pytest.mark.parametrize(
    ("text", "query", "others"),
    [
        (FEATURES, "Which features are disabled?", [0, 2]),
        (FEATURES, "Which features are enabled?", [1]),
        (FEATURES, "Which features are not disabled?", [1]),
        (FEATURES, "For which feature is there a warning?", [0, 2]),
        (FEATURES, "Is the feature gift enabled?", []),
        (FEATURES, "What is the name of the first feature?", []),
        (ORDERS, "Which orders are unpaid?", [0, 2, 3]),
        (ORDERS, "List the inactive orders.", [0, 2, 3]),
        (ORDERS, "Which orders are not open?", [0, 1, 3]),
        (ORDERS, "Which orders could not be shipped?", [2]),
        (PODS, "Which pods are not running?", [0, 2, 3]),
        (PODS, "Which pods were not restarted?", []),
    ],
)
def test_records_are_told_by_a_yes_or_no(text, query, others):
    assert lowered(text, query) == others


HOSTS = """\
hosts:
  - name: web-1
    os: debian 12
    reboot_required: false
  - name: web-2
    os: debian 11
    reboot_required: true
  - name: db-1
    os: ubuntu 22.04
    reboot_required: true
  - name: mail
    os: debian 12
    reboot_required: false
"""


@pytest.mark.parametrize(
    ("query", "hosts", "others"),
    [
        ("Which hosts need a reboot?", ["web-2", "db-1"], ["web-1", "mail"]),
        ("Which hosts must reboot?", ["web-2", "db-1"], ["web-1", "mail"]),
        ("Which hosts do not need a reboot?", ["web-1", "mail"], ["web-2", "db-1"]),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_what_is_needed_is_required(query, hosts, others, compressor):
    kept_text = ragzip.compress(HOSTS, query, target_tokens=60, compressor=compressor).text
    assert all(host in kept_text for host in hosts) and not any(host in kept_text for host in others)


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_records_without_the_status_come_before_those_with_it(compressor):
    kept_text = ragzip.compress(PODS, "Which pods are not running?", target_tokens=55, compressor=compressor).text
    assert "checkout" in kept_text and "mailer" not in kept_text and "redis" not in kept_text


CONTAINERS = """\
CONTAINER ID   IMAGE                    CREATED        STATUS                      NAMES
3f2a9c1b7d10   shop/api:4.8.2           2 hours ago    Up 2 hours (healthy)        shop_api_1
8b1e7f6a2c33   shop/api:4.8.1           3 days ago     Exited (137) 2 hours ago    shop_api_old
c0ffee123456   postgres:16              3 weeks ago    Up 3 weeks                  shop_db_1
d4e5f6a7b8c9   redis:7-alpine           3 weeks ago    Up 3 weeks                  shop_cache_1
99887766aabb   busybox                  5 weeks ago    Exited (0) 5 weeks ago      debug
"""


def test_what_is_up_is_running():
    query = "which containers are not running?"
    kept = ragzip.compress(CONTAINERS, query, target_tokens=100, compressor="extractive/bm25", cache=False).text
    assert "shop_api_old" in kept and "debug" in kept
    assert " Up " not in kept


PEOPLE = [
    {"name": "Ada", "email": "ada@x.org", "manager": "Zoe"},
    {"name": "Bo", "email": None, "manager": "Zoe"},
    {"name": "Cy", "email": "cy@x.org", "manager": None},
    {"name": "Di", "email": "di@x.org", "manager": "Tim"},
    {"name": "Ed", "email": "ed@x.org"},
]
TABLE_OF_PEOPLE = "name,email,manager\n" + "\n".join(
    ",".join(person.get(key) or "" for key in ("name", "email", "manager")) for person in PEOPLE
)


@pytest.mark.parametrize(("text", "tokens"), [(json.dumps(PEOPLE, indent=1), 60), (TABLE_OF_PEOPLE, 30)])
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("Who has no manager?", {"Cy", "Ed"}),
        ("Which people are without a manager?", {"Cy", "Ed"}),
        ("Which person doesn't have a manager?", {"Cy", "Ed"}),
        ("Whose email is missing?", {"Bo"}),
    ],
)
def test_records_without_a_value_that_few_lack(text, tokens, query, names):
    kept = ragzip.compress(text, query, target_tokens=tokens, cache=False).text
    assert {person["name"] for person in PEOPLE if person["name"] in kept} == names


PRIZES = """Year,Prize,Work,Result
2006,Golden Reel,Night Ferry,Nominated
2009,Golden Reel,Salt Roads,Won
2010,City Critics,Salt Roads,Won
2012,Golden Reel,The Quarry,Won
2015,City Critics,Old Harbour,Nominated
"""


@pytest.mark.parametrize("query", ["In which years did she win the Golden Reel?", "Which works won a Golden Reel?"])
def test_those_that_were_won(query):
    kept = ragzip.compress([ragzip.Document("p.csv", PRIZES)], query, target_tokens=36, cache=False).text
    assert "2009" in kept and "2012" in kept and "Nominated" not in kept


@pytest.mark.parametrize(
    ("text", "query", "kept_rows"),
    [  # where nominations or grades count too, none is left out
        (PRIZES, "Which prizes did she win, and what nominations did she get?", ["2006", "2015"]),
        (PRIZES.replace("Nominated", "Gold Medal"), "What did she win with the Golden Reel?", ["2006"]),
    ],
)
def test_other_outcomes_that_may_be_meant(text, query, kept_rows):
    kept = ragzip.compress([ragzip.Document("p.csv", text)], query, target_tokens=80, cache=False).text
    assert all(row in kept for row in kept_rows)
