"""The reader of terminal output."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from ragzip.text.forms import PlainForm
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.base import Relation, Structure, StructuredUnit
from ragzip.text.structure.formats import log, table
from ragzip.text.structure.formats.prose.reader import read_prose
from ragzip.text.structure.formats.terminal.blocks import VERTICAL_ROW
from ragzip.text.structure.formats.terminal.output import read_output
from ragzip.text.structure.formats.terminal.printed import DATABASE_PROMPT, PROMPT, searched
from ragzip.text.structure.readers import read_by_content
from ragzip.text.structure.visible import has_terminal_noise, read_visible

__all__ = ["read", "recognises"]

_SAMPLED_CHARACTERS = 100_000
_MARKS_OF_RUNNERS = pattern_of(
    r"^(?:=+ (?:test session starts|FAILURES|ERRORS|short test summary info) =+|"
    r"=+ .{0,60}\d+ (?:passed|failed).{0,60} =+|_{3,} \S.{0,100} _{3,}|"
    r"test result: (?:ok|FAILED)\.|running \d+ tests?|Tests: {1,7}\d+ (?:passed|failed)|Test Suites: |--- FAIL: |"
    r"Ran \d+ tests? in |npm ERR! |FAIL\t|"
    r" {0,4}(?:FAIL|PASS) {1,3}[\w./@-]{1,200}\.\w{1,5}(?: \(\d[\d.]{0,8} ?m?s\))?$|"
    r" {2,12}Expected\b[^\n:]{0,40}: [^\n]{1,400}\n {2,12}(?:Received|Actual)\b[^\n:]{0,40}: |"
    r"---- \S{1,200} stdout ----$|thread '[^'\n]{1,80}' panicked at \S|"
    r"(?:PLAY|TASK|RUNNING HANDLER) \[.{0,200}\] \*{3,}|PLAY RECAP \*{3,}|"
    r"[ ]{1,8}--> [^\s:]{1,200}:\d+:\d+$|(?:error|warning)\[\w{1,20}\]: \S|"
    r"[\w./+@-]{1,200}\.\w{1,5}(?::\d+(?::\d+)?(?::| -)|\(\d+(?:,\d+)?\):) (?:fatal )?(?:error|warning)"
    r"(?: [A-Z]{1,6}\d{2,6})?: |make(?:\[\d+\])?: \*\*\* |Found \d+ errors? in |"
    r"[ ]{0,4}# [^\s]{1,200} (?:will|must) be (?:created|destroyed|replaced|updated|read)|"
    r"Plan: \d+ to (?:add|import), |# npm audit report$|\d+ (?:\w+ severity )?vulnerabilit(?:y|ies)\b)",
    re.MULTILINE,
)
_RUNNER = pattern_of(
    r"test \S+ \.\.\. (?:ok|FAILED|ignored)|--- (?:FAIL|PASS): \S+ \(|(?:ok|FAIL) {0,4}\t\S+\t|Tests: {1,7}\d+ |"
    r"Test Suites: |Ran \d+ tests? in |running \d+ tests?$|test result: (?:ok|FAILED)|npm (?:ERR!|WARN|warn|error) |"
    r"#\d+ (?:\[|DONE|CACHED|\d+\.\d)|> Task :\w|\s*+(?:Compiling|Downloaded|Downloading|Checking|Finished|Collecting|"
    r"Requirement already satisfied:|Using cached|Get:\d+|Unpacking|Setting up|Preparing to unpack|"
    r"Selecting previously unselected package) \S|\[ *\d+%\] (?:Building|Linking|Built) |\[\d+/\d+\] \S|"
    r"make(?:\[\d+\])?: |(?:gcc|g\+\+|clang|cc) -|error(?:\[E\d+\])?: \S|"
    r"\S+\.\w{1,5}:\d+:\d+: (?:error|warning|note): "
)
_FRAME = pattern_of(  # of a stack trace
    r"\s+File \"[^\"]+\", line \d+|\s+at (?:async )?[\w.$<>/]+ ?\(|\t\S+\.go:\d+|Traceback \(most recent"
)
_GREP = pattern_of(r"(?=[\w./@+~-]*[A-Za-z])[\w./@+~-]{2,200}?(?::\d{1,7}:|-\d{1,7}-(?!\d))(?!\d\d\b)|--$")
_NUMBERED = pattern_of(r" {0,8}(\d{1,7})(?:\t|→|: |\| )")
_MIN_SHARE = 0.35  # of lines of a runner or a build
_MIN_SHARE_OF_FRAMES = 0.2  # lines of a stack trace that name a function; the others are code
_MIN_SHARE_OF_GREP = 0.9
_MIN_LINES = 3
_MAX_BLOCK_CHARACTERS = 1200
_MAX_VIEWED_LINES = 12
_MAX_LINES_OF_GREETING = 3


def recognises(source: str) -> bool:
    """Whether a text of an unknown type is terminal output: it has escapes, overwritten lines or prompts, or is output
    of test runners, builds, searches or numbered views.
    """
    sample = source[:_SAMPLED_CHARACTERS]
    if has_terminal_noise(sample) or _is_test_run(sample):
        return True
    lines = [line for line in sample.split("\n")[:400] if line.strip()]
    if len(lines) < _MIN_LINES:
        return False
    return _is_numbered(lines) or _share(_GREP.match, lines) >= _MIN_SHARE_OF_GREP or _is_output(sample, lines)


def read(source: str) -> Structure | None:
    """The structure of what a terminal shows."""
    return read_visible(source, _read)


def _read(source: str) -> Structure | None:
    lines = [line for line in source[:_SAMPLED_CHARACTERS].split("\n")[:400] if line.strip()]
    if lines and _is_numbered(lines):
        return _numbered(source)
    if _share(_GREP.match, lines) < _MIN_SHARE_OF_GREP and not (_is_test_run(source) or _is_output(source, lines)):
        structure = _of_other_kind(source)
        if structure is not None:
            return structure
        if len(lines) < _MIN_LINES:
            return read_prose(source, longest_block=_MAX_BLOCK_CHARACTERS)
    return read_output(source)


def _is_test_run(source: str) -> bool:
    """Whether a test runner printed all of it."""
    marks = sum(1 for _, _ in zip(_MARKS_OF_RUNNERS.finditer(source[:_SAMPLED_CHARACTERS]), range(2), strict=False))
    return marks > 1 and "```" not in source


def _is_output(source: str, lines: Sequence[str]) -> bool:
    """Whether the lines are output of a test runner, a build or an interpreter, or of commands at prompts; a log
    with stack traces is none: its reader keeps a trace with its record.
    """
    if _share(_RUNNER.match, lines) >= _MIN_SHARE or _is_session(lines):
        return True
    return _share(_FRAME.match, lines) >= _MIN_SHARE_OF_FRAMES and not log.recognises(source)


def _share(match: Callable[[str], object], lines: Sequence[str]) -> float:
    matching = sum(match(searched(line)) is not None for line in lines)
    return matching / len(lines) if lines else 0.0


def _is_session(lines: Sequence[str]) -> bool:
    """Whether the first line is a command at a prompt, and there are others or its output, or below a greeting
    stand statements to a database; one alone is read as its answer is: a table of several columns, rows of lines.
    """
    statements = [number for number, line in enumerate(lines) if DATABASE_PROMPT.match(line)]
    if not statements or statements[0] > _MAX_LINES_OF_GREETING:
        return len(lines) > 1 and PROMPT.match(lines[0]) is not None
    answer = lines[statements[0] + 1 :]
    is_of_other_kind = any(map(VERTICAL_ROW.match, answer)) or table.recognises("\n".join(answer))
    return bool(answer) and (len(statements) > 1 or not is_of_other_kind)


def _is_numbered(lines: Sequence[str]) -> bool:
    """Whether the lines are numbered one after the other."""
    numbers = [int(match.group(1)) if (match := _NUMBERED.match(line)) else None for line in lines]
    following = sum(
        number is not None and before is not None and number == before + 1 for before, number in pairwise(numbers)
    )
    is_view = len(lines) >= _MIN_LINES and following >= 0.8 * (len(lines) - 1)
    return is_view and not table.recognises("\n".join(lines))  # whose first column is a rank


def _of_other_kind(source: str) -> Structure | None:
    """The structure that another reader finds in it, or the one of prose; None where it has many lines that are no
    prose.
    """
    structure = read_by_content(source, besides={"terminal"})
    if structure is not None:
        return structure
    lines = [line for line in source.split("\n")[:400] if line.strip()]
    long_lines = sum(len(line) > 120 and line.rstrip()[-1:] in ".!?" for line in lines)
    return read_prose(source) if long_lines > len(lines) / 2 else None


def _numbered(source: str) -> Structure:
    """A view of a file with numbers before its lines: runs of lines, cut at blank ones and where a block ends."""
    units: list[StructuredUnit] = []
    start = end = count = 0
    readings: list[str] = []
    indent = 0
    for match in re.finditer(r"[^\n]+", source):
        line = match.group().rstrip()
        number = _NUMBERED.match(match.group())
        text = line[number.end() :] if number else line
        line_indent = len(text) - len(text.lstrip())
        is_new = not text.strip() or count >= _MAX_VIEWED_LINES or number is None or (count and line_indent < indent)
        if is_new and count:
            units.append(_viewed(start, end, readings))
            count, readings = 0, []
        if not text.strip():
            continue
        if not count:
            start, indent = match.start() + len(line) - len(line.lstrip()), line_indent
        end = match.start() + len(line)
        readings.append(text)
        count += 1
    if count:
        units.append(_viewed(start, end, readings))
    return Structure("terminal", tuple(units), PlainForm(source))


def _viewed(start: int, end: int, readings: Sequence[str]) -> StructuredUnit:
    return StructuredUnit(start, end, Relation(), "\n".join(readings))
