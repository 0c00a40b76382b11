"""Cases of a switch or match, by the places where they begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.formats.code.tokens import CodeToken

__all__ = ["case_starts"]

_CASE = pattern_of(r"[\0 \t]*+(?:case\b|default\s{0,9}(?::|->))")
_ARM = pattern_of(r"[\0 \t]*+(?![|.=-])[^\s\r\n;][^\r\n;]{0,300}?[=-]>")
_LABEL_END = pattern_of(r"(?::|\|)\s{0,9}$")  # of a label with nothing of its own, or half a pattern
_MAX_LABEL_CHARACTERS = 300


def case_starts(
    source: str, tokens: Sequence[CodeToken], partners: Mapping[int, int], opening: int, closing: int
) -> list[int]:
    """The places where the cases between two braces begin, each in a line of its own; labels of one case are one.

    None where directives may divide a case.
    """
    if any(token.kind == "directive" for token in tokens[opening:closing]):
        return []
    line_starts = _line_starts(tokens, partners, opening, closing)
    end = tokens[closing].start
    for begins in (_CASE.match, _ARM.match):
        starts = [place for place in line_starts if begins(source, place, end)]
        if starts:
            return _without_bare_labels(source, starts)
    return []


def _line_starts(tokens: Sequence[CodeToken], partners: Mapping[int, int], opening: int, closing: int) -> list[int]:
    """The places of the lines that begin outside of inner brackets."""
    starts = [tokens[opening].end]
    number = opening + 1
    while number < closing:
        if tokens[number].kind == "line":
            starts.append(tokens[number].end)
        number = max(number, partners.get(number, number)) + 1
    return starts


def _without_bare_labels(source: str, starts: Sequence[int]) -> list[int]:
    """The ``starts`` without those right after a label with nothing under it."""
    return [
        start
        for number, start in enumerate(starts)
        if number == 0
        or start - starts[number - 1] > _MAX_LABEL_CHARACTERS
        or not _LABEL_END.search(source[starts[number - 1] : start])
    ]
