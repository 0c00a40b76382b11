"""How much each piece of evidence counts against a sentence, and the doubt from which it is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from ragzip.backends.base import PassageScorer, TextEmbedder
from ragzip.faith.check import KINDS as EVIDENCE
from ragzip.faith.check import WAYS, doubt, measured, nowhere
from ragzip.faith.evidence import Sources
from ragzip.training.faith.data import KINDS, Summary, cases
from ragzip.training.machine import Machine
from ragzip.training.pruner.data import Question
from ragzip.training.pruner.evaluate import batches_of, relevance
from ragzip.training.pruner.model import PrunerNet

__all__ = ["Table", "ahead_of", "figures", "fit", "gather", "threshold", "write"]

REFUSED = 0.05  # of untouched sentences, at the threshold
_COUNTS = {
    "untouched": 3.0,
    "number": 1.0,
    "name": 1.0,
    "name of the source": 1.0,
    "denial put in": 1.5,
    "denial taken out": 3.0,
}
_SAME = 1e-6  # spread of a kind of evidence that is the same in all sentences
_TIE = 0.03  # of 3e-4 to 0.1 the one that finds most when a fifth of the sentences is left out in turn


class Table(NamedTuple):
    """What counts for or against all cases, with their kinds and the sets that they are from.

    *Shapes:* (n, kinds of evidence), (n,), (n,).
    """

    values: Any
    kinds: Any
    names: Any


def gather(summaries: Sequence[Summary], embedder: TextEmbedder, model: PassageScorer, seed: int) -> Table:
    """Every sentence of ``summaries``, untouched and made wrong."""
    rows, kinds, names = [], [], []
    for i, mine in groupby(cases(summaries, seed), key=lambda case: case.summary):
        listed = list(mine)
        read = Sources(summaries[i].sources, summaries[i].question)
        rows.append(measured([case.text for case in listed], read, embedder, model).values)
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
    table = Table(*(column[~nowhere(table.values)] for column in table))
    denies = table.values[:, EVIDENCE.index("denies")] > 0
    return {
        way: _fitted(Table(*(column[mine] for column in table)))
        for way, mine in zip(WAYS, (denies, ~denies), strict=True)
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
    out = {name: round(value, 4) for name, value in zip(EVIDENCE, found, strict=True)}
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
    settings["ragzip"] |= {"doubt": weights, "figures": found, "run": run}
    (out / "config.json").write_text(json.dumps(settings, indent=1) + "\n", "utf-8")
