"""The blocks of a page that a small budget does not hold, in their parts: paragraphs in sentences, lists in items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ragzip.pages.blocks import Block, Blocks, blocks, word_count
from ragzip.pages.form import PageForm
from ragzip.text.spans import Span
from ragzip.types import Budget, Segment

__all__ = ["least_words", "parts_of_blocks", "parts_within", "with_opened_page"]

_LEAST_WORDS, _LEAST_WORDS_OF_LINES = 6, 4  # of a block that may be opened
_TOKENS_PER_WORD = 2  # of the budget: with tags and the headings over it
_MOST_TOKENS_PER_WORD = 12  # of a block of short lines

_BORDER = 2  # of a block, as the gap before a run


def least_words(budget: Budget) -> int:
    """The words from which a block of a page is opened for ``budget``, which has a limit."""
    return max(_LEAST_WORDS, (budget.max_tokens or 0) // _TOKENS_PER_WORD)


def with_opened_page(segment: Segment, budget: Budget) -> Segment:
    """``segment``, the blocks of its page opened that ``budget`` does not hold; itself if it is of no page."""
    form = segment.form
    if not isinstance(form, PageForm) or budget.max_tokens is None or form.protected(budget.protect):
        return segment
    parts_by_block = parts_of_blocks(form, form.blocks, budget)
    if not parts_by_block:
        return segment
    opened_blocks = (part for number, block in enumerate(form.blocks) for part in parts_by_block.get(number, (block,)))
    return replace(segment, form=form.with_blocks(opened_blocks))


def parts_of_blocks(form: PageForm, page_blocks: Sequence[Block], budget: Budget) -> dict[int, list[Block]]:
    """The parts of the blocks that are too large for ``budget``, which has a limit, by the number of the block."""
    opener = _Opener(form, budget)
    return {
        number: parts
        for number, block in enumerate(page_blocks)
        if len(parts := opener.parts(block, opener.most_words)) > 1
    }


def parts_within(block: Block, smaller_blocks: Blocks) -> list[Block]:
    """The parts of a block among those of its page; itself where it has none."""
    parts = list(_within(block, smaller_blocks))
    return parts if len(parts) > 1 else [block]


def _within(block: Block, smaller_blocks: Blocks) -> Iterator[Block]:
    for number in range(smaller_blocks.first_from(block.start), len(smaller_blocks)):
        if smaller_blocks[number].end > block.end:
            return
        yield smaller_blocks[number]


class _Opener:
    def __init__(self, form: PageForm, budget: Budget) -> None:
        self.form, self.page, self.count = form, form.page, budget.count
        self.whole_spans = [Span(0, len(form.source))]
        self.limit = budget.max_tokens or 0
        self.most_words = min(least_words(budget), form.max_words)
        self.measures_lines = self.limit < form.max_words * _MOST_TOKENS_PER_WORD
        self._cuts: dict[int, Blocks] = {}  # by the most words of a block

    def parts(self, block: Block, max_words: int) -> list[Block]:
        """A block in parts of at most so many words, those in smaller ones that are too large still."""
        is_first = max_words == self.most_words
        if not (is_first and self._words(block) > max_words) and not self._is_too_large(block):
            return [block]
        if max_words < _LEAST_WORDS_OF_LINES:
            return [block]
        if max_words not in self._cuts:
            self._cuts[max_words] = blocks(
                self.page, self.form.rows, max_words=max_words, max_led_words=self.form.max_words
            )
        return [
            part
            for smaller_block in parts_within(block, self._cuts[max_words])
            for part in self.parts(smaller_block, max_words // 2)
        ]

    def _words(self, block: Block) -> int:
        return word_count(self.page.text(block.start, block.end))

    def _is_too_large(self, block: Block) -> bool:
        """Whether the budget does not hold a block of several lines or fields with the headings that it needs; rows are
        not opened for that.
        """
        is_row = block.row is not None and not block.row.table.layout
        if not self.measures_lines or is_row:
            return False
        runs = self.page.within(block.start, block.end)
        has_lines = self.page.runs.largest_gap(runs.start + 1, runs.stop) == _BORDER
        if not has_lines and self.page.source.find("<input", block.start, block.end) < 0:
            return False
        text = self.form.keep([Span(block.start, block.end)], self.whole_spans).text
        return len(text) > self.limit and self.count(text) > self.limit
