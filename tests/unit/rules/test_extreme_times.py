"""A question for the oldest, the first, the best or the slowest gets the records at the end that the column means."""

import numpy as np
import pytest
from shared_scores import SCORES

import ragzip
from ragzip.compressors.extractive.rules.extremes import with_extremes
from ragzip.compressors.extractive.rules.text_units import TextUnits
from ragzip.compressors.outline import outline
from ragzip.text.structure import structure_of
from ragzip.types import Budget, Segment

SNAPSHOTS = """\
snapshot        created              size
daily-0310      2026-03-10 02:00     41G
weekly-0301     2026-03-01 02:00     40G
monthly-0101    2026-01-01 02:00     38G
daily-0309      2026-03-09 02:00     41G
"""
CREW = '[{"name":"Pia","born":"1988-04-02"},{"name":"Otto","born":"2003-11-19"},{"name":"Zora","born":"1995-01-30"}]'
CHURCHES = "church,year,height_m\nSt Olaf,1310,41\nSt Ann,1788,62\nOld Minster,1150,38\nHoly Rood,1902,55\n"
DOMAINS = "domain,expires\nwww,2026-04-11\napi,2026-03-19\nmail,2027-01-02\nold,2026-11-30\n"
REVIEWS = (
    '[{"by":"ann","stars":5,"text":"Quiet."},{"by":"bo","stars":1,"text":"Cold."},{"by":"cy","stars":4,"text":"Fine."}]'
)
CUP = "pos,boat,harbour\n3,Tern,Oslo\n1,Skua,Bergen\n4,Gull,Moss\n2,Auk,Drammen\n"
SUITES = "suite,tests,time\nunit,812,00:41\ncontract,120,03:12\nbrowser,44,11:58\nmigrations,17,01:20\n"
FLIGHTS = "option,stops,duration,price\nA,0,4h 05m,412\nB,1,6h 20m,268\nC,1,7h 45m,241\nD,1,5h 50m,305\n"
ROUTES = "route,p50,p99\n/a,12ms,88ms\n/b,140ms,2.1s\n/c,9ms,400ms\n/d,30ms,1.2s\n"
COMMITS = """\
commit 77b0e11
Author: Bo Ek <bo@x.org>
Date:   Mon Jun 3 17:02:10 2024 +0200

    Bump requests

commit 9f1c2aa
Author: Ann Lee <ann@x.org>
Date:   Tue Jun 4 10:11:00 2024 +0200

    Fix race in token refresh

commit 1d2e3f4
Author: Bo Ek <bo@x.org>
Date:   Wed May 29 12:00:00 2024 +0200

    Docs on keys
"""
TICKETS = (
    '[{"key":"A-1","created":"Mon, 3 Jun 2024 10:00:00 GMT"},{"key":"A-2","created":"Fri, 7 Jun 2024 09:00:00 GMT"},'
    '{"key":"A-3","created":"Tue, 28 May 2024 12:30:00 GMT"}]'
)
EVENTS = "event,date\nRegatta,14 June 2024\nFish market,3 July 2024\nConcert,28.05.2024\nAuction,2 December 2023\n"
PRICES = "item;price\nhammer;12,50\nsaw;12,90\ndrill;1.089,00\nfile;12,05\n"
RESTARTS = """\
NAME     READY   RESTARTS       AGE
api-0    1/1     0              12d
api-1    0/1     41 (2m ago)    3h
web-0    1/1     1 (5d ago)     12d
"""
IMAGES = """\
REPOSITORY   TAG      CREATED
web          4.1.0    2024-06-02
web          latest   2024-05-12
nginx        1.25     2024-04-01
"""
GOALS = "player,caps,scored\nAhn,90,2\nBex,71,0\nCole,90,1\nDietz,19,4\n"


@pytest.mark.parametrize(
    ("name", "text", "query", "best", "tokens"),
    [
        ("s.txt", SNAPSHOTS, "Which snapshot is the oldest?", "monthly-0101", 30),
        ("s.txt", SNAPSHOTS, "Which snapshot is the latest?", "daily-0310", 30),
        ("c.json", CREW, "Who is the youngest?", "Otto", 32),
        ("c.json", CREW, "Who is the oldest?", "Pia", 32),
        ("c.csv", CHURCHES, "Which church is the oldest?", "Old Minster", 20),
        ("d.csv", DOMAINS, "Which certificate expires first?", "api", 22),
        ("d.csv", DOMAINS, "Which certificate expires last?", "mail", 22),
        ("r.json", REVIEWS, "What did the worst review say?", "Cold.", 28),
        ("r.json", REVIEWS, "What did the best review say?", "Quiet.", 28),
        ("c.csv", CUP, "Which boat had the best position?", "Skua", 15),
        ("s.csv", SUITES, "Which suite is the slowest?", "browser", 20),
        ("f.csv", FLIGHTS, "Which option is the fastest?", "A,0,4h 05m", 24),
        ("0", COMMITS, "What is the latest commit?", "9f1c2aa", 70),
        ("0", COMMITS, "Which commit is the oldest?", "1d2e3f4", 70),
        ("t.json", TICKETS, "Which ticket is the newest?", "A-2", 40),
        ("e.csv", EVENTS, "Which event is the latest?", "Fish market", 20),
        ("e.csv", EVENTS, "Which event is the earliest?", "Auction", 20),
        ("p.csv", PRICES, "Which item has the lowest price?", "file", 20),
        ("p.csv", PRICES, "Which item has the highest price?", "drill", 20),
        ("0", RESTARTS, "Which pod has the most restarts?", "api-1", 40),
        ("0", IMAGES, "Which image has the tag latest?", "web          latest", 30),
        ("r.csv", ROUTES, "Which route has the highest p99 latency?", "/b", 20),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_the_end_that_the_column_means(name, text, query, best, tokens, compressor):
    document = ragzip.Document(name, text)
    assert best in ragzip.compress(document, query, target_tokens=tokens, compressor=compressor, cache=SCORES).text


@pytest.mark.parametrize("query", ["Who scored first?", "Which player came last?", "Which players were the fastest?"])
def test_other_numbers_have_no_first_one(query):
    structure = structure_of(GOALS, "", "g.csv")
    lines = outline(Segment.whole(ragzip.Document("g.csv", GOALS), 0, structure.form), Budget(len))
    scores = np.linspace(0.2, 0.8, len(lines.spans))
    assert with_extremes(query, TextUnits(lines, GOALS), scores) is scores
