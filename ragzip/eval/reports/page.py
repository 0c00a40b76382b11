"""One HTML page of a run that needs nothing but itself: table, plots, break-even, wins and losses as diffs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple

from ragzip.eval.reports.tables import Report
from ragzip.eval.runs.records import NONE, Arm, Record
from ragzip.eval.suites.example import Example
from ragzip.output import diff

__all__ = ["Case", "cases", "page"]

_ALIKE, _NO_FIGURES = "None: every answer came out alike.", "None: every example failed."
_EACH = 2  # losses of an arm that are shown, and wins
_MOST = 24  # cases
_LONGEST = 20_000  # characters of a case's documents

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="ragzip eval">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ragzip eval: {title}</title>
<style>
{style}
body {{ max-width: 75rem; }}
table {{ border-collapse: collapse; font-size: .85rem; display: block; overflow-x: auto; }}
th, td {{ padding: .25rem .6rem; border-bottom: 1px solid #8884; text-align: right; white-space: nowrap; }}
th:nth-child(-n+2), td:nth-child(-n+2) {{ text-align: left; }}
svg {{ max-width: 100%; height: auto; background: #fff; border-radius: 6px; }}
details {{ border-top: 1px solid #8886; padding: .5rem 0; }}
summary {{ cursor: pointer; }}
.loss {{ color: #b3261e; }} .win {{ color: #0a6b2d; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{about}</p>
{table}
{notes}
<h2>Quality against tokens</h2>
{plot}
<h2>Wins and losses</h2>
<p><ins>kept</ins> · <del>dropped</del></p>
{cases}
</body>
</html>
"""


class Case(NamedTuple):
    """An example where an arm did better (``gain`` over 0) or worse than no compression."""

    example: Example
    record: Record
    whole: Record | None
    gain: float


def cases(records: Sequence[Record], examples: Sequence[Example]) -> list[Case]:
    """The largest losses and wins of each arm: by score, or without a reader by whether the answer is kept, where a win
    is an answer kept in the fewest tokens.
    """
    by_key = {(example.task, example.id): example for example in examples}
    whole = {(r.task, r.id): r for r in records if r.compressor == NONE}
    arms: dict[Arm, list[Case]] = {}
    for record in records:
        example = by_key.get((record.task, record.id))
        if record.compressor != NONE and record.error is None and example is not None:
            none = whole.get((record.task, record.id))
            arms.setdefault(record.arm, []).append(Case(example, record, none, _gain(record, none)))
    chosen: list[Case] = []
    for found in arms.values():
        ranked = sorted(found, key=lambda case: (case.gain, case.record.tokens_out))
        losses = [case for case in ranked if case.gain < 0][:_EACH]
        wins = [case for case in reversed(ranked) if case.gain > 0][:_EACH]
        chosen += losses + wins
    return chosen[:_MOST]


def _gain(record: Record, none: Record | None) -> float:
    if record.score is not None:
        return record.score - ((none.score if none else None) or 0.0)
    kept = record.kept.get("answer")
    if kept is None:
        return 0.0
    return 1 - record.tokens_out / max(1, record.tokens_in) if kept else -1.0


def page(report: Report, shown: Sequence[Case], plot: str) -> str:
    """The page, with ``plot`` (SVG) in it."""
    head, *lines = report.cells()
    table = "".join(
        f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in row)}</tr>"
        for tag, row in [("th", head), *(("td", line) for line in lines)]
    )
    title = f"{report.suite}, {'reader ' + report.reader if report.reader else 'no reader'}"
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    return _PAGE.format(
        title=escape(title),
        style=diff.STYLE,
        about=escape(
            f"Tokens of {report.tokenizer}; means with 95 % bootstrap intervals, differences paired. {versions}."
        ),
        table=f"<table>{table}</table>",
        notes="".join(f"<p>{escape(note)}</p>" for note in report.notes),
        plot=plot,
        cases="\n".join(_shown(shown)) or f"<p>{_NO_FIGURES if report.all_failed else _ALIKE}</p>",
    )


def _shown(shown: Sequence[Case]) -> Iterator[str]:
    for example, record, whole, gain in shown:
        word = "win" if gain > 0 else "loss"
        facts: Mapping[str, str | None] = {
            "question": example.query,
            "right": " | ".join(example.answers)[:600],
            "answer to the whole context": whole.prediction if whole else None,
            "answer to the compressed one": record.prediction,
            "tokens": f"{record.tokens_in:,} → {record.tokens_out:,}",
        }
        listed = "".join(f"<li><b>{name}:</b> {escape(text[:1500])}</li>" for name, text in facts.items() if text)
        yield (
            f'<details><summary><b class="{word}">{word} {gain:+.2f}</b> {escape(record.arm.label)} · '
            f"{escape(example.task)} · {escape(example.id)}</summary><ul>{listed}</ul>"
            f"{diff.articles(_rows(example, record))}</details>"
        )


def _rows(example: Example, record: Record) -> list[diff.Row]:
    """The documents with what is kept of them, the first ones that something is kept of, up to a length."""
    out: list[diff.Row] = []
    room = _LONGEST
    found = list(zip(example.documents, record.spans, strict=True))
    support = {position for position, _, _ in example.support}
    for i, (document, spans) in enumerate(found):
        if (spans or i in support) and room > 0:
            text = document.text[:room]
            kept = [(start, min(end, room)) for start, end in spans if start < room]
            room -= len(text)
            out.append(diff.Row(document.id, document.title, text, "".join(text[a:b] for a, b in kept), kept, ()))
    return out
