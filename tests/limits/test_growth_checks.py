"""Time and memory of the checker, of what is written again and of the metrics, by the length of hostile texts."""

import importlib.util
import math
import sys
import tracemalloc
from pathlib import Path

import pytest

from ragzip.compressors.checking.evidence import Sources
from ragzip.compressors.checking.facts import named_mostly
from ragzip.eval.measures.rouge import rouge, rouge_l

ROOT = Path(__file__).parent.parent.parent
SPEC = importlib.util.spec_from_file_location("growth_checks", ROOT / "benchmarks" / "growth_checks.py")
growth = importlib.util.module_from_spec(SPEC)
sys.modules["growth_checks"] = growth
SPEC.loader.exec_module(growth)

SQUARE = 1.5  # between linear and the square
ROUNDS = 5  # a time is the best of so many, since other processes share the machine's caches
CASES = [
    ("facts", "no denials", 8000),
    ("facts", "numbers", 4000),
    ("flip", "can't", 8000),
    ("sources", "one name", 4000),
    ("sources", "denials", 4000),
    ("check a rewriting", "table of denials", 5000),
    ("check against", "table of denials", 2000),
    ("page", "stops", 2000),
    ("places", "prose", 8000),
    ("plan", "stops", 2000),
    ("metric rouge_l_zh", "one character", 4000),
    ("metric code_sim", "one letter", 32000),
]


@pytest.mark.parametrize(("check", "kind", "first"), CASES, ids=[f"{check}: {kind}" for check, kind, _ in CASES])
def test_time_does_not_grow_with_the_square(check, kind, first, at_length):
    if check.endswith("_zh"):
        pytest.importorskip("jieba")
    texts = [growth.TEXTS[kind](first * 2**i) for i in range(4 if at_length else 2)]
    growth.CHECKS[check](growth.TEXTS[kind](100))  # what is loaded once
    times = [math.inf] * len(texts)
    for _ in range(ROUNDS):
        times = [min(best, growth.seconds(growth.CHECKS[check], text)) for best, text in zip(times, texts, strict=True)]
        slope = growth.exponent([len(text) for text in texts], times, 2e-3)
        if slope < SQUARE:
            return
    pytest.fail(f"exponent {slope:.2f} of {times}")


def peak(function, *arguments):
    tracemalloc.start()
    try:
        function(*arguments)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_names_take_memory_by_their_length():
    assert peak(Sources, ["A" * 20_000 + " came."]) < 5_000_000


def test_long_names_are_not_remembered():
    def name_many():
        for i in range(50):
            named_mostly("B" * 100_000 + str(i))

    tracemalloc.start()
    name_many()
    left, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert left < 1_000_000


def test_the_table_of_a_metric_is_not_kept():
    words = " ".join(f"w{i % 700}" for i in range(2000))
    assert peak(rouge, words, words) < 5_000_000
    assert peak(rouge_l, words, " ".join(words.split()[:900])) < 5_000_000


@pytest.mark.parametrize("name", [name for name in growth.METRICS if not name.endswith("_zh")])
def test_metrics_take_any_prediction(name):
    for kind, text in growth.TEXTS.items():
        assert 0 <= growth.metric(name, text(3000)) <= 1, kind


def test_chinese_metrics_take_any_prediction():
    pytest.importorskip("jieba")
    for name in ("qa_f1_zh", "rouge_l_zh", "retrieval_zh"):
        for kind, text in growth.TEXTS.items():
            assert 0 <= growth.metric(name, text(3000)) <= 1, kind
