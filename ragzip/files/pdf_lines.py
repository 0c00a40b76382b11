"""The lines of the pages of a PDF file, without what is no text of them: page numbers, running heads and feet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of

__all__ = [
    "HEADING_SIZE",
    "MAX_HEADING_WORDS",
    "SAME_SIZE",
    "PageLines",
    "TextLine",
    "body_lines",
    "body_size",
    "title_of",
]

HEADING_SIZE = 1.08  # of the size of the body
MAX_HEADING_WORDS = 20
SAME_SIZE = 0.6  # points by which sizes of one text differ

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_LIGATURE = pattern_of("[ﬀ-ﬆ]")
_UNMAPPED = pattern_of(r"\(cid:\d{1,7}\)")
_PAGE_NUMBER = pattern_of(
    r"(?:page|seite|p\.)? ?[-–—]? ?(?:\d{1,4}|[ivxlc]{1,7}) ?[-–—]?(?: ?(?:of|/|von) ?\d{1,4})?", re.IGNORECASE
)
_DIGITS = pattern_of(r"\d+")
_EDGE = 0.12  # of the height of a page, in which heads and feet stand
_REPEATED = 0.4  # of the pages (odd or even ones) on which a line stands that is no text of its own
_MIN_PAGES_OF_REPEATED = 3


class TextLine(NamedTuple):
    """A line of text, or a cell of a table. Distances in points, from the left and the top of the page."""

    left: float
    top: float
    right: float
    bottom: float
    text: str
    size: float
    bold: bool

    @property
    def height(self) -> float:
        return max(1.0, self.bottom - self.top)

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return (self.top + self.bottom) / 2


class PageLines(NamedTuple):
    """A page: its size in points, and its lines in any order."""

    width: float
    height: float
    lines: tuple[TextLine, ...]


def body_lines(pages: Sequence[PageLines]) -> list[PageLines]:
    """``pages`` without page numbers and what stands at the edge of many of them, ligatures as letters."""
    return _without_edges([_cleaned(page) for page in pages])


def _cleaned(page: PageLines) -> PageLines:
    """``page`` with ligatures as letters, without glyphs whose characters are unknown, and without empty lines."""
    lines = []
    for line in page.lines:
        clean_text = _LIGATURE.sub(lambda ligature: _LIGATURES.get(ligature.group(), ligature.group()), line.text)
        clean_text = " ".join(_UNMAPPED.sub("", clean_text).split())
        if clean_text:
            lines.append(line._replace(text=clean_text))
    return page._replace(lines=tuple(lines))


def _without_edges(pages: Sequence[PageLines]) -> list[PageLines]:
    """``pages`` without page numbers, and without the lines at their edges that many pages have."""
    edge_counts: Counter[tuple[str, int, int]] = Counter()
    for page_number, page in enumerate(pages):
        edge_counts.update({(*_edge_key(line, page), page_number % 2) for line in page.lines if _at_edge(line, page)})
    pages_by_side = Counter(page_number % 2 for page_number in range(len(pages)))
    kept_pages = []
    for page in pages:
        kept_lines = []
        highest = min((line.top for line in page.lines), default=0.0)
        lowest = max((line.bottom for line in page.lines), default=0.0)
        for line in page.lines:
            if _at_edge(line, page):
                edge_key = _edge_key(line, page)
                largest_share = max(
                    (edge_counts[(*edge_key, side)] / pages_by_side[side] for side in pages_by_side), default=0.0
                )
                repetitions = sum(edge_counts[(*edge_key, side)] for side in pages_by_side)
                is_outermost = line.top <= highest or line.bottom >= lowest
                if _PAGE_NUMBER.fullmatch(line.text) or (
                    repetitions >= _MIN_PAGES_OF_REPEATED and largest_share >= _REPEATED
                ):
                    continue
                if is_outermost and repetitions > 1:  # of one chapter
                    continue
            kept_lines.append(line)
        kept_pages.append(page._replace(lines=tuple(kept_lines)))
    return kept_pages


def _at_edge(line: TextLine, page: PageLines) -> bool:
    return line.bottom < _EDGE * page.height or line.top > (1 - _EDGE) * page.height


def _edge_key(line: TextLine, page: PageLines) -> tuple[str, int]:
    """What lines at the edge share that are one head or foot: their words, but for numbers, and their height."""
    return _DIGITS.sub("#", line.text.casefold()), round(20 * line.top / max(1.0, page.height))


def body_size(pages: Sequence[PageLines]) -> float:
    """The size in which most characters are written."""
    characters_by_size: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            characters_by_size[round(2 * line.size) / 2] += len(line.text)
    return characters_by_size.most_common(1)[0][0] if characters_by_size else 1.0


def title_of(pages: Sequence[PageLines]) -> str | None:
    """The lines of the first page in its largest size, where that is a heading's."""
    first_page = next((page for page in pages if page.lines), None)
    if first_page is None:
        return None
    largest_size = max(line.size for line in first_page.lines)
    if largest_size < HEADING_SIZE * body_size(pages):
        return None
    title_lines = sorted(
        (line for line in first_page.lines if largest_size - line.size < SAME_SIZE), key=lambda line: line.top
    )
    title = " ".join(line.text for line in title_lines)
    return title if len(title.split()) <= 2 * MAX_HEADING_WORDS else None
