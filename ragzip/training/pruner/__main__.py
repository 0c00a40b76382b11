"""The recipe of the shipped pruner.

    python -m ragzip.training.pruner PRUNER --train DATA/train --dev DATA/dev --work WORK --out ragzip/models/pruner

PRUNER is the first edition, or another trained pruner or encoder checkpoint to go on from; DATA holds qa/, compression/
and meetings/. An interrupted run resumes from WORK.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from ragzip.backends.export.classifier import FILES, WRITER
from ragzip.backends.runtimes.onnx import OnnxModel
from ragzip.backends.scorers.pairs import PairReader
from ragzip.files.manifest import check_files, replacing_files
from ragzip.files.writing import refuse_inputs
from ragzip.training.loop import Plan, minutes_of
from ragzip.training.machine import DEVICES, PRECISIONS, machine_of
from ragzip.training.packed.make import MIXTURES, named, packed_data
from ragzip.training.pruner import data, evaluate
from ragzip.training.pruner.card import FILES as CARD_FILES
from ragzip.training.pruner.fusion import fit_words
from ragzip.training.pruner.loop import train
from ragzip.training.pruner.model import PrunerNet
from ragzip.training.pruner.pages import fit_pages
from ragzip.training.pruner.recipe import start, support_probe, write_finished

PROBE_EVERY = 2_000_000  # tokens
STAGES = (Plan(tokens=10_200_000, rate=1e-4, decay=0.9, seed=20261129, probe_every=PROBE_EVERY),)
FROZEN_LAYERS = 2  # word embeddings that come from a trained pruner stay as they are, too
TRAINED_SHARE = 0.5  # of the trained weights, in their mean with those that training began with
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
DECIDED_ON = {  # more of them, answered and not, for the decision that nothing answers
    "clapnq": 140,
    "repliqa": 120,
    "nq-answerable": 150,
    "nq-open": 100,
    "musique-gold": 100,
    "musique-unanswerable": 100,
    "policyqa": 100,
    "molweni": 200,
}


ABOUT = """
## What it is

BERT with six layers (22.7 million parameters), with four outputs for each token: what speaks for its sentence, how much
it weighs in that, what speaks for the word, and (at the first token) for the passage. It reads
`[CLS] query [SEP] title [SEP] text [SEP]`, 512 tokens at most; without a query, an empty one. ONNX, int8 with a scale
for each token's activations.

This is the second edition. The first one was begun from all-MiniLM-L6-v2 (Apache-2.0) and trained on 17 million tokens
of encyclopedias, policies and meetings. The second one goes on from it, with questions that nothing answers, chains of
two to four steps, tables, chats, papers, reports and denials beside them; the word embeddings and the first two layers
are those of the first one, and every other weight is the mean of that of the first one and what training came to. (The
development figures above are of the trained weights alone. These keep more of MuSiQue's long chains, .645 of the
support at 10 % where the mean keeps .621 and the first edition .593, but less of chats, policies and web search.)

`config.json` holds the weights with which its reading is joined with wording (BM25), links between documents, the
embedder's similarity and a second reading with the best sentence behind the query, and those of the probability that a
document answers; they are fitted, like the calibration, on development questions. Those for web pages are fitted on
training questions: WikiTableQuestions (CC BY-SA) on Wikipedia pages, and SQuAD on texts set behind them.

## Licence and data

Apache-2.0. Trained on data whose licence lets weights be passed on; NOTICE lists the licence of each source. Questions
that nothing answers are those of SQuAD 2.0, MuSiQue, Natural Questions, RepLiQA and Molweni, and others made by rule
from answered ones: a name or number or another word swapped, a word turned into its opposite, a negation put in, or the
sentence that answers left out.

## Measured

<!-- figures: made by benchmarks/report.py -->
<!-- end of figures -->

## Limits

- English. Other languages are read by the characters and words that the English vocabulary has, and ranked by
  wording.
- Weights of the evidence and calibration were fitted on the development questions that part of the figures is
  measured on: up to nine numbers for each of eight settings.
- Questions that look answerable and are not (SQuAD 2.0) are mostly not recognised. The score of a document tells
  answered from unanswerable questions where they are of another subject (area under the curve, other questions than
  above: Natural Questions .85, CLAPNQ .88, RepLiQA .91), hardly where only a detail is wrong or a step is missing
  (SQuAD 2.0 and MuSiQue .64), and not in chats (Molweni .51); nothing is kept for it alone.
