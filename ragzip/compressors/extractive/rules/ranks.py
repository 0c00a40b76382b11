"""Rules for records with a rank, where a query asks for one by a word: "Who won silver and bronze?" asks for the second
and the third, "Which countries came in first and second?" for those. Models hardly tell one rank from another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ragzip.compressors.extractive.rules.text_units import TextUnits, just_above, values_by_column, with_holding_first
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.queries.ranks import LAST, asked_ranks
from ragzip.text.scores import Scores

__all__ = ["with_asked_ranks"]

_RANK_COLUMN = pattern_of(
    r"(?:rank|ranking|pos|position|place|placing|finish|standing|platz|rang|platzierung|puesto|lugar|posición|posto|classement"
    r"|#|no)\.?",
    re.IGNORECASE,
)
_RANK = pattern_of(r"[T=]?(\d{1,3})(?:st|nd|rd|th|\.|er?|[ºª°])?=?")
_MIN_RECORDS = 3
_MIN_SHARE = 0.6  # of the records with a column, that have a rank there
_MIN_SHARE_UNLIKE = 0.7  # of the ranks of a single list
_SHARE_OF_BEST = 0.95  # of the score of the best of the others, where many records have the same rank


def with_asked_ranks(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units, higher for records with a rank that ``query`` asks for, and lower for others.
    *Shape:* (n,) both.
    """
    query_ranks = set(asked_ranks(query or ""))
    if not query_ranks or not any(text.outline.records):
        return scores
    weighted = scores
    for ranks in _ranks_by_column(text).values():
        last_rank = max(ranks.values())
        wanted_ranks = {last_rank if rank == LAST else rank for rank in query_ranks}
        holding = [number for number, rank in ranks.items() if rank in wanted_ranks]
        not_holding = [number for number, rank in ranks.items() if rank not in wanted_ranks]
        if holding and not_holding:
            is_list = len(set(ranks.values())) >= _MIN_SHARE_UNLIKE * len(ranks)
            best_score = float(weighted.max())
            least_score = just_above(best_score) if is_list else _SHARE_OF_BEST * best_score
            weighted = with_holding_first(text, weighted, holding, not_holding, least_score)
    return weighted


def _ranks_by_column(text: TextUnits) -> Mapping[str, Mapping[int, int]]:
    """The ranks in the columns of ranks, by the name of the column and the number of the record."""
    values = values_by_column(text.records())
    records = sorted({number for column_values in values.values() for number in column_values})
    ranks_by_column = {
        column: {number: int(rank[1]) for number, value in column_values.items() if (rank := _RANK.fullmatch(value))}
        for column, column_values in values.items()
        if _RANK_COLUMN.fullmatch(column)
    }
    return {
        column: _without_gap(ranks, records)
        for column, ranks in ranks_by_column.items()
        if len(ranks) >= max(_MIN_RECORDS, _MIN_SHARE * len(values[column]))
    }


def _without_gap(ranks: Mapping[int, int], records: Sequence[int]) -> Mapping[int, int]:
    """``ranks`` with those of the first ``records``, which were pictures of medals: the fourth is the first one with a
    rank.
    """
    first = next(place for place, number in enumerate(records) if number in ranks)
    unranked = records[:first] if ranks[records[first]] == first + 1 else ()
    return {number: rank for rank, number in enumerate(unranked, 1)} | dict(ranks)
