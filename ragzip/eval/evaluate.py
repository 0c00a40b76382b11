"""One call from a suite to a report on disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ragzip.errors import InputError
from ragzip.eval.measures.economics import Prices
from ragzip.eval.reports.page import cases, page
from ragzip.eval.reports.plots import curves, figure_class, save_plot, svg
from ragzip.eval.reports.tables import Report, make_report
from ragzip.eval.runs.records import Arm
from ragzip.eval.runs.runner import run
from ragzip.eval.suites.load import Suite
from ragzip.files.manifest import check_files, replacing_files
from ragzip.files.writing import write_file
from ragzip.text.tokens import token_counter

__all__ = ["FILES", "WRITER", "evaluate"]

WRITER = "report"  # in the manifest of the folder of a run
FILES = ("report.json", "report.csv", "report.md", "report.html", "quality.png", "quality.svg")


def evaluate(
    suite: Suite, grid: Sequence[Arm], *, out: str | Path, prices: Prices | None = None, **options: Any
) -> Report:
    """Run ``grid`` over ``suite`` and report on it; the options are those of :func:`~ragzip.eval.runs.runner.run`.

    The folder ``out`` gets records.jsonl (from which the same call goes on, if it was stopped), report.json,
    report.csv, report.md, report.html (all of it in one page, with wins and losses) and the plots quality.png and
    quality.svg. ::

        suite = load_suite("questions.jsonl")
        report = evaluate(suite, arms(["auto", "bm25"], rates=[0.25, 0.5]), out="runs/mine")
        print(report.to_text())

    Files of these names that are somebody else's are not touched: the folder is refused. Where every example failed,
    the report says so (:attr:`Report.all_failed`).

    :raises RagzipError: what was received, what was expected and what to do.
    """
    figure_class()  # so that what is missing is known before a run of hours
    if not suite.examples:
        raise InputError(f"suite: {suite.name} has no examples, expected one or more. Check its data and its options.")
    folder = Path(out)
    check_files(folder, WRITER, FILES)
    records = run(suite.examples, grid, out=folder, suite=suite.name, **options)
    tokenizer = token_counter(options.get("tokenizer")).name
    report = make_report(records, suite=suite.name, tokenizer=tokenizer, prices=prices, notes=suite.notes)
    figure = curves(report.rows, f"{suite.name}, {report.reader or 'no reader'}")
    with replacing_files(folder, WRITER, FILES) as fresh:
        save_plot(figure, fresh / "quality")
        text = json.dumps(report.to_json(), indent=1, ensure_ascii=False)
        pages = {
            "report.json": f"{text}\n",
            "report.csv": report.to_csv(),
            "report.md": report.to_markdown(),
            "report.html": page(report, cases(records, suite.examples), svg(figure)),
        }
        for name, content in pages.items():
            write_file(fresh / name, content)
    return report
