"""Blocks of a page that a notice on the page corrects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from ragzip.pages.blocks import Block
from ragzip.pages.page import Page
from ragzip.text.splitters import sentences
from ragzip.text.structure.needs.corrections import MAX_NOTICES, begins_with_correction, is_corrected
from ragzip.text.words import content

__all__ = ["corrections"]

_MAX_PARTS = 6  # blocks of a notice
_MAX_NAME_WORDS = 5  # of a heading that names a notice


def corrections(page: Page, blocks: Sequence[Block]) -> Iterator[tuple[int, range]]:
    """The numbers of blocks, each with the numbers of the blocks of the notice that corrects one of its sentences; and
    those of the parts of a notice with all of it.
    """
    starts = list(islice(_notices(page, blocks), MAX_NOTICES + 1))
    if not 0 < len(starts) <= MAX_NOTICES:
        return
    notices = [range(start, _end_of_notice(blocks, start)) for start in starts]
    words_of_notices = [
        content(" ".join(page.text(blocks[number].start, blocks[number].end) for number in notice))
        for notice in notices
    ]
    for notice in notices:
        if len(notice) > 1:
            yield from ((number, notice) for number in notice)
    for number, block in enumerate(blocks):
        if block.kind == "heading" or any(number in notice for notice in notices):
            continue
        text = page.text(block.start, block.end)
        words_of_sentences = [content(text[start:end]) for start, end in sentences(text)]
        for notice, notice_words in zip(notices, words_of_notices, strict=True):
            if any(is_corrected(sentence_words, notice_words) for sentence_words in words_of_sentences):
                yield number, notice


def _notices(page: Page, blocks: Sequence[Block]) -> Iterator[int]:
    """The numbers of the first blocks of notices: these begin with their name, or it is the heading over them."""
    heading_before = None
    is_notice_heading = False
    for number, block in enumerate(blocks):
        heading = page.runs[page.within(block.start, block.end)[0]].heading
        is_under_new_heading = heading is not heading_before and block.kind != "heading"
        if is_under_new_heading:
            heading_before = heading
            name = page.text(*page.span(heading.node)) if heading is not None else ""
            is_notice_heading = begins_with_correction(f"{name}:") and len(name.split()) <= _MAX_NAME_WORDS
        begins = block.kind != "heading" and begins_with_correction(page.source, block.start)
        if begins or (is_under_new_heading and is_notice_heading):
            yield number


def _end_of_notice(blocks: Sequence[Block], start: int) -> int:
    """The number of the block after the notice that begins at ``start`` and lasts to the end of its paragraph."""
    end = start + 1
    while end < min(len(blocks), start + _MAX_PARTS) and blocks[end].node == blocks[start].node:
        end += 1
    return end
