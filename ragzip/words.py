"""What a word is, for every part that cuts text.

A word is a run without white space in spaced scripts (punctuation and emoji included), one character with its
marks in Han and Hiragana, one run in Katakana. A cut is clean only between two words; everything that shortens
text goes through :func:`is_boundary`, so that no word or grapheme is ever split.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

__all__ = ["NEWLINES", "is_boundary", "terms", "words"]

_HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U000323af"
)
_HIRAGANA = "\u3041-\u3096\u309d-\u309f"
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_CJK_MARKS = (  # full-width punctuation; letters and digits of full width count as spaced script
    "\u3001-\u3004\u3008-\u3020\u3030\u303c-\u303f\u30fb\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
_SINGLE = _HAN + _HIRAGANA + _CJK_MARKS
# Marks that belong to the character before them: combining, joiners, variation selectors, voicing, emoji parts.
_EXTEND = (
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u200c\u200d\u20d0-\u20ff\u302a-\u302f\u3099\u309a\ufe00-\ufe0f"
    "\ufe20-\ufe2f\U000e0100-\U000e01ef"
)

_WORD = re.compile(f"[{_SINGLE}][{_EXTEND}]*|[{_KATAKANA}][{_KATAKANA}{_EXTEND}]*|[^\\s{_SINGLE}{_KATAKANA}]+")
_SINGLE_CHAR = re.compile(f"[{_SINGLE}]")
_KATAKANA_CHAR = re.compile(f"[{_KATAKANA}]")
_EXTEND_CHAR = re.compile(f"[{_EXTEND}]")
_TERM = re.compile(f"[{_HAN}{_HIRAGANA}{_KATAKANA}]+|[^\\W_]+(?:['’][^\\W_]+)?")
_UNSPACED = re.compile(f"[{_HAN}{_HIRAGANA}{_KATAKANA}]")
NEWLINES = re.compile(r"\r\n|\r|\n")


def is_boundary(text: str, position: int) -> bool:
    """Whether text may be cut before the character at ``position`` without splitting a word."""
    if position <= 0 or position >= len(text):
        return True
    before, after = text[position - 1], text[position]
    if before < "\u0300" and after < "\u0300":  # the common case: neither marks nor CJK
        return before.isspace() or after.isspace()
    if _EXTEND_CHAR.match(after) or before == "\u200d":
        return False
    if before.isspace() or after.isspace():
        return True
    if _SINGLE_CHAR.match(after):
        return True
    base = position - 1
    while base > 0 and _EXTEND_CHAR.match(text[base]):
        base -= 1
    if _SINGLE_CHAR.match(text[base]):
        return True
    return bool(_KATAKANA_CHAR.match(text[base])) != bool(_KATAKANA_CHAR.match(after))


def words(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Offsets (start, end) of the words of ``text[start:end]``, in order, counted from the start of ``text``."""
    for match in _WORD.finditer(text, start, len(text) if end is None else end):
        yield match.span()


def terms(text: str) -> list[str]:
    """Index terms for lexical matching: case-folded words; overlapping character pairs in unspaced scripts."""
    out: list[str] = []
    for run in _TERM.findall(text.casefold()):
        if run[0] >= "\u2e80" and _UNSPACED.match(run):
            out.extend(run[i : i + 2] for i in range(max(1, len(run) - 1)))
        else:
            out.append(_stem(run))
    return out


@lru_cache(maxsize=2**16)
def _stem(word: str) -> str:
    """Harman's S-stemmer: plural and singular meet, nothing else changes."""
    word = word.removesuffix("'s").removesuffix("’s")
    if len(word) > 4 and word.endswith("ies") and word[-4] not in "ae":
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and word[-2] not in "usi":
        return word[:-1]
    return word
