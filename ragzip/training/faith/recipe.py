"""The check of rewritings: its training, how much each piece of evidence counts, and the doubt that refuses."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from ragzip.backends.cached import CachedEmbedder, CachedPassageScorer
from ragzip.backends.export.classifier import FILES as MODEL_FILES
from ragzip.backends.export.classifier import WRITER
from ragzip.backends.load import load_pruner
from ragzip.backends.protocols import PassageScorer, TextEmbedder
from ragzip.backends.runtimes.onnx import OnnxEmbedder
from ragzip.cache import DiskStore, SegmentCache, use_cache
from ragzip.checking.check import doubt, lacks_fact, measure
from ragzip.checking.evidence import Sources
from ragzip.checking.features import FEATURES, SENTENCE_TYPES, weights_by_file_key
from ragzip.checks import path_of, whole_number
from ragzip.files.manifest import check_files, replacing_files
from ragzip.files.writing import refuse_inputs
from ragzip.training.faith.data import KINDS, Summary, cases, held_back, read_copies, read_summaries
from ragzip.training.faith.pairs import questions
from ragzip.training.loop import MAX_SEED, Plan, minutes_of
from ragzip.training.machine import Machine, machine_of
from ragzip.training.packed.make import named, packed_data
from ragzip.training.pruner.data import Question
from ragzip.training.pruner.evaluate import batches_of, relevance
from ragzip.training.pruner.export import write as write_export
from ragzip.training.pruner.loop import train
from ragzip.training.pruner.model import PrunerNet
from ragzip.training.pruner.recipe import start

__all__ = ["Table", "ahead_of", "figures", "fit", "gather", "threshold", "train_checker", "write"]

SEED = 20261126

REFUSED = 0.05  # of untouched sentences, at the threshold
_COUNTS = {
    "untouched": 3.0,
    "number": 1.0,
    "name": 1.0,
    "name of the source": 1.0,
    "denial put in": 1.5,
    "denial taken out": 3.0,
}
_DEV_COPIES = 0.15
_PROBED = 4  # of so many summaries for development, one is looked at while training runs
_MEASURED = 8  # of so many summaries held back, one is for the agreement of the export
_REFERENCES = 4  # summaries of the same, to train on
_SAME = 1e-6  # spread of a kind of evidence that is the same in all sentences
_TIE = 0.03  # of 3e-4 to 0.1 the one that finds most when a fifth of the sentences is left out in turn

_log = logging.getLogger(__name__)


class Table(NamedTuple):
    """What counts for or against all cases, with their kinds and the sets that they are from.

    *Shapes:* (n, kinds of evidence), (n,), (n,).
    """

    values: Any
    kinds: Any
    names: Any


def train_checker(
    train_folder: Path,
    dev_folder: Path,
    out: Path,
    work: Path,
    *,
    model: Path | None = None,
    tokens: int = 3_000_000,
    seed: int = SEED,
    device: str = "auto",
    precision: str = "auto",
    minutes: float | None = None,
    packed: Path | None = None,
) -> dict[str, Any]:
    """Train the check of rewritings and write it to ``out``; the shares refused of each kind, as by :func:`figures`.

    ``work`` gets the log, the checkpoint and a cache; the same call goes on from there.

    :param train_folder: holds compression/, meetings/, summaries/ and qa/, see :mod:`ragzip.training.faith.data`.
    :param dev_folder: the same, to set the threshold and to measure on.
    :param model: a checker or encoder to begin with; default: the shipped pruner.
    :param tokens: how much is read, about.
    :param device: "auto", "cpu", "cuda" or "mps", see :func:`~ragzip.training.machine.machine_of`.
    :param precision: "auto", "bf16" or "fp32".
    :param minutes: of training, after which the network is exported as it is; the same call trains on.
    :param packed: a file that ``ragzip train pack checker`` wrote with the tokenizer of ``model``; default: it is made
        of ``train_folder``.
    :raises InputError: files that cannot be read, or hold too little.
    :raises OptionError: a number outside its range, a device that is not there, or ``out`` is the folder of ``model``.
    :raises StorageError: ``out`` holds files of these names that ragzip did not write, or cannot be written.
    """
    tokens, seed = whole_number(tokens, "tokens", least=1000), whole_number(seed, "seed", most=MAX_SEED)
    machine, minutes = machine_of(device, precision), minutes_of(minutes)
    train_folder, dev_folder, out, work = (
        path_of(path, name, expected="a folder")
        for path, name in ((train_folder, "train"), (dev_folder, "dev"), (out, "out"), (work, "work"))
    )
    refuse_inputs([out], [model])
    check_files(out, WRITER, MODEL_FILES)
    machine.seed(seed)
    summaries, dev = read_summaries(train_folder, _REFERENCES), read_summaries(dev_folder)
    _, held = held_back(summaries)
    dev_copies = read_copies(dev_folder, seed, _DEV_COPIES)
    embedder = CachedEmbedder(OnnxEmbedder())
    with use_cache(SegmentCache(DiskStore(work / "cache"))):
        net, tokenizer = start(model)
        trained_on = packed_data(packed, train_folder, "checker", tokenizer, seed=seed, embedder=embedder)
        sentences = {name: source["questions"] for name, source in named(trained_on).items()}
        _log.info("%s to train on", sentences)
        plan = Plan(tokens=tokens, rate=8e-5, decay=0.6, seed=seed, probe_every=max(1, tokens // 4), minutes=minutes)
        probes = {"summaries": questions(dev[::_PROBED], embedder, seed), "copies": questions(dev_copies, None, seed)}
        log = train(net, trained_on, plan, work, ahead_of(tokenizer, probes, machine), machine)
        with replacing_files(out, WRITER) as fresh:
            agreement = write_export(net, tokenizer, fresh, {}, questions(held[::_MEASURED], embedder, seed))
            scorer = CachedPassageScorer(load_pruner(fresh, None)[0])
            weights = fit(gather(held, embedder, scorer, seed))
            table = gather(dev, embedder, scorer, seed)
            weights["threshold"] = threshold(table, weights)
            shares = figures(table, weights)
            copied = figures(gather(dev_copies, embedder, scorer, seed), weights)
            shares |= {name: copied[name] for name in ("copied", "shortened")}
            run = {"plan": asdict(plan), "log": log, "sentences": sentences, "agreement": agreement._asdict()}
            write(fresh, weights, shares, run)
    return shares


def gather(summaries: Sequence[Summary], embedder: TextEmbedder, model: PassageScorer, seed: int) -> Table:
    """Every sentence of ``summaries``, untouched and made wrong."""
    rows, kinds, names = [], [], []
    for i, mine in groupby(cases(summaries, seed), key=lambda case: case.summary):
        listed = list(mine)
        read = Sources(summaries[i].sources, summaries[i].question)
        rows.append(measure([case.text for case in listed], read, embedder, model).values)
        kinds += [case.kind for case in listed]
        names += [summaries[i].name] * len(listed)
    return Table(np.concatenate(rows), np.array(kinds), np.array(names))


def ahead_of(
    tokenizer: Any, parts: Mapping[str, Sequence[Question]], machine: Machine | None = None
) -> Callable[[PrunerNet], Mapping[str, float]]:
    """How often a wrong sentence is given more than an untouched one (0.5: by chance), and how many are found when
    :data:`REFUSED` of the untouched are refused; by the network alone, on ``machine``, for each part.
    """
    batches_by_part = {name: list(batches_of(tokenizer, some)) for name, some in parts.items()}

    def probe(net: PrunerNet) -> dict[str, float]:
        out = {}
        for name, batches in batches_by_part.items():
            values = np.concatenate([relevance(net, batch, machine) for batch in batches])
            wrong = np.concatenate([batch.relevant > 0 for batch in batches])
            untouched = np.sort(values[~wrong])
            at = values[wrong]
            above = (np.searchsorted(untouched, at, "left") + np.searchsorted(untouched, at, "right")) / 2
            out[f"{name} ahead"] = float(above.mean()) / len(untouched)
            out[f"{name} found at 5 %"] = float((at > np.quantile(untouched, 1 - REFUSED)).mean())
        return out

    return probe


def fit(table: Table) -> dict[str, Any]:
    """Weights by name of the evidence, and a bias, for sentences that deny something and for those that do not; from
    those without a fact that is reason enough.
    """
    table = Table(*(column[~lacks_fact(table.values)] for column in table))
    denies = table.values[:, FEATURES.index("negated")] > 0
    return {
        way: _fitted(Table(*(column[mine] for column in table)))
        for way, mine in zip(SENTENCE_TYPES, (denies, ~denies), strict=True)
    }


def _fitted(table: Table) -> dict[str, float]:
    x = torch.tensor(table.values)
    y = torch.tensor(table.kinds != "untouched").double()
    counts = torch.tensor([_COUNTS[kind] for kind in table.kinds.tolist()], dtype=torch.float64)
    scale = x.std(0)
    scale[~(scale > _SAME)] = math.inf  # what is the same in all of them tells nothing
    weights = torch.zeros(x.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimizer: Any = torch.optim.LBFGS([weights], max_iter=500, line_search_fn="strong_wolfe")

    def loss() -> Any:
        optimizer.zero_grad()
        logits = (x / scale) @ weights[:-1] + weights[-1]
        value: Any = torch.nn.functional.binary_cross_entropy_with_logits(logits, y, weight=counts)
        value = value + _TIE * (weights[:-1] ** 2).sum()
        value.backward()
        return value

    optimizer.step(loss)
    found = (weights.detach()[:-1] / scale).tolist()
    out = {name: round(value, 4) for name, value in zip(FEATURES, found, strict=True)}
    return out | {"bias": round(float(weights.detach()[-1]), 4)}


def threshold(table: Table, weights: Mapping[str, Any]) -> float:
    """The doubt from which :data:`REFUSED` of the untouched sentences are refused."""
    untouched = doubt(table.values[table.kinds == "untouched"], weights)
    return math.ceil(1e4 * np.quantile(untouched, 1 - REFUSED, method="higher") + 0.5) / 1e4


def figures(table: Table, weights: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The share refused of each kind, over all and by name, with the number of sentences."""
    refused = doubt(table.values, weights) >= weights["threshold"]
    out: dict[str, dict[str, Any]] = {}
    for name in ("all", *dict.fromkeys(table.names.tolist())):
        mine = np.ones(len(refused), bool) if name == "all" else table.names == name
        out[name] = {}
        for kind in KINDS:
            found = refused[mine & (table.kinds == kind)]
            if len(found):
                out[name][kind] = {"refused": round(float(found.mean()), 4), "n": len(found)}
    return out


def write(out: Path, weights: Mapping[str, Any], found: dict[str, Any], run: dict[str, Any]) -> None:
    """Weights and figures into config.json, beside what was exported."""
    settings = json.loads((out / "config.json").read_text("utf-8"))
    settings["ragzip"] |= {"doubt": weights_by_file_key(weights), "figures": found, "run": run}
    (out / "config.json").write_text(json.dumps(settings, indent=1) + "\n", "utf-8")
