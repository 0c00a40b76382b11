"""What the suites for compressors share."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ragzip.cache import SegmentCache
from ragzip.compressors.base import Compressor
from ragzip.compressors.registry import shared
from ragzip.pipeline import Pipeline
from ragzip.result import Result
from ragzip.testing.fakes import MemoryStore
from ragzip.testing.final import Final

__all__ = ["TARGETS", "Suite", "generated"]

TARGETS = st.sampled_from([1, 2, 3, 5, 10, 20, 50, 200])


def generated(examples: int) -> settings:
    """The same ``examples`` every time."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow, HealthCheck.data_too_large],
    )


class Suite(Final):
    """The compressor under test, and how it is run."""

    name: str = ""
    _cache = SegmentCache(MemoryStore())

    def make(self) -> Compressor:
        """The compressor under test; default: the registered one called ``name``."""
        return shared(self.name)

    def run(self, context: Any, query: str | None = None, **options: Any) -> Result:
        """Compress with the compressor under test; what is cached is shared by the tests."""
        return Pipeline(self.make(), **{"cache": self._cache, **options}).run(context, query)
