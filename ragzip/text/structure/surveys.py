"""The figures of a survey below the question that was asked: "7. How satisfied are you?" above "Very: 34 %"."""

from __future__ import annotations

from collections.abc import Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.splitters import SplitUnit
from ragzip.text.structure.needs.paragraphs import LIST_MARKER

__all__ = ["asks", "end_of_figures"]

_QUESTION = pattern_of(r"[?？؟][\"'”’»)\]*_]{0,4}$")
_CODE = pattern_of(r"//|/\*|[^\n]{0,200}[{};]$")
_SEARCHED_CHARACTERS = 6  # at the end of a question
_MIN_FIGURES = 2  # lines; one is a sentence's number
_MAX_FIGURES = 20
_MIN_SHARE = 0.6  # of the lines: "Base: all who replied" has none
_MAX_WORDS_OF_FIGURE = 12
_ASKING = frozenset(["question", "sentence", "item", "record"])
_LINES = frozenset(["record", "item"])


def asks(text: str) -> bool:
    """Whether a text ends in a question."""
    return _QUESTION.search(text[-_SEARCHED_CHARACTERS:]) is not None


def end_of_figures(text: str, parts: Sequence[SplitUnit], question: int) -> int:
    """The place after the lines with figures that stand right below a unit that asks something; that of the next unit
    where none do.
    """
    first = question + 1
    question_text = text[slice(*parts[question][:2])]
    if parts[question].kind not in _ASKING or not asks(question_text) or _CODE.match(question_text):
        return first
    end = first
    while end < len(parts) and _is_figure_line(text, parts, end, is_first=end == first):
        end += 1
    with_figures = sum(map(_has_figure, (text[slice(*part[:2])] for part in parts[first:end])))
    is_survey = with_figures >= max(_MIN_FIGURES, _MIN_SHARE * (end - first)) and end - first <= _MAX_FIGURES
    return end if is_survey else first


def _is_figure_line(text: str, parts: Sequence[SplitUnit], number: int, *, is_first: bool) -> bool:
    """Whether a unit is a short line or item that asks nothing, right below the one before it and of its kind."""
    part, part_before = parts[number], parts[number - 1]
    if part.kind not in _LINES or not (is_first or part.kind == part_before.kind):
        return False
    line = text[slice(*part[:2])]
    is_right_below = text.count("\n", part_before.end, part.start) <= 1 + is_first
    return is_right_below and len(line.split()) <= _MAX_WORDS_OF_FIGURE and not asks(line) and not _CODE.match(line)


def _has_figure(line: str) -> bool:
    marker = LIST_MARKER.match(line)
    return any(map(str.isdigit, line[marker.end() :] if marker else line))
