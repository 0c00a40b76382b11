"""Settings in TOML, INI and properties: a key needs the header of its section, and the setting or comment that names
its record. The kept part can be loaded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ragzip.text.forms import PlainForm
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import trim
from ragzip.text.structure.base import Item, Relation, Structure, StructuredUnit
from ragzip.text.structure.keys import worded

__all__ = ["read", "recognises"]

_SAMPLED_CHARACTERS = 20_000
_MIN_SETTINGS = 3
_MIN_SHARE = 0.8  # of the lines that are settings, headers or comments, or belong to a setting
_MAX_LINES_OF_WHOLE_VALUE = 20
_MIN_SECTIONS = 2  # with the same keys, one of which a query may name
_HEADER = pattern_of(r"\[{1,2}[^\[\]\r\n]{1,200}\]{1,2}[ \t]*+(?:[#;].*)?$")
_SETTING = pattern_of(r"""(?:"[^"\r\n]{1,200}"|'[^'\r\n]{1,200}'|[\w.$/*@-][\w.$/*@ -]{0,200}?)[ \t]*+[=:](?!//)""")
_BARE_SETTING = pattern_of(r"[A-Za-z_][\w.-]{0,100}[ \t]?=(?!=)")  # "CACHE_TTL=300", "mail.port = 587"
_VARIABLE = pattern_of(r"(?:export )?[A-Z][A-Z0-9_]{1,60}=(?:\"[^\"\r\n]*\"|'[^'\r\n]*'|\S*)(?:[ \t]+#.*)?$")
_PATH_WITH_VALUE = pattern_of(r"[a-z][\w-]{0,40}(?:\.[\w-]{1,40}){1,8} ?= ?[^\s=(].*$")
_BLOCK_OPENER = pattern_of(r"^[ \t]*+(?:<[A-Z]\w{1,40}\b[^<>\n]{0,200}>|[^\n=:#;\[{]{1,200}\{)[ \t]*\r?$", re.MULTILINE)
_NAMING_KEYS = ("name", "title", "label", "description", "host", "hostname", "id", "key", "slug", "path", "url")
_KEY_OF_SETTING = pattern_of(r"[\w.-]{1,60}")
_COMMENT = pattern_of(r"[#;!]")
_SET_IN_COMMENT = pattern_of(  # "#tries = 20", "# BETA_API=true": a setting that is not in force
    r"[#;](?:[A-Za-z_][\w.-]{0,60}[ \t]?=[ \t]?|[ \t]+(?=[A-Za-z]\w{0,60}[_.]\w)[\w.]{1,60}=)(?=[^\s=])"
)
_STRINGS_AND_BRACKETS = pattern_of(r'"(?>(?:[^"\\\r\n]++|\\.)*)"?|\'[^\'\r\n]*+\'?|#.*|[\[\]{}]')
_OPEN_QUOTE = pattern_of(
    r"""[ \t]*+(?:"(?>(?:[^"\\\r\n]++|\\.)*)|'[^'\r\n]*+)(?=\r?\n)"""
)  # a value that goes on in the next line
_CLOSING_QUOTE = {'"': pattern_of(r'\\.|(")', re.DOTALL), "'": pattern_of("(')")}
_CLOSINGS = ("]", "}", '"""', "'''")
_TRIPLE_QUOTES = ('"""', "'''")


class _Statement(NamedTuple):
    """A header or a setting with all of its lines, the comments right above it, and those right below it, but for those
    that stand above another.
    """

    start: int
    end: int
    is_header: bool
    line_ends: tuple[int, ...]


def recognises(source: str) -> bool:
    """Whether a text of an unknown type surely holds settings: it has headers, and hardly anything but settings; or it
    has settings of an environment or a system alone, or ones with bare keys and comments.
    """
    sample = source[:_SAMPLED_CHARACTERS]
    if "=" not in sample:
        return False
    lines = [line.strip() for line in sample.splitlines() if line.strip()]
    if _are_variables(lines):
        return True
    if not any(map(_HEADER.match, lines)):
        bare_settings = sum(bool(_BARE_SETTING.match(line) or _SET_IN_COMMENT.match(line)) for line in lines)
        comments = sum(line.startswith("#") and not _SET_IN_COMMENT.match(line) for line in lines)
        return bare_settings >= _MIN_SETTINGS and comments > 0 and bare_settings + comments == len(lines)
    headers = sum(bool(_HEADER.match(line)) for line in lines)
    settings = sum(bool(_SETTING.match(line)) and "=" in line for line in lines)
    comments = sum(bool(_COMMENT.match(line)) for line in lines)
    if headers < 1 or settings < _MIN_SETTINGS:
        return False
    other_count = headers + comments + _lines_in_brackets(sample)
    return settings + other_count >= _MIN_SHARE * len(lines)


