"""Runs the benchmarks and writes results/*.json; then the tables of benchmarks/README.md.

python benchmarks/run.py --data DATA [--only NAME]
"""

import argparse
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import answering
import budgets
import claims
import domains
import evaluation
import governing
import languages
import latency
import pages
import parity
import pruning
import reading
import retention
import retrieval
import retrieval_pq
import rewriting
import side_by_side
import soft
import soft_grains
import speed
import splitting
import structure
from common import save
from report import write_tables

BENCHMARKS = {
    "splitting": splitting,
    "speed": speed,
    "budgets": budgets,
    "reading": reading,
    "governing": governing,
    "structure": structure,
    "retention": retention,
    "pruning": pruning,
    "domains": domains,
    "answering": answering,
    "claims": claims,
    "languages": languages,
    "latency": latency,
    "parity": parity,
    "pages": pages,
    **{
        name: SimpleNamespace(run=partial(evaluation.run, only=name))
        for name in ("suite_qa", "suite_longbench", "suite_meetings")
    },
    "reader": SimpleNamespace(run=evaluation.read),
    "side_by_side": side_by_side,
    "soft": soft,
    "soft_grains": soft_grains,
    "rewriting": rewriting,
    "retrieval_pq": retrieval_pq,
    "retrieval": retrieval,
}
SOFT = ("soft", "soft_grains")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with qa/*.jsonl.gz")
    parser.add_argument("--only", choices=BENCHMARKS, nargs="*", default=list(BENCHMARKS))
    parser.add_argument("--model", type=Path, help="encoder for side_by_side; default: random weights")
    parser.add_argument("--causal", type=Path, help="language model for Selective Context in pruning; default: without")
    parser.add_argument(
        "--reader", type=Path, help="language model of the benchmark reader; without it that is left out"
    )
    parser.add_argument("--dtype", help="of the reader")
    parser.add_argument("--lm", type=Path, help="language model of the benchmark soft; without it that is left out")
    parser.add_argument("--adapters", type=Path, help="folder with reader, compllm, gmsa, xrag for it")
    parser.add_argument("--rewriter", nargs="*", default=[], help="models that rewrite, for the benchmark rewriting")
    parser.add_argument("--sets", nargs="*", choices=soft.SETS, default=list(soft.SETS), help="of soft [all]")
    parser.add_argument(
        "--questions",
        type=int,
        default=100,
        help="of each set, for soft, rewriting and structure; soft asks a third of them over ten paragraphs [100]",
    )
    options = parser.parse_args()
    for name in options.only:
        if (name == "reader" and options.reader is None) or (name in SOFT and options.lm is None):
            continue
        print(f"== {name}")
        soft_options = {
            "model": options.lm,
            "adapters": options.adapters,
            "questions": options.questions,
            "sets": options.sets,
        }
        more = {
            "side_by_side": {"model": options.model},
            "pruning": {"causal": options.causal},
            "reader": {"model": options.reader, "dtype": options.dtype},
            "rewriting": {"models": options.rewriter, "questions": options.questions},
            "structure": {"questions": options.questions},
            **dict.fromkeys(SOFT, soft_options),
        }.get(name, {})
        save(name, BENCHMARKS[name].run(options.data, **more))
    write_tables()


if __name__ == "__main__":
    main()
