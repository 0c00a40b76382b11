"""Questions with documents and supporting spans: the QA schema that ``ragzip train`` reads, too."""

from __future__ import annotations

from ragzip.eval.suites.format import SuiteFormat, has_keys
from ragzip.eval.suites.questions import examples

__all__ = ["SUITE"]


SUITE = SuiteFormat(
    name="qa",
    about="questions, documents and supporting spans (QA schema)",
    examples=examples,
    matches_record=has_keys(["question", "documents", "answers", "support_spans"]),
)
