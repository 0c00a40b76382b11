"""How states are merged."""

import numpy as np
import pytest
import torch

from ragzip.soft.encoders.base import group_mean, group_weighted, runs_weighted


def test_groups_are_averaged_and_so_is_the_rest():
    states = torch.arange(10.0).view(1, 5, 2)
    assert group_mean(states, 2).tolist() == [[[1, 2], [5, 6], [8, 9]]]
    for size in (8, 10**12):  # of which there are none, and for which there is no room
        assert group_mean(states, size).flatten().tolist() == pytest.approx([4, 5])


def test_a_run_ends_at_a_weighty_state():
    states = torch.arange(6.0).view(1, 6, 1)
    weights = torch.tensor([[-100.0, 0.0, 0.0, -100.0, 5.0, 5.0]])
    found = runs_weighted(states, weights, 3).flatten().tolist()
    assert found == pytest.approx([(1 + 2 + 4 * np.exp(5)) / (2 + np.exp(5)), 5.0], abs=1e-5)
    assert torch.allclose(runs_weighted(states, torch.zeros(1, 6), 4), group_mean(states, 4))
    assert torch.allclose(group_weighted(states, torch.zeros(1, 6), 4), group_mean(states, 4))
    assert group_weighted(states, weights, 3).flatten().tolist() == pytest.approx([1.5, 4.5], abs=1e-5)
