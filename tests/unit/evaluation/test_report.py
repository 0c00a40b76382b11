import csv
import io
import json
import math
import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from eval_runs import EXAMPLES, GRID, Echo, example, go

from ragzip.compressors.registry import load
from ragzip.errors import InputError, OptionError
from ragzip.eval.evaluate import evaluate
from ragzip.eval.measures.economics import LinearFit, Prices, break_even, cost, fit_line
from ragzip.eval.measures.statistics import interval, over_tasks, paired
from ragzip.eval.record import Arm, Record
from ragzip.eval.reports.tables import make_report
from ragzip.eval.reports.terminal import text_table
from ragzip.eval.reports.writing import csv_cell
from ragzip.eval.runs.runner import arms
from ragzip.eval.suites.load import Suite


def test_intervals():
    found = interval([0.0, 1.0] * 50)
    assert found.mean == 0.5 and found.n == 100 and 0.38 < found.low < 0.45 and 0.55 < found.high < 0.62
    assert interval([]) is None and interval([1.0] * 5)[:3] == (1, 1, 1)
    assert interval([0.0, 1.0] * 50) == found  # seeded


def test_differences_are_paired():
    whole = {str(i): float(i % 2) for i in range(60)}
    better = {key: value + 0.1 for key, value in whole.items()}
    found = paired(better, whole)
    assert found.mean == pytest.approx(0.1) and found.high - found.low < 1e-9
    assert paired({"a": 1.0}, {"b": 1.0}) is None


def test_tasks_count_alike():
    assert over_tasks({"a": [1.0] * 100, "b": [0.0], "c": []}).mean == 0.5


def record(arm, number, *, score=1.0, tokens=1000, rate=1.0, seconds=0.0, **more):
    given = {
        "id": str(number), "suite": "qa", "task": "t", "compressor": arm.name, "rate": arm.rate,
        "target_tokens": None, "reader": "r", "tokens_in": tokens, "tokens_out": int(tokens * rate),
        "cache_misses": 1, "seconds": {"compress": seconds, "read": 2.0, "first": 0.001 * tokens * rate},
        "kept": {"answer": score}, "scores": {"qa_f1": score}, "prompt_tokens": int(tokens * rate) + 100,
        "output_tokens": 10,
    }  # fmt: skip
    return Record(**{**given, **more})


def test_what_an_answer_costs():
    prices = Prices(input=1.0, output=4.0, cached=0.1, hits=0.5, machine=3.6)
    whole, short = record(Arm("none"), 0), record(Arm("auto", 0.25), 0, rate=0.25, seconds=0.2)
    # 1,000 tokens of which half costs a tenth, 100 around them, 10 written
    assert cost(whole, prices) == pytest.approx((1000 * 0.55 + 100 + 40) / 1e6)
    assert cost(short, prices) == pytest.approx((250 + 100 + 40) / 1e6 + 0.2 * 3.6 / 3600)
    for bad in ({"input": -1}, {"cached": 2}, {"hits": -0.1}, {"prefill": 0}, {"machine": math.inf}):
        with pytest.raises(OptionError, match="prices"):
            Prices(**bad)


def test_lines():
    x = [100, 1000, 3000]
    assert fit_line(x, [0.1 + 0.001 * n for n in x]) == pytest.approx(LinearFit(0.1, 0.001))
    assert fit_line([500] * 5, [0.5] * 5) == pytest.approx(LinearFit(0, 0.001))
    assert fit_line([], []) is None and fit_line(x, [3, 2, 1]) == pytest.approx(LinearFit(2, 0))


def test_from_where_on_it_pays():
    records = [record(Arm("a", 0.5), n, tokens=n, rate=0.5, seconds=0.1 + 0.0002 * n) for n in (500, 1000, 4000)]
    even = break_even(records, records, Prices(), reading=LinearFit(0.0, 0.001))
    assert even.time == pytest.approx(0.1 / (0.0005 - 0.0002)) and even.money is None
    assert math.isinf(break_even(records, records, Prices(), reading=LinearFit(0.0, 0.0001)).time)
    assert break_even(records, records, Prices(input=1.0)).money == 0
    # a cached prefix at a tenth of the price is cheaper than half of the tokens at the whole one
    assert math.isinf(break_even(records, records, Prices(input=1.0, cached=0.1, hits=1.0)).money)


def rows_of(records, **more):
    return make_report(records, suite="qa", tokenizer="o200k_base", **more)


def test_rows():
    auto = Arm("auto", 0.25)
    records = [record(Arm("none"), i, score=float(i % 2)) for i in range(20)]
    records += [record(auto, i, score=1.0, rate=0.25, seconds=0.1) for i in range(20)]
    report = rows_of(records, prices=Prices(input=1.0))
    none, short = report.rows
    assert none.quality.mean == 0.5 and none.difference is None and short.difference.mean == 0.5
    assert (
        short.difference.low > 0 and short.rate == 0.25 and short.tokens == 250 and short.compress == pytest.approx(100)
    )
    assert none.tokens_per_correct == 1110 * 20 / 10 and short.tokens_per_correct == 360
    assert none.cost_per_correct == pytest.approx(20 * 1100 / 1e6 / 10)
    assert none.read == 2000 and none.even is None and short.even.money == 0


