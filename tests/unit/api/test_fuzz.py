"""Drawn pipelines over drawn contexts, with benchmarks/fuzz.py: no untyped error, no budget broken, one answer."""

import random
import sys
from pathlib import Path

import pytest

from ragzip.testing import FakePassageScorer

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))
try:
    from fuzz import Draw, compressors, group, run
    from fuzz_texts import KINDS, structured_text
finally:
    sys.path.remove(str(BENCHMARKS))

SEEDS = (21, 2101, 2102, 2103)


def test_drawn_pipelines(at_length):
    assert run(2_000 if at_length else 64, SEEDS[0], report=False) == []


@pytest.mark.parametrize("seed", ["2811:281", "2811:593", "2811:1158", "2811:1785"])
def test_drawn_pipelines_that_were_at_fault(seed):
    """Giving up a unit for a heading made JSON longer, as a sign says that it was left out. What a terminal shows of a
    text had the places of that where it was opened.
    """
    assert group(Draw(random.Random(seed), compressors(FakePassageScorer())))


def test_drawn_texts_are_of_every_kind():
    """Undamaged texts of most draws are taken for their kind, so that its reader is what is tried."""
    from ragzip.text.structure.readers import structure_of

    kinds = {"nested JSON": "json", "csv": "table", "toml": "config"}
    draw = random.Random(21)
    for kind, (make, mimes, names) in KINDS.items():
        read = [structure_of(make(draw), mimes[0], names[0]).kind for _ in range(20)]
        assert read.count(kinds.get(kind, kind)) >= 10, (kind, read)
    assert len({structured_text(draw).text for _ in range(50)}) > 40


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_many_drawn_pipelines(seed):
    """20,000 inputs in all."""
    assert run(5_000, seed, report=False) == []
