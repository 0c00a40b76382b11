"""Questions with supporting passages, out of files in the QA schema (see ragzip.training.pruner.data)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ragzip.errors import InputError
from ragzip.eval.measures.kept import contains
from ragzip.files.rows import DataRow, rows
from ragzip.retrievers.base import to_passages
from ragzip.retrievers.dense import embedded_text
from ragzip.types import Document

__all__ = ["RankedPassages", "RankingBatch", "RankingQuestion", "batches", "read_ranking_questions"]


@dataclass(frozen=True)
class RankingQuestion:
    """A question, its answers, and the numbers of the passages that support it."""

    query: str
    answers: tuple[str, ...]
    positives: tuple[int, ...]


@dataclass
class RankedPassages:
    """Passages in the order in which they came, each once, by their numbers.

    :param cut: the passages of a document, as the index has them.
    :param situated: whether the same text in another document is another passage.
    :ivar texts: as embedders read them (with their title).
    :ivar documents: those that :meth:`numbers_in` got, each once, and the numbers of their passages.
    """

    cut: Callable[[Document], Sequence[Document]] = lambda document: to_passages([document])
    situated: bool = False
    texts: list[str] = field(default_factory=list)
    documents: list[tuple[Document, list[int]]] = field(default_factory=list)
    _number_by_key: dict[tuple[str, str], int] = field(default_factory=dict)
    _place_by_document: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def number_of(self, passage: Document) -> int:
        """The number of ``passage``, which is added if it is new."""
        text = embedded_text(passage)
        key = (passage.metadata["ragzip"]["source"] if self.situated else "", text)
        number = self._number_by_key.setdefault(key, len(self.texts))
        if number == len(self.texts):
            self.texts.append(text)
        return number

    def numbers_in(self, document: Document) -> list[int]:
        """The numbers of the passages of ``document``, which are added if they are new."""
        key = (document.id if self.situated else "", document.title or "", document.text)
        place = self._place_by_document.setdefault(key, len(self.documents))
        if place == len(self.documents):
            self.documents.append((document, [self.number_of(passage) for passage in self.cut(document)]))
        return self.documents[place][1]


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
    spans_by_document: dict[str, list[tuple[int, int]]] = {}
    for span in record["support_spans"]:
        spans_by_document.setdefault(span["doc"], []).append((span["start"], span["end"]))
    positives: list[int] = []
    for row in record["documents"]:
        document = Document(str(row["id"]), row["text"], title=row["title"])
        numbers = passages.numbers_in(document)
        spans = spans_by_document.get(row["id"], [])
        if spans or row.get("support"):
            positives += _supporting(numbers, passages, document, spans, record["answers"])
    return RankingQuestion(record["question"], tuple(record["answers"]), tuple(dict.fromkeys(positives)))


def _supporting(
    numbers: Sequence[int],
    passages: RankedPassages,
    document: Document,
    spans: Sequence[tuple[int, int]],
    answers: Sequence[str],
) -> Sequence[int]:
    """Of the passages of a supporting document those that hold a span, else those with an answer, else all."""
    if len(numbers) == 1:
        return numbers
    places = [passage.metadata["ragzip"] for passage in passages.cut(document)]
    holding = [
        number
        for number, place in zip(numbers, places, strict=True)
        if any(place["start"] < end and start < place["end"] for start, end in spans)
    ]
    answering = [number for number in numbers if contains(passages.texts[number], list(answers))]
    return holding or answering or numbers


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
