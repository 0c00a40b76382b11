"""Wording of blocks and of the tables they stand in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ragzip.compressors.extractive.bm25 import bm25, index_terms
from ragzip.compressors.html.family import Html
from ragzip.compressors.html.views import View
from ragzip.text.queries.questions import telling_terms
from ragzip.text.scores import Scores

__all__ = ["HtmlBM25", "all_terms", "lexical"]

_TABLE_LENGTH = 0.3  # how much a long table counts less: it is long since it says more, not since it repeats itself


class HtmlBM25(Html):
    """BM25 of the query against blocks with the headings above them and the names of their columns.

    A row also gets the score of its whole table, and something for the length of a table that the query's words stand
    in: a question that a table answers is often about many of its rows. Without a query, a block is scored by the terms
    of its own page.

    After HtmlRAG (Tan et al. 2024, arXiv 2411.02959), which ranks blocks by their text alone.
    """

    name: ClassVar[str] = "html/bm25.v1"
    scores_are_probabilities: ClassVar[bool] = False

    def score(self, query: str | None, views: Sequence[View]) -> list[Scores]:
        if query is None:
            return central(views)
        return worded_blocks(query, views)

    def needed(self, scores: Sequence[Scores]) -> npt.NDArray[np.bool_]:
        all_scores = np.concatenate(scores)
        return all_scores > 0 if all_scores.any() else np.ones(len(all_scores), bool)


def worded_blocks(query: str, views: Sequence[View]) -> list[Scores]:
    """The scores of the blocks of each view by wording: the telling terms of ``query`` that a block and its table have;
    all its terms where no block has one of these.
    """
    scores = _sums(lexical(telling_terms(query), views))
    return scores if any(block_scores.any() for block_scores in scores) else _sums(lexical(all_terms(query), views))


def _sums(parts: tuple[list[Scores], list[Scores], list[Scores]]) -> list[Scores]:
    return [own + of_table + of_many for own, of_table, of_many in zip(*parts, strict=True)]


def all_terms(query: str) -> Counter[str]:
    """The terms of a query, with how often it has each."""
    return Counter(index_terms(query))


def lexical(query_terms: Counter[str], views: Sequence[View]) -> tuple[list[Scores], list[Scores], list[Scores]]:
    """Three scores of each block: its BM25 with its context; the BM25 of its table; and the chance that the question is
    about many rows of that table: ln(1 + rows), times the share of the query (by idf) that the table has. The last two
    are 0 for blocks in no table.
    """
    block_terms = [
        index_terms(text) + index_terms(context)
        for view in views
        for text, context in zip(view.texts, view.contexts, strict=True)
    ]
    own_scores = bm25(query_terms, block_terms)
    rarity = _idf(query_terms, block_terms)
    table_members = [(view, rows) for view in views for rows in view.members.values()]
    terms_by_table = [
        [
            *index_terms(view.contexts[rows[-1]]),
            *(term for view_number in rows for term in index_terms(view.texts[view_number])),
        ]
        for view, rows in table_members
    ]
    table_scores = bm25(query_terms, terms_by_table, b=_TABLE_LENGTH)
    query_shares = [_share(rarity, set(table)) for table in terms_by_table]
    scores_of_blocks = np.split(own_scores, np.cumsum([len(view.spans) for view in views])[:-1])
    scores_of_tables = [np.zeros(len(view.spans)) for view in views]
    scores_of_many = [np.zeros(len(view.spans)) for view in views]
    table_number = 0
    for view_number, view in enumerate(views):
        for rows in view.members.values():
            scores_of_tables[view_number][rows] = table_scores[table_number]
            scores_of_many[view_number][rows] = query_shares[table_number] * np.log1p(len(rows))
            table_number += 1
    return scores_of_blocks, scores_of_tables, scores_of_many


def _idf(asked: Counter[str], texts: Sequence[Sequence[str]]) -> dict[str, float]:
    """The inverse document frequency of each term of the query among ``texts``; highest for terms that none of them
    has.
    """
    document_counts = Counter(term for text in texts for term in set(text) if term in asked)
    return {
        term: float(np.log(1 + (len(texts) - document_counts[term] + 0.5) / (document_counts[term] + 0.5)))
        for term in asked
    }


def _share(rarity: dict[str, float], terms: set[str]) -> float:
    """The share of the query's weight that stands in ``terms``."""
    return sum(weight for term, weight in rarity.items() if term in terms) / max(1e-9, sum(rarity.values()))


def central(views: Sequence[View]) -> list[Scores]:
    """Blocks by the terms of their own page, weighted by how often they stand there."""
    scores_by_view = []
    for view in views:
        block_terms = [index_terms(text) for text in view.texts]
        page_terms = Counter(term for text in block_terms for term in text)
        scores_by_view.append(bm25(page_terms, block_terms) / max(1, page_terms.total()))
    return scores_by_view
