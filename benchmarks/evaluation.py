"""The suites of the development data without a reader, and with one: the tables that `ragzip eval` makes."""

import shutil
import tempfile
from pathlib import Path

from common import RESULTS

from ragzip.compressors.token.pruner_words import PrunerWords
from ragzip.eval.evaluate import evaluate
from ragzip.eval.record import Arm
from ragzip.eval.runs.readers import load_reader
from ragzip.eval.runs.runner import arms
from ragzip.eval.suites.load import Suite, load_suite

LLMLINGUA = "llmlingua2, our weights"
COMPRESSORS = ("auto", "hybrid", "embedding", "bm25", LLMLINGUA, "baseline/truncate", "baseline/random")
QA = ("squad-v1.1-rag10", "nq-open-rag10", "hotpotqa", "2wikimultihopqa", "musique", "mtrag", "bioasq")
READER_SETS = ("squad-v1.1-rag10", "hotpotqa")
QUESTIONS = 100
READER_GRID = (
    Arm("none"),
    *(Arm("auto", rate) for rate in (0.25, 0.1, 0.5)),
    *(Arm(name, 0.25) for name in ("extractive/embedding", "baseline/truncate", "extractive/bm25")),
)


class WithoutQuery(PrunerWords):
    """Words by our weights as LLMLingua-2 takes them: whatever the question."""

    def score_words(self, texts, query):
        return super().score_words(texts, None)


def suites(data):
    """Each suite, and what is run over it."""
    rates, tokens = arms(COMPRESSORS, rates=(0.1, 0.25, 0.5)), arms(COMPRESSORS, target_tokens=(2000,))
    yield "suite_qa", load_suite("qa", data, tasks=QA, most=QUESTIONS), rates
    yield "suite_longbench", load_suite("longbench", data, most=20), tokens
    yield "suite_meetings", load_suite("meetings", data, most=40), tokens


def run(data, only):
    """Nothing but the compressors: what is left of the answers, and what it takes."""
    own = {LLMLINGUA: WithoutQuery()}
    ((name, suite, grid),) = (found for found in suites(data) if found[0] == only)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        report = evaluate(suite, grid, out=out, compressors=own, cache=Path(folder) / "cache", progress=told(name))
        shutil.copy(out / "quality.svg", RESULTS / f"{name}.svg")
    return report.to_json()


def read(data, model, dtype=None):
    """A small language model answers from the whole context and from what is left of it.

    Records lie in results/reader: a run that was stopped is gone on with.
    """
    sets = [load_suite("qa", data, tasks=[name], most=QUESTIONS).examples for name in READER_SETS]
    suite = Suite("qa", [example for pair in zip(*sets, strict=True) for example in pair], ())
    report = evaluate(
        suite,
        READER_GRID,
        out=RESULTS / "reader",
        reader=load_reader(model, dtype=dtype),
        likelihood=True,
        progress=told("reader"),
    )
    return report.to_json()


def told(name):
    return lambda done, total: (
        print(f"{name} {done} of {total}", flush=True) if done % 50 == 0 or done == total else None
    )
