"""QMSum (Zhong et al. 2021, arXiv 2104.05938): queries on meetings, with LongBench's prompt."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from ragzip.errors import InputError
from ragzip.eval.suites.example import Example
from ragzip.eval.suites.format import SuiteFormat, SuiteRequest, has_keys, located_rows
from ragzip.eval.suites.longbench import tasks
from ragzip.eval.suites.meetingbank import MeetingTask, meeting_example
from ragzip.files.rows import DataRow
from ragzip.types import Document

__all__ = ["SUITE", "qmsum"]

_SETTINGS = tasks()["qmsum"]
_QUERY = MeetingTask("qmsum", _SETTINGS["prompt"], ("rouge_l", "rouge1", "rouge2", "rougeL"), _SETTINGS["max_tokens"])


def qmsum(row: DataRow, where: str, *, number: int) -> Iterator[Example]:
    """The queries of a meeting in QMSum's form: transcript (speaker, text), queries (query, answer, spans).

    The supporting spans are the turns that a query names.

    :raises InputError: a record of another form.
    """
    meeting_id = str(row.get("id") or number)
    try:
        turns = [f"{turn['speaker']}: {turn['text']}" for turn in row["transcript"]]
        queries = [(query["query"], query["answer"], query.get("spans") or []) for query in row["queries"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{where}: expected transcript (speaker, text) and queries (query, answer).") from error
    turn_starts = list(accumulate((len(turn) + 1 for turn in turns), initial=0))
    transcript = Document(meeting_id, "\n".join(turns))
    for position, (query, answer, turn_ranges) in enumerate(queries):
        support = tuple(
            (0, turn_starts[first_turn], turn_starts[last_turn + 1] - 1)
            for first_turn, last_turn in turn_ranges
            if 0 <= first_turn <= last_turn < len(turns)
        )
        yield meeting_example(_QUERY, f"{meeting_id}/{position}", transcript, query, answer, support)


def _examples(request: SuiteRequest) -> Iterator[Example]:
    for record_number, (location, record) in enumerate(located_rows(request)):
        yield from qmsum(record, location, number=record_number)


SUITE = SuiteFormat(
    name="meetings",
    about="QMSum: queries on meetings",
    examples=_examples,
    matches_record=has_keys(["transcript", "queries"]),
)
