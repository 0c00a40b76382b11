"""ragzip and llmlingua 0.2.2 on the same weights and documents: one process per library, taking turns.

The weights are a BERT of MiniLM's size (6 layers, 384 wide). ``--model FOLDER`` takes an encoder of your own and puts a
seeded head on it, for real numbers in the comparison of int8 with fp32; speed does not depend on the weights.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import SEED, encoding_cache, long_text, slices

ROUNDS = 5
RATE = 0.5
LIBRARIES = ("llmlingua", "torch", "onnx fp32", "onnx int8")
WORKLOADS = {
    "10 documents of 200 tokens": (10, 200),
    "100 documents of 60 tokens": (100, 60),
    "one of 20,000": (1, 20_000),
}
SIZES = (50, 100, 200, 500, 2_000, 10_000, 50_000, 100_000)
RATES = (0.1, 0.2, 0.33, 0.5, 0.7, 0.9)


def run(data, model=None):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkpoint = make_checkpoint(folder / "bert-base-multilingual-cased", data, model)
        exports = {dtype: export(checkpoint, folder / dtype) for dtype in ("fp32", "int8")}
        texts = {key: slices(data, *sizes) for key, sizes in WORKLOADS.items()}
        (folder / "texts.json").write_text(json.dumps(texts), "utf-8")
        models = [checkpoint, checkpoint, folder / "fp32", folder / "int8"]
        workers = {
            library: Worker(library, path, folder / "texts.json")
            for library, path in zip(LIBRARIES, models, strict=True)
        }
        figures = {
            "weights": "random, of MiniLM's size"
            if model is None
            else f"{'/'.join(Path(model).parts[-2:])}, seeded head",
            "rate": RATE,
        }
        figures["speed"] = [race(workers, key) for key in WORKLOADS]
        figures["kept_by_int8_as_by_fp32"] = {key: agreement(workers, key) for key in WORKLOADS}
        figures["export"] = exports
        figures["obtained_rate"] = obtained(data, folder / "int8")
        for worker in workers.values():
            worker.stop()
        figures["memory_200k_tokens"] = {
            library: memory(path, data) for library, path in zip(LIBRARIES[1:], models[1:], strict=True)
        }
    return figures


def make_checkpoint(folder, data, model):
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import AutoTokenizer, BertConfig, BertForTokenClassification, BertTokenizerFast

    torch.manual_seed(SEED)
    if model is not None:
        made, tokenizer = (
            BertForTokenClassification.from_pretrained(model, num_labels=2),
            AutoTokenizer.from_pretrained(model),
        )
    else:
        trained = BertWordPieceTokenizer(lowercase=False)
        trained.train_from_iterator([long_text(data, 100_000)], vocab_size=30_000)
        folder.mkdir()
        trained.save_model(str(folder))
        tokenizer = BertTokenizerFast(vocab=str(folder / "vocab.txt"), do_lower_case=False)
        config = BertConfig(
            vocab_size=len(tokenizer), hidden_size=384, num_hidden_layers=6, num_attention_heads=12,
            intermediate_size=1536, num_labels=2,
        )  # fmt: skip
        made = BertForTokenClassification(config)
    with torch.no_grad():
        made.classifier.weight.mul_(20)
    tokenizer.model_max_length = 512
    made.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def export(checkpoint, folder):
    from ragzip.backends.export.classifier import export_classifier

    measured = export_classifier(checkpoint, folder, dtype=folder.name)
    return measured._asdict() | {"megabytes": round((folder / "model.onnx").stat().st_size / 1e6, 1)}


class Worker:
    """A library in a process of its own, which does one workload when asked."""

    def __init__(self, library, model, texts):
        command = [sys.executable, __file__, library, str(model), str(texts)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, key):
        self.process.stdin.write(key + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def race(workers, key):
    """Seconds of each library, taking turns; the first round is not counted."""
    seconds = {library: [] for library in workers}
    tokens = {}
    for number in range(ROUNDS + 1):
        for library, worker in workers.items():
            answer = worker.ask(key)
            tokens[library] = answer["tokens_out"]
            if number:
                seconds[library].append(answer["seconds"])
    medians = {library: statistics.median(found) for library, found in seconds.items()}
    times_faster = {
        library: round(statistics.median(a / b for a, b in zip(seconds["llmlingua"], found, strict=True)), 2)
        for library, found in seconds.items()
    }
    again = [a / b for a, b in zip(seconds["onnx fp32"], seconds["onnx int8"], strict=True)]
    return {
        "workload": key,
        "seconds_median": {library: round(value, 3) for library, value in medians.items()},
        "times_faster_than_llmlingua": times_faster,
        "int8_times_faster_than_fp32": round(statistics.median(again), 2),
        "rounds": ROUNDS,
    }


def agreement(workers, key):
    """Of the words kept by fp32 at rate 0.5, the share that int8 keeps too."""
    kept = {library: {tuple(word) for word in workers[library].ask(key)["kept"]} for library in LIBRARIES[2:]}
    first, second = kept.values()
    return round(len(first & second) / max(len(first), len(second)), 4)


def obtained(data, model):
    """The rate obtained for each rate asked for, from 50 to 100,000 tokens."""
    import ragzip

    compressor = ragzip.load("llmlingua2", model=model)
    out = []
    for size in SIZES:
        text = slices(data, 1, size)[0]
        for rate in RATES:
            stats = ragzip.compress(text, rate=rate, compressor=compressor, cache=False).stats
            out.append({"tokens": stats.tokens_in, "asked": rate, "obtained": round(stats.rate, 4)})
    return out


def memory(model, data):
    """Peak megabytes of a process that compresses 200,000 tokens, and of one that only loads the model."""
    command = [sys.executable, __file__, "memory", str(model), str(data)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def work(library, model, file):
    texts = json.loads(Path(file).read_text("utf-8"))
    compress = llmlingua(model) if library == "llmlingua" else ours(model)
    for line in sys.stdin:
        time.sleep(0.3)  # threads of the one before come to rest
        began = time.perf_counter()
        tokens_out, result = compress(texts[line.rstrip("\n")])
        answer = {"seconds": time.perf_counter() - began, "tokens_out": tokens_out, "kept": kept_words(result)}
        print(json.dumps(answer), flush=True)


def llmlingua(model):
    import warnings

    encoding_cache()
    warnings.simplefilter("ignore")
    from llmlingua import PromptCompressor

    compressor = PromptCompressor(model, device_map="cpu", use_llmlingua2=True)

    def compress(texts):
        found = compressor.compress_prompt(list(texts), rate=RATE, use_context_level_filter=False)
        return found["compressed_tokens"], None

    return compress


def ours(model):
    import ragzip

    pipeline = ragzip.Pipeline(ragzip.load("llmlingua2", model=model), rate=RATE, cache=False)

    def compress(texts):
        result = pipeline.run(texts)
        return result.stats.tokens_out, result

    return compress


def kept_words(result):
    if result is None:
        return []
    return [
        (number, unit.start)
        for number, document in enumerate(result.documents)
        for unit in document.units
        if any(start <= unit.start and unit.end <= end for start, end in document.spans)
    ]


def measure_memory(model, data):
    import ragzip

    text = long_text(data, 200_000)
    compressor = ragzip.load("llmlingua2", model=model)
    loaded = peak_megabytes()
    stats = ragzip.compress(text, rate=RATE, compressor=compressor, cache=False).stats
    print(json.dumps({"tokens": stats.tokens_in, "loaded_mb": loaded, "peak_mb": peak_megabytes()}))


def peak_megabytes():
    """Of this process alone: getrusage counts what its parent had."""
    status = Path("/proc/self/status").read_text("utf-8")
    return round(int(status.split("VmHWM:")[1].split()[0]) / 1024)


if __name__ == "__main__":
    if sys.argv[1] == "memory":
        measure_memory(*sys.argv[2:])
    else:
        work(*sys.argv[1:])
