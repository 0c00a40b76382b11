import csv
import io
import json
import math
import random

import pytest
from decisions import TOOLS, Agent, call, conversation, log_with_failure

from ragzip.backends.runtimes.replies import calls_in_text
from ragzip.errors import InputError, OptionError
from ragzip.eval.evaluate import evaluate
from ragzip.eval.measures.decisions import verdict_of, with_agreement
from ragzip.eval.measures.kept import spans_of_text
from ragzip.eval.record import AGAIN, Arm, Record
from ragzip.eval.reports.tables import make_report
from ragzip.eval.runs.readers import ChatReader, Decider, load_reader
from ragzip.eval.runs.runner import arms, run
from ragzip.eval.runs.systems import FunctionSystem, MessagesSystem, System, compressed_by, load_system, system_of
from ragzip.eval.suites.conversations import FINAL_ANSWER, decision_of
from ragzip.eval.suites.load import load_suite
from ragzip.messages.rows import ToolCall

GRID = arms(["bm25", "baseline/truncate"], target_tokens=[60])
BATCHES = range(4100, 4106)


def written(path, rows):
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return path


@pytest.fixture
def suite(tmp_path):
    return load_suite(written(tmp_path / "agents.jsonl", map(conversation, BATCHES)))


def measured(suite, out, grid=GRID, reader=None, **options):
    return run(suite.examples, grid, out=out, suite=suite.name, cache=False, reader=reader, **options)


def without_results(messages):
    """A system that empties the tool results."""
    return [{**row, "content": "…"} if row["role"] == "tool" else row for row in messages]


def failing_on_even_batches(messages):
    if int(str(messages[-1]["content"]).partition("ERROR batch ")[2][:4]) % 2 == 0:
        raise RuntimeError("out of memory")
    return list(messages)


def test_decisions_are_compared_by_value():
    left = decision_of([ToolCall("read", '{"path": "a.py", "lines": [1, 2.0]}'), ToolCall("stop", {})])
    right = decision_of([ToolCall("stop", ""), ToolCall("read", {"lines": [1.0, 2], "path": "a.py"})])
    assert left == right == 'read {"lines": [1, 2], "path": "a.py"}\nstop {}'
    assert decision_of([ToolCall("read", {"n": "1"})]) != decision_of([ToolCall("read", {"n": 1})])
    assert decision_of([ToolCall("read", "{not json")]) == 'read {"input": "{not json"}'
    assert decision_of([]) == FINAL_ANSWER


@pytest.mark.parametrize(("text", "calls"), [
    ('Let me see.\n<tool_call>\n{"name": "read", "arguments": {"id": 1}}\n</tool_call>', (("read", {"id": 1}),)),
    ('<tool_call>{"name": "a", "arguments": {}}</tool_call><tool_call>{"name": "b"', (("a", {}), ("", '{"name": "b"'))),
    ('{"name": "read", "parameters": {"id": 1}}', (("read", {"id": 1}),)),
    ('[TOOL_CALLS] [{"name": "a", "arguments": {}}, {"name": "b", "arguments": {}}]', (("a", {}), ("b", {}))),
    ('{"answer": 3}', ()), ('The log says {"name": "x", "arguments": {}}', ()), ("", ()), ("[1", ()),
])  # fmt: skip
def test_calls_in_the_text_of_a_local_model(text, calls):
    assert calls_in_text(text) == calls


def test_few_pairs_show_nothing():
    def same(n):
        return verdict_of(dict.fromkeys(range(n), 1.0), dict.fromkeys(range(n), 1.0))

    z = 1.6448536269514722
    assert same(20).low == pytest.approx(-z * z / (20 + z * z)), "the score interval of a share of nothing"
    assert not same(51).not_worse and same(52).not_worse and same(52).p_value == 1
    worse = verdict_of({0: 0.0, 1: 0.0, 2: 0.0, 3: 1.0}, dict.fromkeys(range(9), 1.0), margin=0.9)
    assert (worse.lost, worse.gained, worse.n, worse.p_value) == (3, 0, 4, 0.25) and not worse.not_worse
    assert verdict_of({1: 1.0}, {}) is None


