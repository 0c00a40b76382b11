"""Tables of a run: for a terminal, Markdown, CSV, JSON."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ragzip.errors import InputError
from ragzip.eval.measures.economics import BreakEven, Line, Prices, break_even, cost, fit_line
from ragzip.eval.measures.kept import Kept
from ragzip.eval.measures.statistics import Interval, interval, over_tasks, paired
from ragzip.eval.reports.terminal import text_table, wrapped
from ragzip.eval.reports.writing import csv_cell, markdown_text, one_line
from ragzip.eval.runs.records import NONE, Arm, Record
from ragzip.eval.suites.longbench import bucket

__all__ = ["ALL", "Report", "Row", "make_report"]

ALL = "all tasks"
_TITLES = {"words": "answer's words kept"}


@dataclass(frozen=True)
class Row:
    """One arm on one task.

    :param quality: the suite's score; without a reader, the share of examples whose answer is kept, or where answers do
        not stand in the context as they are, of the answers' words. ``measure`` says which.
    :param difference: of it from no compression, paired by example.
    :param rate: tokens kept ÷ tokens given, of all examples together.
    :param kept: of what a reader needs, see :class:`~ragzip.eval.measures.kept.Kept`.
    :param tokens_per_correct: prompt and answer tokens ÷ points scored.
    :param cost_per_correct: the same in money.
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


@dataclass(frozen=True)
class Report:
    """All rows of a run, the one over all tasks last where there are several."""

    suite: str
    reader: str | None
    tokenizer: str
    rows: tuple[Row, ...]
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

    def columns(self) -> list[tuple[str, Callable[[Row], str]]]:
        """Heading and text of each column that has something to say."""
        out: list[tuple[str, Callable[[Row], str]]] = [
            ("task", lambda row: row.task),
            ("compressor", lambda row: row.arm.label),
            ("n", lambda row: f"{row.n:,}" + (f" ({row.errors} failed)" if row.errors else "")),
            ("tokens", lambda row: f"{row.tokens:,.0f}"),
            ("kept", lambda row: f"{row.rate:.1%}"),
        ]
        for name in dict.fromkeys(name for row in self.rows for name in row.scores):
            out.append((name, lambda row, name=name: _text(row.scores.get(name))))  # type: ignore[misc]
        out.append(("over none", lambda row: _text(row.difference, sign=True)))
        for kind in Kept._fields:
            if any(kind in row.kept for row in self.rows):
                out.append((_TITLES.get(kind, f"{kind} kept"), lambda row, kind=kind: _mean(row.kept.get(kind))))  # type: ignore[misc]
        if any(row.nll for row in self.rows):
            out.append(("NLL", lambda row: _mean(row.nll)))
        if any(row.tokens_per_correct is not None for row in self.rows):
            out.append(("tokens a right answer", lambda row: _amount(row.tokens_per_correct, ",.0f")))
        if any(row.cost_per_correct is not None for row in self.rows):
            out.append(("cost a right answer", lambda row: _amount(row.cost_per_correct, ".3g")))
        out.append(("compress ms", lambda row: f"{row.compress:,.0f}"))
        if any(row.read is not None for row in self.rows):
            out.append(("read ms", lambda row: _amount(row.read, ",.0f")))
        if any(row.even and row.even.time is not None for row in self.rows):
            out.append(("faster from", lambda row: _tokens(row.even.time if row.even else None)))
        if any(row.even and row.even.money is not None for row in self.rows):
            out.append(("cheaper from", lambda row: _tokens(row.even.money if row.even else None)))
        return out

    def cells(self) -> list[list[str]]:
        """Headings, then a line for each row."""
        columns = self.columns()
        lines = [[name for name, _ in columns], *([text(row) for _, text in columns] for row in self.rows)]
        return [[one_line(cell) for cell in line] for line in lines]

    def to_text(self) -> str:
        """The figures for a terminal of 100 columns: a table for each task, its last columns below it."""
        heading, *lines = self.cells()
        rows_by_task: dict[str, list[list[str]]] = {}
        for task, *cells in lines:
            rows_by_task.setdefault(task, []).append(cells)
        sections = [f"task: {task}\n" + text_table([heading[1:], *rows]) for task, rows in rows_by_task.items()]
        notes = "\n".join(wrapped(one_line(note)) for note in self.notes)
        return "\n\n".join([*sections, *([notes] if notes else [])])

    def to_markdown(self) -> str:
        head, *lines = [[markdown_text(cell) for cell in row] for row in self.cells()]
        rule = ["---" if i < 2 else "---:" for i in range(len(head))]
        table = "\n".join(f"| {' | '.join(row)} |" for row in [head, rule, *lines])
        return "\n\n".join([table, *map(markdown_text, self.notes)]) + "\n"

    def to_csv(self) -> str:
        """One line a row, means and both ends of their intervals in columns of their own. Text that a spreadsheet would
        take for a formula has an apostrophe before it.
        """
        flat = [{csv_cell(name): csv_cell(value) for name, value in _flat(row).items()} for row in self.rows]
        names = list(dict.fromkeys(name for row in flat for name in row)) or ["task", "compressor"]
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(flat)
        return out.getvalue()

    def to_json(self) -> dict[str, Any]:
        """All figures, for ``json.dumps``; numbers that are not finite are texts."""
        return {
            "suite": self.suite,
            "reader": self.reader,
            "tokenizer": self.tokenizer,
            "versions": dict(self.versions),
            "prices": vars(self.prices),
            "notes": list(self.notes),
            "rows": [_plain(row) for row in self.rows],
        }


