"""The figures of a survey below the question that was asked: "7. How satisfied are you?" above "Very: 34 %"; or below
the numbered statement that was rated, further in: "Q3. The tools are good." above "agree 61 %   disagree 17 %".
"""

from __future__ import annotations

from collections.abc import Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.references.ends import ends_in_question
from ragzip.text.spans import Span, column_of
from ragzip.text.splitters import SplitUnit
from ragzip.text.structure.base import Relation
from ragzip.text.structure.formats.table.word_columns import PIECE
from ragzip.text.structure.needs.paragraphs import LIST_MARKER

__all__ = ["end_of_figures", "figure_readings", "relate_figures"]

_CODE = pattern_of(r"//|/\*|[^\n]{0,200}[{};]$")
_STATEMENT = pattern_of(r"(?:Q(?:uestion)?[ ]?)?\d{1,3}[.):]\s+\S")
_NAMED_FIGURE = pattern_of(r"([^\W\d_][^\d:]{0,38}[^\W\d_]):? ?(\d[\d.,]{0,12}(?: ?%)?)$")
_MIN_FIGURES = 2  # on lines of their own, or parted by gaps; one is a sentence's number
_MAX_FIGURES = 20
_MIN_SHARE = 0.6  # of the lines: "Base: all who replied" has none
_MAX_WORDS_OF_FIGURE = 12
_ASKING = frozenset(["question", "sentence", "item", "record"])
_LINES = frozenset(["record", "item"])


def end_of_figures(text: str, parts: Sequence[SplitUnit], question: int) -> int:
    """The place after the lines with figures that stand right below a unit that asks something, or further in below a
    numbered statement; that of the next unit where none do.
    """
    first = question + 1
    question_text = parts[question].text_in(text)
    if parts[question].kind not in _ASKING or first == len(parts) or _CODE.match(question_text):
        return first
    is_further_in = column_of(text, parts[first].start) > column_of(text, parts[question].start)
    is_rated = _STATEMENT.match(question_text) and is_further_in
    if not ends_in_question(question_text) and not is_rated:
        return first
    end = first
    while end < len(parts) and _is_figure_line(text, parts, end, is_first=end == first):
        end += 1
    counts = [_figure_count(part.text_in(text)) for part in parts[first:end]]
    with_figures = sum(map(bool, counts))
    is_survey = sum(counts) >= _MIN_FIGURES and _MIN_SHARE * len(counts) <= with_figures <= len(counts) <= _MAX_FIGURES
    return end if is_survey else first


def relate_figures(parts: Sequence[SplitUnit], unit_relations: list[Relation], question: int, end: int) -> int:
    """Put the figures of a survey under their question; the place after them, ``end``."""
    below = Span(parts[question + 1].start, parts[end - 1].end)
    unit_relations[question] = unit_relations[question]._replace(section=below)
    for number in range(question + 1, end):
        unit_relations[number] = unit_relations[number]._replace(needs=(question,), head=question, heading=question)
    return end


def figure_readings(text: str, parts: Sequence[SplitUnit], unit_relations: Sequence[Relation]) -> dict[int, str]:
    """The texts that models read in place of lines with several figures under a question, by place: "agree: 61 %,
    neutral: 22 %".
    """
    readings: dict[int, str] = {}
    for number, relation in enumerate(unit_relations):
        if relation.head is None or parts[number].kind not in _LINES:
            continue
        line = parts[number].text_in(text)
        figures = [_NAMED_FIGURE.match(piece[0]) for piece in PIECE.finditer(line)]
        if len(figures) >= _MIN_FIGURES and all(figures):
            readings[number] = ", ".join(f"{figure[1]}: {figure[2]}" for figure in figures if figure is not None)
    return readings


def _is_figure_line(text: str, parts: Sequence[SplitUnit], number: int, *, is_first: bool) -> bool:
    """Whether a unit is a short line or item that asks nothing, right below the one before it and of its kind."""
    part, part_before = parts[number], parts[number - 1]
    if part.kind not in _LINES or not (is_first or part.kind == part_before.kind):
        return False
    line = part.text_in(text)
    is_right_below = text.count("\n", part_before.end, part.start) <= 1 + is_first
    return (
        is_right_below
        and len(line.split()) <= _MAX_WORDS_OF_FIGURE
        and not ends_in_question(line)
        and not _CODE.match(line)
    )


def _figure_count(line: str) -> int:
    """The figures of a line, of those that no gap parts one."""
    marker = LIST_MARKER.match(line)
    return sum(any(map(str.isdigit, piece[0])) for piece in PIECE.finditer(line, marker.end() if marker else 0))
