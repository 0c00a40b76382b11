"""Rows of the tables of a page, and items of its lists: those with the numbers and names of a query; and the rows with
the largest or smallest value where it asks for that. Models read the rows of a table much alike.
"""

from __future__ import annotations

import numpy as np

from ragzip.compressors.extractive.records.first_stage import identifier_shares
from ragzip.compressors.extractive.rules.extremes import with_extreme_records
from ragzip.compressors.html.views import View
from ragzip.compressors.relevance import worth_of_others
from ragzip.text.scores import Scores

__all__ = ["with_rows"]


def with_rows(query: str | None, view: View, scores: Scores) -> Scores:
    """The scores of the blocks, lower for rows of tables, and items of lists, without the identifiers of ``query`` that
    other ones have, and the highest for rows with the value that it asks for. *Shape:* (n,) both.
    """
    if query is None:
        return scores
    rows = [number for number, block in enumerate(view.blocks) if block.kind == "row" and view.tables[number] >= 0]
    items = [number for number, block in enumerate(view.blocks) if block.kind == "list" and block.node.name == "li"]
    row_scores = scores.copy()
    for numbers in (rows, items):
        shares = identifier_shares(query, [view.labelled[number] for number in numbers])
        row_scores[numbers] *= worth_of_others(query) ** (1 - shares)
    if len(rows) < 2:
        return row_scores
    texts = [view.labelled[number] for number in rows]
    values = {number: text.replace("; ", ", ") for number, text in zip(rows, texts, strict=True)}
    return np.asarray(with_extreme_records(query, values, row_scores))
