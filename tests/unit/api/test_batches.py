"""Many rows: fields, order, errors by row, files in and out, what is refused."""

import gzip
import json
import math
import subprocess
import sys

import batch_program
import numpy as np
import pytest
from click.testing import CliRunner

import ragzip
from ragzip.backends.parallel import usable_cores
from ragzip.cli import app
from ragzip.errors import InputError, OptionError, StorageError, UnknownNameError
from ragzip.integrations.batches import RowCompressor, compress_file, compress_rows

TEXT = "The pump broke on Monday. It rained all week. The pump was repaired on Friday. The paint is green."
QUERY = "When was the pump repaired?"
OPTIONS = {"compressor": "extractive/bm25", "target_tokens": 9, "cache": False}


def written(path, rows):
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), "utf-8")
    return path


def read(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_row_gets_what_a_call_gives():
    result = ragzip.compress(TEXT, QUERY, **OPTIONS)
    row = {"id": 7, "context": TEXT, "query": QUERY}
    new = RowCompressor(documents=True, **OPTIONS)(row)
    assert list(new)[:2] == ["id", "query"] and "context" in row
    assert new["compressed"] == result.text and new["compressed_tokens_out"] == result.stats.tokens_out
    assert new["compressed_tokens_in"] == result.stats.tokens_in and new["compressed_error"] is None
    (document,) = new["compressed_documents"]
    assert document["spans"] == [list(span) for span in result.documents[0].spans]


@pytest.mark.parametrize(
    "context", [[TEXT], {"text": TEXT}, [{"id": 5, "text": TEXT, "title": "Pumps"}], np.array([TEXT], dtype=object),
                (TEXT,), np.array([{"text": TEXT}])],
)  # fmt: skip
def test_kinds_of_contexts(context):
    new = RowCompressor(**OPTIONS)({"context": context, "query": QUERY})
    assert "Friday" in new["compressed"], new


@pytest.mark.parametrize("query", [None, math.nan, ""])
def test_no_query(query):
    assert RowCompressor(**OPTIONS)({"context": TEXT, "query": query})["compressed_error"] is None


def test_named_fields_and_one_query_for_all():
    compressor = RowCompressor(
        context_field="passages", query_field="q", output_field="short", keep_context=True, **OPTIONS
    )
    new = compressor({"passages": [TEXT], "q": QUERY, "context": "other"})
    assert "Friday" in new["short"] and new["passages"] == [TEXT] and new["context"] == "other"
    assert RowCompressor(query=QUERY, **OPTIONS)({"text": TEXT})["compressed"] == new["short"]


@pytest.mark.parametrize(
    "fields",
    [{"question": QUERY}, {"input": QUERY}, {"query": None, "question": QUERY, "input": "Who paints?"},
     {"question": {"text": "none"}, "input": QUERY}],
)  # fmt: skip
def test_the_query_may_have_another_name(fields, caplog):
    (new,) = compress_rows([{"context": TEXT, **fields}], **OPTIONS)
    assert new["compressed"] == "The pump was repaired on Friday." and not caplog.records


def test_rows_without_a_query_are_said_to_be_so_once(tmp_path, caplog):
    rows = [{"context": TEXT, "q": QUERY}, {"context": TEXT, "q": QUERY}]
    list(compress_rows(rows, **OPTIONS))
    source = written(tmp_path / "in.jsonl", rows)
    compress_file(source, tmp_path / "out.jsonl", workers=1, **OPTIONS)
    expected = "no field query, question or input: rows are compressed for their own content"
    assert [expected in record.getMessage() for record in caplog.records] == [True, True]  # of two runs
    caplog.clear()
    list(compress_rows(rows, query_field="q", **OPTIONS))
    list(compress_rows(rows, query=QUERY, **OPTIONS))
    written(source, [{"context": TEXT}, {"context": TEXT, "question": QUERY}])
    compress_file(source, tmp_path / "second.jsonl", workers=1, **OPTIONS)
    assert not caplog.records
    list(compress_rows([{"input": TEXT}], context_field="input", **OPTIONS))
    assert expected in caplog.text, "a context is no query"


@pytest.mark.parametrize(
    ("row", "message"),
    [({}, "context"), ({"context": None}, "context"), ({"context": 5}, "received 5"), (5, "mapping"),
     ({"context": [TEXT, 3]}, r"context[1]: received 3"), ({"context": [{"id": "a"}]}, "text: missing"),
     ({"context": TEXT, "query": 5}, "query"), ({"context": [{"text": TEXT, "title": 3}]}, "title")],
)  # fmt: skip
def test_what_is_wrong_with_a_row_is_in_its_field(row, message):
    new = RowCompressor(**OPTIONS)(row)
    assert new["compressed"] is None and message in new["compressed_error"]


def test_options_are_checked_at_once():
    with pytest.raises(OptionError, match="target_tokens"):
        RowCompressor(targt_tokens=5)
    with pytest.raises(OptionError, match="query_field"):
        RowCompressor(query_field="q", query="q")
    with pytest.raises(InputError, match="output_field"):
        RowCompressor(**OPTIONS)({"context": TEXT, "compressed": "mine"})


def test_rows_come_in_order_from_workers():
    rows = [*batch_program.rows(12), {"nothing": 1}, *batch_program.rows(4, seed=5)]
    in_one = list(compress_rows(iter(rows), **OPTIONS))
    assert list(compress_rows(iter(rows), workers=2, **OPTIONS)) == in_one
    assert [row.get("id") for row in in_one] == [row.get("id") for row in rows]
    assert "context" in in_one[12]["compressed_error"]


@pytest.mark.limits
def test_rows_are_taken_as_they_are_needed():
    taken_rows = []

    def endless():
        number = 0
        while True:
            taken_rows.append(number)
            number += 1
            yield {"context": TEXT, "query": QUERY}

    outcome = compress_rows(endless(), workers=2, **OPTIONS)
    assert "Friday" in next(outcome)["compressed"]
    outcome.close()
    assert len(taken_rows) < 300


def test_what_workers_cannot_get():
    with pytest.raises(OptionError, match=r"received|workers.*expected"):
        list(compress_rows([{"context": TEXT}], workers=2, tokenizer=lambda text: len(text), **OPTIONS))


@pytest.mark.limits
def test_a_worker_that_dies_costs_its_row(tmp_path):
    rows = list(batch_program.rows(12))
    rows[3]["query"], rows[7]["query"] = "DIE at the pump", "FAIL at the pump"
    out_path = tmp_path / "out.jsonl"
    report = batch_program.run(written(tmp_path / "in.jsonl", rows), out_path, tmp_path / "log", 2)
    new = read(out_path)
    assert report.errors == 2 and [row["id"] for row in new] == list(range(12))
    assert "exit code 7" in new[3]["compressed_error"] and "no such luck" in new[7]["compressed_error"]
    assert all(row["compressed"] for number, row in enumerate(new) if number not in (3, 7))
    assert (tmp_path / "log").read_text().count("DIE") == 2, "it was tried twice"


def test_a_file_with_lines_that_are_none(tmp_path):
    source = written(tmp_path / "in.jsonl", [{"context": TEXT, "query": QUERY}, "{", "", {"query": QUERY}, "[1]"])
    out_path, seen = tmp_path / "out.jsonl", []
    report = compress_file(
        source, out_path, workers=1, progress=lambda done, total: seen.append((done, total)), **OPTIONS
    )
    assert (report.rows, report.errors) == (4, 3) and seen[0] == (0, 4) and seen[-1] == (4, 4)
    first, *others = read(out_path)
    assert "Friday" in first["compressed"]
    assert all(row["compressed_error"] for row in others) and f"{source}:2" in others[0]["compressed_error"]


def test_strict_stops_at_the_first_and_goes_on_later(tmp_path):
    rows = [{"context": TEXT, "query": QUERY}] * 3 + [{"context": 5}] + [{"context": TEXT, "query": QUERY}]
    source, out_path = written(tmp_path / "in.jsonl", rows), tmp_path / "out.jsonl"
    with pytest.raises(InputError, match=r"in.jsonl:4: .*received 5"):
        compress_file(source, out_path, workers=1, strict=True, **OPTIONS)
    assert not out_path.exists()
    report = compress_file(source, out_path, workers=1, **OPTIONS)
    assert (report.new_rows, report.errors) == (2, 1)


def test_gzip_and_csv(tmp_path):
    source = tmp_path / "in.csv"
    source.write_text(f"id,text,query\n1,{TEXT},{QUERY}\n")
    compress_file(source, tmp_path / "a.jsonl.gz", workers=1, **OPTIONS)
    compress_file(source, tmp_path / "b.jsonl.gz", workers=1, **OPTIONS)
    data = (tmp_path / "a.jsonl.gz").read_bytes()
    assert data == (tmp_path / "b.jsonl.gz").read_bytes()
    assert json.loads(gzip.decompress(data))["compressed"].startswith("The pump was repaired")


def test_tables(tmp_path):
    pyarrow = pytest.importorskip("pyarrow", reason="needs ragzip[parquet]")
    from datetime import datetime

    from pyarrow import parquet

    day = datetime(2026, 11, 28)
    rows = [{"n": number, "day": day, "context": [{"text": TEXT}], "query": QUERY} for number in range(5)]
    source = tmp_path / "in.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(rows), source)
    compress_file(source, tmp_path / "out.parquet", workers=1, documents=True, **OPTIONS)
    compress_file(source, tmp_path / "out.jsonl", workers=1, documents=True, **OPTIONS)
    table = parquet.read_table(tmp_path / "out.parquet")
    assert table.schema.field("day").type == parquet.read_schema(source).field("day").type
    lines = read(tmp_path / "out.jsonl")
    assert [{**row, "day": row["day"].isoformat()} for row in table.to_pylist()] == lines and len(lines) == 5
    ragged = written(tmp_path / "in.jsonl", [{"context": TEXT, "a": 1}, {"context": TEXT, "b": "x"}, {"context": 3}])
    assert compress_file(ragged, tmp_path / "two.parquet", workers=1, **OPTIONS).errors == 1
    assert parquet.read_table(tmp_path / "two.parquet").column_names[:2] == ["a", "b"]
    mixed = written(tmp_path / "mixed.jsonl", [{"context": TEXT, "a": 1}, {"context": TEXT, "a": "x"}])
    with pytest.raises(InputError, match=r"Write .jsonl"):
        compress_file(mixed, tmp_path / "three.parquet", workers=1, **OPTIONS)


def test_what_is_refused(tmp_path):
    source, out_path = written(tmp_path / "in.jsonl", [{"context": TEXT, "query": QUERY}]), tmp_path / "out.jsonl"
    out_path.write_text("a thesis")
    with pytest.raises(StorageError, match="did not write"):
        compress_file(source, out_path, **OPTIONS)
    assert out_path.read_text() == "a thesis"
    out_path.unlink()
    for arguments, error in [
        ((source, source), OptionError), ((source, tmp_path / "out.csv"), OptionError),
        ((tmp_path / "no.jsonl", out_path), InputError), ((tmp_path, out_path), InputError),
    ]:  # fmt: skip
        with pytest.raises(error, match=r"expected|overwritten"):
            compress_file(*arguments, **OPTIONS)
    for options, error in [
        ({"context_field": "x"}, InputError), ({"query_field": "x"}, InputError), ({"workers": 0}, OptionError),
        ({"strict": 1}, OptionError), ({"rate": 7}, OptionError), ({"progress": 5}, OptionError),
    ]:  # fmt: skip
        with pytest.raises(error, match="expected"):
            compress_file(source, out_path, **{**OPTIONS, **options})
    with pytest.raises(UnknownNameError):
        compress_file(source, out_path, compressor="nonsense")
    assert not out_path.exists()


def test_another_run_is_refused(tmp_path):
    source, out_path = written(tmp_path / "in.jsonl", [{"context": TEXT, "query": QUERY}]), tmp_path / "out.jsonl"
    compress_file(source, out_path, workers=1, **OPTIONS)
    before = out_path.read_bytes()
    with pytest.raises(StorageError, match=r"target_tokens.*9.*20"):
        compress_file(source, out_path, workers=1, **{**OPTIONS, "target_tokens": 20})
    written(source, [{"context": "Other.", "query": QUERY}])
    with pytest.raises(StorageError, match="source"):
        compress_file(source, out_path, workers=1, **OPTIONS)
    assert out_path.read_bytes() == before
    out_path.unlink()
    compress_file(source, out_path, workers=1, **OPTIONS)
    assert read(out_path)[0]["compressed"] == "Other."


def test_two_processes_do_not_write_one_output(tmp_path):
    source, out_path = written(tmp_path / "in.jsonl", batch_program.rows(2)), tmp_path / "out.jsonl"

    def second(done, total):
        with pytest.raises(StorageError, match="another process"):
            compress_file(source, out_path, workers=1, **OPTIONS)

    compress_file(source, out_path, workers=1, progress=second, **OPTIONS)
    assert len(read(out_path)) == 2


def test_the_command(tmp_path):
    source, out_path = written(tmp_path / "in.jsonl", [{"passage": TEXT, "question": QUERY}]), tmp_path / "out.jsonl"
    fields = ["--context-field", "passage", "--query-field", "question"]
    command = ["batch", str(source), str(out_path), *fields, "-c", "bm25", "-n", "9", "--cache", "off", "-w", "1"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0 and "1 rows, 1 of them now" in done.output and "0 rows failed" in done.output
    assert "Friday" in read(out_path)[0]["compressed"]
    assert "0 of them now" in CliRunner().invoke(app, command).output
    bad = written(tmp_path / "bad.jsonl", [{"context": 5}])
    done = subprocess.run(
        [sys.executable, "-m", "ragzip", "batch", bad, tmp_path / "bad out.jsonl", "-c", "bm25", "-w", "1"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1 and "1 rows failed" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(("value", "cores"), [("1", 1), (" ", None), ("1000", None)])
def test_a_limit_of_cores(monkeypatch, value, cores):
    every_core = usable_cores()
    monkeypatch.setenv("RAGZIP_CORES", value)
    assert usable_cores() == (cores or every_core)


@pytest.mark.parametrize("value", ["0", "x", "-1", "1.5"])
def test_no_limit_of_cores(monkeypatch, value):
    monkeypatch.setenv("RAGZIP_CORES", value)
    with pytest.raises(OptionError, match=r"RAGZIP_CORES: received.*expected"):
        usable_cores()


def test_with_pandas():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"context": [TEXT, "Only this."], "query": [QUERY, None], "n": [1, 2]})
    new = pandas.DataFrame(compress_rows(frame.to_dict("records"), **OPTIONS))
    assert list(new["n"]) == [1, 2] and "Friday" in new["compressed"][0] and new["compressed"][1] == "Only this."


def test_with_datasets(tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets", reason="needs ragzip[hub]")
    dataset = datasets.Dataset.from_list([{"context": [TEXT], "query": QUERY}] * 4)
    new = dataset.map(RowCompressor(**OPTIONS), remove_columns=["context"], cache_file_name=str(tmp_path / "new.arrow"))
    assert new.column_names[0] == "query" and new[3]["compressed"].startswith("The pump was repaired")


def test_the_short_name():
    rows = [{"id": 1, "query": "When was it repaired?", "context": "The pump broke. It was repaired on Friday."}]
    assert ragzip.batch is ragzip.batches.compress_rows and "batch" in dir(ragzip)
    (row,) = ragzip.batch(rows, compressor="extractive/bm25", target_tokens=7, cache=False)
    assert row["id"] == 1 and row["compressed_error"] is None
