"""Labelled windows of text, and batches of them as flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from ragzip.errors import InputError

__all__ = ["Batch", "LabelledWindow"]

Integers = npt.NDArray[Any]


@dataclass(frozen=True)
class LabelledWindow:
    """One window with its labels. ``sentence`` is the index of each token's sentence in the window, -1 for none."""

    ids: list[int]
    sentence: list[int]
    keep: list[bool]  # by sentence; empty: no label
    relevant: bool | None
    word: list[float]  # by token, -1 for no label
    word_weight: float


@dataclass(frozen=True, eq=False)
class Batch:
    """Windows of whole questions. Labels are 1, 0, or -1 for none.

    :param ids: token ids of all rows, concatenated. *Shape:* (tokens,).
    :param offsets: row ``i`` has the tokens ``offsets[i]`` to ``offsets[i + 1]``. *Shape:* (rows + 1,).
    :param sentence: index in the batch of each token's sentence, -1 for none. *Shape:* (tokens,).
    :param keep: whether the answer needs a sentence. *Shape:* (sentences,).
    :param sentence_question: index of each sentence's question. *Shape:* (sentences,).
    :param relevant: whether a window holds something of the answer. *Shape:* (rows,).
    :param row_question: index of each row's question. *Shape:* (rows,).
    :param word: whether a token belongs to a word that is kept. *Shape:* (tokens,).
    :param word_weight: of a token's word label in the loss. *Shape:* (tokens,), float32.
    :param answerable: whether something in the rows of a question answers it. Where nothing does, none of its
        sentences is kept and none of its windows relevant, whatever the other labels say. *Shape:* (questions,).
    :raises InputError: arrays whose lengths do not belong together.
    """

    ids: Integers
    offsets: Integers
    sentence: Integers
    keep: Integers
    sentence_question: Integers
    relevant: Integers
    row_question: Integers
    word: Integers
    word_weight: npt.NDArray[Any]
    answerable: Integers | None = None

    def __post_init__(self) -> None:
        lengths = {
            "ids": (self.ids, self.sentence, self.word, self.word_weight),
            "relevant": (self.relevant, self.row_question, self.offsets[1:]),
            "keep": (self.keep, self.sentence_question),
        }
        for name, arrays in lengths.items():
            if len({len(array) for array in arrays}) > 1:
                raise InputError(
                    f"batch: received arrays of {[len(array) for array in arrays]} items, expected as many as {name}."
                )

    @property
    def tokens(self) -> int:
        return len(self.ids)

    @property
    def lengths(self) -> Integers:
        """Tokens of each row. *Shape:* (rows,)."""
        return np.diff(self.offsets)

    @property
    def keep_labels(self) -> Integers:
        """``keep``, 0 for all sentences of an unanswerable question, -1 for a sentence without a token."""
        labels = self._answered(self.keep, self.sentence_question)
        inside = self.sentence[self.sentence >= 0]
        return np.where(np.bincount(inside, minlength=len(labels)) > 0, labels, -1)

    @property
    def relevant_labels(self) -> Integers:
        """``relevant``, 0 for all rows of an unanswerable question."""
        return self._answered(self.relevant, self.row_question)

    def _answered(self, labels: Integers, question: Integers) -> Integers:
        if self.answerable is None or not len(question):
            return labels
        return np.where(self.answerable[question] == 0, 0, labels)

    def same(self, other: Batch) -> bool:
        """Whether ``other`` has equal arrays."""
        pairs = [(getattr(self, field.name), getattr(other, field.name)) for field in fields(self)]
        return all((mine is None and theirs is None) or np.array_equal(mine, theirs) for mine, theirs in pairs)

    @classmethod
    def from_rows(cls, rows: Sequence[LabelledWindow], question: Sequence[int]) -> Batch:
        """The batch of ``rows``; ``question`` has the index of each row's question."""
        sentence_counts = [1 + max(row.sentence, default=-1) for row in rows]
        first_sentences = np.cumsum([0, *sentence_counts])[:-1]
        sentence = np.array([value for row in rows for value in row.sentence], np.int32)
        lengths = [len(row.ids) for row in rows]
        shift = np.repeat(first_sentences, lengths)
        keep = [row.keep if row.keep else [-1] * count for row, count in zip(rows, sentence_counts, strict=True)]
        row_questions = np.array(question, np.int64)
        return cls(
            ids=np.array([value for row in rows for value in row.ids], np.int32),
            offsets=np.cumsum([0, *lengths]),
            sentence=np.where(sentence >= 0, sentence + shift, -1).astype(np.int32),
            keep=np.array([label for labels in keep for label in labels], np.int8),
            sentence_question=np.repeat(row_questions, [len(labels) for labels in keep]),
            relevant=np.array([-1 if row.relevant is None else row.relevant for row in rows], np.int8),
            row_question=row_questions,
            word=np.array([label for row in rows for label in row.word], np.int8),
            word_weight=np.repeat(np.array([row.word_weight for row in rows], np.float32), lengths),
        )
