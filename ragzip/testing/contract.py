"""The base of the suites for compressors: a compressor is run, and examples are drawn for a test."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from ragzip.cache import SegmentCache
from ragzip.compressors.base import Compressor
from ragzip.compressors.registry import shared_compressor
from ragzip.pipeline import Pipeline
from ragzip.result import Result
from ragzip.testing.fakes import MemoryStore
from ragzip.testing.final import Final

__all__ = ["ContractSuite", "generated", "is_at_length", "of_profile"]

_SuiteT = TypeVar("_SuiteT", bound="ContractSuite")
_ExampleT = TypeVar("_ExampleT")
_MANY_EXAMPLES = 200
_NOT_CHECKED = [HealthCheck.differing_executors, HealthCheck.too_slow, HealthCheck.data_too_large]


class ContractSuite(Final):
    """The compressor under test, and how it is run."""

    name: str = ""
    _cache = SegmentCache(MemoryStore())

    def make(self) -> Compressor:
        """The compressor under test; default: the registered one called ``name``."""
        return shared_compressor(self.name)

    def run(self, context: Any, query: str | None = None, **options: Any) -> Result:
        """The result of the compressor under test; cached scores are shared by the tests."""
        return Pipeline(self.make(), **{"cache": self._cache, **options}).run(context, query)


def generated(
    examples: st.SearchStrategy[_ExampleT], *, share: float = 1.0
) -> Callable[[Callable[[_SuiteT, _ExampleT], None]], Callable[[_SuiteT], None]]:
    """A decorator: the test is run on drawn ``examples``, ``share`` times as many as the hypothesis profile says.

    Under a profile that is derandomized each class of a suite has examples of its own, the same ones every time; under
    any other they are new each time.
    """

    def decorate(test: Callable[[_SuiteT, _ExampleT], None]) -> Callable[[_SuiteT], None]:
        def run(self: _SuiteT) -> None:
            def check(example: _ExampleT) -> None:
                test(self, example)

            check.__name__ = test.__name__
            check.__qualname__ = f"{type(self).__qualname__}.{test.__name__}"
            run_examples(check, examples, share=share)

        run.__name__, run.__qualname__, run.__doc__ = test.__name__, test.__qualname__, test.__doc__
        return run

    return decorate


def run_examples(check: Callable[[_ExampleT], None], examples: st.SearchStrategy[_ExampleT], *, share: float) -> None:
    """Call ``check`` on each example, as :func:`generated` says."""
    drawn = of_profile(share)(given(examples)(check))
    if settings().derandomize:
        drawn = seed(zlib.crc32(check.__qualname__.encode()))(drawn)
    drawn()


def is_at_length() -> bool:
    """Whether the hypothesis profile is the one with many examples: then sizes are large too."""
    return settings().max_examples >= _MANY_EXAMPLES


def of_profile(share: float = 1.0) -> settings:
    """Settings with ``share`` times as many examples as the hypothesis profile says."""
    return settings(
        max_examples=max(1, round(share * settings().max_examples)), deadline=None, suppress_health_check=_NOT_CHECKED
    )
