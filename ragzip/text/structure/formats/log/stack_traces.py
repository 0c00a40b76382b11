"""Records with stack traces in parts: what went wrong, why, and the calls that led there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.splitters.scanner import trim

__all__ = ["GO_FRAME", "MAX_CHARACTERS", "PROCESS_PREFIX", "RecordPart", "parts_of_record", "telling_parts"]

MAX_CHARACTERS = 1200  # of a record without calls that is one unit
_MAX_LINES = 12
_MAX_CALLS = 8  # lines of a stack trace that are one unit
_MAX_CAUSE_CHARACTERS = 600
PROCESS_PREFIX = pattern_of(
    r"^(?:\([^()\n]{1,40}\) ?|[\w.-]{1,40} +\| ?)"
)  # of a process or a container, before a line
GO_FRAME = (  # of a panic
    r"goroutine \d{1,9} \[|created by |[\w./*]{1,120}(?:\(\*?\w{1,60}\))?[\w.\[\]…·]{0,120}\([^()\n]{0,200}\)\r?$"
)
_CALL = pattern_of(  # a line of a trace that names a function, or goes with one
    rf"[ \t]+(?:at |File \"|from |in |\d+: |\.\.\. \d)|Traceback \(|[ \t]{{2,}}\S|\t|{GO_FRAME}"
)
_TRACE = pattern_of(
    r"^[^\n]{0,60}?[ \t](?:at [\w.$<>/]+ ?\(|File \"[^\"\n]{1,300}\", line \d)|^goroutine \d{1,9} \[", re.MULTILINE
)
_CAUSE = pattern_of(
    r"Caused by: |[\w.$]{0,100}(?:Error|Exception|Interrupt|Exit|Warning|Panic)\b|[a-z]\w{0,60}(?:\.\w{1,60})+(?::\s|$)"
)

PartKind = Literal["lines", "calls", "cause"]


class RecordPart(NamedTuple):
    """Lines of a record, without white space at their ends."""

    start: int
    end: int
    kind: PartKind


def parts_of_record(source: str, start: int, end: int) -> list[RecordPart]:
    """The parts of a record: its first lines, the calls of its stack trace, a few together, and what each trace is of.

    A short record without a trace is one part.
    """
    has_trace = _TRACE.search(source, start, end) is not None
    if not has_trace and end - start <= MAX_CHARACTERS and source.count("\n", start, end) < _MAX_LINES:
        return [RecordPart(start, end, "lines")]
    parts: list[RecordPart] = []
    part_start, line_count = start, 0
    kind: PartKind = "lines"
    line_start = start
    while line_start < end:
        line_end = source.find("\n", line_start, end)
        line_end = end if line_end < 0 else line_end
        line = PROCESS_PREFIX.sub("", source[line_start : min(line_end, line_start + 200)], count=1)
        line_kind = _kind_of(line, kind)
        if line_start > part_start and (line_kind != kind or line_count >= _MAX_CALLS):
            _add(parts, source, part_start, line_start, kind)
            part_start, line_count = line_start, 0
        kind = line_kind
        line_count += 1
        line_start = line_end + 1
    _add(parts, source, part_start, end, kind)
    return parts


def _kind_of(line: str, kind_before: PartKind) -> PartKind:
    """The kind of a line of a record, which follows a line of the kind ``kind_before``."""
    if _CALL.match(line):
        return "calls"
    if kind_before == "calls":
        return "cause" if _CAUSE.match(line) else "lines"
    return kind_before


def _add(parts: list[RecordPart], source: str, start: int, end: int, kind: PartKind) -> None:
    span = trim(source, start, end)
    if span is not None:
        parts.append(RecordPart(*span, kind))


def telling_parts(parts: Sequence[RecordPart]) -> list[int]:
    """The numbers of the parts that state the error and its cause, without which the others cannot be read: the first
    one, and the last cause after the calls, if it is not long; the cause alone where the first one is calls.
    """
    cause = _place_of_cause(parts)
    if cause is None:
        return [0]
    return [cause] if parts[0].kind == "calls" else [0, cause]


def _place_of_cause(parts: Sequence[RecordPart]) -> int | None:
    for number in range(len(parts) - 1, 0, -1):
        if parts[number].kind == "cause":
            return number if parts[number].end - parts[number].start <= _MAX_CAUSE_CHARACTERS else None
    return None
