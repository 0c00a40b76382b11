"""Records of lists whose values are units of their own, and the words that pick one of them.

The words that pick a record (its name, an id) and those that pick a value of it (the name of a field) stand in
different units, so what picks a record counts for all of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from ragzip.text.spans import Span
from ragzip.text.structure import Item

__all__ = ["Items", "items_of_texts"]

_MAX_FEW = 3  # records of a list with a word that picks them
_SHARE_OF_FEW = 3  # of the records of a list, one in so many


def items_of_texts(items_by_text: Iterable[Sequence[tuple[Item, ...]]]) -> list[tuple[Item, ...]]:
    """The records that each unit of several texts is in, with distinct records for different texts."""
    all_items: list[tuple[Item, ...]] = []
    shift = 0
    for items_of_units in items_by_text:
        all_items += [tuple(item.moved(shift) for item in items) for items in items_of_units]
        shift += max((item.list_span.end for items in items_of_units for item in items), default=0)
    return all_items


class Items:
    """The records of lists, and the units, by number, in each."""

    def __init__(self, items_of_units: Sequence[tuple[Item, ...]]) -> None:
        self.of_units = items_of_units
        self.units: defaultdict[Item, list[int]] = defaultdict(list)
        for number, items in enumerate(items_of_units):
            for item in items:
                self.units[item].append(number)

    def by_list(self) -> dict[Span, list[Item]]:
        """The records of each list, the outer lists first."""
        items_by_list: defaultdict[Span, list[Item]] = defaultdict(list)
        for item in self.units:
            items_by_list[item.list_span].append(item)
        return {span: items_by_list[span] for span in sorted(items_by_list, key=lambda span: (span.start, -span.end))}

    def picked(self, numbers: Iterable[int]) -> Iterator[Item]:
        """The records that contain a word, given the units it stands in; only of lists in which few records do."""
        if not self.units:
            return
        items_by_list: defaultdict[Span, dict[Item, None]] = defaultdict(dict)
        for number in numbers:
            for item in self.of_units[number]:
                items_by_list[item.list_span][item] = None
        for items in items_by_list.values():
            if len(items) <= max(1, min(_MAX_FEW, next(iter(items)).item_count // _SHARE_OF_FEW)):
                yield from items

    def with_records(self, numbers: Iterable[int]) -> list[int]:
        """``numbers`` of units with a word, and those of all units of the records that it picks, sorted."""
        all_numbers = set(numbers)
        for item in self.picked(all_numbers):
            all_numbers.update(self.units[item])
        return sorted(all_numbers)
