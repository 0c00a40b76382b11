"""Rewriting: how near it comes to summaries that people wrote, at the tokens of others; and how a check of it fares.

Each rewriting is measured first; the pruner and truncation then get as many tokens as it has used.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from common import SEED, interval, records

import ragzip
from ragzip.cache import SegmentCache
from ragzip.eval.measures.kept import contains
from ragzip.eval.measures.rouge import rouge_l
from ragzip.models import shipped
from ragzip.testing.fakes import MemoryStore
from ragzip.text.words import content

SETS = {"scitldr": 40, "qmsum": 120, "squad-v1.1-rag10": 60}  # tokens of the budget
SHORT = ("scitldr",)  # read whole; of the others, what the pruner leaves is rewritten
DEFAULT = "default"
LATENCY = 0.2  # seconds of the chat endpoint


def run(data, models=(), questions=40):
    tasks = {name: examples(data, name, questions) for name in SETS}
    return {
        "arms": {Path(model).stem: against(tasks, None if model == DEFAULT else model) for model in models},
        "check": json.loads((shipped("checker") / "config.json").read_text("utf-8"))["ragzip"]["figures"],
        "chat": chat(),
    }


def examples(data, name, most):
    """(context, query, references, answers), by lot."""
    if name == "scitldr":
        rows = records(data, name, folder="compression")
        found = [(" ".join(row["sentences"]), None, row["summaries"], []) for row in rows]
    elif name == "qmsum":
        found = [
            (
                "\n".join(f"{turn['speaker']}: {turn['text']}" for turn in row["transcript"]),
                one["query"],
                [one["answer"]],
                [],
            )
            for row in records(data, name, folder="meetings")
            for one in row["queries"]
        ]
    else:
        rows = [row for row in records(data, name) if row["answers"]]
        found = [([one["text"] for one in row["documents"]], row["question"], [], row["answers"]) for row in rows]
    return [found[i] for i in np.random.default_rng(SEED).permutation(len(found))[:most]]


def against(tasks, model):
    """What ``model`` (None: the default) writes; the pruner and truncation at as many tokens, example by example."""
    rewriter, cache = ragzip.load("abstractive/recomp", model=model), SegmentCache(MemoryStore())
    out = {}
    for name, asked in tasks.items():
        print(f"  {name}", flush=True)
        stages = [rewriter] if name in SHORT else ["extractive/pruner", rewriter]
        scores = {}
        tokens, claims = [], []
        for context, query, references, answers in asked:
            written = ragzip.compress(context, query, target_tokens=SETS[name], compressor=stages, cache=cache)
            if not written.stats.tokens_out:
                continue
            claims += written.report.claims
            tokens.append(written.stats.tokens_out)
            others = {
                arm: ragzip.compress(context, query, target_tokens=tokens[-1], compressor=arm, cache=cache).text
                for arm in ("auto", "extractive/pruner", "baseline/truncate")
            }
            for arm, text in {"rewritten": written.text, **others}.items():
                for metric, value in measured(text, references, answers).items():
                    scores.setdefault(metric, {}).setdefault(arm, []).append(value)
        out[name] = {
            "examples": len(asked),
            "written": len(tokens),
            "tokens": round(float(np.mean(tokens)), 1),
            "claims": {
                kind: sum(claim.verdict == kind for claim in claims) for kind in ("supported", "altered", "invented")
            },
            "scores": {
                metric: {arm: interval(values) for arm, values in arms.items()} for metric, arms in scores.items()
            },
            "difference": {
                metric: {
                    arm: interval(np.subtract(arms["rewritten"], values))
                    for arm, values in arms.items()
                    if arm != "rewritten"
                }
                for metric, arms in scores.items()
            },
        }
    return out


def measured(text, references, answers):
    if answers:
        return {"answer kept": float(contains(text, answers))}
    said = content(text)
    return {
        "ROUGE-L": max(rouge_l(text, reference) for reference in references),
        "words of the reference kept": max(
            len(said & content(reference)) / max(1, len(content(reference))) for reference in references
        ),
    }


def chat():
    """Seconds for eight chunks through a chat endpoint that takes 200 ms for each answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(LATENCY)
            text = body["messages"][0]["content"].partition("Text:\n")[2].split(". ")[0]
            data = json.dumps({"choices": [{"message": {"content": f"{text}."}}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    texts = [
        f"Boat number {i} landed at Corran before noon. It carried {10 + i} crates of fish. All were sold on the quay."
        for i in range(8)
    ]
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/v1"
        compressor = ragzip.load("abstractive/scope", model="stub", url=url)
        times = {"cached": [], "uncached": []}
        for _ in range(5):
            # a cache that is empty each time: what is read twice within a call is scored once
            for name, cache in (("cached", SegmentCache(MemoryStore())), ("uncached", False)):
                start = time.perf_counter()
                ragzip.compress(texts, "Where did boats land?", rate=0.5, compressor=compressor, cache=cache)
                times[name].append(time.perf_counter() - start)
        server.shutdown()
    return {
        "chunks": len(texts),
        "latency": LATENCY,
        "first": round(times["cached"][0], 3),
        "seconds": round(min(times["cached"][1:]), 3),
        "uncached": round(min(times["uncached"]), 3),
    }
