"""Needs of units through others."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence

__all__ = ["closed_where_held", "reached"]

_MAX_REACHED = 24  # units that one needs through others


def reached(place: int, direct: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The units that the one at ``place`` needs, directly or through others, the nearest first, up to a limit.

    :param direct: what each unit needs by itself, by place.
    """
    needed_units = dict.fromkeys(direct[place])
    pending = deque(needed_units)
    while pending:
        for further in direct[pending.popleft()]:
            if len(needed_units) >= _MAX_REACHED:
                pending.clear()
                break
            if further not in needed_units:
                needed_units[further] = None
                pending.append(further)
    needed_units.pop(place, None)
    return tuple(needed_units)


def closed_where_held(
    direct: Sequence[Sequence[int]],
    further_needs: Mapping[int, Sequence[int]],
    relevant: Sequence[int],
    fit: Callable[[Sequence[Sequence[int]]], Sequence[bool]],
) -> dict[int, tuple[int, ...]]:
    """The units that each of the ``relevant`` ones needs, through others, too, where ``further_needs`` change that.

    Where a budget does not hold a unit with all of that, what it needs through later ones of ``relevant`` does not
    count: these need no more than they did before. Where that is not enough, the unit does; one without further needs
    of its own leads to the same of those that it needs.

    :param direct: what each unit needs by itself, by place.
    :param further_needs: what some units need in place of that.
    :param relevant: the units, the best first.
    :param fit: whether the budget holds the units of each group together.
    """
    changed = dict(further_needs)
    ranks = {place: rank for rank, place in enumerate(relevant)}
    while changed:
        needs = [changed.get(place, needs) for place, needs in enumerate(direct)]
        closed = {
            place: reached(place, needs)
            for place in relevant
            if place in changed or not changed.keys().isdisjoint(needs[place])
        }
        grown = [place for place, closed_needs in closed.items() if set(closed_needs) != set(changed.get(place, ()))]
        are_held = fit([[place, *closed[place]] for place in grown])
        too_large = [place for place, is_held in zip(grown, are_held, strict=True) if not is_held]
        if not too_large:
            return closed
        dropped: set[int] = set()
        for place in too_large:
            if not dropped.isdisjoint(closed[place]):
                continue  # it may fit by now
            causes = changed.keys() & set(closed[place])
            if place in changed:
                causes = {cause for cause in causes if ranks.get(cause, len(ranks)) > ranks[place]} or {place}
            dropped |= causes
        for place in dropped:
            changed.pop(place)
    return {}
