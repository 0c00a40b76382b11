"""Random changes of the questions of a source, made at each draw."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EVERYTHING", "Draw"]


@dataclass(frozen=True)
class Draw:
    """The settings of the changes of a question: probabilities and limits; the default changes nothing.

    ``most_others``: the most passages without support, one fewer half of the time; None: all.
    ``hard_negatives``: the most added passages that resemble a supporting one and do not answer.
    ``second_hop``: probability of appending a sentence to the query, as a first hop would.
    ``untitled``: probability of passages without titles: many users have none.
    ``altered``: probability of a query that the supporting passages do not answer.
    ``emptied``: probability of supporting passages without their supporting sentences.
    ``incomplete``: probability of removing one supporting passage.
    ``forms``: the most wrong variants of a sentence; None: all passages.
    ``windows``: the most windows of a long passage, supporting ones first; None: all.
    """

    most_others: int | None = None
    hard_negatives: int = 0
    second_hop: float = 0.0
    untitled: float = 0.0
    altered: float = 0.0
    emptied: float = 0.0
    incomplete: float = 0.0
    forms: int | None = None
    windows: int | None = 6


EVERYTHING = Draw(windows=None)  # for measuring: unchanged questions
