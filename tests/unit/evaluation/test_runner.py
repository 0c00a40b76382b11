import json
import subprocess
import sys
import time
from pathlib import Path

import eval_runs
import pytest
from eval_runs import EXAMPLES, GRID, Echo, example, go

from ragzip.compressors.registry import load
from ragzip.errors import OptionError, StorageError
from ragzip.eval.measures.kept import contains
from ragzip.eval.record import Arm
from ragzip.eval.runs.records import read_records
from ragzip.eval.runs.runner import arms
from ragzip.testing.fakes import FakeRewriter


def test_a_grid():
    assert [arm.label for arm in GRID] == [
        "none", "bm25 30%", "bm25 60%", "baseline/truncate 30%", "baseline/truncate 60%",
    ]  # fmt: skip
    assert [arm.label for arm in arms(["bm25", "none"], target_tokens=[9])] == ["none", "bm25 9 tokens"]
    assert [arm.label for arm in arms(["auto"])] == ["none", "auto"]
    for rates in ([0], [1.5], [-1]):
        with pytest.raises(OptionError, match="rate"):
            arms(["bm25"], rates)


def test_records_say_what_was_kept(tmp_path):
    records = go(tmp_path)
    assert len(records) == len(EXAMPLES) * len(GRID) and not any(r.error for r in records)
    for record in records:
        assert record.tokens_out <= (record.rate or 1) * record.tokens_in and record.versions["ragzip"]
        if record.compressor != "baseline/truncate":
            assert record.kept["answer"] == record.kept["support"] == 1
            assert [1, 0, 18] not in record.spans and record.spans[1][0][0] == 0
    cut = [r for r in records if r.arm == Arm("baseline/truncate", 0.3)]
    assert all(r.kept["answer"] == 0 and r.kept["names"] == 0 for r in cut)


def test_only_the_context_is_compressed(tmp_path):
    reader = Echo()
    records = go(tmp_path, reader=reader, likelihood=True)
    assert all(prompt.startswith("Read:\n") and prompt.endswith("\nWhere is Oslo?") for prompt in reader.prompts)
    by = {(r.id, r.arm): r for r in records}
    assert by["e0", Arm("bm25", 0.3)].scores == {"qa_f1": 1.0, "exact_match": 1.0}
    assert by["e0", Arm("baseline/truncate", 0.3)].scores["qa_f1"] == 0
    assert by["e0", Arm("none")].seconds["read"] == 0.5 and by["e0", Arm("none")].nll == 0.1
    assert by["e0", Arm("none")].fingerprints["reader"] == "echo:1"


