"""One HTML page of a run that needs nothing but itself: table, plots, break-even, wins and losses as diffs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from textwrap import shorten
from typing import NamedTuple

from ragzip.eval.record import NONE, Arm, Record
from ragzip.eval.reports.plots import curves, svg
from ragzip.eval.reports.tables import ALL, EvaluationReport
from ragzip.eval.reports.writing import one_line
from ragzip.eval.suites.example import Example
from ragzip.output import diff
from ragzip.output.page import fact_list, html_page

__all__ = ["ShownCase", "cases", "page"]

_NO_CASES, _NO_FIGURES = "None: every answer came out alike.", "None: every example failed."
_MAX_CASES_PER_ARM = 2  # losses of an arm that are shown, and wins
_MAX_CASES = 24
_MAX_CHARACTERS_PER_CASE = 20_000  # of its documents
_MAX_ANSWER_CHARACTERS = 600
_MAX_FACT_CHARACTERS = 1500
_MAX_HEADING_CHARACTERS = 160
_MAX_TASKS_IN_HEADING = 3
_MAX_TASKS_LISTED = 24

_MEANINGS = {
    "compressor": "the method, and how much of the context it was told to keep; “none” is the whole context",
    "n": "examples; those that failed count for no compressor",
    "tokens": "of a compressed context, on average",
    "kept": "tokens kept ÷ tokens given, over all questions together",
    "over none": "difference from the whole context, paired by question; below 0 is worse",
    "recorded action": "share of decisions that are those recorded: a tool with its arguments, or a final answer",
    "same action": "share of decisions that are those of the whole context; of the whole context itself, read again",
    "not worse": "whether decisions are shown not to be worse than with the whole context by more than the margin",
    "lines kept": "share of the lines of tool results that still stand whole",
    "identifiers kept": "share of the file names, paths, ids … that the next action takes from tool results and that "
    "still stand",
    "answer kept": "share of questions whose right answer is still in the context, word for word",
    "answer's words kept": "share of the content words of the right answer that still stand in the context",
    "support kept": "share of the passages that the answer rests on that are kept whole",
    "numbers kept": "share of the numbers and dates in these passages",
    "names kept": "share of the names in these passages",
    "negations kept": "share of the negations in these passages",
    "NLL": "negative log-likelihood of the right answer, per token; less is better",
    "tokens a right answer": "prompt and answer tokens ÷ points scored",
    "cost a right answer": "price of these tokens and of compressing ÷ points scored",
    "compress ms": "milliseconds to compress a context that nothing was cached for",
    "read ms": "milliseconds of the reader",
    "faster from": "length of a context from which compressing and reading takes less time than reading all of it",
    "cheaper from": "length of a context from which it costs less",
}

_STYLE = """body { max-width: 75rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: separate; border-spacing: 0; font-size: .875rem; width: 100%;
  font-variant-numeric: tabular-nums; overflow-wrap: normal; }
th, td { padding: .4rem .45rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: bottom; }
td, tbody th { white-space: nowrap; }
tbody:last-child tr:last-child > * { border-bottom: 0; }
thead th { font-weight: 600; color: var(--gone); }
tbody th { font-weight: 500; text-align: left; }
th:first-child { position: sticky; left: 0; text-align: left; background: var(--page);
  border-right: 1px solid var(--line); }
tbody th[scope=rowgroup] { background: var(--faint); font-weight: 600; }
tbody th { min-width: 11.7rem; max-width: 16rem; white-space: normal; overflow-wrap: break-word; }
.scroll + details { margin-top: .6rem; }
dl.meanings { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; font-size: .875rem; }
dl.meanings dd { margin: 0; }
@media (max-width: 36rem) { dl.meanings { display: block; } dl.meanings dd { margin: 0 0 .4rem; color: var(--gone); }
  table { font-size: .8125rem; } th, td { padding: .35rem .5rem; }
  tbody th { min-width: 8.9rem; max-width: 9.5rem; overflow-wrap: anywhere; } }
