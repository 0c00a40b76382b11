"""Settings in TOML, INI and properties: a key needs the header of its section. What is kept can be loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ragzip.text.forms import PlainForm
from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import trim
from ragzip.text.structure.base import Relation, Structure, StructuredUnit

__all__ = ["read", "recognises"]

_SAMPLED_CHARACTERS = 20_000
_MIN_SETTINGS = 3
_MIN_SHARE = 0.8  # of the lines that are settings, headers or comments, or belong to a setting
_MAX_LINES_OF_WHOLE_VALUE = 20
_HEADER = re.compile(r"\[{1,2}[^\[\]\r\n]{1,200}\]{1,2}[ \t]*+(?:[#;].*)?$")
_SETTING = re.compile(r"""(?:"[^"\r\n]{1,200}"|'[^'\r\n]{1,200}'|[\w.$/*@-][\w.$/*@ -]{0,200}?)[ \t]*+[=:](?!//)""")
_COMMENT = re.compile(r"[#;!]")
_STRINGS_AND_BRACKETS = re.compile(r'"(?:[^"\\\r\n]|\\.)*+"?|\'[^\'\r\n]*+\'?|#.*|[\[\]{}]')
_TRIPLE_QUOTES = ('"""', "'''")


class _Statement(NamedTuple):
    """A header or a setting with all of its lines, and the comments right above it."""

    start: int
    end: int
    is_header: bool
    line_ends: tuple[int, ...]


def recognises(source: str) -> bool:
    """Whether a text of an unknown type surely holds settings: it has headers, and hardly anything but settings."""
    sample = source[:_SAMPLED_CHARACTERS]
    if "[" not in sample or "=" not in sample:
        return False
    lines = [line.strip() for line in sample.splitlines() if line.strip()]
    headers = sum(bool(_HEADER.match(line)) for line in lines)
    settings = sum(bool(_SETTING.match(line)) and "=" in line for line in lines)
    comments = sum(bool(_COMMENT.match(line)) for line in lines)
    return headers >= 1 and settings >= _MIN_SETTINGS and headers + settings + comments >= _MIN_SHARE * len(lines)


def read(source: str) -> Structure | None:
    """The structure of a text of settings; None of one with hardly any."""
    statements = list(_statements(source))
    if sum(not statement.is_header for statement in statements) < 1:
        return None
    units: list[StructuredUnit] = []
    header: int | None = None
    for statement_number, statement in enumerate(statements):
        if statement.is_header:
            header = len(units)
            section = Span(statement.end, _section_end(statements, statement_number))
            units.append(StructuredUnit(statement.start, statement.end, Relation(section=section)))
            continue
        section_name = "" if header is None else source[units[header].start : units[header].end].strip("[]# \t\r\n")
        units += _units_of_setting(source, statement, header, section_name, len(units))
    return Structure("config", tuple(units), PlainForm(source))


def _section_end(statements: list[_Statement], header: int) -> int:
    """The end of the last setting under a header; of a header over nothing, its own."""
    last_statement = header
    while last_statement + 1 < len(statements) and not statements[last_statement + 1].is_header:
        last_statement += 1
    return statements[last_statement].end


def _units_of_setting(
    source: str, statement: _Statement, header: int | None, name: str, first: int
) -> Iterator[StructuredUnit]:
    """The unit of a setting; of one with many lines one for each line, which needs the first and the last: brackets and
    quotes open and close there.
    """
    needs = () if header is None else (header,)
    line_ends = statement.line_ends
    if len(line_ends) <= _MAX_LINES_OF_WHOLE_VALUE:
        reading = f"{name}: {source[statement.start : statement.end]}" if name else None
        yield StructuredUnit(statement.start, statement.end, Relation(needs, heading=header), reading, is_record=True)
        return
    line_starts = [statement.start, *line_ends[:-1]]
    text_spans = [
        text_span
        for line_start, line_end in zip(line_starts, line_ends, strict=True)
        if (text_span := trim(source, line_start, line_end))
    ]
    last_place = first + len(text_spans) - 1
    for line_place, text_span in enumerate(text_spans, first):
        line_needs = tuple(needed for needed in (*needs, first, last_place) if needed != line_place)
        yield StructuredUnit(*text_span, Relation(line_needs, heading=header), is_record=True)


def _statements(source: str) -> Iterator[_Statement]:
    """The headers and settings of ``source``, in order, with their comments and further lines."""
    statement_start: int | None = None  # of the comments above, or of the setting that is open
    line_ends: list[int] = []
    open_brackets, open_quotes = 0, ""
    is_open = False
    for line_start, line_end in _lines(source):
        line = source[line_start:line_end]
        stripped_line = line.strip()
        is_further = bool(
            open_quotes
            or open_brackets > 0
            or (is_open and stripped_line and line[0] in " \t" and not _HEADER.match(stripped_line))
        )
        if is_open and not is_further:
            yield _Statement(statement_start or 0, line_ends[-1], False, tuple(line_ends))
            statement_start, line_ends, is_open = None, [], False
        if is_further:
            open_brackets, open_quotes = _after(stripped_line, open_brackets, open_quotes)
            line_ends.append(line_start + len(line.rstrip()))
        elif not stripped_line:
            statement_start = None
        elif _COMMENT.match(stripped_line):
            statement_start = line_start if statement_start is None else statement_start
        elif _HEADER.match(stripped_line):
            text_start = line_start + len(line) - len(line.lstrip())
            yield _Statement(
                text_start if statement_start is None else statement_start, line_start + len(line.rstrip()), True, ()
            )
            statement_start = None
        else:
            text_start = line_start + len(line) - len(line.lstrip())
            statement_start = text_start if statement_start is None else statement_start
            open_brackets, open_quotes = _after(stripped_line, 0, "")
            line_ends, is_open = [line_start + len(line.rstrip())], True
    if is_open:
        yield _Statement(statement_start or 0, line_ends[-1], False, tuple(line_ends))


def _after(text: str, depth: int, quotes: str) -> tuple[int, str]:
    """How many brackets, and which triple quotes, are open behind a line."""
    if quotes:
        return (depth, "") if quotes in text else (depth, quotes)
    for triple_quotes in _TRIPLE_QUOTES:
        if text.count(triple_quotes) % 2:
            return depth, triple_quotes
    value_text = text if depth else text.partition("=")[2]
    for match in _STRINGS_AND_BRACKETS.finditer(value_text):
        depth += (match[0] in ("[", "{")) - (match[0] in ("]", "}"))
    return max(0, depth), ""


def _lines(source: str) -> Iterator[tuple[int, int]]:
    line_start = 0
    while line_start < len(source):
        line_end = source.find("\n", line_start)
        line_end = len(source) if line_end < 0 else line_end
        yield line_start, line_end
        line_start = line_end + 1
