"""The recipes of the shipped pruners.

    python -m ragzip.training.pruner PRUNER --train DATA/train --dev DATA/dev --work WORK --out ragzip/models/pruner

PRUNER is the first edition, or another trained pruner or encoder checkpoint to go on from; DATA holds qa/, compression/
and meetings/. An interrupted run resumes from WORK. The multilingual one, from a base of ``ragzip train base``:

    python -m ragzip.training.pruner BASE --mixture pruner-multilingual --train DATA/train --dev DATA/dev --work WORK
        --out packages/ragzip-multilingual/ragzip_multilingual/multilingual

It stores the weights that it has in common with the embedder below its folder there alone.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from ragzip.backends.export.classifier import FILES, WRITER
from ragzip.backends.export.shared_weights import share_weights
from ragzip.backends.runtimes.onnx import OnnxEmbedder, OnnxModel
from ragzip.backends.scorers.pairs import PairReader
from ragzip.files.manifest import check_files, replacing_files
from ragzip.files.writing import refuse_inputs
from ragzip.training import data
from ragzip.training.loop import Plan, minutes_of
from ragzip.training.machine import DEVICES, PRECISIONS, machine_of
from ragzip.training.packed.make import named, packed_data
from ragzip.training.pruner import evaluate
from ragzip.training.pruner.card import FILES as CARD_FILES
from ragzip.training.pruner.fusion import fit_words
from ragzip.training.pruner.loop import train
from ragzip.training.pruner.model import PrunerNet
from ragzip.training.pruner.pages import fit_pages
from ragzip.training.pruner.recipe import start, support_probe, write_finished
from ragzip.training.pruner.shipped import PROBE_EVERY, RECIPES


def _parser() -> argparse.ArgumentParser:
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
        "--frozen", type=int, help="layers, from the first one, that stay as they are [as of the shipped weights]"
    )
    parser.add_argument(
        "--trained-share",
        type=float,
        help="of the trained weights, in their mean with those that training began with: 1 keeps them as they are "
        "[as of the shipped weights]",
    )
    parser.add_argument("--mixture", choices=RECIPES, default=next(iter(RECIPES)))
    parser.add_argument("--packed", type=Path, help="training data that `ragzip train pack` wrote [made of --train]")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--precision", choices=PRECISIONS, default="auto")
    parser.add_argument("--minutes", type=float, help="stop training (all stages together) after this many minutes")
    return parser


def main() -> None:
    options = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    refuse_inputs([options.out], [options.checkpoint])
    check_files(options.out, WRITER, (*FILES, *CARD_FILES))
    machine, minutes = machine_of(options.device, options.precision), minutes_of(options.minutes)
    recipe = RECIPES[options.mixture]
    stages = [replace(plan, tokens=round(plan.tokens * options.tokens)) for plan in options.stage or recipe.stages]
    machine.seed(stages[0].seed)
    net, tokenizer = start(options.checkpoint, options.layers)
    net.freeze(recipe.frozen_layers if options.frozen is None else options.frozen)
    first_weights = {name: weight.clone() for name, weight in net.state_dict().items()}
    packed = packed_data(options.packed, options.train, options.mixture, tokenizer, seed=stages[0].seed)
    held, decided = (recipe.questions(options.dev, listed) for listed in (recipe.calibrated_on, recipe.decided_on))
    deletions = data.read_deletions(options.dev / "compression" / "google.jsonl.gz")[:300]
    supported = support_probe(tokenizer, {name: (held[name], rate) for name, rate in recipe.rates.items()}, machine)
    words = list(evaluate.batches_of(tokenizer, deletions))

    def probe(net: PrunerNet) -> dict[str, float]:
        return {**supported(net), "word F1": evaluate.batches_word_f1(net, words, machine)}

    def train_stage(number: int, plan: Plan) -> list[dict[str, Any]]:
        return train(net, packed, plan, options.work / str(number), probe, machine)

    log = _log_of_stages(stages, minutes, train_stage)
    average(net, first_weights, recipe.trained_share if options.trained_share is None else options.trained_share)
    run = {"plan": [asdict(plan) for plan in stages], "log": log, "sources": named(packed)}
    embedder = OnnxEmbedder() if recipe.is_english else None
    with replacing_files(options.out, WRITER) as fresh:
        write_finished(net, tokenizer, held, fresh, run, recipe.about, decided, embedder=embedder)
        add_weights(fresh, options.train)
    graph_of_embedder = options.out / "embedder" / "model.onnx"
    if graph_of_embedder.is_file():
        share_weights(options.out / "model.onnx", graph_of_embedder)


def _log_of_stages(
    stages: Sequence[Plan], minutes: float | None, train_stage: Callable[[int, Plan], list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """The rows of all stages, one after the other; those after a stage that ended early are left out.

    :param minutes: of all stages together.
    """
    log: list[dict[str, Any]] = []
    end = None if minutes is None else time.monotonic() + 60 * minutes
    for number, plan in enumerate(stages, 1):
        before = log[-1] if log else {"step": 0, "tokens": 0, "seconds": 0}
        if end is not None:
            plan = replace(plan, minutes=max(0.0, end - time.monotonic()) / 60)
        rows = train_stage(number, plan)
        log += [{**row, **{key: row[key] + before[key] for key in ("step", "tokens", "seconds")}} for row in rows]
        if rows[-1]["tokens"] < plan.tokens:
            break
    return log


def stage_of(text: str) -> Plan:
    """The plan of a stage that is written as TOKENS:RATE."""
    tokens, _, rate = text.partition(":")
    return Plan(tokens=round(float(tokens)), rate=float(rate), probe_every=PROBE_EVERY)


def average(net: PrunerNet, first_weights: Mapping[str, torch.Tensor], trained_share: float) -> None:
    """Move each weight of ``net`` back towards the one that training began with (WiSE-FT, Wortsman et al. 2022,
    arXiv 2109.01903): what is learnt of new data is kept in part, and next to all of what was known before.
    """
    with torch.no_grad():
        for name, weight in net.state_dict().items():
            if weight.is_floating_point():
                weight.lerp_(first_weights[name], 1 - trained_share)


def add_weights(out: Path, train_folder: Path) -> None:
    """Fit the shift of the word logits and the weights of the evidence for page blocks on training data; both go into
    config.json of the model.
    """
    scorer = PairReader(OnnxModel(out))
    about = [
        question
        for question in data.read_qa(train_folder / "qa" / "squad-v1.1-rag10.jsonl.gz", 2000)
        if question.answers
    ][::10]
    config = json.loads((out / "config.json").read_text("utf-8"))
    config["ragzip"]["fusion"] |= {
        "words": fit_words(scorer, data.read_deletions(train_folder / "compression" / "google.jsonl.gz")[-600:]),
        "pages": fit_pages(train_folder / "html", about, scorer, most=30),
    }
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
