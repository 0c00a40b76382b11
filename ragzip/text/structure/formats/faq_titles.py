"""Titles between the pairs of an FAQ, "Delivery" over "How long does it take?", which belong to no answer above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ragzip.text.spans import Span
from ragzip.text.splitters.headings.plain import is_worded_as_title
from ragzip.text.splitters.prose.breaks import STOP_AT_END

__all__ = ["QUESTION_MARKS", "FaqLine", "end_before_title", "is_below_title", "stands_right_above"]

QUESTION_MARKS = "?？؟"


class FaqLine(NamedTuple):
    """A line with text, with the line above it that has nothing but its number.

    ``is_apart``: it follows a blank line, or begins the text.
    """

    start: int
    end: int
    is_apart: bool
    text_start: int

    @property
    def text_span(self) -> Span:
        """The line without its number."""
        return Span(self.text_start, self.end)


def end_before_title(source: str, lines: Sequence[FaqLine], first: int, end: int) -> int:
    """The number of the line after an answer that begins at ``first``, before the title over the next question, which
    is at ``end``; or, of the last answer, before the title of the text below, where text above the questions has one,
    or some of them.
    """
    if end < len(lines):
        return end - 1 if end - 1 > first and _is_title(source, lines, end - 1) else end
    question = first - 1
    if not any(_is_title(source, lines, number) and _is_over_text(source, lines, number) for number in range(question)):
        return end
    return next((number for number in range(first + 1, end - 1) if _is_title(source, lines, number)), end)


def is_below_title(source: str, lines: Sequence[FaqLine], number: int) -> bool:
    """Whether a line stands right below a title."""
    return number > 0 and not lines[number].is_apart and _is_title(source, lines, number - 1)


def stands_right_above(source: str, title: Span, end_before: int, start_below: int) -> bool:
    """Whether a title, after a blank line below other text, has other text on the next line."""
    is_apart = end_before <= 0 or source.count("\n", end_before, title.start) > 1
    is_above = source.count("\n", title.end, start_below) == 1
    return is_apart and is_above and is_worded_as_title(source[slice(*title)], alone=True)


def _is_title(source: str, lines: Sequence[FaqLine], number: int) -> bool:
    """Whether a line stands apart from the end of the text above it, with the wording of a title."""
    line = lines[number]
    if not line.is_apart or (number and not STOP_AT_END.search(source, lines[number - 1].start, lines[number - 1].end)):
        return False
    return is_worded_as_title(source[line.text_start : line.end], alone=True)


def _is_over_text(source: str, lines: Sequence[FaqLine], number: int) -> bool:
    """Whether a title stands over a part of the text, and not over all: the first one may have a question below it."""
    return number > 0 or source[lines[1].end - 1] not in QUESTION_MARKS
