import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

import ragzip
from ragzip.backends.cached import CachedEmbedder
from ragzip.cache import DiskStore, SegmentCache, cache_folder, open_cache, use_cache
from ragzip.compressors.extractive.embedding import Embedding
from ragzip.errors import OptionError
from ragzip.files.packing import pack
from ragzip.testing import FakeEmbedder, MemoryStore

TEXTS = [f"text number {i}" for i in range(20)]


def arrays(texts):
    return [np.full(3, len(text), np.float16) for text in texts]


def fill(cache, texts=TEXTS, **options):
    return cache.fetch("task", "model:1", texts, arrays, **options)


def test_only_misses_are_computed_and_order_is_kept(tmp_path):
    cache = SegmentCache(DiskStore(tmp_path))
    calls = []

    def compute(texts):
        calls.append(list(texts))
        return arrays(texts)

    cache.fetch("t", "m", ["a", "bb", "a"], compute)
    found = cache.fetch("t", "m", ["ccc", "bb", "a", "ccc"], compute)
    assert calls == [["a", "bb"], ["ccc"]]
    assert [array[0] for array in found] == [3, 2, 1, 3]


def test_key_tells_task_model_query_and_text_apart(tmp_path):
    cache = SegmentCache(DiskStore(tmp_path))
    variants = [("t", "m", None), ("u", "m", None), ("t", "n", None), ("t", "m", ""), ("t", "m", "q"), ("tm", "", None)]
    for task, model, query in variants:
        with use_cache(cache) as counters:
            cache.fetch(task, model, ["x"], arrays, query=query)
        assert counters.misses == 1
    assert cache.stats()["entries"] == len(variants)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "i4", "i8", "u1"])
@pytest.mark.parametrize("shape", [(0,), (3,), (2, 3), ()])
def test_arrays_come_back_as_they_went(tmp_path, dtype, shape):
    cache = SegmentCache(DiskStore(tmp_path))
    array = np.ones(shape, dtype)
    for _ in range(2):
        (found,) = cache.fetch("t", "m", ["x"], lambda texts: [array])
        assert found.dtype == array.dtype and found.shape == shape and (found == array).all()


def test_a_new_rate_runs_no_model(tmp_path):
    embedder = FakeEmbedder()
    compressor = Embedding(embedder)
    docs = ["One fact is here. Another fact is there.", "A third one. And a fourth."]
    first = ragzip.compress(docs, "fact", rate=0.5, compressor=compressor, cache=tmp_path)
    seen = embedder.seen
    assert first.stats.cache_misses == seen == 5 and first.stats.cache_hits == 0
    for options in ({"rate": 0.3}, {"target_tokens": 7}, {"rate": 0.5, "tokenizer": len}):
        again = ragzip.compress(docs, "fact", compressor=compressor, cache=tmp_path, **options)
        assert (again.stats.cache_hits, again.stats.cache_misses) == (5, 0)
    assert embedder.seen == seen
    ragzip.compress(docs, "another query", rate=0.5, compressor=compressor, cache=tmp_path)
    assert embedder.seen == seen + 1, "vectors of sentences do not depend on the query"


def test_no_budget_changes_what_is_scored(tmp_path):
    table = "| a | b |\n|---|---|\n" + "\n".join(f"| {i} | {i * i} |" for i in range(150))
    text = f"# Title\n\n{table}\n\n```\nx = 1\ny = 2\n```\n\n- item one\n- item two\n\nProse here. More of it."
    embedder = FakeEmbedder()
    for target in (1000, 400, 50, 5):
        result = ragzip.compress(text, "36", target_tokens=target, compressor=Embedding(embedder), cache=tmp_path)
        assert result.stats.tokens_out <= target
    assert result.stats.cache_misses == 0


def test_off_by_one_argument(tmp_path, monkeypatch):
    monkeypatch.setenv("RAGZIP_CACHE_DIR", str(tmp_path / "here"))
    ragzip.compress("One. Two. Three.", "two", rate=0.5, compressor=Embedding(FakeEmbedder()), cache=False)
    assert not (tmp_path / "here").exists()
    ragzip.compress("One. Two. Three.", "two", rate=0.5, compressor=Embedding(FakeEmbedder()))
    assert (tmp_path / "here" / "cache.db").exists() and cache_folder() == tmp_path / "here"


def test_platform_folder(monkeypatch):
    monkeypatch.delenv("RAGZIP_CACHE_DIR")
    assert "ragzip" in str(cache_folder())


def test_cached_equals_fresh(tmp_path):
    docs = [f"The river number {i} reaches the sea. It is {i} km long. People like it." for i in range(5)]
    for _ in range(2):
        cached = ragzip.compress(docs, "How long is river 3?", rate=0.3, cache=tmp_path)
        fresh = ragzip.compress(docs, "How long is river 3?", rate=0.3, cache=False)
        assert cached.documents == fresh.documents


def damage(folder, change):
    with sqlite3.connect(folder / "cache.db") as db:
        for rowid, value in db.execute("select rowid, value from Cache").fetchall():
            db.execute("update Cache set value = ? where rowid = ?", (change(bytes(value)), rowid))


@pytest.mark.parametrize(
    "change",
    [lambda v: v[:-1], lambda v: b"", lambda v: v[:20] + b"\xff" + v[21:], lambda v: b"rz1", lambda v: os.urandom(50)],
)
def test_damaged_entries_are_computed_again(tmp_path, change):
    fill(SegmentCache(DiskStore(tmp_path)))
    damage(tmp_path, change)
    cache = SegmentCache(DiskStore(tmp_path))
    with use_cache(cache) as counters:
        assert [a[0] for a in fill(cache)] == [len(text) for text in TEXTS]
    assert counters.misses == len(TEXTS)
    with use_cache(cache) as counters:
        fill(cache)
    assert counters.hits == len(TEXTS)


