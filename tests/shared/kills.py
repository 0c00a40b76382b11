"""Programs that write to a folder until they are killed, and what must be true of the folder afterwards."""

import contextlib
import csv
import json
import multiprocessing
import os
import random
import shutil
import time

import numpy as np

from ragzip.backends.export.classifier import FILES as MODEL_FILES
from ragzip.backends.export.classifier import WRITER
from ragzip.backends.runtimes.onnx import OnnxModel, graph_of
from ragzip.cache import DiskStore, SegmentCache
from ragzip.eval.evaluate import FILES, evaluate
from ragzip.eval.runs.records import read_records
from ragzip.eval.runs.runner import arms
from ragzip.eval.suites.example import Example
from ragzip.eval.suites.load import Suite
from ragzip.files.manifest import replacing_files, settle
from ragzip.retrievers.bm25 import BM25Retriever
from ragzip.types import Document

THESIS = "Five years of work."
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(  # not this module: the server does not look for modules where the tests are
    ["pytest", "ragzip.eval.evaluate", "ragzip.backends.export.classifier", "ragzip.compressors.extractive.bm25",
     "ragzip.retrievers.bm25", "bm25s", "diskcache", "matplotlib.figure", "matplotlib.backends.backend_agg",
     "onnxruntime", "tiktoken"]
)  # fmt: skip
_STEPS = ("replace", "unlink", "mkdir", "rmdir")  # what others see of a write


def index_of(version):
    """An index whose every passage names ``version``; the versions differ in size."""
    return BM25Retriever([Document(f"d{i}", f"The river of version {version}.") for i in range(3 + version % 3)])


def save_indexes(folder, told):
    version = 0
    while True:
        version += 1
        index_of(version).save(folder)
        told(version)


def check_index(folder):
    if not (folder / "index.json").exists():
        return  # killed before the first one was whole
    loaded = BM25Retriever.load(folder)
    versions = {passage.text for passage in loaded.passages}
    assert len(versions) == 1 and loaded.retrieve("river", 1)[0].text in versions
    version = int(versions.pop().split()[-1].rstrip("."))
    assert len(loaded) == 3 + version % 3


SUITE = Suite(
    "kills",
    [
        Example(id=str(i), task="t", documents=(Document("d", f"Oslo is in Norway. It rained {i} times."),),
                query="Where is Oslo?", answers=("Norway",), metrics=("qa_f1",), before="", after="")
        for i in range(3)
    ],
    (),
)  # fmt: skip


def run_evaluations(folder, told):
    number = 0
    while True:
        number += 1
        evaluate(SUITE, arms(["bm25"], [0.3, 0.6][: 1 + number % 2]), out=folder, cache=False)
        told(number)


def check_evaluation(folder):
    settle(folder)
    if (folder / "records.jsonl").exists():
        read_records(folder)
    there = [name for name in FILES if (folder / name).exists()]
    assert there in ([], list(FILES))
    if there:
        rows = len(json.loads((folder / "report.json").read_text("utf-8"))["rows"])
        with (folder / "report.csv").open(encoding="utf-8") as file:
            assert len(list(csv.DictReader(file))) == rows
        assert (folder / "report.md").read_text("utf-8").count("\n| t ") == rows


def fill_cache(folder, told):
    number = 0
    cache = SegmentCache(DiskStore(folder))
    while True:
        number += 1
        texts = [f"{number} {i}" for i in range(20)]
        cache.fetch("kills", "model", texts, lambda missing: [np.full(50, len(text), np.float32) for text in missing])
        told(number)


def check_cache(folder):
    store = DiskStore(folder)
    store.check()
    cache = SegmentCache(store)
    texts = [f"{number} {i}" for number in range(1, 50) for i in range(20)]
    arrays = cache.fetch("kills", "model", texts, lambda missing: [np.full(50, len(t), np.float32) for t in missing])
    assert all((array == len(text)).all() and array.shape == (50,) for text, array in zip(texts, arrays, strict=True))
    assert not list(folder.glob("damaged-*"))


def publish_pairs(folder, told):
    """Two files that belong together, and in every second state a third one."""
    number = 0
    while True:
        number += 1
        publish_pair(folder, number)
        told(number)


def publish_pair(folder, number):
    with replacing_files(folder, "pair") as fresh:
        for name in ("a.txt", "b.txt", *(["c.txt"] if number % 2 else [])):
            (fresh / name).write_text(str(number))


def check_pair(folder):
    settle(folder)
    names = {path.name for path in folder.glob("?.txt")}
    if names:
        number = int((folder / "a.txt").read_text())
        assert names == {"a.txt", "b.txt"} | ({"c.txt"} if number % 2 else set())
        assert {(folder / name).read_text() for name in names} == {str(number)}


def publish_other(folder):
    """In place of the fp32 model the int8 one, or the other way round, as an export does it."""
    dtype = "int8"
    if graph_of(folder) is not None and OnnxModel(folder).settings["ragzip"]["dtype"] == "int8":
        dtype = "fp32"
    with replacing_files(folder, WRITER) as fresh:
        for name in MODEL_FILES:
            shutil.copy(folder.parent / dtype / name, fresh)


def publish_others(folder, told):
    while True:
        publish_other(folder)
        told(1)


PROGRAMS = {
    "index": (save_indexes, check_index),
    "evaluation": (run_evaluations, check_evaluation),
    "cache": (fill_cache, check_cache),
    "files": (publish_pairs, check_pair),
}


def kill_repeatedly(program, check, folder, kills, seed, longest=0.4):
    """How often ``program`` told that it had written, over so many SIGKILLs at random moments; ``check`` holds after
    each of them. Three of four come after its first write, when it no longer spends its time on beginning.
    """
    rng = random.Random(seed)
    writes = 0
    for _ in range(kills):
        ours, theirs = _CONTEXT.Pipe(duplex=False)
        process = _CONTEXT.Process(target=_run, args=(program, folder, theirs))
        process.start()
        theirs.close()
        ours.recv()  # it has begun
        if rng.random() < 0.75:
            ours.recv()
            writes += 1
        time.sleep(rng.uniform(0, longest))
        process.kill()
        process.join()
        assert process.exitcode == -9, "it ended by itself"
        with contextlib.suppress(EOFError):
            while ours.poll():
                ours.recv()
                writes += 1
        check(folder)
        if (thesis := folder / "thesis.txt").exists():
            assert thesis.read_text() == THESIS
    return writes


def _run(program, folder, told):
    told.send("begun")
    program(folder, told.send)


def stop_at_each_step(write, before, after, folder):
    """Run ``write`` in processes that end at their first step, at their second one and so on, until one comes to its
    end; ``before(folder)`` is called before each, ``after(folder)`` after it. Returns the number of steps.
    """
    step = 0
    while True:
        step += 1
        before(folder)
        process = _CONTEXT.Process(target=_stopped, args=(write, folder, step))
        process.start()
        process.join()
        assert process.exitcode in (0, 9)
        after(folder)
        if process.exitcode == 0:
            return step - 1


def _stopped(write, folder, step):
    left = step

    def ending(function):
        def call(*args, **options):
            nonlocal left
            left -= 1
            if left <= 0:
                os._exit(9)
            return function(*args, **options)

        return call

    os.fsync = lambda descriptor: None  # which files a process leaves that ends does not depend on it
    for name in _STEPS:
        setattr(os, name, ending(getattr(os, name)))
    write(folder)
    os._exit(0)
