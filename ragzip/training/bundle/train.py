"""The training of an unpacked bundle, and the files of its results."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ragzip.soft.adapters import FILES as ADAPTER_FILES
from ragzip.training.loop import Plan, minutes_of
from ragzip.training.machine import Machine, machine_of
from ragzip.training.packed.make import named, packed_file
from ragzip.training.pruner.loop import train
from ragzip.training.pruner.model import PrunerNet
from ragzip.training.pruner.probes import checker_probe, pruner_probe
from ragzip.training.pruner.recipe import start
from ragzip.training.start_weights import write_network

__all__ = [
    "ADAPTER",
    "CHECKPOINT",
    "DESCRIPTION",
    "DEV",
    "MODEL",
    "PLANS",
    "READER",
    "RUN",
    "TRAIN",
    "WEIGHTS",
    "train_bundled",
]

DESCRIPTION = "bundle.json"
TRAIN, DEV, MODEL, READER = "train.packed", "dev.packed", "model", "reader"  # in a bundle
WEIGHTS, ADAPTER, RUN, CHECKPOINT = "weights", "adapter", "run.json", "checkpoint.pt"  # in its results
PLANS = {  # of encoders, whose learning rate is that of the recipe when it starts from trained weights
    "pruner": Plan(tokens=1, rate=6e-5),
    "checker": Plan(tokens=1, rate=8e-5, decay=0.6),
}
_PROBES: dict[str, Callable[..., Callable[[PrunerNet], Mapping[str, float]]]] = {
    "pruner": pruner_probe,
    "checker": checker_probe,
}


def train_bundled(
    bundle: Path,
    work: Path,
    *,
    tokens: int | None = None,
    minutes: float | None = None,
    device: str = "auto",
    precision: str = "auto",
    checkpoint: bool = False,
) -> dict[str, Path]:
    """The files of the results, by their names in the archive of them. ``work`` gets the log and the checkpoint, from
    which the same call resumes.

    :param bundle: the folder of an unpacked bundle, see :mod:`ragzip.training.bundle.make`.
    :param tokens: to train on; default: as bundled.
    :param checkpoint: include the checkpoint.
    """
    description = json.loads((bundle / DESCRIPTION).read_text("utf-8"))
    tokens = int(description["tokens"]) if tokens is None else tokens
    if description["recipe"] in PLANS:
        results = _train_encoder(bundle, work, description, tokens, minutes_of(minutes), machine_of(device, precision))
        checkpoint_file = work / CHECKPOINT
    else:
        results = _train_adapter(
            bundle, work, description, tokens=tokens, minutes=minutes, device=device, precision=precision
        )
        checkpoint_file = work / ADAPTER / "work" / CHECKPOINT
    return results | ({CHECKPOINT: checkpoint_file} if checkpoint else {})


def _train_encoder(
    bundle: Path, work: Path, description: Mapping[str, Any], tokens: int, minutes: float | None, machine: Machine
) -> dict[str, Path]:
    recipe, seed = description["recipe"], int(description["seed"])
    plan = replace(PLANS[recipe], tokens=tokens, seed=seed, minutes=minutes, probe_every=max(1, tokens // 5))
    if description["rate"] is not None:
        plan = replace(plan, rate=float(description["rate"]))
    machine.seed(seed)
    net, tokenizer = start(bundle / MODEL)
    packed = packed_file(bundle / TRAIN, tokenizer)
    dev = bundle / DEV
    probe = _PROBES[recipe](packed_file(dev, tokenizer), machine) if dev.is_file() else None
    log = train(net, packed, plan, work, probe, machine)
    run = {"recipe": recipe, "plan": asdict(plan), "log": log, "sources": named(packed)}
    weights = work / WEIGHTS
    write_network(net, tokenizer, weights)
    (work / RUN).write_text(json.dumps(run) + "\n", "utf-8")
    return {WEIGHTS: weights, RUN: work / RUN}


def _train_adapter(bundle: Path, work: Path, description: Mapping[str, Any], **options: Any) -> dict[str, Path]:
    from ragzip.training.soft.recipe import train_soft

    method, out = description["recipe"], work / ADAPTER
    dev = [bundle / DEV] if (bundle / DEV).is_file() else []
    reader = bundle / READER if (bundle / READER).is_dir() else None
    model = bundle / MODEL / description["model_file"] if description["model_file"] else bundle / MODEL
    figures = train_soft(
        method, model, [bundle / TRAIN], out, dev=dev, reader=reader, seed=int(description["seed"]), **options
    )
    (work / RUN).write_text(json.dumps({"recipe": method, **figures}) + "\n", "utf-8")
    return {ADAPTER + "/" + name: out / name for name in ADAPTER_FILES} | {RUN: work / RUN}
