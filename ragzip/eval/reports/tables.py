"""Tables of a run: for a terminal, Markdown, CSV, JSON."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ragzip.checks import number_in
from ragzip.errors import InputError
from ragzip.eval.measures.decisions import MARGIN, Verdict, verdict_of, with_agreement
from ragzip.eval.measures.economics import BreakEven, LinearFit, Prices, break_even, cost, fit_line
from ragzip.eval.measures.kept import Kept
from ragzip.eval.measures.statistics import Interval, interval, over_tasks, paired
from ragzip.eval.record import NONE, Arm, Record
from ragzip.eval.reports.terminal import text_table, wrapped
from ragzip.eval.reports.values import (
    amount_text,
    flat_values_of,
    interval_text,
    json_values_of,
    mean_text,
    tokens_text,
    verdict_text,
)
from ragzip.eval.reports.writing import csv_cell, markdown_text, one_line
from ragzip.eval.suites.table import length_range_of

__all__ = ["ALL", "EvaluationReport", "ReportRow", "make_report"]

ALL = "all tasks"
_TITLES = {"words": "answer's words kept"}


@dataclass(frozen=True)
class ReportRow:
    """One arm on one task.

    :param quality: the suite's score; without a reader, the share of examples whose answer is kept, or where answers do
        not stand in the context as they are, of the answers' words; of conversations the share of decisions that are
        the recorded ones, or where none are recorded, those without compression. ``measure`` says which.
    :param difference: of it from no compression, paired by example.
    :param rate: tokens kept ÷ tokens given, of all examples together.
    :param kept: of what a reader needs, see :class:`~ragzip.eval.measures.kept.Kept`.
    :param tokens_per_correct: prompt and answer tokens ÷ points scored.
    :param cost_per_correct: the same in money.
    :param fallbacks: examples that were read whole since the system failed.
    :param verdict: on decisions, see :class:`~ragzip.eval.measures.decisions.Verdict`.
    :param compress: milliseconds an example that nothing was cached for; ``read`` the reader's.
    """

    task: str
    arm: Arm
    n: int
    errors: int
    measure: str
    quality: Interval | None
    difference: Interval | None
    tokens: float
    rate: float
    scores: Mapping[str, Interval]
    kept: Mapping[str, Interval]
    nll: Interval | None
    tokens_per_correct: float | None
    cost_per_correct: float | None
    compress: float
    read: float | None
    even: BreakEven | None
    fallbacks: int = 0
    verdict: Verdict | None = None


@dataclass(frozen=True)
class EvaluationReport:
    """All rows of a run, the one over all tasks last where there are several."""

    suite: str
    reader: str | None
    tokenizer: str
    rows: tuple[ReportRow, ...]
    prices: Prices
    versions: Mapping[str, str]
    notes: tuple[str, ...] = ()

    @property
    def all_failed(self) -> bool:
        """Whether no example went well under every arm, so that there are no figures."""
        return not self.rows

    @property
    def tasks(self) -> list[str]:
        """The tasks there are figures of, in their order."""
        return list(dict.fromkeys(row.task for row in self.rows))

    def columns(self) -> list[tuple[str, Callable[[ReportRow], str]]]:
        """Heading and text of each column that has something to say."""
        columns: list[tuple[str, Callable[[ReportRow], str]]] = [
            ("task", lambda row: row.task),
            ("compressor", lambda row: row.arm.label),
            ("n", _count_text),
            ("tokens", lambda row: f"{row.tokens:,.0f}"),
            ("kept", lambda row: f"{row.rate:.1%}"),
        ]
        for metric in dict.fromkeys(metric for row in self.rows for metric in row.scores):
            columns.append((metric, lambda row, metric=metric: interval_text(row.scores.get(metric))))  # type: ignore[misc]
        columns.append(("over none", lambda row: interval_text(row.difference, sign=True)))
        if any(row.verdict for row in self.rows):
            columns.append(("not worse", lambda row: verdict_text(row.verdict)))
        for kind in Kept._fields:
            if any(kind in row.kept for row in self.rows):
                title = _TITLES.get(kind, f"{kind} kept")
                columns.append((title, lambda row, kind=kind: mean_text(row.kept.get(kind))))  # type: ignore[misc]
        if any(row.nll for row in self.rows):
            columns.append(("NLL", lambda row: mean_text(row.nll)))
        if any(row.tokens_per_correct is not None for row in self.rows):
            columns.append(("tokens a right answer", lambda row: amount_text(row.tokens_per_correct, ",.0f")))
        if any(row.cost_per_correct is not None for row in self.rows):
            columns.append(("cost a right answer", lambda row: amount_text(row.cost_per_correct, ".3g")))
        columns.append(("compress ms", lambda row: f"{row.compress:,.0f}"))
        if any(row.read is not None for row in self.rows):
            columns.append(("read ms", lambda row: amount_text(row.read, ",.0f")))
        if any(row.even and row.even.time is not None for row in self.rows):
            columns.append(("faster from", lambda row: tokens_text(row.even.time if row.even else None)))
        if any(row.even and row.even.money is not None for row in self.rows):
            columns.append(("cheaper from", lambda row: tokens_text(row.even.money if row.even else None)))
        return columns

    def cells(self) -> list[list[str]]:
        """Headings, then a line for each row."""
        columns = self.columns()
        headings = [heading for heading, _ in columns]
        lines = [headings, *([cell_of(report_row) for _, cell_of in columns] for report_row in self.rows)]
        return [[one_line(cell_text) for cell_text in line] for line in lines]

    def to_text(self) -> str:
        """The figures for a terminal of 100 columns: a table for each task, its last columns below it."""
        headings, *lines = self.cells()
        lines_by_task: dict[str, list[list[str]]] = {}
        for task_name, *task_cells in lines:
            lines_by_task.setdefault(task_name, []).append(task_cells)
        sections = [
            f"task: {task_name}\n" + text_table([headings[1:], *task_lines])
            for task_name, task_lines in lines_by_task.items()
        ]
        notes = "\n".join(wrapped(one_line(note_text)) for note_text in self.notes)
        return "\n\n".join([*sections, *([notes] if notes else [])])

    def to_markdown(self) -> str:
        headings, *lines = [[markdown_text(cell_text) for cell_text in line] for line in self.cells()]
        alignment = ["---" if position < 2 else "---:" for position in range(len(headings))]
        table = "\n".join(f"| {' | '.join(line)} |" for line in [headings, alignment, *lines])
        return "\n\n".join([table, *map(markdown_text, self.notes)]) + "\n"

    def to_csv(self) -> str:
        """One line a row, means and both ends of their intervals in columns of their own. Text that a spreadsheet would
        take for a formula has an apostrophe before it.
        """
        csv_rows = [
            {csv_cell(column_name): csv_cell(value) for column_name, value in flat_values_of(vars(report_row)).items()}
            for report_row in self.rows
        ]
        column_names = list(dict.fromkeys(column_name for csv_row in csv_rows for column_name in csv_row))
        stream = io.StringIO(newline="")
        writer = csv.DictWriter(stream, column_names or ["task", "compressor"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(csv_rows)
        return stream.getvalue()

    def to_json(self) -> dict[str, Any]:
        """All figures, for ``json.dumps``; numbers that are not finite are texts."""
        return {
            "suite": self.suite,
            "reader": self.reader,
            "tokenizer": self.tokenizer,
            "versions": dict(self.versions),
            "prices": vars(self.prices),
            "notes": list(self.notes),
            "rows": [json_values_of(vars(row)) for row in self.rows],
        }


def make_report(
    records: Sequence[Record],
    *,
    suite: str,
    tokenizer: str,
    prices: Prices | None = None,
    notes: Sequence[str] = (),
    margin: float = MARGIN,
) -> EvaluationReport:
    """The figures of ``records``. Examples that failed under any arm count for none of them; where all failed, there
    are no rows, and a note that says so.

    :param margin: share of decisions that may be worse, see :class:`~ragzip.eval.measures.decisions.Verdict`.
    :raises InputError: no records.
    :raises OptionError: a margin outside 0 to 1.
    """
    margin = number_in(margin, "margin")
    if not records:
        raise InputError("records: received none, expected those of a run. Check the suite and the arms.")
    prices = prices or Prices()
    records = with_agreement(records)
    failed_keys = {(record.task, record.id) for record in records if record.error is not None}
    good_records = [record for record in records if (record.task, record.id) not in failed_keys]
    rows_of = _RowMaker(prices, _reading_line(good_records, prices), margin)
    failures_by_task = Counter(task_name for task_name, _ in failed_keys)
    by_task = _grouped(good_records, lambda record: record.task)
    report_rows = [
        row for task, arms in by_task.items() for row in rows_of.arms(task, arms, errors=failures_by_task[task])
    ]
    if (length_range := length_range_of(suite)) is not None:
        by_range = _grouped(good_records, lambda record: f"{record.task} ({length_range(record.length or 0)} words)")
        report_rows += [row for task, arms in by_range.items() for row in rows_of.arms(task, arms)]
    if len(by_task) > 1:
        pooled_arms = _grouped(good_records, lambda _: ALL)[ALL]
        pooled_rows = rows_of.arms(ALL, pooled_arms, errors=len(failed_keys))
        report_rows += [_over_all(row, by_task) for row in pooled_rows]
    if failed_keys:
        notes = (*notes, _failure_note(records, len(failed_keys), all_failed=not good_records))
    notes = (*notes, *_fallback_notes(good_records), *_verdict_notes(report_rows))
    first_record = records[0]
    return EvaluationReport(
        suite, first_record.reader, tokenizer, tuple(report_rows), prices, first_record.versions, tuple(notes)
    )


def _reading_line(records: Sequence[Record], prices: Prices) -> LinearFit | None:
    """The line of the reader's prefill seconds over prompt tokens: from ``prices``, or fitted to the measurements."""
    if prices.prefill:
        return LinearFit(0.0, 1 / prices.prefill)
    read_records = [record for record in records if record.prompt_tokens and "read" in record.seconds]
    seconds = [record.seconds.get("first", record.seconds["read"]) for record in read_records]
    return fit_line([record.prompt_tokens or 0 for record in read_records], seconds)


