"""Soft tokens: how much of what a context tells a language model its vectors tell it, and what they save.

Gain retained = (NLL of the answer without context - with vectors) / (without - with the text), over the sum of all
questions; the reader is the same in all arms: the language model with the adapter in ADAPTERS/reader, trained on text,
where there is one. Arms "mixed" leave the best pieces as text and tell the others more coarsely, arms "pruner" are text
alone: both through ragzip.compress, with a budget of that share of the tokens.
"""

import time
from functools import cache
from pathlib import Path

import numpy as np
import torch
from common import SEED, documents, long_text, records

import ragzip
from ragzip.backends.cached import from_int8, to_int8
from ragzip.backends.runtimes.onnx import OnnxEmbedder
from ragzip.compressors.soft.family import Soft
from ragzip.soft.adapters import load_adapter
from ragzip.soft.encoders.base import MeanPooling
from ragzip.soft.language import LanguageModel
from ragzip.soft.prompt import SoftPrompt, vectors_of
from ragzip.soft.reader import SoftReader
from ragzip.types import SoftSegment

SETS = {"squad-v1.1": 1, "squad-v1.1-rag10": 10, "hotpotqa": 10}
METHODS = {"compllm": (2, 4), "gmsa": (8,), "xrag": (1,)}
MIXED = {2: 0.2, 4: 0.1}  # of compllm, at so many tokens to a position in all: share of the pieces that stays text
LENGTH = 8000


class Mixed(Soft):
    name = "soft/mixed"


def run(data, model, adapters=None, questions=100, dtype="float32", sets=SETS):
    lm = LanguageModel(model, dtype=dtype)
    trained = {name: Path(adapters) / name for name in METHODS if adapters and (Path(adapters) / name).is_dir()}
    adapter = Path(adapters) / "reader" if adapters and (Path(adapters) / "reader").is_dir() else None
    reader = SoftReader(lm, adapter=adapter, batch=4)
    encoders = {name: load_adapter(name, lm, folder, embedder=OnnxEmbedder()) for name, folder in trained.items()}
    return {
        "model": Path(model).stem,
        "reader": "adapted to answers over text" if adapter else "as it is",
        "gain": {name: gains(data, name, SETS[name], reader, encoders, _fewer(questions, name)) for name in sets},
        "speed": speed(data, reader),
        "encoding": encoding(data, lm, encoders),
    }


