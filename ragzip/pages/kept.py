"""What is kept of a page: the pieces asked for, and what they cannot be read without."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from ragzip.pages.page import Page, Run
from ragzip.pages.parse import Node
from ragzip.pages.tables import Row
from ragzip.text.spans import Span, join, merge, tidy

__all__ = ["Kept", "Written", "gather", "pieces", "row_of"]

_LABELS = frozenset(("title", "caption", "h1", "h2", "h3", "h4", "h5", "h6"))


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
        if not page.beside[number]
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
    parts = _without_bare_headings(page, rows, pieces(page, spans))
    whole = sorted({number for node in _needed(page, rows, parts) for number in range(node.first, node.last)})
    among = set(whole)
    rest = (piece for piece in parts if piece.number not in among)
    return heapq.merge(rest, (Kept(number, page.starts[number], page.runs.ends[number]) for number in whole))


def _without_bare_headings(page: Page, rows: dict[int, Row], parts: Iterable[Kept]) -> list[Kept]:
    """``parts`` without a title, headings, captions and header rows over nothing: those after which no other text
    that belongs under them is kept, though the page has some.
    """
    kept = list(parts)
    labels = [_label(page.runs[piece.number], rows) for piece in kept]
    filled: set[int] = set()
    for piece, label in zip(kept, labels, strict=True):
        if label is None:
            filled.update(_labels_over(page.runs[piece.number], rows, filled))
    if len(filled) == 0 and None not in labels:
        has_more = any(
            _label(run, rows) is None and not beside for run, beside in zip(page.runs, page.beside, strict=True)
        )
        return [] if has_more else kept
    return [
        piece
        for piece, label in zip(kept, labels, strict=True)
        if label is None or label.name == "title" or id(label) in filled or id(label) not in page.over
    ]


def _label(run: Run, rows: dict[int, Row]) -> Node | None:
    """The title, heading, caption or header row that a run stands in."""
    for node in run.chain:
        row = rows.get(id(node)) if node.name == "tr" else None
        if node.name in _LABELS or (row is not None and row.is_header and row is not row.table.rows[-1]):
            return node
    return None


def _labels_over(run: Run, rows: dict[int, Row], known: set[int]) -> Iterator[int]:
    """The ids of the headings, the caption and the header rows over a run; not those over ``known`` ones."""
    heading = run.heading
    while heading is not None and id(heading.node) not in known:
        yield id(heading.node)
        heading = heading.parent
    row = row_of(run, rows)
    if row is not None:
        yield from (id(header.node) for header in row.headers)


def _needed(page: Page, rows: dict[int, Row], parts: Iterable[Kept]) -> Iterator[Node]:
    """The elements that ``parts`` cannot be read without."""
    seen: set[int] = set()
    for number, _ in groupby(parts, key=itemgetter(0)):
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