def test_it_goes_on_where_it_was_stopped(tmp_path):
    reader = Echo()
    go(tmp_path, EXAMPLES[:2], reader=reader)
    with (tmp_path / "records.jsonl").open("a") as out:
        out.write('{"id": "half a rec')
    seen = []
    records = go(tmp_path, reader=reader, progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (10, 30) and seen[-1] == (30, 30) and len(reader.prompts) == 30 and len(records) == 30
    assert len(read_records(tmp_path)) == 30


def test_more_arms_may_be_added(tmp_path):
    reader = Echo()
    go(tmp_path, reader=reader)
    go(tmp_path, grid=[*GRID, Arm("bm25", 0.9)], reader=reader)
    assert len(reader.prompts) == 36


def test_a_text_that_changed_is_another_example(tmp_path):
    go(tmp_path, reader=Echo())
    reader = Echo()
    changed = example(3, answers=("Sweden",))
    records = go(tmp_path, [*EXAMPLES[:3], changed, *EXAMPLES[4:]], reader=reader)
    assert len(reader.prompts) == len(GRID) and len(records) == 30
    assert {r.scores["qa_f1"] for r in records if r.id == "e3"} == {0.0}


@pytest.mark.parametrize(
    ("text", "answer", "there"),
    [
        ("It was U.S. Steel, then.", "U.S. steel", True), ("unsteady", "steady", False), ("", "x", False),
        ("他在职业教育局工作。", "教育", True), ("他在 职业 局工作。", "教育", False), ("word", "…", False),
        ("1995년에 서울에서 열렸다.", "서울", True), ("1995년에 열렸다.", "1995년", True), ("11995년", "1995년", False),
        ("水車小屋は1902年に焼失した。", "1902年", True), ("日本のNHKの番組", "NHK", True), ("在NHKs", "NHK", False),
        ("في القاهرة والجيزة", "الجيزة", True), ("Ankarada", "Ankara", False), ("Москвы", "Москв", False),
    ],
)  # fmt: skip
def test_whether_an_answer_stands_there(text, answer, there):
    assert contains(text, [answer]) == there


def test_another_run_is_refused(tmp_path):
    go(tmp_path, reader=Echo())
    with pytest.raises(StorageError, match="reader was 'echo:1'"):
        go(tmp_path)
    with pytest.raises(StorageError, match="tokenizer"):
        go(tmp_path, reader=Echo(), tokenizer="cl100k_base")


def test_an_example_that_fails_does_not_stop_the_run(tmp_path):
    bad = example(9, metrics=("unheard",))
    records = go(tmp_path, [*EXAMPLES[:1], bad], reader=Echo())
    assert len(records) == 10 and sum(r.error is not None for r in records) == 5
    failed = [r for r in read_records(tmp_path) if r.error]
    assert len(failed) == 5 and "unheard" in failed[0].error
    again = Echo()
    go(tmp_path, [*EXAMPLES[:1], example(9)], reader=again)
    assert len(again.prompts) == 5 and not any(r.error for r in read_records(tmp_path))


def test_workers_do_the_same(tmp_path):
    one, many = go(tmp_path / "1"), go(tmp_path / "3", workers=3)

    def plain(records):
        return sorted((r.id, r.arm.label, r.tokens_out, r.spans) for r in records)

    assert plain(one) == plain(many)
    with pytest.raises(OptionError, match="workers"):
        go(tmp_path / "4", workers=0)


def test_compressors_of_ones_own(tmp_path):
    own = {"mine": load("bm25", neighbours=0.0)}
    records = go(tmp_path, grid=arms(["mine"], [0.5]), compressors=own)
    assert {r.compressor for r in records} == {"none", "mine"}


def test_fingerprints_are_those_of_the_declared_models(tmp_path):
    pruner, embedding = load("pruner"), load("embedding")
    rewriting = load("abstractive/recomp", model=FakeRewriter(), chooser=embedding)
    compressors = {"auto": load("auto"), "rewriting": rewriting, "bm25": load("bm25"), "mine": Mine()}
    records = go(tmp_path, EXAMPLES[:1], arms(list(compressors), [0.5]), compressors=compressors)
    fingerprints = {record.compressor: record.fingerprints for record in records}
    embedder = embedding.embedder.fingerprint
    assert fingerprints["auto"]["auto.v1"] == " ".join(sorted({model.fingerprint for model in pruner.models} - {""}))
    assert (
        pruner.reader.scorer.fingerprint in fingerprints["auto"]["auto.v1"]
        and embedder in fingerprints["auto"]["auto.v1"]
    )
    assert fingerprints["rewriting"][rewriting.name] == " ".join(sorted({"fake:rewriter", embedder}))
    assert fingerprints["bm25"]["extractive/bm25.v1"] == "" and fingerprints["mine"]["mine.v1"] == "mine:1"
    again = go(tmp_path, EXAMPLES[:1], arms(list(compressors), [0.5]), compressors=compressors)
    assert [record.fingerprints for record in again] == [record.fingerprints for record in records]


class Mine:
    """A compressor from outside, with a fingerprint of its own."""

    name, fingerprint = "mine.v1", "mine:1"

    def compress(self, query, segments, budget):
        return [segment.keep([]) for segment in segments]


KILLED = """
import sys, time
sys.path.insert(0, {folder!r})
from eval_runs import EXAMPLES, GRID, example, go
go({out!r}, [example(i) for i in range(2000)], progress=lambda done, total: print(done, flush=True))
"""


@pytest.mark.limits
def test_a_killed_run_loses_one_record_at_most(tmp_path):
    script = KILLED.format(folder=str(Path(eval_runs.__file__).parent), out=str(tmp_path / "run"))
    told, until = 0, time.monotonic() + 60
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        while told < 40 and time.monotonic() < until:
            told = int(process.stdout.readline())
        process.kill()
        rest = process.stdout.read().split()
    told = int(rest[-1]) if rest else told
    lines = (tmp_path / "run" / "records.jsonl").read_text("utf-8").split("\n")
    kept = [json.loads(line) for line in lines[:-1]]
    assert told >= 40 and told <= len(kept) <= told + 1
    total = go(tmp_path / "run", [example(i) for i in range(20)])
    assert len(total) == 20 * len(GRID)


def test_what_was_not_there_is_not_lost(tmp_path):
    absent = example(1, answers=("Finland",))
    yes = example(2, answers=("yes",))
    long = example(3, answers=("Oslo is a town in Norway, far north",))
    for record in go(tmp_path, [absent, yes, long], arms(["bm25"], [0.3])):
        assert record.kept["answer"] is None
        expected = {"e1": 0.0, "e2": None, "e3": 0.4}[record.id]
        assert record.kept["words"] == (None if expected is None else pytest.approx(expected, abs=0.2))
