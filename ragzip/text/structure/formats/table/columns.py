"""The columns of a table that a query is about as a whole: the largest, the sum, the number of all its values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from itertools import islice, pairwise
from typing import NamedTuple

from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.queries.ranks import asked_ranks
from ragzip.text.queries.superlatives import with_english_superlatives
from ragzip.text.spans import Span
from ragzip.text.splitters.cells import is_rule, kind_of
from ragzip.text.structure.base import Cells, StructuredTable
from ragzip.text.words import content, terms, with_parted_names

__all__ = [
    "RowColumns",
    "asks_about_rows",
    "columns_of",
    "columns_of_lone_labels",
    "columns_of_row",
    "has_labels_over_others",
    "is_named",
    "names_without",
    "noise_without",
]


class _Question(NamedTuple):
    """Whether a query asks for a number of rows, compares them, wants them all, and asks for the first or last one."""

    counts: bool
    compares: bool
    lists: bool
    is_of_time: bool

    @classmethod
    def of(cls, query: str) -> _Question:
        query = with_english_superlatives(query)
        return cls(*(words.search(query) is not None for words in (_COUNTS, _COMPARES, _LISTS, _TIMES)))

    @property
    def is_about_rows(self) -> bool:
        return self.counts or self.compares or self.lists


_COMPARES = pattern_of(
    r"\b(?:largest|biggest|greatest|highest|tallest|longest|heaviest|oldest|newest|latest|earliest|smallest|lowest"
    r"|shortest|lightest|youngest|cheapest|fastest|slowest|closest|farthest|most|least|fewest|best|worst|top|first|last"
    r"|maximum|minimum|max|min|sum|total|totals|average|mean|median|overall|combined|altogether"
    r"|more than|less than|fewer than|at least|at most"
    r"|meisten|wenigsten|summe|durchschnitt|insgesamt|moyenne|somme|promedio|suma|totale|soma|gemiddelde|totaal)\b",
    re.IGNORECASE,
)
_LISTS = pattern_of(
    r"\b(?:(?:list|name|show|give|enumerate|sort|rank|order)(?: me)?(?: of)? (?:all|every|each|the)"
    r"|all (?:the|of the)|every|each)\b",
    re.IGNORECASE,
)
_COUNTS = pattern_of(r"\b(?:how many|number of|count|wie viele|combien|cuánt[oa]s)\b", re.IGNORECASE)
_TIMES = pattern_of(r"\b(?:latest|newest|earliest|oldest|most recent|first|last)\b", re.IGNORECASE)
_PERIODS = pattern_of(r"\b(?:years?|seasons?|months?|days?|jahre?|ans|années|años|anni)\b", re.IGNORECASE)
_SHORT_NAMES = {  # of columns, with what queries call them
    terms(name)[0]: frozenset(terms(words))
    for name, words in {
        "apps": "appearances matches games", "pts": "points", "pos": "position place rank", "qty": "quantity",
        "pop": "population inhabitants", "temp": "temperature", "avg": "average mean", "amt": "amount", "yr": "year",
        "dept": "department", "wt": "weight", "ht": "height",
    }.items()
}  # fmt: skip
_IN_PARENTHESES = pattern_of(r"\([^()]*\)|\[[^\[\]]*\]")
_YEAR = pattern_of(r"\b(?:19|20)\d\d\b")
_SAMPLED_ROWS = 200
_MIN_COMPARED = 2
_MIN_BEGINNING = 5  # letters
_MAX_FEW_ROWS, _MAX_SHARE_OF_FEW = 3, 0.1  # rows with a value of the query
_MAX_STATUSES, _LEAST_ROWS_OF_STATUS = 4, 3
_PERCENT_AT_END = pattern_of(r"(?:%|\bpct\.?)$", re.IGNORECASE)  # of a column's name
_PERCENT_TERMS = frozenset(terms("percentage percent % pct share prozent pourcentage porcentaje"))
_WITH_DIGIT = pattern_of(r"(?<!\w)[^\W\d]*+\d\w*+")
_MAX_COMPARED = 2  # columns of numbers none of which the query names: one of more is anybody's guess
_CAPITALISED = pattern_of(r"(?<=[^.!?:\s]\s)[^\W\d_a-zß-ÿ][^\W\d_]{3,}")  # inside a sentence
_MAX_NAMES = 2  # columns that name the rows, where the query asks for neither by its name: a party and its candidate
_MAX_SHARE_OF_ALL = 0.8  # of the columns: then rows say as much


def asks_about_rows(query: str) -> bool:
    """Whether a query asks for a number of rows, compares them, or wants them all: else it is about no whole column."""
    return _Question.of(query).is_about_rows


def columns_of(query: str, source: str, table: StructuredTable) -> tuple[int, ...]:
    """The columns, by number, that answer a query about all rows, with a column that names the rows; none where the
    query is about a few rows, or about all columns, or where nothing says which column is to be compared.

    "How many votes did Dole get?" is about one row; "How many parties had over 100 votes?" about all. What is counted
    needs columns of a few values ("won", "nominated"), what is the first or the last one those of times.
    """
    question = _Question.of(query)
    if not table.columns or not question.is_about_rows or table.has_longer_rows or any(asked_ranks(query)):
        return ()
    compares = question.compares or question.lists
    columns = range(len(table.columns))
    values = [[source[start:end].strip().strip('"') for start, end in cells] for cells in table.cells]
    names_of_rows = _naming_columns(values)
    naming = names_of_rows[0]
    query_terms = set(terms(query))
    years = _years_between(query)
    named = {
        column
        for column, name in enumerate(table.columns)
        if is_named(query_terms, name) or not years.isdisjoint(_terms_of_name(name))
    }
    passed_over = named & {naming} if compares else set()  # "Which track …?": a track's name is there by chance
    valued = _valued(query, values, set(columns) - passed_over, compares=compares)
    if valued is None or naming in valued:
        return ()
    kinds = [_kind_of_column(values, column) for column in columns]
    if compares:
        compared = _compared(question, kinds, named, valued, naming)
    else:
        compared = {column for column in columns if _is_status(values, column)}
    if compared is None:
        return ()
    chosen = {*named, *valued, *compared}
    if _PERIODS.search(query):
        chosen |= {column for column, kind in enumerate(kinds) if kind == "time"}
    if not chosen:
        return ()
    names = set(terms(" ".join(_CAPITALISED.findall(query))))
    chosen |= {column for column in columns if _is_mentioned(names, values, column)}
    chosen |= {naming} if not named.isdisjoint(names_of_rows) else set(names_of_rows[:_MAX_NAMES])
    return tuple(sorted(chosen)) if len(chosen) <= _MAX_SHARE_OF_ALL * len(table.columns) else ()


class RowColumns(NamedTuple):
    """The columns that a query about one row is about: those that it names, those that tell the row from others, and
    the one that names the rows.
    """

    named: tuple[int, ...]
    telling: tuple[int, ...]
    naming: int


def columns_of_row(query: str, source: str, table: StructuredTable, row: int) -> RowColumns | None:
    """The columns of ``row``, by its number in the table, that a query about one row is about; None where it names no
    column but that of the names of the rows, or compares rows: any column may answer then. One that names two columns
    compares these: "the change in revenues from 2018 to 2019".

    A column is named where the query has a word of its name (where there is none, one that begins as a word of its name
    does), or a year between two of the query; it tells the row where most words of its cell are in the query.
    """
    question = _Question.of(query)
    if question.lists:
        return None
    query_terms = {term for term in content(query) if not is_function_word(term)} | _years_between(query)
    named = [column for column, name in enumerate(table.columns) if not query_terms.isdisjoint(_terms_of_name(name))]
    named = named or [column for column, name in enumerate(table.columns) if _shares_beginning(query_terms, name)]
    cells = [terms(source[start:end]) for start, end in table.cells[row]]
    telling = [column for column, cell in enumerate(cells) if 2 * sum(term in query_terms for term in cell) > len(cell)]
    rows = table.cells[:_SAMPLED_ROWS]
    naming = _naming_columns([[source[start:end].strip() for start, end in line] for line in rows])[0]
    of_values = set(named).difference(telling, [naming])
    if len(of_values) < (_MIN_COMPARED if question.compares else 1):
        return None
    return RowColumns(tuple(named), tuple(telling), naming)


def _years_between(query: str) -> set[str]:
    """The years from the first to the last one of a query."""
    years = [int(year) for year in _YEAR.findall(query)]
    return {str(year) for year in range(min(years), max(years) + 1)} if years else set()


def _terms_of_name(name: str) -> list[str]:
    """The terms of a column's name, with parts of joined names by themselves."""
    return terms(with_parted_names(name).replace("-", " "))