def _fewer(questions, name):
    """A third of them where contexts are ten paragraphs long."""
    return questions if SETS[name] == 1 else max(1, questions // 3)


def gains(data, name, most, reader, encoders, questions):
    asked = drawn(data, name, most, questions)
    nll = {"none": likelihood(reader, asked, [[] for _ in asked])}
    nll["text"] = read(reader, asked, lambda text: text)
    arms = [(method, ratio) for method in encoders for ratio in METHODS[method]]
    plain = MeanPooling(reader.lm)
    for ratio in (2, 4, 8):
        nll[f"mean at {ratio}"] = read(reader, asked, lambda text, r=ratio: soft(plain, plain, text, r))
    for method, ratio in arms:
        encoder = encoders[method]
        whole = ratio if method != "xrag" else 10**6  # xrag has one vector a piece
        nll[f"{method} at {ratio}"] = read(reader, asked, lambda text, e=encoder, r=ratio: soft(e, e, text, r))
        nll[f"mean like {method} at {ratio}"] = read(
            reader, asked, lambda text, e=encoder, r=whole: soft(plain, e, text, r)
        )
        nll[f"{method} at {ratio}, int8"] = read(
            reader, asked, lambda text, e=encoder, r=ratio: soft(e, e, text, r, packed=True)
        )
    for ratio, share in MIXED.items() if "compllm" in encoders else ():
        mixed = Mixed(encoders["compllm"], ratio=METHODS["compllm"], text=share)
        nll[f"mixed compllm at {ratio}, {share:.0%} text"] = compressed(reader, asked, mixed, ratio)
    for ratio in (2, 4, 8):
        nll[f"pruner at {ratio}"] = compressed(reader, asked, "extractive/pruner", ratio)
    out = {"questions": len(asked), "nll": {arm: round(float(np.mean(values)), 4) for arm, values in nll.items()}}
    rng = np.random.default_rng(SEED)
    picks = rng.integers(len(asked), size=(2000, len(asked)))
    found = {arm: gain_of(nll["none"], nll["text"], values, picks) for arm, values in nll.items() if arm != "none"}
    out["retained"] = {arm: interval_of(*values) for arm, values in found.items() if arm != "text"}
    out["tokens to a vector"] = {
        f"{method} at {ratio}": round(told_by(encoders[method], asked, ratio), 2) for method, ratio in arms
    }
    for method, ratio in arms:
        one, two = found[f"{method} at {ratio}"], found[f"mean like {method} at {ratio}"]
        out["retained"][f"{method} at {ratio}, over the mean"] = interval_of(one[0] - two[0], one[1] - two[1])
    return out


def drawn(data, name, most, questions):
    """(question, answer, paragraphs), by lot, none over the same paragraphs as another."""
    rows = [row for row in records(data, name) if row["answers"]]
    out = {}
    for i in np.random.default_rng(SEED).permutation(len(rows)):
        texts = tuple(one.text for one in documents(rows[i]))[:most]
        out.setdefault(frozenset(texts), (rows[i]["question"], rows[i]["answers"][0], texts))
        if len(out) == questions:
            break
    return list(out.values())


def gain_of(none, full, soft, picks):
    """The share, and that of each resample."""
    lost, gained = none - full, none - soft
    return gained.sum() / lost.sum(), gained[picks].sum(1) / lost[picks].sum(1)


def interval_of(value, resampled):
    low, high = np.quantile(resampled, (0.025, 0.975))
    return {"mean": round(float(value), 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def told_by(encoder, asked, ratio):
    """Tokens of all paragraphs by their vectors: short pieces are told in more than their share."""
    texts = [text for _, _, paragraphs in asked for text in paragraphs]
    pieces = [text[slice(*span)] for text in texts for span in encoder.pieces(text)]
    return sum(len(encoder.lm.ids(text)) for text in texts) / sum(encoder.sizes(pieces, ratio))


def soft(encoder, cutter, text, ratio, packed=False):
    """The vectors of a paragraph, in the pieces that ``cutter`` makes of it."""
    arrays = encode(encoder, tuple(text[slice(*span)] for span in cutter.pieces(text)), ratio)
    return [SoftSegment(from_int8(to_int8(one)) if packed else one, encoder.space) for one in arrays]


@cache
def encode(encoder, pieces, ratio):
    return encoder.encode(pieces, ratio)


def read(reader, asked, told):
    """NLL of each answer over its paragraphs as ``told``."""
    contexts = []
    for _, _, texts in asked:
        parts = []
        for text in texts:
            one = told(text)
            parts += ["\n\n"] * bool(parts) + ([one] if isinstance(one, str) else one)
        contexts.append(parts)
    return likelihood(reader, asked, contexts)


def compressed(reader, asked, compressor, ratio):
    """NLL of each answer over what ``compressor`` leaves of its paragraphs."""
    options = {"rate": 1 / ratio, "compressor": compressor, "tokenizer": lambda text: len(reader.lm.ids(text))}
    made = [ragzip.compress(list(texts), question, **options) for question, _, texts in asked]
    return likelihood(reader, asked, [one.parts for one in made])


def likelihood(reader, asked, contexts):
    """NLL of each answer over its context."""
    prompts = [SoftPrompt.of(parts, question) for (question, _, _), parts in zip(asked, contexts, strict=True)]
    found = reader.likelihood(prompts, [answer for _, answer, _ in asked])
    return np.array([one.nll for one in found])


def speed(data, reader):
    """Seconds to the first token over a context of 8,000 tokens, and bytes of keys and values; vectors are cached."""
    lm = reader.lm
    text = long_text(data, 2 * LENGTH)
    text = text[: lm.offsets(text)[LENGTH - 200][1]]  # with the question, within what the model reads
    plain = MeanPooling(lm)
    out = {}
    for name, context in {
        "text": [text],
        **{f"{ratio} tokens to a vector": soft(plain, plain, text, ratio) for ratio in (2, 4, 8, 16)},
    }.items():
        prompt = SoftPrompt.of(context, "What is it about?")
        times, past = [], None
        for _ in range(3):
            start = time.perf_counter()
            vectors = vectors_of(prompt, lm)
            past = lm.past()
            with torch.no_grad():
                lm.step(past, inputs_embeds=vectors[None], logits_to_keep=1)
            times.append(time.perf_counter() - start)
        kept = sum(layer.keys.nbytes + layer.values.nbytes for layer in past.layers)
        out[name] = {"tokens": len(vectors), "seconds": round(min(times), 3), "kv_bytes": kept}
    for row in out.values():
        row["times as fast"] = round(out["text"]["seconds"] / row["seconds"], 2)
        row["share of kv"] = round(row["kv_bytes"] / out["text"]["kv_bytes"], 4)
    return out


def encoding(data, lm, encoders):
    """Seconds and bytes for a number of pieces, twice and four times as many."""
    out = {}
    for method, encoder in {**encoders, "mean": MeanPooling(lm)}.items():
        ratio = METHODS.get(method, (2,))[0]
        text = long_text(data, 4000)
        pieces = [text[slice(*span)] for span in encoder.pieces(text)]
        rows = []
        for n in (len(pieces) // 4, len(pieces) // 2, len(pieces)):
            start = time.perf_counter()
            arrays = encoder.encode(pieces[:n], ratio)
            rows.append(
                {
                    "pieces": n,
                    "tokens": sum(len(lm.ids(piece)) for piece in pieces[:n]),
                    "seconds": round(time.perf_counter() - start, 3),
                    "float16_bytes": sum(one.nbytes for one in arrays),
                    "int8_bytes": sum(to_int8(one).nbytes for one in arrays),
                }
            )
        out[method] = rows
    return out