def _are_variables(lines: Sequence[str]) -> bool:
    """Whether all lines are variables of an environment (``LANG=C.UTF-8``), or all paths (``vm.swappiness = 10``), but
    for comments.
    """
    settings = [line for line in lines if not line.startswith("#")]
    if len(settings) < _MIN_SETTINGS:
        return False
    return any(all(map(pattern.match, settings)) for pattern in (_VARIABLE, _PATH_WITH_VALUE))


def _lines_in_brackets(source: str) -> int:
    """The number of lines that continue a list in brackets or a text in triple quotes that is closed."""
    values = (statement for statement in _statements(source) if len(statement.line_ends) > 1)
    return sum(len(value.line_ends) - 1 for value in values if source.endswith(_CLOSINGS, value.start, value.end))


def read(source: str) -> Structure | None:
    """The structure of a text of settings; None of one with hardly any, or in blocks."""
    if _BLOCK_OPENER.search(source):
        return None
    statements = list(_with_comments_below(source, list(_statements(source))))
    if sum(not statement.is_header for statement in statements) < 1:
        return None
    openers = _openers(source, statements)
    units: list[StructuredUnit] = []
    record = _Record()
    header: int | None = None
    for number, statement in enumerate(statements):
        if statement.is_header:
            header = len(units)
            if openers.get(number) == number:
                record.close(units)
                record = _Record(header, _comment(source, statement))
            is_inside = openers.get(number) not in (None, number)
            section = Span(statement.end, _section_end(statements, number, openers))
            relation = Relation(section=section, heading=record.header if is_inside else None)
            units.append(StructuredUnit(statement.start, statement.end, relation))
            if number not in openers:
                record.close(units)
                record = _Record()
            continue
        name = "" if header is None else _header_name(source[units[header].start : units[header].end])
        first = len(units)
        units += _units_of_setting(source, statement, header, name, first)
        record.places += range(first, len(units))
        if header == record.header:
            record.own_settings.append((first, source[statement.start : statement.end]))
    record.close(units)
    return Structure("config", tuple(_with_sections(source, units)), PlainForm(source))


def _with_sections(source: str, units: list[StructuredUnit]) -> list[StructuredUnit]:
    """``units``, the settings of sections that have the same keys as records of a list: a query that names one section
    asks for none of the others.
    """
    keys_by_header: dict[int, set[str]] = {}
    for unit in units:
        if unit.relation.heading is not None and unit.relation.section is None:
            key = source[unit.start : unit.end].rsplit("\n", 1)[-1].partition("=")[0].strip()
            keys_by_header.setdefault(unit.relation.heading, set()).add(key)
    counts = Counter(key for keys in keys_by_header.values() for key in keys)
    headers = [
        header for header, keys in keys_by_header.items() if 2 * sum(counts[key] > 1 for key in keys) > len(keys)
    ]
    if len(headers) < _MIN_SECTIONS:
        return units
    all_sections = Span(units[headers[0]].start, units[-1].end)
    items = {header: (Item(all_sections, place, len(headers), True),) for place, header in enumerate(headers)}
    return [
        unit._replace(items=items[unit.relation.heading]) if unit.relation.heading in items else unit for unit in units
    ]


@dataclass
class _Record:
    """A group of sections that is repeated, and its name among the others: the comment above its first header, else the
    setting that names it.
    """

    header: int | None = None
    comment: str = ""
    places: list[int] = field(default_factory=list)  # of its settings
    own_settings: list[tuple[int, str]] = field(default_factory=list)  # right under its first header

    def close(self, units: list[StructuredUnit]) -> None:
        """Let its settings need what names it, and be read with that."""
        if self.header is None or not self.places:
            return
        naming_needs, naming_text = [self.header], self.comment
        if not self.comment and self.own_settings:
            place_of_name, naming_text = min(self.own_settings, key=_naming_rank)
            naming_needs.append(place_of_name)
        for place in self.places:
            unit = units[place]
            needs = [needed for needed in (*naming_needs, *unit.relation.needs) if needed != place]
            is_read_with_name = naming_text and unit.reading and place not in naming_needs
            reading = f"{naming_text}: {unit.reading}" if is_read_with_name else unit.reading
            units[place] = unit.related(needs=tuple(dict.fromkeys(needs)))._replace(reading=reading)