def _shares_beginning(query_terms: Set[str], name: str) -> bool:
    """Whether a word of a column's name, and one of the query, begin alike: "renewal" and "renew"."""
    return any(
        min(len(term), len(name_term)) >= _MIN_BEGINNING and (term.startswith(name_term) or name_term.startswith(term))
        for term in query_terms
        for name_term in _terms_of_name(name)
    )


def _valued(query: str, values: Sequence[Sequence[str]], columns: Set[int], *, compares: bool) -> set[int] | None:
    """The ones of ``columns`` that have a value of the query; None where its values are those of a few rows.

    "How many LED strips are there?" is about the row "LED strip 5m"; a query that ``compares`` or lists rows may have
    such words of a name.
    """
    compared_words = [*_COMPARES.findall(query), *_LISTS.findall(query)]
    telling_terms = set(terms(query)) - set(terms(" ".join(compared_words)))  # "total" is a cell of many tables
    rows_by_column = {column: _rows_with_value_in(telling_terms, values, column) for column in columns}
    valued = {column for column, rows in rows_by_column.items() if rows}
    rows_by_value = [[rows_by_column[column] for column in valued]]
    if not compares:
        naming_columns = (column for column in range(len(values[0]) if values else 0) if _names_rows(values, column))
        rows_by_value += [
            [_rows_with_value_in(telling_terms, values, column, _WITH_DIGIT)] for column in naming_columns
        ]
    return None if any(_name_few(rows, len(values)) for rows in rows_by_value) else valued


