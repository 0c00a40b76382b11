"""Time and memory grow with the input alone: what once took the square of it, and caches that had no size in bytes."""

import math
import os
import random
import threading
import tracemalloc
from dataclasses import replace
from itertools import accumulate

import numpy as np
import pytest

import ragzip
from benchmarks.growth import BOUND, auto_with_fakes, exponent, seconds, text_of
from ragzip import checks
from ragzip.cache import SegmentCache
from ragzip.compressors.extractive import bm25
from ragzip.compressors.extractive.records import first_stage
from ragzip.errors import InputError
from ragzip.fitting.fit import fit
from ragzip.fitting.trial import Trial
from ragzip.output.layout import Layout
from ragzip.pages import form
from ragzip.pages.tree import clean
from ragzip.process.memory import ENTRY_BYTES, BoundedCache
from ragzip.testing.fakes import MemoryStore
from ragzip.text import spans as joins
from ragzip.text import tokens
from ragzip.text.splitters import sentences
from ragzip.text.splitters.splitting import _units_by_text
from ragzip.text.structure import readers
from ragzip.text.tokens import ENCODINGS, token_counter
from ragzip.text.words import _known_stem, long_words, terms
from ragzip.types import Budget, Document, Meter, Segment, Unit

NOISE = 0.3  # of an exponent, on a busy machine
ROUNDS = 12
PROSE = "The mill of Inverbervie burned down in 1902. Nobody was hurt, it was insured. "


def assert_linear(action, make, longest):
    """That time grows as length does. A time is the best of several rounds, since other processes share the machine;
    each text is new, since texts met before are remembered.
    """
    lengths = [longest >> i for i in range(2, -1, -1)]
    times = [math.inf] * len(lengths)
    for number in range(ROUNDS):
        measured = [seconds(action, lambda n, number=number: f"{make(n)} {number}.", n, repeats=1) for n in lengths]
        times = [min(pair) for pair in zip(times, measured, strict=True)]
        if exponent(times) < BOUND + NOISE:
            return
    pytest.fail(f"exponent {exponent(times):.2f} of {times}")


@pytest.mark.parametrize("name", ["backticks", "opened quotes", "closed fences", "blanks", "base64"])
def test_plain_text_takes_linear_time(name):
    pipeline = ragzip.Pipeline(auto_with_fakes(), target_tokens=50, cache=False)
    assert_linear(lambda text: pipeline.run(text, "When did the mill burn?"), lambda n: text_of(name, n), 16_000)


@pytest.mark.parametrize(
    "name",
    [
        "paragraphs",
        "one wide row",
        "headed wide rows",
        "row spans",
        "nested details",
        "panels of one control",
        "ends of sections",
        "lines of a footer",
        "corrected paragraphs",
        "definitions",
    ],
)
def test_pages_take_linear_time(name):
    pipeline = ragzip.Pipeline("html/bm25", target_tokens=50, cache=False)

    def compress(text):
        return pipeline.run([Document("a", text, mime="text/html")], "When did the mill burn?")

    assert_linear(compress, lambda n: text_of(name, n), 8_000)


@pytest.mark.parametrize("name", ["rules in one long block", "pictures behind blanks"])
def test_styles_and_pictures_take_linear_time(name):
    assert_linear(clean, lambda n: text_of(name, n), 160_000)


@pytest.mark.parametrize(
    "name",
    [
        "verdicts",
        "exceptions between items",
        "notices of corrections",
        "one footnote of many",
        "terms of one list",
        "statuses",
        "talk that is taken back",
        "talk of those",
        "mails that change",
        "mails quoted in mails",
        "questions of two sentences",
        "labels of Japanese",
    ],
)
def test_what_needs_or_says_more_of_others_takes_linear_time(name):
    """A chain of sentences, each of which needs the one before, was followed to its end from each of them."""
    pipeline = ragzip.Pipeline("html/bm25", rate=0.3, cache=False)
    assert_linear(lambda text: pipeline.run(text, "When did the mill burn?"), lambda n: text_of(name, n), 24_000)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("unit", [" ", "\n", "a", "A", "-", "日本", "\u0301", "/\n"])
