"""Fits of few parameters: the smallest value of a smooth loss, and scores as log-odds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

__all__ = ["Calibration", "calibrated", "minimise"]

_MAX_STEPS = 500


class Calibration(NamedTuple):
    """Scale and bias with which scores are the log-odds of being right."""

    scale: float
    bias: float


def minimise(parameters: torch.Tensor, loss_of: Callable[[], torch.Tensor]) -> None:
    """Set ``parameters`` to the minimum of a loss near where they are (L-BFGS, strong Wolfe line search).

    :param loss_of: the loss of ``parameters`` as they are.
    """
    optimizer: Any = torch.optim.LBFGS([parameters], max_iter=_MAX_STEPS, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss: Any = loss_of()
        loss.backward()
        return loss  # type: ignore[no-any-return]

    optimizer.step(closure)


def calibrated(
    scores: npt.NDArray[np.float64],
    is_right: npt.NDArray[np.bool_],
    weights: npt.NDArray[np.float64],
    *,
    start: Calibration,
) -> Calibration:
    """The calibration of ``scores`` by a logistic regression (Platt 1999), from ``start`` on. *Shape:* (n,) each."""
    values, targets = torch.tensor(scores), torch.tensor(is_right, dtype=torch.float64)
    line = torch.tensor(start, dtype=torch.float64, requires_grad=True)

    def loss() -> torch.Tensor:
        return torch.nn.functional.binary_cross_entropy_with_logits(
            values * line[0] + line[1], targets, weight=torch.tensor(weights), reduction="sum"
        )

    minimise(line, loss)
    return Calibration(*line.detach().tolist())
