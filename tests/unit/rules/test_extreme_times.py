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
