"""Which question is trained on next: sources by share of tokens, each shuffled and repeated, all from one seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ragzip.errors import InputError
from ragzip.training.pruner import data, variants
from ragzip.training.pruner.batch import Batch, Row
from ragzip.training.pruner.data import Question
from ragzip.training.pruner.model import encode

__all__ = ["Source", "batches", "shipped_sources", "user_source"]

Change = Callable[[Question, np.random.Generator], Question]


@dataclass(frozen=True)
class Source:
    """Questions, their share of the tokens, and how each is changed when it is drawn."""

    name: str
    questions: list[Question]
    share: float
    change: Change


def _same(question: Question, rng: np.random.Generator) -> Question:
    return question


def _hops(question: Question, rng: np.random.Generator) -> Question:
    """Two of five times as the second hop asks; ten passages at most."""
    if rng.random() < 0.4:
        question = variants.with_evidence(question, rng)
    return variants.thinned(question, 8 if rng.random() < 0.5 else 9, rng)


def _few(most: int) -> Change:
    def change(question: Question, rng: np.random.Generator) -> Question:
        return _untitled(variants.thinned(question, most, rng), rng, 0.15)

    return change


def _untitled(question: Question, rng: np.random.Generator, share: float) -> Question:
    """Without titles, for a share of the questions: many users have none."""
    if rng.random() >= share:
        return question
    return replace(question, passages=tuple(replace(passage, title=None) for passage in question.passages))


def _unanswerable(question: Question, rng: np.random.Generator) -> Question:
    """The supporting passage alone: as it is, or with an altered question, or without its supporting sentences."""
    own = replace(question, passages=tuple(p for p in question.passages if p.relevant))
    way = rng.random()
    if way < 0.5:
        return variants.unanswerable(own, rng) or own
    return (variants.emptied(own) if way < 0.7 else None) or own


def _paired(others: list[Question]) -> Change:
    """With a passage of another question beside its own."""

    def change(question: Question, rng: np.random.Generator) -> Question:
        other = others[int(rng.integers(len(others)))].passages[0]
        if other.text == question.passages[0].text or other.title == question.passages[0].title:
            return question
        foreign = replace(other, keep=(False,) * len(other.sentences), relevant=False, words=())
        return replace(question, passages=(*question.passages, foreign))

    return change


def shipped_sources(folder: Path, seed: int) -> list[Source]:
    """The mixture behind the shipped weights; ``folder`` holds qa/, compression/ and meetings/.

    Only sets whose licence lets weights be passed on: SQuAD, HotpotQA, NQ and QED (CC BY-SA), MuSiQue (CC BY),
    2WikiMultihopQA, SelQA and SciTLDR (Apache-2.0), PolicyQA and QMSum (MIT), Google sentence compression.
    """
    qa, other = folder / "qa", folder / "compression"

    def read(name: str) -> list[Question]:
        return data.read_qa(qa / f"{name}.jsonl.gz")

    squad = read("squad-v1.1")
    policy, selqa, qed = read("policyqa"), read("selqa"), read("qed")
    steps = data.decomposed(qa / "musique.jsonl.gz")
    return [
        Source("hotpotqa", read("hotpotqa"), 0.12, _hops),
        Source("hotpotqa-fullwiki", read("hotpotqa-fullwiki"), 0.06, _hops),
        Source("2wikimultihopqa", read("2wikimultihopqa"), 0.11, _hops),
        Source("musique", read("musique"), 0.06, _hops),
        Source("steps", steps, 0.03, _few(6)),
        Source("nq", read("nq-open-rag10"), 0.12, _few(4)),
        Source("squad", read("squad-v1.1-rag10"), 0.20, _few(3)),
        Source("squad-alone", squad + read("squad-routerlens"), 0.12, _unanswerable),
        Source("policyqa", policy, 0.02, _paired(policy)),
        Source("selqa", selqa, 0.02, _paired(selqa)),
        Source("qed", qed, 0.02, _paired(qed)),
        Source("qmsum", data.read_meetings(folder / "meetings" / "qmsum.jsonl.gz", seed), 0.015, _same),
        Source("deletions", data.read_deletions(other / "google.jsonl.gz"), 0.09, _same),
        Source("paragraph-words", data.paragraph_words(squad), 0.03, _same),
        Source("extracts", data.read_extracts(other / "scitldr.jsonl.gz"), 0.015, _same),
    ]


def user_source(files: list[Path]) -> list[Source]:
    """Questions of a user's own, in the QA schema, each file by its size.

    :raises InputError: no question in them.
    """
    found = [Source(file.name, data.read_qa(file), 1.0, _few(9)) for file in files]
    found = [replace(source, share=float(len(source.questions))) for source in found if source.questions]
    if not found:
        raise InputError(f"data: no question in {', '.join(map(str, files))}; expected files in the QA schema.")
    return found


def batches(sources: list[Source], tokenizer: Any, seed: int, size: int, skip: int = 0) -> Iterator[Batch]:
    """Batches of whole questions, about ``size`` tokens each, for ever; the same ones for a seed.

    :param skip: batches to pass over: those a run that goes on has seen.
    """
    rng = np.random.default_rng(seed)
    shares = np.array([source.share for source in sources], float)
    shares /= shares.sum()
    spent = np.zeros(len(sources))
    orders: list[list[int]] = [[] for _ in sources]
    rows: list[Row] = []
    owner: list[int] = []
    number = 0
    while True:
        at = int((spent - shares * spent.sum()).argmin())
        if not orders[at]:
            orders[at] = rng.permutation(len(sources[at].questions)).tolist()
        index = orders[at].pop()
        question = sources[at].change(sources[at].questions[index], np.random.default_rng(int(rng.integers(2**31))))
        found = encode(tokenizer, question)
        length = sum(len(row.ids) for row in found)
        spent[at] += length
        if rows and sum(len(row.ids) for row in rows) + length > size:
            if number >= skip:
                yield Batch.from_rows(rows, owner)
            number += 1
            rows, owner = [], []
        owner += [len(set(owner))] * len(found)
        rows += found
