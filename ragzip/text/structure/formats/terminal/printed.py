"""Commands at prompts, of shells and of databases, and the tables that they print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Literal, NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.cells import is_rule
from ragzip.text.splitters.scanner import line_spans, trim
from ragzip.text.structure.commands import COMMANDS
from ragzip.text.structure.formats import table
from ragzip.text.structure.formats.log.stack_traces import PROCESS_PREFIX
from ragzip.text.structure.formats.table.rows import COUNT_OF_ROWS

__all__ = ["DATABASE_PROMPT", "PROMPT", "LineRole", "PrintedTable", "printed_tables", "searched"]

LineRole = Literal["begins", "goes on", "frame"]  # of a line of a table: of a unit, or of none

_STATEMENTS = (
    r"\\\w|select|insert|update|delete|with|explain|create|alter|drop|show|describe|desc|begin|commit|rollback|copy|"
    r"analyze|vacuum|truncate|grant|revoke|set|use|table|values|call"
)
_DATABASE_PROMPT = (
    rf"(?:[\w.-]{{1,60}}=[#>*]|(?:mysql|mariadb(?: \[[^\]\n]{{1,60}}\])?|sqlite|duckdb|D|SQL)>) ?(?:{_STATEMENTS})\b"
)
DATABASE_PROMPT = pattern_of(_DATABASE_PROMPT, re.IGNORECASE)
PROMPT = pattern_of(
    r"(?:\([\w.-]+\) )?(?:\[?[\w.-]+@[\w.-]+[: ][^\s\]$#%]{0,100}\]?\s?[$#%] ?\S|"
    rf"[$❯] ?(?:(?:{COMMANDS})(?![\w-])|[.~]?/\w)|PS [A-Z]:\\[^>\n]{{0,100}}> ?\S|[A-Z]:\\[^>\n]{{0,100}}> ?\S|"
    rf"(?i:{_DATABASE_PROMPT}))"
)
_FURTHER_LINE = pattern_of(r"[\w.-]{1,60}[-('\"][#>](?: |$)|\s{0,12}(?:-|\.\.)> ?\S|\.\.\.> ?\S")  # of a statement
_NAMES = pattern_of(r"(?=[^\n]*\S {2,}\S)(?:[^\W\d]\S{0,40} {1,60}){2,40}\S{1,40}")  # in columns
_VALUES = pattern_of(r"(?=[^\n]*\S {2,}\S)[^\n]*\d")
_MAX_LINES_OF_ROW = 5  # with blank ones
_SEARCHED_CHARACTERS = 200  # of a line


class PrintedTable(NamedTuple):
    """A table that a command printed: the places of its header and of its rows, what is read of units, by their start,
    and the role of its lines, by the start of each. A single value with its name is one unit, without a header.
    """

    header: Span
    rows: Span
    readings: dict[int, str]
    roles: dict[int, LineRole]


class _Answer(NamedTuple):
    """The answer to a command: the span of the command, with the starts of its lines after the first, and the place of
    the lines below it.
    """

    command: Span
    further_lines: tuple[int, ...]
    start: int
    end: int


def searched(line: str) -> str:
    """The beginning of a line, without the name of a process."""
    return PROCESS_PREFIX.sub("", line[:_SEARCHED_CHARACTERS].rstrip(), count=1)


def printed_tables(source: str) -> list[PrintedTable]:
    """The answers of commands that are tables, in order."""
    tables = (
        _with_command(answer, printed)
        for answer in _answers(source)
        if (printed := _wide_table(source, answer) or _single_column(source, answer) or _single_row(source, answer))
    )
    return list(tables)


def _with_command(answer: _Answer, printed: PrintedTable) -> PrintedTable:
    """A table below a command of several lines: these are one unit."""
    roles: dict[int, LineRole] = dict.fromkeys(answer.further_lines, "goes on")
    return printed._replace(roles=roles | printed.roles) if roles else printed


def _answers(source: str) -> Iterator[_Answer]:
    """The answers of all commands that have one."""
    command: Span | None = None
    further_lines: list[int] = []
    for start, end in line_spans(source, 0, len(source)):
        line = searched(source[start : min(end, start + _SEARCHED_CHARACTERS)])
        if PROMPT.match(line):
            if command is not None and command.end + 1 < start:
                yield _Answer(command, tuple(further_lines), command.end + 1, start)
            command, further_lines = Span(start, end), []
        elif command is not None and start == command.end + 1 and _FURTHER_LINE.match(line):
            command = Span(command.start, end)
            further_lines.append(start)
    if command is not None and command.end + 1 < len(source):
        yield _Answer(command, tuple(further_lines), command.end + 1, len(source))


def _wide_table(source: str, answer: _Answer) -> PrintedTable | None:
    """An answer that is a table of several columns; below one whose columns bars part, notes may stand."""
    text = source[answer.start : answer.end]
    last_bar = text.rfind("|")
    if last_bar >= 0 and not table.recognises(text):
        text = text[: text.find("\n", last_bar) + 1] or text
    structure = table.read(text) if table.recognises(text) else None
    if structure is None or not structure.tables:
        return None
    inner = structure.tables[0]
    roles: dict[int, LineRole] = {}
    for unit in structure.units[inner.first_row :]:
        role: LineRole = "frame" if is_rule(text[slice(*unit.span)]) else "begins"
        roles[answer.start + text.rfind("\n", 0, unit.start) + 1] = role
    first_row = answer.start + structure.units[inner.first_row].start
    rows = Span(first_row, answer.start + structure.units[inner.end_row - 1].end)
    readings = {unit.start + answer.start: unit.reading for unit in structure.units if unit.reading}
    return PrintedTable(Span(answer.start, first_row), rows, readings, roles)


def _single_row(source: str, answer: _Answer) -> PrintedTable | None:
    """An answer of two lines in columns: names, and one row of values."""
    spans = (trim(source, *line) for line in line_spans(source, answer.start, answer.end))
    lines = [line for line in islice(spans, _MAX_LINES_OF_ROW) if line is not None]
    texts = [source[slice(*line)] for line in lines]
    if len(lines) != 2 or len(texts[0]) > _SEARCHED_CHARACTERS:
        return None
    if not (_NAMES.fullmatch(texts[0]) and _VALUES.match(texts[1][:_SEARCHED_CHARACTERS])):
        return None
    roles: dict[int, LineRole] = {source.rfind("\n", 0, lines[1].start) + 1: "goes on"}
    reading = source[answer.command.start : lines[1].end]
    return PrintedTable(Span(answer.start, answer.start), lines[1], {lines[0].start: reading}, roles)


def _single_column(source: str, answer: _Answer) -> PrintedTable | None:
    """An answer that is a table of one column: a name, a rule, values, and how many those are, or a frame around."""
    spans = (trim(source, *line) for line in line_spans(source, answer.start, answer.end))
    lines = [line for line in spans if line is not None]
    rules = [number for number, line in enumerate(lines) if is_rule(source[slice(*line)])]
    is_framed = rules[:2] == [0, 2] and len(rules) == 3 and rules[2] >= len(lines) - 2
    is_counted = rules == [1] and COUNT_OF_ROWS.fullmatch(source[slice(*lines[-1])]) is not None
    first, end = (3, rules[2]) if is_framed else (2, len(lines) - 1)
    if not (is_framed or is_counted) or end <= first:
        return None
    starts = [source.rfind("\n", 0, line.start) + 1 for line in lines]
    roles: dict[int, LineRole] = dict.fromkeys(starts[1:first], "goes on")
    roles[starts[0]] = "begins"
    rows = Span(lines[first].start, lines[end - 1].end)
    if end == first + 1:
        roles |= dict.fromkeys(starts[first:], "goes on")
        reading = source[answer.command.start : lines[-1].end]
        return PrintedTable(Span(answer.start, answer.start), rows, {lines[0].start: reading}, roles)
    roles |= dict.fromkeys(starts[first:], "begins")
    if is_framed:
        roles[starts[end]] = "frame"
    name = source[slice(*lines[int(is_framed)])].strip("| ")
    readings = {line.start: f"{name}: {source[slice(*line)].strip('| ')}" for line in lines[first:end]}
    return PrintedTable(Span(answer.start, rows.start), rows, readings, roles)