def _compared(
    question: _Question, kinds: Sequence[str], named: Set[int], valued: Set[int], naming: int
) -> Set[int] | None:
    """The columns whose values the query compares, besides those that it names; None where nothing shows which.

    :param named: by name.
    :param valued: by a value.
    :param naming: the column that names the rows.
    """
    kind = "time" if question.is_of_time else "number"
    compared = {column for column, kind_of_column in enumerate(kinds) if kind_of_column == kind} - valued
    names_another = bool(named - {naming})
    if len(compared) == 1 and (naming in named or valued):  # "the oldest station": there is one that can say so
        return compared
    if question.is_of_time and (question.counts or names_another):
        return compared
    if question.counts or (names_another and (question.lists or not named.isdisjoint(compared))):
        return set()
    # "the top two candidates": by votes, and percent
    return compared if names_another and len(compared) <= _MAX_COMPARED else None


def _naming_columns(values: Sequence[Sequence[str]]) -> list[int]:
    """The columns of text with a value of its own in most rows; the first column where there are none."""
    sample = values[:_SAMPLED_ROWS]
    return [column for column in range(len(sample[0]) if sample else 0) if _names_rows(sample, column)] or [0]


def _names_rows(values: Sequence[Sequence[str]], column: int) -> bool:
    """Whether a column of text has a value of its own in most rows."""
    sample = values[:_SAMPLED_ROWS]
    return 10 * len({row[column] for row in sample if kind_of(row[column]) == "text"}) >= 8 * len(sample)


def _name_few(rows_by_value: Sequence[set[int]], row_count: int) -> bool:
    """Whether values of the query, each with its rows, are together in so few rows that these are kept whole."""
    if not rows_by_value:
        return False
    return 0 < len(set.intersection(*rows_by_value)) <= max(_MAX_FEW_ROWS, _MAX_SHARE_OF_FEW * row_count)


