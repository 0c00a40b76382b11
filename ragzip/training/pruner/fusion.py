"""Fitting of the evidence weights: first to rank sentences, then a scale and a bias that calibrate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from ragzip.backends.protocols import PassageScorer, TextEmbedder
from ragzip.compressors.extractive.pruning.evidence import (
    LEAST_SURE,
    answer_evidence,
    collect,
    compared_wholly,
    names,
    variant,
)
from ragzip.compressors.extractive.texts.passages import Passage
from ragzip.text.scores import sigmoid
from ragzip.training.data import Question
from ragzip.training.minimise import Calibration, calibrated, minimise
from ragzip.training.pruner.model import word_labels

__all__ = [
    "ALL",
    "ANSWER_KINDS",
    "QuestionEvidence",
    "area_under_curve",
    "fit",
    "fit_answered",
    "fit_words",
    "gather",
    "gather_unsure",
    "reliability",
    "weigh",
]

ALL = names(hops=2, similarity=True)
ANSWER_KINDS = ("relevance", "logit", "similarity")

_WEIGHT_DECAY = 0.02  # of all weights but that of the model's logit
_MIN_LABELLED = 10  # answered and unanswerable questions, to tell them apart
_MIN_OF_FILE = 50  # answered questions, of which a hundredth says something
_SHARE_TAKEN_FOR_UNANSWERABLE = 0.01
_MIN_SHARE_RECOGNISED = 0.4  # of the unanswerable questions: fewer are not worth an answer lost by mistake


class QuestionEvidence(NamedTuple):
    """All evidence (:data:`ALL`) for the sentences of one question, and which are kept. *Shapes:* (n, kinds), (n,).

    ``answer_evidence``: what speaks for an answer in its passages (:data:`ANSWER_KINDS`), the most of each kind.
    *Shape:* (3,). ``is_answered``: whether they answer it. ``is_labelled``: whether all sentences are labelled, as
    those of a passage that answers somewhere are not.
    """

    evidence: npt.NDArray[np.float64]
    keep: npt.NDArray[np.bool_]
    answer_evidence: npt.NDArray[np.float64] | None = None
    is_answered: bool = True
    is_labelled: bool = True


def gather(
    scorer: PassageScorer, embedder: TextEmbedder | None, questions: Sequence[Question]
) -> list[QuestionEvidence]:
    """All evidence for the sentences of ``questions``; without an embedder, no similarity counts anything."""
    gathered = []
    for question in questions:
        passages = [Passage(passage.title, passage.text, passage.sentences) for passage in question.passages]
        labels = [passage.keep or (False,) * len(passage.sentences) for passage in question.passages]
        sentence_labels = np.array([kept for kept_of_passage in labels for kept in kept_of_passage], bool)
        is_labelled = all(passage.keep or passage.relevant is False for passage in question.passages)
        evidence = collect(question.query, passages, scorer, embedder, 2)
        for_answer = answer_evidence(evidence, passages, similarity=embedder is not None).max(axis=0)
        values = evidence.values
        if embedder is None:
            values, for_answer = np.insert(values, ALL.index("similarity"), 0.0, axis=1), np.append(for_answer, 0.0)
        gathered.append(QuestionEvidence(values, sentence_labels, for_answer, bool(question.answers), is_labelled))
    return gathered


def gather_unsure(
    scorer: PassageScorer,
    embedder: TextEmbedder,
    questions: Sequence[Question],
    known_evidence: Sequence[QuestionEvidence],
    fusion: Mapping[str, Mapping[str, float]],
) -> list[QuestionEvidence]:
    """The evidence of those of ``questions`` of which the weights in ``fusion`` are sure of no sentence, with all
    sentences compared by meaning.

    :data:`LEAST_SURE` holds for several passages too: the more questions there are to fit on.

    :param known_evidence: what :func:`gather` gave for ``questions``.
    """
    unsure = []
    for question, evidence in zip(questions, known_evidence, strict=True):
        weights = fusion[variant(hops=2, similarity=True, several=len(question.passages) > 1)]
        logits = evidence.evidence @ np.array([weights[name] for name in ALL]) + weights["bias"]
        if sigmoid(logits).max(initial=0.0) < LEAST_SURE:
            passages = [Passage(passage.title, passage.text, passage.sentences) for passage in question.passages]
            collected = collect(question.query, passages, scorer, embedder, 2)
            values = compared_wholly(question.query, passages, collected, embedder).values
            unsure.append(evidence._replace(evidence=values))
    return unsure


def fit_answered(
    evidence_by_file: Mapping[str, Sequence[QuestionEvidence]], kinds: Sequence[str] = ANSWER_KINDS
) -> dict[str, float] | None:
    """Weights by name of ``kinds``, a bias, and ``least``: the probability of an answer under which it is sure that
    there is none, so low that it takes at most one answered question of a hundred for unanswerable in any file; 0,
    never, where that recognises fewer than 40% of the unanswerable ones. None where either are fewer than ten.

    Answered and unanswerable questions of a file weigh the same, whatever their number. No weight is negative.
    """
    columns = [ANSWER_KINDS.index(kind) for kind in kinds]
    listed = [(name, evidence) for name, file_evidence in evidence_by_file.items() for evidence in file_evidence]
    labels = np.array([evidence.is_answered for _, evidence in listed], bool)
    if min(labels.sum(), (~labels).sum()) < _MIN_LABELLED:
        return None
    values = np.array([evidence.answer_evidence for _, evidence in listed], float)[:, columns]
    mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-6
    scaled = torch.tensor((values - mean) / spread)
    counts = Counter(labels.tolist())
    shares = torch.tensor([1 / counts[label] for label in labels.tolist()])
    signed = torch.tensor([*[0.5] * len(kinds), 0.0], dtype=torch.float64).requires_grad_()
    targets = torch.tensor(labels, dtype=torch.float64)

    def loss_of() -> torch.Tensor:
        return torch.nn.functional.binary_cross_entropy_with_logits(
            scaled @ signed[:-1].abs() + signed[-1], targets, weight=shares, reduction="sum"
        )

    minimise(signed, loss_of)
    *absolute, bias = signed.detach().tolist()
    weights = np.abs(absolute) / spread
    bias -= float((weights * mean).sum())
    probabilities = 1 / (1 + np.exp(-(values @ weights + bias)))
    names_of_files = np.array([name for name, _ in listed])
    lowest = [
        float(np.quantile(probabilities[answered], _SHARE_TAKEN_FOR_UNANSWERABLE))
        for name in evidence_by_file
        if (answered := labels & (names_of_files == name)).sum() >= _MIN_OF_FILE
    ]
    least = min(lowest, default=0.0)
    if (probabilities[~labels] < least).mean() < _MIN_SHARE_RECOGNISED:
        least = 0.0
    return {kind: round(float(weight), 4) for kind, weight in zip(kinds, weights, strict=True)} | {
        "bias": round(bias, 4),
        "least": round(least, 4),
    }


def area_under_curve(questions: Sequence[QuestionEvidence], weights: Mapping[str, float]) -> float | None:
    """The share of pairs of an answered and an unanswerable question in which the former has the higher probability of
    an answer; None without such pairs.
    """
    vector = np.array([weights.get(kind, 0.0) for kind in ANSWER_KINDS])
    scores: dict[bool, list[float]] = {True: [], False: []}
    for question in questions:
        if question.answer_evidence is not None:
            scores[question.is_answered].append(float(question.answer_evidence @ vector))
    answered, unanswered = np.array(scores[True]), np.array(scores[False])
    if not len(answered) or not len(unanswered):
        return None
    differences = answered[:, None] - unanswered
    return float((differences > 0).mean() + 0.5 * (differences == 0).mean())


def fit(questions: Sequence[QuestionEvidence], kinds: Sequence[str] = ALL) -> dict[str, float]:
    """Weights by name of ``kinds``, and a bias: first to rank each supporting sentence above the others of its
    question, then a scale and a bias to make the scores probabilities. No weight is negative.
    """
    return weigh(
        [
            QuestionEvidence(question.evidence[:, [ALL.index(name) for name in kinds]], question.keep)
            for question in questions
            if question.is_labelled
        ],
        kinds,
    )


class _Sentences(NamedTuple):
    """The sentences of questions, in flat tensors. *Shape:* (n, kinds) and (n,); ``questions`` are numbers from 0."""

    evidence: torch.Tensor
    keep: torch.Tensor
    questions: torch.Tensor

    @classmethod
    def of(cls, questions: Sequence[QuestionEvidence]) -> _Sentences:
        sizes = torch.tensor([len(question.keep) for question in questions])
        return cls(
            torch.tensor(np.concatenate([question.evidence for question in questions])),
            torch.tensor(np.concatenate([question.keep for question in questions])),
            torch.arange(len(questions)).repeat_interleave(sizes),
        )

    def loss(self, weights: torch.Tensor) -> torch.Tensor:
        """The loss: how far the other sentences of its question together come up to each supporting one, as the mean
        over questions.
        """
        scores = self.evidence @ weights
        support, other_scores = scores[self.keep], scores[~self.keep]
        of_support, of_others = self.questions[self.keep], self.questions[~self.keep]
        none = scores.new_zeros(int(self.questions[-1]) + 1)
        highest = (none - torch.inf).scatter_reduce(0, of_others, other_scores.detach(), "amax")
        against = highest + none.index_add(0, of_others, (other_scores - highest[of_others]).exp()).log()
        terms = torch.nn.functional.softplus(against[of_support] - support)
        return (none.index_add(0, of_support, terms) / torch.bincount(of_support)).mean()


def weigh(questions: Sequence[QuestionEvidence], kinds: Sequence[str]) -> dict[str, float]:
    """:func:`fit` where the columns of the evidence are ``kinds``, the model's logit first."""
    mixed = [question for question in questions if question.keep.any() and not question.keep.all()]
    signed_weights = torch.tensor([1.0, *([0.1] * (len(kinds) - 1))], dtype=torch.float64).requires_grad_()
    if mixed:
        sentences = _Sentences.of(mixed)

        def listwise() -> torch.Tensor:
            return sentences.loss(signed_weights.abs()) + _WEIGHT_DECAY * (signed_weights[1:] ** 2).sum()

        minimise(signed_weights, listwise)
    weights = signed_weights.abs().detach()
    scores = np.concatenate([question.evidence @ weights.numpy() for question in questions])
    is_kept = np.concatenate([question.keep for question in questions])
    shares = np.concatenate([np.full(len(question.keep), 1 / max(1, len(question.keep))) for question in questions])
    scale, bias = calibrated(scores, is_kept, shares, start=Calibration(1.0, 0.0))  # all questions weigh the same
    weight_by_kind = {name: round(float(weight) * scale, 4) for name, weight in zip(kinds, weights, strict=True)}
    return weight_by_kind | {"bias": round(bias, 4)}


