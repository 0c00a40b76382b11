"""Questions with documents and supporting spans: the QA schema that ``ragzip train`` reads, too."""

from __future__ import annotations

from collections.abc import Collection

from ragzip.eval.suites.format import SuiteFormat
from ragzip.eval.suites.questions import examples

__all__ = ["SUITE"]

_RECORD_KEYS = frozenset({"question", "documents", "answers", "support_spans"})


def _matches_record(keys: Collection[str], _: Collection[str]) -> bool:
    return {*keys} >= _RECORD_KEYS


SUITE = SuiteFormat(
    name="qa",
    about="questions, documents and supporting spans (QA schema)",
    examples=examples,
    matches_record=_matches_record,
)
