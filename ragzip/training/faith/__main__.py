"""The recipe of the shipped check of rewritings.

    python -m ragzip.training.faith --train DATA/train --dev DATA/dev --work WORK --out ragzip/models/checker

DATA holds compression/scitldr, meetings/qmsum and summaries/squality. A run that was stopped goes on from WORK.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import asdict
from pathlib import Path

import torch

from ragzip.backends.cached import CachedEmbedder, CachedPassageScorer
from ragzip.backends.load import load_pruner
from ragzip.backends.onnx import OnnxEmbedder
from ragzip.cache import DiskStore, SegmentCache, use_cache
from ragzip.training.faith.data import read_summaries
from ragzip.training.faith.pairs import SOURCE, few, questions
from ragzip.training.faith.recipe import ahead_of, figures, fit, gather, threshold, write
from ragzip.training.loop import Plan
from ragzip.training.pruner.export import export
from ragzip.training.pruner.loop import train
from ragzip.training.pruner.mixture import Source
from ragzip.training.pruner.recipe import start

SEED = 20261126
_HELD = 8  # of so many summaries to train on, one is for the weights of the evidence


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--dev", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tokens", type=int, default=3_000_000)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.manual_seed(SEED)
    summaries, dev = read_summaries(options.train), read_summaries(options.dev)
    held = summaries[::_HELD]
    rest = [summary for i, summary in enumerate(summaries) if i % _HELD]
    embedder = CachedEmbedder(OnnxEmbedder())
    with use_cache(SegmentCache(DiskStore(options.work / "cache"))):
        net, tokenizer = start(None)
        asked = questions(rest, embedder, SEED)
        logging.info("%d sentences to train on", len(asked))
        plan = Plan(tokens=options.tokens, rate=8e-5, seed=SEED, probe_every=max(1, options.tokens // 4))
        probe = ahead_of(tokenizer, questions(dev[::_HELD], embedder, SEED))
        log = train(net, tokenizer, [Source(SOURCE, asked, 1.0, few)], plan, options.work, probe)
        agreement = export(net, tokenizer, options.out, {}, questions(held[::_HELD], embedder, SEED))
        model = CachedPassageScorer(load_pruner(options.out, None)[0])
        weights = fit(gather(held, embedder, model, SEED))
        table = gather(dev, embedder, model, SEED)
        weights["threshold"] = threshold(table, weights)
        found = figures(table, weights)
    run = {"plan": asdict(plan), "log": log, "sentences": len(asked), "agreement": agreement._asdict()}
    write(options.out, weights, found, run)
    logging.info("%s", found["all"])


if __name__ == "__main__":
    main()
