"""Papers and reports, as ragzip.files.pdf writes them: Markdown in which a caption belongs to the sentence that refers
to its figure or table first, and is worth as much.

PDF-WuKong (arXiv 2410.05970) samples paragraphs and figures together; what differs: captions stand for figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.base import Relation, Structure, StructuredUnit
from ragzip.text.structure.formats import markdown

__all__ = ["CAPTION", "read"]

_LABEL = (
    r"(?P<label>Figure|Fig\.?|Table|Tab\.?|Scheme|Chart|Algorithm|Abbildung|Abb\.?|Tabelle|Figura|Tabla|Tableau)s?"
    r"[ \u00a0](?P<number>[A-Z]?\d{1,3}(?:\.\d{1,3})?)"
)
CAPTION = pattern_of(rf"{_LABEL}(?=[.:|–—]|\s+[A-ZÀ-Þ]|$)")
_REFERENCE = pattern_of(rf"(?<!\w){_LABEL}(?!\w)")
_KINDS = {"f": "figure", "a": "figure", "t": "table"}  # by the first letter of a label, but for Algorithm


def read(source: str) -> Structure | None:
    """The structure of a paper in Markdown; None of a text without text."""
    structure = markdown.read(source)
    if structure is None:
        return None
    units = list(structure.units)
    captions = list(_captions(source, units))
    in_captions = {number for _, first, end in captions for number in range(first, end)}
    references: dict[tuple[str, str], int] = {}
    for number, unit in enumerate(units):
        if number in in_captions or unit.relation.section is not None:
            continue
        for reference in _REFERENCE.finditer(source, unit.start, unit.end):
            references.setdefault(_name(reference), number)
    for name, first, end in captions:
        for number in range(first, end):
            needs = (first,) if number > first else ()
            units[number] = _belonging(units[number], references.get(name), needs)
    return Structure("paper", tuple(units), structure.form, structure.tables)


def _captions(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[tuple[str, str], int, int]]:
    """The name of each figure and table, the first unit of its caption and the unit after it."""
    number = 0
    while number < len(units):
        start = units[number].start
        caption = CAPTION.match(source, start)
        number += 1
        if caption is None or source[max(0, start - 2) : start] not in ("", "\n\n"):
            continue
        first = number - 1
        while number < len(units) and "\n\n" not in source[units[number - 1].end : units[number].start]:
            number += 1
        yield _name(caption), first, number


def _name(match: re.Match[str]) -> tuple[str, str]:
    """The name of a figure or table, whatever the abbreviation: its kind and its number."""
    label = match["label"].casefold()
    return _KINDS.get(label[0], label) if label != "algorithm" else label, match["number"]


def _belonging(unit: StructuredUnit, head: int | None, needs: tuple[int, ...]) -> StructuredUnit:
    relation = unit.relation
    return unit._replace(
        relation=Relation(
            (*relation.needs, *needs), relation.head if head is None else head, relation.section, relation.heading
        )
    )
