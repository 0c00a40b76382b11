"""Whole columns for queries about all rows of a table: the largest, the sum, the number of its values."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from ragzip.text.forms import PlainForm
from ragzip.text.spans import Span
from ragzip.text.structure import Structure, StructuredTable, name_of, structure_of
from ragzip.text.structure.columns import columns_of, noise_without
from ragzip.text.structure.forms import TidyForm
from ragzip.types import Budget, Segment, Tier

__all__ = ["ColumnForm", "with_columns"]

_MAX_CHARACTERS = 2**22  # of a text whose columns are looked at
_SHARE_OF_BUDGET = 0.9  # what is counted by itself is to fit with what is set around it


class ColumnForm(TidyForm):
    """A text with a table of which only some columns are written.

    :param noise: the other cells.
    :param rows: the rows of the table, which come together.
    :param note: for the caller.
    """

    def __init__(self, source: str, noise: Sequence[Span], rows: Collection[Span], note: str) -> None:
        super().__init__(source, noise, {})
        self.rows, self.note = frozenset(rows), note


def with_columns(query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
    """``segments``, the one with a table that ``query`` asks about as a whole with all its rows, of which only the
    columns are left that it is about, where these fit into ``budget``; a note says so. Of several segments, that with
    the best unit: others may have columns of the same name.
    """
    if query is None:
        return list(segments)
    room = None if budget.max_tokens is None else int(_SHARE_OF_BUDGET * budget.max_tokens)
    best = max(segments, key=_best_score, default=None)
    projected: list[Segment] = []
    for segment in segments:
        changed = (_projection(query, segment, budget) or segment) if segment is best else segment
        note = changed.form.note if isinstance(changed.form, ColumnForm) else ""
        if changed is not segment and room is not None:
            needed = {span for unit in changed.units if unit.tier == Tier.FORCED for span in unit.spans}
            cost = budget.count(changed.keep(needed).text)
            if cost > room:
                changed, note = segment, note.replace(_KEPT, _TOO_LARGE)
            else:
                room -= cost
        notes = (*changed.notes, note) if note else changed.notes
        projected.append(replace(changed, notes=notes))
    return projected


_KEPT = "are kept: the question is about all of them"
_TOO_LARGE = "do not fit: the best rows are kept"


def _best_score(segment: Segment) -> float:
    return max((unit.score for unit in segment.units), default=-math.inf)


def _projection(query: str, segment: Segment, budget: Budget) -> Segment | None:
    """``segment`` with the columns of all rows of a table; None where the query is about no such table."""
    if not segment.units or budget.protect(segment.document.text):
        return None
    if isinstance(segment.form, ColumnForm):  # of a compressor before
        return _with_rows(segment, segment.form)
    for table in _tables(segment):
        source = segment.document.text
        structure = _structure(segment)
        columns = columns_of(query, source, table)
        if columns:
            if structure.kind == "sheet":  # the numbers of the rows
                columns = tuple(sorted({0, *columns}))
            rows = structure.units[table.first_row : table.end_row]
            row_spans = [row.span for row in rows if row.relation.section is None]
            names = ", ".join(table.columns[column] for column in columns if table.columns[column])
            about = f"{segment.document.id}: the columns {names} of all {len(row_spans)} rows"
            form = ColumnForm(source, sorted(noise_without(table, columns)), row_spans, f"{about} {_KEPT}")
            return _with_rows(segment, form)
    return None


def _tables(segment: Segment) -> Iterator[StructuredTable]:
    """The tables of a segment that is as it came."""
    text = segment.document.text
    if segment.text == text and isinstance(segment.form, PlainForm) and len(text) <= _MAX_CHARACTERS:
        yield from _structure(segment).tables


def _structure(segment: Segment) -> Structure:
    document = segment.document
    return structure_of(document.text, document.mime, name_of(document.id, document.metadata))


def _with_rows(segment: Segment, form: ColumnForm) -> Segment:
    """``segment`` with the rows of ``form`` before all other units."""
    units = tuple(
        unit._replace(tier=Tier.FORCED, relevant=True) if unit.span in form.rows else unit for unit in segment.units
    )
    return replace(segment, form=form, units=units)
