"""What a model keeps of development questions at a share of the tokens: a quick measure while training runs.

The figures of the card are made by the benchmarks, through the public calls and with the target tokenizer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ragzip.budget import choose
from ragzip.training.pruner.data import Question
from ragzip.training.pruner.model import Batch, PrunerNet, encode, run

__all__ = ["sentence_logits", "support_recall", "word_f1"]

_MICRO = 4096


def sentence_logits(net: PrunerNet, tokenizer: Any, question: Question) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Logits and labels of all labelled sentences of ``question``. *Shapes:* (n,), (n,)."""
    rows = encode(tokenizer, question)
    with torch.inference_mode():
        outputs = run(net, Batch(rows, [0] * len(rows)), _MICRO)
    logits, labels = [], []
    for row, output in zip(rows, outputs, strict=True):
        values, index = output.numpy(), np.array(row.sentence)
        for i, keep in enumerate(row.keep):
            mine = values[index == i]
            weight = np.exp(np.clip(mine[:, 1], -8, 8))
            logits.append(float((weight * mine[:, 0]).sum() / weight.sum()))
            labels.append(keep)
    return np.array(logits), np.array(labels, bool)


def support_recall(net: PrunerNet, tokenizer: Any, questions: Sequence[Question], rate: float) -> float:
    """Share of the supporting sentences that stand among the best ones of ``rate`` of the tokens, mean of questions.

    Tokens are the encoder's own. A sentence cut by a window counts as two.
    """
    found = []
    for question in questions:
        logits, labels = sentence_logits(net, tokenizer, question)
        costs = np.array(
            [row.sentence.count(i) for row in encode(tokenizer, question) for i in range(len(row.keep))],
            np.int64,
        )
        if labels.any():
            kept = choose(logits, costs, int(rate * costs.sum()))
            found.append(float(kept[labels].mean()))
    return float(np.mean(found)) if found else 0.0


def word_f1(net: PrunerNet, tokenizer: Any, questions: Sequence[Question]) -> float:
    """F1 of the kept tokens at probability 0.5, over all texts together."""
    hits = kept = wanted = 0
    for start in range(0, len(questions), 64):
        rows = [row for question in questions[start : start + 64] for row in encode(tokenizer, question)]
        with torch.inference_mode():
            outputs = run(net, Batch(rows, [0] * len(rows)), _MICRO)
        for row, output in zip(rows, outputs, strict=True):
            target = np.array(row.word)
            guess, known = output.numpy()[:, 2] > 0, target >= 0
            hits += int((guess & known & (target > 0)).sum())
            kept += int((guess & known).sum())
            wanted += int((known & (target > 0)).sum())
    return 2 * hits / max(1, kept + wanted)
