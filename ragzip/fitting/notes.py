"""Notes of a call on its own choice, for ``Stats.notes``."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from ragzip.fitting.choose import is_candidate
from ragzip.fitting.fit import Reopening, tokens_of_best
from ragzip.output.layout import Layout
from ragzip.result import Report
from ragzip.types import Budget, Note, Segment, Tier, Unit

__all__ = ["choice_notes"]


_LEAST_LIKELY = 0.03  # 4 % of the dev questions of which the pruner is unsure have no better score, and an answer


def choice_notes(
    segments: Sequence[Segment],
    budget: Budget,
    layout: Layout,
    reopened: Reopening,
    *,
    scores_are_probabilities: bool = False,
) -> list[Note]:
    """The notes on what was left out of ``segments`` and why, and those of their compressors and their checks.

    :param scores_are_probabilities: that a query needs a unit.
    """
    notes = list(dict.fromkeys(note for segment in segments for note in segment.notes))
    if budget.threshold is not None:
        notes.append(_above(segments, budget.threshold))
    elif budget.max_tokens is None and _chosen_from(segments) and not any(segment.text for segment in segments):
        scores = [unit.score for segment in segments for unit in segment.units]
        notes.append(Note("nothing-answers", f"nothing answers the query: the best score is {max(scores):.4f}"))
    elif scores_are_probabilities and not notes:
        notes += _unlikely(segments)
    if budget.max_tokens:
        notes += _too_large(segments, budget, layout, reopened)
    if budget.max_tokens is not None and (unlimited := _without_limits(segments)):
        units = "unit comes" if unlimited == 1 else "units come"
        limit = "an exception, a condition or the like that the budget does not hold with it"
        notes.append(Note("limit-left-out", f"{unlimited} {units} without what follows and limits it: {limit}"))
    if repeats := _repeats(segments):
        units = "unit that repeats" if repeats == 1 else "units that repeat"
        notes.append(Note("repeats-left-out", f"{repeats} {units} others left out"))
    if any(segment.claims for segment in segments):
        report = Report(tuple(claim for segment in segments for claim in segment.claims))
        notes.append(Note("written", str(report)))
    return notes


def _chosen_from(segments: Sequence[Segment]) -> bool:
    return any(segment.units for segment in segments)


def _chosen(segments: Sequence[Segment]) -> Iterator[tuple[Unit, bool]]:
    """All units with whether each is kept."""
    for segment in segments:
        held_ends = [end for _, end in segment.held]
        for unit in segment.units:
            place = bisect_right(held_ends, unit.start)
            held_span = segment.held[place] if place < len(held_ends) else None
            yield unit, held_span is not None and held_span.start <= unit.start and unit.end <= held_span.end


def _repeats(segments: Sequence[Segment]) -> int:
    """The number of units left out only because they repeat others: those with a better score than the worst kept."""
    worst_kept = min((unit.score for unit, is_kept in _chosen(segments) if is_kept), default=math.inf)
    return sum(
        unit.tier == Tier.REPEAT and unit.section is None and unit.score >= worst_kept
        for unit, is_kept in _chosen(segments)
        if not is_kept
    )


def _without_limits(segments: Sequence[Segment]) -> int:
    """The number of kept units with a limit that is not kept."""
    count = 0
    for segment in segments:
        kept_units = [unit for unit, is_kept in _chosen([segment]) if is_kept]
        kept_spans = {unit.span for unit in kept_units}
        count += sum(not kept_spans.issuperset(unit.limits) for unit in kept_units)
    return count


def _above(segments: Sequence[Segment], threshold: float) -> Note:
    """The note on the effect of a threshold."""
    scores = [unit.score for segment in segments for unit in segment.units]
    count_above = sum(score >= threshold for score in scores)
    if not count_above:
        best_score_told = f" (the best one: {max(scores):.2f})" if scores else ""
        nothing = f"nothing is relevant: nothing has a score of {threshold:g} or more{best_score_told}"
        return Note("nothing-relevant", nothing)
    return Note("above-threshold", f"{count_above} of {len(scores)} units have a score of {threshold:g} or more")


def _unlikely(segments: Sequence[Segment]) -> list[Note]:
    """A note that the kept units hardly answer the query; none where one of them is likely to."""
    kept_scores = [unit.score for unit, is_kept in _chosen(segments) if is_kept and unit.section is None]
    if not kept_scores or (best_score := max(kept_scores)) >= _LEAST_LIKELY:
        return []
    return [Note("nothing-likely", f"nothing is likely to answer the query: the best score is {best_score:.4f}")]


def _too_large(segments: Sequence[Segment], budget: Budget, layout: Layout, reopened: Reopening) -> list[Note]:
    """The note with the budget that would do, where the best unit does not fit."""
    candidates = (
        unit
        for segment in segments
        for unit in segment.units
        if is_candidate(unit, budget.threshold) and unit.tier < Tier.REPEAT
    )
    best_score = max((unit.score for unit in candidates), default=math.inf)
    must_be_kept = [
        unit.must_be_kept
        for unit, is_kept in _chosen(segments)
        if not is_kept and unit.score >= best_score and is_candidate(unit, budget.threshold)
    ]
    if not must_be_kept or any(must_be_kept):
        return []
    tokens = tokens_of_best(segments, budget, layout, reopened)
    if tokens is None or budget.max_tokens is None or tokens <= budget.max_tokens:
        return []
    return [Note("best-unit-too-large", f"the best unit is larger than the budget: {tokens} tokens would hold it")]
