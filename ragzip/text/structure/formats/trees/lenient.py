"""JSON as people write it: with comments, and with commas before closing brackets."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span

__all__ = ["COMMENT", "lenient_spans", "without_lenient"]

_STRING = r'"(?>(?:[^"\\]++|\\.)*)(?:"|\\?\Z)'  # one that does not end goes to the end
COMMENT = r"//[^\n]*+|/\*(?>(?:[^*]++|\*(?!/))*)(?:\*/|\Z)"
_LENIENT = pattern_of(rf"{_STRING}|(?P<comment>{COMMENT})|(?P<comma>,)(?=(?>(?:\s++|{COMMENT})*)[}}\]])", re.DOTALL)
_MAX_SHARE_OF_COMMENTS = 0.2  # of the characters: more are the text proper


def lenient_spans(source: str) -> list[Span]:
    """The comments and the commas before closing brackets of a text like JSON; none where comments are much of it."""
    lenient_parts = [match for match in _LENIENT.finditer(source) if match.lastgroup is not None]
    comments = sum(match.end() - match.start() for match in lenient_parts if match["comment"])
    is_commented = comments > _MAX_SHARE_OF_COMMENTS * len(source)
    return [] if is_commented else [Span(*match.span()) for match in lenient_parts]


def without_lenient(source: str, spans: Sequence[Span]) -> str:
    """``source`` with blanks in the place of ``spans``: all else stands where it stood."""
    pieces: list[str] = []
    place = 0
    for start, end in spans:
        pieces += [source[place:start], " " * (end - start)]
        place = end
    return "".join([*pieces, source[place:]])
