"""LongBench-E (Bai et al. 2023, arXiv 2308.14508): 13 tasks of LongBench, spread evenly over three ranges of length."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ragzip.eval.suites.example import Example
from ragzip.eval.suites.format import HubDataset, SuiteFormat, SuiteRequest
from ragzip.eval.suites.longbench import EVEN, RECORD_KEYS, REPOSITORY, bucket, examples_of_files

__all__ = ["SUITE"]

_HUB_DATASET = HubDataset(REPOSITORY, tuple(f"{name}_e" for name in EVEN))


def _examples(request: SuiteRequest) -> Iterator[Example]:
    return examples_of_files(request, _HUB_DATASET, even=True)


def _matches_record(keys: Collection[str], stems: Collection[str]) -> bool:
    return {*keys} >= RECORD_KEYS and all(stem.endswith("_e") for stem in stems)


SUITE = SuiteFormat(
    name="longbench-e",
    about="LongBench-E, 13 tasks in three ranges of length",
    examples=_examples,
    matches_record=_matches_record,
    hub=_HUB_DATASET,
    folder="longbench",
    length_range=bucket,
)