def test_failed_examples_count_for_no_arm():
    auto = Arm("auto", 0.25)
    records = [record(Arm("none"), i) for i in range(4)] + [record(auto, i) for i in range(3)]
    records.append(record(auto, 3, error="broken"))
    report = rows_of(records)
    assert [row.n for row in report.rows] == [3, 3] and "1 examples failed" in report.notes[0]


def test_all_tasks_and_ranges_of_length():
    records = [record(Arm("none"), i, task=task, score=score, length=n) for i in range(4)
               for task, score, n in (("a", 1.0, 100), ("b", 0.0, 9000))]  # fmt: skip
    records += [record(Arm("none"), i, task="b", score=0.0, length=5000) for i in range(4, 20)]
    last = rows_of(records).rows[-1]
    assert last.task == "all tasks" and last.quality.mean == 0.5
    named = [row.task for row in make_report(records, suite="longbench-e", tokenizer="x").rows]
    assert named == ["a", "b", "a (0-4k words)", "b (8k+ words)", "b (4-8k words)", "all tasks"]


def test_a_report_on_disk(tmp_path):
    weird = example(7, task="other <b>", query="Which & why?")
    suite = Suite("qa", [*EXAMPLES, weird], ("a note",))
    report = evaluate(suite, GRID, out=tmp_path, reader=Echo(), cache=False, prices=Prices(input=1.0))
    assert len(report.rows) == 15
    found = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert len(found["rows"]) == 15 and found["rows"][1]["compressor"] == "bm25" and found["reader"] == "echo"
    table = list(csv.DictReader(io.StringIO((tmp_path / "report.csv").read_text("utf-8"))))
    assert float(table[0]["quality"]) == 1 and table[1]["rate_asked"] == "0.3" and float(table[3]["quality"]) == 0
    lines = (tmp_path / "report.md").read_text("utf-8").split("\n")
    assert lines[0].startswith("| task | compressor | n | tokens | kept | qa_f1 |") and "a note" in lines
    assert len({line.count("|") for line in lines if line.startswith("|")}) == 1
    shown = report.to_text().split("\n")
    assert shown[0].startswith("task: ") and shown[1].split()[:2] == ["compressor", "n"] and shown[-1] == "a note"
    assert [line for line in shown if line.startswith("task: ")][-1] == "task: all tasks"
    assert (tmp_path / "quality.png").read_bytes().startswith(b"\x89PNG")
    ET.fromstring((tmp_path / "quality.svg").read_text("utf-8"))


def test_a_page_with_wins_and_losses(tmp_path):
    weird = example(7, task="other <b>", query="Which & why?")
    evaluate(Suite("qa", [*EXAMPLES, weird], ()), GRID, out=tmp_path, reader=Echo(), cache=False)
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "other &lt;b&gt;" in text and "<b>other" not in text and "<svg" in text
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:|//)", text)  # nothing is fetched
    assert ">baseline/<wbr>truncate 30%</th>" in text
    assert re.findall('<th scope="rowgroup">(.*?)</th>', text) == ["all tasks", "facts", "other &lt;b&gt;"]
    assert text.count("loss -1.00") >= 2 and "<del" in text and "<ins" in text and "baseline/truncate 30%" in text
    assert '<dt>Answer to the compressed one</dt><dd dir="auto">no idea</dd>' in text
    assert "minus that of its answer" in text, "what a gain means"
    page = text[text.index("<main>") :]
    summaries = re.findall(r"<summary>(.*?)</summary>", page)
    assert any("Which &amp; why?" in summary for summary in summaries), "questions, not ids"
    assert "<h1>facts, other &lt;b&gt;, reader echo</h1>" in page, "the name of the data"
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert levels[0] == 1 and all(after - before <= 1 for before, after in pairwise(levels))
    assert '<html lang="en">' in text and 'tabindex="0"' in page and page.count('<th scope="row"') == 15
    identifiers = re.findall(r"<(?:path|clipPath|g)[^>]* id=\"([^\"]*)\"", page)
    marks = [name for name in identifiers if re.fullmatch(r"[mp][0-9a-f]{10}", name)]
    assert marks and len(marks) == len(set(marks)), "the chart and its narrow form do not share what they refer to"


def test_without_a_reader_answers_kept_are_the_measure(tmp_path):
    report = evaluate(Suite("qa", EXAMPLES, ()), arms(["bm25"], [0.3]), out=tmp_path, cache=False)
    assert report.rows[1].measure == "answer kept" and report.rows[1].quality.mean == 1 and report.reader is None
    assert report.rows[0].kept["answer"].mean == 1
    assert "NLL" not in report.cells()[0] and "answer kept" in report.cells()[0]
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "No reader was asked" in text and "the share of tokens saved" in text and "answer kept, " in text
    assert go(tmp_path, grid=arms(["bm25"], [0.3]))  # the folder can be gone on with


