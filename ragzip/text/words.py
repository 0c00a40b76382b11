"""What a word is, for every part that cuts text.

A word is a run without white space in spaced scripts (punctuation and emoji included), one character with its
marks in Han and Hiragana, one run in Katakana. A cut is clean only between two words, or between a word and the
sentence punctuation at its end; everything that shortens text goes through :func:`is_boundary`, so that no word or
grapheme is ever split.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import regex

__all__ = [
    "NEWLINES",
    "STOPS",
    "content",
    "ends_word",
    "is_boundary",
    "is_unspaced",
    "long_words",
    "normalised",
    "terms",
    "units",
    "words",
]

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
_MARKS = (  # that belong to the letter before them, in words of spaced scripts and of Thai, Lao, Khmer, Burmese
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0900-\u0963\u0971-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
)
_SYLLABLES = "\uac00-\ud7a3"  # of Hangul
_NO_BLANKS = "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
_LETTER = f"[^\\W_{_HAN}{_HIRAGANA}{_KATAKANA}{_SYLLABLES}{_NO_BLANKS}]"  # or digit, of a script with blanks
_SPACED = f"{_LETTER}(?:{_LETTER}|[{_MARKS}])*+"
_TERM = re.compile(  # one kind of script each, so that 2024 is found in 2024年 and 2024년에
    f"[{_HAN}{_HIRAGANA}{_KATAKANA}]++|[{_SYLLABLES}]++|[{_NO_BLANKS}]++|{_SPACED}(?:'{_SPACED})?"
)
_PAIRED = re.compile(f"[{_NO_BLANKS}]")
_HANGUL = re.compile(f"[{_SYLLABLES}]")
_PARTICLES = frozenset(  # of Korean, written on to a word: of words of one syllable they leave no pair to find them by
    re.findall(r"\w+", "은 는 이 가 을 를 의 에 도 로 와 과 만 에서 에게 한테 으로 부터 까지 처럼 보다 하고 이나 이다")
)
_HAN_CHAR = re.compile(f"[{_HAN}]")
_LINE_END = r"[ \t]{0,8}(?:\r\n|[\n\r\f\v])[ \t]{0,20}"
_UNSEEN = re.compile(  # soft hyphens, joiners, marks of direction, kashidas; vowel signs that few texts write
    f"\u00ad(?:{_LINE_END})?"
    "|[\u0640\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u0591-\u05bd\u05bf\u05c1\u05c2\u05c7\u064b-\u0652\u0670]"
)
_HYPHENATED = re.compile(rf"[^\W\d_]{{1,40}}+(?:[-\u2010]{_LINE_END}[^\W\d_]{{1,40}}+){{1,8}}+")
_RAISED = re.compile(r"(?:(?<=\d)|(?<=[^\W\d_]{4}))(?=[²³¹⁰⁴-⁹])")  # a power, a footnote; not m², CO₂
_MANY_MARKS = regex.compile(r"([\p{M}\uff9e\uff9f]{30})[\p{M}\uff9e\uff9f]++")
_APOSTROPHE = re.compile("[’‘ʼʻ′＇]")
_DIGITS = {
    zero + digit: str(digit)
    for zero in (0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0, 0x1040)
    for digit in range(10)
}
_ELIDED = frozenset(  # French, Italian, Catalan: what loses its vowel before another one
    re.findall(
        r"\w+", "l d j m t s n c qu lorsqu puisqu jusqu quoiqu un dell all nell sull dall coll gl quest quell sant"
    )
)
_UNSPACED = re.compile(f"[{_HAN}{_HIRAGANA}{_KATAKANA}]")
NEWLINES = re.compile(r"\r\n|\r|\n")
STOPS = ".,;:!?…"  # marks that a word may lose at its end
_MOST_STOPS = 8  # a longer run of marks is no punctuation
_STOPS = re.compile(rf"[{STOPS}]{{1,{_MOST_STOPS}}}(?!\S)")
_CLAUSE_STOP = re.compile("[、。，．！？；：]+")
_CLAUSE_END = re.compile("[…」』）】》〉]")
_LONGEST_CLAUSE = 12  # characters
_SHORTEST_PHRASE = 4

_LONGEST_KNOWN = 40  # characters; longer words are data, and not remembered

_FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    a an and are as at be been but by can could did do does for from had has have he her his how if in into is it
    its may might more most no not of on or our she should so some than that the their them then there these they
    this those to was we were what when where which who whom whose why will with would you your many much name named
    called kind type did during about after before between
    """,
    )
)


def is_boundary(text: str, position: int) -> bool:
    """Whether text may be cut before the character at ``position`` without splitting a word."""
    if position <= 0 or position >= len(text):
        return True
    before, after = text[position - 1], text[position]
    if before < "\u0300" and after < "\u0300":  # the common case: neither marks nor CJK
        return before.isspace() or after.isspace() or (after in STOPS and ends_word(text, position))
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
    if bool(_KATAKANA_CHAR.match(text[base])) != bool(_KATAKANA_CHAR.match(after)):
        return True
    return after in STOPS and ends_word(text, position)


def ends_word(text: str, position: int) -> bool:
    """Whether the sentence punctuation that ends a word begins at ``position``."""
    return text[position - 1] not in STOPS and bool(_STOPS.match(text, position))


