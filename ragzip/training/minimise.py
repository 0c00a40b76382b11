"""The smallest value of a smooth loss of few parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

__all__ = ["minimise"]

_MAX_STEPS = 500


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