def make_report(
    records: Sequence[Record],
    *,
    suite: str,
    tokenizer: str,
    prices: Prices | None = None,
    notes: Sequence[str] = (),
) -> Report:
    """The figures of ``records``. Examples that failed under any arm count for none of them; where all failed, there
    are no rows, and a note that says so.

    :raises InputError: no records.
    """
    if not records:
        raise InputError("records: received none, expected those of a run. Check the suite and the arms.")
    prices = prices or Prices()
    failed = {(r.task, r.id) for r in records if r.error is not None}
    good = [r for r in records if (r.task, r.id) not in failed]
    if prices.prefill:
        reading: Line | None = Line(0.0, 1 / prices.prefill)
    else:
        read = [r for r in good if r.prompt_tokens and "read" in r.seconds]
        seconds = [r.seconds.get("first", r.seconds["read"]) for r in read]
        reading = fit_line([r.prompt_tokens or 0 for r in read], seconds)
    errors = Counter(task for task, _ in failed)
    by_task = _grouped(good, lambda record: record.task)
    rows = [_row(arm, task, arms, prices, reading, errors[task]) for task, arms in by_task.items() for arm in arms]
    if suite == "longbench-e":
        ranges = _grouped(good, lambda record: f"{record.task} ({bucket(record.length or 0)} words)")
        rows += [_row(arm, name, arms, prices, reading, 0) for name, arms in ranges.items() for arm in arms]
    if len(by_task) > 1:
        pooled = _grouped(good, lambda _: ALL)[ALL]
        rows += [_over_all(_row(arm, ALL, pooled, prices, reading, len(failed)), by_task) for arm in pooled]
    if failed:
        notes = (*notes, _failure_note(records, len(failed), all_failed=not good))
    first = records[0]
    return Report(suite, first.reader, tokenizer, tuple(rows), prices, first.versions, tuple(notes))


def _failure_note(records: Sequence[Record], failures: int, *, all_failed: bool) -> str:
    errors = Counter(record.error for record in records if record.error is not None)
    (error, count) = errors.most_common(1)[0]
    if all_failed:
        return (
            f"All {failures} examples failed: there are no figures. The commonest error ({count} of "
            f"{errors.total()}): {error}. All errors are in records.jsonl."
        )
    return (
        f"{failures} examples failed and count for no arm; their errors are in records.jsonl. The commonest "
        f"({count} of {errors.total()}): {error}"
    )


def _grouped(records: Sequence[Record], group: Callable[[Record], str]) -> dict[str, dict[Arm, list[Record]]]:
    out: dict[str, dict[Arm, list[Record]]] = {}
    for record in records:
        out.setdefault(group(record), {}).setdefault(record.arm, []).append(record)
    return out


def _quality(records: Sequence[Record]) -> tuple[str, dict[tuple[str, str], float]]:
    """What is measured, and each example's value."""
    if any(r.scores for r in records):
        return next(iter(records[0].scores), "score"), {(r.task, r.id): r.score or 0.0 for r in records}
    for kind in ("answer", "words", "support"):
        found = {(r.task, r.id): value for r in records if (value := r.kept.get(kind)) is not None}
        if found:
            return _TITLES.get(kind, f"{kind} kept"), found
    return "answer kept", {}


