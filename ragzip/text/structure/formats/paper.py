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

_FIGURE = r"Fig(?:ur(?:e|a|en)?|uur|uras)?s?\.?|Abb(?:ildung(?:en)?|\.)?|Рис(?:унок|унк[аеуи]|\.)|Rys(?:unek|unku|\.)"
_TABLE = r"Tab(?:l(?:e|eau|eaux|a|as)|ell[aen]|ellen|el(?:a|i)?)?s?\.?|Quadros?|Табл(?:иц[аеуы]|\.)"
_OTHER = r"Scheme|Chart|Algorithm|Exhibit|Plate|Box"
_NUMBER = r"(?P<number>[A-Z]?\d{1,3}(?:\.\d{1,3})?|[IVXL]{1,6})"
_LABEL = (
    rf"(?i:(?P<figure>{_FIGURE})|(?P<table>{_TABLE})|(?P<other>{_OTHER})s?)[ \u00a0]{_NUMBER}(?:[a-h]|\([a-h]\))?"
    r"|(?:(?P<figure_in_cjk>[图圖図])|(?P<table_in_cjk>表)) ?(?P<number_in_cjk>\d{1,3}(?:[.-]\d{1,3})?)"
)
CAPTION = pattern_of(  # the label begins with a capital, and a sign or the beginning of a title is behind the number
    rf"(?=[A-ZА-Я图圖図表])(?:{_LABEL})(?=\s?[.:|–—：．]|\s+(?:[A-ZÀ-ÞА-Я]|[^\x00-\u04ff])|$)"
)
_REFERENCE = pattern_of(rf"(?:(?<!\w)|(?=[图圖図表]))(?:{_LABEL})(?![a-zа-я\d])")
_NEXT_NUMBER = pattern_of(
    r"\s?(?:,|&|–|-|、|和|と|and|or|to|und|bis|et|y|e|en|och|и)\s?(?P<number>[A-Z]?\d{1,3}(?:\.\d{1,3})?)[a-h]?(?!\w)"
)


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
        for name in _names(source, unit.start, unit.end):
            references.setdefault(name, number)
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


def _names(source: str, start: int, end: int) -> Iterator[tuple[str, str]]:
    """The names of the figures and tables that the text from ``start`` to ``end`` refers to."""
    for reference in _REFERENCE.finditer(source, start, end):
        kind, number = _name(reference)
        yield kind, number
        place = reference.end()
        while next_number := _NEXT_NUMBER.match(source, place, end):
            yield kind, next_number["number"]
            place = next_number.end()


def _name(match: re.Match[str]) -> tuple[str, str]:
    """The name of a figure or table, whatever the abbreviation and language: its kind and its number."""
    if match["figure"] or match["figure_in_cjk"]:
        kind = "figure"
    elif match["table"] or match["table_in_cjk"]:
        kind = "table"
    else:
        kind = match["other"].casefold()
    return kind, match["number"] or match["number_in_cjk"]


def _belonging(unit: StructuredUnit, head: int | None, needs: tuple[int, ...]) -> StructuredUnit:
    relation = unit.relation
    return unit._replace(
        relation=Relation(
            (*relation.needs, *needs), relation.head if head is None else head, relation.section, relation.heading
        )
    )
