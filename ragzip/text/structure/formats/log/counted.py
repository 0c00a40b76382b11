"""The form of records of which many are alike: the first one kept of a group says how many there are."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import copy
from typing import NamedTuple

from ragzip.text.spans import Span
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.forms import TidyForm

__all__ = ["CountedForm", "CountedUnits", "RecordGroup"]


_MIN_LEFT_OUT = 3  # records that are alike, from which it is worth saying so


class RecordGroup(NamedTuple):
    """Records that are alike: their number, their characters, the times ("" where they have none) and places of the
    first and the last one, and whether all say the same: others may be of another worker, file or address.
    """

    size: int
    characters: int
    first_time: str
    last_time: str
    first_start: int
    last_start: int
    are_equal: bool

    def place_of(self, start: int) -> str:
        """The place of the record at ``start`` in its group: "first" or "last"; "" for those between."""
        if start == self.first_start:
            return "first"
        return "last" if start == self.last_start else ""


class CountedUnits(NamedTuple):
    """The units of records.

    :param units: all units of the text, in order.
    :param counts: of the records that each unit is: of a run of equal ones only the first is no noise.
    :param groups: by their numbers.
    """

    units: Sequence[StructuredUnit]
    counts: Sequence[int]
    groups: Mapping[int, RecordGroup]


class CountedForm(TidyForm):
    """Records as in the source, with a count after the first kept one of a group of which others are left out.

    :param marks: after single units, whatever else is kept.
    :param is_json: whether a count is a JSON object in a line of its own, so that what is kept can be parsed.
    """

    def __init__(
        self,
        source: str,
        noise: Sequence[Span],
        counted: CountedUnits,
        *,
        marks: Mapping[Span, str],
        is_json: bool = False,
    ) -> None:
        super().__init__(source, noise, marks)
        self._units, self._counts, self._groups = counted
        self._has_noise, self._is_json = bool(noise), is_json
        self._unit_starts = [unit.start for unit in counted.units]

    @property
    def untidy(self) -> CountedForm:
        counted = CountedUnits(self._units, self._counts, self._groups)
        return CountedForm(self.source, (), counted, marks={}, is_json=self._is_json)

    @property
    def uncounted(self) -> CountedForm:
        """The form that does not say how many records are alike."""
        uncounted_form = copy(self)
        uncounted_form._groups = {}
        return uncounted_form

    def alone(self, span: tuple[int, int]) -> str:
        if not self._has_noise:
            return self.source[slice(*span)]
        return super().alone(span)

    def _marks_within(self, kept: Sequence[Span]) -> dict[int, str]:
        kept_units = self._units_within(kept)
        kept_counts: Counter[int] = Counter()
        for number in kept_units:
            kept_counts[self._group_of(number)] += self._counts[number]
        marks: dict[int, str] = {}
        for number in kept_units:
            unit, group = self._units[number], self._group_of(number)
            mark = self.marks.get(unit.span, "")  # of equal ones: no second count after it
            if not mark and group in kept_counts:
                mark = self._mark(unit, self._groups.get(group), kept_counts.pop(group))
            if mark:
                marks[self._visible_end(unit.span)] = mark
        return marks

    def _units_within(self, kept: Sequence[Span]) -> list[int]:
        """The units, by number, that are kept whole."""
        numbers: list[int] = []
        for start, end in kept:
            number = bisect_left(self._unit_starts, start)
            while number < len(self._units) and self._units[number].end <= end:
                numbers.append(number)
                number += 1
        return numbers

    def _group_of(self, number: int) -> int:
        group = self._units[number].group
        return -1 if group is None else group

    def _mark(self, unit: StructuredUnit, group: RecordGroup | None, kept_count: int) -> str:
        """The mark with the number of records like ``unit``; "" where few are left out, or they are shorter than the
        mark.
        """
        if group is None or group.size - kept_count < _MIN_LEFT_OUT:
            return ""
        first_time, last_time = group.first_time, group.last_time
        if self._is_json:
            name = "records_like_this" if group.are_equal else "records_with_other_values"
            count = {name: group.size, "first": first_time, "last": last_time}
            mark = f"\n{json.dumps(count, ensure_ascii=False)}"
        else:
            text = self.source[unit.start : unit.end]
            first = "" if first_time in text else f", first {first_time}"
            last = "" if last_time in text else f", last {last_time}"
            alike = "like this" if group.are_equal else "with other values"
            mark = f" (×{group.size:,} {alike}{first}{last})"
        left_out = group.characters * (group.size - kept_count) // group.size
        return mark if len(mark) < left_out else ""
