"""The kept runs of a page: those of the wanted spans, and the headings and header rows that they need."""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from ragzip.pages.page import Page
from ragzip.pages.parse import Node
from ragzip.pages.runs import TextRun
from ragzip.pages.tables import Row
from ragzip.text.spans import Span, Spans, join, merge, tidy

__all__ = ["KeptRun", "Written", "gather", "pieces", "rows_around", "section_end", "shared_elements"]

_LABEL_ELEMENTS = frozenset(("title", "caption", "h1", "h2", "h3", "h4", "h5", "h6"))


class KeptRun(NamedTuple):
    """A kept visible piece of the source, and the number of its run."""

    number: int
    start: int
    end: int


class Written(NamedTuple):
    """A text, the spans of the source that it holds, in order, and the offset in the text of each of them (None: one
    after the other).
    """

    text: str
    spans: Spans
    places: Sequence[int] | None = None


class _KeptRuns:
    """Kept pieces in arrays."""

    def __init__(self, kept_runs: Iterable[KeptRun]) -> None:
        self.numbers, self._starts, self._ends = array("i"), array("i"), array("i")
        for number, start, end in kept_runs:
            self.numbers.append(number)
            self._starts.append(start)
            self._ends.append(end)

    def __iter__(self) -> Iterator[KeptRun]:
        return map(KeptRun, self.numbers, self._starts, self._ends)


def rows_around(run: TextRun, rows: dict[int, Row]) -> list[Row]:
    """The table rows around a run, the innermost first."""
    numbers = (node.number for node in reversed(run.chain) if node.name == "tr")
    return [rows[number] for number in numbers if number in rows]


def shared_elements(chain: Sequence[Node], other_chain: Sequence[Node]) -> int:
    """The number of elements that two chains have in common, from the outside in."""
    longest = min(len(chain), len(other_chain))
    return next((depth for depth in range(longest) if chain[depth].number != other_chain[depth].number), longest)


def section_end(page: Page, last: KeptRun, piece: KeptRun, within: Span) -> Span | None:
    """The end tag ``within`` which the last heading over ``last`` ends, if ``piece`` would be read as standing under it
    without the tag.
    """
    heading_before, heading = page.runs[last.number].heading, page.runs[piece.number].heading
    if heading is not None and piece.number < heading.node.first:
        heading = heading.parent
    if not page.section_ends or heading_before is heading or heading_before is None:
        return None
    ancestor = heading_before.parent
    while ancestor is not None and ancestor is not heading:
        ancestor = ancestor.parent
    if ancestor is not heading or (heading_before.node.first <= last.number < heading_before.node.last):
        return None
    place = bisect_right(page.section_ends, piece.number, key=itemgetter(0)) - 1
    while place >= 0 and page.section_ends[place][0] > last.number:
        tag = page.section_ends[place][1]
        if within.start <= tag.start and tag.end <= within.end:
            return tag
        place -= 1
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


def gather(
    page: Page, rows: dict[int, Row], spans: Sequence[tuple[int, int]], unneeded: Collection[int] = ()
) -> Iterator[KeptRun]:
    """The visible pieces of ``spans`` (sorted, disjoint), and their whole headings and header rows, in order.

    :param unneeded: the numbers of headings that do not come with what stands under them.
    """
    kept_runs = _without_bare_headings(page, rows, pieces(page, spans))
    is_needed = bytearray(len(page.runs))
    for node in _needed(page, rows, kept_runs.numbers):
        if node.number in unneeded:
            continue
        is_needed[node.first : node.last] = b"\1" * (node.last - node.first)
        if page.beside[node.last - 1] and not page.is_beside(node):  # the sign of a link to the heading
            is_needed[node.last - 1] = 0
    needed_runs = (KeptRun(number, page.starts[number], page.runs.ends[number]) for number in _marked(is_needed))
    other_runs = (piece for piece in kept_runs if not is_needed[piece.number])
    return heapq.merge(other_runs, needed_runs)


def _marked(marks: bytearray) -> Iterator[int]:
    """The places of the marks that are 1."""
    number = marks.find(1)
    while number >= 0:
        yield number
        number = marks.find(1, number + 1)


def _without_bare_headings(page: Page, rows: dict[int, Row], parts: Iterable[KeptRun]) -> _KeptRuns:
    """``parts`` without bare labels: titles, headings, captions, header rows with text under them, but none kept."""
    kept_runs = _KeptRuns(parts)
    labels = array("i", (_label(page.runs[number], rows) for number in kept_runs.numbers))
    filled_labels: set[int] = set()
    for number, label in zip(kept_runs.numbers, labels, strict=True):
        if label == _NO_LABEL:
            filled_labels.update(_labels_over(page.runs[number], rows, filled_labels))
    if len(filled_labels) == 0 and _NO_LABEL not in labels:
        has_more = any(
            _label(run, rows) == _NO_LABEL and not beside for run, beside in zip(page.runs, page.beside, strict=True)
        )
        return _KeptRuns(()) if has_more else kept_runs
    tree = page.root.tree
    return _KeptRuns(
        piece
        for piece, label in zip(kept_runs, labels, strict=True)
        if label == _NO_LABEL
        or tree.name(label) == "title"
        or label in filled_labels
        or (label not in page.over and tree.name(label) != "tr")
    )


_NO_LABEL = -1


def _label(run: TextRun, rows: dict[int, Row]) -> int:
    """The number of the title, heading, caption or header row around a run, :data:`_NO_LABEL` without one."""
    for node in run.chain:
        row = rows.get(node.number) if node.name == "tr" else None
        if node.name in _LABEL_ELEMENTS or (row is not None and row.is_header and row is not row.table.rows[-1]):
            return node.number
    return _NO_LABEL


def _labels_over(run: TextRun, rows: dict[int, Row], known: set[int]) -> Iterator[int]:
    """The numbers of the headings, the caption and the header rows over a run, up to the ``known`` ones."""
    heading = run.heading
    while heading is not None and heading.node.number not in known:
        if run.start > heading.node.start:
            yield heading.node.number
        heading = heading.parent
    for table_row in rows_around(run, rows):
        yield from (header.node.number for header in table_row.headers)


def _needed(page: Page, rows: dict[int, Row], run_numbers: Iterable[int]) -> Iterator[Node]:
    """The headings and header rows that the runs with these numbers cannot be read without."""
    seen_numbers: set[int] = set()
    for run_number, _ in groupby(run_numbers):
        run = page.runs[run_number]
        heading = run.heading
        while heading is not None and heading.node.number not in seen_numbers:
            if run.start > heading.node.start:  # and not a line before the heading of its box
                seen_numbers.add(heading.node.number)
                yield heading.node
            heading = heading.parent
        for table_row in rows_around(run, rows):
            if table_row.node.number in seen_numbers:
                break
            seen_numbers.add(table_row.node.number)
            yield from (header.node for header in table_row.headers)
