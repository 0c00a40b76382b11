"""Reminders that a harness of agents puts into the results of tools: no part of them, of whatever kind they are."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace

from ragzip.text.spans import Span
from ragzip.text.structure.base import Structure

__all__ = ["with_reminders"]

_OPENING_TAG, _CLOSING_TAG = "<system-reminder>", "</system-reminder>"
_EVENT_TAGS = ("<task-notification>", "<event>")  # in reminders that report something


def with_reminders(source: str, structure: Structure) -> Structure:
    """``structure`` with the units of reminders that report no event as asides."""
    reminders = list(_reminders(source))
    if not reminders:
        return structure
    starts = [reminder.start for reminder in reminders]
    marked_units = []
    for unit in structure.units:
        last = bisect_right(starts, unit.start) - 1
        is_inside = last >= 0 and unit.start < reminders[last].end
        marked_units.append(unit._replace(aside="reminder") if is_inside and unit.aside is None else unit)
    return replace(structure, units=tuple(marked_units))


def _reminders(source: str) -> Iterator[Span]:
    end = 0
    while (start := source.find(_OPENING_TAG, end)) >= 0 and (closing := source.find(_CLOSING_TAG, start)) >= 0:
        end = closing + len(_CLOSING_TAG)
        if not any(source.find(tag, start, end) >= 0 for tag in _EVENT_TAGS):
            yield Span(start, end)
