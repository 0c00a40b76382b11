"""Blocks that a small budget does not hold, in their parts: paragraphs in sentences, lists in items.

The model reads whole blocks, whatever the budget; its score of one holds for its parts, and wording tells these apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.compressors.html.views import View
from ragzip.compressors.page_opening import least_words, parts_of_blocks, parts_within
from ragzip.pages.blocks import Block, blocks, word_count
from ragzip.pages.corrections import corrections
from ragzip.pages.page import Page
from ragzip.text.scores import Scores
from ragzip.text.words import content
from ragzip.types import Budget

__all__ = ["ScoredBlocks", "opened"]

_LEAST_SHARE = 0.5  # of the score of a block for its part with none of the wording of the query


class ScoredBlocks(NamedTuple):
    """Blocks with their scores, and whether each may be kept for itself. *Shape:* (n,) both."""

    blocks: Sequence[Block]
    scores: Scores
    is_relevant: npt.NDArray[np.bool_]


def opened(query: str | None, view: View, scored_blocks: ScoredBlocks, budget: Budget) -> ScoredBlocks:
    """``scored_blocks`` of ``view``, in order, those that are too large for ``budget`` in parts."""
    form = view.form
    if form is None or budget.max_tokens is None or form.protected(budget.protect):
        return scored_blocks
    numbers_to_correct = _numbers_to_correct(form.page, scored_blocks.blocks, least_words(budget))
    smallest_blocks = blocks(form.page, form.rows, max_words=1) if numbers_to_correct else None
    query_terms = content(query or "")
    parts_by_block = parts_of_blocks(form.without_top_heading(), scored_blocks.blocks, budget)
    if not parts_by_block and not numbers_to_correct:
        return scored_blocks
    parts: list[Block] = []
    scores: list[float] = []
    are_relevant: list[bool] = []
    for number, (block, score, is_relevant) in enumerate(zip(*scored_blocks, strict=True)):
        parts_of_block = parts_by_block.get(number, [block])
        if smallest_blocks is not None and number in numbers_to_correct:
            parts_of_block = parts_within(block, smallest_blocks)
        parts += parts_of_block
        scores += [score * share for share in _shares(form.page, parts_of_block, query_terms)]
        are_relevant += [is_relevant] * len(parts_of_block)
    if len(parts) == len(scored_blocks.blocks):
        return scored_blocks
    return ScoredBlocks(parts, np.array(scores), np.array(are_relevant, bool))


def _numbers_to_correct(page: Page, page_blocks: Sequence[Block], max_words: int) -> frozenset[int]:
    """The numbers of the text blocks that are too large together with the notice that corrects one of their sentences:
    the others can do without it.
    """

    def size(number: int) -> int:
        return word_count(page.text(page_blocks[number].start, page_blocks[number].end))

    return frozenset(
        number
        for number, notice in corrections(page, page_blocks)
        if page_blocks[number].kind == "text"
        and number not in notice
        and size(number) + sum(map(size, notice)) > max_words
    )


def _shares(page: Page, parts: Sequence[Block], query_terms: set[str]) -> list[float]:
    """The share of each part in the score of its block, by the wording that it shares with a query."""
    if len(parts) == 1:
        return [1.0]
    shared_counts = [len(query_terms & content(page.text(part.start, part.end))) for part in parts]
    most_shared = max(1, *shared_counts)
    return [_LEAST_SHARE + (1 - _LEAST_SHARE) * shared_count / most_shared for shared_count in shared_counts]
