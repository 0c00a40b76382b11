"""Whole columns for queries about all rows of a table: the largest, the sum, the number of its values."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from ragzip.text.spans import Span
from ragzip.text.structure import structure_of_document
from ragzip.text.structure.formats.table.columns import asks_about_rows, columns_of, noise_without
from ragzip.text.structure.forms import TidyForm
from ragzip.types import Budget, Note, Segment, Tier

__all__ = ["ColumnForm", "with_columns"]

_MAX_CHARACTERS = 2**22  # of a text whose columns are looked at
_SHARE_OF_BUDGET = 0.9  # what is counted by itself is to fit with what is set around it
_MAX_SHARE_OF_ROWS = 2 / 3  # of the tokens of whole rows, that some columns of them may cost to be worth it


class ColumnForm(TidyForm):
    """A text with a table of which only some columns are written.

    :param noise: the other cells.
    :param rows: the rows of the table, which come together.
    :param about: which columns of which table, for the caller.
    """

    def __init__(self, source: str, noise: Sequence[Span], rows: Collection[Span], about: str) -> None:
        super().__init__(source, noise, {})
        self.rows, self.about = frozenset(rows), about


def with_columns(query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
    """``segments``, the one with the best unit with all rows of its table, where ``query`` asks about them as a whole:
    of them only the columns are left that it is about, where that saves a third. Where these do not fit into
    ``budget``, the segment stays as it is. A note says which of both. Other segments may have columns of the same name.
    """
    best_number = max(range(len(segments)), key=lambda number: _best_score(segments[number]), default=None)
    if query is None or best_number is None or not asks_about_rows(query):
        return list(segments)
    best_segment = segments[best_number]
    projected = _projection(query, best_segment, budget)
    if projected is None:
        return list(segments)
    segment, form = projected
    forced_spans = {unit_span for unit in segment.units if unit.tier == Tier.FORCED for unit_span in unit.spans}
    largest = math.inf if budget.max_tokens is None else _SHARE_OF_BUDGET * budget.max_tokens
    tokens = budget.count(segment.keep(forced_spans).text)
    whole_tokens = budget.count(best_segment.keep(forced_spans).text)
    about, outcome = form.about, "are kept: the question is about all of them"
    if tokens > largest:
        segment, outcome = best_segment, "do not fit: the best rows are kept"
    elif form is not best_segment.form and tokens > _MAX_SHARE_OF_ROWS * whole_tokens and whole_tokens <= largest:
        segment, about = replace(segment, form=best_segment.form), f"{segment.document.id}: all {len(form.rows)} rows"
    segment = replace(segment, notes=(*segment.notes, Note("whole-columns", f"{about} {outcome}")))
    return [*segments[:best_number], segment, *segments[best_number + 1 :]]


def _best_score(segment: Segment) -> float:
    return max((unit.score for unit in segment.units), default=-math.inf)


def _projection(query: str, segment: Segment, budget: Budget) -> tuple[Segment, ColumnForm] | None:
    """``segment`` with the columns of all rows of a table, and its form; None where the query asks of no such table."""
    if not segment.units or budget.protect(segment.document.text):
        return None
    if isinstance(segment.form, ColumnForm):  # of a compressor before
        return _with_rows(segment, segment.form), segment.form
    source = segment.document.text
    if segment.text != source or segment.form.manner != "source" or len(source) > _MAX_CHARACTERS:
        return None
    structure = structure_of_document(segment.document)
    for table in structure.tables:
        columns = columns_of(query, source, table)
        if columns:
            if structure.kind == "sheet":  # the numbers of the rows
                columns = tuple(sorted({0, *columns}))
            rows = structure.units[table.first_row : table.end_row]
            row_spans = [row.span for row in rows if row.relation.section is None]
            names = ", ".join(table.columns[column] for column in columns if table.columns[column])
            about = f"{segment.document.id}: the columns {names} of all {len(row_spans)} rows"
            form = ColumnForm(source, sorted(noise_without(table, columns)), row_spans, about)
            return _with_rows(segment, form), form
    return None


def _with_rows(segment: Segment, form: ColumnForm) -> Segment:
    """``segment`` with the rows of ``form`` before all other units."""
    units = tuple(
        unit._replace(tier=Tier.FORCED, relevant=True) if unit.span in form.rows else unit for unit in segment.units
    )
    return replace(segment, form=form, units=units)
