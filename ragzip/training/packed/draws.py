"""How questions of a source are changed each time that they are drawn."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EVERYTHING", "Draw"]


@dataclass(frozen=True)
class Draw:
    """Changes of a question, each with its probability; the default changes nothing.

    ``most_others``: passages without support that are kept at most, fewer half of the time; None: all.
    ``hard_negatives``: passages put beside it at most that look like a supporting one and are not.
    ``second_hop``: a sentence found by a first hop stands behind the query.
    ``untitled``: passages without their titles: many users have none.
    ``altered``: one of the queries that its passages do not answer, over the supporting passages.
    ``emptied``: the supporting passages without their supporting sentences.
    ``incomplete``: one supporting passage of several passages is left out.
    ``forms``: of a sentence and its wrong forms, so many wrong ones; None: all passages.
    ``windows``: of a long passage at most so many, those that support the answer first; None: all.
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


EVERYTHING = Draw(windows=None)  # for measuring: as the question is
