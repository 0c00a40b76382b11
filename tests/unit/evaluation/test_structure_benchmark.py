"""The benchmark of structured texts counts what it says: tables it writes, what parses, what is kept."""

import csv
import io
import json
import random
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))
try:
    import structure
    import structure_arms
    import structure_logs
    import structure_parsing
    import structure_tables
finally:
    sys.path.remove(str(BENCHMARKS))

TEXT = 'Station | Year | Note\nLeeds | 2017 | said "a, b"\nYork | 2018 | \nBath | 2018 | Leeds'
LINES = [(0, 21), (22, 48), (49, 62), (64, 83)]


@pytest.fixture
def table():
    assert [TEXT[start:end] for start, end in LINES] == [line.rstrip() for line in TEXT.split("\n")]
    return structure_tables.Table(TEXT, LINES)


@pytest.mark.parametrize("kind", structure_tables.FORMATS)
def test_written_tables_say_where_each_row_is(table, kind):
    text, places = table.written(kind)
    assert len(places) == 4
    shown = [[text[start:end] for start, end in row] for row in places[table.header_rows :]]
    assert [len(row) for row in shown] == [3, 2, 3], "of empty cells nothing need be kept"
    assert all("Leeds" in shown[0][0] and "2018" in row[1] for row in shown[1:])
    if kind == "csv":
        assert list(csv.reader(io.StringIO(text)))[1] == ["Leeds", "2017", 'said "a, b"']
    if kind == "json":
        assert json.loads(text)[1] == {"Station": "York", "Year": "2018", "Note": ""} and not places[0]


def test_rows_that_answer_are_those_of_the_spans(table):
    assert table.header_rows == 1 and table.rows_of([(49, 54), (64, 65)]) == [2, 3]
    assert table.rows_of([(0, 21)]) == [], "the header is no row"


def test_names_of_columns_are_not_repeated():
    text = " | 2019 | 2019\n | $ | \nA | 1 | 2"
    table = structure_tables.Table(text, [(0, 14), (15, 21), (23, 32)])
    assert table.header_rows == 2 and table.keys() == ["column 1", "2019 $", "2019"]


def test_a_row_counts_only_under_its_header(table):
    text, places = table.written("csv")
    name = "table.csv"
    share = structure_tables._share_of_rows(name, places[0], [places[2], places[3]])

    def kept(*spans):
        return structure_arms.Kept("", {name: list(spans)}, 0)

    row_3 = (places[2][0][0], places[2][-1][1])
    assert share(kept((0, len(text)))) == 1 and share(kept(row_3)) == 0
    assert share(kept((0, places[0][-1][1]), row_3)) == 0.5


def test_chunks_and_gaps():
    text = " ".join(f"w{number}" for number in range(400))
    chunks = structure_arms.chunks(text)
    assert [len(text[start:end].split()) for start, end in chunks] == [150, 150, 100]
    assert structure_arms.without_gaps(text, chunks) == [(0, len(text))]
    assert structure_arms.without_gaps("a b c", [(4, 5), (0, 1)]) == [(0, 1), (4, 5)]


@pytest.mark.parametrize("name", ["bm25 in chunks", "chunks by bm25", "truncation"])
def test_arms_say_what_they_keep(name):
    texts = (
        structure_arms.Text("a.txt", "It rained. " * 300),
        structure_arms.Text("b.txt", "The mill burned. It snowed."),
    )
    kept = structure_arms.arm(name, texts, "When did the mill burn?", 30, False)
    assert 0 < kept.tokens <= 30
    assert kept.tokens > 25 or name == "bm25 in chunks"
    if name == "truncation":
        assert kept.spans["a.txt"][0][0] == 0 and not kept.spans["b.txt"]
    else:
        assert structure_arms.held(kept, "b.txt", [(0, 16)])


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("json", '[{"a": 1}]', '{"a": 1}, {'), ("jsonl", '{"a": 1}\n{"a": 2}', '{"a": 1}\n"a": 2}'),
        ("xml", "<a><b/></a>", "<b/><c/>"), ("py", "def f():\n    return 1", "    return 1"),
        ("csv", "a,b\n3,4", "3,4"), ("csv", "a,b\n3,4", "a,b\n3"), ("csv", "b\n2\n4\n6", "b\n2\n4"),
    ],
)  # fmt: skip
def test_what_parses(kind, good, bad):
    source = "a,b\n1,2\n3,4\n5,6\n"
    assert structure_parsing.parses(kind, good, source) and not structure_parsing.parses(kind, bad, source)


@pytest.mark.parametrize("kind", structure_parsing.FORMATS)
def test_generated_texts_parse(kind):
    texts = structure_parsing.generated(20)[kind]
    assert sum(structure_parsing.parses(kind, text, text) for _, text in texts) >= 19


def test_identifiers():
    text = "see /var/log/a.txt:12, get_value(x), camelCase, port 8080, sha 39b69cddca, vLLM is 12 now: model.py"
    assert structure.identifiers(text) == {
        "/var/log/a.txt:12", "get_value", "camelCase", "8080", "39b69cddca", "model.py",
    }  # fmt: skip


def test_a_count_is_told_or_shown():
    text = "a 1\nb 2\na 3\na 4\n"
    tells = structure_logs._tells({"pattern": "^a", "count": 3}, text)

    def kept(written):
        return structure_arms.Kept(written, {}, 0)

    assert tells(kept("a 1\na 3\na 4")) and tells(kept("a 1 [and 2 like it]")) and tells(kept("a 1 [3 times]"))
    assert not tells(kept("a 1\na 3")) and not tells(kept("b 2")) and not tells(kept("a 3"))


def test_questions_about_logs():
    entries = json.loads(structure_logs.QUESTIONS.read_text("utf-8"))
    assert len(entries) == 50 and len({entry["system"] for entry in entries}) == 16
    assert {entry["kind"] for entry in entries} == {"error", "first", "last", "id", "count"}
    assert all(entry["lines"] or entry["count"] for entry in entries)


def test_long_logs_are_long(monkeypatch):
    assert structure_logs.LONG_LOG_BYTES == 5_000_000
    monkeypatch.setattr(structure_logs, "LONG_LOG_BYTES", 100_000)
    text = structure_logs.long_log(["12:30 a 1", "12:31 b 22"], random.Random(1))
    assert abs(len(text) - 100_000) < 20 and text.count(" a 1\n") > 1000
