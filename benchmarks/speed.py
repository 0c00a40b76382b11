"""Ratios that do not depend on the machine's mood: warm against cold, ours against others in one process."""

import statistics
import subprocess
import sys
import tempfile
import time

from common import documents, records

import ragzip
from ragzip.backends.runtimes.onnx import OnnxEmbedder
from ragzip.text.splitters import sentences
from ragzip.text.tokens import token_counter


def run(data):
    figures = {"import": imports(), "count": counting(data), "warm_cache": warm(data), "long": long(data)}
    print(figures)
    return figures


def imports():
    script = (
        "import sys, time; t = time.perf_counter(); import ragzip; seconds = time.perf_counter() - t;"
        "names = 'torch transformers langchain_core faiss spacy onnxruntime'.split();"
        "heavy = [name for name in names if name in sys.modules];"
        "print(seconds, *heavy)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True) for _ in range(5)
    ]
    fields = [run.stdout.split() for run in runs]
    return {"seconds_median": statistics.median(float(f[0]) for f in fields), "heavy_modules": fields[0][1:]}


def counting(data):
    text = "\n\n".join(d["text"] for record in records(data, "squad-v1.1-rag10", 80) for d in record["documents"])
    count = token_counter()
    count("warm up, once a process: 12 words or so, and then it is fast")
    times = []
    for i in range(5):  # another text each time: contexts counted before are remembered
        start = time.perf_counter()
        tokens = count(f"{i} {text}")
        times.append((time.perf_counter() - start) / tokens)
    return {"tokens": tokens, "milliseconds_per_100k_tokens": round(1e8 * statistics.median(times), 2)}


def warm(data):
    """10 documents of 200 tokens, cold and then at a new rate."""
    count = token_counter()
    ratios, hits, misses = [], 0, 0
    for at in range(7):
        texts = [d["text"] for record in records(data, "bioasq", 40)[at * 5 :] for d in record["documents"]]
        docs = []
        for text in texts:
            first = " ".join(text.split()[:150])
            if 180 <= count(first) <= 260 and len(docs) < 10:
                docs.append(ragzip.Document(str(len(docs)), first))
        with tempfile.TemporaryDirectory() as cache:
            ragzip.compress("Warm up the session.", "warm", rate=0.5, cache=cache)
            cold = timed(lambda docs=docs, cache=cache: ragzip.compress(docs, "Which gene?", rate=0.5, cache=cache), 1)
            result = ragzip.compress(docs, "Which gene?", rate=0.3, cache=cache)
            hits, misses = result.stats.cache_hits, result.stats.cache_misses
            again = statistics.median(
                timed(
                    lambda rate=rate, docs=docs, cache=cache: ragzip.compress(
                        docs, "Which gene?", rate=rate, cache=cache
                    ),
                    1,
                )
                for rate in (0.4, 0.35, 0.45)
            )
        ratios.append(again / cold)
    return {
        "warm_over_cold_median": round(statistics.median(ratios), 4),
        "hits": hits,
        "misses": misses,
        "n": len(ratios),
    }


def long(data):
    """About 100,000 tokens in one call."""
    docs = [document for record in records(data, "squad-v1.1-rag10", 65) for document in documents(record)]
    docs = [ragzip.Document(str(i), d.text) for i, d in enumerate(docs)]
    text = "\n\n".join(d.text for d in docs)
    tokens = token_counter()(text)
    out = {"tokens": tokens, "sentences": len(sentences(text))}
    for name in ("extractive/bm25", "auto"):
        for label, context in (("documents", docs), ("one_text", text)):
            with tempfile.TemporaryDirectory() as cache:
                start = time.perf_counter()
                result = ragzip.compress(context, "What did Chopin play?", rate=0.2, compressor=name, cache=cache)
                cold = time.perf_counter() - start
                again = timed(
                    lambda context=context, name=name, cache=cache: ragzip.compress(
                        context, "What did Chopin play?", rate=0.3, compressor=name, cache=cache
                    ),
                    1,
                )
            out[f"{name} {label}"] = {
                "cold_seconds": round(cold, 2),
                "warm_seconds": round(again, 2),
                "rate": round(result.stats.rate, 4),
            }
    embedder = OnnxEmbedder()
    some = [d.text[:200] for d in docs[:300]]
    total = sum(len(ids) for ids in embedder._model.token_ids(some))
    out["embedder_tokens_per_second"] = round(total / timed(lambda: embedder.embed(some), 2))
    return out


def timed(run, n=3):
    times = []
    for _ in range(n):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)
