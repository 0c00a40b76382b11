"""Drawn pipelines over drawn contexts, with benchmarks/fuzz.py: no untyped error, no budget broken, one answer."""

import pytest

from benchmarks.fuzz import run

SEEDS = (21, 2101, 2102, 2103)


def test_drawn_pipelines(at_length):
    assert run(2_000 if at_length else 64, SEEDS[0], report=False) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_many_drawn_pipelines(seed):
    """20,000 inputs in all."""
    assert run(5_000, seed, report=False) == []