def _failure_note(records: Sequence[Record], failures: int, *, all_failed: bool) -> str:
    error_counts = Counter(record.error for record in records if record.error is not None)
    (commonest_error, count) = error_counts.most_common(1)[0]
    if all_failed:
        return (
            f"All {failures} examples failed: there are no figures. The commonest error ({count} of "
            f"{error_counts.total()}): {commonest_error}. All errors are in records.jsonl."
        )
    return (
        f"{failures} examples failed and count for no arm; their errors are in records.jsonl. The commonest "
        f"({count} of {error_counts.total()}): {commonest_error}"
    )


def _grouped(records: Sequence[Record], group: Callable[[Record], str]) -> dict[str, dict[Arm, list[Record]]]:
    records_by_arm: dict[str, dict[Arm, list[Record]]] = {}
    for record in records:
        records_by_arm.setdefault(group(record), {}).setdefault(record.arm, []).append(record)
    return records_by_arm


def _quality(records: Sequence[Record]) -> tuple[str, dict[tuple[str, str], float]]:
    """The name of the measure of quality, and each example's value."""
    if any(record.scores for record in records):
        scores = {(record.task, record.id): record.score or 0.0 for record in records}
        return next(iter(records[0].scores), "score"), scores
    for kept_kind in ("answer", "words", "support", "identifiers", "lines"):
        shares = {(record.task, record.id): record.kept.get(kept_kind) for record in records}
        known_shares = {example_key: share for example_key, share in shares.items() if share is not None}
        if known_shares:
            return _TITLES.get(kept_kind, f"{kept_kind} kept"), known_shares
    return "answer kept", {}