def words(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Offsets (start, end) of the words of ``text[start:end]``, in order, counted from the start of ``text``."""
    for match in _WORD.finditer(text, start, len(text) if end is None else end):
        yield match.span()


def units(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Offsets of what a word-level method keeps or drops: words and the punctuation at their ends, each on its own;
    in Han, Hiragana and Katakana short phrases, since single characters left over are no text.

    A phrase ends at punctuation, before Kanji or Katakana that follow Hiragana, or after 12 characters.
    """
    end = len(text) if end is None else end
    phrase: tuple[int, int] | None = None
    for left, right in words(text, start, end):
        first = text[left]
        if first < "\u2e80" or not (_SINGLE_CHAR.match(first) or _KATAKANA_CHAR.match(first)):
            if phrase:
                yield phrase
                phrase = None
            if text[right - 1] in STOPS:
                stem = left + len(text[left:right].rstrip(STOPS))
                if left < stem and ends_word(text, stem):
                    yield left, stem
                    left = stem
            yield left, right
            continue
        if phrase and (phrase[1] != left or _phrase_ends(text, phrase, left)):
            yield phrase
            phrase = None
        phrase = (phrase[0] if phrase else left, right)
    if phrase:
        yield phrase


def _phrase_ends(text: str, phrase: tuple[int, int], position: int) -> bool:
    before, after = text[position - 1], text[position]
    if bool(_CLAUSE_STOP.match(before)) != bool(_CLAUSE_STOP.match(after)):
        return True
    if _CLAUSE_END.match(after):
        return False
    size = position - phrase[0]
    if _CLAUSE_END.match(before) or size >= _LONGEST_CLAUSE:
        return True
    return size >= _SHORTEST_PHRASE and "\u3041" <= before <= "\u309f" and not "\u3041" <= after <= "\u309f"


def is_unspaced(character: str) -> bool:
    """Whether words of the character's script are written without white space between them."""
    return bool(_SINGLE_CHAR.match(character) or _KATAKANA_CHAR.match(character))


def long_words(text: str, most: int) -> Iterator[tuple[int, int]]:
    """Offsets of the words of more than ``most`` characters (up to 2**31), in spaced scripts."""
    spaced = f"[^\\s{_SINGLE}{_KATAKANA}]"
    for match in re.finditer(f"(?<!{spaced}){spaced}{{{most + 1},}}", text):  # no search begins inside a shorter word
        yield match.span()


def terms(text: str) -> list[str]:
    """Index terms for lexical matching: words of one form whatever way they are written, see :func:`normalised`.

    In unspaced scripts overlapping pairs of characters, and single Han characters; in Korean words and pairs of their
    syllables, since particles are written on to them; parts of an elision ("l'école") each by itself.
    """
    found: list[str] = []
    for run in _TERM.findall(normalised(text)):
        if run < "\u0e00":
            found += _of_word(run)
        elif _UNSPACED.match(run):
            found += _pairs(run)
            if len(run) > 1:
                found += _HAN_CHAR.findall(run)
        elif _PAIRED.match(run):
            found += _pairs(run)
        elif _HANGUL.match(run):
            found += [run, *_pairs(run)] if len(run) > 2 else [run]
            if run[1:] in _PARTICLES:
                found.append(run[0])
        else:
            found += _of_word(run)
    return found


def normalised(text: str) -> str:
    """``text`` with one form of each letter (NFKC, case-folded), digits of any script as ASCII, nothing unseen, and
    words that a line end parts both whole and in parts. 10³ becomes 10^3, but m² m2.
    """
    if not text.isascii():
        text = _MANY_MARKS.sub(r"\1", _UNSEEN.sub("", text))  # sorting marks without end takes quadratic time
        text = unicodedata.normalize("NFKC", _RAISED.sub("^", text)).translate(_DIGITS)
        text = _APOSTROPHE.sub("'", text)
    return _HYPHENATED.sub(_whole_and_parts, text).casefold().replace("i\u0307", "i")  # İ has a dot by itself


def _whole_and_parts(match: re.Match[str]) -> str:
    parts = re.findall(r"[^\W\d_]+", match[0])
    return " ".join(["".join(parts), *parts])


def _of_word(word: str) -> list[str]:
    if "'" in word:
        first, _, rest = word.partition("'")
        if first in _ELIDED and len(rest) > 1:
            return [_stem(rest)]
    return [_stem(word)]


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(max(1, len(run) - 1))]


def content(text: str) -> set[str]:
    """The terms of ``text`` that are no function words of English."""
    return {term for term in terms(text) if term not in _FUNCTION_WORDS}


def _stem(word: str) -> str:
    """The stem of ``word`` by Harman's S-stemmer: plural and singular meet, nothing else changes."""
    return _known_stem(word) if len(word) <= _LONGEST_KNOWN else _stem_of(word)


def _stem_of(word: str) -> str:
    word = word.removesuffix("'s")
    if len(word) > 4 and word.endswith("ies") and word[-4] not in "ae":
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and word[-2] not in "usi":
        return word[:-1]
    return word


_known_stem = lru_cache(maxsize=2**14)(_stem_of)  # of short words: 6 MB at most
