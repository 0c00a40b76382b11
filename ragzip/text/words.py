"""Words, the units of word-level methods, and index terms.

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

from ragzip.text.lazy_patterns import pattern_of

__all__ = [
    "NEWLINES",
    "STOPS",
    "content",
    "ends_word",
    "in_words",
    "is_boundary",
    "is_unspaced",
    "long_words",
    "normalised",
    "terms",
    "verb_stems",
    "word_units",
    "with_parted_names",
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
_EXTENDING = (
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u200c\u200d\u20d0-\u20ff\u302a-\u302f\u3099\u309a\ufe00-\ufe0f"
    "\ufe20-\ufe2f\U000e0100-\U000e01ef"
)

_WORD = pattern_of(f"[{_SINGLE}][{_EXTENDING}]*|[{_KATAKANA}][{_KATAKANA}{_EXTENDING}]*|[^\\s{_SINGLE}{_KATAKANA}]+")
_SINGLE_CHAR = pattern_of(f"[{_SINGLE}]")
_KATAKANA_CHAR = pattern_of(f"[{_KATAKANA}]")
_EXTENDING_CHAR = pattern_of(f"[{_EXTENDING}]")
_LETTER_MARKS = (  # belong to the letter before them, in spaced scripts and in Thai, Lao, Khmer, Burmese
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0900-\u0963\u0971-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
)
_SYLLABLES = "\uac00-\ud7a3"  # of Hangul
_SCRIPTS_WITHOUT_BLANKS = "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
# A letter or digit of a script with blanks between words.
_SPACED_LETTER = f"[^\\W_{_HAN}{_HIRAGANA}{_KATAKANA}{_SYLLABLES}{_SCRIPTS_WITHOUT_BLANKS}]"
_SPACED_WORD = f"{_SPACED_LETTER}(?>(?:{_SPACED_LETTER}|[{_LETTER_MARKS}])*)"
_SCRIPT_RUN = pattern_of(  # of one script, so that 2024 is found in 2024年 and 2024년에
    f"[{_HAN}{_HIRAGANA}{_KATAKANA}]++|[{_SYLLABLES}]++|[{_SCRIPTS_WITHOUT_BLANKS}]++|{_SPACED_WORD}(?:'{_SPACED_WORD})?"
)
_LETTER_AND_SIGN = pattern_of(r"(?<![\w#+])[a-z](?:#|\+\+)(?![\w#+])")
_ASCII_WORD = pattern_of(r"[^\W_]++(?:'[^\W_]++)?", re.ASCII)
_SCRIPT_WITHOUT_BLANKS = pattern_of(f"[{_SCRIPTS_WITHOUT_BLANKS}]")
_HANGUL = pattern_of(f"[{_SYLLABLES}]")
_PARTICLES = frozenset(  # Korean, attached to a word: a word of one syllable has no pair of its own to be found by
    re.findall(r"\w+", "은 는 이 가 을 를 의 에 도 로 와 과 만 에서 에게 한테 으로 부터 까지 처럼 보다 하고 이나 이다")
)
_HAN_CHAR = pattern_of(f"[{_HAN}]")
_LINE_END = r"[ \t]{0,8}(?:\r\n|[\n\r\f\v])[ \t]{0,20}"
_INVISIBLE = pattern_of(  # soft hyphens, joiners, direction marks, kashidas; vowel signs that few texts write
    f"\u00ad(?:{_LINE_END})?"
    "|[\u0640\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u0591-\u05bd\u05bf\u05c1\u05c2\u05c7\u064b-\u0652\u0670]"
)
_HYPHEN_AT_LINE_END = pattern_of(rf"[-\u2010]{_LINE_END}")
_HYPHENATED = pattern_of(rf"[^\W\d_]{{1,40}}+(?>(?:{_HYPHEN_AT_LINE_END.pattern}[^\W\d_]{{1,40}}+){{1,8}})")
_RAISED = pattern_of(r"(?:(?<=\d)|(?<=[^\W\d_]{4}))(?=[²³¹⁰⁴-⁹])")  # a power, a footnote; not m², CO₂
_MANY_MARKS = regex.compile(r"([\p{M}\uff9e\uff9f]{30})[\p{M}\uff9e\uff9f]++")
_SPELLINGS = str.maketrans(  # that are written either way: Arabic and Persian letters, Russian ё, marks of Devanagari
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك", "ё": "е", "ँ": "ं", "\u093c": None}
)
_HALF_NASAL = pattern_of("[ङञणनम]\u094d(?=[\u0915-\u0939])")  # हिन्दी is हिंदी
_APOSTROPHE = pattern_of("[’‘ʼʻ′＇]")
_DIGITS = {
    zero + digit: str(digit)
    for zero in (0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0, 0x1040)
    for digit in range(10)
}
_ELIDED_WORDS = frozenset(  # French, Italian, Catalan words that lose their vowel before another one
    re.findall(
        r"\w+", "l d j m t s n c qu lorsqu puisqu jusqu quoiqu un dell all nell sull dall coll gl quest quell sant"
    )
)
_UNSPACED = pattern_of(f"[{_HAN}{_HIRAGANA}{_KATAKANA}]")
NEWLINES = pattern_of(r"\r\n|\r|\n")
STOPS = ".,;:!?…"  # marks that a word may lose at its end
_MAX_STOPS = 8  # a longer run is no punctuation
_STOPS = pattern_of(rf"[{STOPS}]{{1,{_MAX_STOPS}}}(?!\S)")
_CLAUSE_STOPS = pattern_of("[、。，．！？；：]+")
_CLAUSE_END = pattern_of("[…」』）】》〉]")
_MAX_PHRASE_CHARACTERS = 12
_MAX_PHRASE_CHARACTERS_IN_HIRAGANA = 24  # "してください" may end it
_MIN_PHRASE_CHARACTERS = 4
_HONORIFICS = "おご"  # before the word that they are a part of
_NEXT_SENTENCE = pattern_of(  # without a blank before it: "at nine.The budget"; not "node.Js", "os.Path"
    r"(?<=[a-zß-öø-ÿ]{2}[.!?])(?:The|This|That|These|Those|There|It|Its|He|She|They|We|You|Our|Your|His|Her|Their|My|I|A|An"
    r"|In|On|At|By|For|From|To|With|As|If|When|While|After|Before|Since|Although|However|But|And|No|Not|All|Some|Each|Most"
    r"|What|Who|How|Why|Where|Do|Does|Is|Are|Can|May|Please"
    r"|Der|Die|Das|Ein|Eine|Er|Sie|Es|Wir|Im|Bei|Wenn|Nach|Le|La|Les|Un|Une|Il|Elle|Nous|Vous|Ce|Cette|El|Los|Las|Una)\s"
)

_VERB_ENDING = pattern_of(r"(?<=\w{3})(?:ed|ing|e)$")
_MAX_REMEMBERED_CHARACTERS = 40  # longer words are data

_IRREGULAR_PLURALS = {  # not "leaves" and "lives", which are verbs, too
    "children": "child",
    "feet": "foot",
    "geese": "goose",
    "men": "man",
    "mice": "mouse",
    "teeth": "tooth",
    "women": "woman",
    **{f"{stem}ves": f"{stem}f" for stem in ("cal", "hal", "hoo", "loa", "scar", "shel", "thie", "wol")},
    **{f"{stem}ves": f"{stem}fe" for stem in ("kni", "wi")},
}

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
        if before.isspace() or after.isspace() or (after in STOPS and ends_word(text, position)):
            return True
        return before in ".!?" and after.isupper() and _NEXT_SENTENCE.match(text, position) is not None
    if _EXTENDING_CHAR.match(after) or before == "\u200d":
        return False
    if before.isspace() or after.isspace():
        return True
    if _SINGLE_CHAR.match(after):
        return True
    base_position = position - 1
    while base_position > 0 and _EXTENDING_CHAR.match(text[base_position]):
        base_position -= 1
    if _SINGLE_CHAR.match(text[base_position]):
        return True
    if bool(_KATAKANA_CHAR.match(text[base_position])) != bool(_KATAKANA_CHAR.match(after)):
        return True
    return after in STOPS and ends_word(text, position)


def ends_word(text: str, position: int) -> bool:
    """Whether the sentence punctuation that ends a word begins at ``position``."""
    return text[position - 1] not in STOPS and bool(_STOPS.match(text, position))


def words(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Offsets (start, end) of the words of ``text[start:end]``, in order, counted from the start of ``text``."""
    for match in _WORD.finditer(text, start, len(text) if end is None else end):
        yield match.span()


