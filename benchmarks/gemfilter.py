"""GemFilter beside auto, truncation and Selective Context at a quarter of the tokens, and its time beside a prefill.

python benchmarks/gemfilter.py --data DATA --model MODEL [--layer N] [--heads heads.json] [--softmax]
    [--questions N] [--sizes N N] [--save] [--out NAME]

MODEL is a causal language model: a folder or a GGUF file. The layer and the heads are found on training questions first
(python -m ragzip.training.gemfilter). Only with --save is a file in results/ written, that of --out, so that the
figures of one model do not replace those of another.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from common import documents, interval, long_text, records, save

import ragzip
from ragzip.backends.runtimes.attention import AttentionReader
from ragzip.backends.runtimes.torch import TorchModel
from ragzip.backends.scorers.prompt_attention import PromptAttention, frame_of
from ragzip.backends.scorers.retrieval_heads import attention_heads
from ragzip.backends.scorers.surprisal import SelfInformation
from ragzip.backends.windows import tokenize
from ragzip.eval.measures.kept import contains

SETS = ("hotpotqa", "squad-v1.1-rag10")
RATE = 0.25
SIZES = (500, 1500)  # tokens of a text that is timed
PAPER_DEPTH = 13 / 32
ROUNDS = 3
MARGIN = 0.1  # of the time of a prefill, that a filter may take beyond its share of the layers
QUERY = "What was decided, and when?"


def run(
    data, model, *, layer=None, heads=None, softmax=False, questions=100, sizes=SIZES, device=None, dtype="float32"
):
    reader = AttentionReader(TorchModel(model, kind="causal-lm", device=device, dtype=dtype))
    with tempfile.TemporaryDirectory() as cache:
        return {
            "model": Path(model).name,
            "rate": RATE,
            "kept": list(kept(data, methods(reader, layer, heads, softmax), questions, cache)),
            "time": list(times(data, reader, layer, sizes)),
        }


def methods(reader, layer, heads, softmax):
    """Compressors by name, over one model; with ``softmax`` also GemFilter by attention weights."""
    found = {
        "auto": ragzip.load("auto"),
        "truncation": ragzip.load("baseline/truncate"),
        "selective context": ragzip.load("token/selective-context", model=SelfInformation(reader.model), level="word"),
    }
    read = {"default layer" if layer is None else f"layer {layer}": {"layer": layer}}
    if heads:
        read["heads"] = {"heads": attention_heads(heads)}
    if softmax:
        read |= {f"{name}, softmax": {**chosen, "softmax": True} for name, chosen in read.items()}
    for name, chosen in read.items():
        scorer = PromptAttention(reader, **chosen)
        for level in ("word", "sentence"):
            found[f"gemfilter, {name}, by {level}"] = ragzip.load("token/gemfilter", model=scorer, level=level)
    return found


def kept(data, compressors, questions, cache):
    """Whether an answer stands in what is kept, and the tokens kept; paired differences of GemFilter to the others."""
    for name in SETS:
        found = [record for record in records(data, name) if record["answers"] and record["support_spans"]]
        found = found[:: max(1, len(found) // questions)][:questions]
        hits, tokens = {}, {}
        for method, compressor in compressors.items():
            pipeline = ragzip.Pipeline(compressor, rate=RATE, cache=cache)
            results = [pipeline.run(documents(record), record["question"]) for record in found]
            hits[method] = np.array(
                [contains(result.text, record["answers"]) for result, record in zip(results, found, strict=True)], float
            )
            tokens[method] = float(np.mean([result.stats.rate for result in results]))
        for method in compressors:
            row = {"set": name, "method": method, "questions": len(found), "answer kept": interval(hits[method])}
            row["tokens"] = round(tokens[method], 4)
            row["differences"] = {
                other: interval(hits[method] - hits[other])
                for other in ("auto", "truncation", "selective context")
                if method.startswith("gemfilter")
            }
            print(row, flush=True)
            yield row


def times(data, reader, layer, sizes):
    """Seconds of the filter and of a whole prefill of the same prompt, in turns; medians. On a CPU they are seconds of
    the process, which other work beside it changes least.
    """
    clock = time.process_time if reader.model.device == "cpu" else time.perf_counter
    scorer = PromptAttention(reader, layer=layer)
    layers = reader.layer_count
    for read_layer in sorted({scorer.layer, round(PAPER_DEPTH * layers)}):
        scorer.layer = read_layer
        for size in sizes:
            text = long_text(data, size)
            frame = frame_of(reader, QUERY)
            ids = [*frame.before, *tokenize(reader.model.tokenizer, [text])[0].ids.tolist(), *frame.after]
            input_ids = torch.tensor([ids], device=reader.model.device)
            seconds = {"filter": [], "prefill": []}
            for _ in range(ROUNDS + 1):  # the first one warms up
                begun = clock()
                scorer.score_words([text], QUERY)
                seconds["filter"].append(clock() - begun)
                begun = clock()
                with torch.inference_mode():
                    reader.model.module(input_ids=input_ids, use_cache=True, logits_to_keep=1).logits.cpu()
                seconds["prefill"].append(clock() - begun)
            medians = {name: round(statistics.median(values[1:]), 4) for name, values in seconds.items()}
            share = round(medians["filter"] / medians["prefill"], 4)
            bound = round(read_layer / layers + MARGIN, 4)
            row = {"layer": read_layer, "layers": layers, "tokens": len(ids), **medians, "share": share, "bound": bound}
            print(row, flush=True)
            yield row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--layer", type=int, help="default: that of token/gemfilter")
    parser.add_argument("--heads", type=Path, help="file of retrieval heads; default: without")
    parser.add_argument("--softmax", action="store_true", help="measure it by attention weights, too")
    parser.add_argument("--questions", type=int, default=100, help="of each set [100]")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="tokens of the texts that are timed")
    parser.add_argument("--threads", type=int, help="of torch; default: its own choice")
    parser.add_argument("--device")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--save", action="store_true", help="write a file in results/")
    parser.add_argument("--out", default="gemfilter", help="name of that file [gemfilter]")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    figures = run(
        options.data, options.model, layer=options.layer, heads=options.heads, softmax=options.softmax,
        questions=options.questions, sizes=options.sizes, device=options.device, dtype=options.dtype,
    )  # fmt: skip
    if options.save:
        command = f"python benchmarks/gemfilter.py --data DATA --model {Path(options.model).name}"
        command += "" if options.layer is None else f" --layer {options.layer}"
        command += "" if options.heads is None else f" --heads {options.heads.name}"
        command += "" if options.dtype == "float32" else f" --dtype {options.dtype}"
        command += " --softmax" if options.softmax else ""
        command += "" if options.threads is None else f" --threads {options.threads}"
        command += f" --questions {options.questions} --sizes {' '.join(map(str, options.sizes))} --save"
        command += "" if options.out == "gemfilter" else f" --out {options.out}"
        save(options.out, figures, command)


if __name__ == "__main__":
    main()