class _RowMaker(NamedTuple):
    """The maker of the rows of a report: the prices, the line of reading times and the margin that all of them use."""

    prices: Prices
    reading_line: LinearFit | None
    margin: float

    def arms(self, task: str, arms: Mapping[Arm, Sequence[Record]], *, errors: int = 0) -> list[ReportRow]:
        """A row for each of ``arms``, with their records of one task.

        :param errors: examples of the task that failed.
        """
        return [self.row(task, arm, arms, errors) for arm in arms]

    def row(self, task: str, arm: Arm, arms: Mapping[Arm, Sequence[Record]], errors: int) -> ReportRow:
        """The row of one of ``arms``."""
        prices = self.prices
        records, whole_records = arms[arm], arms.get(Arm(NONE), [])
        same_name = [record for other_arm in arms if other_arm.name == arm.name for record in arms[other_arm]]
        uncached = [record for record in same_name if record.cache_misses] or same_name
        measure, values = _quality(records)
        whole_values = _quality(whole_records)[1] if arm.name != NONE else {}
        fallbacks = sum(record.fallback is not None for record in records)
        has_verdict = any(record.decision is not None for record in records) and fallbacks < len(records)
        points = sum(values.values()) if any(record.scores for record in records) else 0.0
        read_tokens = sum((record.prompt_tokens or 0) + (record.output_tokens or 0) for record in records)
        tokens_in = sum(record.tokens_in for record in records)
        tokens_out = sum(record.tokens_out for record in records)
        has_prices = prices.input or prices.output or prices.machine
        read_seconds = [record.seconds["read"] for record in records if "read" in record.seconds]
        compress_seconds = 0.0 if arm.name == NONE else sum(record.seconds["compress"] for record in uncached)
        return ReportRow(
            task=task,
            arm=arm,
            n=len(records),
            errors=errors,
            measure=measure,
            quality=interval(list(values.values())),
            difference=paired(values, whole_values),
            tokens=tokens_out / len(records),
            rate=tokens_out / tokens_in if tokens_in else 1.0,
            scores=_intervals([record.scores for record in records]),
            kept=_intervals([record.kept for record in records]),
            nll=interval([record.nll for record in records if record.nll is not None]),
            tokens_per_correct=read_tokens / points if points else None,
            cost_per_correct=sum(cost(record, prices) for record in records) / points
            if points and has_prices
            else None,
            compress=1000 * compress_seconds / len(uncached),
            read=1000 * sum(read_seconds) / len(read_seconds) if read_seconds else None,
            even=None if arm.name == NONE else break_even(records, uncached, prices, reading=self.reading_line),
            fallbacks=fallbacks,
            verdict=verdict_of(values, whole_values, self.margin) if has_verdict else None,
        )


