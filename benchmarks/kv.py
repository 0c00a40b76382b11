"""Keys and values as compact streams: size, answers' likelihood, and time against reading the text again."""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from common import interval, records, save

from ragzip.soft.kv import PrefixStore
from ragzip.soft.kv_codec import LEVELS, decoded, encoded

PASSAGES = 5  # of a question


def run(data, model, most=40):
    """For each level: how many times smaller than float16, the answers' negative log-likelihood, processor seconds."""
    store = PrefixStore(model, cache=False)
    found = [record for record in records(data, "squad-v1.1-rag10") if record["answers"]][:most]
    likelihoods, smaller, seconds = {}, {}, {}
    for record in found:
        text = "Passages:\n" + "\n\n".join(document["text"] for document in record["documents"][:PASSAGES])
        tail = f"\n\nQuestion: {record['question']}\nAnswer:"
        arrays = _timed(seconds, "prefill", store.key_values, text)
        likelihoods.setdefault("exact", []).append(_nll(store, arrays, tail, record["answers"][0]))
        for level in LEVELS:
            stream = _timed(seconds, f"encode {level}", encoded, arrays, level)
            smaller.setdefault(level, []).append(arrays.float16_bytes / len(stream))
            again = _timed(seconds, f"decode {level}", decoded, stream)
            likelihoods.setdefault(level, []).append(_nll(store, again, tail, record["answers"][0]))
    exact = np.array(likelihoods["exact"])
    rows = [{"level": "exact", "nll": interval(exact), "prefill seconds": round(sum(seconds["prefill"]), 2)}]
    for level in LEVELS:
        nll = np.array(likelihoods[level])
        rows.append(
            {
                "level": level,
                "times smaller": interval(smaller[level]),
                "nll": interval(nll),
                "nll over exact": round(float(nll.mean() / exact.mean()), 4),
                "difference": interval(nll - exact),
                "encode over prefill": round(sum(seconds[f"encode {level}"]) / sum(seconds["prefill"]), 4),
                "decode over prefill": round(sum(seconds[f"decode {level}"]) / sum(seconds["prefill"]), 4),
            }
        )
    for row in rows:
        print(json.dumps(row), flush=True)
    return rows


def _timed(seconds, name, function, *arguments):
    start = time.process_time()
    result = function(*arguments)
    seconds.setdefault(name, []).append(time.process_time() - start)
    return result


def _nll(store, arrays, tail, answer):
    """The negative log-likelihood of the answer behind keys and values and ``tail``, in nats."""
    import torch

    tail_ids, answer_ids = store.lm.ids(tail), store.lm.ids(f" {answer}")
    inputs = store.lm.on_device([tail_ids + answer_ids])
    with torch.no_grad():
        logits = store.lm.step(store.past_of(arrays), input_ids=inputs).logits[0, len(tail_ids) - 1 : -1].float()
    target = torch.tensor(answer_ids, device=logits.device)
    return float(torch.nn.functional.cross_entropy(logits, target, reduction="sum"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="a causal language model, or a GGUF file")
    parser.add_argument("--questions", type=int, default=40)
    options = parser.parse_args()
    command = f"python benchmarks/kv.py --data DATA --model {options.model.name} --questions {options.questions}"
    save("kv", run(options.data, options.model, options.questions), command)
