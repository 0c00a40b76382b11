"""Evidence of the lines of a paragraph: for hard-wrapped prose, and for records, each a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.splitters.prose.breaks import STOP_AT_END, dangles, is_broken, lacks_small_words
from ragzip.text.words import is_unspaced

__all__ = [
    "FIGURE_AT_END",
    "INNER_STOP",
    "MAX_WIDTH_CHARACTERS",
    "NARROW_WIDTH_CHARACTERS",
    "PAUSE_AT_END",
    "RECORD",
    "LineEvidence",
    "evidence_of",
    "is_fresh",
    "wrap_width",
    "would_fit",
]

MAX_WIDTH_CHARACTERS = 160  # longer lines are paragraphs
NARROW_WIDTH_CHARACTERS = 56
RECORD = pattern_of(
    r"""[ \t]{0,8}(?:
        [\[(]?\d{4}[-/.]\d\d[-/.]\d\d | [\[(]?\d{1,2}:\d\d | [A-Z][a-z]{2}\ [\ \d]\d\ \d\d: | \d{1,3}(?:\.\d{1,3}){3}\b
      | [-dlbcps][-rwxsStT]{9}\b | total\ \d | \[(?!\d{1,3}\]\s[a-z])[^\]\n]{1,60}\]
      | File\ ".{1,200}",\ line | at\ [\w.$<>]{1,200}\( | Traceback\ | \w{0,60}(?:Error|Exception|Warning):
      | \S{1,80}\ \d{4}-\d\d-\d\d[\ T]\d | [^\n]{0,80}\b(?:INFO|WARN|WARNING|ERROR|DEBUG|FATAL|TRACE)\b
      | [$%#>]\ \S | </?\w | [A-Z]{4,7}\s{1,3}\S
      | [^\W\d][^\s:=]{0,40}(?:\ [^\s:=]{1,40}){0,2}\ {0,3}(?:=|:(?=\s|$)|\t)
    ) | [^\t\n]{0,400}\t | [^\n]{0,400}\S[ ]{3,40}\S | [^\n]{0,400}[{};]$ | [^|\n]{1,400}\|""",
    re.VERBOSE,
)
FIGURE_AT_END = pattern_of(r"\d(?:[\d.,/:-]{0,20}[\d-])?\)?\s?(?:[€$£%]|EUR|USD|GBP|[KMGT]i?B|kg|g|ml|l|h|min)?$")
PAUSE_AT_END = pattern_of(r"[,;:，、；：—–]['\"”“’»«)\]]{0,3}$")
INNER_STOP = pattern_of(
    r"[a-zà-öø-ÿά-ώа-я\u0590-\u06ff\u0900-\u0dff\uac00-\ud7af0-9)\]\"”»][.!?…][\"”’»)\]]{0,3}\s+[\"“‘«(¿¡]?[^\W\d_a-zà-öø-ÿа-я]|[。！？।؟۔](?=\S|\s\S)"
)


class LineEvidence(NamedTuple):
    """Evidence for prose and for records: shares (0 to 1) of the lines or of the line breaks of a paragraph."""

    flows: float  # the next line begins with a small letter, and this one has no stop at its end
    dangles: float  # this line ends with a function word, or inside a word, a number or brackets
    inner_stops: float  # a sentence ends and another begins inside the line
    full: float  # the first word of the next line would not have fitted
    ended: float  # this line ends with a stop, or (half as much) with a comma or a colon
    all_fresh: float  # 1 where (nearly) every line begins with a capital letter, a digit or a sign
    no_small_words: float  # 1 where hardly a word is a function word
    narrow: float  # 1 where most lines end early and the longest is short
    records: float  # the line looks like a record: a time, a key, columns, a figure at its end

    @property
    def score(self) -> float:
        """The weighted sum of the evidence: above 0 for prose."""
        return (
            1.5 * self.flows
            + 2.0 * self.dangles
            + 1.5 * self.inner_stops
            + 2.0 * self.full
            - 1.0
            - 1.0 * self.ended
            - 1.5 * self.all_fresh
            - 1.0 * self.no_small_words
            - 1.0 * self.narrow
            - 2.5 * self.records
        )


def evidence_of(contents: Sequence[str]) -> LineEvidence:
    """The evidence of the lines of a paragraph: two or more, without white space at their ends."""
    width = wrap_width(contents)
    neighbours = list(pairwise(contents))
    break_count = len(neighbours)
    lines_before = [(before, is_broken(before, after)) for before, after in neighbours]
    fresh_share = sum(is_fresh(after) for _, after in neighbours) / break_count
    full_share = sum(not would_fit(before, after, width) for before, after in neighbours) / break_count
    return LineEvidence(
        flows=sum(after[:1].islower() and not STOP_AT_END.search(before) for before, after in neighbours) / break_count,
        dangles=sum(is_cut or dangles(line) for line, is_cut in lines_before) / break_count,
        inner_stops=min(1.0, 2 * sum(bool(INNER_STOP.search(line)) for line in contents) / len(contents)),
        full=full_share if width <= MAX_WIDTH_CHARACTERS else 0.0,
        ended=sum(0.0 if is_cut else _end_weight(line) for line, is_cut in lines_before) / break_count,
        all_fresh=float(fresh_share >= 0.9),
        no_small_words=float(lacks_small_words(contents)),
        narrow=float(full_share <= 0.4 and width <= NARROW_WIDTH_CHARACTERS),
        records=sum(bool(RECORD.match(line) or FIGURE_AT_END.search(line)) for line in contents) / len(contents),
    )


def _end_weight(line: str) -> float:
    return 1.0 if STOP_AT_END.search(line) else 0.5 if PAUSE_AT_END.search(line) else 0.0


def wrap_width(contents: Sequence[str]) -> int:
    """The width in characters that lines were wrapped at; one in eight of many lines may be longer."""
    line_widths = sorted(len(content) for content in contents)
    return line_widths[-1 - len(line_widths) // 8] if len(line_widths) >= 5 else line_widths[-1]


def would_fit(before: str, after: str, width: int) -> bool:
    """Whether the next word, the first of ``after``, would have fitted into a line that ends with ``before``."""
    next_word = after.split(None, 1)[0] if after else ""
    if next_word and is_unspaced(next_word[0]):
        return len(before) + 2 < width
    return len(before) + 1 + len(next_word) < width - 1


def is_fresh(content: str) -> bool:
    """Whether a line begins as a sentence may: with a capital letter, a number or a sign."""
    first_character = content[:1]
    return not (first_character.islower() or (first_character.isalpha() and not first_character.isupper()))
