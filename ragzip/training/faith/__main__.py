"""The recipe of the shipped check of rewritings.

    python -m ragzip.training.faith --train DATA/train --dev DATA/dev --work WORK --out ragzip/models/checker

DATA holds compression/, meetings/, summaries/ and qa/ (ragzip.training.faith.data names the files). A run that was
stopped goes on from WORK.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import asdict
from pathlib import Path

import torch

from ragzip.backends.cached import CachedEmbedder, CachedPassageScorer
from ragzip.backends.export import FILES as MODEL_FILES
from ragzip.backends.export import WRITER
from ragzip.backends.load import load_pruner
from ragzip.backends.onnx import OnnxEmbedder
from ragzip.cache import DiskStore, SegmentCache, use_cache
from ragzip.faith.facts import denials
from ragzip.storage.files import refuse_inputs
from ragzip.storage.manifest import check_files, replacing_files
from ragzip.training.faith.data import FILES, read_copies, read_summaries
from ragzip.training.faith.pairs import few, questions
from ragzip.training.faith.recipe import ahead_of, figures, fit, gather, threshold, write
from ragzip.training.loop import Plan
from ragzip.training.pruner.export import write as write_export
from ragzip.training.pruner.loop import train
from ragzip.training.pruner.mixture import Source
from ragzip.training.pruner.recipe import start

SEED = 20261126
_HELD = 8  # of so many summaries to train on, one is for the weights of the evidence
_DEV_COPIES = 0.15
_PROBED = 4  # of so many summaries for development, one is looked at while training runs
_REFERENCES = 4  # summaries of the same, to train on
_DRAWS = 2  # names and numbers that a sentence is made wrong with
_SHARES = {"scitldr": 0.16, "qmsum": 0.2, "squality": 0.22, "denials": 0.14, "copies": 0.28}  # of the tokens


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--dev", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="checker or encoder to begin with [the shipped pruner]")
    parser.add_argument("--tokens", type=int, default=3_000_000)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    refuse_inputs([options.out], [options.model])
    check_files(options.out, WRITER, MODEL_FILES)
    torch.manual_seed(SEED)
    summaries, dev = read_summaries(options.train, _REFERENCES), read_summaries(options.dev)
    copies, dev_copies = read_copies(options.train, SEED), read_copies(options.dev, SEED, _DEV_COPIES)
    groups = set(list(dict.fromkeys(one.group for one in summaries))[::_HELD])
    held = [one for one in summaries if one.group in groups]
    rest = [one for one in summaries if one.group not in groups]
    embedder = CachedEmbedder(OnnxEmbedder())
    with use_cache(SegmentCache(DiskStore(options.work / "cache"))):
        net, tokenizer = start(options.model)
        parts = {
            name: [
                one
                for draw in range(_DRAWS)
                for one in questions([one for one in rest if one.name == name], embedder, SEED + draw)
            ]
            for name in FILES
        }
        parts["denials"] = [one for part in parts.values() for one in part if denials(one.passages[0].text)]
        parts["copies"] = questions(copies, None, SEED)
        logging.info("%s to train on", {name: len(part) for name, part in parts.items()})
        plan = Plan(tokens=options.tokens, rate=8e-5, decay=0.6, seed=SEED, probe_every=max(1, options.tokens // 4))
        probes = {"summaries": questions(dev[::_PROBED], embedder, SEED), "copies": questions(dev_copies, None, SEED)}
        sources = [Source(name, part, _SHARES[name], few) for name, part in parts.items() if part]
        log = train(net, tokenizer, sources, plan, options.work, ahead_of(tokenizer, probes))
        with replacing_files(options.out, WRITER) as fresh:
            agreement = write_export(net, tokenizer, fresh, {}, questions(held[::_HELD], embedder, SEED))
            model = CachedPassageScorer(load_pruner(fresh, None)[0])
            weights = fit(gather(held, embedder, model, SEED))
            table = gather(dev, embedder, model, SEED)
            weights["threshold"] = threshold(table, weights)
            found = figures(table, weights)
            copied = figures(gather(dev_copies, embedder, model, SEED), weights)
            found |= {name: copied[name] for name in ("copied", "shortened")}
            sentences = {name: len(part) for name, part in parts.items()}
            run = {"plan": asdict(plan), "log": log, "sentences": sentences, "agreement": agreement._asdict()}
            write(fresh, weights, found, run)
    logging.info("%s", found["all"])


if __name__ == "__main__":
    main()
