"""Data, machine and statistics shared by the benchmarks."""

import gzip
import hashlib
import importlib.metadata
import json
import os
import platform
import tempfile
from bisect import bisect_left
from pathlib import Path

import ragzip
from ragzip.eval.measures import statistics
from ragzip.models import shipped
from ragzip.text.tokens import token_counter

RESULTS = Path(__file__).parent / "results"
SEED = statistics.SEED


def records(data, name, most=None, folder="qa"):
    """Records of ``DATA/qa/NAME.jsonl.gz`` (the schema is in benchmarks/README.md)."""
    with gzip.open(Path(data) / folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    return found[:most]


def documents(record):
    """The record's documents, numbered by position: ids need not be unique in a record."""
    if "documents" not in record:  # long contexts, logs, code: one text
        return [ragzip.Document("0", (record.get("context") or record["text"])[:20_000])]
    return [ragzip.Document(str(i), d["text"], title=d["title"]) for i, d in enumerate(record["documents"])]


LONG = ("gov_report", "qmsum", "multi_news", "hotpotqa", "musique", "narrativeqa", "triviaqa", "qasper")


def long_text(data, tokens):
    """About ``tokens`` tokens (o200k_base) of the long contexts, one after another."""
    count = token_counter()
    text = "\n\n".join(row["context"] for name in LONG for row in records(data, name, folder="longbench"))
    text = text[: 8 * tokens]
    return text[: int(len(text) * tokens / count(text))]


def slices(data, n, tokens):
    """``n`` texts of about ``tokens`` tokens each, cut between words."""
    count = token_counter()
    text = long_text(data, n * tokens + 1000)
    words = text.split(" ")
    out, at = [], 0
    for _ in range(n):
        size = 1 + bisect_left(range(1, 2 * tokens), tokens, key=lambda n: count(" ".join(words[at : at + n])))
        out.append(" ".join(words[at : at + size]))
        at += size
    return out


def encoding_cache():
    """Give tiktoken the ranks that ragzip carries, for a peer that would fetch them."""
    folder = Path(tempfile.mkdtemp(prefix="tiktoken-"))
    for name in ("cl100k_base", "o200k_base"):
        ranks = gzip.decompress((shipped("bpe") / f"{name}.tiktoken.gz").read_bytes())
        address = f"https://openaipublic.blob.core.windows.net/encodings/{name}.tiktoken"
        (folder / hashlib.sha1(address.encode()).hexdigest()).write_bytes(ranks)  # where tiktoken looks for it
    os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)


def interval(values):
    """Mean and 95 % bootstrap interval."""
    found = statistics.interval([float(value) for value in values])
    return None if found is None else {name: round(value, 4) for name, value in found._asdict().items()}


def save(name, figures, command=None):
    """Write results/NAME.json with the machine and versions it was made on, and the command if it is not run.py's."""
    packages = ("numpy", "onnxruntime", "tokenizers", "tiktoken", "sentencex", "bm25s", "diskcache")
    out = {
        "benchmark": name,
        "command": command or f"python benchmarks/run.py --only {name} --data DATA",
        "seed": SEED,
        "machine": {"processor": _processor(), "cores": len(os.sched_getaffinity(0)), "system": platform.platform()},
        "versions": {"ragzip": ragzip.__version__, "python": platform.python_version()}
        | {package: importlib.metadata.version(package) for package in packages},
        "figures": figures,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(out, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()
