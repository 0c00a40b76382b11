"""Whatever stops a process that writes, and whenever: the state before or the new one, whole, and nothing lost."""

import os
import time

import pytest
from kills import (
    _CONTEXT,
    PROGRAMS,
    THESIS,
    _run,
    check_index,
    check_pair,
    index_of,
    kill_repeatedly,
    publish_pair,
    save_indexes,
    stop_at_each_step,
)

from ragzip.retrievers.bm25 import BM25Retriever

SLOW_KILLS = 25  # of each program; with the export of a model (tests/tiny) 100 in all


def save_version_2(folder):
    index_of(2).save(folder)


def save_version_1(folder):
    index_of(1).save(folder)


def publish_1(folder):
    publish_pair(folder, 1)


def publish_2(folder):
    publish_pair(folder, 2)


def nothing(folder):
    pass


@pytest.fixture
def no_flush(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.mark.usefixtures("no_flush")
def test_a_save_that_stops_at_any_step(tmp_path):
    folder = tmp_path / "index"
    assert stop_at_each_step(save_version_2, nothing, check_index, folder) > 5  # the first save
    save_version_1(folder)
    (folder / "thesis.txt").write_text(THESIS)

    def after(folder):
        check_index(folder)
        assert (folder / "thesis.txt").read_text() == THESIS

    assert stop_at_each_step(save_version_2, save_version_1, after, folder) > 10
    save_version_1(folder)
    assert len(list(folder.glob("data-*"))) == 1 and not list(folder.glob(".ragzip-*"))


@pytest.mark.usefixtures("no_flush")
def test_files_that_are_replaced_and_stop_at_any_step(tmp_path):
    (tmp_path / "thesis.txt").write_text(THESIS)

    def after(folder):
        assert (folder / "thesis.txt").read_text() == THESIS
        names = {path.name for path in folder.glob("?.txt")}
        check_pair(folder)
        assert names <= {path.name for path in folder.glob("?.txt")} | {"c.txt"}

    assert stop_at_each_step(publish_2, nothing, after, tmp_path) > 5
    assert stop_at_each_step(publish_2, publish_1, after, tmp_path) > 5
    publish_1(tmp_path)
    assert not list(tmp_path.glob(".ragzip-*"))


@pytest.mark.parametrize("name", PROGRAMS)
def test_kills_at_random_moments(name, tmp_path):
    pytest.importorskip("matplotlib", reason="needs ragzip[eval]")
    program, check = PROGRAMS[name]
    if name != "index":
        (tmp_path / "thesis.txt").write_text(THESIS)
    kill_repeatedly(program, check, tmp_path, kills=2, seed=7)


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_many_kills_at_random_moments(name, tmp_path):
    program, check = PROGRAMS[name]
    if name != "index":
        (tmp_path / "thesis.txt").write_text(THESIS)
    assert kill_repeatedly(program, check, tmp_path, kills=SLOW_KILLS, seed=20, longest=1.0) >= SLOW_KILLS // 2


def reading_beside(folder, savers, loads, versions):
    """
    Load an index while ``savers`` processes save to its folder: ``loads`` times at least, then until that many
    versions were seen. How far the savers get in a given number of loads is up to the machine.
    """
    index_of(0).save(folder)
    processes = []
    for _ in range(savers):
        ours, theirs = _CONTEXT.Pipe(duplex=False)
        process = _CONTEXT.Process(target=_run, args=(save_indexes, folder, theirs))
        process.start()
        ours.recv()
        processes.append((process, ours))
    seen = set()
    try:
        for count in range(100 * loads):
            loaded = BM25Retriever.load(folder)
            texts = {passage.text for passage in loaded.passages}
            assert len(texts) == 1 and loaded.retrieve("river", 1)[0].text in texts
            seen |= texts
            if count >= loads and len(seen) >= versions:
                break
        time.sleep(0.1)
    finally:
        for process, _ in processes:
            process.kill()
            process.join()
    assert all(process.exitcode == -9 for process, _ in processes), "a saver ended by itself"
    check_index(folder)
    assert len(seen) >= versions


@pytest.mark.parametrize("savers", [1, 2])
def test_a_reader_never_meets_a_damaged_index(tmp_path, savers):
    reading_beside(tmp_path, savers, loads=150, versions=4)


@pytest.mark.slow
def test_a_reader_never_meets_a_damaged_index_for_long(tmp_path):
    reading_beside(tmp_path, 2, loads=2000, versions=21)
