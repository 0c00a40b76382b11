"""What is somebody else's stays as it is, wherever ragzip is told to write."""

import json
import os
import sqlite3
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from eval_runs import EXAMPLES, GRID, Echo, example, go

from ragzip.backends.export.quantize import quantize
from ragzip.cache import DiskStore, SegmentCache
from ragzip.errors import OptionError, StorageError
from ragzip.eval.evaluate import FILES, evaluate
from ragzip.eval.runs.records import read_records
from ragzip.eval.suites.load import Suite
from ragzip.files.manifest import MANIFEST_NAME, check_files, claim_files, read_settled, replacing_files, settle
from ragzip.files.writing import atomic_file, refuse_inputs, whole_lines, write_file
from ragzip.retrievers.bm25 import BM25Retriever
from ragzip.retrievers.dense import DenseRetriever
from ragzip.retrievers.hybrid import HybridRetriever
from ragzip.testing import FakeEmbedder
from ragzip.types import Document

THESIS = "Five years of work."
DOCS = [Document("a", "The river runs."), Document("b", "The sea is wide.")]


def contents(folder):
    """Every file with its bytes, but locks."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".ragzip.lock"
    }


@pytest.fixture
def site(tmp_path):
    """A folder of somebody else."""
    folder = tmp_path / "site"
    (folder / "data").mkdir(parents=True)
    for name in ("thesis.txt", "model.onnx", "config.json", "records.jsonl", "run.json", "report.html", "cache.db"):
        (folder / name).write_text(THESIS)
    (folder / "data" / "passages.jsonl").write_text(THESIS)
    return folder


@pytest.mark.parametrize(
    "pointer",
    ["{}", "[]", "no JSON", "", '{"kind": "bm25", "schema": 1}', '{"ragzip": "index", "schema": 99, "data": "x"}',
     '{"ragzip": "index", "schema": 2, "data": "../../site"}', None],
)  # fmt: skip
def test_a_folder_with_an_index_json_of_somebody_else(site, pointer):
    if pointer is not None:
        (site / "index.json").write_text(pointer)
    before = contents(site)
    for retriever in (
        BM25Retriever(DOCS),
        HybridRetriever(retrievers=[BM25Retriever(DOCS), DenseRetriever(DOCS, embedder=FakeEmbedder(), cache=False)]),
    ):
        with pytest.raises(StorageError, match="Nothing was changed"):
            retriever.save(site)
    assert contents(site) == before


def test_what_lies_beside_an_index_stays(tmp_path):
    folder = tmp_path / "index"
    BM25Retriever(DOCS).save(folder)
    (folder / "thesis.txt").write_text(THESIS)
    (folder / "data-0123456789abcdef").mkdir()
    (folder / "data-0123456789abcdef" / "thesis.txt").write_text(THESIS)
    generation = next(path for path in folder.glob("data-*") if (path / "generation.json").exists())
    (generation / "notes.txt").write_text(THESIS)
    for number in range(3):
        BM25Retriever([*DOCS, Document("c", f"Text {number}.")]).save(folder)
    assert (folder / "thesis.txt").read_text() == THESIS
    assert (folder / "data-0123456789abcdef" / "thesis.txt").read_text() == THESIS
    assert [path.name for path in generation.iterdir()] == ["notes.txt"]
    assert len(list(folder.glob("data-*/passages.jsonl"))) == 1 and len(BM25Retriever.load(folder)) == 3


def test_a_list_that_was_tampered_with_removes_nothing_elsewhere(tmp_path):
    folder = tmp_path / "index"
    BM25Retriever(DOCS).save(folder)
    (tmp_path / "thesis.txt").write_text(THESIS)
    file = next(folder.glob("data-*/generation.json"))
    row = json.loads(file.read_text())
    row["files"] += ["../../thesis.txt", str(tmp_path / "thesis.txt"), 5, None, ["x"], "", "a\\..\\b"]
    file.write_text(json.dumps(row))
    BM25Retriever(DOCS).save(folder)
    assert (tmp_path / "thesis.txt").read_text() == THESIS and len(BM25Retriever.load(folder)) == 2


def test_an_index_through_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for _ in range(2):
        BM25Retriever(DOCS).save(tmp_path / "link")
        assert (tmp_path / "link").is_symlink() and len(BM25Retriever.load(tmp_path / "real")) == 2


def test_two_savers_at_once(tmp_path):
    indexes = [BM25Retriever([*DOCS, Document("c", f"Saver {i}.")]) for i in range(2)]
    errors = []

    def save(index):
        try:
            for _ in range(10):
                index.save(tmp_path / "index")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=save, args=(index,)) for index in indexes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors and len(BM25Retriever.load(tmp_path / "index")) == 3
    assert len(list((tmp_path / "index").glob("data-*"))) == 1


def test_evaluations_refuse_folders_of_others(site):
    before = contents(site)
    with pytest.raises(StorageError, match=r"records\.jsonl, run\.json.*Nothing was changed"):
        go(site)
    (site / "records.jsonl").unlink()
    (site / "run.json").unlink()
    with pytest.raises(StorageError, match=r"report\.html"):
        evaluate(Suite("qa", EXAMPLES, ()), GRID, out=site, cache=False)
    assert contents(site) == {name: data for name, data in before.items() if name not in ("records.jsonl", "run.json")}


def test_evaluations_replace_their_own_reports(tmp_path):
    (tmp_path / "thesis.txt").write_text(THESIS)
    for grid in (GRID[:2], GRID[:3]):
        evaluate(Suite("qa", EXAMPLES[:2], ()), grid, out=tmp_path, reader=Echo(), cache=False)
        rows = json.loads((tmp_path / "report.json").read_text("utf-8"))["rows"]
        assert len(rows) == len(grid) and set(FILES) <= {path.name for path in tmp_path.iterdir()}
    assert (tmp_path / "thesis.txt").read_text() == THESIS


def line(**changes):
    names = {"id": "e0", "suite": "qa", "task": "t", "compressor": "none", "reader": None}
    row = {**names, "rate": None, "target_tokens": None}
    return json.dumps(row | changes)


@pytest.mark.parametrize(
    "bad",
    ["[]", "5", "not JSON", '{"id": 1}', line(id=["x"]), line(task={}), line(tokens_in="5"), line(rate="all"),
     line(scores=[1]), line(scores={"f1": "x"}), line(spans={"a": 1}), line(spans=[[[1]]]), line(kept=None),
     line(seconds={"read": None}), line(unheard=1), line(error=5), "[" * 50_000, line(cache_hits=True)],
)  # fmt: skip
def test_a_bent_record_is_named_and_nothing_is_cut_off(tmp_path, bad):
    go(tmp_path, EXAMPLES[:1], GRID[:1])
    file = tmp_path / "records.jsonl"
    text = f"{file.read_text('utf-8')}{bad}\n{THESIS}"
    file.write_text(text, "utf-8")
    for call in (lambda: read_records(tmp_path), lambda: go(tmp_path, EXAMPLES[:1], GRID[:1])):
        with pytest.raises(StorageError, match=r"records\.jsonl, line 2: no record"):
            call()
    assert file.read_text("utf-8") == text


@pytest.mark.parametrize("bad", [b"[]", b"5", b"{", b"\xff\xfe", b"[" * 50_000])
def test_a_bent_run_json(tmp_path, bad):
    go(tmp_path, EXAMPLES[:1], GRID[:1])
    (tmp_path / "run.json").write_bytes(bad)
    with pytest.raises(StorageError, match=r"run\.json"):
        go(tmp_path, EXAMPLES[:1], GRID[:1])


def test_records_with_lone_surrogates_are_written_and_read(tmp_path):
    suite = Suite("qa", [example(0, task="odd \ud800")], ())
    evaluate(suite, GRID[:2], out=tmp_path, reader=Echo(), cache=False)
    assert {record.task for record in read_records(tmp_path)} == {"odd \ud800"}


def test_a_cache_folder_of_somebody_else_is_not_used(site, caplog):
    before = contents(site)
    cache = SegmentCache(DiskStore(site))
    assert len(cache.fetch("t", "f", ["a"], lambda texts: [np.zeros(1, np.float32)])) == 1
    assert contents(site) == before and "continuing without it" in caplog.text
    with pytest.raises(StorageError, match=r"cache\.db"):
        DiskStore(site).check()
    (site / "cache.db").unlink()
    with sqlite3.connect(site / "cache.db") as database:
        database.execute("create table Settings (key, value)")
    before = contents(site)
    SegmentCache(DiskStore(site)).clear()
    assert contents(site) == before


def test_a_cache_of_before_manifests_is_taken_on(tmp_path):
    DiskStore(tmp_path).set_many({b"k" * 32: b"value"})
    (tmp_path / MANIFEST_NAME).unlink()
    assert DiskStore(tmp_path).get_many([b"k" * 32]) == {b"k" * 32: b"value"}


def test_files_are_replaced_together_or_not_at_all(tmp_path):
    (tmp_path / "thesis.txt").write_text(THESIS)
    with replacing_files(tmp_path, "kind") as fresh:
        (fresh / "a").write_text("1")
        (fresh / "old").write_text("1")
    with pytest.raises(ZeroDivisionError), replacing_files(tmp_path, "kind") as fresh:
        (fresh / "a").write_text("2")
        _ = 1 / 0
    assert (tmp_path / "a").read_text() == "1"
    with replacing_files(tmp_path, "kind") as fresh:
        (fresh / "a").write_text("3")
    assert {path.name for path in tmp_path.iterdir()} == {"thesis.txt", "a", MANIFEST_NAME, ".ragzip.lock"}
    for writer, name in (("other", "a"), ("kind", "thesis.txt")):
        before = contents(tmp_path)
        with pytest.raises(StorageError, match=name), replacing_files(tmp_path, writer) as fresh:
            (fresh / name).write_text("4")
        assert contents(tmp_path) == before
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "inner" / "folder"):
        with pytest.raises(StorageError, match="file: is a file, expected a folder"):
            check_files(folder, "kind", ["a"])


@contextmanager
def a_user_who_may_not_write_everywhere():
    if os.geteuid() != 0:
        yield
        return
    nobody = 65_534
    os.setresuid(nobody, nobody, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_read_only_folder_is_refused_before_long_work():
    with tempfile.TemporaryDirectory() as parent:  # not below tmp_path, which is open to one user
        Path(parent).chmod(0o755)
        folder = Path(parent) / "read-only"
        folder.mkdir(mode=0o555)
        with a_user_who_may_not_write_everywhere(), pytest.raises(StorageError, match="is read-only for you"):
            check_files(folder / "new" / "folder", "kind", ["a"])


def manifest_of(**changes):
    valid_fields = {"ragzip": "files", "schema": 1, "writers": {}, "staged": "", "obsolete": [], "state": ""}
    return json.dumps(valid_fields | changes)


@pytest.mark.parametrize(
    "manifest",
    ["{}", "[]", "{", "[" * 50_000, manifest_of(schema=2), manifest_of(writers={"../thesis.txt": "kind"}),
     manifest_of(obsolete=["../thesis.txt"]), manifest_of(writers={"a": "kind"}, staged="../x"),
     manifest_of(writers={"a": 5}), manifest_of(writers=[["a"]]), manifest_of(staged=5), manifest_of(obsolete=5),
     manifest_of(state=None)],
)  # fmt: skip
def test_a_manifest_that_is_bent_or_somebody_else_s(tmp_path, manifest):
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "thesis.txt").write_text(THESIS)
    (folder / MANIFEST_NAME).write_text(manifest)
    before = contents(tmp_path)
    with pytest.raises(StorageError, match="not a manifest"), replacing_files(folder, "kind") as fresh:
        (fresh / "a").write_text("1")
    with pytest.raises(StorageError, match="not a manifest"):
        claim_files(folder, "kind", ["a"])
    assert settle(folder) == "" and read_settled(folder, lambda: 5) == 5
    assert contents(tmp_path) == before


def test_a_reader_sees_files_of_one_state(tmp_path):
    def publish(number):
        with replacing_files(tmp_path, "pair") as fresh:
            (fresh / "a").write_text(str(number))
            (fresh / "b").write_text(str(number))

    def read():
        first = (tmp_path / "a").read_text()
        if (number := int(first)) < 3:
            publish(number + 1)  # while it is read
        return first, (tmp_path / "b").read_text()

    publish(0)
    assert read_settled(tmp_path, read) == ("3", "3")


def test_single_files(tmp_path):
    file = tmp_path / "page.html"
    write_file(file, "<mark> 1", mark=b"<mark>")
    write_file(file, "<mark> 2", mark=b"<mark>")
    (tmp_path / "link").symlink_to(file)
    write_file(tmp_path / "link", "<mark> 3", mark=b"<mark>")
    assert (tmp_path / "link").is_symlink() and file.read_text() == "<mark> 3"
    file.chmod(0o640)
    write_file(file, "<mark> 4")
    assert file.stat().st_mode & 0o777 == 0o640
    file.write_text(THESIS)
    with pytest.raises(StorageError, match="did not write it"):
        write_file(file, "<mark>", mark=b"<mark>")
    with pytest.raises(RuntimeError), atomic_file(file) as fresh:
        fresh.write_text("half")
        raise RuntimeError
    assert file.read_text() == THESIS and sorted(path.name for path in tmp_path.iterdir()) == ["link", "page.html"]
    with pytest.raises(StorageError, match="cannot be written"):
        write_file(tmp_path / "no" / "such" / "file", "x")
    with pytest.raises(OptionError, match="an input of this call"):
        refuse_inputs([tmp_path / "link"], [None, tmp_path / "absent", file])
    write_file(os.devnull, "not a file", mark=b"<mark>")
    assert not os.path.isfile(os.devnull)  # noqa: PTH113


def test_remains_of_killed_writers_are_removed_when_they_are_old(tmp_path):
    old, young = (tmp_path / f".page.html-{digit * 16}.part" for digit in "01")
    for path in (old, young):
        path.write_text("half")
    os.utime(old, (0, 0))
    write_file(tmp_path / "page.html", "whole")
    assert {path.name for path in tmp_path.iterdir()} == {"page.html", young.name}


def test_whole_lines(tmp_path):
    file = tmp_path / "log"
    assert whole_lines(file) == []
    file.write_text("one\ntwo\nthr")
    assert whole_lines(file) == ["one", "two"]
    file.write_bytes(b"\xff\n")
    with pytest.raises(StorageError, match="UTF-8"):
        whole_lines(file)


def test_quantising_never_writes_over_a_file(tmp_path):
    (tmp_path / "model.onnx").write_text(THESIS)
    with pytest.raises(StorageError, match="exists already"):
        quantize(tmp_path / "model.onnx", tmp_path / "model.onnx")
    assert (tmp_path / "model.onnx").read_text() == THESIS


def test_plots_are_written_over_nothing_but_plots(tmp_path):
    pytest.importorskip("matplotlib", reason="needs ragzip[eval]")
    from ragzip.eval.reports.plots import curves, save_plot

    for name in ("plot.png", "plot.svg"):
        (tmp_path / name).write_text(THESIS)
        with pytest.raises(StorageError, match="did not write it"):
            save_plot(curves([], "$x_1$"), tmp_path / "plot")
        assert (tmp_path / name).read_text() == THESIS
        (tmp_path / name).unlink()
        for _ in range(2):
            save_plot(curves([], "$x_1$"), tmp_path / "plot")
