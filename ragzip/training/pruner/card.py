"""The model card, from the figures of the run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from ragzip.compressors.extractive.pruning.evidence import answered_variant, variant
from ragzip.eval.reports.writing import markdown_text
from ragzip.training.curve import CURVE, plot_curve
from ragzip.training.pruner.fusion import QuestionEvidence, area_under_curve, reliability

__all__ = ["FILES", "write_card"]

FILES = ("CARD.md", "run.json", CURVE)


def write_card(
    out: Path,
    run: Mapping[str, Any],
    agreement: Mapping[str, float],
    fusion: dict[str, dict[str, float]],
    evidence_by_file: Mapping[str, Sequence[QuestionEvidence]],
    about: str = "",
    answer_evidence: Mapping[str, Sequence[QuestionEvidence]] | None = None,
) -> dict[str, Any]:
    """Write CARD.md, run.json and curve.png to ``out``; the figures.

    :param run: plan, log and sources of the training.
    :param evidence_by_file: the evidence of the development questions, by file.
    :param about: what else the card says (licence, limits …), in Markdown, with or without a heading of the whole card.
    :param answer_evidence: the evidence that the decision that nothing answers was fitted on, by file.
    """
    log = list(run["log"])
    last = log[-1] if log else {}
    has_similarity = variant(hops=2, similarity=True) in fusion
    weights = fusion[variant(hops=2, similarity=has_similarity)]
    figures = {
        "tokens": last.get("tokens", 0),
        "seconds": last.get("seconds", 0),
        "agreement": dict(agreement),
        "fusion": fusion,
        "dev": {key.removeprefix("dev "): value for key, value in last.items() if key.startswith("dev ")},
        "reliability": reliability(list(chain.from_iterable(evidence_by_file.values())), weights),
        "answered": _told_apart(answer_evidence or {}, fusion.get(answered_variant(similarity=has_similarity))),
        "plan": run["plan"],
        "sources": run["sources"],
    }
    (out / "run.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    if log:
        plot_curve(log, out / CURVE, ("sentence", "list", "word"))
    card_lines = _card_lines(figures, about.strip(), has_curve=(out / CURVE).is_file())
    (out / "CARD.md").write_text("\n".join(card_lines) + "\n", "utf-8")
    return figures


def _card_lines(figures: Mapping[str, Any], about: str, *, has_curve: bool) -> list[str]:
    heading, _, text = about.partition("\n") if about.startswith("# ") else ("# Pruner", "", about)
    agreement = figures["agreement"]
    return [
        heading,
        "",
        f"Trained on {figures['tokens']:,} tokens in {figures['seconds'] / 60:,.0f} minutes.",
        "",
        "| source | questions | share of tokens |",
        "| --- | ---: | ---: |",
        *(
            f"| {markdown_text(name)} | {row['questions']:,} | {row['share']:.1%} |"
            for name, row in figures["sources"].items()
        ),
        "",
        "Development figures while training (supporting sentences kept; the encoder's own tokens):",
        "",
        *(f"- {markdown_text(name)}: {value:.3f}" for name, value in figures["dev"].items()),
        "",
        f"int8 keeps {agreement['kept']:.1%} of the sentences that fp32 puts in the best fifth; logits differ by "
        f"{agreement['mean_difference']:.3f} on average.",
        "",
        "Calibration, over the sentences of these questions (mean score against the share kept):",
        "",
        "| score | share kept | sentences |",
        "| ---: | ---: | ---: |",
        *(f"| {score:.2f} | {share:.2f} | {n:,} |" for score, share, n in figures["reliability"]),
        *_answer_lines(figures["answered"]),
        *(["", f"![curve]({CURVE})"] if has_curve else []),
        *(["", text.strip()] if text else []),
    ]


def _told_apart(
    evidence_by_file: Mapping[str, Sequence[QuestionEvidence]], weights: Mapping[str, float] | None
) -> dict[str, dict[str, float]]:
    """The separation of answered and unanswerable questions, as the area under the curve, by file, and in all files
    together.
    """
    if weights is None:
        return {}
    together = {"all": list(chain.from_iterable(evidence_by_file.values()))}
    areas = {name: area_under_curve(evidence, weights) for name, evidence in {**evidence_by_file, **together}.items()}
    return {
        name: {"area": area, "questions": len({**evidence_by_file, **together}[name])}
        for name, area in areas.items()
        if area is not None
    }


def _answer_lines(told_apart: Mapping[str, Mapping[str, float]]) -> list[str]:
    if not told_apart:
        return []
    rows = [f"| {markdown_text(name)} | {row['questions']:,} | {row['area']:.3f} |" for name, row in told_apart.items()]
    return [
        "",
        "Answered and unanswerable questions (area under the curve of the probability of an answer):",
        "",
        "| file | questions | area |",
        "| --- | ---: | ---: |",
        *rows,
    ]
