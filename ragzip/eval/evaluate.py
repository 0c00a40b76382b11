"""One call from a suite to a report on disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ragzip.eval.economics import Prices
from ragzip.eval.page import cases, page
from ragzip.eval.plots import curves, figure_class, save_plot, svg
from ragzip.eval.records import Arm
from ragzip.eval.report import Report, make_report
from ragzip.eval.runner import run
from ragzip.eval.suites import Suite
from ragzip.tokens import token_counter

__all__ = ["evaluate"]


def evaluate(
    suite: Suite, grid: Sequence[Arm], *, out: str | Path, prices: Prices | None = None, **options: Any
) -> Report:
    """Run ``grid`` over ``suite`` and report on it; the options are those of :func:`~ragzip.eval.runner.run`.

    The folder ``out`` gets records.jsonl (from which the same call goes on, if it was stopped), report.json,
    report.csv, report.md, report.html (all of it in one page, with wins and losses) and the plots quality.png and
    quality.svg. ::

        suite = load_suite("questions.jsonl")
        report = evaluate(suite, arms(["auto", "bm25"], rates=[0.25, 0.5]), out="runs/mine")
        print(report.to_text())

    :raises RagzipError: what was received, what was expected and what to do.
    """
    figure_class()  # so that what is missing is known before a run of hours
    records = run(suite.examples, grid, out=out, suite=suite.name, **options)
    tokenizer = token_counter(options.get("tokenizer")).name
    report = make_report(records, suite=suite.name, tokenizer=tokenizer, prices=prices, notes=suite.notes)
    folder = Path(out)
    text = json.dumps(report.to_json(), indent=1, ensure_ascii=False)
    (folder / "report.json").write_text(f"{text}\n", "utf-8")
    (folder / "report.csv").write_text(report.to_csv(), "utf-8")
    (folder / "report.md").write_text(report.to_markdown(), "utf-8")
    figure = curves(report.rows, f"{suite.name}, {report.reader or 'no reader'}")
    save_plot(figure, folder / "quality")
    (folder / "report.html").write_text(page(report, cases(records, suite.examples), svg(figure)), "utf-8")
    return report
