"""A cache on a Redis or Valkey server, against a real one: it is shared, and costs no result when it is down."""

import logging
import multiprocessing
import os
import pickle
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from click.testing import CliRunner
from redis_servers import RedisServer
from server_process import free_port

import ragzip
from ragzip.cache import SegmentCache, open_cache, use_cache
from ragzip.cli import app
from ragzip.errors import MissingExtraError, OptionError, StorageError
from ragzip.files.stores import open_store
from ragzip.files.stores.redis import RedisStore
from ragzip.messages import Originals

pytest.importorskip("redis", reason="needs ragzip[redis]")

TEXTS = [f"text {number}" for number in range(40)]
CONTEXT = "The pump broke on Monday. It rained all week. The pump was repaired on Friday. The paint is green."
QUERY = "When was the pump repaired?"


@pytest.fixture(scope="module")
def one_server():
    server = RedisServer("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru")
    yield server
    server.stop()


@pytest.fixture
def server(one_server):
    import redis

    with redis.Redis(port=one_server.port) as client:
        client.flushall()
    return one_server


def arrays_of(texts):
    return [np.full(300, len(text) + int(text.split()[-1]), np.float32) for text in texts]


def fetched(store, texts=TEXTS):
    """The arrays of ``texts`` by way of a cache with nothing in memory, and how many were computed."""
    with use_cache(None):
        cache = SegmentCache(store)
    with use_cache(cache) as counters:
        arrays = cache.fetch("task", "model", texts, arrays_of)
    assert all((array == wanted).all() for array, wanted in zip(arrays, arrays_of(texts), strict=True))
    return counters.misses


def test_entries_are_shared_and_equal(server):
    assert fetched(RedisStore(server.url)) == len(TEXTS)
    assert fetched(RedisStore(server.url)) == 0
    assert fetched(pickle.loads(pickle.dumps(RedisStore(server.url)))) == 0
    assert fetched(RedisStore(server.url, prefix="other:")) == len(TEXTS)


def test_more_entries_than_one_command_takes(server):
    store = RedisStore(server.url)
    items = {number.to_bytes(32, "big"): bytes([number % 256]) * 5 for number in range(2500)}
    store.set_many(items)
    assert store.get_many([*items, b"none"]) == items
    assert store.stats()["entries"] == 2500 and store.clear() == 2500 and store.get_many(list(items)) == {}


def test_clear_removes_its_own_entries_alone(server):
    import redis

    mine, other = RedisStore(server.url, prefix="a[b]*:"), RedisStore(server.url, prefix="a[b]x:")
    mine.set_many({b"k": b"1"})
    other.set_many({b"k": b"2"})
    with redis.Redis(port=server.port) as client:
        client.set("ab:k", "3")
        assert mine.stats()["entries"] == 1 and mine.clear() == 1
        assert client.get("ab:k") == b"3" and other.get_many([b"k"]) == {b"k": b"2"}


def test_entries_expire(server):
    import redis

    RedisStore(server.url).set_many({b"month": b"1"})
    RedisStore(server.url, expiry=None).set_many({b"ever": b"1"})
    short = RedisStore(server.url, expiry=0.05)
    short.set_many({b"short": b"1"})
    with redis.Redis(port=server.port) as client:
        assert 29 * 86_400 < client.ttl("ragzip:month") <= 30 * 86_400 and client.ttl("ragzip:ever") == -1
    time.sleep(0.1)
    assert short.get_many([b"short"]) == {}


def test_what_another_program_stored_is_a_miss(server):
    import redis

    fetched(RedisStore(server.url))
    with redis.Redis(port=server.port) as client:
        for number, key in enumerate(client.keys("*")):
            client.delete(key)
            if number % 2:
                client.rpush(key, "a list")
            else:
                client.set(key, "nonsense")
    assert fetched(RedisStore(server.url)) == len(TEXTS)


def test_the_same_results_by_address(server):
    plain = ragzip.compress(CONTEXT, QUERY, target_tokens=12, cache=False)
    first = ragzip.compress(CONTEXT, QUERY, target_tokens=12, cache=server.url)
    again = ragzip.compress(CONTEXT, QUERY, target_tokens=12, cache=SegmentCache(RedisStore(server.url)))
    assert plain.text == first.text == again.text
    assert first.stats.cache_misses and again.stats.cache_hits and not again.stats.cache_misses
    assert open_cache(server.url) is open_cache(server.url)


def test_originals_are_kept_on_a_server(server):
    handle = Originals(server.url).put("a whole text")
    assert Originals(open_store(server.url)).get(handle) == "a whole text"


def test_the_command_line_shows_and_clears_it(server):
    fetched(RedisStore(server.url))
    shown = CliRunner().invoke(app, ["cache", "stats", "--cache", server.url])
    assert (
        shown.exit_code == 0 and f"127.0.0.1:{server.port}/0: 40 entries" in shown.output and "64 MiB" in shown.output
    )
    assert "40 entries removed" in CliRunner().invoke(app, ["cache", "clear", "--cache", server.url]).output


def test_threads_share_it(server):
    store = RedisStore(server.url)
    with ThreadPoolExecutor(8) as pool:
        misses = list(pool.map(lambda number: fetched(store, TEXTS[number % 5 :]), range(80)))
    assert sum(misses) <= 8 * len(TEXTS) and misses[-1] == 0