@pytest.mark.parametrize(("gained", "lost", "n"), [(3, 5, 40), (0, 4, 30), (6, 1, 25)])
def test_the_lower_end_is_where_the_score_test_just_rejects(gained, lost, n):
    signs = [1] * gained + [-1] * lost + [0] * (n - gained - lost)
    low = verdict_of(dict(enumerate(signs)), dict.fromkeys(range(n), 0)).low
    shares = [step / 200_000 for step in range(1, 200_000)]
    likely = {
        share: gained * math.log(share + low) + lost * math.log(share) + (n - gained - lost) * math.log(rest)
        for share in shares
        if share + low > 0 and (rest := 1 - 2 * share - low) > 0
    }
    share = max(likely, key=likely.get)  # of losses, where the shares differ by ``low``
    statistic = (gained - lost - n * low) / math.sqrt(n * (2 * share + low - low**2))
    assert statistic == pytest.approx(1.645, abs=0.002)


def test_the_lower_end_covers_the_true_difference():
    generator = random.Random(7)
    covered = 0
    for _ in range(400):
        draws = generator.choices([1, -1, 0], [0.05, 0.15, 0.8], k=60)
        verdict = verdict_of(dict(enumerate(draws)), dict.fromkeys(range(60), 0))
        covered += verdict.low <= -0.1
    assert 0.92 <= covered / 400 <= 0.98, "one-sided 95 %"


def test_an_agent_decides_by_what_it_still_reads(suite, tmp_path):
    agent = Agent()
    systems = [without_results, MessagesSystem("by messages", compressor="bm25", target_tokens=60, least=0)]
    report = evaluate(
        suite, GRID, out=tmp_path / "out", cache=False, reader=ChatReader(agent, "agent"), systems=systems
    )
    rows = {row.arm.name: row for row in report.rows}
    assert list(rows) == ["none", "bm25", "baseline/truncate", "without_results", "by messages"]
    assert agent.bound[0] == [tool["function"]["name"] for tool in TOOLS]
    for name, agreement in (
        ("none", 1),
        ("bm25", 1),
        ("by messages", 1),
        ("baseline/truncate", 0),
        ("without_results", 0),
    ):
        row = rows[name]
        assert row.measure == "recorded action" and row.quality.mean == row.scores["same action"].mean == agreement
        assert row.kept["identifiers"].mean == agreement and row.n == len(BATCHES) and row.fallbacks == 0
    assert rows["none"].verdict is None and rows["bm25"].rate < 0.1 and rows["bm25"].kept["lines"].mean < 0.1
    assert not rows["bm25"].verdict.not_worse, "six pairs show nothing"
    assert rows["bm25"].verdict.lost == 0 and rows["baseline/truncate"].verdict.lost == 6
    assert rows["baseline/truncate"].difference.mean == -1
    assert rows["bm25"].tokens == rows["by messages"].tokens and rows["none"].tokens > 700
    text = report.to_text()
    assert "not shown" in text and "Tango" in text and "AGAIN" not in text and AGAIN not in text
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "I cannot find it." in page and "retry_batch {&quot;id&quot;: 4100}" in page and "ERROR batch 4100" in page
    table = list(csv.DictReader(io.StringIO((tmp_path / "out" / "report.csv").read_text("utf-8"))))
    assert table[2]["verdict.lost"] == "6" and float(table[1]["scores.same action"]) == 1
    assert json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))["rows"][2]["verdict"]["lost"] == 6


def test_a_large_margin_is_held(suite, tmp_path):
    options = {"out": tmp_path / "out", "cache": False, "reader": ChatReader(Agent(), "agent"), "margin": 0.5}
    report = evaluate(suite, GRID, **options)
    assert [row.verdict and row.verdict.not_worse for row in report.rows] == [None, True, False]
    with pytest.raises(OptionError, match="margin"):
        evaluate(suite, GRID, **{**options, "margin": 5})


def test_a_reader_is_compared_with_itself(tmp_path):
    rows = [{**conversation(batch), "next": None} for batch in BATCHES]
    suite = load_suite(written(tmp_path / "agents.jsonl", rows))
    assert not suite.notes and len(suite.examples) == len(rows)
    reader = ChatReader(Agent(slips=1), "slipping")
    grid = arms(["bm25"], target_tokens=[60])
    records = measured(suite, tmp_path / "out", grid, reader)
    decisions = {(record.compressor, record.id): record.decision for record in records}
    floor = sum(decisions["none", row["id"]] == decisions[AGAIN, row["id"]] for row in rows) / len(rows)
    same = sum(decisions["none", row["id"]] == decisions["bm25", row["id"]] for row in rows) / len(rows)
    assert floor < 1
    report = make_report(records, suite="decisions", tokenizer="bpe")
    none, compressed = report.rows
    assert (none.measure, none.quality.mean, compressed.quality.mean) == ("same action", floor, same)
    assert compressed.difference.mean == pytest.approx(same - floor)
    assert with_agreement(with_agreement(records)) == with_agreement(records)