- Numbers, dates and negations weigh no more than other words. Protect what must not be lost.
- Word scores without a query follow newspaper sentences and encyclopedia paragraphs.
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ragzip.training.pruner", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--dev", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tokens", type=float, default=1.0, help="factor on the tokens of every stage")
    parser.add_argument(
        "--stage",
        type=stage_of,
        action="append",
        metavar="TOKENS:RATE",
        help="tokens and learning rate of a stage, as 50e6:6e-5; repeat [those of the shipped weights]",
    )
    parser.add_argument("--layers", type=int)
    parser.add_argument(
        "--frozen",
        type=int,
        default=FROZEN_LAYERS,
        help=f"layers, from the first one, that stay as they are [{FROZEN_LAYERS}]",
    )
    parser.add_argument(
        "--trained-share",
        type=float,
        default=TRAINED_SHARE,
        help="of the trained weights, in their mean with those that training began with: 1 keeps them as they are "
        f"[{TRAINED_SHARE}]",
    )
    parser.add_argument("--mixture", choices=MIXTURES[:2], default=MIXTURES[0])
    parser.add_argument("--packed", type=Path, help="training data that `ragzip train pack` wrote [made of --train]")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--precision", choices=PRECISIONS, default="auto")
    parser.add_argument("--minutes", type=float, help="stop training (all stages together) after so many minutes")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    refuse_inputs([options.out], [options.checkpoint])
    check_files(options.out, WRITER, (*FILES, *CARD_FILES))
    machine, minutes = machine_of(options.device, options.precision), minutes_of(options.minutes)
    stages = [replace(plan, tokens=round(plan.tokens * options.tokens)) for plan in options.stage or STAGES]
    machine.seed(stages[0].seed)
    net, tokenizer = start(options.checkpoint, options.layers)
    net.freeze(options.frozen)
    first_weights = {name: weight.clone() for name, weight in net.state_dict().items()}
    packed = packed_data(options.packed, options.train, options.mixture, tokenizer, seed=stages[0].seed)
    held, decided = (
        {name: data.read_qa(options.dev / "qa" / f"{name}.jsonl.gz", most) for name, most in listed.items()}
        for listed in (CALIBRATED_ON, DECIDED_ON)
    )
    deletions = data.read_deletions(options.dev / "compression" / "google.jsonl.gz")[:300]
    supported = support_probe(tokenizer, {name: (held[name], rate) for name, rate in RATES.items()}, machine)
    words = list(evaluate.batches_of(tokenizer, deletions))

    def probe(net: PrunerNet) -> dict[str, float]:
        return {**supported(net), "word F1": evaluate.batches_word_f1(net, words, machine)}

    log: list[dict[str, Any]] = []
    end = None if minutes is None else time.monotonic() + 60 * minutes
    for number, plan in enumerate(stages, 1):
        before = log[-1] if log else {"step": 0, "tokens": 0, "seconds": 0}
        if end is not None:
            plan = replace(plan, minutes=max(0.0, end - time.monotonic()) / 60)
        rows = train(net, packed, plan, options.work / str(number), probe, machine)
        log += [{**row, **{key: row[key] + before[key] for key in ("step", "tokens", "seconds")}} for row in rows]
        if rows[-1]["tokens"] < plan.tokens:
            break
    average(net, first_weights, options.trained_share)
    plans = [asdict(plan) for plan in stages]
    with replacing_files(options.out, WRITER) as fresh:
        write_finished(
            net, tokenizer, held, fresh, {"plan": plans, "log": log, "sources": named(packed)}, ABOUT, decided
        )
        add_weights(fresh, options.train)


def stage_of(text: str) -> Plan:
    """The plan of a stage that is written as TOKENS:RATE."""
    tokens, _, rate = text.partition(":")
    return Plan(tokens=round(float(tokens)), rate=float(rate), probe_every=PROBE_EVERY)


def average(net: PrunerNet, first_weights: Mapping[str, torch.Tensor], trained_share: float) -> None:
    """Nothing; each weight of ``net`` moves back towards the one that training began with (WiSE-FT, Wortsman et al.
    2022, arXiv 2109.01903): what is learnt of new data is kept in part, and next to all of what was known before.
    """
    with torch.no_grad():
        for name, weight in net.state_dict().items():
            if weight.is_floating_point():
                weight.lerp_(first_weights[name], 1 - trained_share)


def add_weights(out: Path, train_folder: Path) -> None:
    """Nothing; config.json of the model gets the shift of the word logits and the weights of the evidence for page
    blocks, both fitted on training data.
    """
    scorer = PairReader(OnnxModel(out))
    about = [q for q in data.read_qa(train_folder / "qa" / "squad-v1.1-rag10.jsonl.gz", 2000) if q.answers][::10]
    config = json.loads((out / "config.json").read_text("utf-8"))
    config["ragzip"]["fusion"] |= {
        "words": fit_words(scorer, data.read_deletions(train_folder / "compression" / "google.jsonl.gz")[-600:]),
        "pages": fit_pages(train_folder / "html", about, scorer, most=30),
    }
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
