"""A call that meets trouble: documents that fail, a deadline, a cancelled caller, a fork."""

import asyncio
import os
import threading
import time
from dataclasses import replace

import pytest

import ragzip
from ragzip.backends.cached import CachedWordScorer
from ragzip.compressors.extractive.pruner import Pruner
from ragzip.errors import DeadlineError, InputError, OptionError, RagzipError
from ragzip.process import deadline
from ragzip.process.deadline import current_limit
from ragzip.process.forking import ForkSafeLock, guarded
from ragzip.process.lazy_property import lazy_property
from ragzip.testing import FakePassageScorer, FakeWordScorer, MemoryStore
from ragzip.text.spans import Span
from ragzip.types import Document

GOOD = [
    "The mill burned in 1903. It was never built again. People wept in the streets for days.",
    "The river rises in the hills. It reaches the sea at Inverbervie. Boats carry wheat and rye along it.",
    "Ada wrote letters about engines. She asked about brass. Nobody answered her for a year or more.",
]


def compress(context, query="When did the mill burn?", **options):
    options = {"compressor": "extractive/bm25", "cache": False, "target_tokens": 30} | options
    return ragzip.compress(context, query, **options)


class FailsOn:
    """Sentences by BM25; fails on documents that hold a word."""

    name = "test/fails-on.v1"

    def __init__(self, word):
        self.word, self.inner = word, ragzip.load("bm25")

    def compress(self, query, segments, budget):
        if any(self.word in segment.text for segment in segments):
            raise ZeroDivisionError("boom")
        return self.inner.compress(query, segments, budget)


MOST_PAUSES = 100


class Slow:
    """Truncates, and takes its time for it: in one go, or asking between short pauses whether it may go on."""

    name = "test/slow.v1"

    def __init__(self, seconds, *, asks):
        self.seconds, self.asks, self.ended, self.pauses = seconds, asks, threading.Event(), 0

    def compress(self, query, segments, budget):
        try:
            while self.pauses < MOST_PAUSES:
                time.sleep(self.seconds / MOST_PAUSES)
                self.pauses += 1
                if self.asks:
                    deadline.check()
            return list(segments)
        finally:
            self.ended.set()


@pytest.mark.parametrize("bad", ["with a NUL \0 in it", "with a \ud800 in it"])
def test_a_document_that_cannot_be_read_costs_the_others_nothing(bad):
    result = compress([GOOD[0], bad, GOOD[1]], on_error="passthrough")
    assert result.documents[1].text == bad and result.documents[2].text != GOOD[1]
    assert "1903" in result.documents[0].text and result.stats.tokens_out <= 30
    assert result.stats.fallback.startswith("'1' as given: InputError: context[1]: received")
    with pytest.raises(InputError, match=r"context\[1\]"):
        compress([GOOD[0], bad], on_error="raise")


@pytest.mark.parametrize("chain", [False, True])
def test_a_document_that_fails_costs_the_others_nothing(chain):
    compressor = [FailsOn("engines"), "truncate"] if chain else FailsOn("engines")
    result = compress(GOOD, compressor=compressor, on_error="passthrough", target_tokens=40)
    assert result.documents[2].text == GOOD[2]
    assert "1903" in result.documents[0].text and len(result.documents[1].text) < len(GOOD[1])
    assert result.stats.tokens_out <= 40
    assert result.stats.fallback == "'2' as given: ZeroDivisionError: boom"
    with pytest.raises(ZeroDivisionError):
        compress(GOOD, compressor=compressor)


def test_a_large_document_that_fails_leaves_the_others_their_share():
    large = "engines " * 500
    result = compress([*GOOD, large], compressor=FailsOn(large), on_error="passthrough")
    assert result.documents[3].text == large
    assert sum(bool(document.text) for document in result.documents) >= 1
    texts = [ragzip.text.tokens.token_counter()(text) for text in [*GOOD, large]]
    share = 30 * sum(texts[:3]) / sum(texts)
    assert result.stats.tokens_out <= texts[3] + share


def test_parts_with_a_rate_fail_alone():
    parts = [ragzip.Part("a", GOOD[2], rate=0.3), ragzip.Part("b", GOOD[0], rate=0.3), Document("c", GOOD[1])]
    result = compress(parts, compressor=FailsOn("engines"), on_error="passthrough", target_tokens=60)
    assert result.documents[0].text == GOOD[2] and "'a' as given" in result.stats.fallback
    assert len(result.documents[1].text) < len(GOOD[0])


