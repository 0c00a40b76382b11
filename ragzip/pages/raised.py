"""Text above, below and beside the line, which would be misread without its tags: powers, indices, the readings of
characters, the parts of formulas.
"""

from __future__ import annotations

import re

from ragzip.pages.elements import FORMULA_PARTS, RAISED_ELEMENTS
from ragzip.pages.parse import Node
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["is_numerator", "is_other_notation", "is_raised", "tex_start"]

# Note marks in brackets and English or French ordinals cannot be misread without their tags.
_UNAMBIGUOUS = pattern_of(r"(?>(?><[^<>]{0,500}+>){0,4})\s*+(?:\[|&#91;|(?:st|nd|rd|th|er|re|ème)\s*+<)", re.IGNORECASE)
_NOTE_MARK = pattern_of(r"\s*+(?:<a\b[^<>]{0,500}+>)?\s*+(?:\d{1,3}|[a-z])\s*+</", re.IGNORECASE)
_NUMERATOR = pattern_of(
    r"\s*+\d{1,4}\s*+</(?:sup>\s*+(?:[/⁄∕]|&frasl;)\s*+<sub|span>\s*+(?:⁄|&frasl;)\s*+<span)\b", re.IGNORECASE
)
_BORDER = 2  # of a block, as the gap before a run
_OPENING_BRACKETS = "([（［〔【《〈"
_TEX = pattern_of(r"<annotation\s[^<>]{0,200}?tex\b", re.IGNORECASE)
_MAX_FORMULA_CHARACTERS = 50_000
_NOTATIONS = ("semantics", "math")  # hold a formula in several notations


def is_raised(node: Node, source: str, last_end: int, gap: int) -> bool:
    """Whether a word would be misread without the tag of an element, as 10<sup>-2</sup> would, but not 1<sup>st</sup>
    or [1].

    :param last_end: of the visible text before it, 0 for none.
    :param gap: between that and the element.
    """
    if node.name not in RAISED_ELEMENTS:
        return False
    if node.name not in ("sub", "sup", "rt"):
        return node.name in FORMULA_PARTS or (node.parent is not None and node.parent.name in FORMULA_PARTS)
    if not last_end:
        return False
    character_before = source[last_end - 1]
    if node.name == "rt":
        return character_before not in _OPENING_BRACKETS
    if is_numerator(node, source) or _UNAMBIGUOUS.match(source, node.opened):
        return False
    if gap:
        return gap == _BORDER and _is_note_mark(node, source)
    if source.endswith("&frasl;", 0, last_end):
        return False
    return character_before.isalnum() or character_before in ")]}|;" or _is_note_mark(node, source)


def is_numerator(node: Node, source: str) -> bool:
    """Whether an element is the upper part of a fraction, which is no power of a number before it."""
    return node.name in ("span", "sup") and _NUMERATOR.match(source, node.opened) is not None


def _is_note_mark(node: Node, source: str) -> bool:
    """Whether a raised figure refers to a note, or begins it: it would be read as a part of the number or the line
    there.
    """
    return node.name == "sup" and _NOTE_MARK.match(source, node.opened) is not None


def tex_start(formula: Node, source: str) -> int:
    """The place of the formula in TeX, -1 where it is not given."""
    end = source.find("</math", formula.opened, formula.opened + _MAX_FORMULA_CHARACTERS)
    tex = _TEX.search(source, formula.opened, end) if end >= 0 else None
    return tex.start() if tex else -1


def is_other_notation(node: Node, tex_place: int) -> bool:
    """Whether an element of a formula repeats it in another notation than that which is read: TeX (at ``tex_place``),
    or else the one that is shown.
    """
    if node.name.startswith("annotation"):
        return node.start != tex_place
    parent = node.parent
    is_notation = parent is not None and parent.name in _NOTATIONS and node.name not in _NOTATIONS
    return node.name == "mphantom" or (is_notation and node.start < tex_place)
