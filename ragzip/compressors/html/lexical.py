"""Wording of blocks and of the tables they stand in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ragzip.compressors.extractive.bm25 import bm25, index_terms
from ragzip.compressors.html.family import Html, Scores
from ragzip.compressors.html.views import View

__all__ = ["HtmlBM25", "lexical"]

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
        flat = np.concatenate(scores)
        return flat > 0 if flat.any() else np.ones(len(flat), bool)


def worded_blocks(query: str, views: Sequence[View]) -> list[Scores]:
    """How much of the wording of ``query`` each block has, with its table."""
    blocks, tables, many = lexical(query, views)
    return [a + b + c for a, b, c in zip(blocks, tables, many, strict=True)]


def lexical(query: str, views: Sequence[View]) -> tuple[list[Scores], list[Scores], list[Scores]]:
    """For each block its BM25 with its context, the BM25 of its table, and how much a question may be about many rows
    of that table: ln(1 + rows), times the share of the query (by idf) that the table has. 0 where there is no table.
    """
    asked = Counter(index_terms(query))
    texts = [
        (*index_terms(text), *index_terms(context))
        for view in views
        for text, context in zip(view.texts, view.contexts, strict=True)
    ]
    own = bm25(asked, texts)
    rarity = _idf(asked, texts)
    members = [(view, rows) for view in views for rows in view.members.values()]
    tabled = [
        [*index_terms(view.contexts[rows[-1]]), *(term for i in rows for term in index_terms(view.texts[i]))]
        for view, rows in members
    ]
    whole = bm25(asked, tabled, b=_TABLE_LENGTH)
    shares = [_share(rarity, set(table)) for table in tabled]
    blocks = np.split(own, np.cumsum([len(view.spans) for view in views])[:-1])
    tables = [np.zeros(len(view.spans)) for view in views]
    many = [np.zeros(len(view.spans)) for view in views]
    at = 0
    for i, view in enumerate(views):
        for rows in view.members.values():
            tables[i][rows] = whole[at]
            many[i][rows] = shares[at] * np.log1p(len(rows))
            at += 1
    return blocks, tables, many


def _idf(asked: Counter[str], texts: Sequence[Sequence[str]]) -> dict[str, float]:
    """How rare each term of the query is among ``texts``; those that stand nowhere count most."""
    found = Counter(term for text in texts for term in set(text) if term in asked)
    return {term: float(np.log(1 + (len(texts) - found[term] + 0.5) / (found[term] + 0.5))) for term in asked}


def _share(rarity: dict[str, float], terms: set[str]) -> float:
    """The share of the query's weight that stands in ``terms``."""
    return sum(weight for term, weight in rarity.items() if term in terms) / max(1e-9, sum(rarity.values()))


def central(views: Sequence[View]) -> list[Scores]:
    """Blocks by the terms of their own page, weighted by how often they stand there."""
    out = []
    for view in views:
        texts = [index_terms(text) for text in view.texts]
        page = Counter(term for text in texts for term in text)
        out.append(bm25(page, texts) / max(1, page.total()))
    return out
