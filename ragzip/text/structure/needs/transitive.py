"""Needs of units through others."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

__all__ = ["reached"]

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
