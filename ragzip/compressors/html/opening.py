"""Blocks that a small budget does not hold, in their parts: paragraphs in sentences, lists in items.

The model reads whole blocks, whatever the budget; its score of one holds for its parts, and wording tells these apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.compressors.html.views import View
from ragzip.pages.blocks import Block, Blocks, blocks, word_count
from ragzip.pages.page import Page
from ragzip.text.words import content
from ragzip.types import Budget

__all__ = ["ScoredBlock", "opened"]

_LEAST_WORDS = 6  # of a block that may be opened
_TOKENS_PER_WORD = 2  # of the budget: with tags and the headings over it
_LEAST_SHARE = 0.5  # of the score of a block for its part with none of the wording of the query


class ScoredBlock(NamedTuple):
    """A block with its score, and whether it may be kept for itself."""

    block: Block
    score: float
    is_relevant: bool


def opened(
    query: str | None,
    view: View,
    scores: npt.NDArray[np.float64],
    is_relevant: npt.NDArray[np.bool_],
    budget: Budget,
) -> list[ScoredBlock]:
    """The blocks of ``view``, in order, those that are too large for ``budget`` in parts. *Shape:* (n,) both."""
    whole_blocks = [
        ScoredBlock(block, score, is_kept)
        for block, score, is_kept in zip(view.blocks, scores.tolist(), is_relevant.tolist(), strict=True)
    ]
    form = view.form
    if form is None or budget.max_tokens is None or form.protected(budget.protect):
        return whole_blocks
    max_words = max(_LEAST_WORDS, budget.max_tokens // _TOKENS_PER_WORD)
    if max_words >= form.max_words:
        return whole_blocks
    smaller_blocks = blocks(form.page, form.rows, max_words=max_words, max_led_words=form.max_words)
    query_terms = content(query or "")
    return [
        part
        for whole_block in whole_blocks
        for part in (
            [whole_block]
            if word_count(form.page.text(whole_block.block.start, whole_block.block.end)) <= max_words
            else _parts(form.page, whole_block, smaller_blocks, query_terms)
        )
    ]


def _parts(
    page: Page, whole_block: ScoredBlock, smaller_blocks: Blocks, query_terms: set[str]
) -> Sequence[ScoredBlock]:
    block = whole_block.block
    parts = [smaller_blocks[number] for number in _numbers_within(smaller_blocks, block)]
    if len(parts) < 2:
        return [whole_block]
    shared_counts = [len(query_terms & content(page.text(part.start, part.end))) for part in parts]
    most_shared = max(1, *shared_counts)
    return [
        whole_block._replace(
            block=part, score=whole_block.score * (_LEAST_SHARE + (1 - _LEAST_SHARE) * shared_count / most_shared)
        )
        for part, shared_count in zip(parts, shared_counts, strict=True)
    ]


def _numbers_within(smaller_blocks: Blocks, block: Block) -> Iterator[int]:
    """The numbers of the blocks inside another one."""
    for number in range(smaller_blocks.first_from(block.start), len(smaller_blocks)):
        if smaller_blocks[number].end > block.end:
            return
        yield number
