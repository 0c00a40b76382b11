"""The lines of the pages of a PDF file: their places, rows and sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of

__all__ = [
    "ENTRY",
    "HEADING_SIZE",
    "LABEL",
    "MAX_HEADING_WORDS",
    "MAX_LABEL_BLANK",
    "SAME_SIZE",
    "SENTENCE_END",
    "PageLines",
    "Rule",
    "TextLine",
    "body_size",
    "cleaned",
    "is_item",
    "merged",
    "rows_of",
    "title_of",
    "with_code",
    "width_of",
    "wraps",
]

HEADING_SIZE = 1.08  # of the size of the body
MAX_HEADING_WORDS = 20
MAX_LABEL_BLANK = 4.0  # of the size, behind the sign of an item, which is no cell
SENTENCE_END = pattern_of(r"[.!?:;。！？][\"'”’)\]\d]{0,4}$")
_MAX_TITLE_LINES = 5
SAME_SIZE = 0.6  # points by which sizes of one text differ

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_LIGATURE = pattern_of("[ﬀ-ﬆ]")
_UNMAPPED = pattern_of(r"\(cid:\d{1,7}\)")
_UNMAPPED_BULLET = pattern_of(r"(?:\(cid:\d{1,7}\)|[\uf000-\uf0ff])\s+(?=\S)")
_LEADER = pattern_of(
    r"(?<![.·_…])(?<![.·_…] )(?>(?: ?[.·_]){4}(?: ?[.·_])*|(?: ?…){2}(?: ?…)*)(?= ?[\dA-Z.ivxlc-]{1,7}$|$)"
)
ENTRY = pattern_of(r"\S.* … ?[\dA-Z.ivxlc-]{1,7}$")  # of a table of contents
LABEL = pattern_of(  # the sign of an item, a clause, an entry or a heading
    r"[•‣▪●◦∙·–■□➢➤►✓*+-]|\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,5})[.)]|\[[\w+]{1,8}\]|(?:\d{1,2}\.){1,4}\d{1,2}\.?|[A-Z]\.\d{1,2}"
)


class TextLine(NamedTuple):
    """A line of text, or a cell of a table. Distances in points, from the left and the top of the page."""

    left: float
    top: float
    right: float
    bottom: float
    text: str
    size: float
    bold: bool
    is_fixed: bool = False  # most signs are of one width, as in code
    blank: float = 0.0  # the widest one between its words

    @property
    def height(self) -> float:
        return max(1.0, self.bottom - self.top)

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return (self.top + self.bottom) / 2


class Rule(NamedTuple):
    """A straight line that is drawn across a page at ``place`` from the top, or down it at ``place`` from the left."""

    place: float
    start: float
    end: float


class PageLines(NamedTuple):
    """A page: its size in points, its lines in any order, and the rules that are drawn across and down."""

    width: float
    height: float
    lines: tuple[TextLine, ...]
    across: tuple[Rule, ...] = ()
    down: tuple[Rule, ...] = ()


def cleaned(page: PageLines) -> PageLines:
    """``page`` with ligatures as letters, without empty lines, dots that lead to a number, and glyphs whose characters
    are unknown. Such a glyph at the beginning of a line is the sign of an item.
    """
    lines = []
    for line in page.lines:
        clean_text = _LIGATURE.sub(lambda ligature: _LIGATURES.get(ligature.group(), ligature.group()), line.text)
        clean_text = _UNMAPPED.sub("", _with_bullet(clean_text))
        clean_text = _LEADER.sub(" … ", " ".join(clean_text.split()), count=1)
        clean_text = " ".join(clean_text.removesuffix(" … ").split())
        if clean_text:
            lines.append(line._replace(text=clean_text))
    return page._replace(lines=tuple(lines))


def _with_bullet(text: str) -> str:
    """``text`` with a bullet in place of a glyph at its beginning whose character the file does not tell, or that is
    all of it.
    """
    if glyph := _UNMAPPED_BULLET.match(text):
        return f"• {text[glyph.end() :]}"
    return "•" if _UNMAPPED.fullmatch(text) else text


def rows_of(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """Lines that stand side by side, from left to right, and such rows from the top down."""
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda line: (line.middle, line.left)):
        if rows and abs(line.middle - rows[-1][0].middle) < 0.4 * min(line.height, rows[-1][0].height):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.left) for row in rows]


def is_item(row: Sequence[TextLine]) -> bool:
    """Whether ``row`` is the sign of an item and its text."""
    is_pair = len(row) == 2 and row[1].left - row[0].right < MAX_LABEL_BLANK * row[1].size
    return is_pair and bool(LABEL.fullmatch(row[0].text))


def merged(row: Sequence[TextLine]) -> TextLine:
    """The lines of a row as one."""
    leftmost = row[0]
    if len(row) == 1:
        return leftmost
    return TextLine(
        leftmost.left,
        min(line.top for line in row),
        max(line.right for line in row),
        max(line.bottom for line in row),
        " ".join(line.text for line in row),
        max(row, key=lambda line: len(line.text)).size,  # not that of a bullet
        all(line.bold for line in row),
        all(line.is_fixed for line in row),
    )


def width_of(lines: Sequence[TextLine]) -> float:
    """The width that ``lines`` share, in points."""
    return max(line.right for line in lines) - min(line.left for line in lines)


def wraps(line: TextLine, next_line: TextLine, width: float) -> bool:
    """Whether ``line`` has no room for the first word of the next one within ``width``, so that they are one text."""
    first_word = next_line.text.split(maxsplit=1)[0]
    next_width = next_line.right - next_line.left
    word_width = next_width * len(first_word) / len(next_line.text) if first_word != next_line.text else line.size
    return line.right - line.left + word_width > width


def body_size(pages: Sequence[PageLines]) -> float:
    """The size in which most characters are written."""
    characters_by_size: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            characters_by_size[round(2 * line.size) / 2] += len(line.text)
    return characters_by_size.most_common(1)[0][0] if characters_by_size else 1.0


def with_code(pages: Sequence[PageLines]) -> list[PageLines]:
    """``pages`` without the mark of a fixed width where most of the text has it, so that it says nothing."""
    lines = [line for page in pages for line in page.lines]
    if 2 * sum(len(line.text) for line in lines if line.is_fixed) < sum(len(line.text) for line in lines):
        return list(pages)
    return [page._replace(lines=tuple(line._replace(is_fixed=False) for line in page.lines)) for page in pages]


def title_of(pages: Sequence[PageLines]) -> str | None:
    """The uppermost lines of the first page in its largest size, where that is a heading's."""
    first_page = next((page for page in pages if page.lines), None)
    if first_page is None:
        return None
    largest_size = max(line.size for line in first_page.lines)
    if largest_size < HEADING_SIZE * body_size(pages):
        return None
    largest_lines = sorted(
        (line for line in first_page.lines if largest_size - line.size < SAME_SIZE), key=lambda line: line.top
    )
    title_lines = [  # one under the other: further down there are headings of the same size
        line for line in largest_lines if line.top - largest_lines[0].top < _MAX_TITLE_LINES * line.height
    ]
    title = " ".join(line.text for line in title_lines)
    return title if len(title.split()) <= 2 * MAX_HEADING_WORDS else None
