"""AsciiDoc: prose under headings, and tables. A row needs the lines that open, name and close its table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ragzip.text.forms import PlainForm
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import stripped_end
from ragzip.text.structure.base import Relation, Structure
from ragzip.text.structure.formats.table.naming import column_names, prefixes_of, row_reading
from ragzip.text.structure.parts import Parts

__all__ = ["read", "recognises"]

_FENCE = pattern_of(r"^\|={3,}[ \t]*+\r?$", re.MULTILINE)
_LINE = pattern_of(r"[^\n]+")
_HEADING = pattern_of(r"(={1,6})[ \t]+\S")
_ITEM = pattern_of(  # with the lines below that belong to it
    r"^[ \t]*(\.{1,5}|\*{1,5}|-)[ \t]+\S[^\n]*(?:\n(?![ \t]*(?:\.{1,5}|\*{1,5}|-)[ \t]|[ \t]*\n|={1,6} |\|===)[^\n]+)*",
    re.MULTILINE,
)
_BEFORE_TABLE = pattern_of(r"\[[^\n]*\][ \t\r]*+|\.[^\s.][^\n]*+")
_COLUMNS = pattern_of(r"cols=\"?(?:(\d{1,3})\*|([^\"\]]*))")
_BAR = pattern_of(r"(?<![^\s])[\w.+<^>*]{0,6}\|")
_BLANK_LINE = pattern_of(r"\n[ \t\r]*\n")
_MIN_FENCES = 2


def recognises(source: str) -> bool:
    """Whether a text of an unknown type has a table of AsciiDoc."""
    return len(_FENCE.findall(source)) >= _MIN_FENCES


def read(source: str) -> Structure | None:
    """The structure of AsciiDoc; None of a text without a heading or table."""
    fences = [Span(*match.span()) for match in _FENCE.finditer(source)]
    tables = [Span(opening.start, closing.end) for opening, closing in zip(fences[::2], fences[1::2], strict=False)]
    parts = Parts(source)
    place = 0
    for table in tables:
        start = _table_start(source, place, table.start)
        _add_prose(parts, place, start)
        _add_table(parts, start, table)
        place = table.end
    _add_prose(parts, place, len(source))
    headings = [_HEADING.match(source, *unit.span) for unit in parts.units]
    parts.relate_headings({place: len(heading[1]) for place, heading in enumerate(headings) if heading})
    if not tables and not any(unit.relation.section for unit in parts.units):
        return None
    return Structure("asciidoc", parts.closed(), PlainForm(source))


def _table_start(source: str, first: int, fence: int) -> int:
    """The start of the lines right above a table that describe it; ``fence`` without any."""
    start = fence
    while start > first:
        line_start = source.rfind("\n", first, start - 1) + 1 or first
        if not _BEFORE_TABLE.fullmatch(source[line_start : start - 1]):
            break
        start = line_start
    return start


def _add_prose(parts: Parts, start: int, end: int) -> None:
    """Add prose with its headings, each of which comes with something up to the next one."""
    lines = [match for match in _LINE.finditer(parts.source, start, end) if _HEADING.match(match[0])]
    bounds = [*(line.start() for line in lines), end]
    _add_text(parts, start, bounds[0])
    for line, (_, section_end) in zip(lines, pairwise(bounds), strict=True):
        parts.add(line.start(), line.end(), Relation(section=Span(line.end(), line.end())))
        _add_text(parts, line.end(), section_end)


def _add_text(parts: Parts, start: int, end: int) -> None:
    """Add prose, and the items of lists, each of which needs those that it stands under."""
    place = start
    above: list[tuple[int, int]] = []  # the depths and places of the items that the next one may stand under
    for item in _ITEM.finditer(parts.source, start, end):
        if parts.source[place : item.start()].strip():
            above = []
        parts.add_prose(place, item.start())
        depth = len(item[1])
        while above and above[-1][0] >= depth:
            above.pop()
        number = parts.add(*item.span(), Relation(tuple(parent for _, parent in above)))
        above += [] if number is None else [(depth, number)]
        place = item.end()
    parts.add_prose(place, end)


def _add_table(parts: Parts, start: int, table: Span) -> None:
    """Add a table, which begins at ``start`` with what is said of it: its opening, header, rows and closing line."""
    source = parts.source
    body = Span(source.index("\n", table.start) + 1, source.rindex("\n", table.start, table.end))
    cells = list(_cells(source, body)) if body.start < body.end else []
    width = _width(source, Span(start, table.start), cells)
    cells_by_row = [cells[first : first + width] for first in range(0, len(cells), width)]
    rows = [Span(row[0].start, row[-1].end) for row in cells_by_row]
    if len(rows) <= 1:
        parts.add(start, table.end)
        return
    has_header = _has_header(source, Span(start, table.start), rows)
    section = Span(rows[has_header].start, rows[-1].end)
    heads = [parts.add(start, body.start, Relation(section=section))]
    names = [_text(source, cell) for cell in cells[:width]] if has_header else [""] * width
    if has_header:
        heads.append(parts.add(*rows[0], Relation(section=section)))
    first_row = len(parts)
    closing = first_row + len(rows) - has_header
    needs = (*(head for head in heads if head is not None), closing)
    prefixes = prefixes_of(column_names([names], width))
    for row in cells_by_row[has_header:]:
        reading = row_reading(prefixes, [_text(source, cell) for cell in row])
        parts.add(row[0].start, row[-1].end, Relation(needs), reading=reading or None, is_record=True)
    parts.add(body.end, table.end, Relation(section=section))


def _cells(source: str, body: Span) -> Iterator[Span]:
    """The cells of a table with the bars before them."""
    starts = [match.start() for match in _BAR.finditer(source, *body)]
    for start, end in pairwise([*starts, body.end]):
        yield Span(start, stripped_end(source, start, end))


def _text(source: str, cell: Span) -> str:
    return " ".join(source[cell.start : cell.end].partition("|")[2].split())


def _width(source: str, opening: Span, cells: Sequence[Span]) -> int:
    """The number of columns: as it is said, else that of the cells in the first line."""
    columns = _COLUMNS.search(source, *opening)
    if columns is not None:
        return max(1, int(columns[1]) if columns[1] else columns[2].count(",") + 1)
    line_end = source.find("\n", cells[0].start) if cells else 0
    return max(1, sum(cell.start < line_end for cell in cells))


def _has_header(source: str, opening: Span, rows: Sequence[Span]) -> bool:
    """Whether the first row names the columns: it is said so, or it stands in one line with a blank one below it."""
    is_one_line = "\n" not in source[slice(*rows[0])]
    is_apart = _BLANK_LINE.search(source, rows[0].end, rows[1].start) is not None
    return "header" in source[slice(*opening)] or (is_one_line and is_apart)
