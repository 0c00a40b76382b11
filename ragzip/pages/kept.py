"""The kept runs of a page: those of the wanted spans, and the headings and header rows that they need."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from ragzip.pages.page import Page
from ragzip.pages.parse import Node
from ragzip.pages.runs import TextRun
from ragzip.pages.tables import Row
from ragzip.text.spans import Span, join, merge, tidy

__all__ = ["KeptRun", "Written", "gather", "pieces", "row_of"]

_LABEL_ELEMENTS = frozenset(("title", "caption", "h1", "h2", "h3", "h4", "h5", "h6"))


class KeptRun(NamedTuple):
    """A kept visible piece of the source, and the number of its run."""

    number: int
    start: int
    end: int


class Written(NamedTuple):
    """A text, the spans of the source that it holds, in order, and the offset in the text of each of them."""

    text: str
    spans: tuple[Span, ...]
    places: tuple[int, ...]


def row_of(run: TextRun, rows: dict[int, Row]) -> Row | None:
    """The innermost table row around a run, None without one."""
    for node in reversed(run.chain):
        if node.name == "tr" and (row := rows.get(id(node))) is not None:
            return row
    return None


def pieces(page: Page, spans: Iterable[tuple[int, int]]) -> Iterator[KeptRun]:
    """The visible pieces of ``spans`` (sorted, disjoint), in order; those of one run are joined by its white space."""
    visible_parts = (
        (run_number, (max(start, page.starts[run_number]), min(end, page.runs.ends[run_number])))
        for start, end in spans
        for run_number in page.within(start, end)
        if not page.beside[run_number]
    )
    for run_number, group in groupby(visible_parts, key=itemgetter(0)):
        run = page.runs[run_number]
        run_parts = [part for _, part in group]
        if run_parts != [(run.start, run.end)]:
            whole_words = merge(_whole_words_in(page.source, *part, run) for part in run_parts)
            run_parts = join(page.source, whole_words) if whole_words else []
        for start, end in run_parts:
            yield KeptRun(run_number, start, end)


def _whole_words_in(source: str, start: int, end: int, run: TextRun) -> tuple[int, int]:
    """The span ``start:end``, widened to whole words of ``run``."""
    start, end = tidy(source, start, end)
    return max(start, run.start), min(end, run.end)


def gather(page: Page, rows: dict[int, Row], spans: Sequence[tuple[int, int]]) -> Iterator[KeptRun]:
    """The visible pieces of ``spans`` (sorted, disjoint), and their whole headings and header rows, in order."""
    kept_runs = _without_bare_headings(page, rows, pieces(page, spans))
    needed = {number for node in _needed(page, rows, kept_runs) for number in range(node.first, node.last)}
    needed_runs = (KeptRun(number, page.starts[number], page.runs.ends[number]) for number in sorted(needed))
    other_runs = (piece for piece in kept_runs if piece.number not in needed)
    return heapq.merge(other_runs, needed_runs)


def _without_bare_headings(page: Page, rows: dict[int, Row], parts: Iterable[KeptRun]) -> list[KeptRun]:
    """``parts`` without bare labels: titles, headings, captions, header rows with text under them, but none kept."""
    kept_runs = list(parts)
    labels = [_label(page.runs[piece.number], rows) for piece in kept_runs]
    filled_labels: set[int] = set()
    for piece, label in zip(kept_runs, labels, strict=True):
        if label is None:
            filled_labels.update(_labels_over(page.runs[piece.number], rows, filled_labels))
    if len(filled_labels) == 0 and None not in labels:
        has_more = any(
            _label(run, rows) is None and not beside for run, beside in zip(page.runs, page.beside, strict=True)
        )
        return [] if has_more else kept_runs
    return [
        piece
        for piece, label in zip(kept_runs, labels, strict=True)
        if label is None or label.name == "title" or id(label) in filled_labels or id(label) not in page.over
    ]


def _label(run: TextRun, rows: dict[int, Row]) -> Node | None:
    """The title, heading, caption or header row around a run, None without one."""
    for node in run.chain:
        row = rows.get(id(node)) if node.name == "tr" else None
        if node.name in _LABEL_ELEMENTS or (row is not None and row.is_header and row is not row.table.rows[-1]):
            return node
    return None


def _labels_over(run: TextRun, rows: dict[int, Row], known: set[int]) -> Iterator[int]:
    """The ids of the headings, the caption and the header rows over a run, up to the ``known`` ones."""
    heading = run.heading
    while heading is not None and id(heading.node) not in known:
        yield id(heading.node)
        heading = heading.parent
    table_row = row_of(run, rows)
    if table_row is not None:
        yield from (id(header.node) for header in table_row.headers)


def _needed(page: Page, rows: dict[int, Row], parts: Iterable[KeptRun]) -> Iterator[Node]:
    """The headings and header rows that ``parts`` cannot be read without."""
    seen_ids: set[int] = set()
    for number, _ in groupby(parts, key=itemgetter(0)):
        run = page.runs[number]
        heading = run.heading
        while heading is not None and id(heading.node) not in seen_ids:
            seen_ids.add(id(heading.node))
            if run.start > heading.node.start:
                yield heading.node
            heading = heading.parent
        table_row = row_of(run, rows)
        if table_row is not None and id(table_row.node) not in seen_ids:
            seen_ids.add(id(table_row.node))
            for header in table_row.headers:
                yield header.node