def fit_words(scorer: PassageScorer, questions: Sequence[Question]) -> dict[str, float]:
    """The bias on the word logits without a query that has the best F1 on deletions."""
    passages = [question.passages[0] for question in questions]
    passage_scores = scorer.score_passages(None, [(passage.title, passage.text) for passage in passages])
    logits = np.concatenate([scores.word for scores in passage_scores])
    keep = (
        np.concatenate(
            [word_labels(passage.words, scores.spans) for passage, scores in zip(passages, passage_scores, strict=True)]
        )
        > 0
    )

    def f1(bias: float) -> float:
        kept = logits + bias > 0
        return float(2 * (kept & keep).sum() / max(1, kept.sum() + keep.sum()))

    return {"bias": max(np.arange(-10, 11) / 10, key=f1).item()}


def reliability(
    questions: Sequence[QuestionEvidence], fusion: dict[str, float], bins: int = 10
) -> list[tuple[float, float, int]]:
    """Mean score, share kept, and number of sentences of each tenth of the scores' range."""
    weights = np.array([fusion.get(name, 0.0) for name in ALL])
    questions = [question for question in questions if question.is_labelled]
    scores = np.concatenate(
        [1 / (1 + np.exp(-(question.evidence @ weights + fusion["bias"]))) for question in questions]
    )
    sentence_labels = np.concatenate([question.keep for question in questions])
    score_bins = np.minimum((scores * bins).astype(int), bins - 1)
    return [
        (
            float(scores[score_bins == i].mean()),
            float(sentence_labels[score_bins == i].mean()),
            int((score_bins == i).sum()),
        )
        for i in range(bins)
        if (score_bins == i).any()
    ]
