"""The table of suites: a new suite is a file in this folder and a line in :data:`_MODULES`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from ragzip.eval.suites.format import SuiteFormat

__all__ = ["FORMATS", "length_range_of"]

# A path is taken for the first suite whose form it has: the special forms come first, "own" last.
_MODULES = (
    "longbench",
    "longbench_e",
    "meetings",
    "meetingbank",
    "qa",
    "html",
    "decisions",
    "tool_results",
    "own",
)


def _format(module: str) -> SuiteFormat:
    suite_format: SuiteFormat = import_module(f"ragzip.eval.suites.{module}").SUITE
    return suite_format


FORMATS: dict[str, SuiteFormat] = {suite.name: suite for suite in map(_format, _MODULES)}


def length_range_of(suite: str) -> Callable[[int], str] | None:
    """The labels of the ranges of lengths that a suite is also reported by; None for a suite without them."""
    return FORMATS[suite].length_range if suite in FORMATS else None
