"""The recipe of the checker: training, feature weights, and the threshold of doubt."""

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
from ragzip.checks import path_of
from ragzip.compressors.checking.check import doubt, lacks_fact, measure
from ragzip.compressors.checking.evidence import Sources
from ragzip.compressors.checking.features import FEATURES, SENTENCE_TYPES, weights_by_file_key
from ragzip.files.manifest import check_files, replacing_files
from ragzip.files.writing import refuse_inputs
from ragzip.training.checker.claims import LabelledClaim, claim_halves
from ragzip.training.checker.data import KINDS, Summary, cases, held_back, read_copies, read_summaries
from ragzip.training.checker.pairs import questions
from ragzip.training.data import Question, spread
from ragzip.training.machine import Machine
from ragzip.training.minimise import minimise
from ragzip.training.options import RunOptions
from ragzip.training.packed.make import named, packed_data
from ragzip.training.pruner.evaluate import batches_of, relevance
from ragzip.training.pruner.export import write as write_export
from ragzip.training.pruner.loop import train
from ragzip.training.pruner.model import PrunerNet
from ragzip.training.pruner.probes import area_under_curve
from ragzip.training.pruner.recipe import start

__all__ = [
    "FeatureTable",
    "ahead_of",
    "areas_of_claims",
    "export_checker",
    "figures",
    "fit",
    "gather",
    "gather_claims",
    "threshold",
    "train_checker",
    "write",
]

SEED = 20261126

REFUSED_SHARE = 0.05  # of untouched sentences, at the threshold
_KIND_WEIGHTS = {
    "untouched": 3.0,
    "number": 1.0,
    "name": 1.0,
    "name of the source": 1.0,
    "denial put in": 1.5,
    "denial taken out": 3.0,
    "supported claim": 0.3,
    "unsupported claim": 0.3,
}
_RIGHT = ("untouched", "supported claim")
_DEV_COPIES_SHARE = 0.15
_PROBE_EVERY = 4  # of so many summaries for development, one is looked at while training runs
_AGREEMENT_SUMMARIES = 100  # of those held back, spread evenly, for the agreement of the export
_MAX_REFERENCES = 4  # summaries of the same, to train on
_MIN_DEVIATION = 1e-6  # spread of a kind of evidence that is the same in all sentences
_WEIGHT_DECAY = 0.03  # of 3e-4 to 0.1 the one that finds most when a fifth of the sentences is left out in turn

_log = logging.getLogger(__name__)


