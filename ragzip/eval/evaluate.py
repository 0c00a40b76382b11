"""A report on disk from a suite, in one call."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ragzip.checks import number_in
from ragzip.errors import InputError
from ragzip.eval.measures.decisions import MARGIN, with_agreement
from ragzip.eval.measures.economics import Prices
from ragzip.eval.record import Arm
from ragzip.eval.reports.page import cases, page
from ragzip.eval.reports.plots import curves, figure_class, save_plot
from ragzip.eval.reports.tables import EvaluationReport, make_report
from ragzip.eval.runs.runner import run
from ragzip.eval.suites.load import Suite
from ragzip.files.manifest import check_files, replacing_files
from ragzip.files.writing import write_file
from ragzip.text.tokens import token_counter

__all__ = ["FILES", "WRITER", "evaluate"]

WRITER = "report"  # its name in the manifest of the folder
FILES = ("report.json", "report.csv", "report.md", "report.html", "quality.png", "quality.svg")


def evaluate(
    suite: Suite,
    grid: Sequence[Arm],
    *,
    out: str | Path,
    prices: Prices | None = None,
    margin: float = MARGIN,
    **options: Any,
) -> EvaluationReport:
    """The report of ``grid`` on ``suite``; the options are those of :func:`~ragzip.eval.runs.runner.run`.

    The folder ``out`` gets records.jsonl (from which the same call resumes an interrupted run), report.json,
    report.csv, report.md, report.html (all of it in one page, with wins and losses) and the plots quality.png and
    quality.svg. ::

        suite = load_suite("questions.jsonl")
        report = evaluate(suite, arms(["auto", "bm25"], rates=[0.25, 0.5]), out="runs/mine")
        print(report.to_text())

    A folder with files of these names that ragzip did not write is refused. Where every example failed,
    :attr:`EvaluationReport.all_failed` is set.

    :param margin: share of decisions that may be worse than without compression, in the verdicts on them.
    :raises RagzipError: the message says what was received and expected, and what to do.
    """
    figure_class()  # a missing package should fail before a run of hours
    if not suite.examples:
        raise InputError(f"suite: {suite.name} has no examples, expected one or more. Check its data and its options.")
    margin = number_in(margin, "margin")
    folder = Path(out)
    check_files(folder, WRITER, FILES)
    records = with_agreement(run(suite.examples, grid, out=folder, suite=suite.name, **options))
    tokenizer = token_counter(options.get("tokenizer")).name
    report = make_report(
        records, suite=suite.name, tokenizer=tokenizer, prices=prices, notes=suite.notes, margin=margin
    )
    figure = curves(report.rows, f"{suite.name}, {report.reader or 'no reader'}")
    with replacing_files(folder, WRITER, FILES) as fresh_folder:
        plot = save_plot(figure, fresh_folder / "quality")
        json_text = json.dumps(report.to_json(), indent=1, ensure_ascii=False)
        content_by_file = {
            "report.json": f"{json_text}\n",
            "report.csv": report.to_csv(),
            "report.md": report.to_markdown(),
            "report.html": page(report, cases(records, suite.examples), plot),
        }
        for file_name, content in content_by_file.items():
            write_file(fresh_folder / file_name, content)
    return report
