"""The reader of logs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import compress, pairwise

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import line_spans, stripped_end, trim
from ragzip.text.structure.base import Structure
from ragzip.text.structure.formats.log.records import PROCESS_PREFIX, LineRecord, counted_records
from ragzip.text.structure.formats.log.slow_queries import SLOW_QUERY, slow_query_reading
from ragzip.text.structure.formats.log.stack_traces import GO_FRAME
from ragzip.text.structure.formats.log.times import LEVEL_WORD, LEVELS, layouts_of, line_pattern
from ragzip.text.structure.visible import read_visible

__all__ = ["read", "recognises"]

_SAMPLED_CHARACTERS = 30_000
_SAMPLED_LINES = 250
_MIN_SHARE_WITH_WORDS = 0.5
_MAX_SHARE_BETWEEN = 0.2  # of lines without time in logs whose records have such lines
_CONTINUING = pattern_of(  # a line that goes on with a record although it is not indented
    r"[ \t]|$|Traceback \(|Caused by|Suppressed:|During handling|The above exception|at |\.\.\. |[)\]}]|"
    rf"[\w.$]*(?:Error|Exception|Interrupt|Exit|Warning)\b[:\s]|panic: |{GO_FRAME}"
)
_WORD = pattern_of(r"[^\W\d_]{3}")
_SERVICE = pattern_of(  # the first line of what systemctl says of it
    r"[●○×↻*] [^\s/]{1,200}\.(?:service|timer|socket|mount|target|path|slice|scope|device|swap)\b"
)
_FIELDS = pattern_of(r"#fields(?::|\t)", re.IGNORECASE)
_CELLS = pattern_of(r"[,;\t]")
_INDENT = pattern_of(  # after the time, or the process; not of numbers and levels in columns
    rf"(?:\]|[ ]\S{{1,80}}[ ]\S{{1,80}}\[\d{{1,8}}\]:)?([ \t]*+)(?![\d\s\[]|(?:{LEVELS})\b|[A-Z]\b)"
)
_MIN_FURTHER_IN = 2  # columns
_MAX_OUTER = 3  # lines that one further in goes on with
_JSON_LINE = pattern_of(r'[ \t]*+\{"')
_JSON_TIME = pattern_of(r'"(?:@?timestamp|time|ts|datetime|date|t|asctime|@t)"\s*:\s*"?([^",}]*+)')
_JSON_SAYS = pattern_of(r'"(?:level|lvl|severity|levelname|log\.level|msg|message|event|log|@l|@m)"\s*:')


def recognises(source: str) -> bool:
    """Whether a text of an unknown type is a log: most lines begin with a time or a level in the same place."""
    lines = _sampled_lines(source)
    if _is_json_log(lines) or SLOW_QUERY.search(source, 0, _SAMPLED_CHARACTERS):
        return True
    layouts = layouts_of(lines)
    if not layouts:
        return False
    pattern = line_pattern(layouts)
    rests = [line[match.end() :] for line in lines if (match := pattern.match(line))]
    has_words = sum(_WORD.search(rest) is not None for rest in rests) >= _MIN_SHARE_WITH_WORDS * len(rests)
    return has_words and not _is_table(lines, rests) and not _is_conversation(rests)


def read(source: str) -> Structure | None:
    """The structure of a log; None of a text whose lines have no times or levels."""
    return read_visible(source, _read)


def _read(source: str) -> Structure | None:
    lines = _sampled_lines(source)
    if _is_json_log(lines):
        units, form = counted_records(
            source,
            list(_json_records(source)),
            reading=lambda record: _json_reading(source[record.start : record.end]),
            is_json=True,
        )
        return Structure("log", tuple(units), form)
    if SLOW_QUERY.search(source, 0, _SAMPLED_CHARACTERS):
        units, form = counted_records(
            source,
            [record._replace(line_end=record.end) for record in _records(source, SLOW_QUERY, is_parted=False)],
            reading=lambda record: slow_query_reading(source[record.start : record.end]),
        )
        return Structure("log", tuple(units), form)
    layouts = layouts_of(lines)
    if not layouts:
        return None
    records = list(_under_services(source, list(_records(source, line_pattern(layouts)))))
    records = list(_under_outer_lines(source, records))
    records = list(_under_fields(source, records))

    def reading(record: LineRecord) -> str | None:
        """The text that a model reads in place of a record: a line of a service with the name of the service, an
        indented one with the lines that it is under; None: the record itself.
        """
        needed_records = (records[needed] for needed in record.needs)
        heads = [source[head.start : head.line_end] for head in needed_records if not _FIELDS.match(source, head.start)]
        return ": ".join([*heads, source[record.start : record.end]]) if heads else None

    units, form = counted_records(source, records, reading=reading)
    return Structure("log", tuple(units), form)


def _under_services(source: str, records: Sequence[LineRecord]) -> Iterator[LineRecord]:
    """``records``; the status of a service line by line, each of which needs the first one. Where there are several
    services, the records below one need that, too.
    """
    are_several = sum(_SERVICE.match(source, record.start) is not None for record in records) > 1
    head: int | None = None
    count = 0
    for record in records:
        if not _SERVICE.match(source, record.start):
            needs = record.needs if head is None or not are_several else (*record.needs, head)
            yield record._replace(needs=needs)
            count += 1
            continue
        head = count
        for line_start, line_end in line_spans(source, record.start, record.end):
            if line := trim(source, line_start, line_end):
                yield LineRecord(*line, line.end, Span(line.end, line.end), (head,) if count > head else ())
                count += 1


def _under_fields(source: str, records: Sequence[LineRecord]) -> Iterator[LineRecord]:
    """The ``records``, of which those below a line that names the fields of all need that, as servers write it:
    "#Fields: date time cs-method".
    """
    fields: int | None = None
    for number, record in enumerate(records):
        if _FIELDS.match(source, record.start):
            fields = number
            yield record
        else:
            yield record if fields is None else record._replace(needs=(*record.needs, fields))


def _under_outer_lines(source: str, records: Sequence[LineRecord]) -> Iterator[LineRecord]:
    """The ``records``, of which one with a larger indent after its time needs those above it that it continues."""
    columns = [
        len(indent[1]) if (indent := _INDENT.match(source, record.time.end, record.end)) else 0 for record in records
    ]
    has_time = [record.time.end > record.time.start for record in records]
    usual_column = min(compress(columns, has_time), default=0)
    outer_records: list[int] = []
    for number, (record, column) in enumerate(zip(records, columns, strict=True)):
        is_inner = column >= usual_column + _MIN_FURTHER_IN
        while outer_records and (not is_inner or columns[outer_records[-1]] >= column):
            outer_records.pop()
        yield record._replace(needs=(*record.needs, *outer_records[-_MAX_OUTER:])) if is_inner else record
        outer_records.append(number)


def _sampled_lines(source: str) -> list[str]:
    """The lines that could begin a record, of the beginning of ``source``."""
    lines = source[:_SAMPLED_CHARACTERS].split("\n")
    if len(source) > _SAMPLED_CHARACTERS and len(lines) > 1:
        lines.pop()
    beginning_lines = [line for line in lines if line.strip() and not _CONTINUING.match(line.removeprefix(" "))]
    return beginning_lines[:_SAMPLED_LINES]


def _is_table(lines: Sequence[str], rests: Sequence[str]) -> bool:
    """Whether the lines are rows of a table whose first column is a time."""
    behind_time = [rest for rest in rests if rest[:1] in {",", ";", "\t"} or rest[:2] in {'",', '";'}]
    if (
        len(behind_time) < 0.9 * len(rests)
        or sum(LEVEL_WORD.search(rest) is not None for rest in rests) > len(rests) / 2
    ):
        return False
    return len({len(_CELLS.findall(line)) for line in lines}) <= 2


def _is_conversation(rests: Sequence[str]) -> bool:
    """Whether people speak: "[10:02:11] Anna: …", or "- Anna: …" after the time, without a level or a process."""
    speaking = sum(re.match(r"[\])]?[ ]?[-–]?[ ]?[A-ZÀ-Þ][\w. '’-]{0,40}: ", rest) is not None for rest in rests)
    levels = sum(LEVEL_WORD.search(rest, 0, 60) is not None for rest in rests)
    machines = sum(re.match(r"[^:]{0,60}(?:[\[(=/$_\d]|\w\.\w)", rest[1:]) is not None for rest in rests)
    return speaking > 0.6 * len(rests) and levels < 0.2 * len(rests) and machines < 0.5 * len(rests)


def _records(source: str, pattern: re.Pattern[str], *, is_parted: bool | None = None) -> Iterator[LineRecord]:
    """The records of a log; lines between them that belong to none are records without a time.

    :param is_parted: whether there are such between records that no blank line parts (None: where lines are many).
    """
    starts = [(match.start(), Span(*match.span(match.lastindex or 0))) for match in pattern.finditer(source)]
    line_count = source.count("\n")
    free_lines = max(0, line_count - len(starts) - len(re.findall(r"\n(?=[ \t\r\n])", source)))
    parted = free_lines > _MAX_SHARE_BETWEEN * max(1, line_count) if is_parted is None else is_parted
    if starts and starts[0][0] > 0:
        yield from _free_records(source, 0, starts[0][0])
    ends = [start for start, _ in starts[1:]] + [len(source)]
    for (start, time), next_start in zip(starts, ends, strict=True):
        line_end = source.find("\n", start, next_start)
        if line_end < 0 or line_end == next_start - 1:
            end = stripped_end(source, start, next_start)
            yield LineRecord(_lstripped(source, start, end), end, end, time)
            continue
        record_end = _end_of_record(source, line_end + 1, next_start, parted)
        first_end = stripped_end(source, start, line_end)
        yield LineRecord(_lstripped(source, start, first_end), stripped_end(source, start, record_end), first_end, time)
        if record_end < next_start:
            yield from _free_records(source, record_end, next_start)


def _end_of_record(source: str, start: int, end: int, parted: bool) -> int:
    """The end of those lines from ``start`` to ``end`` that belong to the record above them: the start of the first one
    after a blank line that does not continue it, and, where records are ``parted``, of any line that does not.
    """
    was_blank = is_in_trace = False
    while start < end:
        line_end = source.find("\n", start, end) + 1 or end
        line = source[start : min(line_end, start + 200)]
        text = PROCESS_PREFIX.sub("", line, count=1).rstrip("\r\n")
        is_trace = text.startswith(("Traceback", "Caused by"))
        if not _CONTINUING.match(text) and ((parted and not is_in_trace) or was_blank):
            return start
        is_in_trace = is_trace or (is_in_trace and text[:1] in " \t")
        was_blank = not text.strip()
        start = line_end
    return end


def _free_records(source: str, start: int, end: int) -> Iterator[LineRecord]:
    """Lines without a time, each with what is indented below it, as records."""
    record_start = line_end_of_first = -1
    place = start
    last_end = start
    while place < end:
        line_end = source.find("\n", place, end)
        line_end = end if line_end < 0 else line_end
        line = source[place : min(line_end, place + 200)]
        text = PROCESS_PREFIX.sub("", line, count=1)
        if text.strip():
            if record_start >= 0 and not _CONTINUING.match(text):
                yield _free_record(source, record_start, last_end, line_end_of_first)
                record_start = -1
            if record_start < 0:
                record_start, line_end_of_first = place, line_end
            last_end = line_end
        place = line_end + 1
    if record_start >= 0:
        yield _free_record(source, record_start, last_end, line_end_of_first)


def _free_record(source: str, start: int, end: int, line_end: int) -> LineRecord:
    start = _lstripped(source, start, end)
    end = stripped_end(source, start, end)
    line_end = min(end, stripped_end(source, start, max(line_end, start)))
    return LineRecord(start, end, line_end, Span(line_end, line_end))


def _lstripped(source: str, start: int, end: int) -> int:
    return end - len(source[start:end].lstrip())


def _is_json_log(lines: Sequence[str]) -> bool:
    """Whether the lines are JSON objects with a time and a level or a message."""
    if len(lines) < 2:
        return False
    count = sum(1 for line in lines if _JSON_LINE.match(line) and _JSON_TIME.search(line) and _JSON_SAYS.search(line))
    return count > 0.9 * len(lines)


def _json_records(source: str) -> Iterator[LineRecord]:
    """The lines of a log of JSON objects."""
    line_starts = [0, *(match.end() for match in re.finditer("\n", source)), len(source) + 1]
    for line_start, next_start in pairwise(line_starts):
        end = stripped_end(source, line_start, min(next_start, len(source)))
        start = _lstripped(source, line_start, end)
        if start < end:
            time = _JSON_TIME.search(source, start, end)
            yield LineRecord(start, end, end, Span(*time.span(1)) if time else Span(end, end))


def _json_reading(line: str) -> str | None:
    """The keys and values of a line, "level: error, message: …"; None of what is no object."""
    try:
        values = json.loads(line)
        return ", ".join(f"{key}: {_shown(value)}" for key, value in values.items()) if values else None
    except (ValueError, RecursionError, AttributeError):  # no JSON, too deep, no object
        return None


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, check_circular=False)