class Fixed:
    """A deterministic reader: it answers, without a look."""

    name = fingerprint = "fixed"
    deterministic = True

    def decide(self, messages, tools, *, max_tokens):
        return load_reader(Agent()).decide(messages, tools, max_tokens=max_tokens)


def test_a_deterministic_reader_is_asked_once(suite, tmp_path):
    assert isinstance(load_reader(Fixed()), Fixed) and isinstance(Fixed(), Decider)
    records = measured(suite, tmp_path / "out", arms(["bm25"], [0.5]), Fixed())
    assert {record.compressor for record in records} == {"none", "bm25"}
    assert {record.scores["same action"] for record in with_agreement(records)} == {1.0}


def test_it_resumes_with_further_systems(suite, tmp_path):
    agent = Agent()
    reader = ChatReader(agent, "agent")
    measured(suite._replace(examples=suite.examples[:2]), tmp_path / "out", reader=reader)
    assert len(agent.prompts) == 8
    records = measured(suite, tmp_path / "out", reader=reader, systems=[without_results])
    assert len(agent.prompts) == len(records) == 6 * 5
    measured(suite, tmp_path / "out", reader=reader, systems=[without_results])
    assert len(agent.prompts) == 30


def test_where_a_system_fails_the_whole_messages_are_read(suite, tmp_path):
    reader = ChatReader(Agent(), "agent")
    systems = [failing_on_even_batches, FunctionSystem(str, "text"), FunctionSystem(lambda rows: rows[:1], "first row")]
    records = measured(suite, tmp_path / "out", arms([]), reader, systems=systems)
    reasons = {record.compressor: record.fallback for record in records if record.id == "batch-4100"}
    assert reasons["failing_on_even_batches"] == "RuntimeError: out of memory" and reasons["none"] is None
    assert "expected a list of messages" in reasons["text"] and "received str" in reasons["text"]
    rows = {row.arm.name: row for row in make_report(records, suite="decisions", tokenizer="bpe").rows}
    assert [row.fallbacks for row in rows.values()] == [0, 3, 6, 0]
    assert rows["text"].rate == 1 and rows["text"].verdict is None, "it was never read"
    assert rows["failing_on_even_batches"].verdict.lost == 0 and rows["first row"].scores["same action"].mean == 0
    report = make_report(records, suite="decisions", tokenizer="bpe")
    assert "6 (3 read whole)" in report.to_text() and any(
        "RuntimeError: out of memory" in note for note in report.notes
    )


def test_what_a_system_may_return():
    messages = conversation(4100)["messages"]

    def refused(output, reason):
        with pytest.raises(InputError, match=reason):
            compressed_by(FunctionSystem(lambda rows: output, "mine"), messages)

    refused(None, "received NoneType")
    refused([], "no messages")
    refused(messages[:2], "do not belong together: \\['1'\\]")
    refused([messages[0], messages[2]], "do not belong together")
    refused([{"role": "user", "content": object()}], "JSON")

    def spoiling(rows):
        rows[0]["content"] = "spoilt"
        return rows

    assert compressed_by(system_of(spoiling), messages)[0]["content"] == "spoilt"
    assert messages[0]["content"] != "spoilt", "a system gets a copy"