def _is_status(values: Sequence[Sequence[str]], column: int) -> bool:
    """Whether a column of words has few values, each again and again: "won", "nominated"."""
    cells = [row[column] for row in values[:_SAMPLED_ROWS] if kind_of(row[column]) == "text"]
    most_values = min(_MAX_STATUSES, len(cells) // _LEAST_ROWS_OF_STATUS)
    return 2 * len(cells) > len(values[:_SAMPLED_ROWS]) and 2 <= len(set(cells)) <= most_values


def _is_mentioned(names: Set[str], values: Sequence[Sequence[str]], column: int) -> bool:
    """Whether a value of a column has one of ``names`` of the query in it: "Rear-Admiral Kenneth Dewar" Dewar."""
    return bool(names) and any(not names.isdisjoint(terms(row[column])) for row in values[:_SAMPLED_ROWS])


def is_named(query_terms: set[str], name: str) -> bool:
    """Whether the query has the first or the last word of a column's name, or most of its words; "%" is a word, too."""
    name = _IN_PARENTHESES.sub(" ", name) if _IN_PARENTHESES.sub("", name).strip() else name
    if _PERCENT_AT_END.search(name):
        return not query_terms.isdisjoint(_PERCENT_TERMS)
    name_terms = [term for term in _terms_of_name(name) if len(term) > 1]
    shared = sum(term in query_terms or not query_terms.isdisjoint(_SHORT_NAMES.get(term, ())) for term in name_terms)
    return bool(name_terms) and 2 * shared >= len(name_terms)


def _rows_with_value_in(
    query_terms: set[str], values: Sequence[Sequence[str]], column: int, besides: re.Pattern[str] | None = None
) -> set[int]:
    """The rows with a value in the column all words of which are in the query, ``besides`` some."""
    rows_by_value: dict[str, list[int]] = {}
    for number, row in enumerate(values):
        if row[column] and len(row[column]) < 80:
            rows_by_value.setdefault(row[column], []).append(number)
    return {
        number
        for value, numbers in islice(rows_by_value.items(), 5000)
        if (value_terms := terms(besides.sub(" ", value) if besides else value)) and query_terms.issuperset(value_terms)
        for number in numbers
    }


def _kind_of_column(values: Sequence[Sequence[str]], column: int) -> str:
    kinds = [kind for row in values[:_SAMPLED_ROWS] if (kind := kind_of(row[column]))]
    return max(("number", "time", "text"), key=kinds.count) if kinds else ""


def noise_without(table: StructuredTable, columns: Sequence[int]) -> Iterator[Span]:
    """The spans to take out of the lines of ``table`` so that ``columns`` (sorted) are left, parted as they were."""
    for lines in (table.header, table.cells):
        yield from _noise_of_lines(lines, columns)


def has_labels_over_others(source: str, table: StructuredTable, columns: Set[int]) -> bool:
    """Whether a header of several lines has a label that spans one of ``columns``, but stands over another column."""
    for cells in table.header:
        texts = [source[start:end].strip() for start, end in cells]
        is_over_others = any(text for column, text in enumerate(texts) if column not in columns)
        if is_over_others and not all(texts[column] for column in columns if column > 0):
            return True
    return False


def columns_of_lone_labels(source: str, table: StructuredTable) -> set[int]:
    """The columns with the only text of a line of the header, which is a label over all: "(Dollars in thousands)"."""
    labels = ([column for column, cell in enumerate(cells) if source[slice(*cell)].strip()] for cells in table.header)
    return {columns[0] for columns in labels if len(columns) == 1}


def names_without(source: str, table: StructuredTable, columns: Set[int]) -> list[Span]:
    """The names of the columns but ``columns`` in the header of ``table``, with the blanks behind them, so that the
    header has as many cells as before, and its rules; none where cells are parted by blanks alone.
    """
    names: list[Span] = []
    for cells in table.header:
        if not all(source[cell.end : following.start].strip(" ") for cell, following in pairwise(cells)):
            return []
        line_start, line_end = source.rfind("\n", 0, cells[0].start), source.find("\n", cells[-1].end)
        if line_start >= 0 and is_rule(source[line_start + 1 : line_end]):
            names.append(Span(line_start, line_end))
            continue
        for column, (start, end) in enumerate(cells):
            if column not in columns and start < end:
                names.append(Span(start, end + (source.startswith(" ", end) and source.endswith(" ", 0, start))))
    return names


def _noise_of_lines(lines: Cells, columns: Sequence[int]) -> Iterator[Span]:
    for cells in lines:
        bounds = [(cells[0].start, cells[columns[0]].start)]
        for column, following in pairwise(columns):
            if following > column + 1:
                bounds.append((cells[column + 1].start, cells[following].start))
        bounds.append((cells[columns[-1]].end, cells[-1].end))
        yield from (Span(start, end) for start, end in bounds if start < end)
