"""Reminders that a harness of agents puts into the results of tools: no part of them, of whatever kind they are."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.base import Structure

__all__ = ["with_reminders"]

_OPENING_TAG, _CLOSING_TAG = "<system-reminder>", "</system-reminder>"
_EVENT_TAGS = ("<task-notification>", "<event>")
_TAG_ALONE = pattern_of(r"</?[\w-]{1,40}>|<[\w-]{0,38}id>[^<>\n]{0,200}</[\w-]{1,40}>")  # or one that holds an id


class _Reminder(NamedTuple):
    """A reminder; ``report``: the start of its report on an event, its end where it has none."""

    start: int
    end: int
    report: int


def with_reminders(source: str, structure: Structure) -> Structure:
    """The ``structure`` with the units of reminders as asides; of reminders that report something, only the text before
    the report and the lines that are a tag.
    """
    reminders = list(_reminders(source))
    if not reminders:
        return structure
    starts = [reminder.start for reminder in reminders]
    marked_units = []
    for unit in structure.units:
        last = bisect_right(starts, unit.start) - 1
        is_inside = last >= 0 and unit.start < reminders[last].end and unit.aside is None
        if is_inside and (unit.start < reminders[last].report or _TAG_ALONE.fullmatch(source, *unit.span)):
            unit = unit._replace(aside="reminder")
        marked_units.append(unit)
    return replace(structure, units=tuple(marked_units))


def _reminders(source: str) -> Iterator[_Reminder]:
    end = 0
    while (start := source.find(_OPENING_TAG, end)) >= 0 and (closing := source.find(_CLOSING_TAG, start)) >= 0:
        end = closing + len(_CLOSING_TAG)
        reports = (place for tag in _EVENT_TAGS if (place := source.find(tag, start, end)) >= 0)
        yield _Reminder(start, end, min(reports, default=end))
