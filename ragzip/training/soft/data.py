"""Questions with contexts of one to ten paragraphs, out of files in the QA schema (see ragzip.training.data)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ragzip.errors import InputError
from ragzip.files.rows import rows

__all__ = ["QuestionGroup", "SampleBatch", "GroupPool", "Sample", "batches", "read_question_groups", "sampled"]

_MAX_QUESTIONS = 8  # questions that share one reading of their context
_OTHERS_SHARE = 0.5  # of the contexts, those with paragraphs beside the gold ones


@dataclass(frozen=True)
class QuestionGroup:
    """Questions with answers over the same supporting paragraphs (``gold``), and other paragraphs."""

    questions: tuple[tuple[str, str], ...]
    gold: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True)
class Sample:
    """Questions with answers over one context."""

    questions: tuple[tuple[str, str], ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class SampleBatch:
    """Samples, the token count of their contexts, and the number of the batch, which seeds its random choices."""

    samples: tuple[Sample, ...]
    tokens: int
    number: int


def read_question_groups(file: Path, most: int | None = None) -> list[QuestionGroup]:
    """Groups of the questions that have an answer in one of their documents, by supporting documents.

    :param most: the most groups; None: all.
    :raises InputError: a record that lacks a key.
    """
    groups: dict[tuple[str, ...], QuestionGroup] = {}
    for where, record in rows(file):
        try:
            group = _question_group(record)
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{where}: {type(error).__name__} {error}; expected a record in the QA schema.") from error
        if group is None:
            continue
        if (earlier := groups.get(group.gold)) is not None:
            questions = tuple(dict.fromkeys(earlier.questions + group.questions))
            groups[group.gold] = replace(earlier, questions=questions)
        elif most is None or len(groups) < most:
            groups[group.gold] = group
    return list(groups.values())


def _question_group(record: dict[str, Any]) -> QuestionGroup | None:
    answers = [answer for answer in record["answers"] if answer.strip()]
    supporting_ids = {span["doc"] for span in record["support_spans"]}
    documents = [(document["id"], document["text"]) for document in record["documents"]]
    supporting_texts = tuple(text for id, text in documents if id in supporting_ids and text.strip())
    if not answers or not supporting_texts:
        return None
    other_texts = tuple(text for id, text in documents if id not in supporting_ids and text.strip())
    return QuestionGroup(((record["question"], answers[0].strip()),), supporting_texts, other_texts)


@dataclass(frozen=True)
class GroupPool:
    """The question groups of a file, and the questions (``known``) that a single paragraph answers, by paragraph."""

    groups: tuple[QuestionGroup, ...]
    known: Mapping[str, tuple[tuple[str, str], ...]]

    @classmethod
    def of(cls, groups: Sequence[QuestionGroup]) -> GroupPool:
        """The pool of these groups."""
        return cls(tuple(groups), {group.gold[0]: group.questions for group in groups if len(group.gold) == 1})


def sampled(
    group: QuestionGroup, rng: np.random.Generator, pool: GroupPool, most: int, length: Callable[[str], int]
) -> Sample:
    """``group`` over its gold paragraphs and, half of the time, some others (of its own, else of other questions),
    shuffled, with the questions about the others.

    :param most: tokens of a context that gets other paragraphs; gold paragraphs are always kept.
    """
    texts = list(group.gold)
    other_texts = list(group.others) or [pool.groups[int(i)].gold[0] for i in rng.integers(len(pool.groups), size=10)]
    tokens_left = most - sum(map(length, texts))
    other_count = int(rng.integers(0, 11 - min(10, len(texts)))) if rng.random() < _OTHERS_SHARE else 0
    for i in rng.permutation(len(other_texts))[:other_count]:
        text_tokens = length(other_texts[i])
        if text_tokens <= tokens_left and other_texts[i] not in texts:
            texts.append(other_texts[i])
            tokens_left -= text_tokens
    other_questions = [pair for text in texts if text not in group.gold for pair in pool.known.get(text, ())]
    order = rng.permutation(len(texts))
    chosen = [group.questions[i] for i in rng.permutation(len(group.questions))]
    chosen += [other_questions[i] for i in rng.permutation(len(other_questions))]
    return Sample(tuple(chosen[:_MAX_QUESTIONS]), tuple(texts[i] for i in order))


def batches(
    sources: Sequence[GroupPool],
    length: Callable[[str], int],
    *,
    seed: int,
    size: int,
    most: Callable[[int], int],
    skip: int = 0,
) -> Iterator[SampleBatch]:
    """Batches of about ``size`` tokens of context, without end; every source in turn, deterministic for a seed.

    :param most: the tokens of a context as a function of the tokens so far.
    :param skip: batches to skip: those that a resumed run has seen.
    """
    rng = np.random.default_rng(seed)
    orders: list[list[int]] = [[] for _ in sources]
    samples: list[Sample] = []
    tokens = batch_number = turn = tokens_before = 0
    while True:
        source_number = turn % len(sources)
        turn += 1
        if not orders[source_number]:
            orders[source_number] = rng.permutation(len(sources[source_number].groups)).tolist()
        group = sources[source_number].groups[orders[source_number].pop()]
        sample = sampled(
            group, np.random.default_rng(int(rng.integers(2**31))), sources[source_number], most(tokens_before), length
        )
        samples.append(sample)
        tokens += sum(map(length, sample.texts))
        if tokens >= size:
            if batch_number >= skip:
                yield SampleBatch(tuple(samples), tokens, batch_number)
            batch_number += 1
            tokens_before += tokens
            samples, tokens = [], 0
