"""A user's own questions, with their context in the record, in files or in a folder of documents."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from ragzip.eval.suites.format import SuiteFormat
from ragzip.eval.suites.questions import QUESTION_KEYS, examples

__all__ = ["SUITE"]


def _matches_folder(folder: Path, stems: Collection[str]) -> bool:
    return "questions" in stems or (folder / "documents").is_dir()


def _matches_record(keys: Collection[str], _: Collection[str]) -> bool:
    return any(key in keys for key in QUESTION_KEYS)


SUITE = SuiteFormat(
    name="own",
    about="questions of your own: JSON Lines or CSV, with their context or a folder of documents",
    examples=examples,
    matches_folder=_matches_folder,
    matches_record=_matches_record,
)
