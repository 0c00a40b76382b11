"""A rule for texts with a date in each title: "What happened before 2022?" asks for what the report for 2021 says."""

from __future__ import annotations

from collections.abc import Sequence

from ragzip.compressors.extractive.rules.periods import SHARE_BEYOND, Period, dates_in, periods_in
from ragzip.compressors.extractive.rules.text_units import TextUnits
from ragzip.text.scores import Scores

__all__ = ["with_texts_of_period"]


def with_texts_of_period(query: str | None, texts: Sequence[TextUnits], scores: Sequence[Scores]) -> list[Scores]:
    """The scores of the units of all texts, lower for texts with a date in the title, or else in the heading that they
    begin with, beyond the bounds that ``query`` names, where the date of another is within. *Shape:* (n_i,) each, for
    each text, both.
    """
    bounds = [period for period in periods_in(query or "") if period.is_bound]
    if not bounds or len(texts) == 1:
        return list(scores)
    within = [_is_within(text, bounds) for text in texts]
    if True not in within:
        return list(scores)
    best_score = max(float(text_scores.max(initial=0.0)) for text_scores in scores)
    best_within = max(float(scores[number].max(initial=0.0)) for number, is_within in enumerate(within) if is_within)
    share_by_place = {True: best_score / best_within if best_within > 0 else 1.0, False: SHARE_BEYOND, None: 1.0}
    return [text_scores * share_by_place[is_within] for text_scores, is_within in zip(scores, within, strict=True)]


def _is_within(text: TextUnits, bounds: Sequence[Period]) -> bool | None:
    """Whether the date of a text is in one of the periods; None of a text without a date."""
    dates = list(dates_in(text.title or ""))
    if not dates and text.outline.relations and text.outline.relations[0].section is not None:
        dates = list(dates_in(text.source[slice(*text.outline.spans[0])]))
    return any(period.holds(*date) for period in bounds for date in dates) if dates else None
