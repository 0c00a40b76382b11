"""The parts of a line of a PDF page: what a rule or a wide blank parts are the cells of a row, and not one text.

The extractor joins characters that stand a few widths apart, as the cells of narrow tables do. The blanks of a line of
prose are alike, however wide they are; one that is much wider than the others stands between cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from ragzip.files.pdf_lines import LABEL, MAX_LABEL_BLANK, Rule

__all__ = ["LinePart", "line_parts"]

_MIN_BLANK = 0.12  # of the size, between two words
_MIN_CELL_BLANK = 0.6  # of the size, between two cells
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
    places = [place for place, element in enumerate(elements) if _is_visible(element)]
    blanks = {later: elements[later].x0 - elements[earlier].x1 for earlier, later in pairwise(places)}
    narrow = [width for width in blanks.values() if _MIN_BLANK * size < width < _MIN_CELL_BLANK * size]
    usual_blank = median(narrow) if narrow else 0.0
    starts = [0]
    for earlier, later in pairwise(places):
        is_ruled = any(elements[earlier].x1 - 1 <= rule.place <= elements[later].x0 + 1 for rule in rules)
        is_wide = not is_fixed and blanks[later] > max(_MIN_CELL_BLANK * size, _MIN_TIMES_WIDER * usual_blank)
        if is_wide and not narrow:  # blanks that are all wide are those of prose where the file has signs for them
            is_wide = not any(hasattr(element, "x0") for element in elements[earlier + 1 : later])
        is_label = starts == [0] and bool(LABEL.fullmatch(_text(elements[:later])))
        if is_ruled or (is_wide and not (is_label and blanks[later] < MAX_LABEL_BLANK * size)):
            starts.append(later)
    for start, end in pairwise([*starts, len(elements)]):
        characters = [elements[place] for place in places if start <= place < end]
        inner_blanks = [width for place, width in blanks.items() if start < place < end]
        if characters:
            yield LinePart(characters, _text(elements[start:end]), max((*inner_blanks, 0.0)))


def _is_visible(element: Any) -> bool:
    return hasattr(element, "x0") and bool(element.get_text().strip())


def _text(elements: Sequence[Any]) -> str:
    return " ".join("".join(element.get_text() for element in elements).split())