class FeatureTable(NamedTuple):
    """The features of sentences, with the kind of their error and the set that they come from.

    *Shapes:* (sentences, features), (sentences,), (sentences,).
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
    """The shares refused of each kind (see :func:`figures`) by a checker that is trained and written to ``out``.

    ``work`` gets the log, the checkpoint and a cache; the same call resumes from them.

    :param train_folder: holds compression/, meetings/, summaries/ and qa/, see :mod:`ragzip.training.checker.data`.
    :param dev_folder: the same files for development, to set the threshold and to measure on.
    :param model: a checker or encoder to start from; default: the shipped pruner.
    :param tokens: to train on, approximately.
    :param device: "auto", "cpu", "cuda" or "mps", see :func:`~ragzip.training.machine.machine_of`.
    :param precision: "auto", "bf16" or "fp32".
    :param minutes: of training, after which the network is exported; the same call continues.
    :param packed: a file that ``ragzip train pack checker`` wrote with the tokenizer of ``model``; default: packed from
        ``train_folder``.
    :raises InputError: files that cannot be read, or hold too little.
    :raises OptionError: a number outside its range, an unavailable device, or ``out`` is the folder of ``model``.
    :raises StorageError: ``out`` holds files of these names that ragzip did not write, or cannot be written.
    """
    options = RunOptions.checked(tokens, seed, device, precision, minutes, least_tokens=1000)
    machine, seed = options.machine, options.seed
    train_folder, dev_folder, out, work = (
        path_of(path, name, expected="a folder")
        for path, name in ((train_folder, "train"), (dev_folder, "dev"), (out, "out"), (work, "work"))
    )
    refuse_inputs([out], [model])
    check_files(out, WRITER, MODEL_FILES)
    machine.seed(seed)
    data = _read(train_folder, dev_folder, seed)
    embedder = CachedEmbedder(OnnxEmbedder())
    with use_cache(SegmentCache(DiskStore(work / "cache"))):
        network, tokenizer = start(model)
        trained_on = packed_data(packed, train_folder, "checker", tokenizer, seed=seed, embedder=embedder)
        sentences = {name: source["questions"] for name, source in named(trained_on).items()}
        _log.info("%s to train on", sentences)
        plan = options.plan(probes=4, rate=8e-5, decay=0.6)
        probes = {
            "summaries": questions(data.dev[::_PROBE_EVERY], embedder, seed),
            "copies": questions(data.copies, None, seed),
        }
        log = train(network, trained_on, plan, work, ahead_of(tokenizer, probes, machine), machine)
        run = {"plan": asdict(plan), "log": log, "sentences": sentences}
        return _export(network, tokenizer, data, embedder, out, run, seed)


def export_checker(
    network: PrunerNet,
    tokenizer: Any,
    train_folder: Path,
    dev_folder: Path,
    out: Path,
    run: Mapping[str, Any],
    *,
    seed: int = SEED,
) -> dict[str, Any]:
    """The shares refused, as by :func:`train_checker`, by a network that was trained elsewhere and is written to
    ``out``.

    :param run: plan, log and sources of the training.
    """
    check_files(out, WRITER, MODEL_FILES)
    return _export(network, tokenizer, _read(train_folder, dev_folder, seed), CachedEmbedder(OnnxEmbedder()), out,
                   run, seed)  # fmt: skip


class _MeasuredData(NamedTuple):
    """Summaries that were held back, and claims, to fit weights on; and others for the threshold and the figures."""

    held: list[Summary]
    dev: list[Summary]
    copies: list[Summary]
    claims: list[LabelledClaim]
    dev_claims: list[LabelledClaim]


def _read(train_folder: Path, dev_folder: Path, seed: int) -> _MeasuredData:
    summaries, dev_summaries = read_summaries(train_folder, _MAX_REFERENCES), read_summaries(dev_folder)
    copies = read_copies(dev_folder, seed, _DEV_COPIES_SHARE)
    return _MeasuredData(held_back(summaries)[1], dev_summaries, copies, *claim_halves(dev_folder))


def _export(
    network: PrunerNet,
    tokenizer: Any,
    data: _MeasuredData,
    embedder: TextEmbedder,
    out: Path,
    run: Mapping[str, Any],
    seed: int,
) -> dict[str, Any]:
    with replacing_files(out, WRITER) as fresh:
        sample = questions(spread(data.held, _AGREEMENT_SUMMARIES), embedder, seed)
        agreement = write_export(network, tokenizer, fresh, {}, sample, together=True)
        scorer = CachedPassageScorer(load_pruner(fresh)[0])
        held = gather(data.held, embedder, scorer, seed)
        weights = fit(_joined(held, gather_claims(data.claims, embedder, scorer)) if data.claims else held)
        table = gather(data.dev, embedder, scorer, seed)
        weights["threshold"] = threshold(table, weights)
        shares = figures(table, weights)
        copied = figures(gather(data.copies, embedder, scorer, seed), weights)
        shares |= {name: copied[name] for name in ("copied", "shortened")}
        areas = areas_of_claims(gather_claims(data.dev_claims, embedder, scorer), weights) if data.dev_claims else {}
        write(fresh, weights, shares, {**run, "agreement": agreement._asdict(), "claims": areas})
    return shares


def gather(summaries: Sequence[Summary], embedder: TextEmbedder, model: PassageScorer, seed: int) -> FeatureTable:
    """The features of every sentence of ``summaries``, untouched and with errors."""
    feature_rows, kinds, names = [], [], []
    for summary_number, summary_variants in groupby(cases(summaries, seed), key=lambda case: case.summary):
        variants = list(summary_variants)
        sources = Sources(summaries[summary_number].sources, summaries[summary_number].question)
        feature_rows.append(measure([case.text for case in variants], sources, embedder, model).values)
        kinds += [case.kind for case in variants]
        names += [summaries[summary_number].name] * len(variants)
    return FeatureTable(np.concatenate(feature_rows), np.array(kinds), np.array(names))


def gather_claims(claims: Sequence[LabelledClaim], embedder: TextEmbedder, model: PassageScorer) -> FeatureTable:
    """The features of ``claims``, one or more."""
    rows = [measure([claim.text], Sources(claim.sources, claim.title), embedder, model).values for claim in claims]
    kinds = ["supported claim" if claim.is_supported else "unsupported claim" for claim in claims]
    return FeatureTable(np.concatenate(rows), np.array(kinds), np.array([claim.name for claim in claims]))


def _joined(*tables: FeatureTable) -> FeatureTable:
    return FeatureTable(*(np.concatenate(columns) for columns in zip(*tables, strict=True)))


def areas_of_claims(table: FeatureTable, weights: Mapping[str, Any]) -> dict[str, float]:
    """The probability, by set, that an unsupported claim is doubted more than a supported one."""
    doubts, supported = doubt(table.values, weights), table.kinds == "supported claim"
    areas = {}
    for name in dict.fromkeys(table.names.tolist()):
        of_set = table.names == name
        areas[name] = round(area_under_curve(doubts[of_set & ~supported], doubts[of_set & supported]), 4)
    return areas


def ahead_of(
    tokenizer: Any, parts: Mapping[str, Sequence[Question]], machine: Machine | None = None
) -> Callable[[PrunerNet], Mapping[str, float]]:
    """A probe of the network alone, on ``machine``, for each part: the probability that a wrong sentence scores above
    an untouched one (0.5: chance), and the share of wrong ones found when 5 % of the untouched are refused.
    """
    batches_by_part = {name: list(batches_of(tokenizer, part_questions)) for name, part_questions in parts.items()}

    def probe(net: PrunerNet) -> dict[str, float]:
        figures_by_name = {}
        for name, batches in batches_by_part.items():
            values = np.concatenate([relevance(net, batch, machine) for batch in batches])
            wrong = np.concatenate([batch.relevant > 0 for batch in batches])
            figures_by_name[f"{name} ahead"] = area_under_curve(values[wrong], values[~wrong])
            figures_by_name[f"{name} found at 5 %"] = float(
                (values[wrong] > np.quantile(values[~wrong], 1 - REFUSED_SHARE)).mean()
            )
        return figures_by_name

    return probe


def fit(table: FeatureTable) -> dict[str, Any]:
    """The weights by feature name, and a bias, for each type of sentence; fitted on the sentences that
    :func:`~ragzip.compressors.checking.check.lacks_fact` does not decide.
    """
    table = FeatureTable(*(column[~lacks_fact(table.values)] for column in table))
    denies = table.values[:, FEATURES.index("negated")] > 0
    return {
        sentence_type: _fitted(FeatureTable(*(column[selected] for column in table)))
        for sentence_type, selected in zip(SENTENCE_TYPES, (denies, ~denies), strict=True)
    }


def _fitted(table: FeatureTable) -> dict[str, float]:
    features = torch.tensor(table.values)
    is_wrong = torch.tensor(~np.isin(table.kinds, _RIGHT)).double()
    case_weights = torch.tensor([_KIND_WEIGHTS[kind] for kind in table.kinds.tolist()], dtype=torch.float64)
    deviations = features.std(0)
    deviations[~(deviations > _MIN_DEVIATION)] = math.inf  # constant features get no weight
    weights = torch.zeros(features.shape[1] + 1, dtype=torch.float64, requires_grad=True)

    def loss() -> torch.Tensor:
        logits = (features / deviations) @ weights[:-1] + weights[-1]
        wrong_loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, is_wrong, weight=case_weights)
        return wrong_loss + _WEIGHT_DECAY * (weights[:-1] ** 2).sum()

    minimise(weights, loss)
    unscaled = (weights.detach()[:-1] / deviations).tolist()
    weights_by_name = {name: round(value, 4) for name, value in zip(FEATURES, unscaled, strict=True)}
    return weights_by_name | {"bias": round(float(weights.detach()[-1]), 4)}


def threshold(table: FeatureTable, weights: Mapping[str, Any]) -> float:
    """The doubt from which :data:`REFUSED_SHARE` of the untouched sentences are refused."""
    untouched = doubt(table.values[table.kinds == "untouched"], weights)
    return math.ceil(1e4 * np.quantile(untouched, 1 - REFUSED_SHARE, method="higher") + 0.5) / 1e4


def figures(table: FeatureTable, weights: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The share refused of each kind, over all and by name, with the number of sentences."""
    refused = doubt(table.values, weights) >= weights["threshold"]
    shares: dict[str, dict[str, Any]] = {}
    for name in ("all", *dict.fromkeys(table.names.tolist())):
        of_set = np.ones(len(refused), bool) if name == "all" else table.names == name
        shares[name] = {}
        for kind in KINDS:
            of_kind = refused[of_set & (table.kinds == kind)]
            if len(of_kind):
                shares[name][kind] = {"refused": round(float(of_kind.mean()), 4), "n": len(of_kind)}
    return shares


def write(out: Path, weights: Mapping[str, Any], shares: dict[str, Any], run: dict[str, Any]) -> None:
    """Add weights, figures and the run to config.json of an export."""
    settings = json.loads((out / "config.json").read_text("utf-8"))
    settings["ragzip"] |= {"doubt": weights_by_file_key(weights), "figures": shares, "run": run}
    (out / "config.json").write_text(json.dumps(settings, indent=1) + "\n", "utf-8")
