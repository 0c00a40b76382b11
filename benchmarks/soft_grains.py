"""REFRAG and the tree of soft pieces: what they retain, beside one ratio for all and text alone, at equal positions.

Every arm is ragzip.compress with a budget of that share of the tokens; "mixed" is soft/compllm with a fixed share of
text. Gain retained, and the reader, are those of the benchmark soft.
"""

import time
from pathlib import Path

import numpy as np
from common import SEED
from soft import SETS, compressed, drawn, gain_of, interval_of, likelihood, read

from ragzip.compressors.soft.compllm import CompLLM
from ragzip.compressors.soft.gmsa import GMSA
from ragzip.compressors.soft.refrag import Refrag
from ragzip.compressors.soft.tree import SoftTree
from ragzip.soft.language import LanguageModel
from ragzip.soft.reader import SoftReader

RATIOS = (2, 4, 8)  # tokens to a position in all
SHARE_OF_TEXT = {2: 0.2, 4: 0.1, 8: 0.05}  # of the arm "mixed", as in the benchmark soft


def run(data, model, adapters=None, questions=100, sets=("squad-v1.1", "hotpotqa")):
    lm = LanguageModel(model)
    reader = SoftReader(lm, adapter=_folder(adapters, "reader") or True, batch=4)
    return {
        "model": Path(model).stem,
        "gain": {name: gains(data, name, reader, adapters, questions) for name in sets},
    }


def gains(data, name, reader, adapters, questions):
    """A third of the questions where contexts are ten paragraphs long."""
    asked = drawn(data, name, SETS[name], questions if SETS[name] == 1 else max(1, questions // 3))
    nll = {"none": likelihood(reader, asked, [[] for _ in asked]), "text": read(reader, asked, lambda text: text)}
    seconds = {}
    for ratio in RATIOS:
        for method, compressor in compressors(reader.lm, adapters, ratio).items():
            start = time.process_time()
            nll[f"{method} at {ratio}"] = compressed(reader, asked, compressor, ratio)
            seconds[f"{method} at {ratio}"] = round(time.process_time() - start, 1)
    picks = np.random.default_rng(SEED).integers(len(asked), size=(2000, len(asked)))
    shares = {arm: gain_of(nll["none"], nll["text"], values, picks) for arm, values in nll.items() if arm != "none"}
    retained = {arm: interval_of(*values) for arm, values in shares.items() if arm != "text"}
    for ratio in RATIOS:
        for method, baseline in (("refrag", "mixed"), ("tree", "vectors"), ("refrag", "pruner")):
            first, second = shares[f"{method} at {ratio}"], shares[f"{baseline} at {ratio}"]
            difference = interval_of(first[0] - second[0], first[1] - second[1])
            retained[f"{method} at {ratio}, over {baseline}"] = difference
    means = {arm: round(float(values.mean()), 4) for arm, values in nll.items()}
    return {"questions": len(asked), "nll": means, "retained": retained, "seconds": seconds}


def compressors(lm, adapters, ratio):
    """The arms at so many tokens to a position."""
    compllm, gmsa = _folder(adapters, "compllm"), _folder(adapters, "gmsa")
    return {
        "vectors": CompLLM(lm, adapter=compllm) if ratio < 8 else GMSA(lm, adapter=gmsa, ratio=8),
        "mixed": CompLLM(lm, adapter=compllm, text=SHARE_OF_TEXT[ratio]),
        "refrag": Refrag(lm, adapter=compllm),
        "tree": SoftTree(lm, adapter=compllm, passage_adapter=gmsa),
        "tree with text": SoftTree(lm, adapter=compllm, passage_adapter=gmsa, text=1.0),
        "pruner": "extractive/pruner",
    }


def _folder(adapters, name):
    """The folder of an adapter; None: the shipped one."""
    return Path(adapters) / name if adapters else None
