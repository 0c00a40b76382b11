"""The recipe of the shipped pruner.

    python -m ragzip.training.pruner MINILM --train DATA/train --dev DATA/dev --work WORK --out ragzip/models/pruner

MINILM is a float checkpoint of all-MiniLM-L6-v2; DATA holds qa/, compression/ and meetings/. A run that was stopped
goes on from WORK.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import asdict
from pathlib import Path

import torch

from ragzip.training.pruner import data, evaluate
from ragzip.training.pruner.loop import Plan, train
from ragzip.training.pruner.mixture import shipped_sources
from ragzip.training.pruner.model import PrunerNet
from ragzip.training.pruner.recipe import finish, named, start, support_probe

RATES = {
    "hotpotqa": 0.2,
    "2wikimultihopqa": 0.2,
    "musique": 0.15,
    "nq-open-rag10": 0.05,
    "squad-v1.1-rag10": 0.05,
}
CALIBRATED_ON = {  # questions of each development file that weights and calibration are fitted on
    "hotpotqa": 125,
    "2wikimultihopqa": 164,
    "musique": 28,
    "nq-open-rag10": 100,
    "squad-v1.1-rag10": 100,
    "squad-v1.1": 300,
    "squad-v2-unanswerable": 150,
    "selqa": 100,
}


ABOUT = """
## What it is

BERT with six layers (22.7 million parameters), begun from all-MiniLM-L6-v2 (Apache-2.0), with four outputs for each
token: what speaks for its sentence, how much it weighs in that, what speaks for the word, and (at the first token)
for the passage. It reads `[CLS] query [SEP] title [SEP] text [SEP]`, 512 tokens at most; without a query, an empty
one. ONNX, int8 with a scale for each token's activations.

`config.json` holds the weights with which its reading is joined with wording (BM25), links between documents, the
embedder's similarity and a second reading with the best sentence behind the query; they are fitted, like the
calibration, on development questions.

## Licence and data

Apache-2.0. Trained on data whose licence lets weights be passed on: SQuAD 1.1, HotpotQA, Natural Questions (NQ-open)
and QED (CC BY-SA), MuSiQue (CC BY 4.0), 2WikiMultihopQA, SelQA and SciTLDR (Apache-2.0), PolicyQA and QMSum (MIT),
Google sentence compression (provided as is). Unanswerable questions are made by rule from SQuAD 1.1: a name or number
swapped, a word turned into its opposite, a negation put in.

## Measured

<!-- figures: made by benchmarks/report.py -->
<!-- end of figures -->

## Limits

- English. Other languages are read by the characters and words that the English vocabulary has, and ranked by
  wording.
- Weights of the evidence and calibration were fitted on the development questions that part of the figures is
  measured on: seven numbers for each of four settings.
- Questions that look answerable and are not (SQuAD 2.0) are often not recognised, see above.
- Numbers, dates and negations weigh no more than other words. Protect what must not be lost.
- Word scores without a query follow newspaper sentences and encyclopedia paragraphs. The last word of a sentence is
  kept too often: in this training a kept full stop counted for the word before it (mended in the recipe since).
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ragzip.training.pruner", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--dev", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tokens", type=int, default=9_000_000)
    parser.add_argument("--layers", type=int)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    plan = Plan(tokens=options.tokens)
    torch.manual_seed(plan.seed)
    net, tokenizer = start(options.checkpoint, options.layers)
    sources = shipped_sources(options.train, plan.seed)
    held = {name: data.read_qa(options.dev / "qa" / f"{name}.jsonl.gz", most) for name, most in CALIBRATED_ON.items()}
    deletions = data.read_deletions(options.dev / "compression" / "google.jsonl.gz")[:300]
    supported = support_probe(tokenizer, {name: (held[name], rate) for name, rate in RATES.items()})

    def probe(net: PrunerNet) -> dict[str, float]:
        return {**supported(net), "word F1": evaluate.word_f1(net, tokenizer, deletions)}

    log = train(net, tokenizer, sources, plan, options.work, probe)
    finish(net, tokenizer, held, options.out, {"plan": asdict(plan), "log": log, "sources": named(sources)}, ABOUT)


if __name__ == "__main__":
    main()
