"""Patterns of letters, digits and the signs of items and clauses, and of several forms as one."""

from __future__ import annotations

import re

from ragzip.text.lazy_patterns import pattern_of

__all__ = [
    "BULLETS",
    "CLAUSE_MARKS",
    "COLONS",
    "DIGIT",
    "ITEM_LETTERS",
    "ITEM_MARK",
    "LETTERS",
    "NAME_PARTICLES",
    "UNSPACED_ABUGIDA",
    "any_of",
]

LETTERS = pattern_of(r"[^\W\d_]+")
DIGIT = pattern_of(r"\d")
COLONS = (":", "：")
# They begin the items of lists, beside "-", "*", "+", "•" and dashes; the last ones are of Word.
BULLETS = "‣◦▪●○◉■□▫◆◇►▶▸➤➢✓✔✗✘✅❌☐☑☒★☆⭐\uf0b7\uf0a7\uf0d8"
ITEM_LETTERS = "a-zа-яα-ω"  # inside a class: of the letter before the bracket that begins an item
ITEM_MARK = pattern_of(rf"(?:[-*+•·–—{BULLETS}]|\(?\d{{1,3}}[.)]|\(?(?:[{ITEM_LETTERS}]|[ivx]{{2,5}})\))\s")
CLAUSE_MARKS = ".!?;:,。！？；，、"  # at the end of a clause
UNSPACED_ABUGIDA = pattern_of(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")  # Thai and the like: no blanks
NAME_PARTICLES = "of|the|de|von|van"  # in small letters within a name


def any_of(forms: str) -> str:
    """A pattern of ``forms``, the longest first; the blank in a form of several words may be a line break."""
    longest_first = sorted(re.findall(r"(?:\\.|\S)+", forms), key=len, reverse=True)
    return "|".join(longest_first).replace("\\ ", r"\s")
