"""Quotation marks and brackets that open nothing, or are never closed. sentencex takes all that is between an opening
and a closing one for one sentence.
"""

from __future__ import annotations

from typing import Final

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["without_lone_marks"]

_STRAIGHT_QUOTE = pattern_of(r'"')
_OPENS_QUOTE = pattern_of(r"(?:^|[\s(\[{«“„‘'/—–-])$")  # before a quotation mark
_HEBREW_PREFIX = pattern_of(r"(?:^|[^א-ת])[והבכלמש]{1,3}$")  # article or preposition: ה"טיימס"
_HEBREW_LETTER = pattern_of("[א-ת]")
_NO_QUOTE, _END_OF_QUOTE = "″", "”"  # in place of a " that opens no quotation
_BRACKETS: Final = {"(": ")", "[": "]", "（": "）", "「": "」", "『": "』", "“": "”"}
_BRACKET = pattern_of(r"[()\[\]（）「」『』“”]")
_LIMITED, _MAX_IN_BRACKETS = "([（", 400  # characters; of these brackets, and not of quotations
_NO_BRACKET = "⟨"  # in place of one that is not closed


def without_lone_marks(flat: str) -> str:
    """``flat`` with other characters for each ``"`` that opens no quotation (inches, Hebrew abbreviations), and for
    each bracket that is not closed.
    """
    return _without_lone_quotes(_without_open_brackets(flat))


def _without_open_brackets(flat: str) -> str:
    """``flat`` without opening brackets that are not closed nearby: "(113 km/h)" does not close "(180 km/h"."""
    characters = list(flat)
    for opening, closing in _BRACKETS.items():
        if opening not in flat or (opening == "“" and "„" in flat):
            continue
        open_positions: list[int] = []
        for position in (match.start() for match in _BRACKET.finditer(flat)):
            if flat[position] == opening:
                open_positions.append(position)
            elif flat[position] == closing and open_positions:
                opened = open_positions.pop()
                if opening in _LIMITED and position - opened > _MAX_IN_BRACKETS:
                    characters[opened] = _NO_BRACKET
        for position in open_positions:
            characters[position] = _NO_BRACKET
    return "".join(characters)


def _without_lone_quotes(flat: str) -> str:
    """``flat`` with another character for each ``"`` that opens no quotation: inches, Hebrew abbreviations.

    sentencex takes all that is between two of them for one quotation.
    """
    if '"' not in flat:
        return flat
    characters = list(flat)
    positions = [match.start() for match in _STRAIGHT_QUOTE.finditer(flat)]
    opening: int | None = None
    for position, next_position in zip(positions, [*positions[1:], None], strict=True):
        if _is_gershayim(flat, position, next_position):
            characters[position] = _NO_QUOTE
        elif opening is None and _ends_word(flat, position):
            characters[position] = _NO_QUOTE if flat[position - 1].isdigit() else _END_OF_QUOTE
        elif opening is None:
            opening = position
        elif _begins_word(flat, position):  # another quotation: the one before has no end
            characters[opening] = _NO_QUOTE
            opening = position
        else:
            opening = None
    return "".join(characters)


def _ends_word(flat: str, position: int) -> bool:
    """Whether the quotation mark at ``position`` is after a word, as inches are, rather than before one."""
    before = flat[max(0, position - 1) : position]
    return before.isdigit() or not (_OPENS_QUOTE.search(before) or flat[position + 1 : position + 2].isalnum())


def _begins_word(flat: str, position: int) -> bool:
    """Whether the quotation mark at ``position`` can do nothing but open a quotation."""
    return flat[position - 1].isspace() and flat[position + 1 : position + 2].isalnum()


def _is_gershayim(flat: str, position: int, next_position: int | None) -> bool:
    """Whether the ``"`` at ``position`` is within a Hebrew abbreviation."""
    if not _HEBREW_LETTER.match(flat, position + 1) or not _HEBREW_LETTER.match(flat, max(0, position - 1)):
        return False
    is_quote_after_prefix = (
        next_position is not None
        and _HEBREW_PREFIX.search(flat[max(0, position - 4) : position])
        and _HEBREW_LETTER.match(flat, position + 2)
        and _ends_word(flat, next_position)
    )
    return not is_quote_after_prefix
