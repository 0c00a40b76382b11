"""Columns of one word a value, as ps and df print them and as text taken from a page has them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, pairwise

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.splitters.cells import kind_of

__all__ = ["GAP", "PIECE", "WORD", "numbers_in_line", "words_in_line", "words_under"]

WORD = pattern_of(r"\S++")
PIECE = pattern_of(r"\S++(?>(?: \S++)*)")  # words parted by single blanks
GAP = pattern_of(r"\S {2,}\S")
_MIN_ROWS = 3
_MAX_NOTES = 3  # lines below a table


def words_under(texts: Sequence[str], columns: Sequence[int]) -> int:
    """The number of columns where each word of the header, the first of ``texts``, is over one of words, the last one
    of which may have several; 0 where that is not so. Numbers set to the right leave no gap in all rows.
    """
    names = texts[0].split()
    counts = [len(text.split()) for text in texts[1:]]
    width = len(names)
    if len(set(counts)) == 1 and counts[0] == width - 1:
        width -= 1  # "Mounted on"
        if any(kind_of(name) == "number" for name in names):
            return 0  # a row with a name of two words
    if not counts or min(counts) < width:
        return 0
    first_name = PIECE.search(texts[0])
    starts = (WORD.search(text) for text in texts[1:])
    if first_name and all(word is not None and word.end() < first_name.start() for word in starts):
        return 0  # the first column has no name
    for text in texts[1:]:
        words = [match.start() for match in islice(WORD.finditer(text), width)]
        pieces = [match.start() for match in PIECE.finditer(text)]
        if not {piece for piece in pieces if piece < words[-1]}.issubset(words):
            return 0
    if any(_word_counts(text, columns) != _word_counts(texts[0], columns) for text in texts[1:]):
        return 0  # a name of two words, "CONTAINER ID", or values of several
    numbers = [sum(kind_of(text.split()[column]) == "number" for text in texts[1:]) for column in range(width)]
    return width if 2 * sum(2 * count > len(counts) for count in numbers) >= width - 2 else 0


def _word_counts(text: str, columns: Sequence[int]) -> list[int]:
    """The number of words in each column of a line but the last."""
    return [len(text[start:end].split()) for start, end in pairwise(columns)]


def words_in_line(texts: Sequence[str]) -> int:
    """The number of columns where the values of most rows are numbers, and single blanks part them under a header of as
    many words, as text taken from a page has them; 0 where that is not so. A few notes may stand below.
    """
    names = texts[0].split()
    rows = [values for text in texts[1:] if len(values := text.split()) == len(names)]
    body = [text.split() for text in texts[1 : len(rows) + 1]]
    if len(names) < _MIN_ROWS or len(rows) < _MIN_ROWS or rows != body or len(texts) - 1 - len(rows) > _MAX_NOTES:
        return 0
    if any(GAP.search(text) for text in texts) or any(kind_of(name) != "text" for name in names):
        return 0
    numbers = sum(kind_of(value) == "number" for row in rows for value in row)
    return len(names) if 2 * numbers > len(rows) * len(names) else 0


def numbers_in_line(texts: Sequence[str]) -> int:
    """The number of columns where all lines have as many numbers, and nothing else; 0 where that is not so."""
    rows = [text.split() for text in texts]
    is_matrix = len(set(map(len, rows))) == 1 and all(kind_of(value) == "number" for row in rows for value in row)
    return len(rows[0]) if is_matrix and len(rows) >= _MIN_ROWS and len(rows[0]) > 1 else 0