ODD = 'a|b <b>&"$x_1$ [y](z) `c`\n$'


def test_names_are_shown_as_they_are(tmp_path):
    evil = example(7, task=f"=1+{ODD}")
    own = {f"@SUM(A1) {ODD}": load("bm25"), "_hidden": load("bm25")}
    reader = Echo()
    reader.name = f"r$\\frac{ODD}\0\x1b[1m"
    report = evaluate(
        Suite("qa", [evil], ("note <script> $",)), arms([*own], [0.5]), out=tmp_path, reader=reader, compressors=own,
        cache=False,
    )  # fmt: skip
    lines = (tmp_path / "report.md").read_text("utf-8").split("\n")
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 5 and len({len(re.findall(r"(?<!\\)\|", line)) for line in table}) == 1
    assert "<b>" not in "".join(lines) and "](" not in "".join(lines) and "note &lt;script&gt; $" in lines
    rows = list(csv.DictReader(io.StringIO((tmp_path / "report.csv").read_bytes().decode())))
    assert rows[1]["task"] == f"'=1+{ODD}" and rows[1]["compressor"] == f"'@SUM(A1) {ODD}"
    assert float(rows[1]["quality"]) == 1
    shown = report.to_text().split("\n")
    assert shown[0].startswith("task: =1+a|b <b>") and sum(line.startswith("_hidden 50%") for line in shown) > 1
    assert "\0" not in "".join(shown) and "\x1b" not in "".join(shown)
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "<b>&" not in text and "<script>" not in text
    svg = "".join(ET.fromstring((tmp_path / "quality.svg").read_text("utf-8")).itertext())
    assert '=1+a|b <b>&"$x_1$' in svg and "r$\\fraca|b" in svg and "_hidden" in svg
    assert (tmp_path / "quality.png").read_bytes().startswith(b"\x89PNG")


def test_a_table_for_a_terminal():
    long_name, wide_name = "a-compressor-with-a-name/that-goes-on-and-on-and-on 25%", "圧縮" * 20 + " 50%"
    headings = ["compressor", *(f"measure number {number}" for number in range(9)), "empty"]
    cells = [headings, *([name, *["0.123 [0.100, 0.150]"] * 9, ""] for name in (long_name, wide_name, "x"))]
    parts = text_table(cells).split("\n\n")
    assert len(parts) == 5 and "empty" not in "".join(parts)
    for part in parts:
        lines = part.split("\n")
        assert len(lines) == 4 and all(len(line) + sum(ord(mark) > 0x3000 for mark in line) <= 100 for line in lines)
        assert lines[0].split()[:2] == ["compressor", "measure"] and "25%" in lines[1] and "50%" in lines[2]
        assert "…" in lines[1] and "…" in lines[2]
    assert text_table([["compressor", "a"], ["x", "1"]]) == "compressor  a\nx           1"


def test_tables_fit_the_terminal():
    records = [record(Arm("none"), number) for number in range(3)]
    records += [record(Arm("extractive/embedding", 0.25), number, rate=0.25, nll=0.5) for number in range(3)]
    shown = rows_of(records, prices=Prices(input=1.0), notes=["A long note. " * 30]).to_text()
    assert max(map(len, shown.split("\n"))) <= 100 and "cheaper" in shown and "A long note." in shown


@pytest.mark.parametrize(
    "value", ["=1", "+cmd", "-cmd", "@x", "\tx", "\rx", "＝1", -1.5, "-1.5", "inf", "name", 3, None]
)
def test_cells_that_a_spreadsheet_would_run(value):
    shown = csv_cell(value)
    runs = isinstance(value, str) and value[0] in "=+-@\t\r＝" and value != "-1.5"
    assert shown == (f"'{value}" if runs else value)


def test_an_evaluation_in_which_every_example_fails(tmp_path):
    suite = Suite("qa", [example(i, metrics=("unheard",)) for i in range(3)], ())
    report = evaluate(suite, GRID[:2], out=tmp_path, reader=Echo(), cache=False)
    assert report.all_failed and not report.rows
    for shown in (report.to_text(), *((tmp_path / f"report.{kind}").read_text("utf-8") for kind in ("md", "html"))):
        assert "All 3 examples failed" in shown and "(6 of 6)" in shown and "unheard" in shown
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["rows"] == []
    assert (tmp_path / "report.csv").read_text("utf-8").startswith("task,")
    assert "every example failed" in (tmp_path / "quality.svg").read_text("utf-8")
    with pytest.raises(InputError, match="no examples"):
        evaluate(Suite("qa", [], ()), GRID, out=tmp_path / "none", cache=False)
    assert not (tmp_path / "none").exists()
    with pytest.raises(InputError, match="none"):
        rows_of([])
