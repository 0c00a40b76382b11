"""Titles in scripts without capital letters: short lines that do not end, or go on, as statements of theirs do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import UNSPACED_ABUGIDA
from ragzip.text.words import is_unspaced

__all__ = ["are_entries", "begins_as_title", "is_caseless_statement", "is_too_long", "ordinal_end"]

_MAX_UNSPACED_CHARACTERS = 24
_ORDINAL = pattern_of(  # "一、", "（二）", "أولاً:", "第一："
    r"[一二三四五六七八九十]{1,3}[、．.]\s?|[（(][一二三四五六七八九十]{1,3}[)）]\s?|第[一二三四五六七八九十]{1,3}[：:、]\s?"
    r"|(?:أول|ثاني|ثالث|رابع|خامس|سادس|سابع|ثامن|تاسع|عاشر)ا?[\u064b-\u0652]?ا?\s?[:\-–،]\s"
    r"|[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f]{1,2}[.)\-]\s"
)
_STATEMENT = pattern_of(
    # Japanese, Korean
    r"(?:ます|です|ません|まし[たょ]う?|でした|ください|下さい|した|する|される|いる|ある|ない|れる|である|[はがをに])$"
    r"|(?:니다|니까|[어아에예해]요|세요|까요|나요|지요|[한된인는있없이하]다|됨|바람)$"
    # Chinese
    r"|[了吗呢吧]$|是|不得|不能|不会|不可(?!抗力)|不需|不予|可以|必须|必須|应[于在当由向该]|應[於在當由向該]|没有|沒有|无法|無法"
    r"|已[经經]|请(?!假)|請(?!假)"
    # Hindi, Marathi, Bengali
    r"|(?:^|\s)(?:है|हैं|था|थे|थी|होगा|होगी|होंगे|करें|लें|दें|नहीं|आहे|आहेत|না|হয়|হবে|করুন|আছে|নেই)(?:\s|$)|(?:ता|ते|ती) (?:है|हैं)$"
    # Arabic, Persian, Hebrew
    r"|(?:^|\s)(?:لا|لم|لن|ليس|ليست|هو|هي|كان|كانت"
    r"|يجب|يمكن|قد|است|هستند|باید|نیست|לא|אין|יש|היה|הוא|היא|אסור|חייב|ניתן|אפשר)(?:\s|$)"
)

_STOP_OR_PAUSE = pattern_of(r"[。！？!?…、，,；;：:।]")
_MIN_ENTRIES = 3
_MIN_SHARE_OF_LOOSE = 0.6  # of the line breaks
_MAX_WRAPPED_WORD = 12  # letters of a word of such a script
_NARROW_CHARACTERS = 40  # no text of such a script is wrapped at
_ROOM_FOR_SIGN = 2


def are_entries(lines: Sequence[str]) -> bool:
    """Whether lines of a script without blanks between words are each an entry of its own: text of such a script is
    wrapped where a line is full, and these break where more would have fitted.
    """
    if len(lines) < _MIN_ENTRIES or not all(line[0] > "\u0dff" for line in lines):
        return False
    if any(map(_STOP_OR_PAUSE.search, lines)):
        return False
    width = max(map(len, lines))
    if all(UNSPACED_ABUGIDA.match(line) for line in lines):
        is_narrow = width <= _NARROW_CHARACTERS
        loose_count = sum(is_narrow or len(before) + _MAX_WRAPPED_WORD < width for before, _ in pairwise(lines))
    elif all(is_unspaced(line[0]) for line in lines):
        loose_count = sum(len(before) + _ROOM_FOR_SIGN < width for before, _ in pairwise(lines))
    else:
        return False
    return loose_count >= _MIN_SHARE_OF_LOOSE * (len(lines) - 1)


def begins_as_title(text: str) -> bool:
    """Whether ``text`` begins with a capital letter, or with a letter of a script that has none."""
    first_character = text[:1]
    return first_character.isupper() or (first_character.isalpha() and not first_character.islower())


def is_too_long(title: str) -> bool:
    """Whether a line of a script without blanks between words is too long for a title; of other lines words count."""
    return len(title) > _MAX_UNSPACED_CHARACTERS and is_unspaced(title[len(title) // 2])


def is_caseless_statement(line: str) -> bool:
    """Whether a line of a script without capital letters has a verb, or a negation, as titles hardly do."""
    return line.isascii() is False and _STATEMENT.search(line) is not None


def ordinal_end(line: str) -> int:
    """The end of the ordinal before a title, "一、", "أولاً:"; 0 where a line has none."""
    ordinal = _ORDINAL.match(line)
    return 0 if ordinal is None else ordinal.end()
