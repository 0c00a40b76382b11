"""Tool results of agents, each with the call that made it and the one that came next; measured without a reader."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ragzip.errors import InputError
from ragzip.eval.suites.conversations import conversation_example
from ragzip.eval.suites.example import Example
from ragzip.eval.suites.format import SuiteFormat, SuiteRequest, has_keys
from ragzip.eval.suites.questions import question_files
from ragzip.files.rows import DataRow, rows, stem, text_of
from ragzip.messages.rows import ToolCall
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["SUITE"]

_CALL_ID = "call"
_STEP = pattern_of(r"(?<!\d)\d+$")  # at the end of an id


def _examples(request: SuiteRequest) -> Iterator[Example]:
    """The examples of the files of a request.

    A record has ``tool`` (a name), ``call`` (its arguments, an object or as JSON) and ``text`` (the result); optional
    are ``id``, ``question`` (the user's), ``next_call`` (arguments of the call that came next) or, to find that call,
    ``session``: it is then the next record of the session by the number at the end of the ids.

    :raises InputError: another form.
    """
    assert request.path is not None
    for file in question_files(request.path, request.tasks):
        located_records = list(rows(file))
        next_call_by_place = _next_calls([record for _, record in located_records])
        for place, (where, record) in enumerate(located_records):
            example_id = str(record.get("id") or f"{stem(file)}-{place + 1}")
            yield _example(record, where, example_id, stem(file), next_call_by_place.get(place))


def _example(record: DataRow, where: str, example_id: str, task: str, next_call: Any) -> Example:
    tool_name, result = text_of(record, where, "tool"), text_of(record, where, "text")
    call = record.get("call")
    if not isinstance(call, (str, Mapping)):
        raise InputError(f"{where}: call is {type(call).__name__}, expected arguments as an object or as JSON.")
    arguments = call if isinstance(call, str) else json.dumps(call, ensure_ascii=False)
    function = {"name": tool_name, "arguments": arguments}
    question = text_of(record, where, "question", default="")
    messages: list[dict[str, Any]] = [
        *([{"role": "user", "content": question}] if question else []),
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": _CALL_ID, "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": _CALL_ID, "content": result},
    ]
    next_calls = None if next_call is None else [ToolCall("", next_call)]
    return conversation_example(example_id, task, messages, where, next_calls=next_calls)


def _next_calls(records: Sequence[DataRow]) -> dict[int, Any]:
    """The arguments of the call after each record, by the place of the record."""
    next_calls = {place: record["next_call"] for place, record in enumerate(records) if record.get("next_call")}
    places_by_session: dict[str, list[tuple[int, int]]] = {}
    for place, record in enumerate(records):
        step = _STEP.search(str(record.get("id", "")))
        if step and record.get("session"):
            places_by_session.setdefault(str(record["session"]), []).append((int(step.group()), place))
    for steps in places_by_session.values():
        places = [place for _, place in sorted(steps)]
        for place, next_place in pairwise(places):
            next_calls.setdefault(place, records[next_place].get("call"))
    return next_calls


SUITE = SuiteFormat(
    name="tool-results",
    about="tool results of agents: lines kept, and what the next call takes from them (tool, call, text)",
    examples=_examples,
    matches_record=has_keys(["tool", "call", "text"]),
)
