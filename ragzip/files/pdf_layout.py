"""The text of a PDF file from the lines of its pages, as Markdown.

Words divided at line ends are joined, and a paragraph that goes on in the next column or on the next page is one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragzip.files.pdf_blocks import BULLET, PaperBlock, page_blocks
from ragzip.files.pdf_edges import without_edges
from ragzip.files.pdf_joining import DIVIDED, counted_words, joined
from ragzip.files.pdf_lines import ENTRY, SAME_SIZE, SENTENCE_END, PageLines, body_size, cleaned, title_of, with_code

__all__ = ["Paper", "paper_of"]

_MIN_INDENTED_SHARE = 0.5  # of the paragraphs, where paragraphs are indented


class Paper(NamedTuple):
    """The text of a file in Markdown, the largest line of its first page, and the offset at which each page begins."""

    text: str
    title: str | None
    page_starts: tuple[int, ...]


def paper_of(pages: Sequence[PageLines]) -> Paper:
    """The text of ``pages`` in reading order."""
    body_pages = without_edges(with_code([cleaned(page) for page in pages]))
    text_size = body_size(body_pages)
    blocks = [
        block for page_number, page in enumerate(body_pages) for block in page_blocks(page, page_number, text_size)
    ]
    return _written(_continued(blocks), len(pages), title_of(body_pages), counted_words(body_pages))


def _continued(blocks: Sequence[PaperBlock]) -> list[PaperBlock]:
    """``blocks`` with each paragraph that goes on after a column's or page's end joined to its beginning, and each
    table that goes on after a page's; tables, captions and notes between paragraphs come after them.
    """
    text_blocks = [block for block in blocks if block.kind == "text"]
    are_indented = sum(block.is_indented for block in text_blocks) > _MIN_INDENTED_SHARE * len(text_blocks)
    joined: list[PaperBlock] = []
    open_block: PaperBlock | None = None
    for block in blocks:
        if block.kind in ("text", "item"):
            if open_block is not None and _goes_on(open_block, block, are_indented):
                if block.page != open_block.page:
                    open_block.page_breaks.append((len(open_block.lines), block.page))
                open_block.lines += block.lines
                open_block.is_full = block.is_full
                continue
            open_block = block
        elif block.kind in ("heading", "code"):
            open_block = None
        elif block.kind == "table" and joined and _is_rest_of_table(joined[-1], block):
            has_own_row = block.lines[0] != joined[-1].lines[0] and not _is_empty(block.lines[0])
            rows = [block.lines[0], *block.lines[2:]] if has_own_row else block.lines[2:]
            joined[-1].page_breaks.append((len(joined[-1].lines), block.page))
            joined[-1].lines += rows
            continue
        joined.append(block)
    return joined


def _is_rest_of_table(table: PaperBlock, later: PaperBlock) -> bool:
    """Whether ``later``, which opens a page, surely goes on with ``table``: it has its header again, or none, as there
    are figures in its first row in a column that has them in all rows but for the header of ``table``.
    """
    last_page = table.page_breaks[-1][1] if table.page_breaks else table.page
    if table.kind != "table" or later.page != last_page + 1 or table.lines[1] != later.lines[1]:
        return False
    if table.lines[0] == later.lines[0] or _is_empty(later.lines[0]):
        return True
    header, _, *rows = map(_columns_with_figures, table.lines)
    figure_columns = set.intersection(*rows) - header if rows else set()
    return bool(figure_columns & _columns_with_figures(later.lines[0]))


def _is_empty(header: str) -> bool:
    """Whether the header of a table says nothing."""
    return not header.strip("| ")


def _columns_with_figures(row: str) -> set[int]:
    """The numbers of the columns of a row in Markdown in which there are digits."""
    return {number for number, cell in enumerate(row.split(" | ")) if any(map(str.isdigit, cell))}


def _goes_on(block: PaperBlock, later: PaperBlock, indented: bool) -> bool:
    """Whether ``later`` is the rest of ``block``: of one size, and cut within a sentence or after a full line, or at
    the top of a column without the indentation that paragraphs have.
    """
    if later.kind == "item" or abs(block.size - later.size) > SAME_SIZE or later.is_indented:
        return False
    last_line, first_line = block.lines[-1], later.lines[0]
    is_cut = not SENTENCE_END.search(last_line) and (first_line[0].islower() or first_line[0] in "(0123456789")
    is_cut = is_cut or bool(DIVIDED.search(last_line))
    return is_cut or (block.kind == "text" and (block.is_full or (indented and later.opens_column)))


def _written(blocks: Sequence[PaperBlock], page_count: int, title: str | None, words: Counter[str]) -> Paper:
    """The blocks as Markdown. Headings are in the order of their sizes, from the title's on."""
    heading_sizes = sorted({round(block.size) for block in blocks if block.kind == "heading"}, reverse=True)[:6]
    page_starts: list[int | None] = [None] * page_count
    parts: list[str] = []
    length = 0
    earlier: PaperBlock | None = None
    for block in blocks:
        separator = "" if earlier is None else "\n" if earlier.kind == block.kind == "item" else "\n\n"
        length += len(separator)
        parts.append(separator)
        if page_starts[block.page] is None:
            page_starts[block.page] = length
        text, breaks = _text(block, words)
        if block.kind == "heading":
            heading_level = (
                1 + heading_sizes.index(round(block.size)) if round(block.size) in heading_sizes else len(heading_sizes)
            )
            text = f"{'#' * max(1, heading_level)} {text}"
        for break_place, page_number in breaks:
            if page_starts[page_number] is None:
                page_starts[page_number] = length + break_place
        parts.append(text)
        length += len(text)
        earlier = block
    return Paper("".join(parts), title, tuple(_filled(page_starts, length)))


def _filled(starts: Sequence[int | None], length: int) -> Iterator[int]:
    """``starts``, each at least that before it; a page without text begins where the next one does."""
    next_start = length
    filled_starts: list[int] = []
    for page_start in reversed(starts):
        next_start = next_start if page_start is None else min(page_start, next_start)
        filled_starts.append(next_start)
    return reversed(filled_starts)


def _text(block: PaperBlock, words: Counter[str]) -> tuple[str, list[tuple[int, int]]]:
    """The text of a block, and the offsets in it at which pages begin."""
    if block.kind == "table":
        return "\n".join(block.lines), [
            (sum(len(line) + 1 for line in block.lines[:line_number]), page) for line_number, page in block.page_breaks
        ]
    if block.kind == "code":
        return "\n".join(["```", *block.lines, "```"]), []
    page_of_line = dict(block.page_breaks)
    text, breaks = "", []
    for line_number, line in enumerate(block.lines):
        if not line_number:
            is_marked = block.kind == "item" and (BULLET.match(line) or ENTRY.match(line))
            text = f"- {BULLET.sub('', line, count=1)}" if is_marked else line
            continue
        text = joined(text, line, words)
        if line_number in page_of_line:
            breaks.append((len(text) - len(line), page_of_line[line_number]))
    return text, breaks