def _naming_rank(setting: tuple[int, str]) -> int:
    """The rank of a setting as the name of a record, by its key; the lowest is the best."""
    key = _KEY_OF_SETTING.match(setting[1])
    return _NAMING_KEYS.index(key[0].lower()) if key and key[0].lower() in _NAMING_KEYS else len(_NAMING_KEYS)


def _openers(source: str, statements: list[_Statement]) -> dict[int, int]:
    """The place of the header that opens a record, by those of the headers in it, for records that come several times:
    ``[[station]]`` for ``[station.alarm]``; in several files one after another, the header that each begins with.
    """
    names = {
        number: _last_line(source, statement) for number, statement in enumerate(statements) if statement.is_header
    }
    counts = Counter(names.values())
    first_name = next(iter(names.values()), "")
    is_repeated = counts[first_name] > 1 and not first_name.startswith("[[")
    openers: dict[int, int] = {}
    open_arrays: list[tuple[int, str]] = []
    for number, name in names.items():
        path = _header_name(name) + "."
        while open_arrays and not is_repeated and not path.startswith(open_arrays[-1][1]):
            open_arrays.pop()
        if name.startswith("[[") or (is_repeated and name == first_name):
            open_arrays = [(number, path)] if is_repeated else [*open_arrays, (number, path)]
        if open_arrays:
            openers[number] = open_arrays[-1][0]
    return openers


def _last_line(source: str, statement: _Statement) -> str:
    return source[statement.start : statement.end].rsplit("\n", 1)[-1].strip()


def _header_name(header: str) -> str:
    """The name in a header, which may have comments above it."""
    return header.rsplit("\n", 1)[-1].partition("#")[0].strip("[] \t\r\n")


def _comment(source: str, statement: _Statement) -> str:
    """The comments above a header, without their marks."""
    lines = source[statement.start : statement.end].split("\n")[:-1]
    return " ".join(line.strip("#;! \t\r") for line in lines)


def _section_end(statements: list[_Statement], header: int, openers: dict[int, int]) -> int:
    """The end of the last setting under a header, with those of the sections of its record; of a header over nothing,
    its own.
    """
    last = header
    while last + 1 < len(statements) and (not statements[last + 1].is_header or openers.get(last + 1) == header):
        last += 1
    return statements[last].end


def _units_of_setting(
    source: str, statement: _Statement, header: int | None, name: str, first: int
) -> Iterator[StructuredUnit]:
    """The unit of a setting; of one with many lines one for each line, which needs the first and the last: brackets and
    quotes open and close there.
    """
    needs = () if header is None else (header,)
    ends = statement.line_ends
    if len(ends) <= _MAX_LINES_OF_WHOLE_VALUE:
        text = source[statement.start : statement.end]
        setting = next((line for line in text.split("\n") if line.strip() and not _COMMENT.match(line.strip())), "")
        key = setting.partition("=")[0].strip()
        words = worded(key)[len(key) :].strip(" ()")
        reading = ": ".join(filter(None, [name, words, text])) if name or words else None
        yield StructuredUnit(statement.start, statement.end, Relation(needs, heading=header), reading, is_record=True)
        return
    starts = [statement.start, *ends[:-1]]
    spans = [span for start, end in zip(starts, ends, strict=True) if (span := trim(source, start, end))]
    last = first + len(spans) - 1
    for place, span in enumerate(spans, first):
        line_needs = tuple(needed for needed in (*needs, first, last) if needed != place)
        yield StructuredUnit(*span, Relation(line_needs, heading=header), is_record=True)


