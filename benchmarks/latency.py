"""The pruner's cold latency: the whole call against onnxruntime alone on the same tensors, and torch in fp32."""

import statistics
import time

from common import records

import ragzip
from ragzip.backends.runtimes.onnx import OnnxEmbedder, load_onnx
from ragzip.backends.scorers.pairs import pair_windows
from ragzip.models import shipped
from ragzip.text.tokens import token_counter

ROUNDS = 7


def run(data):
    documents, query = workload(data)
    model = load_onnx(shipped("pruner"))
    pairs = [(d.title, d.text) for d in documents]
    out = {"documents": len(documents), "tokens": sum(token_counter()(d.text) for d in documents)}
    out["model tokens of one reading"] = sum(len(w.ids) for _, ws in windows(model, query, pairs) for w in ws)
    methods = {
        "onnxruntime alone, one reading": lambda: read(model, query, pairs),
        "pruner, one reading": caller(documents, query, hops=1, similarity=False),
        "onnxruntime alone, all readings": everything(model, query, documents),
        "pruner (auto)": caller(documents, query),
        "torch fp32, one reading": in_torch(model, query, pairs),
    }
    for method in methods.values():
        method()
    seconds = {name: [] for name in methods}
    for _ in range(ROUNDS):  # taking turns: the machine's speed drifts
        for name, method in methods.items():
            start = time.perf_counter()
            method()
            seconds[name].append(time.perf_counter() - start)
    middle = {name: statistics.median(times) for name, times in seconds.items()}
    out["seconds, median"] = {name: round(value, 4) for name, value in middle.items()}
    out["over onnxruntime alone, one reading"] = ratio(seconds, "pruner, one reading", "onnxruntime alone, one reading")
    out["over onnxruntime alone, all readings"] = ratio(seconds, "pruner (auto)", "onnxruntime alone, all readings")
    out["torch fp32 over pruner, one reading"] = ratio(seconds, "torch fp32, one reading", "pruner, one reading")
    out["warm, misses at a new budget"] = warm(documents, query)
    print(out, flush=True)
    return out


def ratio(seconds, a, b):
    return round(statistics.median(x / y for x, y in zip(seconds[a], seconds[b], strict=True)), 3)


def workload(data):
    """10 documents of about 200 tokens, and a question that one of them answers."""
    count = token_counter()
    record = next(r for r in records(data, "squad-v1.1-rag10") if r["answers"])
    texts = []
    for d in record["documents"]:
        text = d["text"]
        while count(text) < 200:
            text += " " + record["documents"][(len(texts) + 1) % 10]["text"]
        words = text.split(" ")
        while count(" ".join(words)) > 200:
            words.pop()
        texts.append(ragzip.Document(str(len(texts)), " ".join(words), title=d["title"]))
    return texts, record["question"]


def windows(model, query, pairs):
    return pair_windows(model.tokenizer, query, pairs, model.longest)


def read(model, query, pairs):
    return model.run([w.ids for _, ws in windows(model, query, pairs) for w in ws])


def caller(documents, query, **options):
    compressor = ragzip.load("pruner", **options)
    return lambda: ragzip.compress(documents, query, rate=0.3, compressor=compressor, cache=False)


def everything(model, query, documents):
    """What all readings of a call cost onnxruntime: twice the pruner, and the embedder over sentences."""
    from ragzip.text.splitters import sentences

    embedder = OnnxEmbedder()
    pairs = [(d.title, d.text) for d in documents]
    texts = [d.text[a:b] for d in documents for a, b in sentences(d.text)]
    named = [f"{documents[0].title}: {text}" for text in texts]
    again = [w.ids for _, ws in windows(model, f"{query} {texts[0]}", pairs) for w in ws]
    first = [w.ids for _, ws in windows(model, query, pairs) for w in ws]
    encoded = embedder._model.tokenizer.encode_batch([*named, query], add_special_tokens=False)
    short = [window for encoding in encoded for window in embedder._windows(encoding.ids)]

    def call():
        model.run(first)
        embedder._model.run(short)
        model.run(again)

    return call


def in_torch(model, query, pairs):
    import torch

    from ragzip.training.pruner.export import from_onnx

    net = from_onnx(model.folder).eval()
    ids = [w.ids for _, ws in windows(model, query, pairs) for w in ws]
    longest = max(map(len, ids))
    padded = torch.tensor([row + [0] * (longest - len(row)) for row in ids])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids])

    def call():
        with torch.inference_mode():
            net(padded, mask)

    return call


def warm(documents, query):
    from ragzip.cache import SegmentCache
    from ragzip.testing import MemoryStore

    cache = SegmentCache(MemoryStore())
    ragzip.compress(documents, query, rate=0.3, cache=cache)
    return ragzip.compress(documents, query, target_tokens=111, cache=cache).stats.cache_misses