def test_counting_takes_linear_time(encoding, unit):
    """A run just under the length that was looked for took the square of it."""
    counter = token_counter(encoding)

    def make(length):
        return PROSE + unit * (length // len(unit)) + PROSE

    assert_linear(counter, make, 96_000)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_counts_are_exact_up_to_the_longest_piece_and_never_too_low(encoding, monkeypatch, at_length):
    draw = random.Random(7)
    units = [
        PROSE[:40],
        " ",
        "\n",
        "a",
        "A",
        "é",
        "日本",
        "!",
        "/",
        "\n/",
        "“",
        "\u0301",
        "7",
        " \n",
        "'s",
        "aB",
        "\x1c",
        "\u2003",
    ]
    reference = tokens._tiktoken(encoding).encode_ordinary
    counter = token_counter(encoding)
    monkeypatch.setattr(tokens, "_MAX_PIECE_CHARACTERS", 600)
    cut, text_count = 0, 2000 if at_length else 600
    for number in range(text_count):
        sizes = [1, 2, 30, 250, 600] if number % 2 else [1, 30, 900]
        text = f"{number}." + "".join(draw.choice(units) * draw.choice(sizes) for _ in range(3))
        expected, counted = len(reference(text)), counter(text)
        long_pieces = tokens._may_have_long_pieces(text)
        cut += long_pieces
        assert counted >= expected
        assert counted - expected <= 8 * (len(text) // 600) if long_pieces else counted == expected
    assert cut > text_count // 20


def test_gaps_between_pieces_are_looked_up_as_they_were_searched(monkeypatch):
    draw = random.Random(3)
    for _ in range(3000):
        text = "".join(draw.choice("ab .日!\t。\u0301") + draw.choice(["", "", "\n", "\n\n"]) for _ in range(30))
        places = sorted(draw.sample(range(len(text) + 1), 4))
        kept = [(places[0], places[1]), (places[2], places[3])]
        monkeypatch.setattr(joins, "_MAX_SEARCHED_CHARACTERS", 10**6)
        searched = joins.join(text, kept)
        monkeypatch.setattr(joins, "_MAX_SEARCHED_CHARACTERS", 2)
        assert joins.join(text, kept) == searched


def test_long_words_are_seen_once():
    text = "x" * 1500 + " " + "y" * 900 + " z"
    assert list(long_words(text, 1000)) == [(0, 1500)]


def test_a_cache_keeps_to_its_bytes_and_drops_what_was_read_longest_ago():
    cache = BoundedCache(10 * (ENTRY_BYTES + 100), lambda key, value: len(value))
    for number in range(50):
        cache.put(number, b"x" * 100)
        assert cache.get(0) is not None
        assert cache.total_bytes <= cache.max_bytes
    assert len(cache) == 10
    assert cache.get(1) is None and cache.get(49) is not None
    cache.put("large", b"x" * cache.max_bytes)
    assert cache.get("large") is None and len(cache) == 10
    cache.put(49, b"")
    assert cache.total_bytes == 10 * ENTRY_BYTES + 9 * 100


def test_a_cache_that_keeps_the_newest_keeps_one_of_any_size():
    cache = BoundedCache(1000, lambda key, value: value, keep_newest=True)
    cache.put("a", 10**6)
    assert cache.get("a") == 10**6
    cache.put("b", 10**7)
    assert cache.get("a") is None and cache.get("b") == 10**7 and len(cache) == 1


def test_threads_share_a_cache():
    cache = BoundedCache(5000, lambda key, value: 10)

    def work(seed):
        draw = random.Random(seed)
        for _ in range(3000):
            key = draw.randrange(100)
            assert cache.get_or_compute(key, lambda key: key + 1) == key + 1

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.total_bytes == len(cache) * (ENTRY_BYTES + 10) <= 5000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_begins_with_an_empty_cache_and_a_free_lock():
    cache = BoundedCache(5000, lambda key, value: 10)
    cache.put("a", 1)
    with cache._lock:
        child = os.fork()
        if not child:
            os._exit(0 if cache.get("a") is None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert cache.get("a") == 1


def test_words_of_data_leave_nothing_in_memory(monkeypatch):
    """120 documents with a data address each took 234 MB."""
    before = _known_stem.cache_info().currsize
    terms("A" * 100_000 + " mills")
    assert _known_stem.cache_info().currsize - before <= 1
    for cache in (bm25._terms_by_text, _units_by_text):
        cache.clear()
        monkeypatch.setattr(cache, "max_bytes", 2**19)
    monkeypatch.setattr(tokens, "_MAX_LONG_TEXTS_BYTES", 2**19)
    counter = tokens.TokenCounter("cached", *tokens._remembering(len))
    tracemalloc.start()
    for number in range(30):
        for cached in (bm25.index_terms, sentences, counter):
            cached(f"{number} mill " + "iVBORw0KGgo" * 2_250)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert held < 3 * 2**19 + 2**18  # what the three may take, as set above


def test_remembered_pages_have_a_size_in_bytes(monkeypatch):
    monkeypatch.setattr(form._form_by_page, "max_bytes", 2**21)
    form._form_by_page.clear()
    for number in range(20):
        form.page_form("<html>" + "<p>x" * 1_000 + str(number))
        assert form._form_by_page.total_bytes <= 2**21
    assert len(form._form_by_page) < 20
    source = "<html>" + "<p>x" * 2_000
    tracemalloc.start()
    page = form.page_form(source)
    assert page.blocks
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert form._bytes_of((source, "html", False, 40), page) > held


def test_units_that_do_not_fit_are_not_all_tried_in_their_place(monkeypatch):
    """Of fences that cost four tokens more than are left, each was: three times the time of texts beside it."""
    tries = []
    delta = Trial.delta
    monkeypatch.setattr(Trial, "delta", lambda self, *place: tries.append(place) or delta(self, *place))
    fences = "".join(f"```\nx{number}\n\n````\n" for number in range(2_500))
    text = fences + "The mill of Inverbervie burned down in 1902. Nobody was hurt. 40000"
    result = ragzip.Pipeline(auto_with_fakes(), target_tokens=200, cache=False).run(
        text, "When did the mill burn down?"
    )
    assert 190 < result.stats.tokens_out < 200
    assert 100 < len(tries) < 1_000  # each of 2,500 before


def structured(text):
    return readers.structure_of(text, "text/csv", "0")


def test_of_a_query_that_is_a_whole_text_some_words_are_looked_for():
    """Each is looked for in every record, and each term in every identifier."""
    query = " ".join(f"word{'abcdefghij'[number % 10] * (number % 300)} id-{number}" for number in range(5_000))
    assert len(list(first_stage.query_words(query))) <= 2 * first_stage._MAX_QUERY_WORDS
    assert len(list(first_stage.query_words("Which mill of 1902 burned?"))) == 5


def test_a_query_of_one_long_word_takes_linear_time():
    """Words that texts have may be written in two there: each beginning of it is looked for that a word could be."""
    pipeline = ragzip.Pipeline("extractive/bm25", target_tokens=20, cache=False)
    assert_linear(lambda query: pipeline.run(PROSE, query), lambda n: "x" * n, 32_000)


TABLES = {
    "a wide header over short rows": lambda n: "a," * (n // 4) + "\n" + "x,y\n" * (n // 8),
    "a long name over many rows": lambda n: "a" * (n // 4) + ",b\n" + "x,y\n" * (n // 6),
    "wide rows under a narrow header": lambda n: "a,b\n" + "x," * (n // 2) + "\n",
}


@pytest.mark.parametrize("kind", TABLES)
def test_tables_take_a_bounded_share_of_memory(kind):
    """Short rows were filled up to the width of the header, and each row was read with the whole names of columns."""
    text = TABLES[kind](20_000)
    tracemalloc.start()
    assert structured(text).kind == "table"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 250 * len(text)


@pytest.mark.parametrize("kind", TABLES)
def test_remembered_structures_have_a_size_in_bytes(kind, monkeypatch):
    cache = BoundedCache(2**21, readers._bytes_of)
    monkeypatch.setattr(readers, "_structure_by_text", cache)
    text = TABLES[kind](8_000)
    tracemalloc.start()
    structured(text)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert cache.total_bytes > 0.8 * held
    for number in range(12):  # of two kinds the cache holds fewer
        structured(f"{text}{number},y\n")
        assert cache.total_bytes <= cache.max_bytes


def test_rows_of_a_large_matrix_are_kept_without_the_matrix():
    cache = SegmentCache(MemoryStore())
    matrix = np.ones((1000, 64), np.float16)
    cache.fetch("task", "print", ["a", "b"], lambda texts: list(matrix[: len(texts)]))
    entries = [array for array, _ in cache._recent._entries.values()]
    assert len(entries) == 2 and all(array.base is None for array in entries)


def test_entries_of_a_cache_count_what_they_take_besides_their_numbers():
    cache = SegmentCache(MemoryStore())
    cache._recent.max_bytes = 100 * ENTRY_BYTES
    cache.fetch("task", "print", [str(i) for i in range(1000)], lambda texts: [np.ones(1, np.float16) for _ in texts])
    assert len(cache._recent) < 100


def test_texts_beyond_the_limit_are_refused(monkeypatch):
    monkeypatch.setattr(checks, "MAX_CHARACTERS", 10)
    with pytest.raises(InputError, match=r"11 characters, expected at most 10\. Split"):
        Document("a", "x" * 11)
    with pytest.raises(InputError, match="11 characters"):
        ragzip.compress("x" * 11, "q")


def _counts_of_context(monkeypatch, compress):
    """How often ``compress`` counts the whole context."""
    counts = []
    recount = Trial.recount
    with monkeypatch.context() as patch:
        patch.setattr(Trial, "recount", lambda self: counts.append(1) or recount(self))
        compress()
    return len(counts)


@pytest.mark.parametrize("kind", ["underlined sections", "sections of rising level"])
def test_headings_are_counted_together(kind, monkeypatch):
    """Each that fitted was counted with the whole text."""

    def counts(length):
        pipeline = ragzip.Pipeline(auto_with_fakes(), rate=0.6, cache=False)
        text = text_of(kind, length)
        return _counts_of_context(monkeypatch, lambda: pipeline.run(text, "When did the mill burn down?"))

    assert counts(16_000) < 1.3 * counts(4_000) + 10


def _scored(texts, scores):
    """A whole document of these units, of which those with a score are relevant."""
    ends = accumulate(len(text) + 1 for text in texts)
    units = tuple(
        Unit(end - 1 - len(text), end - 1, score, relevant=score > 0)
        for text, end, score in zip(texts, ends, scores, strict=True)
    )
    return replace(Segment.whole(Document("a", " ".join(texts)), 0), units=units)


def test_many_units_give_way_to_the_best_one_together(monkeypatch):
    """The context was counted after each that went."""

    def counts(unit_count):
        texts = ["Mill " * unit_count + "burned.", *(f"House {number}." for number in range(unit_count))]
        segment = _scored(texts, [1.0] + [0.5] * unit_count)
        houses = replace(segment.keep([unit.span for unit in segment.units[1:]]), units=segment.units)
        fitted = []
        budget = Budget(Meter(token_counter()), unit_count + 20)
        count = _counts_of_context(monkeypatch, lambda: fitted.extend(fit([houses], budget, Layout())))
        assert fitted[0].text.startswith(texts[0])
        return count

    assert counts(400) <= counts(100) + 5
