"""Tables with some of their columns, where the row that answers does not fit the budget with all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import NamedTuple

from ragzip.fitting.choose import is_candidate
from ragzip.text.spans import Span
from ragzip.text.structure import structure_of_document
from ragzip.text.structure.base import StructuredTable
from ragzip.text.structure.formats.table.columns import (
    columns_of_lone_labels,
    columns_of_row,
    has_labels_over_others,
    names_without,
    noise_without,
)
from ragzip.text.structure.forms import TidyForm
from ragzip.text.structure.readers import is_declared
from ragzip.types import Budget, Note, Segment, Unit

__all__ = ["with_narrow_tables"]

_MAX_CHARACTERS = 2**22  # of a text whose columns are looked at


class _Narrowing(NamedTuple):
    """Cells of a table that are not written, and a word to the caller about them."""

    noise: Sequence[Span]
    about: str


def with_narrow_tables(query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
    """``segments``, the one with the best unit, where that is a row of a table and larger than ``budget`` with its
    header, without the names of the columns that ``query`` is not about; where it does not fit even then, without
    these columns. A note says so. A text that is said to be CSV keeps its columns.
    """
    best = _best_row(segments, budget) if query is not None else None
    if best is None:
        return list(segments)
    number, unit = best
    segment = segments[number]
    for narrowing in _narrowings(query or "", segment, unit):
        form = TidyForm(segment.document.text, narrowing.noise, {})
        if _fits(replace(segment, form=form), unit, budget):
            note = Note("some-columns", f"{segment.document.id}: {narrowing.about}")
            narrow_segment = replace(segment, form=form, notes=(*segment.notes, note))
            return [*segments[:number], narrow_segment, *segments[number + 1 :]]
    return list(segments)


def _best_row(segments: Sequence[Segment], budget: Budget) -> tuple[int, Unit] | None:
    """The number of the segment with the best unit, and that unit, where it is too large and may be a row."""
    candidates = (
        ((unit.tier, -unit.score), number, unit)
        for number, segment in enumerate(segments)
        for unit in segment.units
        if is_candidate(unit, budget.threshold)
    )
    best = min(candidates, key=itemgetter(0), default=None)
    if budget.max_tokens is None or best is None:
        return None
    _, number, unit = best
    segment = segments[number]
    source = segment.document.text
    is_read = segment.text == source and segment.form.manner == "source" and len(source) <= _MAX_CHARACTERS
    if is_declared("table", segment.document):  # whoever says so may parse it, and relies on its columns
        return None
    if not is_read or _fits(segment, unit, budget) or budget.protect(source):
        return None
    return number, unit


def _fits(segment: Segment, unit: Unit, budget: Budget) -> bool:
    return budget.max_tokens is None or budget.count(segment.keep(unit.spans).text) <= budget.max_tokens


def _narrowings(query: str, segment: Segment, unit: Unit) -> Iterator[_Narrowing]:
    """Cells that can be left out of the table of ``unit``, the fewest first."""
    source, structure = segment.document.text, structure_of_document(segment.document)
    for table in structure.tables:
        rows = structure.units[table.first_row : table.end_row]
        row = next((number for number in reversed(range(len(rows))) if rows[number].span in unit.spans), None)
        if row is None or table.has_longer_rows:
            continue
        about = columns_of_row(query, source, table, row)
        if about is None:
            continue
        needed_columns = ({0} if structure.kind == "sheet" else set()) | columns_of_lone_labels(source, table)
        columns = needed_columns.union(about.named, about.telling, [about.naming])
        fewest_columns = needed_columns.union(about.named, about.telling or [about.naming])
        if has_labels_over_others(source, table, columns):
            continue
        if names := names_without(source, table, columns):
            yield _Narrowing(names, "the names of other columns are left out, so that the row fits")
        for narrow_columns in (columns, fewest_columns):
            yield _without_others(table, sorted(narrow_columns))


def _without_others(table: StructuredTable, columns: Sequence[int]) -> _Narrowing:
    names = ", ".join(table.columns[column] for column in columns if table.columns[column])
    return _Narrowing(sorted(noise_without(table, columns)), f"of its columns {names} are kept, so that the row fits")
