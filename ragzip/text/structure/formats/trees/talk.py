"""Messages in lists of values, as in exports of chats and histories of assistants: questions with their replies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.formats.transcript.exchanges import bind_talk, remark_asks
from ragzip.text.structure.formats.transcript.remarks import Remark
from ragzip.text.structure.formats.trees.nodes import TreeNode

__all__ = ["with_talk"]

_WORDS = ("text", "content", "message", "body", "msg", "comment")  # keys, the first of which a record has counts
_SPEAKERS = ("user", "author", "from", "sender", "speaker", "role", "username", "name", "by")
_TIMES = ("ts", "time", "timestamp", "date", "created_at", "createdat", "created", "sent_at", "sentat")
_MIN_MESSAGES = 3
_MIN_SHARE_OF_MESSAGES = 0.8  # of the records of a list


def with_talk(
    source: str,
    units: Sequence[StructuredUnit],
    records_by_list: Sequence[Sequence[TreeNode]],
    members_of: Callable[[TreeNode], Sequence[TreeNode]],
) -> tuple[StructuredUnit, ...]:
    """``units``, those that are messages bound as remarks of a transcript are, but for lists with the newest one first.

    :param records_by_list: of each list, the records that are one unit each.
    :param members_of: the members of a record.
    """
    place_by_start = {unit.start: place for place, unit in enumerate(units)}
    remarks: list[Remark] = []
    for number, records in enumerate(records_by_list):
        first_values = [_values(members_of(record)) for record in records[:_MIN_MESSAGES]]
        if len(first_values) < _MIN_MESSAGES or not all(any(_said(members)) for members in first_values):
            continue
        values = first_values + [_values(members_of(record)) for record in records[_MIN_MESSAGES:]]
        messages = [
            Remark(speaker, words, place, place, number, place if remark_asks(words) else None)
            for record, members in zip(records, values, strict=True)
            if (place := place_by_start.get(record.start)) is not None
            for speaker, words in _said(members)
        ]
        if len(messages) >= _MIN_SHARE_OF_MESSAGES * len(records) and not _is_newest_first(values):
            remarks += messages
    bound = list(units)
    if remarks:
        bind_talk(source, remarks, bound)
    return tuple(bound)


def _values(members: Sequence[TreeNode]) -> dict[str, str]:
    return {member.label.lower(): member.value for member in members if member.kind == "scalar"}


def _said(members: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The speaker and the words of a record with these members, by key; nothing of one that is no message."""
    words = next((members[key] for key in _WORDS if members.get(key)), None)
    speaker = next((members[key] for key in _SPEAKERS if members.get(key)), None)
    if words is not None and speaker is not None:
        yield speaker, words


def _is_newest_first(values: Sequence[dict[str, str]]) -> bool:
    """Whether records stand in falling order of their times."""
    for key in _TIMES:
        times = [(len(members[key]), members[key]) for members in values if members.get(key)]
        if len(times) > 1:
            return times[0] > times[-1]
    return False