@pytest.mark.parametrize("context", [{"a": "b"}, {"a", "b"}, b"x", memoryview(b"x"), 5, ["a", None], {"a": 1}.keys()])
def test_what_is_no_context_is_never_passed_through(context):
    with pytest.raises(InputError, match="received"):
        compress(context, on_error="passthrough")


def test_a_generator_that_fails():
    def texts():
        yield GOOD[0]
        yield GOOD[1]
        raise ConnectionError("lost")

    result = compress(texts(), on_error="passthrough")
    assert len(result.documents) == 2 and "1903" in result.text and result.stats.tokens_out <= 30
    assert result.stats.fallback == "InputError: context: reading it failed after 2 documents (ConnectionError: lost)."
    with pytest.raises(InputError, match="after 2 documents"):
        compress(texts())


@pytest.mark.parametrize("on_error", ["raise", "passthrough"])
def test_a_generator_of_a_batch_that_fails(on_error):
    def pairs():
        yield GOOD[0], "engines"
        raise KeyError("lost")

    with pytest.raises(InputError, match=r"compress_batch: reading it failed after 1 items \(KeyError: 'lost'\)"):
        ragzip.compress_batch(pairs(), compressor="bm25", cache=False, on_error=on_error)


@pytest.mark.parametrize("name", [5, None, "", b"mine.v1"])
def test_a_compressor_whose_name_is_no_text(name):
    """The pages of Result.diff, the table of an evaluation and log lines are made of names."""

    class Named:
        def compress(self, query, segments, budget):
            return list(segments)

    Named.name = name
    with pytest.raises(OptionError, match="name of the compressor Named: received"):
        compress(list(GOOD), compressor=Named())


@pytest.mark.parametrize(
    "returned",
    [
        lambda segments: None,
        lambda segments: "text",
        lambda segments: [None] * len(segments),
        lambda segments: segments[1:],
        lambda segments: [segment.keep([]) for segment in segments[::-1]],
        lambda segments: [ragzip.Segment.whole(Document("x", "other"), i) for i in range(len(segments))],
        lambda segments: [replace(segment, spans=(Span(0, 10**6),)) for segment in segments],
    ],
)
def test_a_compressor_that_breaks_the_protocol(returned):
    class Breaks:
        name = "test/breaks.v1"

        def compress(self, query, segments, budget):
            return returned(list(segments))

    with pytest.raises(RagzipError, match="gave back"):
        compress(GOOD, compressor=Breaks())


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), "1", True, 10**400], ids=lambda value: "x")
def test_bad_deadlines(seconds):
    with pytest.raises(OptionError, match="deadline"):
        compress(GOOD, deadline=seconds)


@pytest.mark.parametrize("value", [10**400, float("nan"), "high", True, 10**5000, 1j], ids=lambda value: "x")
def test_bad_thresholds(value):
    with pytest.raises(OptionError, match="threshold"):
        compress(GOOD, threshold=value)


def test_a_deadline_that_is_not_reached_changes_nothing():
    assert compress(GOOD, deadline=600).text == compress(GOOD).text


@pytest.mark.parametrize("asks", [True, False])
def test_after_the_deadline_the_text_is_as_it_was_given(asks):
    slow = Slow(6.0 if asks else 3.0, asks=asks)
    result = compress(GOOD, compressor=slow, deadline=0.3)
    assert slow.pauses < MOST_PAUSES  # it did not wait for the end
    assert [document.text for document in result.documents] == GOOD
    assert "DeadlineError: deadline: the time limit" in result.stats.fallback
    if asks:
        assert slow.ended.wait(60) and slow.pauses < MOST_PAUSES


def test_what_was_scored_before_the_deadline_is_compressed():
    class Scorer(FakePassageScorer):
        def score_passages(self, query, passages):
            limit = current_limit()
            while any("engines" in text for _, text in passages) and limit.ends is not None and not limit.is_over:
                time.sleep(0.01)
            return super().score_passages(query, passages)

    cache = ragzip.SegmentCache(MemoryStore())
    documents = GOOD[:2] * 8 + [GOOD[2]] * 19  # scored by sixteen
    documents = [f"{text} Number {i}." for i, text in enumerate(documents)]
    options = {"compressor": Pruner(Scorer(), similarity=False), "cache": cache, "target_tokens": 400}
    result = compress(documents, deadline=2, **options)
    kept = [document.text for document in result.documents]
    assert kept[32:] == documents[32:] and len(set(kept[:32]) & set(documents[:32])) < 16
    assert result.stats.fallback.startswith("'32', '33', '34' as given: DeadlineError")
    late = compress(documents, **options)
    assert late.stats.fallback is None and late.stats.tokens_out <= 400 and late.stats.cache_hits


