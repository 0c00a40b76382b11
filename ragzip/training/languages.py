"""The weights of wording and meaning for texts in any language, from questions whose answering sentences are known.

    python -m ragzip.training.languages --data DATA/train/qa --most 24

prints what :data:`ragzip.compressors.extractive.multilingual.WEIGHTS` holds. Each question has its passage among nine
others of its file; for a quarter of them the passage with the answer is left out. Within a question the right sentences
are to be ranked first (softmax over its sentences, after Cao et al. 2007, ListNet); then scores become probabilities by
a logistic regression over all sentences, those of the questions without an answer too (Platt 1999).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from ragzip.compressors.extractive.family import Passage, Scores
from ragzip.compressors.extractive.multilingual import WEIGHTS, language_evidence, multilingual_embedder
from ragzip.errors import InputError, ModelError
from ragzip.files.rows import rows
from ragzip.models import MULTILINGUAL, shipped
from ragzip.text.splitters import sentences

__all__ = ["LANGUAGE_FILES", "fitted_weights", "language_questions"]

LANGUAGE_FILES = (
    "cmrc2018", "piaf", "tydiqa-ar", "heq", "jaquad", "tquad", "tydiqa-ru", "norquad", "afriqa", "iapp-thai",
)  # fmt: skip
PASSAGES = 10
UNANSWERED_EVERY = 4  # of so many questions one loses the passage with its answer
PENALTY = 0.5  # of squared weights of standardised evidence
_STEPS = 100
_Floats = npt.NDArray[np.float64]


class _Question(NamedTuple):
    """A question's passages, and which of all their sentences hold its answer. *Shape:* (all sentences,)."""

    text: str
    passages: list[Passage]
    is_right: npt.NDArray[np.bool_]


def language_questions(file: Path, most: int, seed: int = 0) -> list[_Question]:
    """``most`` answerable questions of a QA file, spread over it, each with its passage among others of the file.

    :raises InputError: the file has no answerable question.
    """
    answerable = [record for _, record in rows(file) if record["answers"] and record["support_spans"]]
    if not answerable:
        raise InputError(f"{file}: received no answerable question, expected QA records with support_spans.")
    chosen = list(islice(answerable[:: max(1, len(answerable) // most)], most))
    documents = list({record["documents"][0]["text"]: record["documents"][0] for record in chosen}.values())
    return [
        _question(record, documents, random.Random(f"{seed} {number}"), number % UNANSWERED_EVERY == 0)
        for number, record in enumerate(chosen)
    ]


def _question(
    record: Mapping[str, Any], documents: Sequence[dict[str, Any]], draw: random.Random, is_unanswered: bool
) -> _Question:
    own_document = record["documents"][0]
    answers = [answer.casefold() for answer in record["answers"]]
    others = [
        document
        for document in documents
        if document["text"] != own_document["text"]
        and not any(answer in document["text"].casefold() for answer in answers)
    ]
    mixed = draw.sample(others, min(PASSAGES - 1, len(others))) + ([] if is_unanswered else [own_document])
    draw.shuffle(mixed)
    passages = [Passage(document["title"], document["text"], tuple(sentences(document["text"]))) for document in mixed]
    spans = [(span["start"], span["end"]) for span in record["support_spans"] if span["doc"] == own_document["id"]]
    is_right = [
        document is own_document and any(start < sentence.end and sentence.start < end for start, end in spans)
        for document, passage in zip(mixed, passages, strict=True)
        for sentence in passage.spans
    ]
    return _Question(record["question"], passages, np.array(is_right, bool))


def fitted_weights(questions: Sequence[_Question], kinds: Sequence[str], *, meaning: bool) -> dict[str, float]:
    """The weights of ``kinds`` of evidence and the bias of a probability.

    :param meaning: read the passages with the multilingual embedder.
    :raises ModelError: it is not installed.
    """
    embedder = multilingual_embedder() if meaning else None
    if meaning and embedder is None:
        raise ModelError(f"model: {shipped(MULTILINGUAL)} holds no embedder.")
    evidence = []
    for question in questions:
        values = language_evidence(question.text, question.passages, embedder)
        evidence.append(np.column_stack([values[kind] for kind in kinds]))
    weights = _ranking_weights(evidence, [question.is_right for question in questions])
    scores = np.concatenate(evidence) @ weights
    slope, bias = _calibration(scores, np.concatenate([question.is_right for question in questions]))
    return {kind: round(float(slope * weight), 3) for kind, weight in zip(kinds, weights, strict=True)} | {
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

    _minimise(weights, loss)
    return np.asarray(weights.detach().numpy() / deviations, np.float64)


def _calibration(scores: Scores, is_right: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and bias with which ``scores`` are the log-odds of being right."""
    values, targets = torch.tensor(scores), torch.tensor(is_right, dtype=torch.float64)
    line = torch.tensor([1.0, -5.0], dtype=torch.float64, requires_grad=True)

    def loss() -> torch.Tensor:
        return torch.nn.functional.binary_cross_entropy_with_logits(values * line[0] + line[1], targets)

    _minimise(line, loss)
    slope, bias = line.detach().tolist()
    return slope, bias


def _minimise(parameters: torch.Tensor, loss: Any) -> None:
    optimiser = torch.optim.LBFGS([parameters], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        value: torch.Tensor = loss()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(closure)  # type: ignore[no-untyped-call]


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
    weights = {
        variant: fitted_weights(
            questions, [kind for kind in WEIGHTS[variant] if kind != "bias"], meaning=variant == "meaning"
        )
        for variant in options.variants
    }
    sys.stdout.write(json.dumps(weights, indent=2) + "\n")


if __name__ == "__main__":
    main()