.chart svg { display: block; width: 100%; height: auto; }
.chart svg text { fill: currentColor; }
.chart svg [style*="fill: #ffffff"] { fill: none !important; }
.chart svg [style*="stroke: #000000"] { stroke: currentColor !important; }
.chart svg [style*="stroke: #666666"] { stroke: var(--gone) !important; }
.chart #plot-title { display: none; }
.wide svg { margin-top: -1rem; }
.narrow { display: none; }
@media (max-width: 46rem) { .wide { display: none; } .narrow { display: block; } }
details.case { border-top: 1px solid var(--line); padding: .5rem 0; }
details.case > summary b { white-space: nowrap; }
details.case > div { padding: .4rem 0 .4rem 1rem; }
.loss { color: var(--bad); } .win { color: var(--good); }"""

_RESULTS = """<h2>Figures</h2>
<p class="meta">Means; in brackets their 95% bootstrap intervals.</p>
{table}
<details><summary>What the columns say</summary>{meanings}</details>
<h2>Quality against tokens</h2>
<p class="meta">Further left is shorter, further up is better; bars are 95% intervals.</p>
<div class="chart wide" role="img" aria-label="{label}">{wide}</div>
<div class="chart narrow" role="img" aria-label="{label}">{narrow}</div>"""

_WITHOUT_READER = """<p>No reader was asked, so what counts is whether the right answer still stands in the
compressed context. A <b class="loss">loss</b>, always -1.00, is a question whose answer was dropped. A
<b class="win">win</b> is one whose answer was kept; its number is the share of tokens saved, so
<b class="win">win +0.90</b> kept the answer in 10% of the tokens. The largest of each compressor are shown, at
most {most} losses and {most} wins.</p>"""

_WITH_READER = """<p>The number is the score of the reader's answer to the compressed context minus that of its answer
to the whole context: <b class="win">win +0.90</b> is an answer whose score rose by 0.90 of 1,
<b class="loss">loss -1.00</b> one that was right with the whole context and is wrong with the compressed one. The
largest of each compressor are shown, at most {most} losses and {most} wins.</p>"""


class ShownCase(NamedTuple):
    """An example where an arm did better (``gain`` over 0) or worse than no compression."""

    example: Example
    record: Record
    uncompressed: Record | None
    gain: float


def cases(records: Sequence[Record], examples: Sequence[Example]) -> list[ShownCase]:
    """The largest losses and wins of each arm: by score, or without a reader by whether the answer is kept, where a win
    is an answer kept in the fewest tokens.
    """
    by_key = {(example.task, example.id): example for example in examples}
    uncompressed_by_key = {(record.task, record.id): record for record in records if record.compressor == NONE}
    cases_by_arm: dict[Arm, list[ShownCase]] = {}
    for record in records:
        example = by_key.get((record.task, record.id))
        if record.compressor != NONE and record.error is None and example is not None:
            uncompressed = uncompressed_by_key.get((record.task, record.id))
            arm_case = ShownCase(example, record, uncompressed, _gain(record, uncompressed))
            cases_by_arm.setdefault(record.arm, []).append(arm_case)
    chosen_cases: list[ShownCase] = []
    for arm_cases in cases_by_arm.values():
        ranked = sorted(arm_cases, key=lambda arm_case: (arm_case.gain, arm_case.record.tokens_out))
        chosen_cases += [arm_case for arm_case in ranked if arm_case.gain < 0][:_MAX_CASES_PER_ARM]
        chosen_cases += [arm_case for arm_case in reversed(ranked) if arm_case.gain > 0][:_MAX_CASES_PER_ARM]
    return chosen_cases[:_MAX_CASES]


def _gain(record: Record, uncompressed: Record | None) -> float:
    if record.score is not None:
        return record.score - ((uncompressed.score if uncompressed else None) or 0.0)
    is_kept = record.kept.get("answer")
    if is_kept is None and (identifier_share := record.kept.get("identifiers")) is not None:
        is_kept = identifier_share == 1
    if is_kept is None:
        return 0.0
    return 1 - record.tokens_out / max(1, record.tokens_in) if is_kept else -1.0


def page(report: EvaluationReport, shown: Sequence[ShownCase], plot: str) -> str:
    """The page, with ``plot`` (SVG) in it, and the same in one column for narrow screens."""
    title = f"{_data_name(report)}, {'reader ' + report.reader if report.reader else 'no reader'}"
    results = "" if report.all_failed else _results(report, plot)
    sections = (fact_list(_facts(report)), results, "<h2>Wins and losses</h2>", *_shown_cases(report, shown))
    return html_page(one_line(title), sections, command="eval", style=f"{diff.STYLE}\n{_STYLE}")


def _data_name(report: EvaluationReport) -> str:
    """The name of the data: the tasks by name (those of a file are called like it), or their number."""
    tasks = [task_name for task_name in report.tasks if task_name != ALL]
    if 0 < len(tasks) <= _MAX_TASKS_IN_HEADING:
        return ", ".join(tasks)
    return f"{report.suite}, {len(tasks)} tasks" if tasks else report.suite


def _facts(report: EvaluationReport) -> Mapping[str, Sequence[str]]:
    """The facts at the beginning of the page, by their titles."""
    counts_by_task = {report_row.task: report_row.n for report_row in report.rows if report_row.task != ALL}
    example_counts = [
        f"{one_line(task_name)}: {example_count:,} examples" for task_name, example_count in counts_by_task.items()
    ]
    compressors = dict.fromkeys(report_row.arm.name for report_row in report.rows if report_row.arm.name != NONE)
    return {
        "Data": [*example_counts[:_MAX_TASKS_LISTED], *(["…"] if len(example_counts) > _MAX_TASKS_LISTED else [])],
        "Form of the data": [report.suite],
        "Reader": [report.reader or "none: measured is what the compressed context still holds"],
        "Compressors": [one_line(", ".join(compressors))] if compressors else [],
        "Tokenizer": [report.tokenizer],
        "Versions": [", ".join(f"{library} {version}" for library, version in report.versions.items())],
        "Notes": [one_line(note_text) for note_text in report.notes],
    }


def _results(report: EvaluationReport, plot: str) -> str:
    headings = report.cells()[0]
    meanings = {heading_text: _MEANINGS[heading_text] for heading_text in headings if heading_text in _MEANINGS}
    list_items = "".join(
        f"<dt>{escape(heading_text)}</dt><dd>{escape(meaning)}</dd>" for heading_text, meaning in meanings.items()
    )
    return _RESULTS.format(
        table=_table(report),
        meanings=f'<dl class="meanings">{list_items}</dl>',
        label="Quality against tokens kept: the figures of the table above",
        wide=plot,
        narrow=svg(curves(report.rows, most_columns=1), salt="ragzip narrow"),
    )


def _table(report: EvaluationReport) -> str:
    """The figures, to be scrolled sideways; of several tasks one below the other."""
    headings, *lines = [[escape(cell_text) for cell_text in line_cells] for line_cells in report.cells()]
    columns = "".join(f'<th scope="col">{heading_text}</th>' for heading_text in headings[1:])
    table_parts = [f"<thead><tr>{columns}</tr></thead>"]
    rows_by_task: dict[str, list[str]] = {}
    for task_name, arm_label, *figures in lines:
        breakable = arm_label.replace("/", "/<wbr>")  # on a narrow screen a name is not cut within a word
        row_cells = f'<th scope="row" title="{arm_label}">{breakable}</th>' + "".join(
            f"<td>{figure}</td>" for figure in figures
        )
        rows_by_task.setdefault(task_name, []).append(f"<tr>{row_cells}</tr>")
    for task_name in sorted(rows_by_task, key=lambda name: name != escape(ALL)):  # what all tasks say comes first
        task_rows = rows_by_task[task_name]
        task_row = f'<tr><th scope="rowgroup">{task_name}</th><td colspan="{len(headings) - 2}"></td></tr>'
        table_parts.append(f"<tbody>{task_row if len(rows_by_task) > 1 else ''}{''.join(task_rows)}</tbody>")
    return (
        '<div class="scroll" role="region" aria-label="Figures" tabindex="0"><table>\n'
        + "\n".join(table_parts)
        + "\n</table></div>"
    )


def _shown_cases(report: EvaluationReport, shown: Sequence[ShownCase]) -> Iterator[str]:
    """The cases of each arm under its name."""
    if not shown:
        yield f"<p>{_NO_FIGURES if report.all_failed else _NO_CASES}</p>"
        return
    yield (_WITH_READER if report.reader else _WITHOUT_READER).format(most=_MAX_CASES_PER_ARM)
    yield f'<p class="meta">{diff.LEGEND}</p>'
    cases_by_arm: dict[Arm, list[ShownCase]] = {}
    for shown_case in shown:
        cases_by_arm.setdefault(shown_case.record.arm, []).append(shown_case)
    for arm, arm_cases in cases_by_arm.items():
        yield f"<h3>{escape(one_line(arm.label))}</h3>"
        yield from (_shown_case(shown_case, several_tasks=len(report.tasks) > 1) for shown_case in arm_cases)


def _shown_case(case: ShownCase, *, several_tasks: bool) -> str:
    """A case, folded under its question."""
    example, record, uncompressed, gain = case
    gain_word = "win" if gain > 0 else "loss"
    heading = _heading(example)
    texts: dict[str, str | None] = {
        "Question": None if example.query == heading else example.query,
        "Right answer": " | ".join(example.answers)[:_MAX_ANSWER_CHARACTERS],
        "Answer to the whole context": uncompressed.prediction if uncompressed else None,
        "Answer to the compressed one": record.prediction,
        "Tokens": f"{record.tokens_in:,} → {record.tokens_out:,}",
        "Task": example.task if several_tasks else None,
        "Id": example.id,
    }
    facts = fact_list(
        {fact_name: [fact_text[:_MAX_FACT_CHARACTERS]] for fact_name, fact_text in texts.items() if fact_text}
    )
    return (
        f'<details class="case"><summary><b class="{gain_word}">{gain_word} {gain:+.2f}</b> {escape(heading)} '
        f"<small>{_meaning(case)}</small></summary><div>{facts}{diff.articles(_rows(example, record), level=4)}</div>"
        "</details>"
    )


def _heading(example: Example) -> str:
    """The question in one line; of an example without one, its task and id."""
    question = one_line(example.query or "")
    if not question.strip():
        return f"{example.task}: {example.id}"
    short = shorten(question, _MAX_HEADING_CHARACTERS, placeholder="…")
    return short if short != "…" else f"{question[:_MAX_HEADING_CHARACTERS]}…"


def _meaning(case: ShownCase) -> str:
    """The reason for the gain of a case."""
    if case.record.score is not None:
        uncompressed_score = (case.uncompressed.score if case.uncompressed else None) or 0.0
        return f"score {case.record.score:.2f}, with the whole context {uncompressed_score:.2f}"
    share = case.record.tokens_out / max(1, case.record.tokens_in)
    what = "what comes next" if case.example.conversation else "answer"
    return f"{what} {'kept' if case.gain > 0 else 'dropped'}, {share:.0%} of the tokens kept"


def _rows(example: Example, record: Record) -> list[diff.DiffDocument]:
    """The documents that something is kept of or that the answer rests on, the first ones, up to a length."""
    diff_rows: list[diff.DiffDocument] = []
    characters_left = _MAX_CHARACTERS_PER_CASE
    supporting = {position for position, _, _ in example.support}
    for position, (document, spans) in enumerate(zip(example.documents, record.spans, strict=True)):
        if (spans or position in supporting) and characters_left > 0:
            shown_text = document.text[:characters_left]
            kept_spans = [(start, min(end, characters_left)) for start, end in spans if start < characters_left]
            characters_left -= len(shown_text)
            kept_text = "".join(shown_text[start:end] for start, end in kept_spans)
            diff_rows.append(
                diff.DiffDocument(
                    document.id, document.title, shown_text, kept_text, kept_spans, (), mime=document.mime
                )
            )
    return diff_rows
