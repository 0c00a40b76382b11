import json
from pathlib import Path

import pytest

from ragzip.errors import UnknownNameError
from ragzip.eval.measures import metrics
from ragzip.eval.measures.rouge import bleu, rouge, rouge_l

KNOWN = json.loads((Path(__file__).parents[2] / "data" / "metrics.json").read_text("utf-8"))


@pytest.mark.parametrize("case", KNOWN["longbench"], ids=lambda case: f"{case['metric']} {case['prediction'][:20]!r}")
def test_as_longbench_counts(case):
    metric = getattr(metrics, case["metric"])
    value = metric(case["prediction"], case["answer"], all_classes=case["classes"] or [])
    assert value == pytest.approx(case["value"], abs=1e-9)


def test_the_values_differ():
    """So that a metric that gives one number for everything would be seen."""
    for name in {case["metric"] for case in KNOWN["longbench"]}:
        assert len({case["value"] for case in KNOWN["longbench"] if case["metric"] == name}) > 1


@pytest.mark.parametrize("case", KNOWN["rouge"], ids=lambda case: repr(case["prediction"][:20]))
def test_rouge_as_rouge_score(case):
    assert rouge(case["prediction"], case["answer"]) == pytest.approx(case["rouge"], abs=1e-9)


def test_bleu_as_sacrebleu():
    known = KNOWN["bleu"]
    for prediction, references, value in zip(known["predictions"], known["references"], known["each"], strict=True):
        assert bleu([prediction], [references]) == pytest.approx(value, abs=1e-9)
    assert bleu(known["predictions"], known["references"]) == pytest.approx(known["corpus"], abs=1e-9)


def test_a_text_too_long_for_the_package_is_0():
    words = " ".join(f"w{i}" for i in range(1200))
    assert rouge_l(words, words) == 0 and rouge_l(words[:2000], words[:2000]) == pytest.approx(1)


def test_matches():
    assert metrics.exact_match("The Beatles.", "beatles") == 1 and metrics.exact_match("beatles band", "beatles") == 0
    assert metrics.substring_match("It was the Beatles!", "beatles") == 1
    assert metrics.substring_match("no", "beatles") == 0


def test_the_best_answer_counts():
    assert metrics.best("qa_f1", "Paris", ["London", "Paris, France"]) == pytest.approx(2 / 3)
    assert metrics.best("qa_f1", "Paris", []) == 0
    assert metrics.best("classification", "Food", ["Food"], ["Food", "Place"]) == 1
    with pytest.raises(UnknownNameError, match="nonsense"):
        metrics.best("nonsense", "a", ["a"])
