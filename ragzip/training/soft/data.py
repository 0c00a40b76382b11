"""Questions with contexts of one to ten paragraphs, out of files in the QA schema (see ragzip.training.pruner.data)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ragzip.errors import InputError
from ragzip.files.rows import rows

__all__ = ["Asked", "Batch", "Pool", "Sample", "batches", "read_asked", "sampled"]

_TOGETHER = 8  # questions that share one reading of their context
_WITH_OTHERS = 0.5  # of the contexts, those with paragraphs beside the gold ones


@dataclass(frozen=True)
class Asked:
    """Questions with their answers over the same paragraphs, which answer them; and other paragraphs."""

    questions: tuple[tuple[str, str], ...]
    gold: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True)
class Sample:
    """Questions with their answers over a context."""

    questions: tuple[tuple[str, str], ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Batch:
    """Samples, the tokens of their contexts, and what is drawn for them."""

    samples: tuple[Sample, ...]
    tokens: int
    number: int


def read_asked(file: Path, most: int | None = None) -> list[Asked]:
    """Questions with an answer in one of their documents, those over the same supporting ones together; others are left
    out.

    :param most: of such groups.
    :raises InputError: a record that lacks a key.
    """
    found: dict[tuple[str, ...], Asked] = {}
    for where, record in rows(file):
        try:
            asked = _asked(record)
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{where}: {type(error).__name__} {error}; expected a record in the QA schema.") from error
        if asked is None:
            continue
        if (first := found.get(asked.gold)) is not None:
            together = tuple(dict.fromkeys(first.questions + asked.questions))
            found[asked.gold] = replace(first, questions=together)
        elif most is None or len(found) < most:
            found[asked.gold] = asked
    return list(found.values())


def _asked(record: dict[str, Any]) -> Asked | None:
    answers = [answer for answer in record["answers"] if answer.strip()]
    supporting = {span["doc"] for span in record["support_spans"]}
    documents = [(document["id"], document["text"]) for document in record["documents"]]
    gold = tuple(text for id, text in documents if id in supporting and text.strip())
    if not answers or not gold:
        return None
    others = tuple(text for id, text in documents if id not in supporting and text.strip())
    return Asked(((record["question"], answers[0].strip()),), gold, others)


@dataclass(frozen=True)
class Pool:
    """Questions of a file, and what is asked of each of its paragraphs that answers by itself."""

    asked: tuple[Asked, ...]
    known: Mapping[str, tuple[tuple[str, str], ...]]

    @classmethod
    def of(cls, asked: Sequence[Asked]) -> Pool:
        """The pool of these questions."""
        return cls(tuple(asked), {one.gold[0]: one.questions for one in asked if len(one.gold) == 1})


def sampled(asked: Asked, rng: np.random.Generator, pool: Pool, most: int, length: Callable[[str], int]) -> Sample:
    """``asked`` over its gold paragraphs and, half of the time, some others (of its own, else of other questions), in
    any order; with what is asked of these others.

    :param most: tokens that others are added up to; gold paragraphs stay whatever their length.
    """
    texts = list(asked.gold)
    others = list(asked.others) or [pool.asked[int(i)].gold[0] for i in rng.integers(len(pool.asked), size=10)]
    room = most - sum(map(length, texts))
    wanted = int(rng.integers(0, 11 - min(10, len(texts)))) if rng.random() < _WITH_OTHERS else 0
    for i in rng.permutation(len(others))[:wanted]:
        size = length(others[i])
        if size <= room and others[i] not in texts:
            texts.append(others[i])
            room -= size
    beside = [pair for text in texts if text not in asked.gold for pair in pool.known.get(text, ())]
    order = rng.permutation(len(texts))
    chosen = [asked.questions[i] for i in rng.permutation(len(asked.questions))]
    chosen += [beside[i] for i in rng.permutation(len(beside))]
    return Sample(tuple(chosen[:_TOGETHER]), tuple(texts[i] for i in order))


def batches(
    sources: Sequence[Pool],
    length: Callable[[str], int],
    *,
    seed: int,
    size: int,
    most: Callable[[int], int],
    skip: int = 0,
) -> Iterator[Batch]:
    """Batches of about ``size`` tokens of context, for ever; every source in turn, the same ones for a seed.

    :param most: tokens of a context, after so many in all.
    :param skip: batches to pass over: those a run that goes on has seen.
    """
    rng = np.random.default_rng(seed)
    orders: list[list[int]] = [[] for _ in sources]
    samples: list[Sample] = []
    tokens = number = turn = done = 0
    while True:
        at = turn % len(sources)
        turn += 1
        if not orders[at]:
            orders[at] = rng.permutation(len(sources[at].asked)).tolist()
        asked = sources[at].asked[orders[at].pop()]
        one = sampled(asked, np.random.default_rng(int(rng.integers(2**31))), sources[at], most(done), length)
        samples.append(one)
        tokens += sum(map(length, one.texts))
        if tokens >= size:
            if number >= skip:
                yield Batch(tuple(samples), tokens, number)
            number += 1
            done += tokens
            samples, tokens = [], 0
