"""Lines under labels by their indentation, as ``kubectl describe`` prints them: a line needs all labels over it, and
the line over it that names its columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import DIGIT
from ragzip.text.spans import column_of
from ragzip.text.splitters import SplitUnit
from ragzip.text.splitters.cells import is_rule
from ragzip.text.structure.base import Relation
from ragzip.text.structure.formats.table.word_columns import PIECE

__all__ = ["relate_indented"]

_NAMES = pattern_of(r"[A-Z][\w/%-]*(?: [\w/%-]+)*(?: {2,}[A-Z][\w/%-]*(?: [\w/%-]+)*)+")
_MIN_ROWS = 2
_MAX_LEVELS = 20


def relate_indented(text: str, parts: Sequence[SplitUnit], unit_relations: list[Relation]) -> None:
    """Let lines need the outer labels over them, the line that names their columns, and that whose text they go on."""
    for number, needed in (*_outer_labels(text, parts), *_named_columns(text, parts), *_hanging(text, parts)):
        needs = dict.fromkeys([*unit_relations[number].needs, needed])
        unit_relations[number] = unit_relations[number]._replace(needs=tuple(needs))


def _outer_labels(text: str, parts: Sequence[SplitUnit]) -> Iterator[tuple[int, int]]:
    """Lines and labels under labels by their indentation, by place, each with all of those."""
    open_labels: list[tuple[int, int]] = []  # the column and the place of those that the next line may stand under
    for number, part in enumerate(parts):
        is_label = part.kind == "lead-in" and text[part.end - 1] == ":" and "\n" not in text[part.start : part.end]
        if not (is_label or part.kind == "record"):
            open_labels = []
            continue
        column = column_of(text, part.start)
        while open_labels and open_labels[-1][0] >= column:
            open_labels.pop()
        if open_labels and (is_label or len(open_labels) > 1):
            yield from ((number, label) for _, label in open_labels)
        if is_label and len(open_labels) < _MAX_LEVELS:
            open_labels.append((column, number))


def _hanging(text: str, parts: Sequence[SplitUnit]) -> Iterator[tuple[int, int]]:
    """Lines below the last column of a line, by place, each with that line: what somebody did, below "2011 – 2018
    Engineer".
    """
    first = None
    for number, part in enumerate(parts):
        line = text[part.start : part.end]
        is_right_below = number > 0 and text.count("\n", parts[number - 1].end, part.start) == 1
        if part.kind != "record" or "\n" in line or (first is None and "  " not in line):
            first = None
            continue
        pieces = list(PIECE.finditer(line))
        column = column_of(text, part.start)
        if first is not None and is_right_below and len(pieces) == 1 and column == first[1]:
            yield number, first[0]
        else:
            first = (number, column + pieces[-1].start()) if len(pieces) > 1 else None


def _named_columns(text: str, parts: Sequence[SplitUnit]) -> Iterator[tuple[int, int]]:
    """Lines below one that names their columns, by place, each with that; its rule with it, too."""
    first = 0
    while first < len(parts):
        end = first + 1
        while end < len(parts) and _goes_on(text, parts, end):
            end += 1
        if end - first > _MIN_ROWS and _names_columns(text, parts, first, end):
            yield from ((row, first) for row in range(first + 1, end))
        first = end


def _goes_on(text: str, parts: Sequence[SplitUnit], number: int) -> bool:
    """Whether a line stands right below another one, as far in."""
    before, part = parts[number - 1], parts[number]
    return (
        before.kind == part.kind == "record"
        and text.count("\n", before.end, part.start) == 1
        and column_of(text, before.start) == column_of(text, part.start) > 0
    )


def _names_columns(text: str, parts: Sequence[SplitUnit], first: int, end: int) -> bool:
    """Whether the first of some lines has names above the places where all others have values."""
    header = text[parts[first].start : parts[first].end]
    if not _NAMES.fullmatch(header) or DIGIT.search(header):
        return False
    columns = {piece.start() for piece in PIECE.finditer(header)}
    rows = (text[parts[row].start : parts[row].end] for row in range(first + 1, end))
    return all(columns >= {piece.start() for piece in PIECE.finditer(row)} or is_rule(row) for row in rows)
