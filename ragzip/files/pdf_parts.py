"""The parts of a line of a PDF page: what a rule or a wide blank parts are the cells of a row, and not one text.

The extractor joins characters that stand a few widths apart, as the cells of narrow tables do. The blanks of a line of
prose are alike, however wide they are; one that is much wider than the others stands between cells.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from ragzip.files.pdf_lines import LABEL, MAX_LABEL_BLANK, Rule

__all__ = ["LinePart", "line_parts"]

_MIN_BLANK = 0.12  # of the size, between two words
_MIN_CELL_BLANK = 0.6  # of the size, between two cells
_RULE_TOLERANCE = 1.0  # points by which a character may reach over a rule
_MIN_TIMES_WIDER = 2.2  # than the other blanks of the line


@dataclass(frozen=True)
class LinePart:
    """Characters of a line one after the other, with the text they are, and the widest blank between their words."""

    characters: Sequence[Any]
    text: str
    blank: float


def line_parts(elements: Sequence[Any], size: float, rules: Sequence[Rule], is_fixed: bool) -> Iterator[LinePart]:
    """The parts of a line. ``elements`` are its characters and the blanks that the extractor adds, ``size`` is that of
    its characters, ``rules`` are those that run down through it; ``is_fixed``: as in code, whose blanks part nothing.
    """
    places = [place for place, element in enumerate(elements) if _is_character(element) and element.get_text().strip()]
    blanks = [elements[later].x0 - elements[earlier].x1 for earlier, later in pairwise(places)]
    narrow = [blank for blank in blanks if _MIN_BLANK * size < blank < _MIN_CELL_BLANK * size]
    min_blank = max(_MIN_CELL_BLANK * size, _MIN_TIMES_WIDER * median(narrow or [0.0]))
    rule_places = sorted(rule.place for rule in rules)
    starts = [0]
    for number, blank in enumerate(blanks, 1):
        earlier, later = places[number - 1], places[number]
        # blanks that are all wide are those of prose where the file has signs for them
        is_cell = blank > min_blank and (bool(narrow) or not any(map(_is_character, elements[earlier + 1 : later])))
        if is_cell and len(starts) == 1 and blank < MAX_LABEL_BLANK * size:
            is_cell = not LABEL.fullmatch(_text(elements[:later]))
        rule_number = bisect_left(rule_places, elements[earlier].x1 - _RULE_TOLERANCE)
        is_ruled = rule_number < len(rules) and rule_places[rule_number] < elements[later].x0 + _RULE_TOLERANCE
        is_ruled = is_ruled and blank > _MIN_BLANK * size  # no rule parts a word
        if is_ruled or (is_cell and not is_fixed):
            starts.append(number)
    for start, end in pairwise([*starts, len(places)] if places else []):
        last = places[end] if end < len(places) else len(elements)
        text = _text(elements[places[start] : last])
        yield LinePart([elements[place] for place in places[start:end]], text, max((0.0, *blanks[start : end - 1])))


def _is_character(element: Any) -> bool:
    return hasattr(element, "x0")


def _text(elements: Sequence[Any]) -> str:
    return " ".join("".join(element.get_text() for element in elements).split())
