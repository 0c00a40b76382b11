"""The blocks of the output of commands: lines that belong together, the kind of each, and the others that it needs.

A failure stands under its name, a task of Ansible under its play, a diagnostic of a compiler under its function.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import line_spans, stripped_end
from ragzip.text.structure.formats.terminal.printed import PROMPT, LineRole, searched

__all__ = [
    "ENDS_OF_SECTION",
    "LINE_OF_SOURCE",
    "VERTICAL_ROW",
    "OutputBlock",
    "block_needs",
    "is_whole",
    "output_blocks",
    "reasons_of_parts",
    "section_of",
]

_RUNNER_HEADING = pattern_of(
    r"=+ (?:FAILURES|ERRORS|test session starts|short test summary info|warnings summary|slowest .{0,30}) =+$|"
    r"failures:$|Failures:$|Summary of all failing tests$"
)
_FAILURE = pattern_of(  # over all that is said of a failure
    r"_{3,} .{1,160} _{3,}$|-{4} .{1,160} std(?:out|err) ----$|={70}$|\s*+● "
)
_BLOCK_START = pattern_of(  # the first line of a block: what failed, and how
    r"\s*+--- (?:FAIL|PASS|SKIP): |\s*+=== (?:RUN|CONT|NAME) |\s*+\d+\) |(?:error|warning)(?:\[\w+\])?: "
    r"|(?:FAIL|PASS) \S|Traceback \(|goroutine \d+ \[|thread '.{1,80}' panicked|\*{3,} \d{1,9}\. row \*{3,}$"
    r"|-\[ RECORD \d{1,9} \]"
)
_FILE = pattern_of(r"\s*+(?:FAIL|PASS) {1,3}[\w./@-]{1,200}\.\w{1,5}(?: \(\d[\d.]{0,8} ?m?s\))?$")  # of tests
_PANIC = pattern_of(r"(?:panic|fatal error): \S")  # of Go, above the trace of the goroutine that is running
_EXCEPTION = pattern_of(
    r"(?:Uncaught )?(?:[A-Z][A-Za-z]{0,40})?Error(?: \[\w{1,60}\])?: \S"
)  # of JavaScript, above its trace
_BELOW_EXCEPTION = pattern_of(r"\s|Require stack:|- \S|[})\]]")
_CHAIN = pattern_of(r"During handling of the above exception|The above exception was the direct cause")  # of tracebacks
LINE_OF_SOURCE = pattern_of(r"> *\d{1,7} \||\d{1,7} \|")
VERTICAL_ROW = pattern_of(r"\*{3,} \d{1,9}\. row|-\[ RECORD ")  # a row as lines of names and values
_PART = pattern_of(r"(?:PLAY(?: RECAP)?|TASKS RECAP)(?: \[.{0,200}\])? \*{3,}$")  # of a run of Ansible
_TASK = pattern_of(r"(?:TASK|RUNNING HANDLER) \[.{0,200}\] \*{3,}$")
_PLACE_OF_SOURCE = r"\S{1,160}?(?::\d{1,7}){1,2}|\S{1,160}?\(\d{1,7}(?:,\d{1,7})?\)"
_FUNCTION = pattern_of(  # over the diagnostics of it
    r"\S{1,160}: (?:In|At) (?:static |member |instantiation of )?(?:function|constructor|destructor|lambda|global)"
    r".{0,160}:$"
)
_DIAGNOSTIC = pattern_of(rf"(?:{_PLACE_OF_SOURCE}):? (?:- )?(?:fatal )?(?:error|warning)\b")
_NOTE = pattern_of(rf"(?:{_PLACE_OF_SOURCE}):? (?:- )?note: ")
_BELOW_DIAGNOSTIC = pattern_of(r"\s|\d{1,7} \||\^")  # the line of the source, and a caret
_RESOURCE = pattern_of(  # of a plan of Terraform
    r"(?:[ ]{0,4}# [^\n]{1,300}\n){1,3}[-+/~<= ]{0,8}(?:resource|data) \"[^\n]{1,300}\{[ \t]*$", re.MULTILINE
)
_PLACE_BELOW = pattern_of(r"(?:error|warning|note)(?:\[\w{1,20}\])?: [^\n]{1,400}\n[ ]{1,8}--> ")  # by rustc
_END_OF_RESOURCE = pattern_of(r" {0,4}\}")
_MAX_LINES_OF_RESOURCE = 60
_NAMED_VALUE = pattern_of(r"([A-Z][\w-]{0,20}(?: [\w-]{1,20}){0,2}): \S")
_MAX_LINES_OF_RECORD = 10
_SEARCHED_CHARACTERS = 200  # of a line
_SOURCE_OF_FAILURE = pattern_of(r"[>E] {2,}")  # as pytest marks lines
_DOTS = pattern_of(r"(?:\S+\.py )?[.FEsxX]{3,}(?: +\[ *\d+%\])?$")
_SUMMARY = pattern_of(
    r"=+ .{1,100} =+$|test result: |FAIL\t|ok {1,4}\t|Tests: |Test Suites: |Snapshots: |failures:$", re.MULTILINE
)
_MESSAGE = pattern_of(r"npm (?:ERR!|error)(?=\s|$)")  # in paragraphs, each line with the mark
_BLANK_MESSAGE = pattern_of(r"npm (?:ERR!|error)(?: \d{3})?$")  # between its paragraphs, also with the code of a reply
_STEP = pattern_of(  # of a build, by docker; of tests, by go
    r"(?:#(?=\d+ )|=== (?:RUN|CONT|NAME) +|\s*+--- FAIL: )(\S+)"
)


ENDS_OF_SECTION = {
    "prompt": {"prompt"},
    "part": {"prompt", "part"},
    "heading": {"prompt", "part", "heading"},
    "file": {"prompt", "part", "heading", "file"},
    "task": {"prompt", "part", "heading", "file", "task", "failure"},
    "failure": {"prompt", "part", "heading", "file", "task", "failure"},
    "function": {"prompt", "part", "heading", "file", "task", "failure", "function", "resource", "block", "line"},
}
_MATCH_BY_KIND = {
    "prompt": PROMPT.match,
    "part": _PART.match,
    "task": _TASK.match,
    "heading": _RUNNER_HEADING.match,
    "file": _FILE.match,
    "failure": _FAILURE.match,
    "function": _FUNCTION.match,
    "diagnostic": _DIAGNOSTIC.match,
    "note": _NOTE.match,
    "chain": _CHAIN.match,
    "panic": _PANIC.match,
    "exception": _EXCEPTION.match,
    "message": _MESSAGE.match,
    "block": _BLOCK_START.match,
}
_OF_TESTS = frozenset(["file", "failure"])  # which a summary ends
_KINDS_BY_ROLE: dict[LineRole, str] = {"begins": "line", "goes on": "line", "frame": ""}


class OutputBlock(NamedTuple):
    """Lines that belong together: their place, and their kind: one of :data:`ENDS_OF_SECTION`, which heads the blocks
    below it, "diagnostic", "resource", "message", "block" or "line"; "further" lines of the block before them, or a
    "reason" of it, which says why a test failed.
    """

    start: int
    end: int
    line_end: int
    kind: str


def is_whole(source: str, block: OutputBlock) -> bool:
    """Whether the lines of a block are kept together: a diagnostic, a resource, a paragraph of a message, a row."""
    if block.kind in ("diagnostic", "resource", "message"):
        return True
    opening = _PLACE_BELOW.match(source, block.start) or VERTICAL_ROW.match(source, block.start)
    return opening is not None


def section_of(source: str, blocks: Sequence[OutputBlock], number: int) -> Span | None:
    """The span of the blocks below one of :data:`ENDS_OF_SECTION`, up to the one that ends its section; None without
    any.
    """
    kind = blocks[number].kind
    end = number + 1
    while end < len(blocks) and blocks[end].kind not in ENDS_OF_SECTION[kind]:
        if kind in _OF_TESTS and _SUMMARY.match(source, blocks[end].start):
            break
        end += 1
    return Span(blocks[number + 1].start, blocks[end - 1].end) if end > number + 1 else None


def block_needs(source: str, blocks: Sequence[OutputBlock]) -> Iterator[tuple[int, ...]]:
    """The needs of each block, by place: the command before it, the part of the run, the task or the failure, the
    function, and the first line of its step of a build, or of its test.
    """
    open_blocks: dict[str, int] = {}
    first_of_step: dict[str, int] = {}
    head = 0
    needs_of_head: tuple[int, ...] = ()
    for number, block in enumerate(blocks):
        if block.kind in ("further", "reason"):
            yield (*needs_of_head, head)
            continue
        for kind in [kind for kind in open_blocks if block.kind in ENDS_OF_SECTION[kind]]:
            del open_blocks[kind]
        if _SUMMARY.match(source, block.start):
            open_blocks = {kind: place for kind, place in open_blocks.items() if kind not in _OF_TESTS}
        needs = tuple(needed for kind, needed in open_blocks.items() if kind != "heading")
        if block.kind in ENDS_OF_SECTION:
            open_blocks[block.kind] = number
        step = _STEP.match(source, block.start)
        if step and block.kind != "prompt":
            first = first_of_step.setdefault(step.group(1), number)
            needs += (first,) if first != number else ()
        head, needs_of_head = number, needs
        yield needs


def reasons_of_parts(source: str, blocks: Sequence[OutputBlock]) -> dict[int, int]:
    """The last part of a block that says why a test failed, by the place of each part that is not read without it:
    lines of the trace below a failure, numbered lines of code, and the line that says that a test runs.
    """
    reasons: dict[int, int] = {}
    further: list[int] = []
    reason: int | None = None
    for number in reversed(range(len(blocks))):
        block = blocks[number]
        if block.kind == "reason":
            reason = number if reason is None else reason
        elif block.kind == "further":
            further.append(number)
        else:
            is_run = source.startswith("=== RUN", block.start)
            if reason is not None:
                is_below = block.kind == "failure"
                parts = [part for part in further if is_below or _is_numbered(source, blocks[part])]
                reasons |= dict.fromkeys([number] if is_run else parts, reason)
            further, reason = [], None
    return reasons


def _is_numbered(source: str, block: OutputBlock) -> bool:
    """Whether a part is a line of code behind its number."""
    return LINE_OF_SOURCE.match(source, block.start) is not None


def output_blocks(source: str, roles: Mapping[int, LineRole]) -> Iterator[OutputBlock]:
    """The blocks of output: lines, each with the indented lines below it, and failures with the lines below them up to
    a blank line; no dots.

    :param roles: of the lines of tables, by their start.
    """
    roles = {**_roles_in_records(source), **roles}
    start = end = line_end_of_first = 0
    kind = ""
    was_blank = False
    place = 0
    while place < len(source):
        newline = source.find("\n", place)
        line_end = newline if newline >= 0 else len(source)
        line = searched(source[place:line_end])
        role = roles.get(place)
        line_kind = _kind_of(line) if role is None else _KINDS_BY_ROLE[role]
        if line_kind == "":
            was_blank = True
            place = line_end + 1
            continue
        resource_end = _end_of_resource(source, place) if role is None else 0
        goes_on = not resource_end and _goes_on(kind, line, line_kind, was_blank=was_blank)
        if kind == "message":
            goes_on &= source.count("\n", start, place) < _MAX_LINES_OF_RECORD
        if role == "begins" or not (goes_on or role == "goes on"):
            if kind:
                yield OutputBlock(start, end, line_end_of_first, kind)
            kind = "resource" if resource_end else "line" if line_kind == "note" else line_kind
            start = place + len(source[place:line_end]) - len(source[place:line_end].lstrip())
            line_end_of_first = stripped_end(source, start, line_end)
        elif kind == "chain" or (kind == "panic" and was_blank):
            kind = "block"
        line_end = max(line_end, resource_end)
        end = stripped_end(source, place, line_end)
        was_blank = False
        place = line_end + 1
    if kind:
        yield OutputBlock(start, end, line_end_of_first, kind)


def _roles_in_records(source: str) -> dict[int, LineRole]:
    """The roles of the lines of records of a few lines, parted by blank ones: several have a line of the same name,
    "Severity: high".
    """
    records: list[tuple[list[int], frozenset[str]]] = []  # the starts of the lines, and the names
    for paragraph in _paragraphs(source):
        lines = [searched(source[start : min(end, start + _SEARCHED_CHARACTERS)]) for start, end in paragraph]
        if len(lines) > 1 and all(_kind_of(line) == "line" for line in lines):
            names = frozenset(match[1] for line in lines[1:] if (match := _NAMED_VALUE.match(line)))
            records.append(([start for start, _ in paragraph], names))
    counts = Counter(name for _, names in records for name in names)
    roles: dict[int, LineRole] = {}
    for (first, *others), names in records:
        if any(counts[name] > 1 for name in names):
            roles |= {first: "begins", **dict.fromkeys(others, "goes on")}
    return roles


def _paragraphs(source: str) -> Iterator[list[Span]]:
    """Lines up to a blank one, or to a command, where there are few."""
    lines: list[Span] = []
    for start, end in [*line_spans(source, 0, len(source)), (len(source), len(source))]:
        text = searched(source[start : min(end, start + _SEARCHED_CHARACTERS)])
        if text and not PROMPT.match(text):
            lines.append(Span(start, end))
            continue
        if len(lines) <= _MAX_LINES_OF_RECORD:
            yield lines
        lines = []


def _goes_on(kind: str, line: str, line_kind: str, *, was_blank: bool) -> bool:
    """Whether a line goes on with a block of ``kind``."""
    if line_kind == "note":
        return kind == "diagnostic"
    if line_kind == "message":
        return kind == "message" and not was_blank
    if kind == "chain":
        return line.startswith("Traceback (")
    if kind == "panic" and was_blank:
        return line.startswith(("goroutine ", "[signal "))
    if line_kind == "exception" and kind in {"block", "failure", "panic"}:
        return not was_blank
    if line_kind != "line" or not kind:
        return False
    if kind == "exception":
        return not was_blank and _BELOW_EXCEPTION.match(line) is not None
    if kind == "diagnostic":
        return not was_blank and _BELOW_DIAGNOSTIC.match(line) is not None
    if kind in {"block", "failure", "panic"} and not was_blank:
        return _SUMMARY.match(line) is None
    return kind in {"line", "block"} and (line[:1].isspace() or _SOURCE_OF_FAILURE.match(line) is not None)


def _end_of_resource(source: str, place: int) -> int:
    """The end of the resource of a plan that begins with the line at ``place``; 0 where none does."""
    head = _RESOURCE.match(source, place) if source.startswith((" ", "#"), place) else None
    if head is None:
        return 0
    line_start = head.end() + 1
    for _ in range(_MAX_LINES_OF_RESOURCE):
        newline = source.find("\n", line_start)
        line_end = newline if newline >= 0 else len(source)
        if _END_OF_RESOURCE.match(source, line_start, line_end):
            return line_end
        line_start = line_end + 1
    return head.end()


def _kind_of(line: str) -> str:
    """The kind of a line; "" for one that says nothing: a blank one, dots, a mark alone."""
    if not line or _DOTS.match(line) or (line.startswith("npm ") and _BLANK_MESSAGE.match(line)):
        return ""
    return next((kind for kind, match in _MATCH_BY_KIND.items() if match(line)), "line")
