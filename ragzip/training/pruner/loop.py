"""The training of the pruner in the common loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ragzip.training.batch import Batch
from ragzip.training.loop import Plan, plan_on
from ragzip.training.loop import run as run_loop
from ragzip.training.machine import Machine, machine_of
from ragzip.training.packed.format import Packed
from ragzip.training.packed.sampler import batches
from ragzip.training.pruner.model import PrunerNet, losses, run

__all__ = ["train", "train_on"]

_WEIGHTS = {"sentence": 1.0, "list": 1.0, "passage": 0.3, "passages": 0.3, "word": 1.0}
_HEAD_RATE = 5.0  # the new head learns faster than the encoder


def train(
    net: PrunerNet,
    packed: Packed,
    plan: Plan,
    folder: Path,
    probe: Callable[[PrunerNet], Mapping[str, float]] | None = None,
    machine: Machine | None = None,
) -> list[dict[str, Any]]:
    """The log of training ``net`` in place on packed questions, at their shares; see :func:`train_on`."""

    def drawn(plan: Plan, skip: int) -> Iterator[Batch]:
        return batches(packed, None, plan.seed, plan.batch_tokens, skip)

    return train_on(net, drawn, plan, folder, probe, machine)


def train_on(
    net: PrunerNet,
    drawn: Callable[[Plan, int], Iterator[Batch]],
    plan: Plan,
    folder: Path,
    probe: Callable[[PrunerNet], Mapping[str, float]] | None = None,
    machine: Machine | None = None,
) -> list[dict[str, Any]]:
    """The log of training ``net`` in place; see :func:`ragzip.training.loop.run`. ``net`` is on the CPU afterwards.

    :param drawn: endless batches of a plan, without so many at the start.
    :param plan: for the CPU; see :func:`~ragzip.training.loop.plan_on`.
    :param probe: figures of the development data, by name, from the network as it is on ``machine``.
    :param machine: to train on; default: the CPU.
    """
    machine = machine or machine_of("cpu")
    plan = plan_on(plan, machine, folder)
    net.to(machine.device).train()
    trainable = [parameter for parameter in net.parameters() if parameter.requires_grad]
    head_ids = {id(parameter) for parameter in net.head.parameters()}
    groups = [
        {
            "params": [parameter for parameter in trainable if id(parameter) not in head_ids and parameter.ndim > 1],
            "weight_decay": 0.01,
            "factor": 1.0,
        },
        {
            "params": [parameter for parameter in trainable if id(parameter) not in head_ids and parameter.ndim == 1],
            "weight_decay": 0.0,
            "factor": 1.0,
        },
        {"params": list(net.head.parameters()), "weight_decay": 0.0, "factor": _HEAD_RATE},
    ]

    def batch_losses(batch: Batch) -> Mapping[str, Any]:
        return losses(batch, run(net, batch, plan.micro_tokens, machine))

    figures = None if probe is None else partial(_probed, net, probe)
    held = net.state_dict()
    try:
        return run_loop(
            plan, groups, partial(drawn, plan), batch_losses, held, folder, machine=machine, weights=_WEIGHTS,
            probe=figures,
        )  # fmt: skip
    finally:
        net.to("cpu")


def _probed(net: PrunerNet, probe: Callable[[PrunerNet], Mapping[str, float]]) -> Mapping[str, float]:
    net.eval()
    try:
        return probe(net)
    finally:
        net.train()