def _in_process(url):
    return [fetched(RedisStore(url), TEXTS[number % 5 :]) for number in range(20)]


@pytest.mark.limits
def test_processes_share_it(server):
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        misses = list(pool.map(_in_process, [server.url] * 4))
    assert sum(map(sum, misses)) <= 4 * len(TEXTS) and all(counts[-1] == 0 for counts in misses)


@pytest.mark.limits
def test_a_forked_child_has_connections_of_its_own(server):
    store = RedisStore(server.url)
    fetched(store)
    stop = threading.Event()

    def work():
        while not stop.is_set():
            fetched(store)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        children = [pool.apply_async(fetched, (store,)) for _ in range(6)]
        assert [child.get(60) for child in children] == [0] * 6
    stop.set()
    for thread in threads:
        thread.join()
    assert fetched(store) == 0


@pytest.mark.limits
def test_stopped_and_started_under_load(caplog):
    server = RedisServer()
    store = RedisStore(server.url, timeout=0.5)
    stop, errors, rounds = threading.Event(), [], []

    def work():
        while not stop.is_set():
            try:
                rounds.append((time.monotonic(), fetched(store)))
            except BaseException as error:
                errors.append(error)
                return

    threads = [threading.Thread(target=work) for _ in range(8)]
    with caplog.at_level(logging.WARNING, "ragzip"):
        for thread in threads:
            thread.start()
        for _ in range(2):
            server.stop()
            time.sleep(0.3)
            stopped_at = time.monotonic()
            server.start()
            while not any(misses == 0 for began, misses in rounds[-200:] if began > stopped_at):
                assert time.monotonic() < stopped_at + 60 and not errors
                time.sleep(0.02)
        stop.set()
        for thread in threads:
            thread.join()
    server.stop()
    assert not errors
    assert sum("127.0.0.1" in record.getMessage() for record in caplog.records) == 2, "one warning per outage"


def test_a_server_that_hangs_is_left_alone(caplog):
    server = RedisServer()
    store = RedisStore(server.url, timeout=0.2)
    fetched(store)
    os.kill(server.process.pid, signal.SIGSTOP)
    times = [time.monotonic()]
    for _ in range(20):
        fetched(store)
        times.append(time.monotonic())
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert sum(wait >= 0.2 for wait in waits) <= 3, "not every call waits for it"
    os.kill(server.process.pid, signal.SIGCONT)
    server.stop()
    assert len(caplog.records) == 1


def test_a_full_server_still_answers(caplog):
    import redis

    server = RedisServer("--maxmemory-policy", "noeviction")
    store = RedisStore(server.url)
    store.set_many({b"before": b"1"})
    with redis.Redis(port=server.port) as client:
        client.config_set("maxmemory", 1)
    for number in range(3):
        store.set_many({bytes([number]): b"2"})
        assert store.get_many([b"before"]) == {b"before": b"1"}
    server.stop()
    assert len(caplog.records) == 1 and "OutOfMemory" in caplog.text


def test_no_server(caplog):
    url = f"redis://user:secret@127.0.0.1:{free_port()}/0"
    store = RedisStore(url)
    assert fetched(store) == len(TEXTS) and store.clear() == 0
    assert store.stats() == {"server": url.replace("user:secret@", ""), "entries": 0, "bytes": 0, "size_limit": 0}
    with pytest.raises(StorageError, match="does not answer") as caught:
        store.check()
    assert len(caplog.records) == 1
    assert "secret" not in caplog.text + str(caught.value) + repr(store)


@pytest.mark.parametrize(
    "url", ["", "redis://h:99999999/0", "redis://[::1", "redis://h?socket_timeout=abc", "redis://h?nonsense=1",
            "redis://:secret@h?decode_responses=True", "http://h", 5],
)  # fmt: skip
def test_no_address(url):
    with pytest.raises(OptionError, match=r"received.*expected") as caught:
        RedisStore(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("options", [{"timeout": 0}, {"expiry": -1}, {"prefix": ""}, {"prefix": "\ud800"}])
def test_wrong_options(options):
    with pytest.raises(OptionError, match=r"received.*expected"):
        RedisStore("redis://h", **options)


def test_without_the_extra(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(MissingExtraError, match=r"ragzip\[redis\]"):
        open_cache("redis://nowhere:1/0")


@pytest.mark.parametrize("scheme", ["valkey", "valkeys"])
def test_addresses_of_valkey(scheme):
    url = f"{scheme}://user:secret@127.0.0.1:{free_port()}/3"
    store = open_cache(url).store
    assert isinstance(store, RedisStore) and store.url == url and "secret" not in repr(store)
    assert store._client.connection_pool.connection_kwargs["db"] == 3
    with pytest.raises(OptionError, match="url: received") as caught:
        RedisStore(f"{scheme}://:secret@h?nonsense=1")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://:secret@h/0", "memcached://h:1", "ftp://h/cache", "redis+tls://h"])
def test_other_addresses_are_no_folders(url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for opened in (open_cache, Originals):
        with pytest.raises(OptionError, match=r"received an address.*valkeys://") as caught:
            opened(url)
        assert "secret" not in str(caught.value)
    assert not list(tmp_path.iterdir())
