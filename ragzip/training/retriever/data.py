"""Questions with supporting passages, out of files in the QA schema (see ragzip.training.data)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ragzip.errors import InputError
from ragzip.eval.measures.kept import contains
from ragzip.files.rows import DataRow, rows
from ragzip.retrievers.base import to_passages
from ragzip.retrievers.dense import embedded_text
from ragzip.text.spans import Span
from ragzip.types import Document

__all__ = ["RankedDocument", "RankedPassages", "RankingBatch", "RankingQuestion", "batches", "read_ranking_questions"]


@dataclass(frozen=True)
class RankingQuestion:
    """A question, its answers, and the numbers of the passages that support it."""

    query: str
    answers: tuple[str, ...]
    positives: tuple[int, ...]


class RankedDocument(NamedTuple):
    """A document, and the numbers of its passages with their places in it."""

    document: Document
    numbers: list[int]
    places: list[Span]


@dataclass
class RankedPassages:
    """Passages in the order in which they came, each once, by their numbers.

    :param cut: the passages of documents, as the index has them.
    :param situated: whether the same text in another document is another passage.
    :ivar texts: as embedders read them (with their title).
    """

    cut: Callable[[Sequence[Document]], Sequence[Document]] = to_passages
    situated: bool = False
    texts: list[str] = field(default_factory=list)
    _number_by_key: dict[tuple[str, str], int] = field(default_factory=dict)
    _ranked: dict[tuple[str, str, str], RankedDocument] = field(default_factory=dict)

    @property
    def documents(self) -> Collection[RankedDocument]:
        """The documents that :meth:`of_document` got, each once."""
        return self._ranked.values()

    def number_of(self, passage: Document) -> int:
        """The number of ``passage``, which is added if it is new."""
        text = embedded_text(passage)
        key = (passage.metadata["ragzip"]["source"] if self.situated else "", text)
        number = self._number_by_key.setdefault(key, len(self.texts))
        if number == len(self.texts):
            self.texts.append(text)
        return number

    def of_document(self, document: Document) -> RankedDocument:
        """The passages of ``document``, which are added if they are new."""
        key = (document.id if self.situated else "", document.title or "", document.text)
        if key not in self._ranked:
            passages = self.cut([document])
            places = [passage.metadata["ragzip"] for passage in passages]
            spans = [Span(place["start"], place["end"]) for place in places]
            self._ranked[key] = RankedDocument(document, [self.number_of(passage) for passage in passages], spans)
        return self._ranked[key]


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
                    "ragzip.training.data."
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
        ranked = passages.of_document(document)
        spans = spans_by_document.get(row["id"], [])
        if spans or row.get("support"):
            positives += _supporting(ranked, passages.texts, spans, record["answers"])
    return RankingQuestion(record["question"], tuple(record["answers"]), tuple(dict.fromkeys(positives)))


def _supporting(
    ranked: RankedDocument, texts: Sequence[str], spans: Sequence[tuple[int, int]], answers: Sequence[str]
) -> Sequence[int]:
    """The passages of a supporting document that hold a span, else those with an answer, else all."""
    holding = [
        number
        for number, place in zip(ranked.numbers, ranked.places, strict=True)
        if any(place.start < end and start < place.end for start, end in spans)
    ]
    return holding or [number for number in ranked.numbers if contains(texts[number], list(answers))] or ranked.numbers


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
