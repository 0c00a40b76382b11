"""Items of a list, and the statement above it that they finish: "An offence is committed by whoever", "1. fails to"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.splitters.headings.plain import has_statement_word
from ragzip.text.structure.base import StructuredUnit

__all__ = ["unfinished"]

_MARK = pattern_of(
    r"(?:(?P<number>\d{1,2}\.)|(?P<lettered>[a-z]{1,2}\))|\((?P<bracketed>[a-z]|[ivx]{1,4})\)|(?P<dash>[-–•]))\s"
)
_PARAGRAPH_NUMBER = pattern_of(r"\(\d{1,3}[a-z]?\)\s|\d{1,3}(?:\.\d{1,3})+\.?\s")
_OPEN_END = pattern_of(r"[^\W_][,:—–]?$")
_MIN_WORDS = 4
_MAX_BREAKS = 2  # line breaks between a statement and its first item


def unfinished(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Each item, and the unfinished statement above its list."""
    for statement, items in _lists(source, units):
        yield from ((item, statement) for item in items)


def _lists(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, list[int]]]:
    """The unfinished statements, each with the items below it."""
    kinds = [_kind_of_mark(source, unit) for unit in units]
    for place in range(1, len(units)):
        kind, statement = kinds[place], place - 1
        if kind is None or kinds[statement] == kind or not _is_unfinished(source, units[statement], units[place]):
            continue
        items = [place]
        for following in range(place + 1, len(units)):
            if kinds[following] != kind or units[following].relation.heading != units[place].relation.heading:
                break
            items.append(following)
        if len(items) > 1:
            yield statement, items


def _kind_of_mark(source: str, unit: StructuredUnit) -> str | None:
    mark = _MARK.match(source, unit.start, unit.end)
    return None if mark is None else mark.lastgroup


def _is_unfinished(source: str, statement: StructuredUnit, item: StructuredUnit) -> bool:
    """Whether a statement, no heading, goes on in the item right below it."""
    text = source[statement.start : statement.end]
    said_words = text.split()
    return (
        "\n" not in text
        and (_PARAGRAPH_NUMBER.match(text) is not None or has_statement_word(said_words))
        and statement.relation.section is None
        and statement.relation.heading == item.relation.heading
        and source.count("\n", statement.end, item.start) in range(1, _MAX_BREAKS + 1)
        and _OPEN_END.search(text) is not None
        and len(said_words) >= _MIN_WORDS
    )
