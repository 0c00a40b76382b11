"""What is kept of a page: the pieces asked for, and what they cannot be read without."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from ragzip.joins import join, merge, tidy
from ragzip.pages.page import Page, Run
from ragzip.pages.parse import Node
from ragzip.pages.tables import Row
from ragzip.types import Span

__all__ = ["Kept", "Written", "gather", "pieces", "row_of"]


class Kept(NamedTuple):
    """A visible piece of the source that is kept, and the number of the run it belongs to."""

    number: int
    start: int
    end: int


class Written(NamedTuple):
    """A text; the pieces of the source it holds, in order; and where in the text each of those begins."""

    text: str
    spans: tuple[Span, ...]
    places: tuple[int, ...]


def row_of(run: Run, rows: dict[int, Row]) -> Row | None:
    """The row that a run stands in, the innermost one."""
    for node in reversed(run.chain):
        if node.name == "tr" and (row := rows.get(id(node))) is not None:
            return row
    return None


def pieces(page: Page, spans: Iterable[tuple[int, int]]) -> Iterator[Kept]:
    """The visible pieces of ``spans`` (sorted, disjoint), those of one run joined by white space between them."""
    cuts = (
        (number, (max(start, page.starts[number]), min(end, page.runs.ends[number])))
        for start, end in spans
        for number in page.within(start, end)
    )
    for number, group in groupby(cuts, key=itemgetter(0)):
        run = page.runs[number]
        parts = [part for _, part in group]
        if parts != [(run.start, run.end)]:
            whole = merge(_cut(page.source, *part, run) for part in parts)
            parts = join(page.source, whole) if whole else []
        for start, end in parts:
            yield Kept(number, start, end)


def _cut(source: str, start: int, end: int, run: Run) -> tuple[int, int]:
    start, end = tidy(source, start, end)
    return max(start, run.start), min(end, run.end)


def gather(page: Page, rows: dict[int, Row], spans: Sequence[tuple[int, int]]) -> Iterator[Kept]:
    """The visible pieces of ``spans`` (sorted, disjoint), and the headings above them and header rows of their tables,
    whole; in order.
    """
    whole = sorted({number for node in _needed(page, rows, spans) for number in range(node.first, node.last)})
    if not whole:
        return pieces(page, spans)
    among = set(whole)
    rest = (piece for piece in pieces(page, spans) if piece.number not in among)
    return heapq.merge(rest, (Kept(number, page.starts[number], page.runs.ends[number]) for number in whole))


def _needed(page: Page, rows: dict[int, Row], spans: Sequence[tuple[int, int]]) -> Iterator[Node]:
    """The elements that the pieces of ``spans`` cannot be read without."""
    seen: set[int] = set()
    for number, _ in groupby(pieces(page, spans), key=itemgetter(0)):
        run = page.runs[number]
        heading = run.heading
        while heading is not None and id(heading.node) not in seen:
            seen.add(id(heading.node))
            if run.start > heading.node.start:
                yield heading.node
            heading = heading.parent
        row = row_of(run, rows)
        if row is not None and id(row.node) not in seen:
            seen.add(id(row.node))
            for header in row.headers:
                yield header.node
