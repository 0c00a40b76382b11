"""Companions of units, such as the antecedent of a pronoun, as what these need where a budget holds them together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ragzip.text.structure import Relation
from ragzip.text.structure.needs.transitive import closed_where_held

__all__ = ["needs_with_companions"]


def needs_with_companions(
    relations: Sequence[Relation],
    relevant: Sequence[int],
    is_clear: Callable[[int], bool],
    fit: Callable[[Sequence[Sequence[int]]], Sequence[bool]],
) -> dict[int, tuple[int, ...]]:
    """The units that some of the ``relevant`` ones need with their companions, and others through these: all of them,
    those before them, or the nearest one, whichever is held first.

    :param relevant: the best first: its companions come before those of others.
    :param is_clear: whether a unit can be read by itself.
    :param fit: whether the budget holds the units of each group together.
    """
    tries: list[tuple[int, tuple[int, ...]]] = []  # a unit, and what it would need
    for number in relevant:
        relation = relations[number]
        before = tuple(companion for companion in relation.companions if companion < number)
        nearest = (max(before),) if before and is_clear(max(before)) else ()
        for companions in filter(None, dict.fromkeys([relation.companions, before, nearest])):
            needed = [*relation.needs, *companions]
            needed += [further for companion in companions for further in relations[companion].needs]
            tries.append((number, tuple(needed_unit for needed_unit in dict.fromkeys(needed) if needed_unit != number)))
    are_held = fit([[number, *needs] for number, needs in tries])
    needs_by_unit: dict[int, tuple[int, ...]] = {}
    for (number, needs), is_held in zip(reversed(tries), reversed(are_held), strict=True):
        if is_held:  # the first of several is the last to be set
            needs_by_unit[number] = needs
    return closed_where_held([relation.needs for relation in relations], needs_by_unit, relevant, fit)
