"""Selectors of style sheets: elements by their names, classes and ids, in other elements."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["MAX_OUTER_ELEMENTS", "Compound", "Selector", "last_names", "selector_of"]

MAX_OUTER_ELEMENTS = 64  # around an element, by which it is told which rules hold for it
_COMPOUND = pattern_of(r"(\*|[a-z][a-z0-9-]*+)?((?>(?:[.#](?>(?:[\w-]|\\.)+))*))", re.IGNORECASE)
_COMBINATOR = pattern_of(r"\s*+(>)?\s*+")
_NAME = pattern_of(r"[.#](?>(?:[\w-]|\\.)+)")
_LAST_COMPOUND = pattern_of(r"[^\s>+~]++\Z")
_STATES = frozenset((".no-js", ".nojs"))  # of pages whose scripts do not run


class Compound(NamedTuple):
    """The conditions of a selector on one element: its name ("": any), and its ``names`` (``.class``, ``#id``)."""

    element: str
    names: frozenset[str]

    def holds(self, element: str, names: frozenset[str]) -> bool:
        """Whether it holds for an element with these names."""
        return self.names <= names and self.element in ("", element)


class Selector(NamedTuple):
    """A selector: what it says of an element, and of those around it, from the inside out, each with whether it is the
    parent of the one before.
    """

    inner: Compound
    outer: tuple[tuple[Compound, bool], ...]

    @property
    def weight(self) -> tuple[int, int, int]:
        """The ids, the classes and the elements in it: the rules of more weight come last."""
        compounds = [self.inner, *(compound for compound, _ in self.outer)]
        all_names = [name for compound in compounds for name in compound.names]
        ids = sum(name[0] == "#" for name in all_names)
        return ids, len(all_names) - ids, sum(bool(compound.element) for compound in compounds)

    def holds_in(self, around: Sequence[Compound]) -> bool:
        """Whether it holds for an element in these ones, from the inside out."""
        depths = {-1}  # of the elements that may be the last one looked at
        for compound, is_parent in self.outer:
            reached = (
                {depth + 1 for depth in depths if depth + 1 < len(around)}
                if is_parent
                else set(range(min(depths) + 1, len(around)))
            )
            depths = {depth for depth in reached if compound.holds(*around[depth])}
            if not depths:
                return False
        return True


def selector_of(text: str) -> Selector | None:
    """The selector that ``text`` is, None where it says more than by names and by what an element is in."""
    compounds: list[tuple[Compound, bool]] = []  # each with whether it is the parent of the next one
    position = 0
    while position < len(text):
        match = _COMPOUND.match(text, position)
        if match is None or match.end() == position:
            return None
        element = (match[1] or "").lower()
        combinator = _COMBINATOR.match(text, match.end())
        if combinator is None or (combinator.end() == match.end() < len(text)):
            return None
        compounds.append((Compound("" if element == "*" else element, last_names(match[2])), bool(combinator[1])))
        position = combinator.end()
    if not compounds or compounds[-1][1] or any(compound.names & _STATES for compound, _ in compounds):
        return None
    (inner, _), *outer = reversed(compounds)
    return Selector(inner, tuple(outer))


def last_names(text: str) -> frozenset[str]:
    """The classes and ids that a selector gives the element it is of."""
    compound = _LAST_COMPOUND.search(text)
    return frozenset(name.replace("\\", "") for name in _NAME.findall(compound[0] if compound else ""))