def test_a_deadline_ends_runs_without_a_cache():
    scorer = CachedWordScorer(FakeWordScorer())
    with deadline.limit_scope(deadline.CallLimit(1e-9)), pytest.raises(DeadlineError):
        time.sleep(0.001)
        scorer.score_words(["text"])
    assert scorer.scorer.seen == 0


def test_the_error_names_the_deadline_of_an_outer_call():
    limit = deadline.CallLimit(parent=deadline.CallLimit(parent=deadline.CallLimit(1e-9)))
    time.sleep(0.001)
    with pytest.raises(DeadlineError, match="1e-09 seconds"):
        limit.check()


def test_a_cancelled_caller_does_not_hold_up_the_loop():
    slow = Slow(20.0, asks=True)

    async def cancelled():
        task = asyncio.create_task(ragzip.acompress(GOOD, "mill", compressor=slow, target_tokens=20, cache=False))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert slow.pauses < MOST_PAUSES
    assert slow.ended.wait(60) and slow.pauses < MOST_PAUSES  # at its next batch


def test_async_calls_see_the_deadline():
    result = asyncio.run(
        ragzip.acompress(GOOD, "mill", compressor=Slow(6.0, asks=True), target_tokens=20, cache=False, deadline=0.2)
    )
    assert "DeadlineError" in result.stats.fallback


def _children(count, seconds):
    """How ``count`` forked children that compress ended: "ok", a status, or "hung"."""
    outcomes = []
    for number in range(count):
        pid = os.fork()
        if not pid:
            text = f"{GOOD[0]} Child {number}."
            try:
                result = ragzip.compress([text, *GOOD], "When did the mill burn?", target_tokens=30)
                os._exit(0 if "1903" in result.text else 3)
            except BaseException:
                os._exit(4)
        ends = time.monotonic() + seconds
        status = "hung"
        while status == "hung" and time.monotonic() < ends:
            done, code = os.waitpid(pid, os.WNOHANG)
            status = ("ok" if code == 0 else code) if done else "hung"
            time.sleep(0.01)
        if status == "hung":
            os.kill(pid, 9)
            os.waitpid(pid, 0)
        outcomes.append(status)
    return outcomes


@pytest.mark.limits
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_children_forked_beside_threads_that_compress(tmp_path, monkeypatch, at_length):
    monkeypatch.setenv("RAGZIP_CACHE_DIR", str(tmp_path))
    stop = threading.Event()

    def work(seed):
        number = 0
        while not stop.is_set():
            number += 1
            ragzip.compress([f"{text} {seed} {number}" for text in GOOD], f"mill {number}?", target_tokens=30)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    try:
        assert set(_children(12 if at_length else 3, seconds=60)) == {"ok"}
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_waits_for_guarded_sections_and_renews_locks():
    lock, inside, leave = ForkSafeLock(), threading.Event(), threading.Event()

    def hold():
        with lock:
            with guarded():
                inside.set()
                leave.wait(30)
            time.sleep(0.5)

    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait(30)
    threading.Timer(0.3, leave.set).start()
    start = time.monotonic()
    pid = os.fork()
    if not pid:
        with lock, guarded():  # free in the child, though another thread of the parent holds it
            os._exit(0)
    assert time.monotonic() - start > 0.2  # the fork waited
    assert os.waitpid(pid, 0)[1] == 0
    thread.join()
    with lock, guarded():
        pass


class Measured:
    """Lengths that one thread computes for long."""

    def __init__(self):
        self.begun, self.leave, self.is_slow = threading.Event(), threading.Event(), True

    @lazy_property
    def length(self):
        """The length."""
        if self.is_slow:
            self.begun.set()
            self.leave.wait(30)
        return object()


def test_no_lock_is_held_while_a_lazy_property_is_computed():
    # a child that is forked meanwhile would wait for that lock forever
    measured, other = Measured(), Measured()
    other.is_slow = False
    threads = [threading.Thread(target=getattr, args=(owner, "length")) for owner in (measured, other)]
    threads[0].start()
    assert measured.begun.wait(30)
    threads[1].start()
    threads[1].join(20)
    is_done = not threads[1].is_alive()
    measured.leave.set()
    for thread in threads:
        thread.join()
    assert is_done
    assert measured.length is measured.length is not other.length
    assert Measured.length.__doc__ == "The length."
