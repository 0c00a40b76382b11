"""Meetings: MeetingBank (Hu et al. 2023, arXiv 2305.17529) as LLMLingua-2 evaluates on it, and QMSum."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from ragzip.errors import InputError
from ragzip.eval.suites.example import Example, around
from ragzip.eval.suites.longbench import tasks
from ragzip.files.rows import DataRow, text_of
from ragzip.types import Document

__all__ = ["meetingbank", "qmsum"]

# What LLMLingua-2 (Pan et al. 2024, arXiv 2403.12968) asks its reader; QMSum as in LongBench.
_TASKS: dict[str, dict[str, Any]] = {
    "meetingbank-qa": {
        "prompt": "Write a high-quality answer for the given question using the provided meeting transcript (which may "
        "be compressed).\n{context}\nQuestion:{input}\nAnswer:",
        "metrics": ("qa_f1", "exact_match", "substring"),
        "max_tokens": 100,
    },
    "meetingbank-summary": {
        "prompt": "Summarize the provided meeting transcript (which may be compressed).\n{context}\nSummary:",
        "metrics": ("rougeL", "rouge1", "rouge2", "bleu"),
        "max_tokens": 400,
    },
    "qmsum": {**tasks()["qmsum"], "metrics": ("rouge_l", "rouge1", "rouge2", "rougeL")},
}


def _example(task: str, id: str, document: Document, query: str | None, answer: str, **more: Any) -> Example:
    asked = _TASKS[task]
    before, after = around(asked["prompt"], input=query or "")
    return Example(
        id=id,
        task=task,
        documents=(document,),
        query=query,
        answers=(answer,),
        metrics=asked["metrics"],
        before=before,
        after=after,
        max_tokens=asked["max_tokens"],
        **more,
    )


def meetingbank(row: DataRow, where: str, *, number: int) -> Iterator[Example]:
    """The questions and the summary of a record of any of the public releases.

    They are microsoft/MeetingBank-QA-Summary (prompt, QA_pairs, summary), huuuyeah/meetingbank (transcript, summary)
    and lytang/MeetingBank-transcript (CSV: source, reference).

    :raises InputError: no transcript, or neither questions nor summary.
    """
    transcript = text_of(row, where, "prompt", "transcript", "source")
    name = str(next((row[key] for key in ("idx", "uid", "id", "meeting_id") if row.get(key) is not None), number))
    document = Document(name, transcript)
    pairs, summary = _pairs(row, where), text_of(row, where, "summary", "gpt4_summary", "reference", default="")
    if not pairs and not summary:
        raise InputError(f"{where}: has {', '.join(map(str, row))}, expected QA_pairs, summary or reference.")
    for i, (question, answer) in enumerate(pairs):
        yield _example("meetingbank-qa", f"{name}/{i}", document, question, answer)
    if summary:
        yield _example("meetingbank-summary", f"{name}/summary", document, None, summary)


def _pairs(row: DataRow, where: str) -> list[tuple[str, str]]:
    """Question and answer of each of ``QA_pairs``, which CSV files hold as text."""
    found: Any = row.get("QA_pairs") or row.get("qa_pairs") or []
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except ValueError:
            try:
                found = ast.literal_eval(found)
            except (ValueError, SyntaxError) as error:
                raise InputError(f"{where}: QA_pairs is no list of question and answer ({error}).") from error
    try:
        return [(str(pair["question"]), str(pair["answer"])) for pair in found]
    except (TypeError, KeyError) as error:
        raise InputError(f"{where}: QA_pairs is no list of question and answer ({error!r}).") from error


def qmsum(row: DataRow, where: str, *, number: int) -> Iterator[Example]:
    """The queries of a meeting in QMSum's form (Zhong et al. 2021, arXiv 2104.05938): transcript, queries.

    What a query rests on are the turns that it names.

    :raises InputError: a record of another form.
    """
    name = str(row.get("id") or number)
    try:
        turns = [f"{turn['speaker']}: {turn['text']}" for turn in row["transcript"]]
        queries = [(one["query"], one["answer"], one.get("spans") or []) for one in row["queries"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{where}: expected transcript (speaker, text) and queries (query, answer).") from error
    starts = list(accumulate((len(turn) + 1 for turn in turns), initial=0))
    document = Document(name, "\n".join(turns))
    for i, (query, answer, spans) in enumerate(queries):
        support = tuple((0, starts[a], starts[b + 1] - 1) for a, b in spans if 0 <= a <= b < len(turns))
        yield _example("qmsum", f"{name}/{i}", document, query, answer, support=support)
