"""Numbered clauses that others mention: "The duty under clause 7.1 lasts for three years" says nothing of the duty."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.numbered import PARTS_OF_RULES

__all__ = ["mentioned"]

_NUMBER = r"\d{1,3}(?:\.\d{1,3}){1,3}"
_CLAUSE = pattern_of(rf"(?:§\s?)?({_NUMBER})\.?\s+\S")
_MENTION = pattern_of(
    rf"\b(?:{PARTS_OF_RULES}|ziff\.|abschnitt|§)\s?({_NUMBER})(?![\w.]*\w)(?!\s(?:of|des|der)\s(?!this|dies))",
    re.IGNORECASE,
)
_MAX_MENTIONS = 3  # of a unit: more are a list of what applies


def mentioned(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Units, each with a clause that it mentions by its number, where one unit has that: "7.1"."""
    clauses: dict[str, int] = {}
    doubtful: set[str] = set()
    for place, unit in enumerate(units):
        number = _CLAUSE.match(source, unit.start, unit.end)
        if number is not None and unit.relation.section is None:
            doubtful.update({number[1]} & clauses.keys())
            clauses.setdefault(number[1], place)
    for place, unit in enumerate(units) if clauses else ():
        numbers = dict.fromkeys(match[1] for match in _MENTION.finditer(source, unit.start, unit.end))
        places = [clauses[number] for number in numbers if number in clauses and number not in doubtful]
        if len(places) <= _MAX_MENTIONS:
            yield from ((place, clause) for clause in places if clause != place)