def _statements(source: str) -> Iterator[_Statement]:
    """The headers and settings of ``source``, in order, with their comments and further lines."""
    start: int | None = None  # of the comments above, or of the setting that is open
    ends: list[int] = []
    depth, quotes = 0, ""
    quoted_end = indent = 0  # of the setting that is open
    is_open = False
    for line_start, line_end in _lines(source):
        line = source[line_start:line_end]
        text = line.strip()
        begin = line_start + len(line) - len(line.lstrip())
        is_quoted = line_start < quoted_end
        goes_on = is_open and bool(text) and _goes_on(source, ends[-1], text, begin - line_start - indent)
        is_further = bool(is_quoted or quotes or depth > 0 or goes_on)
        if is_open and not is_further:
            yield _Statement(start or 0, ends[-1], False, tuple(ends))
            start, ends, is_open = None, [], False
        if is_further:
            if not is_quoted:
                depth, quotes = _after(text, depth, quotes)
            ends.append(line_start + len(line.rstrip()))
        elif not text:
            start = None
        elif _COMMENT.match(text) and not _SET_IN_COMMENT.match(text):
            start = line_start if start is None else start
        elif _HEADER.match(text):
            yield _Statement(begin if start is None else start, line_start + len(line.rstrip()), True, ())
            start = None
        else:
            start = begin if start is None else start
            depth, quotes = _after(text, 0, "")
            quoted_end = 0 if quotes else _quoted_end(source, begin)
            ends, indent, is_open = [line_start + len(line.rstrip())], begin - line_start, True
    if is_open:
        yield _Statement(start or 0, ends[-1], False, tuple(ends))


def _with_comments_below(source: str, statements: Sequence[_Statement]) -> Iterator[_Statement]:
    """``statements``, the settings with the comments right below them, where a blank line parts those from the next."""
    starts = [*(statement.start for statement in statements), len(source)]
    for statement, next_start in zip(statements, starts[1:], strict=True):
        ends = list(statement.line_ends)
        for line_start, line_end in _lines(source, statement.end + 1, next_start) if ends else ():
            line = source[line_start:line_end].strip()
            if (
                not _COMMENT.match(line)
                or _SETTING.match(line.lstrip("#;! \t"))
                or len(ends) == _MAX_LINES_OF_WHOLE_VALUE
            ):
                break
            ends.append(line_start + len(source[line_start:line_end].rstrip()))
        yield statement._replace(end=ends[-1], line_ends=tuple(ends)) if ends else statement


def _goes_on(source: str, end: int, text: str, further_indent: int) -> bool:
    """Whether the line ``text`` belongs to the setting before it, which ends at ``end``: it is indented further, or
    follows a backslash.
    """
    if further_indent > 0:
        return not _HEADER.match(text)
    return source.endswith("\\", 0, end) and not (_SETTING.match(text) or _COMMENT.match(text) or _HEADER.match(text))


def _quoted_end(source: str, start: int) -> int:
    """The end of a value in quotes over several lines, of the setting at ``start``; 0 of any other."""
    setting = _SETTING.match(source, start)
    opened = _OPEN_QUOTE.match(source, setting.end()) if setting else None
    quote = opened[0].lstrip()[0] if opened else ""
    matches = _CLOSING_QUOTE[quote].finditer(source, opened.end()) if opened else ()
    end = next((match.end() for match in matches if match[1]), 0)
    rest_of_line = source[end : source.find("\n", end) + 1 or len(source)].strip()
    return end if not rest_of_line or rest_of_line.startswith("#") else 0


def _after(text: str, depth: int, quotes: str) -> tuple[int, str]:
    """The number of open brackets, and the open triple quotes, after a line."""
    if quotes:
        return (depth, "") if quotes in text else (depth, quotes)
    for triple in _TRIPLE_QUOTES:
        if text.count(triple) % 2:
            return depth, triple
    setting = _SETTING.match(text)
    value = text if depth else text[setting.end() :].lstrip() if setting else text.partition("=")[2].lstrip()
    if not depth and value[:1] not in ("[", "{"):  # a bracket inside a text opens nothing
        return 0, ""
    for match in _STRINGS_AND_BRACKETS.finditer(value):
        depth += (match[0] in ("[", "{")) - (match[0] in ("]", "}"))
    return max(0, depth), ""


def _lines(source: str, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, int]]:
    stop = len(source) if stop is None else stop
    while start < stop:
        end = source.find("\n", start, stop)
        end = stop if end < 0 else end
        yield start, end
        start = end + 1
