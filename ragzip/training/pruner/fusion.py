"""How the evidence for a sentence makes one probability: weights that rank, then a scale that calibrates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from ragzip.backends.protocols import PassageScorer, TextEmbedder
from ragzip.compressors.extractive.evidence import collect, names
from ragzip.compressors.extractive.family import Passage
from ragzip.training.pruner.data import Question
from ragzip.training.pruner.model import word_labels

__all__ = ["ALL", "Found", "fit", "fit_words", "gather", "reliability", "weigh"]

ALL = names(hops=2, similarity=True)

_TIE = 0.02  # how much the weights are held to the model's own logit


class Found(NamedTuple):
    """All evidence (:data:`ALL`) for the sentences of one question, and which are kept. *Shapes:* (n, kinds), (n,)."""

    evidence: npt.NDArray[np.float64]
    keep: npt.NDArray[np.bool_]


def gather(scorer: PassageScorer, embedder: TextEmbedder, questions: Sequence[Question]) -> list[Found]:
    """All evidence for the sentences of ``questions``."""
    out = []
    for question in questions:
        passages = [Passage(p.title, p.text, p.sentences) for p in question.passages]
        keep = np.array([kept for p in question.passages for kept in p.keep], bool)
        out.append(Found(collect(question.query, passages, scorer, embedder, 2).values, keep))
    return out


def fit(found: Sequence[Found], kinds: Sequence[str] = ALL) -> dict[str, float]:
    """Weights by name of ``kinds``, and a bias: first those that set each supporting sentence above the others of its
    question, then the scale and the bias that make the scores probabilities. Nothing counts against a sentence.
    """
    return weigh([Found(one.evidence[:, [ALL.index(name) for name in kinds]], one.keep) for one in found], kinds)


def weigh(found: Sequence[Found], kinds: Sequence[str]) -> dict[str, float]:
    """:func:`fit` where the columns of the evidence are ``kinds``, the model's logit first."""
    ranked = [one for one in found if one.keep.any() and not one.keep.all()]
    raw = torch.tensor([1.0, *([0.1] * (len(kinds) - 1))], dtype=torch.float64).requires_grad_()
    rows = [(torch.tensor(one.evidence), torch.tensor(one.keep)) for one in ranked]
    optimizer: Any = torch.optim.LBFGS([raw], max_iter=200, line_search_fn="strong_wolfe")

    def listwise() -> Any:
        optimizer.zero_grad()
        weights = raw.abs()
        terms = []
        for x, y in rows:
            score = x @ weights
            terms.append(torch.nn.functional.softplus(torch.logsumexp(score[~y], 0) - score[y]).mean())
        loss: Any = torch.stack(terms).mean() + _TIE * (raw[1:] ** 2).sum()
        loss.backward()
        return loss

    if rows:
        optimizer.step(listwise)
    weights = raw.abs().detach()
    score = torch.cat([torch.tensor(one.evidence) @ weights for one in found])
    target = torch.cat([torch.tensor(one.keep) for one in found]).double()
    each = torch.cat([torch.full((len(one.keep),), 1 / max(1, len(one.keep)), dtype=torch.float64) for one in found])
    line = torch.tensor([1.0, 0.0], dtype=torch.float64).requires_grad_()
    second: Any = torch.optim.LBFGS([line], max_iter=200, line_search_fn="strong_wolfe")

    def calibration() -> Any:
        second.zero_grad()
        loss: Any = torch.nn.functional.binary_cross_entropy_with_logits(
            score * line[0] + line[1], target, weight=each, reduction="sum"
        )
        loss.backward()
        return loss

    second.step(calibration)
    scale, bias = line.detach().tolist()
    return {name: round(float(w) * scale, 4) for name, w in zip(kinds, weights, strict=True)} | {"bias": round(bias, 4)}


def fit_words(scorer: PassageScorer, questions: Sequence[Question]) -> dict[str, float]:
    """What is added to the logits of words without a query, so that those over 0 have the best F1 on deletions."""
    passages = [question.passages[0] for question in questions]
    read = scorer.score_passages(None, [(passage.title, passage.text) for passage in passages])
    logits = np.concatenate([one.word for one in read])
    keep = np.concatenate([word_labels(p.words, one.spans) for p, one in zip(passages, read, strict=True)]) > 0

    def f1(bias: float) -> float:
        kept = logits + bias > 0
        return float(2 * (kept & keep).sum() / max(1, kept.sum() + keep.sum()))

    return {"bias": max(np.arange(-10, 11) / 10, key=f1).item()}


def reliability(found: Sequence[Found], fusion: dict[str, float], bins: int = 10) -> list[tuple[float, float, int]]:
    """Mean score, share kept, and number of sentences of each tenth of the scores' range."""
    weights = np.array([fusion[name] for name in ALL])
    score = np.concatenate([1 / (1 + np.exp(-(one.evidence @ weights + fusion["bias"]))) for one in found])
    keep = np.concatenate([one.keep for one in found])
    place = np.minimum((score * bins).astype(int), bins - 1)
    return [
        (float(score[place == i].mean()), float(keep[place == i].mean()), int((place == i).sum()))
        for i in range(bins)
        if (place == i).any()
    ]
