"""The weights of wording and meaning for texts in any language, from questions whose answering sentences are known.

    python -m ragzip.training.languages --data DATA/train/qa --most 24

prints what :data:`ragzip.compressors.extractive.pruning.multilingual.WEIGHTS` holds. Each question has its passage
among nine others of its file; for a quarter of them the passage with the answer is left out. Within a question the
right sentences are to be ranked first (softmax over its sentences, after Cao et al. 2007, ListNet); then scores become
probabilities by a logistic regression over all sentences, those of the questions without an answer too (Platt 1999).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from ragzip.backends.cached import CachedEmbedder, CachedPassageScorer
from ragzip.compressors.extractive.pruning.multilingual import (
    WEIGHTS,
    language_evidence,
    multilingual_embedder,
    multilingual_reader,
    variant_of,
)
from ragzip.compressors.extractive.texts.passages import Passage
from ragzip.errors import InputError
from ragzip.training.data import Question, among_others, read_qa
from ragzip.training.minimise import Calibration, calibrated, minimise

__all__ = ["LANGUAGE_FILES", "fitted_weights", "language_questions"]

LANGUAGE_FILES = (
    "cmrc2018", "piaf", "tydiqa-ar", "heq", "jaquad", "tquad", "tydiqa-ru", "norquad", "afriqa", "iapp-thai",
)  # fmt: skip
PASSAGES = 10
UNANSWERED_EVERY = 4  # of so many questions one loses the passage with its answer
PENALTY = 0.5  # of squared weights of standardised evidence
_Floats = npt.NDArray[np.float64]


def language_questions(file: Path, most: int, seed: int = 0) -> list[Question]:
    """``most`` answerable questions of a QA file, spread over it, each with its passage among others of the file; every
    fourth one without it.

    :raises InputError: the file has no answerable question.
    """
    answerable = [question for question in read_qa(file) if any(any(passage.keep) for passage in question.passages)]
    if not answerable:
        raise InputError(f"{file}: received no answerable question, expected QA records with support_spans.")
    chosen = answerable[:: max(1, len(answerable) // most)][:most]
    return [
        _without_answer(question) if number % UNANSWERED_EVERY == 0 else question
        for number, question in enumerate(among_others(chosen, PASSAGES, seed))
    ]


def _without_answer(question: Question) -> Question:
    return replace(question, passages=tuple(passage for passage in question.passages if not any(passage.keep)))


def fitted_weights(
    questions: Sequence[Question], kinds: Sequence[str], model: CachedEmbedder | CachedPassageScorer | None
) -> dict[str, float]:
    """The weights of ``kinds`` of evidence, that with ``model``, and the bias of a probability."""
    evidence, is_right = [], []
    for question in questions:
        passages = [Passage(passage.title, passage.text, passage.sentences) for passage in question.passages]
        values = language_evidence(question.query, passages, model)
        evidence.append(np.column_stack([values[kind] for kind in kinds]))
        is_right.append(np.array([is_kept for passage in question.passages for is_kept in passage.keep], bool))
    weights = _ranking_weights(evidence, is_right)
    scores, rights = np.concatenate(evidence) @ weights, np.concatenate(is_right)
    shares = np.full(len(scores), 1 / len(scores))  # all sentences weigh the same
    scale, bias = calibrated(scores, rights, shares, start=Calibration(1.0, -5.0))
    return {kind: round(float(scale * weight), 3) for kind, weight in zip(kinds, weights, strict=True)} | {
        "bias": round(bias, 3)
    }


def _ranking_weights(evidence: Sequence[_Floats], is_right: Sequence[npt.NDArray[np.bool_]]) -> _Floats:
    """The weights under which the right sentences of each question get most of a softmax. *Shape:* (kinds,)."""
    answered = [number for number, right in enumerate(is_right) if right.any()]
    deviations = np.concatenate([evidence[number] for number in answered]).std(axis=0) + 1e-9
    values = [torch.tensor(evidence[number] / deviations) for number in answered]
    rights = [torch.tensor(is_right[number]) for number in answered]
    weights = torch.zeros(len(deviations), dtype=torch.float64, requires_grad=True)

    def loss() -> torch.Tensor:
        losses = [
            torch.logsumexp(scores, 0) - torch.logsumexp(scores[right], 0)
            for scores, right in zip((value @ weights for value in values), rights, strict=True)
        ]
        return torch.stack(losses).sum() + PENALTY * (weights * weights).sum()

    minimise(weights, loss)
    return np.asarray(weights.detach().numpy() / deviations, np.float64)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ragzip.training.languages", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the files NAME.jsonl.gz")
    parser.add_argument("--files", nargs="*", default=list(LANGUAGE_FILES), help="their names")
    parser.add_argument("--most", type=int, default=24, help="questions of each file")
    parser.add_argument("--variants", nargs="*", choices=WEIGHTS, default=list(WEIGHTS))
    options = parser.parse_args()
    questions = [
        question
        for name in options.files
        for question in language_questions(options.data / f"{name}.jsonl.gz", options.most)
    ]
    models = {variant_of(model): model for model in (None, multilingual_embedder(), multilingual_reader())}
    weights = {
        variant: fitted_weights(questions, [kind for kind in WEIGHTS[variant] if kind != "bias"], models[variant])
        for variant in options.variants
    }
    sys.stdout.write(json.dumps(weights, indent=2) + "\n")


if __name__ == "__main__":
    main()
