"""Lines of verse, lyrics, recipes and menus that go on from the line above: "That I loved you" below "I never said",
"only on Fridays" below "Trout 18.20". Without that line they say something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.splitters.prose.breaks import HYPHEN_AT_END, STOP_AT_END, dangles
from ragzip.text.structure.base import StructuredUnit

__all__ = ["lines_going_on"]

_GOES_ON = pattern_of(
    r"(?:that|to|and|or|nor|but|who|whose|whom|which|than|because|until|though|lest|till|dass|daß|damit|weil|und|oder"
    r"|aber|denn|sondern|que|qui|et|ou|mais|dont|parce|ni|y|pero|porque|sino|che|e|perché|né|dat|maar|omdat)\s",
    re.IGNORECASE,
)
_LIMITS = pattern_of(  # the line above, which says too much without it
    r"(?:only|except|excluding|unless|not|nur|außer|ausgenommen|nicht|seulement|uniquement|sauf|hors|pas|solo|sólo"
    r"|solamente|únicamente|salvo|excepto|soltanto|eccetto|tranne|non|apenas|somente|exceto|alleen|behalve|niet"
    r"|только|кроме|не|tylko|oprócz|nie)\s"
)
_OPENS_CLAUSE = pattern_of(  # whose end is in the line below: "and when a ship went by at night"
    r"(?:(?:and|but|und|doch|et|mais|y|pero|e|ma) )?(?:when|if|while|as|where|wenn|als|während|quand|lorsque|si|cuando"
    r"|quando|se|toen)\s",
    re.IGNORECASE,
)
_PLAIN = pattern_of(r"[^\W\d_][^\n|\t=<>{};]*")  # no line of a table or of code
_BEGINS_TURN = pattern_of(r"[\w.-]{1,30}:")  # or an address on the web
_OPEN_AT_END = pattern_of(r"(?:,|\bthen)$")
_MIN_WORDS, _MAX_WORDS_OF_VERSE = 3, 9


def lines_going_on(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Lines that are units, each with the line right above it that it goes on from, by place, and one that ends in the
    middle of a sentence, or that the line below it limits, with that.
    """
    for number, (unit, below) in enumerate(pairwise(units)):
        if not unit.is_record or source.count("\n", unit.end, below.start) != 1:
            continue
        line, line_below = source[slice(*unit.span)], source[slice(*below.span)]
        are_plain = _PLAIN.fullmatch(line) and _PLAIN.fullmatch(line_below) and not _BEGINS_TURN.match(line_below)
        if not are_plain or STOP_AT_END.search(line):
            continue
        limits = _LIMITS.match(line_below) is not None and not line[0].islower()
        if unit.items and not limits:
            continue
        is_open = limits or (line_below[0].islower() and (_is_cut(line) or _opens_clause(line, line_below)))
        if is_open or (_GOES_ON.match(line_below) and _is_verse(line) and _is_verse(line_below)):
            yield number + 1, number
        if is_open:
            yield number, number + 1


def _is_cut(line: str) -> bool:
    """Whether a line ends in the middle of a sentence; "Sign in" does not."""
    has_words = len(line.split()) > _MIN_WORDS and (dangles(line) or _OPEN_AT_END.search(line) is not None)
    return has_words or HYPHEN_AT_END.search(line) is not None


def _opens_clause(line: str, line_below: str) -> bool:
    """Whether a line of verse only says when or whether what the next one says is so, and the next one does not."""
    has_clause_alone = _OPENS_CLAUSE.match(line) is not None and _OPENS_CLAUSE.match(line_below) is None
    return has_clause_alone and line[-1].isalpha() and _is_verse(line) and _is_verse(line_below)


def _is_verse(line: str) -> bool:
    return _MIN_WORDS <= len(line.split()) <= _MAX_WORDS_OF_VERSE
