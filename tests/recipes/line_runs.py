"""Runs of the training loop that learn a line, stopped and broken in every way."""

import math
import os
import signal
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from ragzip.training.loop import Plan, run

BATCH_TOKENS = 10


class Numbers:
    """A batch of the line that is learnt, from its number alone."""

    tokens = BATCH_TOKENS

    def __init__(self, number):
        self.number = number
        self.inputs = torch.from_numpy(np.random.default_rng((7, number)).normal(size=(8, 3))).float()


class Stop(Exception):
    pass


def train_line(
    folder,
    *,
    steps=80,
    minutes=None,
    stop_at=None,
    interrupted_at=None,
    presses=1,
    broken_at=None,
    bare_at=None,
    wait=0.0,
    probe=None,
    **changes,
):
    """The log and the final weights of a noisy linear regression; noise comes from torch's generator."""
    torch.manual_seed(3)
    weight = torch.zeros(3, requires_grad=True)
    plan = Plan(tokens=steps * BATCH_TOKENS, rate=0.05, seed=1, save_every=0.0, probe_every=10**9, minutes=minutes)

    def batches(skip):
        number = skip
        while True:
            if number == stop_at:
                raise Stop
            yield Numbers(number)
            number += 1

    def line_losses(batch):
        time.sleep(wait)
        if batch.number == interrupted_at:
            for _ in range(presses):
                os.kill(os.getpid(), signal.SIGINT)
        if batch.number == bare_at:
            return {}
        target = batch.inputs @ torch.tensor([1.0, -2.0, 3.0]) + 0.1 * torch.randn(8)
        error = batch.inputs @ weight - target
        if batch.number == broken_at:
            error = error * torch.tensor(math.inf)
        return {"square": (error**2).mean(), "absolute": error.abs().mean()}

    groups = [{"params": [weight], "weight_decay": 0.01, "factor": 1.0}]
    log = run(replace(plan, **changes), groups, batches, line_losses, {"weight": weight}, folder, probe=probe)
    return log, weight.detach()


def full_rows(log):
    return {row["step"]: (row["square"], row["absolute"]) for row in log if row["step"] % 25 == 0 and row["step"]}


def assert_same_run(left, right):
    """Losses, learning rates and weights of two runs are equal within 1e-4."""
    assert full_rows(left[0]).keys() == full_rows(right[0]).keys()
    for step, values in full_rows(left[0]).items():
        assert values == pytest.approx(full_rows(right[0])[step], abs=1e-4)
    assert left[0][-1]["step"] == right[0][-1]["step"]
    assert left[0][-1]["square"] == pytest.approx(right[0][-1]["square"], abs=1e-4)
    torch.testing.assert_close(left[1], right[1], atol=1e-4, rtol=0)
