"""The budget holds and is used: 500 mixed contexts, every target and rate, every compressor."""

import random
import tempfile
import time

from common import SEED, documents, records

import ragzip
from ragzip.compressors.registry import TABLE
from ragzip.output.layout import Layout, render
from ragzip.text.tokens import token_counter
from ragzip.types import Segment

SETS = (
    "hotpotqa",
    "2wikimultihopqa",
    "squad-v1.1-rag10",
    "policyqa",
    "qed",
    "selqa",
    "bioasq",
    "mtrag",
    "subjqa",
    "musique",
)
LONG = {"longbench": ("multifieldqa_zh", "lcc"), "logs_code": ("loghub", "tool-results")}  # CJK, code, logs
TARGETS = (10, 50, 200, 1000)
RATES = (0.1, 0.3, 0.5, 0.8)
CONTEXTS = 500
SLOW = "token/semantic"  # embeds every sentence once a word
COMPRESSORS = [name for name, entry in TABLE.items() if name != SLOW and not entry.needs_model]


def run(data):
    mixed = [record for folder, names in LONG.items() for name in names for record in records(data, name, 25, folder)]
    short = [record for name in SETS for record in records(data, name, 60)]
    random.Random(SEED).shuffle(short)
    mixed += short[: CONTEXTS - len(mixed)]
    budgets = [{"target_tokens": n} for n in TARGETS] + [{"rate": rate} for rate in RATES]
    figures = []
    with tempfile.TemporaryDirectory() as cache:
        for compressor in COMPRESSORS:
            for budget in budgets:
                row = measure(mixed, compressor, budget, cache)
                figures.append({"compressor": compressor, **budget} | row)
                print(f"{compressor:22} {budget}  {row}", flush=True)
    return figures


def measure(mixed, compressor, budget, cache):
    count = token_counter()
    pipeline = ragzip.Pipeline(compressor, cache=cache, **budget)
    over = left_out = units = runs = 0
    fill = []
    start = time.perf_counter()
    results = [
        pipeline.run(documents(record), record.get("question") or record.get("input") or None) for record in mixed
    ]
    seconds = time.perf_counter() - start
    for result in results:
        target = result.stats.target_tokens
        over += count(result.text) > target
        if result.stats.tokens_in <= target:
            continue
        runs += 1
        fill.append(result.stats.tokens_out / max(1, target))
        for i, document in enumerate(result.documents):
            for unit in document.units:
                if any(start <= unit.start and unit.end <= end for start, end in document.spans):
                    continue
                units += 1
                segments = list(result.segments)
                segments[i] = Segment.whole(document.source, i).keep([*document.spans, unit[:2]])
                left_out += count(render(segments, Layout()).text) <= target
    return {
        "contexts": len(mixed),
        "compressed": runs,
        "over_target": over,
        "units_left_out": units,
        "of_these_would_fit": left_out,
        "budget_used_mean": round(sum(fill) / max(1, len(fill)), 4),
        "budget_used_least": round(min(fill, default=1), 4),
        "seconds": round(seconds, 2),
    }
