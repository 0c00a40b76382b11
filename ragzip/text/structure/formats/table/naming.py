"""The names of the columns of a table, and its rows as text that has them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import ITEM_MARK
from ragzip.text.references.ends import ends_in_question
from ragzip.text.spans import Span
from ragzip.text.splitters.cells import bar_cells, edges_of, is_placeholder, is_rule, kind_of
from ragzip.text.splitters.prose.breaks import STOP_AT_END
from ragzip.text.structure.base import Cells, StructuredTable
from ragzip.text.structure.formats.table.row_groups import filled_rows

__all__ = [
    "column_names",
    "is_caption",
    "names_table",
    "prefixes_of",
    "readings_of_rows",
    "row_reading",
    "table_of_bars",
]

_MAX_NAME_CHARACTERS = 60  # of a name that is read with each value below it
_MAX_TITLE_WORDS, _MAX_CAPTION_WORDS = 12, 30
_CAPTION = pattern_of(
    r"\W{0,3}(?:table|tab\.|exhibit|tabelle|tableau|tabla|tabella|tabela|tabel|таблица|表)[ \u00a0]?[a-z]?\d{1,3}\b",
    re.IGNORECASE,
)
_NO_VALUES = frozenset(["", "-", "–", "—", "NaN", "nan", "<NA>", "NaT"])


def names_table(text: str) -> bool:
    """Whether a paragraph right above a table is its caption, "Table 2: Revenue in thousand EUR.", the question that
    it answers, or names it in a few words: rows are misread without.
    """
    if _CAPTION.match(text) is not None:
        return is_caption(text)
    if ITEM_MARK.match(text) is not None:
        return False
    if "\n" not in text and ends_in_question(text):
        return True
    is_line = (
        "\n" not in text and text[-1:] not in ":：" and STOP_AT_END.search(text) is None and not text[:1].islower()
    )
    return is_line and len(text.split()) <= _MAX_TITLE_WORDS


def is_caption(text: str) -> bool:
    """Whether a short paragraph is the numbered caption of a table: "Table 2: Revenue in thousand EUR."."""
    return _CAPTION.match(text) is not None and len(text.split()) <= _MAX_CAPTION_WORDS


def column_names(header: Sequence[Sequence[str]], width: int) -> tuple[str, ...]:
    """The names of the columns: of each, what the rows of ``header`` say of it; names over several columns count for
    all of them.
    """
    names: list[dict[str, None]] = [{} for _ in range(width)]
    for number, row in enumerate(header):
        name_before = ""
        for column in range(width):
            name = row[column] if column < len(row) and kind_of(row[column]) and not is_placeholder(row[column]) else ""
            if not name and number < len(header) - 1:
                name = name_before
            if name:
                names[column][name] = None
            name_before = name
    return tuple(" ".join(parts) for parts in names)


def row_reading(prefixes: Sequence[str], values: Sequence[str]) -> str:
    """The row with the names of its columns: "station: Leeds, year: 2018"; values over several columns once.

    :param prefixes: the names, with a colon.
    """
    if len(values) > len(prefixes):
        prefixes = [*prefixes, *[""] * (len(values) - len(prefixes))]
    return ", ".join(
        [
            prefix + value
            for prefix, value, value_before in zip(prefixes, values, ["", *values], strict=False)
            if value not in _NO_VALUES and (value != value_before or kind_of(value) != "text")
        ]
    )


def prefixes_of(columns: Sequence[str]) -> list[str]:
    """The text before a value of each column: the beginning of its name."""
    return [f"{column[:_MAX_NAME_CHARACTERS]}: " if column else "" for column in columns]


def table_of_bars(source: str, header: Sequence[Span], rows: Sequence[Span], first_row: int) -> StructuredTable:
    """The table of rows that bars part.

    :param header: its lines above the rows, with their rule.
    :param first_row: the place of the unit of the first row.
    """
    named_lines = [line for line in header if not is_rule(source[line.start : line.end])]
    edges = edges_of([source[start:end] for start, end in [*named_lines, *rows]])

    def cells_of(line: Span) -> list[Span]:
        return bar_cells(source, line.start, line.end, edges)

    width = Counter(len(cells_of(row)) for row in rows).most_common(1)[0][0]
    names = [[source[start:end] for start, end in cells_of(line)] for line in named_lines]
    header_cells, row_cells = Cells(header, width, cells_of), Cells(rows, width, cells_of)
    return StructuredTable(column_names(names, width), first_row, first_row + len(rows), header_cells, row_cells)


def readings_of_rows(
    source: str, table: StructuredTable, labels: Mapping[int, int] = MappingProxyType({})
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The rows of ``table`` with the names of their columns, and with the cells above their first cells where these are
    empty; and the numbers of the rows that have such cells.

    :param labels: the rows that label those below them, with the end of the section of each.
    """
    prefixes = prefixes_of(table.columns)
    rows = [[source[start:end] for start, end in cells] for cells in table.cells]
    filled = filled_rows(rows, labels)
    for number, row_values in enumerate(rows):
        values, rows_above = filled.get(number, (row_values, ()))
        yield row_reading(prefixes, values), rows_above
