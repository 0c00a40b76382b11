"""Questions with supporting passages, out of files in the QA schema (see ragzip.training.pruner.data)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ragzip.errors import InputError
from ragzip.files.rows import DataRow, rows
from ragzip.text.titles import titled

__all__ = ["RankedPassages", "RankingBatch", "RankingQuestion", "batches", "read_ranking_questions"]


@dataclass(frozen=True)
class RankingQuestion:
    """A question, its answers, and the numbers of the passages that support it."""

    query: str
    answers: tuple[str, ...]
    positives: tuple[int, ...]


@dataclass
class RankedPassages:
    """Distinct texts in the order in which they came, as embedders read them (with their title)."""

    texts: list[str] = field(default_factory=list)
    number_by_text: dict[str, int] = field(default_factory=dict)

    def number_of(self, text: str) -> int:
        """The number of ``text``, which is added if it is new."""
        number = self.number_by_text.setdefault(text, len(self.texts))
        if number == len(self.texts):
            self.texts.append(text)
        return number


@dataclass(frozen=True)
class RankingBatch:
    """Questions with one positive each, and their token ids."""

    questions: tuple[RankingQuestion, ...]
    positives: tuple[int, ...]
    ids: tuple[tuple[int, ...], ...]

    @property
    def tokens(self) -> int:
        return sum(map(len, self.ids))


def read_ranking_questions(files: Iterable[Path], passages: RankedPassages) -> list[RankingQuestion]:
    """The questions that have a supporting document; every document of the files is added to ``passages``.

    :raises InputError: a record that lacks a key, or no such question.
    """
    files = list(files)
    questions = []
    for file in files:
        for where, record in rows(file):
            try:
                questions.append(_question_of(record, passages))
            except (KeyError, TypeError, AttributeError) as error:
                raise InputError(
                    f"{where}: {type(error).__name__} {error}; expected a record in the QA schema, see "
                    "ragzip.training.pruner.data."
                ) from error
    supported = [question for question in questions if question.positives]
    if not supported:
        raise InputError(
            f"data: received {', '.join(map(str, files))}, without a question that has a supporting document."
        )
    return supported


def _question_of(record: DataRow, passages: RankedPassages) -> RankingQuestion:
    supporting_ids = {span["doc"] for span in record["support_spans"]}
    positives = []
    for document in record["documents"]:
        number = passages.number_of(titled(document["title"], document["text"]))
        if document.get("support") or document["id"] in supporting_ids:
            positives.append(number)
    return RankingQuestion(record["question"], tuple(record["answers"]), tuple(dict.fromkeys(positives)))


def batches(
    questions: Sequence[RankingQuestion],
    ids: Sequence[tuple[int, ...]],
    batch_tokens: int,
    seed: int,
    skip: int = 0,
) -> Iterator[RankingBatch]:
    """Endless batches of about ``batch_tokens`` tokens, the same for a seed: every question once in each epoch, with
    one of its positives drawn.

    :param ids: token ids of each question.
    :param skip: without so many batches at the start.
    """
    rng = np.random.default_rng(seed)
    batch_number, pending, positives, tokens = 0, [], [], 0
    while True:
        for number in rng.permutation(len(questions)).tolist():
            choices = questions[number].positives
            pending.append(number)
            positives.append(choices[int(rng.integers(len(choices)))])
            tokens += len(ids[number])
            if tokens < batch_tokens:
                continue
            if batch_number >= skip:
                yield RankingBatch(
                    tuple(questions[row] for row in pending), tuple(positives), tuple(ids[row] for row in pending)
                )
            batch_number, pending, positives, tokens = batch_number + 1, [], [], 0
