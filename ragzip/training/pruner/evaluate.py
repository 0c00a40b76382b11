"""Recall on development questions at a share of the tokens: a quick measure during training.

The figures of the card are made by the benchmarks, through the public calls and with the target tokenizer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ragzip.fitting.choose import choose
from ragzip.training.batch import Batch, LabelledWindow
from ragzip.training.data import Question
from ragzip.training.machine import Machine, machine_of
from ragzip.training.pruner import model
from ragzip.training.pruner.model import PrunerNet, encode

__all__ = [
    "batches_of",
    "batches_recall",
    "batches_word_f1",
    "outputs_of",
    "recall_by_question",
    "relevance",
    "sentence_logits",
]

_MICRO_TOKENS = 4096
_BATCH_TOKENS = 65_536  # of a batch of questions


def batches_of(tokenizer: Any, questions: Sequence[Question], batch_tokens: int = _BATCH_TOKENS) -> Iterator[Batch]:
    """Batches of whole questions, in their order."""
    batch_windows: list[LabelledWindow] = []
    row_questions: list[int] = []
    tokens = question_number = 0
    for question in questions:
        windows = encode(tokenizer, question)
        question_tokens = sum(len(window.ids) for window in windows)
        if batch_windows and tokens + question_tokens > batch_tokens:
            yield Batch.from_rows(batch_windows, row_questions)
            batch_windows, row_questions, tokens, question_number = [], [], 0, 0
        batch_windows += windows
        row_questions += [question_number] * len(windows)
        tokens, question_number = tokens + question_tokens, question_number + 1
    if batch_windows:
        yield Batch.from_rows(batch_windows, row_questions)


def outputs_of(net: PrunerNet, batch: Batch, machine: Machine | None) -> Any:
    """See :func:`ragzip.training.pruner.model.run`; without gradients."""
    machine = machine or machine_of("cpu")
    with torch.inference_mode():
        return model.run(net, batch, max(_MICRO_TOKENS, machine.micro_tokens), machine)


def sentence_logits(net: PrunerNet, tokenizer: Any, question: Question) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Logits and labels of all labelled sentences of ``question``. *Shapes:* (n,), (n,)."""
    logits, labels = [], []
    for batch in batches_of(tokenizer, [question]):
        has_label = batch.keep_labels >= 0
        logits.append(model.sentence_logits(batch, outputs_of(net, batch, None)).numpy()[has_label])
        labels.append(batch.keep_labels[has_label] > 0)
    return np.concatenate([np.zeros(0), *logits]), np.concatenate([np.zeros(0, bool), *labels])


def relevance(net: PrunerNet, batch: Batch, machine: Machine | None = None) -> npt.NDArray[np.float32]:
    """The relevance logit of each row. *Shape:* (rows,)."""
    values: npt.NDArray[np.float32] = outputs_of(net, batch, machine)[:, 3].cpu().numpy()[batch.offsets[:-1]]
    return values


def batches_recall(net: PrunerNet, batches: Iterable[Batch], rate: float, machine: Machine | None = None) -> float:
    """Share of the supporting sentences that are among the best ones within ``rate`` of the tokens, averaged over the
    questions that have some.

    Tokens are the encoder's own. A sentence cut by a window counts as two.
    """
    shares = [
        share
        for batch in batches
        for share in recall_by_question(batch, outputs_of(net, batch, machine), rate).values()
    ]
    return float(np.mean(shares)) if shares else 0.0


def recall_by_question(batch: Batch, outputs: Any, rate: float) -> dict[int, float]:
    """The share of the supporting sentences among the best ones within ``rate`` of the tokens, by the index of each
    question that has some.

    :param outputs: of :func:`ragzip.training.pruner.model.run`.
    """
    logits = model.sentence_logits(batch, outputs).cpu().numpy()
    costs = np.bincount(batch.sentence[batch.sentence >= 0], minlength=len(logits))
    sentence_labels = batch.keep_labels
    shares = {}
    for number in np.unique(batch.sentence_question[sentence_labels > 0]).tolist():
        of_question = (batch.sentence_question == number) & (sentence_labels >= 0)
        chosen = choose(logits[of_question], costs[of_question], int(rate * costs[of_question].sum()))
        shares[number] = float(chosen[sentence_labels[of_question] > 0].mean())
    return shares


def batches_word_f1(net: PrunerNet, batches: Iterable[Batch], machine: Machine | None = None) -> float:
    """F1 of the kept tokens at probability 0.5, over all tokens in ``batches`` that have a label."""
    hit_count = predicted_count = label_count = 0
    for batch in batches:
        predicted = (outputs_of(net, batch, machine)[:, 2] > 0).cpu().numpy()
        target, has_label = batch.word > 0, batch.word >= 0
        hit_count += int((predicted & target).sum())
        predicted_count += int((predicted & has_label).sum())
        label_count += int(target.sum())
    return 2 * hit_count / max(1, predicted_count + label_count)
