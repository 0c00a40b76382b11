"""Times and levels at the beginnings of log lines: the line layout of a log, and the level of a line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["LEVELS", "LEVEL_WORD", "Level", "LineLayout", "layouts_of", "level_of", "line_pattern", "message_start"]

Level = Literal["failure", "warning", "other"]

LEVELS = (
    "TRACE|DEBUG|INFO|NOTICE|WARNING|WARN|ERROR|ERR|SEVERE|CRITICAL|CRIT|ALERT|FATAL|EMERG|PANIC|"
    "Trace|Debug|Info|Notice|Warning|Warn|Error|Critical|Fatal|"
    "trace|debug|info|notice|warning|warn|error|critical|crit|alert|fatal|emerg"
)
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_DAYS = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
_FORMATS = {  # the times of log lines, those with more in them first
    "iso": r"\d{4}[-/.]\d\d[-/.]\d\d[T -]\d\d[:.]\d\d[:.]\d\d(?:[.,:]\d++)?(?: ?(?:Z|UTC)\b| ?[+-]\d\d:?\d\d\b)?",
    "compact": r"\d{8}[-T ]\d\d:?\d\d:?\d\d(?:[:.,]\d++)?Z?",
    "short": r"\d\d[-/.]\d\d(?:[-/.]\d{2,4})? \d\d:\d\d:\d\d(?:[.,]\d++)?",
    "access": rf"\d\d?[/ -](?:{_MONTHS})[/ -]\d{{4}}[: ]\d\d:\d\d:\d\d(?:\.\d++)?(?: [+-]\d{{4}})?",
    "syslog": rf"(?:(?:{_DAYS}),? )?(?:{_MONTHS}) {{1,2}}\d{{1,2}} \d\d:\d\d:\d\d(?:\.\d++)?(?: \d{{4}}\b)?",
    "digits": r"\d{6} \d{6}(?= \d+ [A-Z]+ )",
    "klog": r"[IWEFD]\d{4} \d\d:\d\d:\d\d\.\d++",
    "clock": rf"\d\d:\d\d(?::\d\d(?:[.,]\d++)?)?(?=\W++(?:{LEVELS})\b)",
    "elapsed": r"\d{1,4}:\d\d\.\d\d(?= [A-Z] )",
    "epoch": r"1\d{9}(?:\.\d++|\d{3})?(?!\S)",
    "uptime": r"(?<=\[) *\d++\.\d{6}(?=\])",
}
_SPARSE_FORMATS = frozenset(["epoch"])  # numbers that may be something else: all lines must have them
_ANY_TIME = pattern_of("|".join(f"(?P<{name}>(?<![\\w.]){pattern})" for name, pattern in _FORMATS.items()))
_LEVEL_FIRST = pattern_of(rf"[ ]?\[?(?:{LEVELS})\]?[:|\] ]")
LEVEL_WORD = pattern_of(rf"\b(?:{LEVELS})\b")
_LEVEL_MEMBER = pattern_of(r"\b(?:level|lvl|severity|levelname)\"?[:=] ?\"?([A-Za-z]{1,10})\b")
_LEVEL_LETTER = pattern_of(r":(?<=\d\d:\d\d:)\d\d\.\d{3,6}(?: {1,6}\d{1,7}){0,2} ([VDIWEF])[ /]")  # of Android
_KLOG_LETTER = pattern_of(r"([IWEFD])\d{4} \d\d:")
_HTTP_STATUS = pattern_of(r"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) [^\"]{1,500}\" ([1-5])\d\d\b")
_HEAD_WORD = pattern_of(r"[^\s\[\](){}<>:,;|!*\"']+")
_LEVELS_OF_NAMES: Mapping[Level, str] = {
    "failure": "error err severe crit critical alert fatal emerg panic e f 5",
    "warning": "warn warning w 4",
}
_KNOWN_LEVELS = frozenset(LEVELS.split("|"))
_LEVEL_BY_NAME = {name: level for level, names in _LEVELS_OF_NAMES.items() for name in names.split()}
_MAX_LEVEL_PLACE = 120  # characters of a line in which its level stands
_MAX_WORDS_BEFORE = 5  # level, host, process … before the time
_MAX_SEARCHED = 120  # characters of a line in which its time begins
_MIN_LINES = 3
_MIN_LINES_OF_LEVELS = 5
_MIN_SHARE = 0.6
_MIN_SHARE_AMONG_LINES = 0.35  # where the rest is lines of output
_MIN_SENTENCE = 100  # characters of a line that ends as a sentence does
_MIN_SHARE_OF_SPARSE = 0.95
_MIN_SHARE_OF_LAYOUT = 0.05
_MAX_LAYOUTS = 5


class LineLayout(NamedTuple):
    """The position of the time in a line: the number of words before it, and its format ("level": no time, but a level
    first).
    """

    words_before: int
    time_format: str

    @property
    def pattern(self) -> str:
        """The beginning of a line, as a regular expression whose one group is the time."""
        if self.time_format == "level":
            return rf"[ ]?()\[?(?:{LEVELS})\]?[:|\] ]"
        words = rf"(?:[^\s]++[ \t]++){{{self.words_before}}}" if self.words_before else ""
        return rf"[ ]?{words}[^\s\d]{{0,16}}?({_FORMATS[self.time_format]})"


def layouts_of(lines: Sequence[str]) -> list[LineLayout]:
    """The layouts of most of ``lines`` (of a log, without continuations), the commonest first; none where they are no
    log lines.
    """
    if len(lines) < _MIN_LINES:
        return []
    counts = Counter(layout for line in lines if (layout := _layout_of(line)))
    layouts = [
        layout for layout, count in counts.most_common(_MAX_LAYOUTS) if count >= _MIN_SHARE_OF_LAYOUT * len(lines)
    ]
    count = sum(counts[layout] for layout in layouts)
    if count < (_MIN_SHARE if _has_sentences(lines) else _MIN_SHARE_AMONG_LINES) * len(lines):
        return []
    if all(layout.time_format in _SPARSE_FORMATS for layout in layouts) and count < _MIN_SHARE_OF_SPARSE * len(lines):
        return []
    if all(layout.time_format == "level" for layout in layouts) and len(lines) < _MIN_LINES_OF_LEVELS:
        return []
    return layouts


def level_of(line: str) -> Level | None:
    """The level of a log line, or of another record with a level; None without one."""
    name = _level_name(line)
    return None if name is None else _LEVEL_BY_NAME.get(name.casefold(), "other")


def message_start(line: str) -> int:
    """The start of the message of a line, after the time at its beginning; 0 without a time."""
    time = _ANY_TIME.search(line, 0, _MAX_SEARCHED)
    if time is None or line[: time.start()].strip(" [("):
        return 0
    return len(line) - len(line[time.end() :].lstrip(" \t])"))


def _level_name(line: str) -> str | None:
    """The name of a level in ``line``, its letter, or the first digit of an HTTP status."""
    if "lev" in line or "lvl" in line or "sever" in line:
        member = _LEVEL_MEMBER.search(line)
        if member is not None:
            return member[1]
    head = line[:_MAX_LEVEL_PLACE]
    match = _KLOG_LETTER.match(head) or _LEVEL_LETTER.search(head)
    if match is None:
        words: list[str] = _HEAD_WORD.findall(head)
        if not _KNOWN_LEVELS.isdisjoint(words):
            return next(word for word in words if word in _KNOWN_LEVELS)
        match = _HTTP_STATUS.search(line) if '" ' in line else None
    return None if match is None else match[1]


def _has_sentences(lines: Sequence[str]) -> bool:
    """Whether more than a few of ``lines`` are sentences or paragraphs."""
    sentences = sum(
        len(line) >= _MIN_SENTENCE and line.rstrip()[-1:] in ".!?" and _layout_of(line) is None for line in lines
    )
    return sentences > 0.1 * len(lines)


def line_pattern(layouts: Sequence[LineLayout]) -> re.Pattern[str]:
    """Lines of these layouts; the one group that takes part is the time."""
    alternatives = "|".join(layout.pattern for layout in layouts)
    return re.compile(f"^(?:{alternatives})", re.MULTILINE)


def _layout_of(line: str) -> LineLayout | None:
    time = _ANY_TIME.search(line, 0, _MAX_SEARCHED)
    if time is None or time.lastgroup is None:
        return LineLayout(0, "level") if _LEVEL_FIRST.match(line) else None
    words_before = len(line[: time.start() + 1].split()) - 1
    if words_before > _MAX_WORDS_BEFORE or not _reads_like_a_header(line, time.start()):
        return None
    return LineLayout(words_before, time.lastgroup)


def _reads_like_a_header(line: str, time_start: int) -> bool:
    """Whether the text before the time is no sentence: it has no more than two small words."""
    words_before = line[:time_start].split()
    return sum(word.isalpha() and word.islower() for word in words_before) <= 2 or LEVEL_WORD.search(line) is not None
