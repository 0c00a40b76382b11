"""The visible text of a page as runs of its source, each with the elements and the heading over it."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from ragzip.pages.parse import Node
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span

__all__ = ["Heading", "TextRun", "TextRuns"]

_TAG = pattern_of(r"<[^<>]*+>")


@dataclass(eq=False, slots=True)
class Heading:
    """A heading, or the caption of a table, over the text that follows. ``parent`` is the heading above it."""

    node: Node
    level: int
    parent: Heading | None


class TextRun:
    """A piece ``source[start:end]`` of visible text without a tag or wide white space in it.

    ``outline``: the innermost structure element around it. ``gap``: the gap before it (0 none, 1 white space, 2 the
    border of a block), and ``separator`` the pieces of the source that show that gap.
    """

    __slots__ = ("_runs", "end", "gap", "heading", "outline", "preformatted", "separator", "start")

    def __init__(self, runs: TextRuns, start: int, end: int, outline: int, heading: Heading | None) -> None:
        self._runs, self.start, self.end, self.outline, self.heading = runs, start, end, outline, heading
        self.gap = 2
        self.separator: tuple[Span, ...] = ()
        self.preformatted = False

    @property
    def chain(self) -> tuple[Node, ...]:
        """The structure elements around it, from the outside in."""
        return self._runs.chain(self.outline)

    def break_before(self, source: str) -> str:
        """The white space before it in preformatted text, entities encoded; a border of a block is a line break."""
        white = "".join(source[start:end] for start, end in self.white_pieces(source))
        return f"\n{white}" if self.gap == 2 and "\n" not in white else white

    def white_pieces(self, source: str) -> list[Span]:
        """The pieces of the separator of preformatted text that are not in tags; none if it is a tag itself."""
        pieces: list[Span] = []
        for start, end in self.separator if len(self.separator) == 1 else ():
            for tag in _TAG.finditer(source, start, end):
                pieces.append(Span(start, tag.start()))
                start = tag.end()
            pieces.append(Span(start, end))
        return [piece for piece in pieces if piece.start < piece.end]


class TextRuns(Sequence[TextRun]):
    """The runs of a page, kept in arrays: a page may have a run for every few characters."""

    def __init__(self) -> None:
        self.starts, self.ends = array("i"), array("i")
        self.root: Node | None = None  # of the page, as soon as it is parsed
        self._outlines = array("i")
        self._headings: list[Heading | None] = [None]  # an entry wherever another one begins
        self._heading_numbers = array("i")
        self._gaps, self._preformatted = bytearray(), bytearray()
        self._separated = bytearray()  # 1 where a run has a separator
        self._separators = array("i")  # four numbers a run: the offsets of up to two pieces, 0 where there are fewer
        self._last_chain: tuple[Node, ...] = ()

    def append(self, run: TextRun) -> None:
        self.starts.append(run.start)
        self.ends.append(run.end)
        self._outlines.append(run.outline)
        if run.heading is not self._headings[-1]:
            self._headings.append(run.heading)
        self._heading_numbers.append(len(self._headings) - 1)
        self._gaps.append(run.gap)
        self._preformatted.append(run.preformatted)
        self._separated.append(bool(run.separator))
        offsets = [offset for span in run.separator for offset in span]
        self._separators.extend([*offsets, 0, 0, 0, 0][:4])

    def put_under(self, heading: Heading, first: int, last: int) -> None:
        """Set the heading over the runs ``first`` to ``last`` (exclusive)."""
        self._headings.append(heading)
        for number in range(first, last):
            self._heading_numbers[number] = len(self._headings) - 1

    def chain(self, outline: int) -> tuple[Node, ...]:
        """The structure elements around and with the one of this number, from the outside in.

        Made from those of the last call, with which a run shares most of its own.
        """
        known = self._last_chain
        if self.root is None or not outline:
            return ()
        if known and known[-1].number == outline:
            return known
        tree, known_count = self.root.tree, len(known)
        inner: list[Node] = []
        while outline:
            while known_count and known[known_count - 1].number > outline:
                known_count -= 1
            if known_count and known[known_count - 1].number == outline:
                break
            inner.append(Node(tree, outline))
            outline = inner[-1].outer
        shared = known[:known_count] if outline else ()
        chain = (*shared, *reversed(inner))
        self._last_chain = chain
        return chain

    def largest_gap(self, first: int, last: int) -> int:
        """The largest gap before any of the runs ``first`` to ``last`` (exclusive)."""
        return next((gap for gap in (2, 1) if self._gaps.find(gap, first, last) >= 0), 0)

    def separated(self, before: int, last: int) -> Iterator[int]:
        """The numbers of the runs after ``before`` that have a separator, down from ``last``."""
        while (last := self._separated.rfind(1, before + 1, last + 1)) >= 0:
            yield last
            last -= 1

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, number: int) -> TextRun: ...
    @overload
    def __getitem__(self, number: slice) -> list[TextRun]: ...
    def __getitem__(self, number: int | slice) -> TextRun | list[TextRun]:
        if isinstance(number, slice):
            return [self[run_number] for run_number in range(*number.indices(len(self)))]
        number = range(len(self))[number]
        heading = self._headings[self._heading_numbers[number]]
        run = TextRun(self, self.starts[number], self.ends[number], self._outlines[number], heading)
        run.gap, run.preformatted = self._gaps[number], bool(self._preformatted[number])
        if self._separated[number]:
            first, after_first, second, after_second = self._separators[4 * number : 4 * number + 4]
            if first < after_first:
                separator = (Span(first, after_first), Span(second, after_second))
                run.separator = separator if second < after_second else separator[:1]
        return run
