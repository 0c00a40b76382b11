"""Tables in text taken from the pages of PDF files: a line has one cell, or the name of a row and its values with
single blanks between. A row needs the lines that name its columns, and the label over it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import COLONS
from ragzip.text.spans import Span, without
from ragzip.text.splitters.cells import is_total
from ragzip.text.splitters.line_evidence import INNER_STOP
from ragzip.text.splitters.prose.breaks import STOP_AT_END
from ragzip.text.splitters.scanner import trim
from ragzip.text.structure.base import Relation, Structure, StructuredUnit
from ragzip.text.structure.formats.table.naming import prefixes_of, row_reading
from ragzip.text.structure.forms import tidy_form
from ragzip.text.words import terms

__all__ = ["read", "extracted_tables"]

_LINE = pattern_of(r"[^\n]*+\n?+")
_VALUE = pattern_of(
    r"(?!\d{1,3}[.)]\s*$)(?![^\n]*\d{3}-\d{4})(?:"  # no item of a list ("1."), no telephone number
    r"(?=[^\n]*[\d$€£¥—–%-])[\s$€£¥()+−–—\-%*.,:\d]++|#(?: ?%)?|n/?[am]\.?|nil"
    r"|[<>≤≥±]?\s?\d[\d.,]{0,9}\s?[a-zµμ°Ω/]{1,6}[23²³]?"  # "230 V"
    r"|(?=[^\n]*\d)(?>(?:(?:[$€£¥(]{0,2}[-–−+]?\d[\d.,]*+\)?%?|[-–−]|million|billion|trillion|thousand|percent|bps|points?"
    r"|to|and|or|about|approximately|roughly|over|under|up|between|at|least|most)(?:[ ]|$))+))",  # "$2 to $3 million"
    re.IGNORECASE,
)
_NUMBER = pattern_of(
    r"\(?[$€£¥]?\s?\d[\d,.]*+(?:[-–:]\d[\d,.]*+)* ?%?\)?%?|[—–#](?=\s|$)|(?<!\S)-(?=\s|$)|n/?[am]\b|nil", re.IGNORECASE
)
_NOT_AVAILABLE = pattern_of(r"\b(?:n/?[am]|nil)\b", re.IGNORECASE)
_VALUE_IN_LINE = pattern_of(  # no "May 3, 2019", "Series 2 (2013)"
    r"(?!\((?:19|20)\d\d\)$)[$€£¥]?\(?[-–−]?[$€£¥]?\d[\d,.]*+(?<![,.])%?\)?%?|[—–#%$€£¥-]|n/?[am]", re.IGNORECASE
)
_PARTING_DASHES = ("- ", "– ", "— ")
_WIDE_GAP = pattern_of(r"[ \u00a0]{2}|[\t|]")
_LETTER = pattern_of(r"[^\W\d_]")
_COUNT = pattern_of(r"\d+ ?[a-z]+", re.IGNORECASE)  # "5 wins", a heading of those below
_YEAR = pattern_of(r"(?:19|20)\d\d[ *]*+")
_ENDS_IN_YEAR = pattern_of(r"\b(?:19|20)\d\d$")
_BLANK_LINES = pattern_of(r"(?<=\n)(?>(?:[^\S\n]*+\n)+)")
_PART_OF_HEADER = pattern_of(  # "Years ended", "As of June 30,", "(In millions)"
    r"\b(?:ended|as of|as at|months|(?:in )?(?:thousands?|millions?|billions?))\b|[€$£]\s?(?:m|bn|000)"
    r"|^\W*(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2},?$",
    re.IGNORECASE,
)
_WITHOUT_VALUES = pattern_of(r"\(notes? [\d, and]+\)$", re.IGNORECASE)  # "Commitments (Note 19)": a row, and no label
_GOES_ON = pattern_of(r"[a-zß-ÿ(&]")  # the second line of a name
_IS_OPEN = pattern_of(r"(?:[,(/&–-]|\b(?:of|and|the|for|to|in|from|with|or|by|on))$")
_MIN_ROWS, _MIN_VALUES = 3, 2
_ROWS_OF_SECTION = 80
_MAX_LINES_ABOVE, _MAX_SHORT_LINES_ABOVE, _SHORT_LINE = 6, 24, 30
_MAX_LINES_OF_NAME, _MAX_LABELS = 4, 4
_MAX_TITLE_CHARACTERS, _MIN_BLANKS_OF_SENTENCE = 110, 3  # "Square, Inc." is a title
_MAX_PAIR_NAME = 60  # characters of a name with one value
_MIN_TERM = 4  # characters of a word that a total and a label have in common
_MAX_LABEL_CHARACTERS = 60  # of a label that is read with each row below it


class _Row(NamedTuple):
    """Lines that have no value, the last of which name the row, and the values on the lines below."""

    labels: Sequence[Span]
    name: Sequence[Span]
    values: Sequence[Span]
    cells: Sequence[str]

    @property
    def lines(self) -> list[Span]:
        return [*self.labels, *self.name]

    @property
    def end(self) -> int:
        return self.values[-1].end

    @property
    def has_years(self) -> bool:
        return bool(self.cells) and all(_YEAR.fullmatch(cell) for cell in self.cells)


class _Table(NamedTuple):
    """A table: its titles, the lines that name its columns and those columns, where they are years, and its rows, the
    first of which has no labels but those over it.
    """

    titles: Sequence[Span]
    header: Sequence[Span]
    columns: Sequence[str]
    rows: Sequence[_Row]
    width: int

    @property
    def span(self) -> Span:
        first = next(iter([*self.titles, *self.header, *self.rows[0].lines]))
        return Span(first.start, self.rows[-1].end)


def extracted_tables(source: str) -> Iterator[Span]:
    """The tables of ``source``, each from its first title to its last value."""
    yield from (table.span for table in _tables(source))


def read(source: str) -> Structure | None:
    """The structure of a text that is one such table; None of another one."""
    table = next(_tables(source), None)
    if table is None:
        return None
    return Structure("table", tuple(_units(source, table)), tidy_form(source, _noise(source, table)))


def _tables(source: str) -> Iterator[_Table]:
    run: list[_Row] = []
    for row in _rows(source):
        if _are_apart(source, row.labels) or (run and not run[-1].has_years and _begins_table(source, row)):
            yield from _table_of(source, run)
            run = []
        run.append(row)
    yield from _table_of(source, run)


def _begins_table(source: str, row: _Row) -> bool:
    """Whether a row has years over several columns, or more lines above it than labels: the header of a table."""
    if len(row.cells) > 1 and row.has_years:
        return True
    return len(row.labels) > _MAX_LABELS and all(source[line.end - 1] not in COLONS for line in row.labels)


def _rows(source: str) -> Iterator[_Row]:
    lines: list[Span] = []
    values: list[Span] = []
    for match in _LINE.finditer(source):
        line = trim(source, *match.span())
        if line is None:
            continue
        name, value = _parts(source, line)
        if name and values:
            yield from _row(source, lines, values)
            lines, values = [], []
        lines += [name] if name else []
        values += [value] if value else []
    yield from _row(source, lines, values)


def _parts(source: str, line: Span) -> tuple[Span | None, Span | None]:
    """The part of a line that names a row, and its part that has values; each may be missing."""
    if _VALUE.fullmatch(source, *line):
        return None, line
    start, count = line.end, 0
    while (blank := source.rfind(" ", line.start, start)) >= 0 and _VALUE_IN_LINE.fullmatch(source, blank + 1, start):
        count += source[blank + 1] not in "$€£¥%"
        start = blank
    if count == _MIN_VALUES and source[start + 1 : start + 3] in _PARTING_DASHES:  # "Registry - 112"
        count -= 1
    if count < _MIN_VALUES or _WIDE_GAP.search(source, *line) or not _LETTER.search(source, line.start, start):
        return line, None
    return Span(line.start, start), Span(start + 1, line.end)


def _row(source: str, lines: Sequence[Span], values: Sequence[Span]) -> Iterator[_Row]:
    """The row of ``values`` below ``lines``; none without these, but for years."""
    first = len(lines) - 1
    while first > 0 and len(lines) - first < _MAX_LINES_OF_NAME and _goes_on(source, lines[first - 1], lines[first]):
        first -= 1
    cells = [cell for value in values for cell in _cells(source[slice(*value)])]
    row = _Row(lines[: max(0, first)], lines[max(0, first) :], values, cells)
    if values and (lines or row.has_years):
        yield row


def _cells(value: str) -> list[str]:
    """The values in a line of values: numbers, or one with words."""
    if _LETTER.search(_NOT_AVAILABLE.sub("", value)):
        return [value]
    return [number.strip() for number in _NUMBER.findall(value)]


def _goes_on(source: str, line: Span, following: Span) -> bool:
    """Whether a name goes on in the line below."""
    text = source[slice(*line)]
    if text[-1] in COLONS or STOP_AT_END.search(text):
        return False
    return _GOES_ON.match(source, following.start) is not None or _IS_OPEN.search(text) is not None


def _are_apart(source: str, lines: Sequence[Span]) -> bool:
    """Whether lines are too many to be labels and the header of a table, or are prose."""
    are_short = all(line.end - line.start <= _SHORT_LINE for line in lines)
    max_count = _MAX_SHORT_LINES_ABOVE if are_short else _MAX_LINES_ABOVE
    return len(lines) > max_count or any(_is_prose(source, line) for line in lines)


def _is_prose(source: str, line: Span) -> bool:
    text = source[slice(*line)]
    if len(text) > _MAX_TITLE_CHARACTERS or INNER_STOP.search(text):
        return True
    may_be_title = text.count(" ") < _MIN_BLANKS_OF_SENTENCE and not text[0].islower()
    return not may_be_title and STOP_AT_END.search(text) is not None and text[-1] not in COLONS


def _table_of(source: str, run: Sequence[_Row]) -> Iterator[_Table]:
    """The table that a run of rows is, without rows at its ends that are none: a page number below a note."""
    width = _width(source, run)
    rows = list(_with_years_as_labels(run, width))
    filled = [len(row.cells) >= min(width, _MIN_VALUES) and bool(row.name) and not row.has_years for row in rows]
    while filled and (not filled[-1] or _is_prose(source, rows[len(filled) - 1].name[-1])):
        filled.pop()
    if not width or True not in filled:
        return
    first, end = filled.index(True), len(filled)
    start = first
    while start and rows[start - 1].has_years:
        start -= 1
    if sum(filled) >= max(_MIN_ROWS, (end - first) / 2):
        body = rows[first:end]
        has_years = start < first
        yield _below_years(source, rows[start:first], body, width) if has_years else _without_years(source, body, width)


def _width(source: str, rows: Sequence[_Row]) -> int:
    """The number of values that most rows with several have; one where all names are short and none has several; else
    0.
    """
    counts = Counter(len(row.cells) for row in rows if not row.has_years and len(row.cells) >= _MIN_VALUES)
    if counts.total() >= _MIN_ROWS:
        return max(counts, key=lambda count: (counts[count], count))
    return int(len(rows) >= _MIN_ROWS and all(_is_pair(source, row) for row in rows))


def _is_pair(source: str, row: _Row) -> bool:
    is_short = len(row.name) == 1 and row.name[0].end - row.name[0].start <= _MAX_PAIR_NAME
    return is_short and len(row.cells) == 1 and not _COUNT.fullmatch(row.cells[0])


def _with_years_as_labels(rows: Sequence[_Row], width: int) -> Iterator[_Row]:
    """``rows``, where a year below the values of one is the first label of the next one."""
    label: list[Span] = []
    for row in rows:
        moved_row = row._replace(labels=[*label, *row.labels])
        label = []
        if 1 < width == len(row.cells) - 1 and len(row.values) > 1 and _YEAR.fullmatch(row.cells[-1]):
            label = [row.values[-1]]
            moved_row = moved_row._replace(values=row.values[:-1], cells=row.cells[:-1])
        yield moved_row


def _without_years(source: str, rows: Sequence[_Row], width: int) -> _Table:
    """The table of ``rows`` where the lines above them name no years: all of them may name columns."""
    above = _lines_above(source, rows[0].labels)
    has_label = bool(above) and source[above[-1].end - 1] in COLONS and any(row.labels for row in rows[1:])
    first_row = rows[0]._replace(labels=above[-1:] if has_label else [])
    above = above[: len(above) - has_label]
    title_count = max(0, len(above) - width - 1) if len(above) > _MAX_LINES_ABOVE else 0
    return _Table(above[:title_count], above[title_count:], [], [first_row, *rows[1:]], width)


def _below_years(source: str, header_rows: Sequence[_Row], rows: Sequence[_Row], width: int) -> _Table:
    """The table of ``rows``, where the lines from those that lead to the years on name the columns. A year alone, of
    several columns, is a label.
    """
    years = [number.strip(" *") for row in header_rows for number in row.cells]
    above = _lines_above(source, header_rows[0].lines)
    start = above[0].start if above else header_rows[0].values[0].start
    lines = [line for row in header_rows for line in (*row.lines, *row.values) if line.start >= start]
    is_label = len(years) < min(width, _MIN_VALUES) and not (
        above and _ENDS_IN_YEAR.search(source, *above[-1])  # "June 30, 2023", and on the next line "2022"
    )
    names = (number for number, line in enumerate(above) if _PART_OF_HEADER.search(source[slice(*line)]))
    title_count = 0 if is_label else next(names, len(above))
    labels = list(rows[0].labels)
    further = _further_names(source, labels, width - len(years))
    header, labels = [*lines[title_count:], *labels[:further]], labels[further:]
    if is_label:
        header, labels = header[:-1], [*header[-1:], *labels]
    first_row = rows[0]._replace(labels=labels[-_MAX_LABELS:])
    columns = years if len(years) == width else []
    return _Table(above[:title_count], header, columns, [first_row, *rows[1:]], width)


def _further_names(source: str, labels: Sequence[Span], missing: int) -> int:
    """The number of lines between the years of a header and the first row that name columns, too."""
    if len(labels) > _MAX_LABELS:
        return len(labels) - (source[labels[-1].end - 1] in COLONS)
    count = next((number for number, line in enumerate(labels) if source[line.end - 1] in COLONS), len(labels))
    parts = [number + 1 for number in range(count) if _PART_OF_HEADER.search(source[slice(*labels[number])])]
    return max([min(count, max(0, missing)), *parts])


def _lines_above(source: str, lines: Sequence[Span]) -> list[Span]:
    """The last of ``lines`` that are no prose, and do not go on from it."""
    first = len(lines)
    while first and not _is_prose(source, lines[first - 1]):
        first -= 1
    while 0 < first < len(lines) and source[lines[first].start].islower():
        first += 1
    above = list(lines[first:])
    return above if not _are_apart(source, above) else above[-_MAX_LINES_ABOVE:]


def _noise(source: str, table: _Table) -> list[Span]:
    """The blank lines of a table, but those in rows that lack values: there they stand for empty cells."""
    rows_with_gaps = [Span(row.name[0].start, row.end) for row in table.rows if len(row.cells) < table.width]
    full_parts = without([table.span], rows_with_gaps)
    return [Span(*match.span()) for part in full_parts for match in _BLANK_LINES.finditer(source, *part)]


def _units(source: str, table: _Table) -> Iterator[StructuredUnit]:
    end = table.rows[-1].end
    for line in table.titles:
        yield StructuredUnit(*line, Relation(section=Span(line.end, end)))
    place = len(table.titles)
    needs: tuple[int, ...] = ()
    if table.header:
        header = Span(table.header[0].start, table.header[-1].end)
        yield StructuredUnit(*header, Relation(section=Span(header.end, end)))
        needs, place = (place,), place + 1
    columns = prefixes_of(table.columns)
    open_labels: list[tuple[int, int, str]] = []  # the place of each, the number of its last row, and its text
    for number, (row, sections) in enumerate(zip(table.rows, _sections(source, table), strict=True)):
        for line, last_row in sections:
            relation = Relation(needs, section=Span(line.end, table.rows[last_row].end))
            yield StructuredUnit(*line, relation, is_record=True)
            open_labels.append((place, last_row, source[slice(*line)].rstrip(":： ")[:_MAX_LABEL_CHARACTERS]))
            place += 1
        open_labels = [label for label in open_labels if label[1] >= number]
        over, _, label = open_labels[-1] if open_labels else (None, number, "")
        values = row_reading(columns if len(row.cells) == table.width else [], row.cells)
        reading = f"{label}: " * bool(label) + f"{_name(source, row)}: {values}"
        relation = Relation((*needs, *(() if over is None else (over,))), heading=over)
        yield StructuredUnit(row.name[0].start, row.end, relation, reading, is_record=True)
        place += 1


def _name(source: str, row: _Row) -> str:
    return " ".join(source[slice(*line)] for line in row.name)


def _sections(source: str, table: _Table) -> Iterator[list[tuple[Span, int]]]:
    """The labels right over each row, each with the number of the last row that it is over: that which sums its rows
    up; else the one before the next label, or, inside of what is summed up, the first one.
    """
    rows = table.rows
    names = [_name(source, row) for row in rows]
    terms_of_totals = [frozenset(terms(name)) if is_total(name) else frozenset() for name in names]
    labelled = [number for number, row in enumerate(rows) if row.labels]
    last_summed = -1
    for number, row in enumerate(rows):
        next_label = labelled[bisect_right(labelled, number)] if labelled and number < labelled[-1] else len(rows)
        sections: list[tuple[Span, int]] = []
        for line in row.labels[-_MAX_LABELS:]:
            label_terms = {term for term in terms(source[slice(*line)]) if len(term) >= _MIN_TERM}
            totals = range(number, min(len(rows), number + _ROWS_OF_SECTION))
            total = next((after for after in totals if not label_terms.isdisjoint(terms_of_totals[after])), None)
            is_inner = number <= last_summed or bool(sections) or _WITHOUT_VALUES.search(source, *line) is not None
            sections.append((line, total if total is not None else number if is_inner else next_label - 1))
        last_summed = max([last_summed, *(last for _, last in sections if terms_of_totals[last])])
        yield sections
