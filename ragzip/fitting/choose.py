"""The choice by scores and a budget, over all documents together, at the estimated cost of each unit.

Pure functions: no model runs here, whatever the budget. :mod:`ragzip.fitting.fit` then makes the real count hold.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

from ragzip.text.spans import Span
from ragzip.types import Budget, Segment, Tier, Unit

__all__ = [
    "Fill",
    "choose",
    "is_candidate",
    "select",
    "unit_costs",
    "whole_protected",
]

_MAX_COUNTED_CHARACTERS = (
    100_000  # characters from which the cost of a unit is guessed: counting takes a second a million
)
_CHARACTERS_PER_TOKEN = 8
Fill = Literal["relevant", "units", "words", "none"]


def choose(
    scores: npt.NDArray[np.float64],
    costs: npt.NDArray[np.int64],
    limit: int | None,
    *,
    allowed: npt.NDArray[np.bool_] | None = None,
    tiers: npt.NDArray[np.int64] | None = None,
    needs: Mapping[int, Sequence[int]] = MappingProxyType({}),
) -> npt.NDArray[np.bool_]:
    """A mask of the units to keep: the best first, each that still fits with the units that it needs. All arrays have
    shape (n,).

    Units that are not ``allowed`` come only where others need them. Equal scores are taken in order.

    :param tiers: of the units (:class:`~ragzip.types.Tier`): ``MUST`` is kept whatever it costs, ``REPEAT`` is out
        where there is no ``limit``.
    :param needs: the units that each unit needs, for those that need any.
    """
    candidates = np.ones(len(scores), bool) if allowed is None else allowed
    tiers = np.full(len(scores), Tier.NORMAL) if tiers is None else tiers
    is_kept = tiers == Tier.MUST if limit is not None else candidates & (tiers < Tier.REPEAT)
    for unit_number in np.flatnonzero(is_kept).tolist():
        is_kept[list(needs.get(unit_number, ()))] = True
    if limit is None:
        return is_kept
    room = limit - int(costs[is_kept].sum())
    for unit_number in np.lexsort((-scores, tiers)).tolist():
        if not candidates[unit_number] or is_kept[unit_number]:
            continue
        missing = [
            unit_number,
            *(needed_unit for needed_unit in needs.get(unit_number, ()) if not is_kept[needed_unit]),
        ]
        cost = int(costs[missing].sum())
        if cost <= room:
            is_kept[missing] = True
            room -= cost
    return is_kept


def select(segments: Sequence[Segment], budget: Budget) -> list[Segment]:
    """Keep the best units of all ``segments`` together, at their estimated cost in tokens of the target tokenizer, and
    then the headings above them, the cheapest first.
    """
    if not any(segment.units for segment in segments):
        return list(segments)

    def units() -> Iterator[Unit]:
        return (unit for segment in segments for unit in segment.units)

    costs = np.array([cost for segment in segments for cost in unit_costs(segment, budget)], np.int64)
    needs, sections = _relations(segments)
    tiers = np.fromiter((unit.tier for unit in units()), np.int64)
    is_kept = choose(
        np.fromiter((unit.score for unit in units()), np.float64),
        costs,
        budget.max_tokens,
        allowed=np.fromiter((is_candidate(unit, budget.threshold) for unit in units()), bool),
        tiers=tiers,
        needs=needs,
    )
    may_head = {heading: section for heading, section in sections.items() if tiers[heading] < Tier.REPEAT}
    _keep_headings(is_kept, may_head, costs, budget.max_tokens)
    selected: list[Segment] = []
    first_unit = 0
    for segment in segments:
        kept_spans = [
            segment.units[number].span
            for number in np.flatnonzero(is_kept[first_unit : first_unit + len(segment.units)]).tolist()
        ]
        first_unit += len(segment.units)
        selected.append(segment.keep(kept_spans))
    return selected


def _keep_headings(
    is_kept: npt.NDArray[np.bool_],
    sections: Mapping[int, tuple[int, int]],
    costs: npt.NDArray[np.int64],
    limit: int | None,
) -> None:
    """Keep the headings above kept units, too, the cheapest first, as long as they fit into ``limit``.

    :param sections: the units (first, last + 1) of the section of each heading.
    """
    tokens_left = math.inf if limit is None else limit - int(costs[is_kept].sum())
    for heading in sorted(sections, key=lambda heading: int(costs[heading])):
        is_over_kept = is_kept[slice(*sections[heading])].any()
        if not is_kept[heading] and is_over_kept and costs[heading] <= tokens_left:
            is_kept[heading] = True
            tokens_left -= int(costs[heading])


def is_candidate(unit: Unit, threshold: float | None) -> bool:
    """Whether a unit may be chosen for itself."""
    is_above = threshold is None or unit.score >= threshold or unit.tier == Tier.FORCED
    return unit.must_be_kept or (is_above and unit.relevant and unit.section is None)


def _relations(segments: Sequence[Segment]) -> tuple[dict[int, list[int]], dict[int, tuple[int, int]]]:
    """The needs of units, by their place among the units of all segments; and the units (first, last + 1) of the
    section of each heading.
    """
    needs: dict[int, list[int]] = {}
    sections: dict[int, tuple[int, int]] = {}
    first_unit = 0
    for segment in segments:
        unit_starts = array("i", (unit.start for unit in segment.units))
        for unit_number, unit in enumerate(segment.units, first_unit):
            if unit.needs:
                needs[unit_number] = [first_unit + bisect_left(unit_starts, span.start) for span in unit.needs]
            if unit.section is not None:
                sections[unit_number] = (
                    first_unit + bisect_left(unit_starts, unit.section.start),
                    first_unit + bisect_left(unit_starts, unit.section.end),
                )
        first_unit += len(segment.units)
    return needs, sections


def whole_protected(spans: Sequence[Span], protected: Sequence[Span]) -> list[Span]:
    """``spans`` (sorted), those that a protected span runs across joined into one."""
    whole_spans: list[Span] = []
    next_protected = 0
    for start, end in spans:
        while next_protected < len(protected) and protected[next_protected].end <= start:
            next_protected += 1
        if (
            whole_spans
            and next_protected < len(protected)
            and protected[next_protected].start < min(whole_spans[-1].end, start)
        ):
            whole_spans[-1] = Span(whole_spans[-1].start, end)
        else:
            whole_spans.append(Span(start, end))
    return whole_spans


def unit_costs(segment: Segment, budget: Budget) -> list[int]:
    """Tokens of each unit with the white space before it, as a stand-in for its cost in place.

    Of units that cannot come, which are most of a long log, and of very long ones the cost is guessed. The meter keeps
    the costs: they are asked for to choose and again to fit, and pages take long to write.
    """
    needed_spans = {span for unit in segment.units for span in unit.needs}
    known_costs = budget.meter.unit_tokens.setdefault(segment.form, {})
    costs: list[int] = []
    for unit in segment.units:
        if not is_candidate(unit, budget.threshold) and unit.section is None and unit.span not in needed_spans:
            costs.append((unit.end - unit.start) // _CHARACTERS_PER_TOKEN)
            continue
        cost = known_costs.get(unit.span)
        if cost is None:
            piece = segment.form.alone(unit.span)
            is_counted = len(piece) <= _MAX_COUNTED_CHARACTERS
            cost = known_costs[unit.span] = budget.count(piece) if is_counted else len(piece) // _CHARACTERS_PER_TOKEN
        costs.append(cost)
    return costs
