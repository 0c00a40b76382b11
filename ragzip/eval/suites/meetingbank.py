"""MeetingBank (Hu et al. 2023, arXiv 2305.17529), with the prompts of LLMLingua-2's evaluation on it."""

from __future__ import annotations

import ast
import json
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from ragzip.errors import InputError
from ragzip.eval.suites.example import Example, around
from ragzip.eval.suites.format import HubDataset, SuiteFormat, SuiteRequest, located_rows
from ragzip.files.rows import DataRow, text_of
from ragzip.types import Document

__all__ = ["SUITE", "MeetingTask", "meeting_example", "meetingbank"]


class MeetingTask(NamedTuple):
    """A task on a meeting: the prompt (with {context} and {input}), the metrics and the length of answers."""

    name: str
    prompt: str
    metrics: tuple[str, ...]
    max_tokens: int


# with the prompts that LLMLingua-2 (Pan et al. 2024, arXiv 2403.12968) has for its reader
_QA = MeetingTask(
    "meetingbank-qa",
    "Write a high-quality answer for the given question using the provided meeting transcript (which may be "
    "compressed).\n{context}\nQuestion:{input}\nAnswer:",
    ("qa_f1", "exact_match", "substring"),
    100,
)
_SUMMARY = MeetingTask(
    "meetingbank-summary",
    "Summarize the provided meeting transcript (which may be compressed).\n{context}\nSummary:",
    ("rougeL", "rouge1", "rouge2", "bleu"),
    400,
)
_HUB_DATASET = HubDataset("microsoft/MeetingBank-QA-Summary")
_ID_KEYS = ("idx", "uid", "id", "meeting_id")


def meeting_example(
    task: MeetingTask,
    example_id: str,
    transcript: Document,
    query: str | None,
    answer: str,
    support: tuple[tuple[int, int, int], ...] = (),
) -> Example:
    """The example of one query on a meeting."""
    before, after = around(task.prompt, input=query or "")
    return Example(
        id=example_id,
        task=task.name,
        documents=(transcript,),
        query=query,
        answers=(answer,),
        metrics=task.metrics,
        before=before,
        after=after,
        max_tokens=task.max_tokens,
        support=support,
    )


def meetingbank(row: DataRow, where: str, *, number: int) -> Iterator[Example]:
    """The questions and the summary of a record of any of the public releases.

    They are microsoft/MeetingBank-QA-Summary (prompt, QA_pairs, summary), huuuyeah/meetingbank (transcript, summary)
    and lytang/MeetingBank-transcript (CSV: source, reference).

    :raises InputError: no transcript, or neither questions nor summary.
    """
    transcript_text = text_of(row, where, "prompt", "transcript", "source")
    meeting_id = str(next((row[id_key] for id_key in _ID_KEYS if row.get(id_key) is not None), number))
    transcript = Document(meeting_id, transcript_text)
    pairs, summary = _pairs(row, where), text_of(row, where, "summary", "gpt4_summary", "reference", default="")
    if not pairs and not summary:
        raise InputError(f"{where}: has {', '.join(map(str, row))}, expected QA_pairs, summary or reference.")
    for position, (question, answer) in enumerate(pairs):
        yield meeting_example(_QA, f"{meeting_id}/{position}", transcript, question, answer)
    if summary:
        yield meeting_example(_SUMMARY, f"{meeting_id}/summary", transcript, None, summary)


def _pairs(row: DataRow, where: str) -> list[tuple[str, str]]:
    """Question and answer of each of ``QA_pairs``, which CSV files hold as text."""
    question_pairs: Any = row.get("QA_pairs") or row.get("qa_pairs") or []
    if isinstance(question_pairs, str):
        try:
            question_pairs = json.loads(question_pairs)
        except ValueError:
            try:
                question_pairs = ast.literal_eval(question_pairs)
            except (ValueError, SyntaxError) as error:
                raise InputError(f"{where}: QA_pairs is not a list of questions and answers ({error}).") from error
    try:
        return [(str(pair["question"]), str(pair["answer"])) for pair in question_pairs]
    except (TypeError, KeyError) as error:
        raise InputError(f"{where}: QA_pairs is not a list of questions and answers ({error!r}).") from error


def _examples(request: SuiteRequest) -> Iterator[Example]:
    for record_number, (location, record) in enumerate(located_rows(request, _HUB_DATASET)):
        for example in meetingbank(record, location, number=record_number):
            if not request.tasks or example.task in request.tasks:
                yield example


def _matches_record(keys: Collection[str], _: Collection[str]) -> bool:
    has_pairs = bool({"QA_pairs", "qa_pairs"} & {*keys})
    return has_pairs or bool({"transcript", "source"} & {*keys} and {"summary", "reference"} & {*keys})


SUITE = SuiteFormat(
    name="meetingbank",
    about="MeetingBank, questions and summaries (its public releases)",
    examples=_examples,
    matches_record=_matches_record,
    hub=_HUB_DATASET,
)