def _over_all(row: ReportRow, by_task: Mapping[str, Mapping[Arm, Sequence[Record]]]) -> ReportRow:
    """``row`` (of all records together) with the mean of the tasks' means for its quality: every task counts alike."""
    values, differences, measures = {}, {}, set()
    for task_name, task_arms in by_task.items():
        task_measure, values[task_name] = _quality(task_arms.get(row.arm, []))
        measures.add(task_measure)
        whole_values = _quality(task_arms.get(Arm(NONE), []))[1]
        differences[task_name] = [
            value - whole_values[example_key]
            for example_key, value in values[task_name].items()
            if example_key in whole_values
        ]
    quality = over_tasks({task_name: list(task_values.values()) for task_name, task_values in values.items()})
    measure = measures.pop() if len(measures) == 1 else "score" if row.scores else "kept"
    scores = row.scores if measure in row.scores else {}  # tasks with metrics of their own have only a score in common
    return replace(
        row,
        measure=measure,
        quality=quality,
        difference=None if row.arm.name == NONE else over_tasks(differences),
        scores={**scores, measure: quality} if row.scores and quality else row.scores,
    )


def _intervals(values_by_example: Sequence[Mapping[str, float | None]]) -> dict[str, Interval]:
    """The mean of each measure over the examples that have it."""
    means: dict[str, Interval] = {}
    for measure in dict.fromkeys(measure for values in values_by_example for measure in values):
        measured = [value for values in values_by_example if (value := values.get(measure)) is not None]
        if (mean := interval(measured)) is not None:
            means[measure] = mean
    return means


def _fallback_notes(records: Sequence[Record]) -> list[str]:
    """A note for each arm whose system failed on some examples."""
    reasons_by_arm: dict[Arm, Counter[str]] = {}
    for record in records:
        if record.fallback is not None:
            reasons_by_arm.setdefault(record.arm, Counter())[record.fallback] += 1
    return [
        f"{arm.label}: {reasons.total()} examples were read whole, since the system failed on them. The commonest "
        f"reason ({reasons.most_common(1)[0][1]} of {reasons.total()}): {reasons.most_common(1)[0][0]}"
        for arm, reasons in reasons_by_arm.items()
    ]


def _verdict_notes(rows: Sequence[ReportRow]) -> list[str]:
    margins = {row.verdict.margin for row in rows if row.verdict is not None}
    return [
        f"Not worse: by {margin:g} at most, with 95% confidence on one side; the number is that end of the interval "
        "of the difference from no compression (Tango 1998). “Not shown” does not mean that it is worse."
        for margin in margins
    ]


def _count_text(row: ReportRow) -> str:
    remarks = [f"{row.errors} failed"] if row.errors else []
    remarks += [f"{row.fallbacks} read whole"] if row.fallbacks else []
    return f"{row.n:,}" + (f" ({', '.join(remarks)})" if remarks else "")
