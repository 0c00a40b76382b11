"""What is kept of a page: the pieces asked for, and what they cannot be read without."""

from __future__ import annotations

from collections.abc import Iterable
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


def pieces(page: Page, spans: Iterable[tuple[int, int]]) -> list[Kept]:
    """The visible pieces of ``spans`` (sorted, disjoint), those of one run joined by white space between them."""
    by_run: dict[int, list[tuple[int, int]]] = {}
    for start, end in spans:
        for number in page.within(start, end):
            run = page.runs[number]
            by_run.setdefault(number, []).append((max(start, run.start), min(end, run.end)))
    out: list[Kept] = []
    for number, found in by_run.items():
        run = page.runs[number]
        if found != [(run.start, run.end)]:
            whole = merge(_cut(page.source, *piece, run) for piece in found)
            found = join(page.source, whole) if whole else []
        out += [Kept(number, start, end) for start, end in found]
    return out


def _cut(source: str, start: int, end: int, run: Run) -> tuple[int, int]:
    start, end = tidy(source, start, end)
    return max(start, run.start), min(end, run.end)


def gather(page: Page, rows: dict[int, Row], spans: Iterable[tuple[int, int]]) -> list[Kept]:
    """The visible pieces of ``spans`` (sorted, disjoint), and the headings above them and header rows of their tables,
    whole; in order.
    """
    found = pieces(page, spans)
    needed: dict[int, Node] = {}
    seen: set[int] = set()
    for number in {piece.number: None for piece in found}:
        run = page.runs[number]
        heading = run.heading
        while heading is not None and id(heading.node) not in seen:
            seen.add(id(heading.node))
            if run.start > heading.node.start:
                needed[id(heading.node)] = heading.node
            heading = heading.parent
        row = row_of(run, rows)
        if row is not None and id(row.node) not in seen:
            seen.add(id(row.node))
            needed.update((id(header.node), header.node) for header in row.headers)
    if not needed:
        return found
    whole = {number for node in needed.values() for number in range(node.first, node.last)}
    kept = [piece for piece in found if piece.number not in whole]
    kept += [Kept(number, page.runs[number].start, page.runs[number].end) for number in whole]
    return sorted(kept)