def test_systems_by_name(tmp_path, monkeypatch):
    module = tmp_path / "shorteners.py"
    module.write_text("def last(messages):\n    return messages\nkind = int\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    system = load_system("shorteners:last")
    assert isinstance(system, System) and system.name == "shorteners:last" and system([1]) == [1]
    for target, reason in (
        ("shorteners", "module:function"), ("shorteners:kind", "received int"),
        ("nowhere_to_be_found:f", "cannot be loaded"), ("shorteners:nothing", "cannot be loaded"),
    ):  # fmt: skip
        with pytest.raises(OptionError, match=reason):
            load_system(target)
    fingerprint = system.fingerprint
    module.write_text("def last(messages):\n    return messages[-1:]\n", "utf-8")
    assert FunctionSystem(system.function).fingerprint != fingerprint, "the file changed"


def test_what_fits_together(suite, tmp_path):
    questions = load_suite(
        written(tmp_path / "q.jsonl", [{"question": "Who?", "answer": "Ada", "context": "Ada did."}])
    )
    out = tmp_path / "out"
    with pytest.raises(OptionError, match="suite of conversations"):
        measured(questions, out, systems=[without_results])
    with pytest.raises(OptionError, match="name of its own"):
        measured(suite, out, systems=[FunctionSystem(without_results, "bm25")])
    with pytest.raises(OptionError, match="expected a System"):
        measured(suite, out, systems=[3])
    with pytest.raises(OptionError, match="reader with the method decide"):
        measured(suite, out, reader=type("Reading", (), {"name": "r", "fingerprint": "r", "read": print})())
    with pytest.raises(InputError, match="only conversations, or none"):
        measured(suite._replace(examples=[*suite.examples, *questions.examples]), out)
    results = load_suite(written(tmp_path / "results.jsonl", [{"tool": "read", "call": "{}", "text": "a"}]))
    with pytest.raises(OptionError, match="without tools"):
        measured(results, out, reader=ChatReader(Agent(), "agent"))


@pytest.mark.parametrize(("change", "reason"), [
    ({"messages": []}, "messages is list"), ({"tools": "none"}, "tools is str"),
    ({"messages": [{"role": "user", "content": "Hi"}]}, "no tool result"),
    ({"messages": [*conversation(4100)["messages"], call("read_log", "3")]}, "goes to 'next'"),
    ({"next": {"role": "user", "content": "x"}}, "role 'assistant'"), ({"max_tokens": 0.5}, "max_tokens"),
    ({"next": {"role": "assistant", "tool_calls": [{"id": "1"}]}}, "name of a function"),
    ({"messages": [{"content": "x"}]}, "role or a type"),
])  # fmt: skip
def test_records_that_are_no_conversation(change, reason, tmp_path):
    with pytest.raises(InputError, match=reason):
        load_suite("decisions", written(tmp_path / "agents.jsonl", [{**conversation(4100), **change}]))


def test_tool_results_and_the_call_after_them(tmp_path):
    rows = [
        {"id": "s-9", "session": "s", "tool": "Bash", "call": {"command": "make"}, "text": "ok"},
        {"id": "s-1", "session": "s", "tool": "Read", "call": '{"file_path": "notes.md"}',
         "text": log_with_failure(4100) + "\n\n  see src/batch_4100.py and notes.md\n"},
        {"id": "s-2", "session": "s", "tool": "Read", "call": '{"file_path": "src/batch_4100.py"}', "text": "a = 1"},
        {"id": "t-1", "tool": "Read", "call": "{}", "text": "run id 12345", "next_call": {"run": 12345, "n": 1}},
    ]  # fmt: skip
    suite = load_suite(written(tmp_path / "results.jsonl", rows))
    assert suite.name == "tool-results" and len(suite.examples) == 4
    identifiers = {example.id: example.conversation.identifiers for example in suite.examples}
    assert identifiers == {"s-9": (), "s-1": ("src/batch_4100.py",), "s-2": (), "t-1": ("12345",)}
    records = measured(suite, tmp_path / "out", arms(["baseline/truncate"], [0.5]))
    kept = {(record.compressor, record.id): record.kept for record in records}
    assert kept["none", "s-1"]["lines"] == kept["none", "s-1"]["identifiers"] == 1
    assert kept["baseline/truncate", "s-1"]["identifiers"] == 0
    assert 0.4 < kept["baseline/truncate", "s-1"]["lines"] < 0.5 and kept["none", "s-2"]["identifiers"] is None
    report = make_report(records, suite=suite.name, tokenizer="bpe")
    assert report.rows[1].measure == "identifiers kept" and report.rows[1].quality.n == 2
    long = [record for record in records if record.id == "s-1"]
    assert all(record.tokens_out <= (record.rate or 1) * record.tokens_in for record in long)
    with pytest.raises(InputError, match="call is NoneType"):
        load_suite("tool-results", written(tmp_path / "bad.jsonl", [{"tool": "a", "call": None, "text": "b"}]))


def test_where_kept_text_stands():
    source = "One is here. Two is there. Three is gone.\n  four\nfour\nfive"
    assert [source[a:b] for a, b in spans_of_text(source, "One is here. Three is gone.\nfour\n[…]")] == [
        "One is here.", "Three is gone.", "four",
    ]  # fmt: skip
    assert spans_of_text(source, "") == []


def test_a_record_without_a_partner_has_no_agreement():
    record = Record("1", "decisions", "t", "bm25", 0.5, None, "agent", decision=FINAL_ANSWER)
    assert with_agreement([record])[0].scores == {} and record.arm == Arm("bm25", 0.5)
    assert math.isclose(verdict_of({1: 0.0}, {1: 0.0}).low, -(1.6448536269514722**2) / (1 + 1.6448536269514722**2))
