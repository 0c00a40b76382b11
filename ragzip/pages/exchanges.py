"""Blocks of a page that later ones answer or take back: the next paragraph, or a post that quotes an earlier one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from ragzip.pages.blocks import Block
from ragzip.pages.page import Page, Plain
from ragzip.pages.parse import Node
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.splitters import sentences
from ragzip.text.structure.needs.neighbours import governed_pair

__all__ = ["governed_blocks"]

_SIGNATURE = pattern_of(r"[-–—―]{1,2} ?\w.{1,80}")  # of a quotation
_AROUND_QUOTES = frozenset(("aside", "blockquote", "figure", "p"))
_MAX_LEVELS = 8  # of elements around a quotation
_LEAST_QUOTED_WORDS, _MAX_QUOTED_WORDS = 4, 120


def governed_blocks(page: Page, blocks: Sequence[Block]) -> Iterator[tuple[int, int]]:
    """The numbers of blocks of text, each with that of one by which it is not to be read."""
    last_text: tuple[int, str, object] | None = None  # its number, what it says, and the heading over it
    for number, block in enumerate(blocks):
        heading = page.runs[page.within(block.start, block.end)[0]].heading
        text = page.text(block.start, block.end) if block.kind == "text" else ""
        if last_text is not None and text and last_text[2] is heading:
            places = (last_text[0], number)
            yield from ((places[first], places[second]) for first, second in governed_pair(last_text[1], text))
        if last_text is None or not _SIGNATURE.fullmatch(text):
            last_text = (number, text, heading) if text else None
    yield from _quoted(page, blocks)


def _text(page: Page, start: int, end: int) -> str:
    """The text of a block, what stands in other elements on lines of their own."""
    return Plain(page.source, page.runs, page.within(start, end)).text


def _quoted(page: Page, blocks: Sequence[Block]) -> Iterator[tuple[int, int]]:
    """The numbers of blocks with those of the replies to them, which quote them."""
    quotes = [node for node in page.root.tree.named("blockquote") if node.first < node.last]
    if not quotes:
        return
    first_numbers: dict[str, int] = {}  # of the blocks by their sentences
    for number, block in enumerate(blocks):
        text = _text(page, block.start, block.end)
        for start, end in sentences(text):
            first_numbers.setdefault(" ".join(text[start:end].split()), number)
    starts = [block.start for block in blocks]
    for quote in quotes:
        span = page.span(quote)
        text = _text(page, *span)
        if not _LEAST_QUOTED_WORDS <= len(text.split()) <= _MAX_QUOTED_WORDS:
            continue
        quoting = bisect_right(starts, span.start) - 1
        reply = quoting if quoting >= 0 and blocks[quoting].end > span.end else bisect_right(starts, span.end - 1)
        post = _post(quote)
        for start, end in sentences(text):
            quoted = first_numbers.get(" ".join(text[start:end].split()), quoting)
            if quoted < quoting and reply < len(blocks):
                is_of_other = not post.start <= blocks[quoted].start < post.end
                if is_of_other or any(governed_pair(text, _text(page, blocks[reply].start, blocks[reply].end))):
                    yield quoted, reply


def _post(quote: Node) -> Node:
    """The element around a quotation and the text next to it: a post's quotation is of text outside of the post, an
    article's is of its own text.
    """
    post = quote
    for _ in range(_MAX_LEVELS):
        is_of_quote = post.name in _AROUND_QUOTES or (post.first, post.last) == (quote.first, quote.last)
        if post.parent is None or not is_of_quote:
            break
        post = post.parent
    return post
