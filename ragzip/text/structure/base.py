"""A text as units with what each cannot be read without, and the form in which kept ones are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, NamedTuple, overload

from ragzip.text.forms import Form
from ragzip.text.spans import Span

__all__ = [
    "Aside",
    "Cells",
    "Item",
    "NamedSource",
    "Relation",
    "Structure",
    "StructuredTable",
    "StructuredUnit",
    "joined",
    "visible_length",
]


Aside = Literal[
    "signature",
    "disclaimer",
    "history",
    "header",
    "greeting",
    "media",
    "pleasantry",
    "imprint",
    "citation",
    "reminder",
    "hint",
    "control",
]
"""Parts beside the text of a mail; history is earlier mail, quoted as a whole. Media: in the place of a picture or of a
deleted message of a chat; pleasantry: thanks and greetings there. Imprint: of a paper, its authors and numbers;
citation: of its references. Reminder: what a harness of agents says to the model in the result of a tool. Hint: which
command to use next. Control: of a page, copied with its text.
"""


class Relation(NamedTuple):
    """The relations of one unit to others, by their place: ``needs``, those without which it cannot be read; ``head``,
    the question or lead-in that it belongs to, or the statement that it changes; ``heading``, the innermost one over
    it; ``companions``, its antecedents and exceptions, which it needs where they fit; ``answers``, the answers to it, a
    question in talk, with which it is scored. ``section``: see :class:`ragzip.types.Unit`.
    """

    needs: tuple[int, ...] = ()
    head: int | None = None
    section: Span | None = None
    heading: int | None = None
    companions: tuple[int, ...] = ()
    answers: tuple[int, ...] = ()

    def moved(self, places: Mapping[int, int]) -> Relation:
        """The same with other places; what has none is no longer there."""
        head = None if self.head is None else places.get(self.head)
        heading = None if self.heading is None else places.get(self.heading)
        companions, answers = _moved(self.companions, places), _moved(self.answers, places)
        return Relation(_moved(self.needs, places), head, self.section, heading, companions, answers)


def _moved(numbers: Sequence[int], places: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(places[number] for number in numbers if number in places))


class Item(NamedTuple):
    """A record of a list, or of an object whose values are alike: the span of the list, the number of the record in it,
    the number of its records, and whether the record follows a key.
    """

    list_span: Span
    place: int
    item_count: int
    has_key: bool = False

    def moved(self, shift: int) -> Item:
        """The same in a text with ``shift`` more characters before it."""
        return self._replace(list_span=Span(self.list_span.start + shift, self.list_span.end + shift))


class StructuredUnit(NamedTuple):
    """The smallest text that is kept or dropped whole, without white space at its ends.

    :param reading: what a model reads in its place, such as a row with the names of its columns (None: the text).
    :param is_record: whether it is a row, a log line, a value of JSON …: models that read prose do not tell one from
        the next.
    :param group: the units of one group say the same but for numbers, names and times, as lines of a log do; a model
        reads only the first of them (None: of no group).
    :param aside: what it is beside the text proper; it is kept only where the query asks for it.
    :param items: the records that it is in, or is, the outermost first.
    """

    start: int
    end: int
    relation: Relation = Relation()
    reading: str | None = None
    is_record: bool = False
    group: int | None = None
    aside: Aside | None = None
    items: tuple[Item, ...] = ()

    @property
    def span(self) -> Span:
        """The place of the unit in its text."""
        return Span(self.start, self.end)

    def related(self, **changes: Any) -> StructuredUnit:
        """The same unit with other fields of its :attr:`relation`."""
        return self._replace(relation=self.relation._replace(**changes))


class Cells(Sequence[Sequence[Span]]):
    """The cells of rows, one for each column (an empty span where there is none), read when they are looked at.

    :param width: the number of columns.
    :param cells_of: the cells of a row.
    """

    def __init__(self, rows: Sequence[Span], width: int, cells_of: Callable[[Span], Sequence[Span]]) -> None:
        self._rows, self._width, self._cells_of = rows, width, cells_of

    def __len__(self) -> int:
        return len(self._rows)

    def has_text_from(self, column: int) -> bool:
        """Whether a row has a cell with text at ``column`` or behind it."""
        return any(start < end for row in self._rows for start, end in islice(self._cells_of(row), column, None))

    def moved(self, shift: int) -> Cells:
        """The same of a text with ``shift`` more characters before it."""
        rows = [Span(start + shift, end + shift) for start, end in self._rows]
        cells_of = self._cells_of

        def moved_cells(row: Span) -> list[Span]:
            return [
                Span(start + shift, end + shift) for start, end in cells_of(Span(row.start - shift, row.end - shift))
            ]

        return Cells(rows, self._width, moved_cells)

    @overload
    def __getitem__(self, number: int) -> Sequence[Span]: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Sequence[Span]]: ...
    def __getitem__(self, number: int | slice) -> Sequence[Span] | Sequence[Sequence[Span]]:
        if isinstance(number, slice):
            return Cells(self._rows[number], self._width, self._cells_of)
        cells = self._cells_of(self._rows[number])
        end = cells[-1].end if cells else self._rows[number].end
        return [*cells[: self._width], *[Span(end, end)] * (self._width - len(cells))]


class StructuredTable(NamedTuple):
    """A table of a text: the names of its columns, and the units of its rows, from ``first_row`` to before
    ``end_row``, by place.

    ``header`` has the cells of the lines of the header, ``cells`` those of the rows.
    """

    columns: tuple[str, ...]
    first_row: int
    end_row: int
    header: Cells
    cells: Cells

    @property
    def has_longer_rows(self) -> bool:
        """Whether a row has a cell behind the last column with a name: a separator in a value, for one, from which on
        all cells of the row are beside their columns.
        """
        named_columns = [column for column, name in enumerate(self.columns) if name]
        return self.cells.has_text_from(named_columns[-1] + 1 if named_columns else 0)

    def moved(self, shift: int, place: int) -> StructuredTable:
        """The same of a text with ``shift`` more characters, and ``place`` more units, before it."""
        return self._replace(
            first_row=self.first_row + place,
            end_row=self.end_row + place,
            header=self.header.moved(shift),
            cells=self.cells.moved(shift),
        )


class NamedSource(NamedTuple):
    """A source in a text of several: its place, with what names and closes it, its own text, and its title."""

    span: Span
    text: Span
    title: str | None


@dataclass(frozen=True)
class Structure:
    """The units of a text of one kind, in order and disjoint.

    :param kind: the name of the reader, such as "csv".
    :param form: how kept units are written.
    :param tables: of which single columns can be kept.
    :param opened: the same text where no record or class that is one unit has more characters than it is given, as far
        as it can be opened (None: there is nothing to open): for budgets that cannot hold them whole.
    :param sources: in a text of several, in order, each of which is read as a text by itself.
    """

    kind: str
    units: tuple[StructuredUnit, ...]
    form: Form
    tables: tuple[StructuredTable, ...] = ()
    opened: Callable[[int], Structure | None] | None = None
    sources: tuple[NamedSource, ...] = ()


def joined(units: Sequence[StructuredUnit], spans: Sequence[Span]) -> Sequence[StructuredUnit]:
    """``units``, those that lie in one of ``spans`` (sorted, which hold whole units) as one."""
    if len(spans) == len(units):
        return units
    place_of_unit: dict[int, int] = {}
    groups: list[Sequence[StructuredUnit]] = []
    first_unit = 0
    for place, (_, end) in enumerate(spans):
        unit_after = first_unit
        while unit_after < len(units) and units[unit_after].end <= end:
            place_of_unit[unit_after] = place
            unit_after += 1
        groups.append(units[first_unit:unit_after])
        first_unit = unit_after
    return [_one_of(group, place, place_of_unit) for place, group in enumerate(groups)]


def visible_length(text: str) -> int:
    """The characters of a text, white space between words as one."""
    return len(" ".join(text.split()))


def _one_of(group: Sequence[StructuredUnit], place: int, places: Mapping[int, int]) -> StructuredUnit:
    """The unit that ``group`` makes together, at ``place``."""
    first_unit = group[0]
    if len(group) == 1:
        return first_unit._replace(relation=first_unit.relation.moved(places))
    moved_relations = [unit.relation.moved(places) for unit in group]
    needs = dict.fromkeys(needed for relation in moved_relations for needed in relation.needs if needed != place)
    companions = dict.fromkeys(
        number for relation in moved_relations for number in relation.companions if number != place
    )
    sections = [relation.section for relation in moved_relations]
    is_heading = all(section is not None for section in sections)
    asides = {unit.aside for unit in group}
    return StructuredUnit(
        first_unit.start,
        group[-1].end,
        moved_relations[0]._replace(
            needs=tuple(needs), section=sections[-1] if is_heading else None, companions=tuple(companions)
        ),
        is_record=all(unit.is_record for unit in group),
        aside=first_unit.aside if len(asides) == 1 else None,
    )
