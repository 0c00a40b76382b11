"""JSON5, and JSON with many comments or cut off at its end. A value comes with its comment and the keys that it stands
under.
"""

from __future__ import annotations

import re

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.base import Structure
from ragzip.text.structure.formats import code
from ragzip.text.structure.formats.trees.lenient import COMMENT
from ragzip.text.structure.formats.trees.units import MAX_CHARACTERS

__all__ = ["read", "recognises"]

_STRING = r""""(?>(?:[^"\\\n]++|\\.)*)(?:"|\Z)|'(?>(?:[^'\\\n]++|\\.)*)(?:'|\Z)"""
_NUMBER = r"[-+]?\.?\d[\w.+-]*+|[-+]?(?:Infinity|NaN)\b"
_SPACE = rf"(?>(?:[\s,]++|{COMMENT})*)"
_BEGINNING = pattern_of(rf"\ufeff?{_SPACE}[{{\[]", re.DOTALL)
_ELEMENT = pattern_of(  # a bracket or a value, of an object with its key
    rf"{_SPACE}(?>(?:({_STRING}|[A-Za-z_$][\w$]*+)\s*+:{_SPACE})?)"
    rf"(?:([{{\[])|([}}\]])|{_STRING}|{_NUMBER}|(?:true|false|null)\b|\Z)",
    re.DOTALL,
)
_KEY, _OPENING, _CLOSING = 1, 2, 3
_MIN_KEYS = 2
_MAX_CUT_END, _MAX_SHARE_OF_CUT_END = 100, 0.2  # characters of a text that is cut, after its last value


def recognises(source: str) -> bool:
    """Whether a text is made of what JSON5 has, up to an end that may be missing, and has several keys."""
    if len(source) > MAX_CHARACTERS or _BEGINNING.match(source) is None:
        return False
    keys = place = 0
    open_brackets: list[str] = []
    while place < len(source):
        element = _ELEMENT.match(source, place)
        if element is None:  # the mark of what is cut off, or half a word
            is_cut = bool(open_brackets) and len(source) - place <= min(_MAX_CUT_END, _MAX_SHARE_OF_CUT_END * place)
            return is_cut and keys >= _MIN_KEYS
        keys += element[_KEY] is not None
        if element[_OPENING]:
            open_brackets.append("}" if element[_OPENING] == "{" else "]")
        elif element[_CLOSING] and (not open_brackets or open_brackets.pop() != element[_CLOSING]):
            return False
        place = element.end()
    return keys >= _MIN_KEYS


def read(source: str, longest_unit: int | None = None) -> Structure | None:
    """The structure of JSON5; None of another text."""
    if not recognises(source):
        return None
    return code.read(source, "json5", longest_unit)