def _row(
    arm: Arm,
    task: str,
    arms: Mapping[Arm, Sequence[Record]],
    prices: Prices,
    reading: Line | None,
    errors: int,
) -> Row:
    records, whole = arms[arm], arms.get(Arm(NONE), [])
    same = [r for other, found in arms.items() if other.name == arm.name for r in found]
    cold = [r for r in same if r.cache_misses] or same
    measure, values = _quality(records)
    points = sum(values.values()) if any(r.scores for r in records) else 0.0
    tokens = sum((r.prompt_tokens or 0) + (r.output_tokens or 0) for r in records)
    given = sum(r.tokens_in for r in records)
    paid = prices.input or prices.output or prices.machine
    read = [r.seconds["read"] for r in records if "read" in r.seconds]
    return Row(
        task=task,
        arm=arm,
        n=len(records),
        errors=errors,
        measure=measure,
        quality=interval(list(values.values())),
        difference=paired(values, _quality(whole)[1]) if arm.name != NONE and whole else None,
        tokens=sum(r.tokens_out for r in records) / len(records),
        rate=sum(r.tokens_out for r in records) / given if given else 1.0,
        scores=_each([r.scores for r in records]),
        kept=_each([r.kept for r in records]),
        nll=interval([r.nll for r in records if r.nll is not None]),
        tokens_per_correct=tokens / points if points else None,
        cost_per_correct=sum(cost(r, prices) for r in records) / points if points and paid else None,
        compress=0.0 if arm.name == NONE else 1000 * sum(r.seconds["compress"] for r in cold) / len(cold),
        read=1000 * sum(read) / len(read) if read else None,
        even=None if arm.name == NONE else break_even(records, cold, prices, reading=reading),
    )


def _over_all(row: Row, by_task: Mapping[str, Mapping[Arm, Sequence[Record]]]) -> Row:
    """``row`` (of all records together) with the mean of the tasks' means for its quality: every task counts alike."""
    values, differences, measures = {}, {}, set()
    for task, arms in by_task.items():
        measure, values[task] = _quality(arms.get(row.arm, []))
        measures.add(measure)
        none = _quality(arms.get(Arm(NONE), []))[1]
        differences[task] = [value - none[key] for key, value in values[task].items() if key in none]
    quality = over_tasks({task: list(each.values()) for task, each in values.items()})
    measure = measures.pop() if len(measures) == 1 else "score" if row.scores else "kept"
    scores = row.scores if measure in row.scores else {}  # tasks with metrics of their own have only a score in common
    return replace(
        row,
        measure=measure,
        quality=quality,
        difference=None if row.arm.name == NONE else over_tasks(differences),
        scores={**scores, measure: quality} if row.scores and quality else row.scores,
    )


def _each(found: Sequence[Mapping[str, float | None]]) -> dict[str, Interval]:
    names = dict.fromkeys(name for one in found for name in one)
    values = {name: [v for one in found if (v := one.get(name)) is not None] for name in names}
    return {name: mean for name, listed in values.items() if (mean := interval(listed)) is not None}


def _text(value: Interval | None, *, sign: bool = False) -> str:
    if value is None:
        return ""
    return f"{value.mean:+.3f} [{value.low:+.3f}, {value.high:+.3f}]" if sign else str(value)


def _mean(value: Interval | None) -> str:
    return "" if value is None else f"{value.mean:.3f}"


def _amount(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def _tokens(value: float | None) -> str:
    if value is None:
        return ""
    return "never" if math.isinf(value) else "always" if value < 1 else f"{value:,.0f} tokens"


def _plain(row: Row) -> dict[str, Any]:
    """JSON values of a row."""
    out: dict[str, Any] = {}
    for name, value in vars(row).items():
        if isinstance(value, (Interval, BreakEven)):
            out[name] = {key: _finite(part) for key, part in value._asdict().items()}
        elif isinstance(value, Arm):
            out |= {"compressor": value.name, "rate_asked": value.rate, "target_tokens": value.target_tokens}
        elif isinstance(value, Mapping):
            out[name] = {key: part._asdict() for key, part in value.items()}
        else:
            out[name] = _finite(value)
    return out


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return str(value) if math.isinf(value) else round(value, 6)
    return value


def _flat(row: Row) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in _plain(row).items():
        if not isinstance(value, dict):
            out[name] = value
            continue
        for key, part in value.items():
            if isinstance(part, dict):
                out |= {
                    f"{name}.{key}": part["mean"],
                    f"{name}.{key}.low": part["low"],
                    f"{name}.{key}.high": part["high"],
                }
            else:
                out[name if key == "mean" else f"{name}.{key}"] = part
    return out
