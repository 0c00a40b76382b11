"""Times and levels at the beginnings of log lines: which layout of line a log has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["LEVELS", "LineLayout", "layouts_of", "line_pattern"]

LEVELS = (
    r"TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|ERR|SEVERE|CRIT(?:ICAL)?|ALERT|FATAL|EMERG|PANIC|"
    r"Trace|Debug|Info|Notice|Warn(?:ing)?|Error|Critical|Fatal|"
    r"trace|debug|info|notice|warn(?:ing)?|error|crit(?:ical)?|alert|fatal|emerg"
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
    "clock": rf"\d\d:\d\d:\d\d(?:[.,]\d++)?(?=\W++(?:{LEVELS})\b)",
    "elapsed": r"\d{1,4}:\d\d\.\d\d(?= [A-Z] )",
    "epoch": r"1\d{9}(?:\.\d++|\d{3})?(?!\S)",
    "uptime": r"(?<=\[) *\d++\.\d{6}(?=\])",
}
_SPARSE_FORMATS = frozenset(["epoch"])  # numbers that may be something else: all lines must have them
_ANY_TIME = re.compile("|".join(f"(?P<{name}>(?<![\\w.]){pattern})" for name, pattern in _FORMATS.items()))
_LEVEL_FIRST = re.compile(rf"[ ]?\[?(?:{LEVELS})\]?[:|\] ]")
_LEVEL_WORD = re.compile(rf"\b(?:{LEVELS})\b")
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
    """Where the time stands in a line: behind how many words, in which format ("level": no time, but a level first)."""

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
    """Whether what stands before the time is no sentence: it has no more than two small words."""
    words_before = line[:time_start].split()
    return sum(word.isalpha() and word.islower() for word in words_before) <= 2 or _LEVEL_WORD.search(line) is not None