def word_units(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Offsets (start, end) of the units that a word-level method keeps or drops, in order.

    Words and the punctuation at their ends are units of their own. In Han, Hiragana and Katakana, where a single
    character says nothing, units are short phrases: a phrase ends at punctuation, before Kanji or Katakana that follow
    Hiragana, or after 12 characters, where no word of Hiragana goes on.
    """
    end = len(text) if end is None else end
    phrase: tuple[int, int] | None = None
    for word_start, word_end in words(text, start, end):
        character = text[word_start]
        if character < "\u2e80" or not (_SINGLE_CHAR.match(character) or _KATAKANA_CHAR.match(character)):
            if phrase:
                yield phrase
                phrase = None
            if text[word_end - 1] in STOPS:
                stem_end = word_start + len(text[word_start:word_end].rstrip(STOPS))
                if word_start < stem_end and ends_word(text, stem_end):
                    yield word_start, stem_end
                    word_start = stem_end
            yield word_start, word_end
            continue
        if phrase and (phrase[1] != word_start or _phrase_ends(text, phrase, word_start)):
            yield phrase
            phrase = None
        phrase = (phrase[0] if phrase else word_start, word_end)
    if phrase:
        yield phrase


def _phrase_ends(text: str, phrase: tuple[int, int], position: int) -> bool:
    """Whether ``phrase``, which reaches up to ``position``, ends there."""
    before, after = text[position - 1], text[position]
    if bool(_CLAUSE_STOPS.match(before)) != bool(_CLAUSE_STOPS.match(after)):
        return True
    if _CLAUSE_END.match(after):
        return False
    if _CLAUSE_END.match(before):
        return True
    phrase_length = position - phrase[0]
    if not "\u3041" <= before <= "\u309f":
        return phrase_length >= _MAX_PHRASE_CHARACTERS
    if not "\u3041" <= after <= "\u309f":
        return phrase_length >= _MIN_PHRASE_CHARACTERS and before not in _HONORIFICS
    return phrase_length >= _MAX_PHRASE_CHARACTERS_IN_HIRAGANA


def is_unspaced(character: str) -> bool:
    """Whether words of the character's script are written without white space between them."""
    return bool(_SINGLE_CHAR.match(character) or _KATAKANA_CHAR.match(character))


def long_words(text: str, most: int) -> Iterator[tuple[int, int]]:
    """Offsets of the words of more than ``most`` characters (up to 2**31), in spaced scripts."""
    word_character = f"[^\\s{_SINGLE}{_KATAKANA}]"
    for match in re.finditer(
        f"(?<!{word_character}){word_character}{{{most + 1},}}", text
    ):  # no search begins inside a shorter word
        yield match.span()


def terms(text: str) -> list[str]:
    """Index terms of ``text`` for lexical matching: stems of its normalised words, see :func:`normalised`.

    Unspaced scripts give overlapping pairs of characters, and single Han characters; Korean gives words and pairs of
    their syllables, since particles are attached to words. An elided article is dropped ("l'école" gives "école").
    "C#" and "C++" are terms beside "c".
    """
    spelled = _in_one_spelling(normalised(text))
    index_terms: list[str] = _LETTER_AND_SIGN.findall(spelled) if "#" in spelled or "++" in spelled else []
    if spelled.isascii():
        return index_terms + [term for word in _ASCII_WORD.findall(spelled) for term in _word_terms(word)]
    for script_run in _SCRIPT_RUN.findall(spelled):
        if script_run < "\u0e00":
            index_terms += _word_terms(script_run)
        elif _UNSPACED.match(script_run):
            index_terms += _character_pairs(script_run)
            if len(script_run) > 1:
                index_terms += _HAN_CHAR.findall(script_run)
        elif _SCRIPT_WITHOUT_BLANKS.match(script_run):
            index_terms += _character_pairs(script_run)
        elif _HANGUL.match(script_run):
            index_terms += [script_run, *_character_pairs(script_run)] if len(script_run) > 2 else [script_run]
            if script_run[1:] in _PARTICLES:
                index_terms.append(script_run[0])
        else:
            index_terms += _word_terms(script_run)
    return index_terms


def _in_one_spelling(text: str) -> str:
    """``text``, normalised, with letters that are often written otherwise in one form; Latin text stays as it is."""
    return text if text.isascii() else _HALF_NASAL.sub("ं", text.translate(_SPELLINGS))


def normalised(text: str) -> str:
    """``text`` in one spelling: NFKC, case-folded, ASCII digits, without invisible characters.

    A word that is hyphenated at a line end stands both whole and in its parts. 10³ becomes 10^3, but m² becomes m2.
    """
    if not text.isascii():
        text = _MANY_MARKS.sub(r"\1", _INVISIBLE.sub("", text))  # NFKC sorts marks, in quadratic time
        text = unicodedata.normalize("NFKC", _RAISED.sub("^", text)).translate(_DIGITS)
        text = _APOSTROPHE.sub("'", text)
    if _HYPHEN_AT_LINE_END.search(text):
        text = _HYPHENATED.sub(_whole_and_parts, text)
    return text.casefold().replace("i\u0307", "i")  # İ folds to i and a combining dot


def _whole_and_parts(match: re.Match[str]) -> str:
    word_parts = re.findall(r"[^\W\d_]+", match[0])
    return " ".join(["".join(word_parts), *word_parts])


def _word_terms(word: str) -> list[str]:
    if "'" in word:
        elided_word, _, remainder = word.partition("'")
        if elided_word in _ELIDED_WORDS and len(remainder) > 1:
            return [_stem(remainder)]
    return [_stem(word)]


def _character_pairs(run: str) -> list[str]:
    return [run[position : position + 2] for position in range(max(1, len(run) - 1))]


def content(text: str) -> set[str]:
    """The set of terms of ``text`` without English function words."""
    return {term for term in terms(text) if term not in _FUNCTION_WORDS}


def verb_stems(text: str) -> frozenset[str]:
    """The content words of ``text`` without the endings of verbs: "2 to destroy" counts what is destroyed."""
    return frozenset(_VERB_ENDING.sub("", term) for term in content(text))


def _stem(word: str) -> str:
    """The stem of ``word`` by Harman's S-stemmer, which maps plurals to singulars and changes nothing else; irregular
    plurals come from a table.
    """
    return _known_stem(word) if len(word) <= _MAX_REMEMBERED_CHARACTERS else _stem_of(word)


def _stem_of(word: str) -> str:
    word = word.removesuffix("'s")
    if word in _IRREGULAR_PLURALS:
        return _IRREGULAR_PLURALS[word]
    if len(word) > 4 and word.endswith("ies") and word[-4] not in "ae":
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and word[-2] not in "usi":
        return word[:-1]
    return word


_known_stem = lru_cache(maxsize=2**14)(_stem_of)  # at most 6 MB


_NAME_PARTS = pattern_of(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


_JOINT = pattern_of(r"(?<=[a-z])(?=[A-Z])|_")


def with_parted_names(text: str) -> str:
    """``text`` with the words of its names parted: "Settlement Job" of ``SettlementJob``, "max age" of ``max_age``."""
    return _JOINT.sub(" ", text)


def in_words(name: str) -> str:
    """An identifier in words: "evict oldest" of ``evict_oldest`` and ``evictOldest``."""
    return " ".join(_NAME_PARTS.findall(name)).lower()