def test_a_pickle_in_a_shared_folder_is_never_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "exploded"),)

    fill(SegmentCache(DiskStore(tmp_path)))
    with sqlite3.connect(tmp_path / "cache.db") as db:
        db.execute("update Cache set value = ?, mode = 4", (pickle.dumps(Bomb()),))
    cache = SegmentCache(DiskStore(tmp_path))
    assert [a[0] for a in fill(cache)] == [len(text) for text in TEXTS]
    assert not (tmp_path / "exploded").exists()


def test_a_database_that_cannot_be_read_is_set_aside(tmp_path):
    DiskStore(tmp_path).check()
    (tmp_path / "cache.db").write_bytes(b"this is not a database, at all" * 100)
    cache = SegmentCache(DiskStore(tmp_path))
    assert len(fill(cache)) == len(fill(cache)) == len(TEXTS)
    with use_cache(cache) as counters:
        fill(cache)
    assert counters.hits == len(TEXTS)
    assert list(tmp_path.glob("damaged-*"))


def test_a_place_that_cannot_be_written_costs_nothing_but_speed(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    cache = SegmentCache(DiskStore(tmp_path / "file" / "cache"))
    assert len(fill(cache)) == len(TEXTS)
    assert "continuing without it" in caplog.text
    assert cache.stats()["entries"] == 0 and cache.clear() == 0


def test_the_size_limit_holds(tmp_path):
    store = DiskStore(tmp_path, size_limit=300_000)
    for i in range(100):
        store.set_many({f"key{i}".encode(): bytes(20_000)})
    assert store.stats()["bytes"] < 600_000 and store.stats()["entries"] < 60
    with pytest.raises(OptionError, match="size_limit"):
        DiskStore(tmp_path, size_limit=0)


def test_clear_and_pickle(tmp_path):
    cache = SegmentCache(DiskStore(tmp_path, size_limit=10**8))
    fill(cache)
    clone = pickle.loads(pickle.dumps(cache))
    assert clone.stats() == cache.stats() and clone.stats()["entries"] == len(TEXTS)
    assert clone.clear() == len(TEXTS) and cache.stats()["entries"] == 0


def test_options(tmp_path):
    assert open_cache(False) is None and open_cache("off") is None
    assert open_cache("default") is open_cache(None)
    with pytest.raises(OptionError, match="'off'"):
        open_cache("none")
    assert open_cache(tmp_path) is open_cache(str(tmp_path))
    memory = SegmentCache(MemoryStore())
    assert open_cache(memory) is memory
    with pytest.raises(OptionError, match="cache"):
        open_cache(3.5)


def test_threads(tmp_path):
    cache = SegmentCache(DiskStore(tmp_path))
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda i: [a[0] for a in fill(cache, TEXTS[i % 5 :])], range(40)))
    assert all(result == [len(text) for text in TEXTS[i % 5 :]] for i, result in enumerate(results))


def _in_process(folder):
    cache = SegmentCache(DiskStore(folder))
    for _ in range(10):
        fill(cache)
    return [float(a[0]) for a in fill(cache)]


@pytest.mark.limits
def test_processes_share_a_folder(tmp_path):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        results = list(pool.map(_in_process, [str(tmp_path)] * 8))
    assert all(result == [len(text) for text in TEXTS] for result in results)
    assert SegmentCache(DiskStore(tmp_path)).stats()["entries"] == len(TEXTS)


WRITER = """
import sys, numpy as np
from ragzip.cache import DiskStore, SegmentCache
cache = SegmentCache(DiskStore(sys.argv[1]))
i = 0
while True:
    texts = [f"{i}-{j}" for j in range(50)]
    cache.fetch("task", "m", texts, lambda ts: [np.full(500, len(t), np.float32) for t in ts])
    i += 1
    print(i, flush=True)
"""


@pytest.mark.limits
def test_kill_9_while_writing(tmp_path):
    written = 0
    for round_ in range(4):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(3 + round_):
            written = int(process.stdout.readline())
        time.sleep(0.003 * round_)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        cache = SegmentCache(DiskStore(tmp_path))
        texts = [f"{i}-{j}" for i in range(written - 1) for j in range(50)]
        with use_cache(cache) as counters:
            found = cache.fetch("task", "m", texts, lambda ts: [np.full(500, len(t), np.float32) for t in ts])
        assert counters.misses == 0, "what was written before the kill is there"
        assert all((array == len(text)).all() for array, text in zip(found, texts, strict=True))


def test_stored_nonsense_with_a_sound_sum_is_a_miss(tmp_path):
    class Nonsense(DiskStore):
        def get_many(self, keys):
            return dict.fromkeys(keys, self.value)

    wrong = [np.zeros(3, np.float16), np.full(64, np.nan, np.float16)]
    for array in wrong:
        store = Nonsense(tmp_path)
        store.value = pack(array)
        embedder = FakeEmbedder()
        with use_cache(SegmentCache(store)):
            vectors = CachedEmbedder(embedder).embed(["x"])
        assert embedder.seen == 1
        assert np.allclose(vectors, embedder.embed(["x"]), atol=1e-3)


def test_a_store_that_fails_costs_nothing_but_speed():
    class Down:
        def get_many(self, keys):
            raise ConnectionError("redis")

        def set_many(self, items):
            raise ConnectionError("redis")

    assert len(SegmentCache(Down()).fetch("t", "m", ["x"], lambda texts: [np.ones(2)])) == 1
