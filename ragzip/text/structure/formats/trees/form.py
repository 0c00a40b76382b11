"""The form of trees: kept values with the keys and brackets around them, so that what is kept is well-formed."""

from __future__ import annotations

import re
from abc import abstractmethod
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from copy import copy

from ragzip.text.forms import Form, WrittenText
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span, intersect, merge
from ragzip.text.structure.formats.trees.units import Branch, Leaf, Tree

__all__ = ["TreeForm", "Writing"]


class Writing:
    """A text that is being written, and the pieces of the source in it."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.texts: list[str] = []
        self.pieces: list[Span] = []
        self.offsets: list[int] = []
        self.length = 0
        self.column = 0  # characters of the last line

    def add(self, text: str) -> None:
        """Write text that is not of the source, unless it goes on there just so."""
        if self._goes_on() and text and self.source.startswith(text, self.pieces[-1].end):
            self.add_piece(self.pieces[-1].end, self.pieces[-1].end + len(text))
        elif text:
            self._append(text)

    def add_piece(self, start: int, end: int) -> None:
        """Write a piece of the source."""
        if start >= end:
            return
        if self._goes_on() and self.pieces[-1].end == start:
            self.pieces[-1] = Span(self.pieces[-1].start, end)
        else:
            self.pieces.append(Span(start, end))
            self.offsets.append(self.length)
        self._append(self.source[start:end])

    def _append(self, text: str) -> None:
        self.texts.append(text)
        self.length += len(text)
        line_end = text.rfind("\n")
        self.column = self.column + len(text) if line_end < 0 else len(text) - line_end - 1

    def _goes_on(self) -> bool:
        """Whether the text ends with the last piece."""
        return bool(self.pieces) and self.offsets[-1] + self.pieces[-1].end - self.pieces[-1].start == self.length


class TreeForm(Form):
    """Kept values with all that stands around them.

    Spans are kept as far as they hold whole units. The words of a tree are its units: less than a value says nothing.

    :param noise: spans (sorted, disjoint) within units that are not written.
    :param longest_unit: with which the tree was read.
    """

    manner = "built"
    gap: re.Pattern[str] | None = pattern_of(r"\s+")  # between units of a text (None: a separator)
    line_break: re.Pattern[str] = pattern_of(r"\n")

    def __init__(self, source: str, values: Tree, noise: Sequence[Span] = (), longest_unit: int | None = None) -> None:
        super().__init__(source)
        self.branches, self.leaves, self.longest_unit = values.branches, values.leaves, longest_unit
        self._starts = [leaf.start for leaf in values.leaves]
        by_branch = {leaf.branch: Span(leaf.start, leaf.end) for leaf in self.leaves if leaf.mark == "long"}
        by_branch.update({leaf.branch: Span(leaf.start, leaf.end) for leaf in self.leaves if leaf.mark == "short"})
        self._columns: defaultdict[int, dict[int, list[Leaf]]] = defaultdict(dict)  # by table and branch
        for leaf in self.leaves:
            if leaf.row is not None:
                self._columns[leaf.row[0]].setdefault(leaf.branch, []).append(leaf)
        self.signs = frozenset(by_branch.values())  # the shortest of each list that say what was left out
        self._noise = list(noise)
        self._noise_ends = [span.end for span in noise]

    @property
    def untidy(self) -> TreeForm:
        untidy_form = copy(self)
        untidy_form.is_tidy = False
        return untidy_form

    @abstractmethod
    def separator(self, writing: Writing, parent: Branch, branch: Branch | Leaf, *, is_first: bool) -> str:
        """The text between a branch, or a value, and what is written before it, in its parent."""

    @abstractmethod
    def omission(self, branch: Branch, omitted: int, *, is_first: bool) -> str:
        """The words that ``omitted`` items of a list were left out."""

    def written(self, start: int, end: int) -> Iterable[tuple[int, int]]:
        """The parts of a span of the source that are written."""
        return self.visible(start, end) if self.is_tidy else ((start, end),)

    def short_omission(self, *, is_first: bool) -> str:
        """The sign that items of a list were left out ("": of a form that has none)."""
        return ""

    def sign(self, branch: Branch, omitted: int, *, is_first: bool, is_short: bool) -> str:
        """The sign for items that were left out."""
        return self.short_omission(is_first=is_first) if is_short else self.omission(branch, omitted, is_first=is_first)

    def visible(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The parts of a span of the source that are no noise."""
        noise_number = bisect_right(self._noise_ends, start)
        while noise_number < len(self._noise) and self._noise[noise_number].start < end:
            yield start, self._noise[noise_number].start
            start = self._noise[noise_number].end
            noise_number += 1
        yield start, end

    def keep(self, spans: Iterable[tuple[int, int]], held: Sequence[Span]) -> WrittenText:
        kept_spans = [Span(*span) for span in merge(intersect(spans, held))]
        leaves = list(self._leaves_in(kept_spans))
        if missing := self._missing_cells(leaves, held):
            leaves = sorted([*leaves, *missing], key=lambda leaf: leaf.start)
            missing_spans = (Span(leaf.start, leaf.end) for leaf in missing)
            kept_spans = [Span(*span) for span in merge([*kept_spans, *missing_spans])]
        writing = _TreeWriting(self, leaves)
        writing.write()
        return WrittenText("".join(writing.texts), tuple(writing.pieces), tuple(kept_spans), tuple(writing.offsets))

    def _missing_cells(self, leaves: Sequence[Leaf], held: Sequence[Span]) -> list[Leaf]:
        """The cells that a kept row lacks in a column that other rows keep: columns are cut at the same places."""
        rows_by_table: defaultdict[int, set[int]] = defaultdict(set)
        branches_by_table: defaultdict[int, set[int]] = defaultdict(set)
        for leaf in leaves:
            if leaf.row is not None:
                table, row = leaf.row
                rows_by_table[table].add(row)
                branches_by_table[table].add(leaf.branch)
        kept_starts = {leaf.start for leaf in leaves if leaf.row is not None}
        cells = [
            cell
            for table, branches in branches_by_table.items()
            for branch in sorted(branches)
            for row in sorted(rows_by_table[table])
            if (cell := self._columns[table][branch][row]).start not in kept_starts
        ]
        cells.sort(key=lambda cell: cell.start)
        held_spans = set(intersect([Span(cell.start, cell.end) for cell in cells], held)) if cells else set()
        return [cell for cell in cells if (cell.start, cell.end) in held_spans]

    def alone(self, span: tuple[int, int]) -> str:
        leaf_number = bisect_left(self._starts, span[0])
        if leaf_number < len(self.leaves) and self.leaves[leaf_number].mark and self.leaves[leaf_number].end == span[1]:
            branch = self.branches[self.leaves[leaf_number].branch]
            is_short = self.leaves[leaf_number].mark == "short"
            return self.sign(branch, branch.item_count - 1, is_first=False, is_short=is_short)
        return "".join(self.source[part_start:part_end] for part_start, part_end in self.written(*span)) + ","

    def words(self, span: tuple[int, int]) -> list[Span]:
        return [Span(leaf.start, leaf.end) for leaf in self._leaves_in([Span(*span)]) if not leaf.mark]

    def _leaves_in(self, spans: Sequence[Span]) -> Iterator[Leaf]:
        """The leaves that lie in one of ``spans`` (sorted)."""
        for span_start, span_end in spans:
            leaf_number = bisect_left(self._starts, span_start)
            while leaf_number < len(self.leaves) and self.leaves[leaf_number].start < span_end:
                if self.leaves[leaf_number].end <= span_end:
                    yield self.leaves[leaf_number]
                leaf_number += 1


