"""Rows of figures as text taken from a PDF has them, a name of any number of words and figures parted by single blanks:
"Organic waste 16,120 17,204", under a line that names the figures, "Type 2021 2022".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.splitters import SplitUnit
from ragzip.text.structure.prose.leads import paragraphs_of_lines
from ragzip.text.structure.table.naming import is_caption

__all__ = ["FigureRow", "figure_rows"]

_MIN_ROWS, _MIN_FIGURES = 3, 2
_MAX_WORDS_OF_NAME, _MAX_CHARACTERS = 10, 300
_FIGURES = pattern_of(  # at the end of a line, after a name
    r"(?<=[^\W\d_).])(?>(?:\s(?:\(?[-+−]?[€$£]?\d[\d.,]{0,14}%?\)?|[-–—]|n/?a))+)\s*\Z"
)
_YEAR = pattern_of(r"(?:19|20)\d\d\Z")
_SAYS_SOMETHING = pattern_of(r"[.!?:;]\s*\Z|[.!?]\s")


class FigureRow(NamedTuple):
    """What a row is read as, and the places of the lines over it: a caption, if any, and the names of the figures."""

    reading: str
    lines_over: tuple[int, ...]


def figure_rows(text: str, parts: Sequence[SplitUnit]) -> dict[int, FigureRow]:
    """The rows of figures among ``parts``, by place."""
    rows: dict[int, FigureRow] = {}
    for first, end in paragraphs_of_lines(text, parts):
        texts = [part.text_in(text) for part in parts[first:end]]
        for start, stop, count in _runs_of_rows(texts):
            names = _names(texts, start, count)
            if names is None or stop - names[0] <= _MIN_ROWS:
                continue
            header, named = names
            caption = (first + header - 1,) if header and is_caption(texts[header - 1]) else ()
            rows.update(
                (first + place, FigureRow(_reading(texts[place], named, count), (*caption, first + header)))
                for place in range(header + 1, stop)
            )
    return rows


def _runs_of_rows(lines: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """The first place, the place after the last, and the number of figures of lines with as many figures each."""
    counts = [_figure_count(line) for line in lines]
    place = 0
    for count, run in groupby(counts):
        length = len(list(run))
        if count >= _MIN_FIGURES and length >= _MIN_ROWS:
            yield place, place + length, count
        place += length


def _figure_count(line: str) -> int:
    match = _FIGURES.search(line) if len(line) <= _MAX_CHARACTERS else None
    if match is None or len(line[: match.start()].split()) > _MAX_WORDS_OF_NAME:
        return 0
    return len(match[0].split())


def _names(lines: Sequence[str], start: int, count: int) -> tuple[int, list[str]] | None:
    """The place of the line that names the figures, and its words: the first row where its figures are years, else the
    line before.
    """
    if all(map(_YEAR.match, lines[start].split()[-count:])):
        return start, lines[start].split()
    before = lines[start - 1] if start else ""
    words = before.split()
    is_header = count <= len(words) <= count + 3 and not _SAYS_SOMETHING.search(before)
    return (start - 1, words) if is_header else None


def _reading(line: str, names: Sequence[str], count: int) -> str:
    """A row with the name of its column before each figure."""
    words = line.split()
    label, figures = " ".join(words[:-count]), words[-count:]
    name_of_label = " ".join(names[:-count])
    fields = [f"{name_of_label}: {label}" if name_of_label else label]
    fields += [f"{name}: {figure}" for name, figure in zip(names[-count:], figures, strict=True)]
    return ", ".join(fields)