class _TreeWriting(Writing):
    """Leaves of a tree that are being written; ``path`` are the open branches."""

    def __init__(self, form: TreeForm, leaves: Sequence[Leaf]) -> None:
        super().__init__(form.source)
        self.form = form
        self.leaves = [leaf for leaf in leaves if not leaf.mark]
        self.marked = {leaf.branch for leaf in leaves if leaf.mark}
        self.marked_in_words = {leaf.branch for leaf in leaves if leaf.mark == "long"}
        self.path: list[int] = []
        self.counts: list[int] = []  # of the items written in each of them
        self.last_end = 0

    def write(self) -> None:
        """Write all leaves, with the branches that they are in."""
        for leaf in self.leaves:
            leaf_path = self._path(leaf.branch)
            shared_depth = 0
            while (
                shared_depth < min(len(leaf_path), len(self.path))
                and leaf_path[shared_depth] == self.path[shared_depth]
            ):
                shared_depth += 1
            self._close(shared_depth)
            for branch_number in leaf_path[shared_depth:]:
                self._open(branch_number)
            self._add_leaf(leaf)
        self._close(0)

    def _path(self, branch: int | None) -> list[int]:
        branch_path: list[int] = []
        while branch is not None:
            branch_path.append(branch)
            branch = self.form.branches[branch].parent
        return branch_path[::-1]

    def _open(self, number: int) -> None:
        branch = self.form.branches[number]
        if self.path:
            self._separate(branch)
            self.counts[-1] += 1
        self.path.append(number)
        self.counts.append(0)
        self._add_visible(*branch.opening)

    def _separate(self, child: Branch | Leaf) -> None:
        parent_branch = self.form.branches[self.path[-1]]
        self.add(self.form.separator(self, parent_branch, child, is_first=self.counts[-1] == 0))

    def _add_leaf(self, leaf: Leaf) -> None:
        branch = self.form.branches[self.path[-1]]
        if branch.kind == "text" and self.form.gap is not None and self.counts[-1]:
            self._add_gap(self.form.gap, leaf)
        else:
            self._separate(leaf)
        if branch.kind == "text":
            self.add_piece(leaf.start, leaf.end)
        else:
            self._add_visible(leaf.start, leaf.end)
        self.last_end = leaf.end
        self.counts[-1] += leaf.item_count

    def _add_gap(self, gap: re.Pattern[str], leaf: Leaf) -> None:
        """Add the gap between a unit of a text and the one written before it: the white space after that or before
        this, the one with more line breaks.
        """
        between = list(gap.finditer(self.source, self.last_end, leaf.start))
        edges = [match for match in between if match.start() == self.last_end or match.end() == leaf.start]
        if edges:
            self.add_piece(*max(edges, key=lambda match: len(self.form.line_break.findall(match[0]))).span())
        elif between:
            self.add(" ")

    def _close(self, depth: int) -> None:
        """Close the open branches from ``depth`` on, the innermost first."""
        while len(self.path) > depth:
            branch_number, written_count = self.path.pop(), self.counts.pop()
            branch = self.form.branches[branch_number]
            if branch_number in self.marked and written_count < branch.item_count:
                is_short = branch_number not in self.marked_in_words
                self.add(
                    self.form.sign(
                        branch, branch.item_count - written_count, is_first=written_count == 0, is_short=is_short
                    )
                )
            self._add_visible(*branch.closing)

    def _add_visible(self, start: int, end: int) -> None:
        for visible_span in self.form.written(start, end):
            self.add_piece(*visible_span)
